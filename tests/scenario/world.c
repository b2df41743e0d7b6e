/* SPDX-License-Identifier: MIT
 *
 * Virtual time jumps from one thing that is due to the next. At one instant: exchanges
 * end, then the judge's and the teller's wake-ups, then new asks start.
 */
#include <stdio.h>
#include <string.h>

#include "tests/scenario/hands.h"
#include "tests/scenario/pages.h"

static struct mono mono_at(int64_t ms)
{
	return (struct mono){ms * US_PER_MS};
}

struct wall world_wall(const struct world *w)
{
	return (struct wall){WORLD_START + w->now_ms + w->wall_offset};
}

static void start_parts(struct world *w)
{
	w->schedule = schedule_new((struct schedule_limits){64, 64}, mono_at(w->now_ms));
	w->judge = judge_new("hk-1");
	w->tell = tell_new();
}

static void stop_parts(struct world *w)
{
	schedule_free(w->schedule);
	judge_free(w->judge);
	tell_free(w->tell);
}

void world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	rng_init(&w->rng, 1);
	w->arena = arena_new();
	judge_update_init(&w->judged);
	tell_update_init(&w->told);
	str_init(&w->seen, (size_t)1 << 20);
	start_parts(w);
}

void world_fini(struct world *w)
{
	stop_parts(w);
	judge_update_fini(&w->judged);
	tell_update_fini(&w->told);
	str_fini(&w->seen);
	arena_free(w->arena);
}

struct place *world_place(struct world *w, const char *name)
{
	for (int i = 0; i < w->n_places; i++) {
		if (strcmp(w->places[i].name, name) == 0)
			return &w->places[i];
	}
	return NULL;
}

static struct place *place_of(struct world *w, uint32_t series)
{
	return &w->places[series - 1];
}

/* --- parts ---------------------------------------------------------------------- */

static void tell(struct world *w, const struct tell_event *ev)
{
	tell_step(w->tell, ev, &w->told);
	for (size_t i = 0; i < w->told.n; i++) {
		struct delivery *d = &w->told.deliveries[i];

		see_told(w, d);
		if (w->n_owed < MAX_OWED)
			w->owed[w->n_owed++] = *d;
	}
}

static void grant(struct world *w, const struct wish *wish)
{
	struct place *p = place_of(w, wish->series);

	if (p->silent)
		return;
	if (schedule_wish(w->schedule, wish->series, wish->in_ms, mono_at(w->now_ms)))
		p->wished_ms = w->now_ms + wish->in_ms;
}

static void keep_record(struct world *w, const struct fact *f)
{
	int i = 0;

	if (!fact_is_incident(f->kind))
		return;
	while (
	    i < w->n_records && !subject_eq(&w->records[i].subject, &f->incident.subject))
		i++;
	if (i == MAX_RECORDS)
		return;
	w->n_records += i == w->n_records;
	w->records[i] = f->incident;
}

static void restart_judge(struct world *w, const struct judge_event *first);

void world_event(struct world *w, const struct judge_event *ev)
{
	judge_step(w->judge, ev, &w->judged);
	see_traces(w);
	for (size_t i = 0; w->show_remarks && i < w->judged.n_remarks; i++)
		see(w, place_of(w, w->judged.remarks[i].series)->name, "remark",
		    judged_code(w->judged.remarks[i].judged));
	for (size_t i = 0; i < w->judged.n_wishes; i++)
		grant(w, &w->judged.wishes[i]);
	if (!w->restoring)
		world_ask_controls(w);
	for (size_t i = 0; i < w->judged.n_facts; i++)
		keep_record(w, &w->judged.facts[i]);
	for (size_t i = 0; i < w->judged.n_facts; i++)
		tell(
		    w, &(struct tell_event){
			   .kind = TELL_FACT, .at = ev->at, .fact = &w->judged.facts[i]});
	if (w->restart_always && w->running && ev->kind != JUDGE_CONFIG &&
	    ++w->n_events % RESTART_EVERY == 0)
		restart_judge(w, &(struct judge_event){JUDGE_TIME, .at = world_wall(w)});
}

void world_config(struct world *w)
{
	struct judge_target targets[MAX_TARGETS];
	struct judge_way direct = {.n_controls = w->n_controls};
	struct judge_config judge = {
	    .vantage = "hk-1", .targets = targets, .ways = &direct, .n_ways = 1};
	struct tell_config teller = {
	    .routes = w->routes, .n_routes = (size_t)w->n_routes};

	for (int i = 0; i < w->n_places; i++) {
		struct place *p = &w->places[i];
		struct schedule_target s = {
		    p->conf.series, p->name, p->conf.provider, p->conf.interval_ms};

		if (p->watched)
			targets[judge.n_targets++] = p->conf;
		if (p->watched && !p->silent)
			schedule_put(w->schedule, &s, mono_at(w->now_ms));
		else
			schedule_remove(w->schedule, p->conf.series);
	}
	judge.rules = w->rules;
	judge.n_rules = (size_t)w->n_rules;
	judge.maintenance = teller.maintenance = w->maintenance;
	judge.n_maintenance = teller.n_maintenance = w->n_maintenance;
	tell(w, &(struct tell_event){
		    .kind = TELL_CONFIG, .at = world_wall(w), .config = &teller});
	world_event(
	    w, &(struct judge_event){
		   .kind = JUDGE_CONFIG, .at = world_wall(w), .u.config = &judge});
	w->running = true;
}

/* What storage would hold of the records: the open ones and the lately closed. */
static void restore_records(struct world *w, const struct judge *old)
{
	for (size_t i = 0; i < judge_open_incidents(old); i++)
		judge_restore_incident(w->judge, judge_open_at(old, i));
	for (int i = 0; i < w->n_records; i++) {
		if (w->records[i].state == INCIDENT_CLOSED)
			judge_restore_incident(w->judge, &w->records[i]);
	}
}

static void restore_ways(struct world *w, const struct judge *old)
{
	struct str state;
	struct err e;

	str_init(&state, (size_t)1 << 20);
	judge_dump(old, 0, &state);
	if (!judge_restore(w->judge, 0, str_c(&state), &e))
		see(w, "ways", "not restored:", e.msg);
	str_fini(&state);
}

static void restore_states(struct world *w, const struct judge *old)
{
	for (int i = 0; i < w->n_places; i++) {
		uint32_t series = w->places[i].conf.series;
		struct str state;
		struct err e;

		str_init(&state, (size_t)1 << 20);
		judge_dump(old, series, &state);
		if (state.len && !judge_restore(w->judge, series, str_c(&state), &e))
			see(w, w->places[i].name, "not restored:", e.msg);
		str_fini(&state);
	}
}

/* `first`: what the new process says first; the update tells when to wake up. */
static void restart_judge(struct world *w, const struct judge_event *first)
{
	struct judge *old = w->judge;
	bool always = w->restart_always;

	w->judge = judge_new("hk-1");
	w->restart_always = false;
	w->restoring = true;
	restore_records(w, old);
	world_config(w);
	restore_states(w, old);
	restore_ways(w, old);
	w->restoring = false;
	judge_free(old);
	world_event(w, first);
	world_pages(w);
	w->restart_always = always;
}

static void restart_tell(struct world *w)
{
	tell_free(w->tell);
	w->tell = tell_new();
	world_hushes(w);
	for (size_t i = 0; i < judge_open_incidents(w->judge); i++) {
		const struct incident *in = judge_open_at(w->judge, i);

		for (int k = 0; k < w->n_owed; k++) {
			if (ulid_eq(&w->owed[k].incident, &in->id))
				tell_restore(w->tell, in, &w->owed[k]);
		}
	}
}

void world_restart(struct world *w)
{
	restart_tell(w);
	restart_judge(w, &(struct judge_event){JUDGE_TIME, .at = world_wall(w)});
}

void world_off(struct world *w, int64_t until_ms)
{
	struct wall from = world_wall(w);

	w->n_flights = w->n_control_flights = 0;
	w->now_ms = until_ms;
	schedule_free(w->schedule);
	w->schedule = schedule_new((struct schedule_limits){64, 64}, mono_at(w->now_ms));
	for (int i = 0; i < w->n_places; i++)
		w->places[i].wished_ms = 0;
	restart_tell(w);
	restart_judge(w, &(struct judge_event){
			     .kind = JUDGE_GAP, .at = world_wall(w), .u.from = from});
}

/* --- asking --------------------------------------------------------------------- */

static struct answer answer_of(struct world *w, struct place *p)
{
	struct answer a = p->now;

	if (p->n_queued > 0) {
		a.outcome = p->queued[0];
		memmove(p->queued, p->queued + 1,
		    (size_t)(p->n_queued - 1) * sizeof(*p->queued));
		p->queued[p->n_queued - 1] = a.outcome;
		if (!p->cycle)
			p->n_queued--;
	} else if (a.percent < 100 && rng_below(&w->rng, 100) >= (uint64_t)a.percent) {
		a.outcome = OUTCOME_OK;
	}
	return a;
}

static void ask(struct world *w, const struct schedule_due *due)
{
	struct place *p = place_of(w, due->series);
	struct flight *f = &w->flights[w->n_flights++];

	f->series = due->series;
	f->at = world_wall(w);
	f->answer = answer_of(w, p);
	f->ends_ms = w->now_ms + f->answer.takes_ms;
	f->hangs_ms = w->now_ms + JUDGE_HUNG_MS;
	if (f->answer.outcome != OUTCOME_TIMEOUT_FIRST_BYTE &&
	    f->answer.outcome != OUTCOME_OK)
		f->hangs_ms = INT64_MAX; /* the answer begins, or ends at once */
	p->asks++;
	p->reasks += due->reask;
	if (w->now_ms >= p->wished_ms)
		p->wished_ms = 0; /* by a regular ask as well */
	if (w->show_asks)
		see(w, p->name, due->reask ? "re-asked" : "asked",
		    outcome_code(f->answer.outcome));
}

static void end_flight(struct world *w, int i)
{
	struct flight f = w->flights[i];
	struct sample s;

	w->n_asked++;
	w->flights[i] = w->flights[--w->n_flights];
	schedule_done(w->schedule, f.series, mono_at(w->now_ms));
	sample_init(&s, f.series, f.at);
	s.outcome = f.answer.outcome;
	s.end_us = f.answer.takes_ms * US_PER_MS;
	s.flags = f.answer.flags;
	s.lag_us = s.flags & FLAG_LOOP_LATE ? f.answer.takes_ms * US_PER_MS : 0;
	s.http_status = s.outcome == OUTCOME_OK ? 200 : 503;
	snprintf(s.request_id, sizeof(s.request_id), "req-%d", w->n_asked);
	world_event(w, &(struct judge_event){
			   .kind = JUDGE_SAMPLE, .at = world_wall(w), .u.sample = &s});
}

static bool end_one_flight(struct world *w)
{
	int first = -1;

	for (int i = 0; i < w->n_flights; i++) {
		if (w->flights[i].ends_ms <= w->now_ms &&
		    (first < 0 || w->flights[i].ends_ms < w->flights[first].ends_ms))
			first = i;
	}
	if (first >= 0)
		end_flight(w, first);
	return first >= 0;
}

/* As probes say it: after eight seconds, then every four. */
static bool hang_one_flight(struct world *w)
{
	for (int i = 0; i < w->n_flights; i++) {
		struct flight *f = &w->flights[i];
		struct judge_event ev = {.kind = JUDGE_HUNG, .at = world_wall(w)};

		if (f->hangs_ms > w->now_ms)
			continue;
		ev.u.hung.series = f->series;
		ev.u.hung.waited_ms = wall_diff_ms(ev.at, f->at);
		f->hangs_ms = w->now_ms + 4000;
		world_event(w, &ev);
		return true;
	}
	return false;
}

/* One thing that is due now; false when nothing is. */
static bool do_one(struct world *w)
{
	struct wall now = world_wall(w);
	struct schedule_due due;

	if (end_one_flight(w) || hang_one_flight(w) || world_control_due(w))
		return true;
	if (w->judged.wake_at.ms <= now.ms) {
		world_event(w, &(struct judge_event){.kind = JUDGE_TIME, .at = now});
		return true;
	}
	if (w->told.wake_at.ms <= now.ms) {
		tell(w, &(struct tell_event){.kind = TELL_TIME, .at = now});
		return true;
	}
	if (w->n_flights == MAX_FLIGHT ||
	    !schedule_next(w->schedule, mono_at(w->now_ms), &due))
		return false;
	ask(w, &due);
	return true;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t next_due(const struct world *w)
{
	int64_t start = WORLD_START + w->wall_offset, next = INT64_MAX;
	struct mono slot = schedule_wake_at(w->schedule);

	for (int i = 0; i < w->n_flights; i++)
		next =
		    sooner(next, sooner(w->flights[i].ends_ms, w->flights[i].hangs_ms));
	if (w->judged.wake_at.ms != INT64_MAX)
		next = sooner(next, w->judged.wake_at.ms - start);
	next = sooner(next, world_control_next(w));
	if (w->told.wake_at.ms != INT64_MAX)
		next = sooner(next, w->told.wake_at.ms - start);
	if (slot.us != INT64_MAX)
		next = sooner(next, (slot.us + US_PER_MS - 1) / US_PER_MS);
	return next;
}

void world_run(struct world *w, int64_t until_ms)
{
	for (;;) {
		int64_t next;

		while (do_one(w)) {
		}
		next = next_due(w);
		if (next > until_ms)
			break;
		if (next <= w->now_ms)
			next = w->now_ms + 1; /* due, but not allowed to start yet */
		w->now_ms = next;
	}
	w->now_ms = until_ms;
}

void world_leftovers(struct world *w, struct str *out)
{
	char text[128];

	for (size_t i = 0; i < judge_open_incidents(w->judge); i++)
		str_addf(out, "incident of %s is still open\n",
		    subject_text(
			&judge_open_at(w->judge, i)->subject, text, sizeof(text)));
	if (w->told.wake_at.ms != INT64_MAX)
		str_adds(out, "the teller still owes something later\n");
	for (int i = 0; i < w->n_places; i++) {
		const struct place *p = &w->places[i];

		if (p->n_queued > 0 && !p->cycle)
			str_addf(out, "%s: %d queued answers were never asked for\n",
			    p->name, p->n_queued);
		if (p->watched && p->wished_ms && p->wished_ms < w->now_ms)
			str_addf(out, "%s: a wished ask never started\n", p->name);
	}
}
