/* SPDX-License-Identifier: MIT
 *
 * What several dialects are made of: the body that most of them begin with, and careful
 * looks at what strangers wrote.
 */
#ifndef DIMWATCH_PROBES_DIALECT_PARTS_H
#define DIMWATCH_PROBES_DIALECT_PARTS_H

#include "probes/dialect.h"

/* --- asking --- */

/* The question as a JSON string, a heavy one with its padding. */
json_t *parts_question(const struct target *t, const struct question *q);
/* [{"role": "user", "content": THE QUESTION}] */
json_t *parts_messages(const struct target *t, const struct question *q);
/* The limit of the answer, where provider or dialect want it. */
void parts_limit(const struct target *t, json_t *body);
/* Puts value (taken over) at a dotted path of object names, which are made. */
void parts_set(json_t *object, const char *path, json_t *value);
/* The provider's own body over ours, method, headers, bytes. Drops the body. */
void parts_send(const struct target *t, json_t *body, struct request *rq);

/* --- reading --- */

/* The string's bytes; empty for everything else. */
struct span parts_text(const json_t *v);
struct span parts_text_at(const json_t *v, const char *path);
/* A string that is not empty, or NULL. */
const char *parts_word(const json_t *v, const char *path);
/* A number of tokens, or -1. */
int64_t parts_count(const json_t *v, const char *path);
bool parts_is(const json_t *v, const char *path, const char *text);
/* Something is said there: not null, false, 0, "", {} or []. */
bool parts_said(const json_t *v, const char *path);
/* Is it an error, in any of the envelopes that are in use? For objects that are not what
 * the dialect sends. */
bool parts_is_error(struct span event_name, const json_t *v);
/* One more part of an answer that comes in several. */
void parts_add_text(struct reading *ret, struct span text);
void parts_add_thought(struct reading *ret, struct span text);
/* A tool's call: its name, and its arguments as text or as an object; either may be
 * missing. */
void parts_add_call(struct reading *ret, const json_t *name, const json_t *arguments);
/* Errors come wrapped in an array of one at some doors. */
const json_t *parts_unwrapped(const json_t *v);

/* The tool of dialect.tools: what it takes, and the whole as most dialects write it. */
#define WEATHER_ABOUT "The weather in a city at this moment"
#define WEATHER_TAKES                                                                    \
	"{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},"          \
	"\"required\":[\"city\"]}"
#define WEATHER_TOOL                                                                                     \
	"{\"type\":\"function\",\"function\":{\"name\":\"get_weather\",\"description\":\"" WEATHER_ABOUT \
	"\",\"parameters\":" WEATHER_TAKES "}}"
#define JSON_MODE "{\"type\":\"json_object\"}"

/* What an event of a type does. */
struct event_row {
	const char *type;
	void (*read)(const json_t *v, struct reading *ret); /* NULL: it says nothing */
};
/* Reads by the row of the event's type, which is its field `type` or its name. False: no
 * row. */
bool parts_by_type(struct span event_name, const json_t *v, const struct event_row *rows,
    size_t n_rows, struct reading *ret);

#endif
