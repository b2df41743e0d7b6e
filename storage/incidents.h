/* SPDX-License-Identifier: MIT
 *
 * Rows of `incidents`, with their causes and targets, to and from struct incident; and
 * the incident's log.
 */
#ifndef DIMWATCH_STORAGE_INCIDENTS_H
#define DIMWATCH_STORAGE_INCIDENTS_H

#include "alerts/incident.h"
#include "alerts/judge.h"
#include "storage/db.h"

/* One entry of an incident's log, as it was when it was decided. */
struct incident_entry {
	struct ulid incident;
	uint32_t seq;
	enum fact_kind kind;
	struct wall at;
	enum severity severity, from;
	enum health health;
	char detail[200];
	char *causes; /* owned: JSON */
};

void incident_entry_init(struct incident_entry *en, const struct fact *f);
void incident_entry_fini(struct incident_entry *en);

/* The whole record as it is now. */
bool incidents_write(struct db *d, const struct incident *in, struct err *e) MUST_CHECK;
/* An entry that is there already stays. */
bool incidents_log(
    struct db *d, const struct incident_entry *en, struct err *e) MUST_CHECK;

#define INCIDENTS_SELECT                                                                 \
	"SELECT id, short_id, subject_kind, subject, class, severity, severity_now,"     \
	" state, ending, health, started, opened, ended, closed, reopened, seq,"         \
	" provider, region, never_up, samples, failures, unknown_ms, outcomes,"          \
	" first_error_at, first_error_outcome, first_error_status, first_error_code,"    \
	" first_error_message, first_error_request_id, last_error_at,"                   \
	" last_error_outcome, last_error_status, last_error_code, last_error_message,"   \
	" last_error_request_id, acked, hand FROM incidents i "
/* Reads a row of INCIDENTS_SELECT and then its causes and targets. */
bool incidents_read(
    struct db *d, sqlite3_stmt *st, struct incident *ret, struct err *e) MUST_CHECK;

#endif
