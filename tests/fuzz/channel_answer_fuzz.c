/* SPDX-License-Identifier: MIT
 *
 * What a channel's far side may answer: exactly one verdict, a wait within bounds, words
 * that are one harmless line and hold no secret of the channel.
 */
#include <string.h>

#include "alerts/channel.h"
#include "tests/fuzz/fuzz.h"

#define URL "https://hooks.slack.com/services/T0123/B0123/" FUZZ_KEY

static void check(const struct channel_answer *a, const struct channel_verdict *v)
{
	int status = a->head != NULL ? a->head->status : 0;

	MUST(v->kind > VERDICT_NONE && v->kind < VERDICT_KIND_COUNT);
	/* 1000: a program ended with 0. */
	MUST(v->kind != VERDICT_ACCEPTED || (status >= 200 && status <= 299) ||
	     status == 1000);
	MUST(v->wait_ms == 0 || (v->wait_ms >= MS_PER_S && v->wait_ms <= MS_PER_H));
	MUST((v->kind == VERDICT_SLOW_DOWN) == (v->wait_ms > 0));
	MUST(!v->for_good || v->kind == VERDICT_SHUT);
	MUST(fuzz_is_line(v->words, sizeof(v->words)) && strlen(v->words) <= 256);
	/* The library's words hold no secret by wire.h, so they are not looked at. */
	MUST(
	    status == 0 || a->end->wire == WIRE_PROXY || !fuzz_leaks(v->words, FUZZ_KEY));
	MUST(fuzz_is_text(v->handle, sizeof(v->handle)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct secret *url = secret_new(URL, strlen(URL));
	const struct channel_kind *const *kinds;
	struct channel_answer a = {0};
	struct wire_head head;
	struct wire_end end;
	struct story s;
	struct str bytes;
	size_t n;

	story_init(&s, fuzz_span(data, size));
	str_init(&bytes, HEAD_MAX_BYTES);
	story_wire_head(&s, (int)story_number(&s, "status", 1000, 200), &bytes, &head);
	story_wire_end(&s, &end);
	a.end = &end;
	a.head = head.status > 0 ? &head : NULL;
	a.body = str_span(&s.body);
	if (a.body.n > CHANNEL_ANSWER_BYTES)
		a.body.n = CHANNEL_ANSWER_BYTES;
	a.now.ms = INT64_C(1795446000000);
	kinds = channel_kinds(&n);
	for (size_t i = 0; i < n; i++) {
		struct channel_conf c = {.name = "x", .kind = kinds[i], .url = url};
		struct channel_verdict first, second;

		memset(&first, 0x5a, sizeof(first));
		kinds[i]->read(&c, &a, &first);
		check(&a, &first);
		kinds[i]->read(&c, &a, &second);
		MUST(first.kind == second.kind && first.wait_ms == second.wait_ms);
		MUST(strcmp(first.words, second.words) == 0);
	}
	str_fini(&bytes);
	story_fini(&s);
	secret_free(url);
	return 0;
}
