/* SPDX-License-Identifier: MIT
 *
 * What the files of the judge do for each other: records of incidents, targets, changes,
 * plain incidents, configs. The state they work on is in judge_impl.h.
 */
#ifndef DIMWATCH_ALERTS_JUDGE_PARTS_H
#define DIMWATCH_ALERTS_JUDGE_PARTS_H

#include "alerts/judge_impl.h"

/* judge_incident.c: records, open and lately closed. */
struct incident *record_find(const struct judge *j, const struct subject *s);
/* A blank record; give it `started` and causes, then record_admit gives it its ids. */
struct incident *record_new(
    struct step *st, const struct subject *s, enum incident_class class);
void record_admit(struct step *st, struct incident *in);
/* The one of the same subject closed less than 30 minutes ago, open again; or NULL. */
struct incident *record_reopen(struct step *st, const struct subject *s);
void record_close(struct step *st, struct incident *in, enum incident_end how);
void record_forget_old(struct judge *j, struct wall now);
/* Starts a cause, or starts it again; never later than now. */
struct cause *record_begin_cause(struct step *st, struct incident *in,
    const char *detector, enum severity severity, struct wall since);
void record_end_cause(struct cause *c, struct wall ended);
void record_count_gap(struct incident *in, struct wall from, struct wall until);

/* judge_target.c */
struct watched *watched_new(
    struct judge *j, const struct judge_target *conf, struct wall now);
void watched_free(struct judge *j, struct watched *t);
void watched_on_sample(struct step *st, struct watched *t, const struct sample *s);
/* Of the latter, behind exclusion: as evidence; as none, for this reason. */
void watched_take(struct step *st, struct watched *t, const struct sample *s);
void watched_exclude(
    struct step *st, struct watched *t, const struct sample *s, enum judged judged);
/* A stored sample, judged as it was. */
void watched_on_past(
    struct step *st, struct watched *t, const struct sample *s, enum judged judged);
void watched_on_time(struct step *st, struct watched *t);
/* judge_rung.c: of a lower rung */
const char *watched_title(const struct watched *t, char *buf, size_t size);
void rung_on_evidence(struct step *st, struct watched *t, const struct sample *s,
    const struct detect_evidence *evidence, struct detect_step *ret);
/* An answer that is our own fault; counted already. */
void rung_on_ours(struct step *st, struct watched *t);
/* Appends what the rungs of a lead say: "; beside it door up, models down". */
const char *rung_words(
    const struct judge *j, const struct watched *lead, char *words, size_t size);
/* judge_maintenance.c. Of a sample that would be judged so; of one that was. */
enum judged maintenance_on_sample(
    struct step *st, struct watched *t, const struct sample *s, enum judged judged);
enum judged maintenance_on_past(
    struct step *st, struct watched *t, const struct sample *s, enum judged judged);
bool maintained_now(const struct judge *j, const struct watched *t, struct wall now,
    struct wall_span *ret);
/* Until now nothing counted, and rightly so: no absence of data. */
void maintenance_hold_off(struct step *st, struct watched *t);
/* judge_absence.c: what was suspected of it is forgotten. */
void watched_begin_anew(struct step *st, struct watched *t, struct wall at);
/* judge_grace.c: of a sample that would be judged so. EXCLUDED: its grace goes on. */
enum judged grace_on_sample(
    struct step *st, struct watched *t, const struct sample *s, enum judged judged);
/* told: one fact for all targets was said already. */
void watched_on_gap(
    struct step *st, struct watched *t, struct wall from, struct wall until, bool told);
void watched_on_clock_forward(struct watched *t, int64_t jump_ms);
void watched_on_clock_back(struct step *st, struct watched *t, int64_t jump_ms);
/* Sets the wake-up; to be called after anything happened to it. */
void watched_rearm(struct judge *j, struct watched *t, struct wall now);
struct subject watched_subject(const struct watched *t, enum subject_kind kind);
int64_t gap_limit_ms(const struct watched *t);
struct detect_pace watched_pace(const struct watched *t);

/* judge_change.c: what one step does to the incident of one target. */
struct change {
	struct incident *in; /* NULL: none */
	enum severity from;
	bool failed; /* by a failing sample */
	bool fresh, reopened, moved;
	bool joined;              /* an incident of others became its own too ... */
	bool common;              /* ... of another provider: a shared cause */
	bool left;                /* the last of its provider that suffered in it */
	struct wall joined_since; /* ... with its evidence from then on */
	enum incident_end how;    /* of the causes that ended in this step */
	/* The target's own part, where others share the incident. */
	struct wall own_since, own_end; /* 0: it suffers from nothing; nothing ended */
	enum severity own_severity;
	bool again; /* it belonged to the incident before: that is counted already */
};
void change_init(struct change *ch, const struct watched *t);
struct beginning {
	enum severity severity;
	struct wall since; /* first failing sample */
	const char *words;
};
void change_begin(struct step *st, struct watched *t, struct change *ch,
    const char *detector, const struct beginning *b);
struct ending {
	struct wall at;
	enum incident_end how;
};
void change_end(struct step *st, const struct watched *t, struct change *ch,
    const char *detector, const struct ending *e);
/* Tells what came of it: opened, changed, closed; and the health that follows. */
void change_conclude(struct step *st, struct watched *t, struct change *ch);
void rule_detector(const struct rule *r, char *buf, size_t size); /* "rule NAME" */

/* judge_plain.c */
void notice_on_excluded(struct step *st, struct watched *t, const struct sample *s);
void notice_raise(struct step *st, struct watched *t);
void notice_clear(
    struct step *st, struct watched *t, struct wall ended, enum incident_end how);
/* Trouble of our own began, goes on or is over. */
void own_step(struct step *st, const struct judge_event *ev);

/* judge_hung.c */
void hung_step(struct step *st, const struct judge_event *ev);

/* judge_lag.c: samples that we took too late. */
void lag_on_sample(struct step *st, const struct sample *s);
void lag_on_gap(struct step *st);
void lag_on_time(struct step *st);
int64_t lag_wake_ms(const struct judge *j); /* INT64_MAX: never */
/* Storage says that this incident is open. */
void lag_adopt(struct judge *j, const struct incident *in);
json_t *lag_dump(const struct lag *g);
bool lag_restore(struct lag *g, const json_t *v) MUST_CHECK;

/* judge_hand.c: what people do with an incident. */
void hand_step(struct step *st, const struct judge_event *ev);

/* judge_drift.c: what changes without failing. */
void judge_drift_on_sample(struct step *st, struct watched *t, const struct sample *s);
/* Notices of what left the config are over. */
void judge_drift_on_config(struct step *st);

/* judge_page.c. What the page of its provider says; true: that is news to it. */
bool page_note(const struct judge *j, struct incident *in);
void page_step(struct step *st, const struct judge_event *ev);

/* judge_config.c */
void config_step(struct step *st, const struct judge_config *c);
/* Gives a restored incident to its target, if that is known by now. */
void config_attach(struct judge *j, struct incident *in);
/* Restored incidents find their targets, or are closed as no longer watched. */
void config_match_restored(struct step *st);
struct watched *watched_find(const struct judge *j, uint32_t series);
void config_free(struct judge *j);

#endif
