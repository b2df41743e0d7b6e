/* SPDX-License-Identifier: MIT
 *
 * The first line is a rule's `when`, the second its `resolve` ("": none): refused with a
 * place and a sentence, or read into their ranges. What was read then judges the third
 * line, a story of samples of two targets: G good, F failed, o t q other outcomes, s
 * slow, 1 or 2 who is asked from then on, other digits wait, anything else is time that
 * passes.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"
#include "alerts/rule_state.h"
#include "tests/fuzz/fuzz.h"

#define T0        INT64_C(1767225600000)
#define MAX_STORY 2000

static void check_refused(const char *text, size_t offset, const struct err *e)
{
	MUST(offset <= strlen(text));
	MUST(e->code != ERR_NONE && e->msg[0] != '\0');
	MUST(strlen(e->msg) < sizeof(e->msg) && strchr(e->msg, '\n') == NULL);
}

static void check_condition(const struct rule *r, const struct condition *c)
{
	MUST(c->kind < CONDITION_KIND_COUNT && c->compare < COMPARE_COUNT);
	MUST(c->limit >= 0 && c->limit <= 1 && c->factor >= 0 && isfinite(c->factor));
	MUST(c->window_ms == 0 ||
	     (c->window_ms >= 10 * MS_PER_S && c->window_ms <= 30 * MS_PER_DAY));
	MUST(c->short_ms == 0 || c->short_ms < c->window_ms);
	MUST(c->min_failures >= 0 && c->min_samples >= 0 && c->count >= 0);
	MUST(c->kind != CONDITION_OF_LAST || (c->count <= c->of && c->of <= RULE_LAST));
	MUST(c->ring < r->n_rings && c->short_ring < r->n_rings);
}

static void check_read(const struct rule *r)
{
	static const int64_t paces[] = {1000, MS_PER_MIN, MS_PER_H, MS_PER_DAY};

	MUST(r->n_when > 0 && r->n_when + r->n_resolve <= RULE_CONDITIONS);
	for (int i = 0; i < r->n_when + r->n_resolve; i++)
		check_condition(r, &r->conditions[i]);
	for (size_t i = 0; i < sizeof(paces) / sizeof(paces[0]); i++) {
		struct rule_need need;

		rule_need(r, paces[i], &need);
		MUST(isfinite(need.share) && need.share >= 0 && need.samples >= 0);
	}
}

/* Stored and read back it is the same. */
static void check_round_trip(const struct rule *r, const struct rule_state *s)
{
	struct rule_state back;
	json_t *first = rule_dump(s), *second;

	rule_state_init(r, &back, (struct wall){1});
	MUST(rule_restore(r, &back, first));
	second = rule_dump(&back);
	MUST(json_equal(first, second));
	rule_state_fini(&back);
	json_decref(first);
	json_decref(second);
}

struct play {
	const struct rule *r;
	struct rule_state states[2];
	struct rule_state *both[2];
	struct rule_pool pool;
	struct wall now;
	int who;
	bool firing;
};

static void count(struct play *p, enum outcome o, int64_t first_token_us)
{
	static const struct rule_habits habits = {
	    400, {500, 600, 700, 800, 1000}
        };
	struct sample s;

	sample_init(&s, 1, p->now);
	s.outcome = o;
	s.first_token_us = first_token_us;
	s.end_us = first_token_us < 0 ? 1000000 : first_token_us + 1000;
	rule_count(p->r, &p->states[p->who],
	    &(struct rule_evidence){&s, MS_PER_MIN, p->who ? &habits : NULL});
}

static void judge(struct play *p, bool by_sample)
{
	struct rule_now now = {.at = p->now, .health = HEALTH_UP};
	struct rule_step step;
	struct wall wake;
	char words[300];

	rule_judge(p->r, &p->pool, &now, by_sample, &step);
	wake = rule_wake_at(p->r, &p->pool, p->now);
	MUST(step.failed <= step.n);
	MUST(wake.ms > p->now.ms);
	if (step.change != RULE_SAME)
		MUST(step.edge.ms > 0 && step.edge.ms <= p->now.ms);
	/* It fires and is over in turns. */
	MUST(step.change != RULE_FIRED || !p->firing);
	MUST(step.change == RULE_SAME || step.change == RULE_FIRED || p->firing);
	if (step.change != RULE_SAME)
		p->firing = step.change == RULE_FIRED;
	MUST(p->firing == (p->states[0].phase == RULE_FIRING));
	MUST(strlen(rule_words(p->r, &p->pool, p->now, words, sizeof(words))) <
	     sizeof(words));
}

static void act(struct play *p, char c)
{
	p->now.ms += 1000;
	if (c == '1' || c == '2')
		p->who = rule_not_by(p->r) ? 0 : c - '1';
	else if (c == 'G' || c == 's')
		count(p, OUTCOME_OK, c == 's' ? 9000000 : 300000);
	else if (c == 'F')
		count(p, OUTCOME_HTTP_5XX, -1);
	else if (c == 'o')
		count(p, OUTCOME_OVERLOADED, -1);
	else if (c == 't')
		count(p, OUTCOME_TIMEOUT_FIRST_TOKEN, -1);
	else if (c == 'q')
		count(p, OUTCOME_QUOTA, -1);
	judge(p, strchr("GFots", c) != NULL && c != '\0');
}

static void tell(const struct rule *r, struct span story)
{
	struct play p = {.r = r, .now = {T0}};

	for (int i = 0; i < 2; i++) {
		rule_state_init(r, &p.states[i], p.now);
		p.both[i] = &p.states[i];
	}
	p.pool = (struct rule_pool){p.both, rule_not_by(r) ? 1 : 2};
	for (size_t i = 0; i < story.n && i < MAX_STORY; i++) {
		char c = story.p[i];

		if (c >= '3' && c <= '9')
			p.now.ms += (int64_t)1 << (2 * (c - '0') + 8);
		else
			act(&p, c);
	}
	check_round_trip(r, &p.states[0]);
	check_round_trip(r, &p.states[1]);
	rule_state_fini(&p.states[0]);
	rule_state_fini(&p.states[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size), story;
	char *text = fuzz_text(fuzz_line(&in)), *over = fuzz_text(fuzz_line(&in));
	struct rule r = {.name = "x", .text = text, .severity = SEVERITY_MINOR};
	struct err e = {0};
	size_t offset = 0;

	story = fuzz_line(&in);
	if (!rule_parse(text, &r, &offset, &e)) {
		check_refused(text, offset, &e);
	} else if (*over && !rule_parse_resolve(over, &r, &offset, &e)) {
		check_refused(over, offset, &e);
	} else {
		check_read(&r);
		r.for_ms = (int64_t)fuzz_number(fuzz_line(&in), 3600000);
		r.resolve_for_ms = r.for_ms > 60000 ? r.for_ms : 60000;
		tell(&r, story);
	}
	free(text);
	free(over);
	return 0;
}
