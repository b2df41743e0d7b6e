/* SPDX-License-Identifier: MIT
 *
 * The hallway; see pipeline.h. Walk it from top to bottom:
 *
 *   on_sample      a sample came in (asker.c asked for it)
 *   step           judge_step says what it means; facts, wishes and remarks follow
 *   on_fact        tell_step says which channel is owed a message
 *   send_off       sample + changes + deliveries go to the writer as one transaction
 *   on_committed   what is on disk may be spoken: deliver.c sends it
 *
 * The one exception (design: "no lost alert"): when commits have failed for ten seconds,
 * deliveries are spoken uncommitted, with the same ids, logged unrecorded=1; the writer
 * still holds them and writes them first when the disk returns (pipeline_disk.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/log.h"
#include "agent/base/xalloc.h"
#include "agent/pipeline_impl.h"
#include "agent/restart.h"

static struct wall now_wall(const struct pipeline *p)
{
	return loop_wall(p->o.loop);
}

/* ---- what a step changes ---- */

/* When this sample ended, as a start will reckon it. */
static void note_judged(struct pipeline *p, const struct sample *s)
{
	if (s->series >= p->n_judged) {
		size_t n = s->series + 64;
		p->judged = xreallocarray(p->judged, n, sizeof *p->judged);
		memset(p->judged + p->n_judged, 0, (n - p->n_judged) * sizeof *p->judged);
		p->n_judged = n;
	}
	p->judged[s->series] = wall_add_ms(s->at, s->end_us / US_PER_MS);
}

/* A wall clock that is being set back a little may stand before the end of the sample
 * that is inside the state already: a start would judge it a second time. */
static void dump_state(struct pipeline *p, uint32_t series)
{
	struct str json;
	struct wall through = now_wall(p);
	if (series < p->n_judged && p->judged[series].ms > through.ms)
		through = p->judged[series];
	str_init(&json, JSON_MAX_BYTES);
	judge_dump(p->judge, series, &json);
	txn_judge_state(p->txn, series, through, judge_constants_hash(), str_c(&json));
	str_fini(&json);
}

/* A channel that left the config may still be owed the end of a story. */
void pipeline_orphan(void *arg, const struct delivery *d)
{
	struct pipeline *p = arg;
	struct delivery dead = *d;
	dead.state = DELIVERY_DEAD;
	str_copy(dead.last_error, sizeof(dead.last_error),
	    "its channel is no longer in the config");
	txn_delivery(p->txn, &dead);
}

void pipeline_owe(struct pipeline *p, const struct delivery *d)
{
	struct delivery owed = *d;
	if (!drill_admits(p->drill, d))
		return;
	if (!conf_find_channel(p->conf, d->channel)) {
		pipeline_orphan(p, d);
		return;
	}
	if (wall_diff_ms(now_wall(p), d->created) > OUTBOX_GIVE_UP_MS / 2 &&
	    d->held_until.ms <= now_wall(p).ms)
		owed.retried = now_wall(p); /* due while we were off: its day is now */
	if (d->state == DELIVERY_PENDING) { /* else muted: for the record alone */
		struct owed *o = xcalloc(1, sizeof(*o));
		o->delivery = owed;
		book_note(p->book, &owed);
		TAILQ_INSERT_TAIL(&p->owed, o, link);
	}
	txn_delivery(p->txn, &owed);
	if (p->o.watcher.on_delivery)
		p->o.watcher.on_delivery(p->o.watcher.arg, &owed);
}

void pipeline_tell(struct pipeline *p, const struct tell_event *ev)
{
	tell_step(p->tell, ev, &p->owed_now);
	for (size_t i = 0; i < p->owed_now.n; i++)
		pipeline_owe(p, &p->owed_now.deliveries[i]);
	p->tell_wake = p->owed_now.wake_at;
}

static void log_fact(const struct fact *f)
{
	char subject[128];
	const struct incident *in = &f->incident;
	if (!fact_is_incident(f->kind)) {
		log_event(LOG_INFO, fact_code(f->kind), "series=%u health=%s detail=%s",
		    f->series, health_code(f->health), f->detail);
		return;
	}
	log_event(LOG_NOTICE, fact_code(f->kind),
	    "subject=%s incident=%s short=%s severity=%s health=%s detail=%s",
	    subject_text(&in->subject, subject, sizeof subject), in->id.text,
	    in->short_id, severity_code(in->severity_now), health_code(in->health),
	    f->detail);
}

/* What an incident of several targets has counted stands in the state of each. */
static void dump_provider(struct pipeline *p, const struct fact *f)
{
	for (size_t i = 0; i < p->conf->n_targets; i++) {
		const struct target *t = &p->conf->targets[i];
		bool common = f->incident.subject.kind == SUBJECT_SHARED;
		if ((common || !strcmp(t->provider->id, f->incident.provider)) &&
		    t->series != f->series)
			dump_state(p, t->series);
	}
}

void pipeline_on_fact(void *arg, const struct fact *f)
{
	struct pipeline *p = arg;
	log_fact(f);
	if (p->o.watcher.on_fact)
		p->o.watcher.on_fact(p->o.watcher.arg, f);
	if (fact_is_incident(f->kind)) {
		struct tell_event ev = {.kind = TELL_FACT, .at = f->at, .fact = f};
		book_put(p->book, &f->incident);
		txn_incident(p->txn, &f->incident);
		txn_log(p->txn, f);
		pipeline_tell(p, &ev);
	}
	if (f->series)
		dump_state(p, f->series);
	if (fact_is_incident(f->kind) && (f->incident.subject.kind == SUBJECT_PROVIDER ||
					     f->incident.subject.kind == SUBJECT_REGION ||
					     f->incident.subject.kind == SUBJECT_SHARED))
		dump_provider(p, f);
}

/* Samples that are stored already are judged differently from now on. */
static void note_remarks(struct pipeline *p, const struct judge_event *ev)
{
	const struct judge_update *u = &p->update;
	const struct sample *s = ev->kind == JUDGE_SAMPLE ? ev->u.sample : NULL;
	for (size_t i = 0; i < u->n_remarks; i++)
		if (!s || u->remarks[i].at.ms != s->at.ms ||
		    u->remarks[i].series != s->series)
			txn_remark(p->txn, &u->remarks[i]);
}

void pipeline_step(struct pipeline *p, const struct judge_event *ev)
{
	struct judge_update *u = &p->update;
	judge_step(p->judge, ev, u);
	if (u->trace.len)
		log_event(LOG_DEBUG, "judge", "trace=%s", str_c(&u->trace));
	for (size_t i = 0; i < u->n_facts; i++)
		pipeline_on_fact(p, &u->facts[i]);
	for (size_t i = 0; i < u->n_wishes; i++)
		asker_wish(p->asker, u->wishes[i].series, u->wishes[i].in_ms);
	for (size_t i = 0; i < u->n_asks; i++)
		controls_ask(p->controls, &u->asks[i]);
	note_remarks(p, ev);
	if (u->ways_moved)
		dump_state(p, 0);
	p->judge_wake = u->wake_at;
}

static void arm_wake(struct pipeline *p)
{
	int64_t at =
	    p->judge_wake.ms < p->tell_wake.ms ? p->judge_wake.ms : p->tell_wake.ms;
	int64_t now = now_wall(p).ms;
	if (at == INT64_MAX || p->stopping)
		loop_timer_cancel(&p->wake);
	else
		loop_timer_in_ms(&p->wake, at > now ? at - now : 0);
}

/* ---- commit, then speak ---- */

void pipeline_speak(struct pipeline *p, uint64_t upto)
{
	struct owed *o = NULL, *next = NULL;
	bool spoke = false;
	TAILQ_FOREACH_SAFE(o, &p->owed, link, next)
	{
		if (!o->txn || o->txn > upto)
			break;
		if (p->disk_fails)
			log_event(LOG_WARN, "spoken_unrecorded",
			    "delivery=%s unrecorded=1", o->delivery.id.text);
		outbox_put(deliver_outbox(p->deliver), &o->delivery);
		TAILQ_REMOVE(&p->owed, o, link);
		free(o);
		spoke = true;
	}
	if (p->bundle_txn && p->bundle_txn <= upto) {
		p->bundle_txn = 0;
		outbox_committed(deliver_outbox(p->deliver));
		spoke = true;
	}
	if (spoke)
		deliver_poke(p->deliver);
}

/* Everything that the last steps changed goes to the writer as one transaction. */
void pipeline_send_off(struct pipeline *p)
{
	struct owed *o = NULL;
	arm_wake(p);
	if (txn_is_empty(p->txn))
		return;
	uint64_t number = writer_post(p->writer, p->txn, now_wall(p));
	p->posted = number;
	p->txn = txn_new();
	if (p->bundled)
		p->bundle_txn = number;
	p->bundled = false;
	TAILQ_FOREACH(o, &p->owed, link)
	if (!o->txn)
		o->txn = number;
	if (p->disk_fails)
		pipeline_speak(p, UINT64_MAX);
}

static bool is_owed(void *arg, const struct ulid *incident)
{
	const struct pipeline *p = arg;
	const struct owed *o = NULL;
	TAILQ_FOREACH(o, &p->owed, link)
	if (ulid_eq(&o->delivery.incident, incident))
		return true;
	return false;
}

void pipeline_on_committed(void *arg, uint64_t upto)
{
	struct pipeline *p = arg;
	pipeline_speak(p, upto);
	pipeline_beat_committed(p, upto);
	book_sweep(p->book, deliver_outbox(p->deliver), is_owed, p);
}

/* Trouble of our own is told like any other incident. */
void pipeline_own(struct pipeline *p, const char *id, bool failing,
    enum severity severity, const char *words)
{
	struct judge_event ev = {.kind = JUDGE_OWN, .at = now_wall(p)};
	ev.u.own.id = id;
	ev.u.own.failing = failing;
	ev.u.own.severity = severity;
	ev.u.own.words = words;
	pipeline_step(p, &ev);
	pipeline_send_off(p);
}

/* ---- a sample came in ---- */

static enum judged judged_of(const struct judge_update *u, const struct sample *s)
{
	enum judged last = JUDGED_COUNTED;
	for (size_t i = 0; i < u->n_remarks; i++)
		if (u->remarks[i].series == s->series && u->remarks[i].at.ms == s->at.ms)
			last = u->remarks[i].judged;
	return last;
}

/* Said when it begins, not with every sample. */
static void note_lateness(
    struct pipeline *p, const struct target *t, const struct sample *s)
{
	bool late = s->flags & FLAG_LOOP_LATE;
	if (late && !p->late)
		log_event(LOG_WARN, "loop_late", "target=%s ms=%lld", t->name,
		    (long long)(s->lag_us / US_PER_MS));
	p->late = late;
}

void pipeline_on_sample(void *arg, const struct target *t, const struct sample *s)
{
	struct pipeline *p = arg;
	struct judge_event ev = {.kind = JUDGE_SAMPLE, .at = now_wall(p), .u.sample = s};
	p->samples++;
	if (p->o.watcher.on_sample)
		p->o.watcher.on_sample(p->o.watcher.arg, t, s);
	log_event(LOG_DEBUG, "sample", "target=%s outcome=%s status=%d ms=%lld",
	    target_title(t), outcome_code(s->outcome), s->http_status,
	    (long long)(s->end_us / US_PER_MS));
	note_lateness(p, t, s);
	note_judged(p, s);
	pipeline_step(p, &ev);
	txn_sample(p->txn, s, judged_of(&p->update, s));
	pipeline_note_model(p, s);
	pipeline_send_off(p);
	pipeline_beat_look(p);
}

/* ---- a control answered, or did not ---- */

void pipeline_on_control(
    void *arg, const struct control_ask *a, struct wall started, bool answered)
{
	struct pipeline *p = arg;
	struct judge_event ev = {
	    .kind = JUDGE_WITNESS,
	    .at = now_wall(p),
	    .u.witness = {a->way, a->control, started, answered, a->look}
        };
	if (p->stopping)
		return;
	pipeline_step(p, &ev);
	pipeline_send_off(p);
}

/* ---- time passes ---- */

void pipeline_on_wake(void *arg, struct mono mono)
{
	struct pipeline *p = arg;
	struct wall now = now_wall(p);
	(void)mono;
	if (p->judge_wake.ms <= now.ms) {
		struct judge_event ev = {.kind = JUDGE_TIME, .at = now};
		pipeline_step(p, &ev);
	}
	if (p->tell_wake.ms <= now.ms)
		pipeline_tell_time(p);
	pipeline_send_off(p);
}

void pipeline_on_alive(void *arg, struct mono mono)
{
	struct pipeline *p = arg;
	(void)mono;
	txn_alive(p->txn, now_wall(p));
	pipeline_send_off(p);
	pipeline_beat_alive(p);
	pipeline_purse_look(p);
	pipeline_note_drops(p);
	pipeline_look_digest(p);
	loop_timer_in_ms(&p->alive, p->o.alive_ms);
}

void pipeline_dump_all(struct pipeline *p)
{
	for (size_t i = 0; i < p->conf->n_targets; i++)
		dump_state(p, p->conf->targets[i].series);
}

/* One target at a time: ten thousand at once would hold the loop for a second. */
void pipeline_arm_dump(struct pipeline *p)
{
	size_t n = p->conf->n_targets;
	int64_t ms = DUMP_ROUND_MS / (int64_t)(n ? n : 1);
	loop_timer_in_ms(&p->dump, ms > DUMP_MIN_MS ? ms : DUMP_MIN_MS);
}

void pipeline_on_dump(void *arg, struct mono mono)
{
	struct pipeline *p = arg;
	(void)mono;
	size_t n = p->conf->n_targets;
	if (p->dumped >= n)
		p->dumped = 0;
	if (n)
		dump_state(p, p->conf->targets[p->dumped++].series);
	pipeline_send_off(p);
	pipeline_arm_dump(p);
}

void pipeline_on_clock_jump(void *arg, int64_t jump_ms)
{
	struct pipeline *p = arg;
	struct judge_event ev = {
	    .kind = JUDGE_CLOCK, .at = now_wall(p), .u.jump_ms = jump_ms};
	log_event(LOG_WARN, "clock_jumped", "ms=%lld", (long long)jump_ms);
	asker_clock_jumped(p->asker);
	tell_clock(p->tell, jump_ms);
	pipeline_step(p, &ev);
	pipeline_tell_time(p);
	pipeline_send_off(p);
}

/* The machine slept, or we were stopped: nobody looked meanwhile. */
void pipeline_on_absence(void *arg, int64_t ms)
{
	struct pipeline *p = arg;
	struct wall now = now_wall(p), from = wall_add_ms(now, -ms);
	struct judge_event ev = {.kind = JUDGE_GAP, .at = now, .u.from = from};
	char why[80], human[32];
	log_event(LOG_WARN, "was_absent", "ms=%lld", (long long)ms);
	(void)snprintf(why, sizeof why, "dimwatch did not run for %s meanwhile",
	    duration_human(ms, human, sizeof human));
	asker_give_up(p->asker, why);
	if (ms <= RESTART_GAP_MS)
		return;
	txn_gap(p->txn, from, now);
	pipeline_step(p, &ev);
	pipeline_send_off(p);
}

/* ---- deliveries report back ---- */

void pipeline_note_update(struct pipeline *p, const struct outbox_update *u)
{
	for (size_t i = 0; i < u->n; i++) {
		book_note(p->book, &u->deliveries[i]);
		txn_delivery(p->txn, &u->deliveries[i]);
		if (p->o.watcher.on_delivery)
			p->o.watcher.on_delivery(p->o.watcher.arg, &u->deliveries[i]);
		if (u->deliveries[i].state == DELIVERY_DEAD)
			log_event(LOG_ERROR, "delivery_dead",
			    "channel=%s delivery=%s why=%s", u->deliveries[i].channel,
			    u->deliveries[i].id.text, u->deliveries[i].last_error);
		drill_on_delivery(p->drill, &u->deliveries[i]);
	}
	if (u->channel_changed)
		txn_channel(p->txn, &u->channel);
	p->bundled |= u->bundled;
}

static void on_outbox_update(void *arg, const struct outbox_update *u)
{
	struct pipeline *p = arg;
	char id[80];
	pipeline_note_update(p, u);
	/* The channel and the news about it are one transaction: a channel that was shut
	 * before is no news to the next start. */
	if (u->became_shut || u->reopened) {
		(void)snprintf(id, sizeof id, "channel %s", u->channel.name);
		pipeline_own(p, id, u->became_shut, SEVERITY_MAJOR, u->channel.words);
	} else if (p->writer) { /* restart posts once, when everything is read */
		pipeline_send_off(p);
	}
	if (p->disk_fails) /* nothing is committed that would do it */
		book_sweep(p->book, deliver_outbox(p->deliver), is_owed, p);
}

const struct deliver_handler pipeline_deliver_handler = {
    on_outbox_update, pipeline_alternative, pipeline_digest};
