/* SPDX-License-Identifier: MIT
 *
 * The hallway's birth, its generations and its death; what happens in between is in
 * pipeline.c.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/base/xalloc.h"
#include "agent/conf_fallback.h"
#include "agent/conf_judge.h"
#include "agent/pipeline_impl.h"
#include "agent/requests.h"
#include "agent/restart.h"

static struct wall now_wall(const struct pipeline *p)
{
	return loop_wall(p->o.loop);
}

static void give_series(struct pipeline *p, struct conf *c)
{
	for (size_t i = 0; i < c->n_targets; i++) {
		struct target *t = &c->targets[i];
		bool is_new = false;
		t->series = registry_series(p->registry, t, &is_new);
		if (is_new)
			txn_series(p->txn, t->series, c->vantage, t, now_wall(p));
	}
}

/* Who is paused is as one that left the config for a while. */
static size_t leave_out_paused(const struct pipeline *p, struct judge_target *all)
{
	size_t n = 0;
	for (size_t i = 0; i < p->conf->n_targets; i++)
		if (!hands_paused(p->hands, all[i].name))
			all[n++] = all[i];
	return n;
}

static void config_judge(struct pipeline *p)
{
	const struct conf *c = p->conf;
	struct judge_target *all = conf_judge_targets(c);
	struct conf_ways ways;
	conf_ways(c, &ways);
	struct judge_config jc = {.vantage = c->vantage,
	    .ways = ways.judge,
	    .n_ways = ways.n,
	    .targets = all,
	    .n_targets = leave_out_paused(p, all),
	    .rules = c->rules,
	    .maintenance = c->maintenance,
	    .n_maintenance = c->n_maintenance,
	    .n_rules = c->n_rules};
	struct judge_event ev = {
	    .kind = JUDGE_CONFIG, .at = now_wall(p), .u.config = &jc};
	pipeline_step(p, &ev);
	free(all);
}

/* Who left the config begins anew when it comes back: an empty state says so, and since
 * when. */
static void forget_state(void *arg, uint32_t series)
{
	struct pipeline *p = arg;
	txn_judge_state(p->txn, series, now_wall(p), judge_constants_hash(), "");
}

static bool has_series(const struct conf *c, uint32_t series)
{
	for (size_t i = 0; i < c->n_targets; i++)
		if (c->targets[i].series == series)
			return true;
	return false;
}

static void forget_gone(struct pipeline *p, const struct conf *old)
{
	for (size_t i = 0; i < old->n_targets; i++)
		if (!has_series(p->conf, old->targets[i].series))
			forget_state(p, old->targets[i].series);
}

static void config_tell(struct pipeline *p)
{
	struct tell_config tc = {.routes = p->conf->routes,
	    .n_routes = p->conf->n_routes,
	    .maintenance = p->conf->maintenance,
	    .n_maintenance = p->conf->n_maintenance};
	struct tell_event ev = {.kind = TELL_CONFIG, .at = now_wall(p), .config = &tc};
	pipeline_hushes(p);
	pipeline_tell(p, &ev);
}

void pipeline_tell_time(struct pipeline *p)
{
	struct tell_event ev = {.kind = TELL_TIME, .at = now_wall(p)};
	pipeline_tell(p, &ev);
}

static bool is_paused(void *arg, const char *target)
{
	const struct pipeline *p = arg;
	return hands_paused(p->hands, target) != NULL;
}

void pipeline_apply_pauses(struct pipeline *p)
{
	config_judge(p);
	for (size_t i = 0; i < p->conf->n_targets; i++)
		if (is_paused(p, p->conf->targets[i].name))
			forget_state(p, p->conf->targets[i].series);
	asker_config(p->asker, p->conf);
}

/* fresh: at a start; if it still fails it will say so. Behind a reload it would not. */
static bool is_gone(const struct pipeline *p, const char *own_id, bool fresh)
{
	struct channel_status c;
	const char *name = own_id + strlen("channel ");
	if (strncmp(own_id, "network", strlen("network")) == 0 || !strcmp(own_id, "loop"))
		return false; /* the judge knows, and says when it is over */
	if (!strcmp(own_id, "budget"))
		return false; /* so does the purse, which looks at every start */
	if (!strcmp(own_id, "heartbeat") && fresh)
		return !pulse_adopt(p->pulse);
	if (strncmp(own_id, "channel ", strlen("channel ")) != 0)
		return fresh;
	return !conf_find_channel(p->conf, name) ||
	       !outbox_channel(deliver_outbox(p->deliver), name, &c) ||
	       c.state != CHANNEL_SHUT;
}

/* Troubles of our own that are over because what was in trouble is no longer there: a
 * channel that left the config, whatever the last run died of. */
static void clear_gone_troubles(struct pipeline *p, bool fresh)
{
	for (size_t i = judge_open_incidents(p->judge); i-- > 0;) {
		struct incident in = *judge_open_at(p->judge, i);
		if (in.subject.kind == SUBJECT_SELF && is_gone(p, in.subject.id, fresh))
			pipeline_own(p, in.subject.id, false, in.severity, "it is gone");
	}
}

void pipeline_reload(struct pipeline *p, struct conf *c)
{
	struct conf *old = p->conf;
	c = conf_keep_taken_over(old, c);
	/* They need a restart (conf_diff.c): until then they are what they were. */
	c->vantage = arena_strdup(c->arena, old->vantage);
	c->store_path = arena_strdup(c->arena, old->store_path);
	give_series(p, c);
	p->conf = c;
	http_reload_ca(p->http);
	controls_config(p->controls, c);
	config_tell(p);
	config_judge(p);
	forget_gone(p, old);
	asker_config(p->asker, c);
	pages_config(p->pages, c);
	deliver_config(p->deliver, c);
	pulse_config(p->pulse, c);
	conf_redact_log(c);
	clear_gone_troubles(p, false);
	pipeline_send_off(p);
	conf_free(old);
}

/* ---- birth and death ---- */

/* Incidents of targets that left the config while we were off end now, and not when the
 * oldest sample that is folded did. */
static void on_rows(void *arg)
{
	config_judge(arg);
}

static bool remember(struct pipeline *p, struct err *e)
{
	struct wall now = now_wall(p), off = {0};
	struct restart r = {.store = p->o.store,
	    .conf = p->conf,
	    .judge = p->judge,
	    .tell = p->tell,
	    .outbox = deliver_outbox(p->deliver),
	    .book = p->book,
	    .spend = asker_spend(p->asker),
	    .now = now,
	    .on_fact = pipeline_on_fact,
	    .on_rows = on_rows,
	    .on_stranger = forget_state,
	    .on_orphan = pipeline_orphan,
	    .arg = p};
	if (!restart_read(&r, &off, e))
		return false;
	if (off.ms && now.ms - off.ms > RESTART_GAP_MS) {
		txn_gap(p->txn, off, now);
		struct judge_event ev = {.kind = JUDGE_GAP, .at = now, .u.from = off};
		pipeline_step(p, &ev);
	}
	config_judge(p);       /* when to wake, after what was folded */
	pipeline_tell_time(p); /* reminders, silences and escalation go on */
	return true;
}

static void make_parts(struct pipeline *p)
{
	struct loop *l = p->o.loop;
	TAILQ_INIT(&p->owed);
	p->txn = txn_new();
	p->judge = judge_new(p->conf->vantage);
	judge_update_init(&p->update);
	p->tell = tell_new();
	tell_update_init(&p->owed_now);
	p->book = book_new();
	p->hands = hands_new();
	p->drill = drill_new(p);
	p->judge_wake.ms = p->tell_wake.ms = INT64_MAX;
	loop_timer_init(&p->wake, l, pipeline_on_wake, p);
	loop_timer_init(&p->alive, l, pipeline_on_alive, p);
	loop_timer_init(&p->dump, l, pipeline_on_dump, p);
	loop_timer_init(&p->take_over, l, pipeline_on_take_over, p);
}

static bool is_disk_idle(void *arg)
{
	const struct pipeline *p = arg;
	return !p->writer || writer_is_idle(p->writer);
}

/* An ask hangs: it may be worth another before it ends. */
static void on_hung(void *arg, const struct target *t, int64_t waited_ms)
{
	struct pipeline *p = arg;
	struct judge_event ev = {.kind = JUDGE_HUNG, .at = now_wall(p)};
	if (p->stopping)
		return;
	ev.u.hung.series = t->series;
	ev.u.hung.waited_ms = waited_ms;
	pipeline_step(p, &ev);
	pipeline_send_off(p);
}

/* What a provider says of itself changed. */
static void on_page(void *arg, const struct page_news *n)
{
	struct pipeline *p = arg;
	struct judge_event ev = {.kind = JUDGE_PAGE, .at = now_wall(p), .u.page = *n};
	if (p->stopping)
		return;
	pipeline_step(p, &ev);
	pipeline_send_off(p);
}

static bool start(struct pipeline *p, struct err *e)
{
	struct loop *l = p->o.loop;
	p->registry = registry_load(store_db(p->o.store), p->conf->vantage, e);
	p->http = p->registry ? http_new(l, NULL, e) : NULL;
	if (!p->http || !pipeline_load_hands(p, e) || !pipeline_load_digest(p, e))
		return false;
	p->asker = asker_new(l, p->http, p->o.seed, p->o.limits, pipeline_on_sample, p);
	asker_listen_hung(p->asker, on_hung);
	asker_pauses(p->asker, is_paused, p);
	p->controls = controls_new(l, p->http, pipeline_on_control, p);
	controls_config(p->controls, p->conf);
	p->pages = pages_new(l, p->http, p->o.seed + 2, on_page, p);
	p->deliver =
	    deliver_new(l, p->http, p->book, p->o.seed + 1, &pipeline_deliver_handler, p);
	give_series(p, p->conf);
	config_tell(p);
	config_judge(p);
	spend_config(asker_spend(p->asker), p->conf->targets, p->conf->n_targets,
	    &p->conf->budget, &p->conf->rates);
	deliver_config(p->deliver, p->conf);
	p->pulse = pulse_new(l, p->http, pipeline_on_pulse, p);
	pulse_config(p->pulse, p->conf);
	if (!remember(p, e))
		return false;
	p->writer = writer_start(p->o.store, l, &pipeline_writer_handler, p, e);
	if (!p->writer)
		return false;
	writer_on_request(p->writer, pipeline_on_order, p);
	loop_add_idle_check(l, is_disk_idle, p);
	loop_on_clock_jump(l, pipeline_on_clock_jump, p);
	loop_on_absence(l, pipeline_on_absence, p);
	clear_gone_troubles(p, true);
	drill_end_left(p->drill);
	asker_config(p->asker, p->conf);
	pages_config(p->pages, p->conf);
	cycle_begin(&p->cycle, loop_mono(l));
	pipeline_on_alive(p, loop_mono(l));
	pipeline_arm_dump(p);
	deliver_poke(p->deliver);
	return true;
}

struct store_options pipeline_store_options(const struct conf *c, struct wall now)
{
	struct store_options o = {.path = c->store_path,
	    .vantage = c->vantage,
	    .version = DIMWATCH_VERSION,
	    .config_hash = c->hash,
	    .now = now};

	o.keep.samples_ms = c->keep.samples_ms;
	o.keep.five_minutes_ms = c->keep.five_minutes_ms;
	o.keep.hours_ms = c->keep.hours_ms;
	o.keep.days_ms = c->keep.days_ms;
	o.keep.size_bytes = c->keep.size_bytes;
	return o;
}

struct pipeline *pipeline_new(const struct pipeline_options *o, struct err *e)
{
	struct pipeline *p = xcalloc(1, sizeof *p);
	p->o = *o;
	if (!p->o.alive_ms)
		p->o.alive_ms = 15 * MS_PER_S;
	p->conf = o->conf;
	make_parts(p);
	conf_redact_log(p->conf);
	if (start(p, e))
		return p;
	(void)pipeline_free(p, 0);
	return NULL;
}

void pipeline_stop(struct pipeline *p, const char *why)
{
	p->stopping = true;
	asker_stop(p->asker, why);
	controls_stop(p->controls);
	pages_stop(p->pages);
	deliver_stop(p->deliver);
	pulse_stop(p->pulse);
}

bool pipeline_is_quiet(const struct pipeline *p)
{
	return asker_in_flight(p->asker) == 0;
}

static void free_parts(struct pipeline *p)
{
	struct owed *o = NULL;
	loop_timer_cancel(&p->wake);
	loop_timer_cancel(&p->alive);
	loop_timer_cancel(&p->dump);
	loop_timer_cancel(&p->take_over);
	while ((o = TAILQ_FIRST(&p->owed))) {
		TAILQ_REMOVE(&p->owed, o, link);
		free(o);
	}
	txn_free(p->txn);
	judge_update_fini(&p->update);
	judge_free(p->judge);
	tell_update_fini(&p->owed_now);
	tell_free(p->tell);
	registry_free(p->registry);
	book_free(p->book);
	hands_free(p->hands);
	drill_free(p->drill);
	conf_free(p->conf);
	free(p->judged);
	free(p->gone);
	free(p);
}

bool pipeline_free(struct pipeline *p, int64_t max_ms)
{
	bool good = true;
	p->stopping = true;
	loop_remove_idle_check(p->o.loop, is_disk_idle, p);
	loop_on_clock_jump(p->o.loop, NULL, NULL);
	loop_on_absence(p->o.loop, NULL, NULL);
	pulse_stop(p->pulse);
	http_free(p->http); /* attempts in flight end now; their rows stay pending */
	deliver_end(p->deliver);
	if (p->writer) {
		pipeline_dump_all(p);
		txn_alive(p->txn, now_wall(p));
		pipeline_send_off(p);
		good = writer_stop(p->writer, max_ms);
	}
	asker_free(p->asker);
	controls_free(p->controls);
	pages_free(p->pages);
	deliver_free(p->deliver);
	pulse_free(p->pulse);
	free_parts(p);
	return good;
}

void pipeline_look(struct pipeline *p, struct pipeline_view *ret)
{
	ret->conf = p->conf;
	ret->judge = p->judge;
	ret->schedule = asker_stats(p->asker);
	ret->writer = writer_stats(p->writer);
	ret->outbox = outbox_stats(deliver_outbox(p->deliver));
	ret->samples = p->samples;
	ret->disk_fails = p->disk_fails;
	ret->spent_today_nano =
	    spend_today(asker_spend(p->asker), now_wall(p), ret->currency);
}
