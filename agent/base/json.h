/* SPDX-License-Identifier: MIT
 *
 * jansson with our rules: size and depth are checked before the parser sees the bytes,
 * getters walk a dotted path and never change a type, output is compact and UTF-8.
 */
#ifndef DIMWATCH_BASE_JSON_H
#define DIMWATCH_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "agent/base/err.h"
#include "agent/base/str.h"

#define JSON_MAX_BYTES ((size_t)1 << 20) /* one event or document of a provider */
#define JSON_MAX_DEPTH 64

/* For what a provider sent in answer to a probe: a value costs up to 250 times its bytes.
 */
#define JSON_PROVIDER_BYTES  ((size_t)64 << 10)
#define JSON_PROVIDER_VALUES 2048
/* Of a list of models or a vector, which are longer: some 10 MB at the worst. */
#define JSON_LIST_VALUES 40000

/* Bytes of strangers: duplicate keys keep the last, \u0000 is allowed, any value may
 * stand at the top. NULL: not JSON, too deep, too large (e says which). */
json_t *json_parse(struct span in, struct err *e) MUST_CHECK;
/* The same with the limits for providers. */
json_t *json_parse_provider(struct span in, struct err *e) MUST_CHECK;
/* JSON_MAX_BYTES and JSON_LIST_VALUES. */
json_t *json_parse_list(struct span in, struct err *e) MUST_CHECK;
/* "a.b[0].c" and "[].x" ([] = first element for which the rest exists). Borrowed; NULL
 * when not there. An empty path is the value itself. */
const json_t *json_at(const json_t *v, const char *path);
/* NULL when absent or not a string. */
const char *json_text_at(const json_t *v, const char *path);
/* False when absent or not an integer; ret untouched. */
bool json_int_at(const json_t *v, const char *path, int64_t *ret);
/* Scalars as text ("429" and 429 alike; true/false/null by name); false for others. */
bool json_scalar_text(const json_t *v, struct str *out);
/* Compact dump without \u escapes for printable characters. */
void json_dump(const json_t *v, struct str *out);
/* Strings for our own output: invalid UTF-8 is cleaned first, so it never fails. */
json_t *json_clean_string(struct span text);

#endif
