/* SPDX-License-Identifier: MIT
 *
 * A stranger's wish to be left alone, in any spelling: absent, or between a second and an
 * hour; whole seconds for channels; plain digits mean what they say.
 */
#include <string.h>

#include "alerts/channel.h"
#include "probes/retry_after.h"
#include "tests/fuzz/fuzz.h"

/* Few enough digits that their value is beyond doubt. */
static bool plain_digits(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	}
	return s.n > 0 && s.n < 10;
}

static int64_t clamped(int64_t ms)
{
	if (ms < RETRY_AFTER_MIN_MS)
		return RETRY_AFTER_MIN_MS;
	return ms > RETRY_AFTER_MAX_MS ? RETRY_AFTER_MAX_MS : ms;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct channel_answer a = {0};
	struct wire_head head;
	struct story s;
	struct str bytes;
	struct span exact, seconds;
	int64_t ms, channel_ms;

	story_init(&s, fuzz_span(data, size));
	/* Without a mark everything is head. */
	if (s.head.n == 0)
		s.head = fuzz_span(data, size);
	str_init(&bytes, HEAD_MAX_BYTES);
	story_wire_head(&s, 429, &bytes, &head);
	a.head = &head;
	a.now.ms = (int64_t)story_number(&s, "now", UINT64_C(253402300800000), 0);
	ms = retry_after_ms(&head, a.now);
	MUST(ms == -1 || (ms >= RETRY_AFTER_MIN_MS && ms <= RETRY_AFTER_MAX_MS));
	exact = span_trim(head_find(&head, "retry-after-ms"));
	seconds = span_trim(head_find(&head, "retry-after"));
	if (plain_digits(exact))
		MUST(ms == clamped((int64_t)fuzz_number(exact, UINT64_MAX)));
	else if (exact.n == 0 && plain_digits(seconds))
		MUST(ms == clamped((int64_t)fuzz_number(seconds, UINT64_MAX) * MS_PER_S));
	else if (exact.n == 0 && seconds.n == 0)
		MUST(ms == -1);
	channel_ms = channel_retry_after_ms(&a);
	MUST(channel_ms == -1 || (channel_ms % MS_PER_S == 0 && channel_ms >= ms &&
				     channel_ms <= RETRY_AFTER_MAX_MS));
	str_fini(&bytes);
	story_fini(&s);
	return 0;
}
