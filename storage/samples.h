/* SPDX-License-Identifier: MIT
 *
 * Rows of `samples` (with `details` and `words`) to and from struct sample. Every field
 * comes back as it was, but for the request id of a good sample, which is kept once in
 * SAMPLES_KEEP_ID.
 */
#ifndef DIMWATCH_STORAGE_SAMPLES_H
#define DIMWATCH_STORAGE_SAMPLES_H

#include "alerts/judge.h"
#include "probes/sample.h"
#include "storage/db.h"

#define SAMPLES_KEEP_ID 20

/* When (at, series) is taken, as after a step of the clock, `at` moves by 1 ms and the
 * row remembers the time it was asked at. */
bool samples_write(
    struct db *d, const struct sample *s, enum judged judged, struct err *e) MUST_CHECK;
/* Finds the sample by the time it was asked at; none is fine (it was dropped). */
bool samples_remark(struct db *d, const struct remark *r, struct err *e) MUST_CHECK;
/* Statements that end with this list of columns from these tables give rows for
 * samples_read. */
#define SAMPLES_SELECT                                                                   \
	"SELECT s.series, ifnull(d.asked_at, s.at), s.outcome, s.judged,"                \
	" ifnull(s.http_status, 200), s.flags, s.reused, s.tokens_in, s.tokens_out,"     \
	" s.cost_nano, s.dns_us, s.connect_us, s.tls_us, s.first_byte_us,"               \
	" s.first_token_us, s.longest_gap_us, s.end_us, s.lag_us, d.cert_expiry_s,"      \
	" d.retry_after_ms, ifnull(d.currency, w.currency), ifnull(d.finish, w.finish)," \
	" coalesce(d.returned_model, w.returned_model, r.model), d.request_id,"          \
	" d.provider_code, d.message, d.evidence"                                        \
	" FROM samples s LEFT JOIN series r ON r.id = s.series"                          \
	" LEFT JOIN words w ON w.id = s.words"                                           \
	" LEFT JOIN details d ON d.at = s.at AND d.series = s.series "
/* False: the row holds what this program does not know (a later outcome, damage). */
bool samples_read(sqlite3_stmt *st, struct sample *ret, enum judged *ret_judged);

#endif
