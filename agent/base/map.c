/* SPDX-License-Identifier: MIT
 *
 * Entries in order of insertion, and beside them a table of open addressing that holds
 * entry numbers. Removal closes the gap and fills the table anew: rare and O(n), so that
 * every walk is a plain loop.
 */
#include "agent/base/map.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/rng.h"
#include "agent/base/xalloc.h"

struct entry {
	char *key;   /* owned */
	void *value; /* borrowed */
	uint64_t hash;
};

struct map {
	struct entry *entries; /* owned */
	size_t n, cap;
	size_t *slots; /* owned; entry index + 1, 0 = free; a power of two, never full */
	size_t n_slots;
};

struct map *map_new(void)
{
	return xcalloc(1, sizeof(struct map));
}

void map_free(struct map *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++)
		free(m->entries[i].key);
	free(m->entries);
	free(m->slots);
	free(m);
}

/* The slot that holds the key, or the free one where it would stand. */
static size_t *slot_of(const struct map *m, const char *key, uint64_t hash)
{
	size_t i = (size_t)hash & (m->n_slots - 1);

	while (m->slots[i]) {
		const struct entry *e = &m->entries[m->slots[i] - 1];

		if (e->hash == hash && strcmp(e->key, key) == 0)
			break;
		i = (i + 1) & (m->n_slots - 1);
	}
	return &m->slots[i];
}

static void fill_slots(struct map *m, size_t n_slots)
{
	free(m->slots);
	m->slots = xcalloc(n_slots, sizeof(*m->slots));
	m->n_slots = n_slots;
	for (size_t i = 0; i < m->n; i++)
		*slot_of(m, m->entries[i].key, m->entries[i].hash) = i + 1;
}

static size_t *find_slot(const struct map *m, const char *key, uint64_t *ret_hash)
{
	size_t *slot;

	*ret_hash = hash64(key, strlen(key));
	if (m->n == 0)
		return NULL;
	slot = slot_of(m, key, *ret_hash);
	return *slot ? slot : NULL;
}

void *map_put(struct map *m, const char *key, void *value)
{
	uint64_t hash;
	const size_t *slot = find_slot(m, key, &hash);

	assert(value);
	if (slot) {
		struct entry *e = &m->entries[*slot - 1];
		void *old = e->value;

		e->value = value;
		return old;
	}
	if (m->n == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 8;
		m->entries = xreallocarray(m->entries, m->cap, sizeof(*m->entries));
	}
	if ((m->n + 1) * 2 > m->n_slots)
		fill_slots(m, m->n_slots ? m->n_slots * 2 : 16);
	m->entries[m->n] = (struct entry){xstrdup(key), value, hash};
	*slot_of(m, key, hash) = ++m->n;
	return NULL;
}

void *map_find(const struct map *m, const char *key)
{
	uint64_t hash;
	const size_t *slot = find_slot(m, key, &hash);

	return slot ? m->entries[*slot - 1].value : NULL;
}

void *map_remove(struct map *m, const char *key)
{
	uint64_t hash;
	const size_t *slot = find_slot(m, key, &hash);
	size_t i;
	void *value;

	if (!slot)
		return NULL;
	i = *slot - 1;
	value = m->entries[i].value;
	free(m->entries[i].key);
	m->n--;
	memmove(&m->entries[i], &m->entries[i + 1], (m->n - i) * sizeof(*m->entries));
	fill_slots(m, m->n_slots);
	return value;
}

size_t map_count(const struct map *m)
{
	return m->n;
}

void *map_at(const struct map *m, size_t i, const char **ret_key)
{
	assert(i < m->n);
	if (ret_key)
		*ret_key = m->entries[i].key;
	return m->entries[i].value;
}
