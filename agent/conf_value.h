/* SPDX-License-Identifier: MIT
 *
 * One scalar of the config from text to value, by the type and range of its row. What is
 * wrong is said with the cure: "60 needs a unit: 60s". Pure; knows no file and no place.
 */
#ifndef DIMWATCH_AGENT_CONF_VALUE_H
#define DIMWATCH_AGENT_CONF_VALUE_H

#include "agent/base/secret.h"
#include "agent/base/str.h"
#include "agent/base/yaml.h"
#include "agent/conf_schema.h"

struct conf_values;

/* What a key says. `set` is false when it is absent without a default, and also when it
 * is wrong (then the problem was reported and nothing will be loaded). */
struct conf_value {
	const struct yaml_node *node; /* NULL: not in the file. scratch */
	const char *path;             /* "targets[0].interval". scratch */
	bool set;
	bool none;                   /* the word `none` */
	int64_t n;                   /* ms, bytes, nano-units, asks, choice, 0 or 1 */
	char currency[4];            /* of money */
	const char *text;            /* references resolved. scratch */
	const struct secret *secret; /* of the generation */
	const char *ref;             /* how the secret was referred to. generation */
	struct conf_values *inside;  /* of a BLOCK, and of each item of BLOCKS */
	struct conf_value *items;    /* of lists and maps (names: node->key) */
	size_t n_items;
};

/* Fills n, currency, none or text. False: `why` got the sentence. */
bool conf_value_parse(
    const struct conf_key *k, const char *text, struct conf_value *ret, struct str *why);
/* Appends a value of this type as one writes it: 90000 -> "1m30s"; for ranges. */
void conf_value_show(const struct conf_key *k, int64_t n, struct str *out);
/* "`a`, `b` and `c`" */
void conf_list_words(struct str *out, const char *const *words, size_t n);
/* A currency's code: three capitals. */
bool conf_is_currency(const char *text);
/* A host's URL without key, blanks or fragment; why says what is wrong. */
bool conf_url_check(const char *text, struct str *why);

#endif
