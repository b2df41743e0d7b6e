/* SPDX-License-Identifier: MIT
 *
 * Rows of a CSV as a replay: `t_ms,target,outcome,first_token_ms`, the format of the
 * traces. Rows of `control:NAME` are answers of control addresses: a silent failure (no
 * HTTP answer came) is held until two of them that are not older have been read; when
 * both failed it was our own path, and stays so until four in a row are good again.
 */
#ifndef DIMWATCH_AGENT_REPLAY_CSV_H
#define DIMWATCH_AGENT_REPLAY_CSV_H

#include "agent/replay.h"

#define REPLAY_CSV_LINE 1024 /* bytes; no row is longer */

struct replay_row {
	struct wall at;
	char target[64];
	enum outcome outcome;
	int64_t first_token_us; /* NOT_REACHED: none */
	bool control;
};

/* False: it is no row; *ret_blank tells the heading and empty lines apart. */
bool replay_row_parse(
    const char *line, struct replay_row *ret, bool *ret_blank, struct err *e) MUST_CHECK;

struct replay_csv; /* opaque */
/* series 0: a target that nobody knows (its rows are counted and left out). */
struct replay_csv *replay_csv_new(struct replay *r);
void replay_csv_free(struct replay_csv *c);
void replay_csv_row(struct replay_csv *c, const struct replay_row *row, uint32_t series);
/* The end of the file: what is still held has no witness and counts. */
void replay_csv_end(struct replay_csv *c);

#endif
