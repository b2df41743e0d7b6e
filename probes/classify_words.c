/* SPDX-License-Identifier: MIT
 *
 * The provider's own code and words, out of any of the two dozen envelopes that are in
 * use: object, string, number, array, flat fields, plain text, a page's title.
 */
#include <string.h>

#include "agent/base/text.h"
#include "probes/classify.h"

#define MAX_TEXT ((size_t)4 << 10) /* of a body that is looked at for words */

static const char *const code_places[] = {
    "error.details.error_code",
    "error.code",
    "error.type",
    "error.status",
    "errors[0].code",
    "response.error.code",
    "base_resp.status_code",
    "error_code",
    "code",
    "Response.Error.Code",
    "ResponseMetadata.Error.Code",
    "reason",
    "error_type",
    "type",
    "choices[0].error.code",
    "raw_status_code",
    "promptFeedback.blockReason",
    "__type",
    "status",
};

static const char *const message_places[] = {
    "error.message",
    "error",
    "response.error.message",
    "errors[0].message",
    "errors[0]",
    "base_resp.status_msg",
    "error_msg",
    "message",
    "msg",
    "Message",
    "detail",
    "detail[0].msg",
    "detail.error",
    "delta.error",
    "Response.Error.Message",
    "ResponseMetadata.Error.Message",
    "choices[0].error.message",
    "x_groq.error",
    "title",
    "error.msg",
    "error.error",
};

/* Words that say no more than "this is an error". */
static const char *const empty_codes[] = {"", "null", "error", "0", "about:blank"};

/* Cleaned, on one line, without runs of blanks. */
static void put_line(char *out, size_t size, struct span in)
{
	struct str clean, line;

	if (in.n > MAX_TEXT)
		in.n = utf8_cut(in, MAX_TEXT);
	str_init(&clean, 3 * MAX_TEXT);
	str_init(&line, 3 * MAX_TEXT);
	text_clean(&clean, in);
	for (size_t i = 0; i < clean.len; i++) {
		char c = clean.data[i];

		if (c == '\n' || c == '\t')
			c = ' ';
		if (c == ' ' && (line.len == 0 || line.data[line.len - 1] == ' '))
			continue;
		str_addc(&line, c);
	}
	if (line.len > 0 && line.data[line.len - 1] == ' ')
		str_truncate(&line, line.len - 1);
	str_copy(out, size, str_c(&line));
	str_fini(&clean);
	str_fini(&line);
}

/* A number that repeats an HTTP status: other places may say more. */
static bool is_http_like(const char *code)
{
	return strlen(code) == 3 && code[0] >= '1' && code[0] <= '5' &&
	       strspn(code, "0123456789") == 3;
}

static bool code_at(const json_t *v, const char *path, char *out, size_t size)
{
	const json_t *found = json_at(v, path);
	struct str text;

	if (found == NULL || json_is_boolean(found))
		return false;
	str_init(&text, 256);
	out[0] = '\0';
	if (json_scalar_text(found, &text))
		put_line(out, size, str_span(&text));
	str_fini(&text);
	for (size_t i = 0; i < sizeof(empty_codes) / sizeof(empty_codes[0]); i++) {
		if (strcmp(out, empty_codes[i]) == 0)
			return false;
	}
	return true;
}

static void find_code(const json_t *v, struct verdict *ret)
{
	char code[sizeof(ret->code)], first[sizeof(ret->code)] = "";

	for (size_t i = 0; i < sizeof(code_places) / sizeof(code_places[0]); i++) {
		if (!code_at(v, code_places[i], code, sizeof(code)))
			continue;
		if (!is_http_like(code)) {
			memcpy(ret->code, code, sizeof(code));
			return;
		}
		if (first[0] == '\0')
			memcpy(first, code, sizeof(first));
	}
	memcpy(ret->code, first, sizeof(first));
}

static bool find_message(const json_t *v, struct verdict *ret)
{
	for (size_t i = 0; i < sizeof(message_places) / sizeof(message_places[0]); i++) {
		const json_t *found = json_at(v, message_places[i]);

		if (!json_is_string(found) || json_string_length(found) == 0)
			continue;
		put_line(ret->message, sizeof(ret->message),
		    (struct span){json_string_value(found), json_string_length(found)});
		if (ret->message[0] != '\0')
			return true;
	}
	return false;
}

/* What stands between <title> and the next tag; the whole page when there is none. */
static struct span page_title(struct span page)
{
	for (size_t i = 0; i + 7 <= page.n; i++) {
		struct span rest = {page.p + i + 7, page.n - i - 7};
		const char *end;

		if (!span_ieq((struct span){page.p + i, 7}, "<title>"))
			continue;
		end = rest.n > 0 ? memchr(rest.p, '<', rest.n) : NULL;
		if (end != NULL)
			rest.n = (size_t)(end - rest.p);
		return rest;
	}
	return page;
}

/* "ThrottlingException:http://internal.amazon.com/…": some name the error in the head. */
static void find_code_in_head(const struct answer *a, struct verdict *ret)
{
	struct span code = {NULL, 0};
	const char *end;

	if (a->head != NULL && ret->code[0] == '\0')
		code = head_find(a->head, "x-amzn-errortype");
	if (code.n == 0)
		return;
	end = memchr(code.p, ':', code.n);
	if (end != NULL)
		code.n = (size_t)(end - code.p);
	put_line(ret->code, sizeof(ret->code), code);
}

void classify_words(const struct answer *a, struct verdict *ret)
{
	const json_t *v = json_is_array(a->json) ? json_array_get(a->json, 0) : a->json;
	struct span text = a->body;

	if (json_is_object(v))
		find_code(v, ret);
	find_code_in_head(a, ret);
	if (json_is_object(v)) {
		(void)find_message(v, ret);
		return;
	}
	if (json_is_string(v))
		text = (struct span){json_string_value(v), json_string_length(v)};
	else if (answer_is_html(a))
		text = page_title(text);
	put_line(ret->message, sizeof(ret->message), text);
}
