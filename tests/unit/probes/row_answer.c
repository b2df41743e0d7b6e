/* SPDX-License-Identifier: MIT
 *
 * From path and match to an answer.
 */
#include "tests/unit/probes/row_answer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* {"a":{"b":[VALUE]}} for "a.b[0]". */
static json_t *json_wrap(const char *path, json_t *value)
{
	size_t key = strcspn(path, ".[");
	const char *rest = path + key;
	json_t *inner, *outer;
	char name[64];

	if (path[0] == '[') {
		outer = json_array();
		rest = strchr(path, ']') + 1;
		json_array_append_new(
		    outer, json_wrap(rest[0] == '.' ? rest + 1 : rest, value));
		return outer;
	}
	if (path[0] == '\0')
		return value;
	inner = json_wrap(rest[0] == '.' ? rest + 1 : rest, value);
	outer = json_object();
	assert(key < sizeof(name));
	memcpy(name, path, key);
	name[key] = '\0';
	json_object_set_new(outer, name, inner);
	return outer;
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), k = strlen(end);

	return n >= k && strcmp(text + n - k, end) == 0;
}

/* What a body would have to say to be hit: the word, a sentence with it, or anything. */
static json_t *json_hit(const char *path, const char *match, bool as_number)
{
	char text[256];

	if (as_number)
		return json_integer(strtol(match, NULL, 10));
	if (strcmp(match, "*") == 0 && ends_with(path, "status_code"))
		return json_integer(500);
	if (strcmp(match, "*") == 0)
		return json_pack("{s:s}", "message", "oops");
	if (strcmp(match, "true") == 0 || strcmp(match, "false") == 0)
		return json_boolean(match[0] == 't');
	if (match[0] != '~')
		return json_string(match);
	snprintf(text, sizeof(text), "Sorry: %s, try again.", match + 1);
	return json_string(text);
}

void row_answer_init(
    struct row_answer *a, const char *path, const char *match, bool as_number)
{
	memset(a, 0, sizeof(*a));
	str_init(&a->body, 4096);
	if (strncmp(path, "header:", 7) == 0) {
		str_copy(a->header, sizeof(a->header), path + 7);
		str_copy(a->value, sizeof(a->value), match[0] == '~' ? match + 1 : match);
	} else if (strcmp(path, "*") == 0) {
		str_adds(&a->body, match[0] == '~' ? match + 1 : "plain words");
	} else {
		a->json = json_wrap(path, json_hit(path, match, as_number));
		json_dump(a->json, &a->body);
	}
}

void row_answer_fini(struct row_answer *a)
{
	json_decref(a->json);
	str_fini(&a->body);
}

bool row_match_is_number(const char *match)
{
	return match[0] != '\0' && match[strspn(match, "0123456789")] == '\0';
}
