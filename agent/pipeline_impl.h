/* SPDX-License-Identifier: MIT
 *
 * Inside the hallway: the struct that pipeline.c (what happens), pipeline_disk.c (when it
 * cannot be written) and pipeline_life.c (birth, generations, death) share. Nobody else
 * includes this.
 */
#ifndef DIMWATCH_AGENT_PIPELINE_IMPL_H
#define DIMWATCH_AGENT_PIPELINE_IMPL_H

#include "agent/asker.h"
#include "agent/base/queue.h"
#include "agent/beat.h"
#include "agent/book.h"
#include "agent/controls.h"
#include "agent/deliver.h"
#include "agent/drill.h"
#include "agent/hands.h"
#include "agent/heartbeat.h"
#include "agent/pages.h"
#include "agent/pipeline.h"
#include "alerts/tell.h"

/* Every target's state is written once in a round; a round of many targets takes longer,
 * so that what is written stays a small part of the samples. */
#define DUMP_ROUND_MS ((int64_t)5 * 60 * 1000)
#define DUMP_MIN_MS   ((int64_t)300)

/* A delivery that waits for its transaction to be on disk. */
struct owed {
	TAILQ_ENTRY(owed) link;
	uint64_t txn; /* 0: not posted yet */
	struct delivery delivery;
};
TAILQ_HEAD(owed_list, owed);

struct pipeline {
	struct pipeline_options o;
	struct conf *conf; /* present generation */
	struct registry *registry;
	struct http *http;
	struct asker *asker;
	struct controls *controls;
	struct pages *pages;
	struct judge *judge;
	struct judge_update update;
	struct tell *tell;
	struct tell_update owed_now;
	struct hands *hands;
	struct book *book;
	struct deliver *deliver;
	struct drill *drill;
	struct writer *writer;
	struct pulse *pulse;
	struct wall digest_last; /* the moment of the last that was owed */
	struct cycle cycle;
	uint64_t posted; /* number of the last transaction */
	struct txn *txn; /* what the present step changes; posted by send_off */
	struct owed_list owed;
	bool bundled;        /* the present transaction says who is in a summary */
	uint64_t bundle_txn; /* such a one is not on disk yet; 0: none */
	struct wall judge_wake, tell_wake;
	struct wall *judged; /* owned; by series: the end of the last sample judged */
	size_t n_judged;
	struct gone_run {
		int n;
	} * gone; /* owned; by series: answers in a row that the model is gone */
	size_t n_gone;
	uint32_t gone_series; /* whose model is taken over at the next turn */
	struct loop_timer take_over;
	struct loop_timer wake, alive, dump;
	size_t dumped; /* targets of this round whose state was written */
	bool purse_looked, purse_empty; /* targets are held by a budget: told */
	bool disk_fails;
	char disk_words[100]; /* why */
	/* Dropped by the writer: before the present trouble, and as far as the log says.
	 */
	uint64_t samples_before, changes_before, said_samples, said_changes;
	bool late; /* the last sample was */
	bool stopping;
	uint64_t samples;
};

/* pipeline.c, for pipeline_life.c */
void pipeline_on_sample(void *arg, const struct target *t, const struct sample *s);
void pipeline_on_fact(void *arg, const struct fact *f);
void pipeline_on_control(
    void *arg, const struct control_ask *a, struct wall started, bool answered);
/* The rival to name in a message about it; NULL: nobody is healthy. pipeline_rival.c */
const char *pipeline_alternative(void *arg, const struct incident *in);
void pipeline_orphan(void *arg, const struct delivery *d);
void pipeline_on_clock_jump(void *arg, int64_t jump_ms);
void pipeline_on_absence(void *arg, int64_t ms);
void pipeline_on_wake(void *arg, struct mono mono);
void pipeline_on_alive(void *arg, struct mono mono);
void pipeline_on_dump(void *arg, struct mono mono);
void pipeline_arm_dump(struct pipeline *p);
void pipeline_step(struct pipeline *p, const struct judge_event *ev);
void pipeline_tell(struct pipeline *p, const struct tell_event *ev);
void pipeline_tell_time(struct pipeline *p); /* what is due by now */
/* Joins the present transaction; spoken when that is on disk. */
void pipeline_owe(struct pipeline *p, const struct delivery *d);
/* What the outbox changed joins the present transaction. */
void pipeline_note_update(struct pipeline *p, const struct outbox_update *u);
/* Trouble of our own began, goes on or is over. */
void pipeline_own(struct pipeline *p, const char *id, bool failing,
    enum severity severity, const char *words);
void pipeline_dump_all(struct pipeline *p);
void pipeline_send_off(struct pipeline *p);
/* What is owed of the transactions up to this one goes to its channels. */
void pipeline_speak(struct pipeline *p, uint64_t upto);
void pipeline_on_committed(void *arg, uint64_t upto);
/* hands_verbs.c. Reads silences and pauses back; writes them all again; tells the teller
 * what is silenced in this config. */
bool pipeline_load_hands(struct pipeline *p, struct err *e) MUST_CHECK;
void pipeline_write_hands(struct pipeline *p);
void pipeline_hushes(struct pipeline *p);
/* pipeline_life.c. Who is paused is neither asked nor judged. */
void pipeline_apply_pauses(struct pipeline *p);
/* pipeline_purse.c. Is a budget spent? */
void pipeline_purse_look(struct pipeline *p);
/* pipeline_beat.c. Something was judged and posted; is on disk; some seconds passed. */
void pipeline_beat_look(struct pipeline *p);
void pipeline_beat_committed(struct pipeline *p, uint64_t upto);
void pipeline_beat_alive(struct pipeline *p);
void pipeline_on_pulse(void *arg, bool failing, const char *words);
/* pipeline_digest.c */
bool pipeline_load_digest(struct pipeline *p, struct err *e) MUST_CHECK;
void pipeline_look_digest(struct pipeline *p);
void pipeline_digest(
    void *arg, const struct delivery *row, enum language l, struct message *ret);
/* pipeline_model.c. Counts the answers that the model is gone. */
void pipeline_note_model(struct pipeline *p, const struct sample *s);
void pipeline_on_take_over(void *arg, struct mono mono);
/* pipeline_disk.c. Logs what the writer had to drop since the last call. */
void pipeline_note_drops(struct pipeline *p);
extern const struct writer_handler pipeline_writer_handler;
extern const struct deliver_handler pipeline_deliver_handler;

#endif
