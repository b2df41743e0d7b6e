/* SPDX-License-Identifier: MIT
 *
 * Many txns summed up as one, for a disk that is away for days: of what several of them
 * say about one incident, delivery, channel or series the last word stays, and then the
 * oldest history goes. The log goes before the incidents that it belongs to, so that what
 * is left can always be written.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "storage/txn_parts.h"

/* ---- all of one behind all of another ---- */

static void append(struct parts *to, struct parts *from, size_t size)
{
	if (to->n + from->n > to->cap) {
		to->cap = (to->n + from->n) * 2;
		to->at = xreallocarray(to->at, to->cap, size);
	}
	if (from->n)
		memcpy((char *)to->at + to->n * size, from->at, from->n * size);
	to->n += from->n;
	free(from->at);
	*from = (struct parts){0};
}

void txn_append(struct txn *to, struct txn *from)
{
	append(&to->series, &from->series, sizeof(struct series));
	append(&to->samples, &from->samples, sizeof(struct judged_sample));
	append(&to->remarks, &from->remarks, sizeof(struct remark));
	append(&to->incidents, &from->incidents, sizeof(struct incident));
	append(&to->log, &from->log, sizeof(struct incident_entry));
	append(&to->deliveries, &from->deliveries, sizeof(struct delivery));
	append(&to->channels, &from->channels, sizeof(struct channel_status));
	append(&to->states, &from->states, sizeof(struct state_row));
	append(&to->gaps, &from->gaps, sizeof(struct gap_row));
	append(&to->answers, &from->answers, sizeof(struct order_done));
	append(&to->silences, &from->silences, sizeof(struct silence));
	append(&to->pauses, &from->pauses, sizeof(struct pause));
	if (from->alive.ms)
		to->alive = from->alive;
	to->bytes += from->bytes - sizeof(*from);
	free(from);
}

/* ---- what goes out of a list ---- */

/* What an element is about; of those with the same key the last one stays. */
struct key {
	const char *text;
	uint32_t number;
	size_t place;
};

struct kind {
	size_t size;
	void (*key)(const void *element, struct key *ret);
	void (*drop)(
	    struct txn *t, void *element); /* frees what it owns; NULL: nothing */
};

static void incident_key(const void *element, struct key *ret)
{
	ret->text = ((const struct incident *)element)->id.text;
}

static void delivery_key(const void *element, struct key *ret)
{
	ret->text = ((const struct delivery *)element)->id.text;
}

static void channel_key(const void *element, struct key *ret)
{
	ret->text = ((const struct channel_status *)element)->name;
}

static void series_key(const void *element, struct key *ret)
{
	ret->number = ((const struct series *)element)->id;
}

static void series_drop(struct txn *t, void *element)
{
	(void)t;
	series_fini(element);
}

static void entry_drop(struct txn *t, void *element)
{
	struct incident_entry *en = element;

	t->bytes -= strlen(en->causes) + 1;
	incident_entry_fini(en);
}

static const struct kind incidents = {sizeof(struct incident), incident_key, NULL};
static const struct kind deliveries = {sizeof(struct delivery), delivery_key, NULL};
static const struct kind channels = {sizeof(struct channel_status), channel_key, NULL};
static const struct kind series = {sizeof(struct series), series_key, series_drop};
static const struct kind entries = {sizeof(struct incident_entry), NULL, entry_drop};
static const struct kind gaps = {sizeof(struct gap_row), NULL, NULL};

static void *at(const struct parts *p, const struct kind *k, size_t i)
{
	return (char *)p->at + i * k->size;
}

/* Drops what is marked; what stays keeps its order. */
static void sweep(
    struct txn *t, struct parts *p, const struct kind *k, const bool *marked)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (marked[i]) {
			t->bytes -= k->size;
			if (k->drop)
				k->drop(t, at(p, k, i));
			continue;
		}
		if (kept != i)
			memcpy(at(p, k, kept), at(p, k, i), k->size);
		kept++;
	}
	p->n = p->cap = kept;
	if (kept) {
		p->at = xreallocarray(p->at, kept, k->size);
		return;
	}
	free(p->at);
	p->at = NULL;
}

/* ---- the last word ---- */

static int same_key(const struct key *a, const struct key *b)
{
	int by = strcmp(a->text, b->text);

	if (by || a->number == b->number)
		return by;
	return a->number < b->number ? -1 : 1;
}

static int by_key_and_place(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int by = same_key(x, y);

	return by ? by : x->place < y->place ? -1 : 1;
}

static void keep_last(struct txn *t, struct parts *p, const struct kind *k)
{
	struct key *keys = NULL;
	bool *marked = NULL;

	if (p->n < 2)
		return;
	keys = xcalloc(p->n, sizeof(*keys));
	marked = xcalloc(p->n, sizeof(*marked));
	for (size_t i = 0; i < p->n; i++) {
		keys[i] = (struct key){.text = "", .place = i};
		k->key(at(p, k, i), &keys[i]);
	}
	qsort(keys, p->n, sizeof(*keys), by_key_and_place);
	for (size_t i = 0; i + 1 < p->n; i++)
		marked[keys[i].place] = same_key(&keys[i], &keys[i + 1]) == 0;
	sweep(t, p, k, marked);
	free(keys);
	free(marked);
}

void txn_settle(struct txn *t)
{
	keep_last(t, &t->series, &series);
	keep_last(t, &t->incidents, &incidents);
	keep_last(t, &t->deliveries, &deliveries);
	keep_last(t, &t->channels, &channels);
}

/* ---- less than everything ---- */

typedef bool (*pick_fn)(const void *element);

static bool any(const void *element)
{
	return element != NULL;
}

static bool is_closed(const void *element)
{
	return ((const struct incident *)element)->state == INCIDENT_CLOSED;
}

static bool is_over(const void *element)
{
	return ((const struct delivery *)element)->state != DELIVERY_PENDING;
}

/* The oldest that are picked, until the whole is small enough; returns how many. */
static size_t drop_oldest(
    struct txn *t, struct parts *p, const struct kind *k, pick_fn pick, size_t max_bytes)
{
	size_t n = 0, bytes = t->bytes;
	bool *marked = NULL;

	if (!p->n || bytes <= max_bytes)
		return 0;
	marked = xcalloc(p->n, sizeof(*marked));
	for (size_t i = 0; i < p->n && bytes > max_bytes; i++) {
		if (!pick(at(p, k, i)))
			continue;
		marked[i] = true;
		bytes -= k->size;
		n++;
	}
	sweep(t, p, k, marked);
	free(marked);
	return n;
}

size_t txn_thin(struct txn *t, size_t max_bytes)
{
	size_t n = drop_oldest(t, &t->log, &entries, any, max_bytes);

	n += drop_oldest(t, &t->gaps, &gaps, any, max_bytes);
	n += drop_oldest(t, &t->incidents, &incidents, is_closed, max_bytes);
	n += drop_oldest(t, &t->deliveries, &deliveries, is_over, max_bytes);
	n += drop_oldest(t, &t->deliveries, &deliveries, any, max_bytes);
	n += drop_oldest(t, &t->incidents, &incidents, any, max_bytes);
	return n;
}
