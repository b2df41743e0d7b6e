/* SPDX-License-Identifier: MIT
 *
 * jansson behind a size and depth check; its own depth limit (2048) is generous and its
 * recursion is on our stack.
 */
#include "agent/base/json.h"

#include <assert.h>
#include <string.h>

#include "agent/base/text.h"

#define DUMP_FLAGS (JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15))

struct shape {
	int depth;     /* deepest nesting of brackets */
	size_t values; /* at most so many, keys included */
};

/* A linear scan that needs no valid JSON; strings are skipped. */
static struct shape shape_of(struct span in)
{
	struct shape shape = {0, 1};
	bool in_string = false;
	int depth = 0;

	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			shape.values++;
			depth++;
			shape.depth = depth > shape.depth ? depth : shape.depth;
		} else if (c == '}' || c == ']') {
			depth--;
		} else if (c == ',' || c == ':') {
			shape.values++;
		}
	}
	return shape;
}

/* jansson quotes the bytes near the mistake: they are a stranger's. */
static void explain(const json_error_t *je, struct err *e)
{
	struct str text;

	str_init(&text, sizeof(e->msg));
	text_printable(&text, span_of(je->text));
	err_set(e, ERR_SYNTAX, "not JSON: %s (line %d, column %d)", str_c(&text),
	    je->line, je->column);
	str_fini(&text);
}

static json_t *parse_within(
    struct span in, size_t most_bytes, size_t most_values, struct err *e)
{
	struct shape shape;
	json_error_t je;
	json_t *v;

	if (in.n > most_bytes) {
		err_set(e, ERR_LIMIT, "JSON of %zu bytes, the limit is %zu", in.n,
		    most_bytes);
		return NULL;
	}
	shape = shape_of(in);
	if (shape.depth > JSON_MAX_DEPTH) {
		err_set(
		    e, ERR_LIMIT, "JSON nested deeper than %d levels", JSON_MAX_DEPTH);
		return NULL;
	}
	if (shape.values > most_values) {
		err_set(e, ERR_LIMIT, "JSON of more than %zu values", most_values);
		return NULL;
	}
	v = json_loadb(in.n ? in.p : "", in.n, JSON_ALLOW_NUL | JSON_DECODE_ANY, &je);
	if (!v && e)
		explain(&je, e);
	return v;
}

json_t *json_parse(struct span in, struct err *e)
{
	return parse_within(in, JSON_MAX_BYTES, JSON_MAX_BYTES, e);
}

json_t *json_parse_provider(struct span in, struct err *e)
{
	return parse_within(in, JSON_PROVIDER_BYTES, JSON_PROVIDER_VALUES, e);
}

json_t *json_parse_list(struct span in, struct err *e)
{
	return parse_within(in, JSON_MAX_BYTES, JSON_LIST_VALUES, e);
}

static const json_t *at_key(const json_t *v, const char *path);

/* path stands behind "[". */
static const json_t *at_index(const json_t *v, const char *path)
{
	const char *close = strchr(path, ']');
	size_t index = 0;

	if (!close || !json_is_array(v))
		return NULL;
	if (close == path) {
		for (size_t i = 0; i < json_array_size(v); i++) {
			const json_t *found = json_at(json_array_get(v, i), close + 1);

			if (found)
				return found;
		}
		return NULL;
	}
	for (const char *p = path; p < close; p++) {
		if (*p < '0' || *p > '9' || index > JSON_MAX_BYTES)
			return NULL;
		index = index * 10 + (size_t)(*p - '0');
	}
	return json_at(json_array_get(v, index), close + 1);
}

static const json_t *at_key(const json_t *v, const char *path)
{
	size_t n = strcspn(path, ".[");
	char key[128];

	if (n == 0 || n >= sizeof(key) || !json_is_object(v))
		return NULL;
	span_copy((struct span){path, n}, key, sizeof(key));
	return json_at(json_object_get(v, key), path + n);
}

const json_t *json_at(const json_t *v, const char *path)
{
	if (!v || !*path)
		return v;
	if (*path == '[')
		return at_index(v, path + 1);
	return at_key(v, *path == '.' ? path + 1 : path);
}

const char *json_text_at(const json_t *v, const char *path)
{
	return json_string_value(json_at(v, path));
}

bool json_int_at(const json_t *v, const char *path, int64_t *ret)
{
	const json_t *found = json_at(v, path);

	if (!json_is_integer(found))
		return false;
	*ret = json_integer_value(found);
	return true;
}

bool json_scalar_text(const json_t *v, struct str *out)
{
	if (json_is_string(v)) {
		str_add(out, json_string_value(v), json_string_length(v));
		return true;
	}
	if (!v || json_is_object(v) || json_is_array(v))
		return false;
	json_dump(v, out);
	return true;
}

static int append(const char *p, size_t n, void *out)
{
	/* Going on after the limit keeps jansson simple; the str remembers that it cut.
	 */
	str_add(out, p, n);
	return 0;
}

void json_dump(const json_t *v, struct str *out)
{
	json_dump_callback(v, append, out, DUMP_FLAGS);
}

json_t *json_clean_string(struct span text)
{
	struct str clean;
	json_t *v;

	str_init(&clean, text.n * 3); /* every byte invalid: three bytes each */
	text_clean(&clean, text);
	v = json_stringn(str_c(&clean), clean.len);
	assert(v);
	str_fini(&clean);
	return v;
}
