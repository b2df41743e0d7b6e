/* SPDX-License-Identifier: MIT
 *
 * What a start reads back, before the writer owns the connection: open incidents, owed
 * deliveries, channels, judge states, and the samples that are newer than those states.
 */
#ifndef DIMWATCH_STORAGE_LOAD_H
#define DIMWATCH_STORAGE_LOAD_H

#include "alerts/delivery.h"
#include "alerts/incident.h"
#include "alerts/outbox.h"
#include "probes/sample.h"
#include "storage/db.h"

/* Return false from a callback to stop. The values live until the callback returns. */
typedef bool (*load_incident_fn)(void *arg, const struct incident *in);
typedef bool (*load_delivery_fn)(void *arg, const struct delivery *d);
typedef bool (*load_channel_fn)(void *arg, const struct channel_status *c);
typedef bool (*load_state_fn)(void *arg, uint32_t series, struct wall through,
    uint64_t constants_hash, const char *json);
typedef bool (*load_sample_fn)(void *arg, const struct sample *s, enum judged judged);
typedef bool (*load_short_id_fn)(void *arg, const char *short_id, struct wall opened);

/* Open ones and those closed at or after `since`, oldest first. */
bool load_incidents(struct db *d, struct wall closed_since, load_incident_fn fn,
    void *arg, struct err *e) MUST_CHECK;
/* One incident with causes and targets; false with ERR_NOT_FOUND. */
bool load_incident(
    struct db *d, const struct ulid *id, struct incident *ret, struct err *e) MUST_CHECK;
/* Pending ones, and all of the incidents that are open, oldest first. */
bool load_deliveries(
    struct db *d, load_delivery_fn fn, void *arg, struct err *e) MUST_CHECK;
/* The heads of threads: the last accepted row with a handle of each incident and channel,
 * of incidents that are open, still owe something or closed at or after `since`. */
bool load_threads(struct db *d, struct wall closed_since, load_delivery_fn fn, void *arg,
    struct err *e) MUST_CHECK;
bool load_channels(struct db *d, load_channel_fn fn, void *arg, struct err *e) MUST_CHECK;
bool load_judge_states(
    struct db *d, load_state_fn fn, void *arg, struct err *e) MUST_CHECK;
/* Samples with at > since in the order they finished (at + end). What a later version
 * wrote and this one does not know is left out. */
bool load_samples(struct db *d, struct wall since, load_sample_fn fn, void *arg,
    struct err *e) MUST_CHECK;
bool load_short_ids(struct db *d, struct wall since, load_short_id_fn fn, void *arg,
    struct err *e) MUST_CHECK;
/* When was this log entry decided? False: not in the log. */
bool load_log_at(
    struct db *d, const struct ulid *incident, uint32_t seq, struct wall *ret);
/* Spend since `since` (a five-minute edge, as midnight is), per series and currency; asks
 * stand in one of the calls for a series. nano -1 with currency "": of some asks the cost
 * is unknown. */
typedef bool (*load_spend_fn)(
    void *arg, uint32_t series, const char *currency, int64_t nano, int64_t asks);
bool load_spend(struct db *d, struct wall since, load_spend_fn fn, void *arg,
    struct err *e) MUST_CHECK;

#endif
