/* SPDX-License-Identifier: MIT
 *
 * Push parser for newline-delimited JSON: bytes in, lines out, the same lines however the
 * bytes are cut. LF and CRLF; blank lines are nothing; the last line may lack its end
 * (ndjson_end). Limits are ours: line 64 KiB, 20,000 lines.
 */
#ifndef DIMWATCH_PROBES_NDJSON_H
#define DIMWATCH_PROBES_NDJSON_H

#include "agent/base/str.h"

#define NDJSON_MAX_LINE  ((size_t)64 << 10)
#define NDJSON_MAX_LINES 20000

/* Without the line's end and the blanks around it; valid until it returns. Return false
 * to stop. */
typedef bool (*ndjson_line_fn)(void *arg, struct span line);

enum ndjson_state { NDJSON_GOING, NDJSON_STOPPED, NDJSON_TOO_LARGE };

struct ndjson {
	ndjson_line_fn on_line;
	void *arg;
	struct str line;
	unsigned lines;
	enum ndjson_state state;
};

void ndjson_init(struct ndjson *p, ndjson_line_fn on_line, void *arg);
void ndjson_fini(struct ndjson *p);
enum ndjson_state ndjson_feed(struct ndjson *p, struct span in);
/* End of input: a line without its end is still delivered. */
enum ndjson_state ndjson_end(struct ndjson *p);

#endif
