/* SPDX-License-Identifier: MIT
 *
 * What commits together: a sample, the incident changes it causes and the deliveries
 * those cause. A value made on the loop, applied by the writer. A txn whose loss only
 * makes history thinner (samples, remarks, judge states, signs of life) is droppable
 * under pressure; any other is not.
 */
#ifndef DIMWATCH_STORAGE_TXN_H
#define DIMWATCH_STORAGE_TXN_H

#include "alerts/delivery.h"
#include "alerts/incident.h"
#include "alerts/judge.h"
#include "alerts/outbox.h"
#include "alerts/silence.h"
#include "probes/sample.h"
#include "probes/target.h"
#include "storage/db.h"
#include "storage/requests.h"

struct txn; /* opaque */

struct txn *txn_new(void);
void txn_free(struct txn *t);
/* All of these copy what they are given. */
void txn_series(struct txn *t, uint32_t series, const char *vantage,
    const struct target *target, struct wall first_seen);
void txn_sample(struct txn *t, const struct sample *s, enum judged judged);
/* An older sample is judged differently from now on. */
void txn_remark(struct txn *t, const struct remark *r);
void txn_incident(struct txn *t, const struct incident *in);
/* One entry of the incident's log: what happened (fact code), when, how bad. */
void txn_log(struct txn *t, const struct fact *f);
void txn_delivery(struct txn *t, const struct delivery *d);
void txn_channel(struct txn *t, const struct channel_status *c);
void txn_judge_state(struct txn *t, uint32_t series, struct wall through,
    uint64_t constants_hash, const char *json);
void txn_silence(struct txn *t, const struct silence *s);
void txn_pause(struct txn *t, const struct pause *p); /* since 0: it is over */
/* The request is done, with this answer; one that has an answer keeps it. */
void txn_answer(
    struct txn *t, const struct order *r, struct wall now, int code, const char *text);
void txn_alive(struct txn *t, struct wall now); /* runs.last_alive */
void txn_gap(struct txn *t, struct wall from, struct wall until);

bool txn_is_empty(const struct txn *t);
bool txn_is_droppable(const struct txn *t);
size_t txn_samples(const struct txn *t);
size_t txn_bytes(const struct txn *t); /* of memory */
/* Under pressure: drops the parts that alone would be droppable; returns how many samples
 * that were. What may not be lost stays. */
size_t txn_strip(struct txn *t);
/* Summing up (txn_merge.c). Everything of `from`, which is freed, behind what `to` has.
 */
void txn_append(struct txn *to, struct txn *from);
/* Of what is said several times about one thing the last word stays. */
void txn_settle(struct txn *t);
/* Drops the oldest history until it is that small: entries of the log first, then what is
 * over, at last what is not. Returns how many rows that were. */
size_t txn_thin(struct txn *t, size_t max_bytes);
/* Writes everything (inside the writer's transaction). */
bool txn_apply(
    const struct txn *t, struct db *d, int64_t run_id, struct err *e) MUST_CHECK;

#endif
