/* SPDX-License-Identifier: MIT
 *
 * Is it them or us? What the files of correlation do for the judge and for each other.
 * correlate_hold.c holds silent failures until witnesses spoke, correlate_hear.c hears
 * them, correlate_book.c looks twice before an outage is booked on silence,
 * correlate_way.c knows whether our own ways out are clear, correlate_back.c takes back
 * what was ours, correlate_state.c stores and restores.
 */
#ifndef DIMWATCH_ALERTS_CORRELATE_PARTS_H
#define DIMWATCH_ALERTS_CORRELATE_PARTS_H

#include "alerts/judge_rules.h"

/* correlate_hold.c */
/* A sample came in that would be judged so; how it is judged for now. HELD, and PATH of a
 * silent failure: everything was done. */
enum judged correlate_on_sample(
    struct step *st, struct watched *t, const struct sample *s, enum judged judged);
/* Decides what is ripe among what it holds. */
void correlate_work(struct step *st, struct watched *t);
/* Everything held counts: its way is no longer ours to judge. */
void correlate_let_go(struct step *st, struct watched *t);
void correlate_forget(struct judge *j, struct watched *t);
/* The sample that was held, as far as the judge needs it. */
struct sample correlate_sample(const struct watched *t, const struct held *h);
/* Asks the way's controls now, or counts on asks that began at or after `since`; the bits
 * of those whose answer is awaited. */
uint32_t correlate_ask_controls(
    struct step *st, int way, uint32_t which, struct wall since);

/* correlate_hear.c */
/* A sample came in: it is a witness for others, behind its own judgement. */
void correlate_on_word(struct step *st, struct watched *t, const struct sample *s);
/* A control answered, or did not. */
void correlate_on_witness(struct step *st, const struct judge_event *ev);
void correlate_on_time(struct step *st, struct watched *t);
/* When time alone decides something about its held samples; INT64_MAX: never. */
int64_t correlate_wake_ms(const struct watched *t);
/* Nobody looked for a while: what is held is asked about anew, or forgotten. */
void correlate_on_gap(struct judge *j, struct watched *t, struct wall until, bool forget);
void correlate_on_clock(struct watched *t, int64_t jump_ms, struct wall now);

/* correlate_book.c */
/* Would this sample open an outage whose evidence is mostly silent? */
bool book_needs_look(const struct watched *t, const struct sample *s);
enum book {
	BOOK_WAIT,
	BOOK_THEIRS,
	BOOK_OURS,
	BOOK_DOUBT, /* nobody can know: this failure is left out */
};
/* Begins the second look; an answer came, or time passed. */
enum book book_begin(struct step *st, struct watched *t, struct held *h);
enum book book_decide(struct step *st, struct watched *t, struct held *h);

/* correlate_back.c */
/* Our own path failed since then: what is held on it and the young silent runs are taken
 * back. `whole`: also its run, however old; or NULL. */
void way_impair(struct step *st, struct way *w, struct wall since, struct watched *whole);

/* correlate_way.c */
struct way *way_of(struct judge *j, const struct watched *t);
const char *way_text(const struct way *w); /* for the trace */
/* Tells people, when it is serious and they do not know. */
void way_tell(struct step *st, struct way *w);
/* A sample that it swallowed. */
void way_swallow(struct step *st, struct way *w, const struct sample *s);
void way_on_control(struct step *st, struct way *w, struct control *c, bool answered);
/* A target's ask had an HTTP answer, or none. */
void way_on_word(
    struct step *st, const struct watched *t, const struct sample *s, bool answered);
void way_on_time(struct step *st);
int64_t way_next_ms(const struct judge *j);
/* A generation: ways of the same name keep their state. */
void way_config(struct step *st, const struct judge_config *c);
/* Storage says that this incident of ours is open. False: it is about a way that nobody
 * knows any more. */
bool way_adopt(struct step *st, struct incident *in);

/* correlate_scope.c: model, region, provider. */
bool scope_is_shared(const struct incident *in);
/* Is it of the target's provider, region or shared cause? */
bool scope_covers(
    const struct judge *j, const struct incident *in, const struct watched *t);
/* An incident that it belongs to from now on, open or lately closed; NULL: it stands
 * alone. */
struct incident *scope_join(struct step *st, struct watched *t);
struct incident *scope_reopen(struct step *st, struct watched *t);
/* Its incident is new: is it more than this target? */
void scope_look(struct step *st, struct watched *t, struct incident *in);
void scope_on_failure(struct step *st, struct watched *t);
void scope_health(const struct judge *j, const struct watched *t, struct incident *in);
void scope_say(const struct judge *j, struct incident *in);

/* correlate_cause.c: one cause of several providers. */
bool cause_is_common(const struct incident *in);
bool cause_covers(
    const struct judge *j, const struct incident *in, const struct watched *t);
/* The incident of others that began together with this target's trouble, its from now on
 * too; NULL: none. */
struct incident *cause_join(struct step *st, struct watched *t, struct wall since);
int cause_providers(const struct judge *j, const struct incident *in);
void cause_name(const struct judge *j, struct incident *in);
/* Nobody else of its provider suffers in it. */
bool cause_left(
    const struct judge *j, const struct watched *t, const struct incident *in);

/* correlate_share.c: one incident of several targets of one provider. */
bool scope_holds(const struct judge *j, const struct watched *t, const char *detector);
bool scope_others_hold(const struct judge *j, const struct watched *t,
    const struct incident *in, const char *detector);
/* Active, and nobody else who shares the incident holds it. */
bool scope_is_orphan(const struct judge *j, const struct watched *t,
    const struct incident *in, const struct cause *c);
/* The greatest of its own and that of others who hold the cause. */
enum severity scope_severity(const struct judge *j, const struct watched *t,
    const struct incident *in, const struct cause *c, enum severity own);
bool scope_end_orphans(struct step *st, struct watched *t, struct incident *in);
bool scope_leave(struct step *st, struct watched *t);
bool scope_unwatch(struct step *st, struct watched *t);
void scope_closed(struct judge *j, const struct incident *in);
bool scope_attach(struct judge *j, struct incident *in);
void scope_restored(struct judge *j, struct watched *t);
/* Of those that share its incident: what happens to all of them is counted once. */
bool scope_is_first(const struct judge *j, const struct watched *t);

/* correlate_state.c: what a target holds, in its own state; the ways out, in a row of
 * series 0. */
void correlate_dump_target(const struct watched *t, json_t *v);
bool correlate_restore_target(
    struct judge *j, struct watched *t, const json_t *v) MUST_CHECK;
void correlate_dump(const struct judge *j, struct str *out);
bool correlate_restore(struct judge *j, const char *json, struct err *e) MUST_CHECK;
void correlate_free(struct judge *j);

#endif
