/* SPDX-License-Identifier: MIT
 *
 * The ground that all bytes of strangers cross: UTF-8 repair, harmless lines, JSON in
 * and out, base64, durations and amounts of money that survive being written and read.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/sha256.h"
#include "agent/base/text.h"
#include "agent/base/tick.h"
#include "alerts/message.h"
#include "probes/cost.h"
#include "tests/fuzz/fuzz.h"

#define MAX_TEXT ((size_t)64 << 10)

static bool is_harmless(struct span s)
{
	uint32_t cp = 0;

	while (s.n > 0) {
		size_t n = utf8_decode(s, &cp);

		if (n == 0 || cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0xfeff ||
		    (cp >= 0x200b && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) ||
		    (cp >= 0x2066 && cp <= 0x2069) || (cp >= 0xe0000 && cp <= 0xe007f))
			return false;
		s = (struct span){s.p + n, s.n - n};
	}
	return true;
}

static void check_repair(struct span in)
{
	struct str clean, again, printable;
	size_t cut = utf8_cut(in, in.n / 2);

	MUST(cut <= in.n / 2);
	MUST(!utf8_valid(in) || utf8_valid((struct span){in.p, cut}));
	str_init(&clean, MAX_TEXT);
	str_init(&again, MAX_TEXT);
	str_init(&printable, MAX_TEXT);
	text_clean(&clean, in);
	MUST(utf8_valid(str_span(&clean)));
	MUST(strlen(str_c(&clean)) == clean.len);
	text_clean(&again, str_span(&clean));
	MUST(strcmp(str_c(&clean), str_c(&again)) == 0);
	text_printable(&printable, in);
	MUST(is_harmless(str_span(&printable)));
	MUST(text_columns(str_span(&printable)) <= 2 * printable.len);
	str_fini(&clean);
	str_fini(&again);
	str_fini(&printable);
}

/* Cut by bytes and by characters. */
static void check_line(struct span in)
{
	static const size_t sizes[] = {5, 16, 100, 1200};
	char buf[1200];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		message_line(buf, sizes[i], 20, in);
		MUST(fuzz_is_line(buf, sizes[i]));
		MUST(is_harmless(span_of(buf)) && utf8_count(span_of(buf)) <= 20);
	}
}

static void check_json(struct span in)
{
	struct err e = {0};
	json_t *v = json_parse(in, &e), *back;
	struct str out;

	if (v == NULL) {
		MUST(e.code != ERR_NONE && fuzz_is_line(e.msg, sizeof(e.msg)));
		return;
	}
	str_init(&out, 8 * JSON_MAX_BYTES);
	json_dump(v, &out);
	MUST(!out.cut && utf8_valid(str_span(&out)));
	back = json_parse(str_span(&out), NULL);
	MUST(back != NULL && json_typeof(back) == json_typeof(v));
	(void)json_at(v, "a.b[0].c");
	(void)json_at(v, "[].x");
	json_decref(back);
	json_decref(v);
	str_fini(&out);
}

static void check_base64(struct span in)
{
	struct str text, back;

	str_init(&text, MAX_TEXT);
	str_init(&back, MAX_TEXT);
	base64_encode(&text, in);
	MUST(base64_decode(&back, str_span(&text)));
	MUST(back.len == in.n && memcmp(str_c(&back), in.p, in.n) == 0);
	/* Strict: what is read at all was written so. */
	str_reset(&back);
	str_reset(&text);
	if (base64_decode(&back, in)) {
		base64_encode(&text, str_span(&back));
		MUST(text.len == in.n && memcmp(str_c(&text), in.p, in.n) == 0);
	}
	str_fini(&text);
	str_fini(&back);
}

static void check_duration(const char *text)
{
	int64_t ms, back;
	char buf[64];

	if (duration_parse(text, &ms)) {
		MUST(ms >= 0);
		MUST(duration_parse(duration_format(ms, buf, sizeof(buf)), &back));
		MUST(back == ms);
		duration_human(ms, buf, sizeof(buf));
		MUST(fuzz_is_line(buf, sizeof(buf)) && buf[0] != '\0');
	}
}

static void check_money(const char *text)
{
	int64_t nano, back;
	char cur[4], again[4], buf[64];

	for (int per_day = 0; per_day <= 1; per_day++) {
		if (!money_parse(text, per_day, &nano, cur))
			continue;
		MUST(nano >= 0 && strlen(cur) == 3);
		money_format(nano, cur, buf, sizeof(buf));
		if (buf[0] == '<')
			continue;
		MUST(money_parse(buf, false, &back, again) && strcmp(cur, again) == 0);
		MUST(back >= nano - 1000 && back <= nano + 1000);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size < 8192 ? size : 8192);
	char *text = fuzz_text(in);

	check_repair(in);
	check_line(in);
	check_json(in);
	check_base64(in);
	check_duration(text);
	check_money(text);
	free(text);
	return 0;
}
