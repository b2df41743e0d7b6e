/* SPDX-License-Identifier: MIT
 *
 * The first line is a rule's `when`: refused with a place and a sentence, or read into
 * its ranges. What was read then judges the second line, a story of samples: G good, F
 * failed, digits wait, anything else is time that passes.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"
#include "alerts/rule.h"
#include "tests/fuzz/fuzz.h"

#define T0        INT64_C(1767225600000)
#define MAX_STORY 2000

static void check_refused(const char *text, size_t offset, const struct err *e)
{
	MUST(offset <= strlen(text));
	MUST(e->code != ERR_NONE && e->msg[0] != '\0');
	MUST(strlen(e->msg) < sizeof(e->msg) && strchr(e->msg, '\n') == NULL);
}

static void check_read(const struct rule *r)
{
	static const int64_t paces[] = {1000, MS_PER_MIN, MS_PER_H, MS_PER_DAY};

	MUST(r->limit >= 0 && r->limit <= 1);
	MUST(r->window_ms >= 10 * MS_PER_S && r->window_ms <= 30 * MS_PER_DAY);
	MUST(r->min_failures >= 0 && r->min_samples >= 0);
	for (size_t i = 0; i < sizeof(paces) / sizeof(paces[0]); i++) {
		double share = rule_needed_share(r, paces[i]);

		MUST(isfinite(share) && share >= 0);
		MUST(rule_samples(r, paces[i]) >= 0);
	}
}

static void check_step(
    const struct rule *r, const struct rule_step *step, struct wall now)
{
	MUST(step->failed <= step->n);
	MUST(step->share >= 0 && step->share <= 1);
	MUST(step->wake_at.ms > now.ms);
	MUST(step->wake_at.ms == INT64_MAX ||
	     step->wake_at.ms <= now.ms + 2 * MS_PER_DAY + r->window_ms);
	if (step->change != RULE_SAME)
		MUST(step->edge.ms > 0 && step->edge.ms <= now.ms);
}

/* Stored and read back it is the same. */
static void check_round_trip(const struct rule_state *s)
{
	struct rule_state back;
	json_t *first = rule_dump(s), *second;

	memset(&back, 0x5a, sizeof(back));
	MUST(rule_restore(&back, first));
	second = rule_dump(&back);
	MUST(json_equal(first, second));
	json_decref(first);
	json_decref(second);
}

static void judge(const struct rule *r, struct span story)
{
	struct wall now = {T0};
	struct rule_state s;
	bool firing = false;

	rule_state_init(&s, now);
	for (size_t i = 0; i < story.n && i < MAX_STORY; i++) {
		struct rule_step step;
		char c = story.p[i];

		if (c >= '0' && c <= '9') {
			now.ms += (int64_t)1 << (2 * (c - '0') + 8);
			continue;
		}
		now.ms += 1000;
		if (c == 'G' || c == 'F')
			rule_on_sample(r, &s, now, c == 'F', &step);
		else
			rule_on_time(r, &s, now, &step);
		check_step(r, &step, now);
		/* It fires and is over in turns, and only a failure makes it fire. */
		MUST(step.change != RULE_FIRED || (!firing && step.failed > 0));
		MUST(step.change == RULE_SAME || step.change == RULE_FIRED || firing);
		if (step.change != RULE_SAME)
			firing = step.change == RULE_FIRED;
		MUST(firing == (s.phase == RULE_FIRING));
	}
	check_round_trip(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size), story;
	char *text = fuzz_text(fuzz_line(&in));
	struct rule r = {.name = "x", .text = text};
	struct err e = {0};
	size_t offset = 0;

	story = fuzz_line(&in);
	if (!rule_parse(text, &r, &offset, &e)) {
		check_refused(text, offset, &e);
	} else {
		check_read(&r);
		r.for_ms = (int64_t)fuzz_number(fuzz_line(&in), 3600000);
		r.resolve_for_ms = r.for_ms > 60000 ? r.for_ms : 60000;
		r.severity = SEVERITY_MINOR;
		judge(&r, story);
	}
	free(text);
	return 0;
}
