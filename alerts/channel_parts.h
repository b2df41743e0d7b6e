/* SPDX-License-Identifier: MIT
 *
 * What several channels share: the colour of a piece of news, text that is escaped and
 * cut as the far side counts it, and answers that are a number in a JSON body.
 */
#ifndef DIMWATCH_ALERTS_CHANNEL_PARTS_H
#define DIMWATCH_ALERTS_CHANNEL_PARTS_H

#include "agent/base/json.h"
#include "alerts/channel.h"

enum tone {
	TONE_QUIET, /* retracted, tests */
	TONE_NOTICE,
	TONE_GOOD, /* resolved, cleared */
	TONE_MINOR,
	TONE_MAJOR,
	TONE_CRITICAL,
	TONE_COUNT
};
enum tone message_tone(const struct message *m);

/* What stands for this ASCII character; NULL: the character itself. */
typedef const char *(*channel_instead_fn)(char c);

/* How a far side counts. */
enum count_by { COUNT_POINTS, COUNT_BYTES };

/* Appends `text` escaped; what is longer than max (counted after escaping) ends with an
 * ellipsis; neither a code point nor an escape is ever cut in two. */
void channel_text(struct str *out, const char *text, channel_instead_fn instead,
    enum count_by by, size_t max);
/* The same as a JSON string of its own. */
json_t *channel_text_json(
    const char *text, channel_instead_fn instead, enum count_by by, size_t max);
/* Ends s and makes its text a JSON string. */
json_t *channel_str_json(struct str *s);

/* "incident 7Q2A · dimwatch at hk-1", without the incident when there is none. */
char *channel_footer(const struct message *m, char *buf, size_t size);
/* The place it was seen from, or the words for none. */
const char *channel_place(const struct message *m);
/* `title`, or "KEYWORD title" where the bot's owner wants a word in every message. */
void channel_keyword(
    const struct channel_conf *c, const char *title, char *ret, size_t size);
/* Whole seconds of Unix time and a line feed belong to both bots' signatures. */
void channel_hmac(struct span key, struct span text, struct str *ret_base64);

/* A secret must not travel in clear text to a base_url of the config's own. */
bool channel_base_check(const struct channel_conf *c, struct err *e) MUST_CHECK;

/* One code of a far side that answers 200 for everything. */
struct code_row {
	int64_t code;
	enum verdict_kind verdict;
	int64_t wait_ms; /* SLOW_DOWN; 0: the kind's own */
};
/* The row of this code; false: unknown. */
bool channel_code(
    const struct code_row *rows, size_t n, int64_t code, struct channel_verdict *ret);
/* By how much the far side's clock (its Date header) is ahead of ours; 0 without one. */
int64_t channel_clock_ahead_ms(const struct channel_answer *a);
/* A signature was refused and the two clocks differ by more than ten minutes: ours is
 * probably wrong, the channel is not. Says so and makes it LATER. */
bool channel_blames_clock(const struct channel_answer *a, struct channel_verdict *ret);

#endif
