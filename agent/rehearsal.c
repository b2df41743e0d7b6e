/* SPDX-License-Identifier: MIT
 *
 * One rival is asked one question at a time, so that nobody's limit of parallel asks is
 * in the way; all rivals at once.
 */
#include "agent/rehearsal.h"

#include <assert.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/sample_json.h"

static const char *const ready_words[] = {"no", "partly", "yes"};
_Static_assert(sizeof(ready_words) / sizeof(ready_words[0]) == READY_COUNT, "words");

const char *rehearsal_ready_word(enum rehearsal_ready r)
{
	assert((unsigned)r < READY_COUNT);
	return ready_words[r];
}

static void make_rival(struct rehearsal_rival *v, const struct target *t, int long_tokens,
    struct arena *arena)
{
	v->target = t;
	for (int i = 0; i < EXAM_COUNT; i++) {
		struct rehearsal_question *q = &v->questions[i];

		q->target = exam_target((enum exam_id)i, t, long_tokens, arena);
		q->result = q->target != NULL ? EXAM_NOT_ASKED : EXAM_NOT_OFFERED;
		if (q->target == NULL)
			str_copy(q->why, sizeof(q->why), "not offered by its dialect");
	}
}

void rehearsal_make(struct rehearsal *r, const struct failover *f,
    const struct rates *rates, int long_tokens, struct arena *arena)
{
	*r = (struct rehearsal){.name = f->name, .rates = rates, .n = f->n};
	r->rivals = arena_alloc(arena, (f->n + 1) * sizeof(*r->rivals));
	for (size_t i = 0; i < f->n; i++)
		make_rival(&r->rivals[i], f->rivals[i], long_tokens, arena);
}

/* --- money --- */

int64_t rehearsal_rival_forecast(const struct rehearsal_rival *v)
{
	int64_t sum = 0;

	for (int i = 0; i < EXAM_COUNT; i++) {
		int64_t one;

		if (v->questions[i].target == NULL)
			continue;
		one = exam_cost((enum exam_id)i, v->questions[i].target);
		if (one < 0 || __builtin_add_overflow(sum, one, &sum))
			return -1;
	}
	return sum;
}

int64_t rehearsal_forecast(const struct rehearsal *r, size_t *ret_unknown)
{
	int64_t sum = 0;

	*ret_unknown = 0;
	for (size_t i = 0; i < r->n; i++) {
		int64_t own = rehearsal_rival_forecast(&r->rivals[i]);
		int64_t usd = money_convert(
		    r->rates, own, r->rivals[i].target->price.currency, "USD");

		if (usd < 0)
			(*ret_unknown)++;
		else if (__builtin_add_overflow(sum, usd, &sum))
			sum = INT64_MAX;
	}
	return sum;
}

size_t rehearsal_questions(const struct rehearsal *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		for (int k = 0; k < EXAM_COUNT; k++)
			n += r->rivals[i].questions[k].target != NULL;
	}
	return n;
}

int64_t rehearsal_spent(const struct rehearsal_rival *v)
{
	int64_t sum = 0;

	for (int i = 0; i < EXAM_COUNT; i++) {
		const struct rehearsal_question *q = &v->questions[i];

		if (q->result == EXAM_NOT_OFFERED || q->result == EXAM_NOT_ASKED)
			continue;
		if (q->sample.cost_nano < 0)
			return -1;
		sum += q->sample.cost_nano;
	}
	return sum;
}

/* --- asking --- */

const struct target *rehearsal_next(struct rehearsal_rival *v)
{
	while (v->next < EXAM_COUNT && v->questions[v->next].target == NULL)
		v->next++;
	return v->next < EXAM_COUNT ? v->questions[v->next].target : NULL;
}

void rehearsal_take(struct rehearsal_rival *v, const struct sample *s)
{
	struct rehearsal_question *q;

	assert(v->next < EXAM_COUNT);
	q = &v->questions[v->next];
	q->sample = *s;
	q->result = exam_judge(v->next, q->target, s, q->why, sizeof(q->why));
	v->next = exam_is_final(v->next, s) ? EXAM_COUNT : v->next + 1;
}

struct rehearsal_rival *rehearsal_find(struct rehearsal *r, const struct target *asked)
{
	for (size_t i = 0; i < r->n; i++) {
		struct rehearsal_rival *v = &r->rivals[i];

		if (v->next < EXAM_COUNT && v->questions[v->next].target == asked)
			return v;
	}
	return NULL;
}

/* --- the outcome --- */

enum rehearsal_ready rehearsal_ready(const struct rehearsal_rival *v)
{
	const enum exam_result first = v->questions[EXAM_SHORT].result;

	if (first != EXAM_PASSED && first != EXAM_MISSED)
		return READY_NO;
	for (int i = 0; i < EXAM_COUNT; i++) {
		if (v->questions[i].result != EXAM_PASSED)
			return READY_PARTLY;
	}
	return READY_YES;
}

const struct rehearsal_rival *rehearsal_best(const struct rehearsal *r)
{
	for (int want = READY_YES; want >= READY_PARTLY; want--) {
		for (size_t i = 0; i < r->n; i++) {
			if ((int)rehearsal_ready(&r->rivals[i]) == want)
				return &r->rivals[i];
		}
	}
	return NULL;
}

/* --- JSON --- */

static json_t *amount(int64_t nano, const char *currency)
{
	if (nano < 0 || currency[0] == '\0')
		return json_null();
	return json_pack(
	    "{s:f,s:s}", "amount", (double)nano / (double)NANO, "currency", currency);
}

static json_t *known(int64_t us)
{
	return us < 0 ? json_null() : json_integer(us);
}

static json_t *question_json(enum exam_id id, const struct rehearsal_question *q)
{
	bool asked = q->result != EXAM_NOT_OFFERED && q->result != EXAM_NOT_ASKED;

	return json_pack("{s:s,s:s,s:o,s:o}", "question", exam_row(id)->code, "result",
	    exam_result_code(q->result), "why",
	    q->why[0] != '\0' ? json_clean_string(span_of(q->why)) : json_null(),
	    "sample", asked ? sample_json(q->target, &q->sample) : json_null());
}

static json_t *rival_json(const struct rehearsal_rival *v)
{
	const struct target *t = v->target;
	const struct price *p = &t->price;
	bool ready = rehearsal_ready(v) != READY_NO;
	const struct rehearsal_question *stream = &v->questions[EXAM_STREAM];
	json_t *o = json_object(), *questions = json_array();

	for (int i = 0; i < EXAM_COUNT; i++)
		json_array_append_new(
		    questions, question_json((enum exam_id)i, &v->questions[i]));
	json_object_set_new(o, "target", json_clean_string(span_of(t->name)));
	json_object_set_new(o, "provider", json_clean_string(span_of(t->provider->id)));
	json_object_set_new(o, "model", json_clean_string(span_of(t->model)));
	json_object_set_new(
	    o, "ready", json_string(rehearsal_ready_word(rehearsal_ready(v))));
	json_object_set_new(o, "first_token_us",
	    stream->result == EXAM_PASSED || stream->result == EXAM_MISSED
		? known(stream->sample.first_token_us)
		: json_null());
	json_object_set_new(o, "total_us",
	    ready ? known(v->questions[EXAM_SHORT].sample.end_us) : json_null());
	json_object_set_new(o, "cost", amount(rehearsal_spent(v), p->currency));
	json_object_set_new(o, "per_1k_in",
	    amount(p->in_nano_per_tok < 0 ? -1 : p->in_nano_per_tok * 1000, p->currency));
	json_object_set_new(o, "per_1k_out",
	    amount(
		p->out_nano_per_tok < 0 ? -1 : p->out_nano_per_tok * 1000, p->currency));
	json_object_set_new(o, "questions", questions);
	return o;
}

json_t *rehearsal_json(const struct rehearsal *r)
{
	const struct rehearsal_rival *best = rehearsal_best(r);
	json_t *o = json_object(), *rivals = json_array();

	for (size_t i = 0; i < r->n; i++)
		json_array_append_new(rivals, rival_json(&r->rivals[i]));
	json_object_set_new(o, "class", json_clean_string(span_of(r->name)));
	json_object_set_new(o, "best",
	    best != NULL ? json_clean_string(span_of(best->target->name)) : json_null());
	json_object_set_new(o, "rivals", rivals);
	return o;
}
