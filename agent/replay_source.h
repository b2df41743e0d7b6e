/* SPDX-License-Identifier: MIT
 *
 * Where a replay's past comes from: the database, or a CSV in the format of the traces.
 * Both first say who is watched (a judge_config), then play everything.
 */
#ifndef DIMWATCH_AGENT_REPLAY_SOURCE_H
#define DIMWATCH_AGENT_REPLAY_SOURCE_H

#include "agent/conf.h"
#include "agent/replay.h"
#include "storage/reader.h"

/* Before `from` so much is folded, so that base rates and habits are known. */
#define REPLAY_LESSON_MS (7 * MS_PER_DAY)

struct replay_source {
	/* Given. */
	const struct conf *conf; /* NULL: whoever is in the data, judged by `auto` */
	int64_t interval_ms;     /* 0: the config's, the stored one, 60 s */
	struct wall from, until; /* until INT64_MAX: to the end */
	struct replay_listener listener;
	/* Found. */
	struct judge_config config;
	struct judge_target *targets; /* owned; those of the config */
	struct replay *replay;        /* owned */
	struct wall first, last;      /* of what was played */
	uint64_t strangers;           /* rows of nobody who is watched */
	size_t n_without; /* targets of the config that the data do not know */
	char without[64]; /* one of them */
};
void replay_source_fini(struct replay_source *s);

bool replay_from_store(
    struct replay_source *s, struct reader *r, struct err *e) MUST_CHECK;
bool replay_from_csv(struct replay_source *s, const char *path, struct err *e) MUST_CHECK;

#endif
