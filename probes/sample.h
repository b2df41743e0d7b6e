/* SPDX-License-Identifier: MIT
 *
 * What one exchange taught us: the value that travels everywhere. Made once, by
 * exchange_finish, delivered exactly once, never changed afterwards; how it was *judged*
 * is said beside it.
 */
#ifndef DIMWATCH_PROBES_SAMPLE_H
#define DIMWATCH_PROBES_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/tick.h"
#include "probes/outcome.h"

#define SAMPLE_EVIDENCE_BYTES 1024
#define NOT_REACHED           ((int64_t)-1)

/* Stored as bits; add, never renumber. */
enum sample_flag {
	FLAG_ODD_ANSWER = 1 << 0,        /* the built-in sum was answered wrongly */
	FLAG_REASONING_ONLY = 1 << 1,    /* reasoning tokens, no text, finish "length" */
	FLAG_NO_DONE = 1 << 2,           /* finish reason seen, terminator not */
	FLAG_QUEUED = 1 << 3,            /* keep-alive comments before the first token */
	FLAG_REASK = 1 << 4,             /* asked because the judge wished it */
	FLAG_COST_ESTIMATED = 1 << 5,    /* usage was not reported, counted by us */
	FLAG_LOOP_LATE = 1 << 6,         /* our loop was late meanwhile: not evidence */
	FLAG_MODEL_DIFFERS = 1 << 7,     /* returned model is not the one asked for */
	FLAG_INVALID_UTF8 = 1 << 8,      /* the stream held bytes that are not UTF-8 */
	FLAG_CLOCK_JUMPED = 1 << 9,      /* wall clock stepped meanwhile */
	FLAG_FIRST_LOOK = 1 << 10,       /* first sample after start (cold caches) */
	FLAG_MODEL_NOT_LISTED = 1 << 11, /* a complete list of models lacks ours */
	FLAG_EDGE_ONLY = 1 << 12,       /* answered to anybody: says nothing of the key */
	FLAG_ERROR_AFTER_END = 1 << 13, /* an error came behind the finished answer */
	FLAG_RECONNECTED = 1 << 14,     /* the kept connection was gone: a fresh one */
	FLAG_TOOL_CALL = 1 << 15,       /* the model called a tool */
};

/* How the judge took it. Stored; the outcome itself never changes. */
enum judged {
	JUDGED_COUNTED = 0,
	JUDGED_EXCLUDED = 1,
	JUDGED_HELD = 2,
	JUDGED_PATH = 3,
	JUDGED_MAINTENANCE = 4,
	JUDGED_LATE = 5,
	JUDGED_COUNT
};
const char *judged_code(enum judged j);

struct sample {
	uint32_t series; /* stored identity of the target */
	struct wall at;  /* start */
	/* Offsets from the start, microseconds; NOT_REACHED when not reached; end always.
	 */
	int64_t dns_us, connect_us, tls_us, first_byte_us, first_token_us, end_us;
	int64_t longest_gap_us; /* between tokens; NOT_REACHED with fewer than two */
	int64_t lag_us;         /* our own worst loop lag meanwhile */
	enum outcome outcome;
	int http_status;               /* 0: no answer */
	uint32_t flags;                /* enum sample_flag */
	bool reused;                   /* connection was reused (warm) */
	int64_t tokens_in, tokens_out; /* -1 unknown; out includes reasoning */
	int64_t cost_nano;             /* nano-units of `currency`; -1 unknown */
	char currency[4];              /* "" unknown */
	int64_t cert_expiry_s;         /* Unix seconds; 0 not asked */
	int64_t retry_after_ms;        /* provider's wish; -1 none */
	char finish[32];
	char returned_model[96];
	char request_id[96];
	char provider_code[64]; /* the provider's own code, beside our class */
	char message[256]; /* the provider's own words or the transport's, redacted */
	char
	    evidence[SAMPLE_EVIDENCE_BYTES + 1]; /* failures: redacted excerpt; else "" */
};

/* All phases not reached, counts unknown. */
void sample_init(struct sample *s, uint32_t series, struct wall at);
/* First-token time if reached, else first byte, else -1 (microseconds). */
int64_t sample_latency_us(const struct sample *s);
/* Name of a single flag bit: "odd_answer"; NULL for unknown bits. */
const char *sample_flag_name(uint32_t bit);

#endif
