/* SPDX-License-Identifier: MIT
 *
 * The value: lists that grow, and what may be dropped of them.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "storage/txn_parts.h"

/* Room for one more at the end of the list, zeroed. */
static void *add(struct txn *t, struct parts *list, size_t size)
{
	void *place = NULL;

	if (list->n == list->cap) {
		list->cap = list->cap ? list->cap * 2 : 1;
		list->at = xreallocarray(list->at, list->cap, size);
	}
	place = (char *)list->at + list->n * size;
	memset(place, 0, size);
	list->n++;
	t->bytes += size;
	return place;
}

static void forget(struct txn *t, struct parts *list, size_t size)
{
	t->bytes -= list->n * size;
	free(list->at);
	*list = (struct parts){0};
}

static void forget_states(struct txn *t)
{
	PARTS_EACH(struct state_row, s, &t->states)
	{
		t->bytes -= strlen(s->json) + 1;
		free(s->json);
	}
	forget(t, &t->states, sizeof(struct state_row));
}

struct txn *txn_new(void)
{
	struct txn *t = xcalloc(1, sizeof(*t));

	t->bytes = sizeof(*t);
	return t;
}

void txn_free(struct txn *t)
{
	if (!t)
		return;
	PARTS_EACH(struct series, s, &t->series)
	series_fini(s);
	PARTS_EACH(struct incident_entry, en, &t->log)
	incident_entry_fini(en);
	forget_states(t);
	forget(t, &t->series, sizeof(struct series));
	forget(t, &t->samples, sizeof(struct judged_sample));
	forget(t, &t->remarks, sizeof(struct remark));
	forget(t, &t->incidents, sizeof(struct incident));
	forget(t, &t->log, sizeof(struct incident_entry));
	forget(t, &t->deliveries, sizeof(struct delivery));
	forget(t, &t->channels, sizeof(struct channel_status));
	forget(t, &t->gaps, sizeof(struct gap_row));
	PARTS_EACH(struct order_done, r, &t->answers)
	free(r->text);
	forget(t, &t->answers, sizeof(struct order_done));
	forget(t, &t->silences, sizeof(struct silence));
	forget(t, &t->pauses, sizeof(struct pause));
	free(t);
}

void txn_series(struct txn *t, uint32_t series, const char *vantage,
    const struct target *target, struct wall first_seen)
{
	series_init(add(t, &t->series, sizeof(struct series)), series, vantage, target,
	    first_seen);
}

void txn_sample(struct txn *t, const struct sample *s, enum judged judged)
{
	struct judged_sample *one = add(t, &t->samples, sizeof(*one));

	one->sample = *s;
	one->judged = judged;
}

void txn_remark(struct txn *t, const struct remark *r)
{
	*(struct remark *)add(t, &t->remarks, sizeof(*r)) = *r;
}

void txn_incident(struct txn *t, const struct incident *in)
{
	*(struct incident *)add(t, &t->incidents, sizeof(*in)) = *in;
}

void txn_log(struct txn *t, const struct fact *f)
{
	struct incident_entry *en = add(t, &t->log, sizeof(*en));

	incident_entry_init(en, f);
	t->bytes += strlen(en->causes) + 1;
}

void txn_delivery(struct txn *t, const struct delivery *d)
{
	*(struct delivery *)add(t, &t->deliveries, sizeof(*d)) = *d;
}

void txn_channel(struct txn *t, const struct channel_status *c)
{
	*(struct channel_status *)add(t, &t->channels, sizeof(*c)) = *c;
}

void txn_judge_state(struct txn *t, uint32_t series, struct wall through,
    uint64_t constants_hash, const char *json)
{
	struct state_row *s = add(t, &t->states, sizeof(*s));

	s->series = series;
	s->through = through;
	s->constants_hash = constants_hash;
	s->json = xstrdup(json);
	t->bytes += strlen(json) + 1;
}

void txn_silence(struct txn *t, const struct silence *s)
{
	*(struct silence *)add(t, &t->silences, sizeof(*s)) = *s;
}

void txn_pause(struct txn *t, const struct pause *p)
{
	*(struct pause *)add(t, &t->pauses, sizeof(*p)) = *p;
}

void txn_answer(
    struct txn *t, const struct order *r, struct wall now, int code, const char *text)
{
	struct order_done *done = add(t, &t->answers, sizeof(*done));

	done->id = r->id;
	done->at = r->at;
	done->done_at = now;
	done->code = code;
	done->text = xstrdup(text);
	t->bytes += strlen(text) + 1;
}

void txn_alive(struct txn *t, struct wall now)
{
	t->alive = now;
}

void txn_gap(struct txn *t, struct wall from, struct wall until)
{
	struct gap_row *g = add(t, &t->gaps, sizeof(*g));

	g->from = from;
	g->until = until;
}

static size_t precious(const struct txn *t)
{
	return t->series.n + t->incidents.n + t->log.n + t->deliveries.n + t->channels.n +
	       t->gaps.n + t->answers.n + t->silences.n + t->pauses.n;
}

bool txn_is_empty(const struct txn *t)
{
	return txn_is_droppable(t) && !t->samples.n && !t->remarks.n && !t->states.n &&
	       !t->alive.ms;
}

bool txn_is_droppable(const struct txn *t)
{
	return precious(t) == 0;
}

size_t txn_samples(const struct txn *t)
{
	return t->samples.n;
}

size_t txn_bytes(const struct txn *t)
{
	return t->bytes;
}

size_t txn_strip(struct txn *t)
{
	size_t n = t->samples.n;

	forget(t, &t->samples, sizeof(struct judged_sample));
	forget(t, &t->remarks, sizeof(struct remark));
	forget_states(t);
	return n;
}
