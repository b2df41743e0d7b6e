/* SPDX-License-Identifier: MIT
 *
 * A register of five answers and two runs. Everything it says follows from them.
 */
#include "alerts/detect_auto.h"

#include <stdio.h>
#include <string.h>

#include "alerts/state_json.h"

void detect_auto_init(struct detect_auto *d)
{
	memset(d, 0, sizeof(*d));
}

static int failed_of(const struct detect_auto *d, int n)
{
	int failed = 0;

	for (int i = 0; i < n && i < d->n; i++)
		failed += d->last[i].failed;
	return failed;
}

static void push(struct detect_auto *d, int64_t at_ms, bool failed)
{
	memmove(&d->last[1], &d->last[0], sizeof(d->last[0]) * (AUTO_REGISTER - 1));
	d->last[0].at_ms = at_ms;
	d->last[0].failed = failed;
	if (d->n < AUTO_REGISTER)
		d->n++;
}

static int64_t earliest_failure(const struct detect_auto *d)
{
	int64_t earliest = INT64_MAX;

	for (int i = 0; i < d->n; i++) {
		if (d->last[i].failed && d->last[i].at_ms < earliest)
			earliest = d->last[i].at_ms;
	}
	return earliest;
}

static bool last_all_failed(const struct detect_auto *d)
{
	return d->n >= AUTO_DOWN_RUN && failed_of(d, AUTO_DOWN_RUN) == AUTO_DOWN_RUN;
}

static void step_quiet(struct detect_auto *d, bool failed, struct detect_step *ret)
{
	if (!failed || failed_of(d, AUTO_REGISTER) < AUTO_FAILURES)
		return;
	d->alarmed = true;
	d->recovering = false;
	d->down = last_all_failed(d);
	d->since_ms = earliest_failure(d);
	d->good_run = 0;
	ret->change = DETECT_ALARM;
	ret->edge.ms = d->since_ms;
}

static void step_alarmed(
    struct detect_auto *d, int64_t at_ms, bool failed, struct detect_step *ret)
{
	if (failed) {
		d->good_run = 0;
		d->recovering = false;
	} else if (++d->good_run == 1 || at_ms < d->first_good_ms) {
		d->first_good_ms = at_ms;
	}
	if (d->good_run >= AUTO_GOOD_RUN) {
		d->alarmed = d->recovering = d->down = false;
		d->n = AUTO_GOOD_RUN; /* what failed before belongs to what is over */
		ret->change = DETECT_OVER;
		ret->edge.ms = d->first_good_ms;
		return;
	}
	d->recovering = d->good_run >= AUTO_GOOD_RUN - 1;
	if (last_all_failed(d))
		d->down = true;
	else if (!d->recovering && d->n >= AUTO_DOWN_RUN &&
		 failed_of(d, AUTO_DOWN_RUN) <= 1)
		d->down = false;
}

void detect_auto_on_sample(
    struct detect_auto *d, struct wall at, bool failed, struct detect_step *ret)
{
	memset(ret, 0, sizeof(*ret));
	push(d, at.ms, failed);
	if (d->alarmed)
		step_alarmed(d, at.ms, failed, ret);
	else
		step_quiet(d, failed, ret);
}

void detect_auto_on_gap(struct detect_auto *d)
{
	d->n = 0;
	d->good_run = 0;
	d->recovering = false;
}

void detect_auto_on_clock_back(struct detect_auto *d, struct wall now)
{
	for (int i = 0; i < d->n; i++) {
		if (d->last[i].at_ms > now.ms)
			d->last[i].at_ms = now.ms;
	}
	if (d->first_good_ms > now.ms)
		d->first_good_ms = now.ms;
}

void detect_auto_adopt(struct detect_auto *d, struct wall since, bool down)
{
	d->n = 0; /* what was seen before is not what alarmed */
	d->alarmed = true;
	d->down = down;
	d->recovering = false;
	d->since_ms = since.ms;
	d->good_run = 0;
}

enum health detect_auto_health(const struct detect_auto *d)
{
	if (d->alarmed && d->recovering)
		return HEALTH_RECOVERING;
	if (d->alarmed)
		return d->down ? HEALTH_DOWN : HEALTH_DEGRADED;
	return failed_of(d, AUTO_REGISTER) ? HEALTH_SUSPECT : HEALTH_UP;
}

enum severity detect_auto_severity(const struct detect_auto *d)
{
	return d->down ? SEVERITY_CRITICAL : SEVERITY_MAJOR;
}

const char *detect_auto_wish(const struct detect_auto *d)
{
	if (d->alarmed)
		return d->recovering ? "recovering" : NULL;
	return failed_of(d, AUTO_REGISTER) ? "suspect" : NULL;
}

char *detect_auto_words(const struct detect_auto *d, char *buf, size_t size)
{
	snprintf(buf, size, "%d of last %d failed", failed_of(d, AUTO_REGISTER), d->n);
	return buf;
}

json_t *detect_auto_dump(const struct detect_auto *d)
{
	json_t *v = json_object(), *last = json_array();

	for (int i = 0; i < d->n; i++)
		json_array_append_new(last,
		    json_pack("[I,b]", (json_int_t)d->last[i].at_ms, d->last[i].failed));
	json_object_set_new(v, "last", last);
	json_object_set_new(v, "alarmed", json_boolean(d->alarmed));
	json_object_set_new(v, "down", json_boolean(d->down));
	json_object_set_new(v, "recovering", json_boolean(d->recovering));
	json_object_set_new(v, "since", json_integer(d->since_ms));
	json_object_set_new(v, "first_good", json_integer(d->first_good_ms));
	json_object_set_new(v, "good_run", json_integer(d->good_run));
	return v;
}

static bool restore_register(struct detect_auto *d, const json_t *last)
{
	if (!json_is_array(last) || json_array_size(last) > AUTO_REGISTER)
		return false;
	d->n = (int)json_array_size(last);
	for (int i = 0; i < d->n; i++) {
		const json_t *one = json_array_get(last, (size_t)i);

		if (!state_int(one, "[0]", 0, STATE_MAX_MS, &d->last[i].at_ms) ||
		    !json_is_boolean(json_at(one, "[1]")))
			return false;
		d->last[i].failed = json_is_true(json_at(one, "[1]"));
	}
	return true;
}

bool detect_auto_restore(struct detect_auto *d, const json_t *v)
{
	struct detect_auto back;
	int64_t good_run;

	memset(&back, 0, sizeof(back));
	if (!restore_register(&back, json_at(v, "last")) ||
	    !state_int(v, "since", 0, STATE_MAX_MS, &back.since_ms) ||
	    !state_int(v, "first_good", 0, STATE_MAX_MS, &back.first_good_ms) ||
	    !state_int(v, "good_run", 0, AUTO_GOOD_RUN, &good_run))
		return false;
	back.good_run = (int)good_run;
	back.alarmed = json_is_true(json_at(v, "alarmed"));
	back.down = json_is_true(json_at(v, "down"));
	back.recovering = json_is_true(json_at(v, "recovering"));
	*d = back;
	return true;
}
