/* SPDX-License-Identifier: MIT
 *
 * The end of a random history: all is well, and everybody is asked for hours.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alerts/any_history.h"

#define HEAL_MOST 1000 /* minutes: longer than the six hours of a chronic target */

static bool is_well(const struct any_history *h)
{
	for (size_t i = 0; i < h->w.config.n_targets; i++) {
		struct judge_view v;

		if (!judge_view(h->j, h->w.targets[i].series, &v) ||
		    v.health != HEALTH_UP)
			return false;
	}
	return judge_open_incidents(h->j) == 0;
}

static void say_who_is_not(const struct any_history *h)
{
	for (size_t i = 0; i < judge_open_incidents(h->j); i++)
		print_message("# open: %s: %s\n", judge_open_at(h->j, i)->subject.id,
		    judge_open_at(h->j, i)->causes[0].detector);
	for (size_t i = 0; i < h->w.config.n_targets; i++) {
		struct judge_view v;

		if (judge_view(h->j, h->w.targets[i].series, &v))
			print_message("# %s: %s, slow %d\n", h->w.targets[i].name,
			    health_code(v.health), v.slow);
	}
}

static void good_answer(struct any_history *h, const struct judge_target *t)
{
	struct sample s;

	sample_init(&s, t->series, h->now);
	s.end_us = US_PER_S;
	s.reused = true;
	s.first_token_us = USUAL_MS * US_PER_MS;
	str_copy(s.returned_model, sizeof(s.returned_model), t->drift.model);
	s.cert_expiry_s = h->now.ms / MS_PER_S + 90 * MS_PER_DAY / MS_PER_S;
	any_step(h, (struct judge_event){.kind = JUDGE_SAMPLE, .u.sample = &s});
}

void any_history_heal(struct any_history *h)
{
	h->silent = false;
	h->control_weather = 0;
	any_world_settle(&h->w);
	any_configure(h);
	any_step(h, (struct judge_event){
			.kind = JUDGE_OWN, .u.own = {"disk", false, SEVERITY_MAJOR, ""}
        });
	any_step(h, (struct judge_event){
			.kind = JUDGE_OWN,
			.u.own = {"channel slack", false, SEVERITY_MAJOR, ""}
        });
	for (int i = 0; i < HEAL_MOST && !is_well(h); i++) {
		any_pass(h, MS_PER_MIN);
		any_answer_controls(h);
		for (size_t k = 0; k < h->w.config.n_targets; k++)
			good_answer(h, &h->w.targets[k]);
	}
	if (!is_well(h))
		say_who_is_not(h);
	assert_true(is_well(h));
}
