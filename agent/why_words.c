/* SPDX-License-Identifier: MIT
 *
 * See the header.
 */
#include "agent/why_words.h"

#include <inttypes.h>

void why_time(const struct teller *t, struct wall at)
{
	char buf[40];
	str_adds(t->out, t->clock->text(t->clock->arg, at, buf, sizeof buf));
}

void why_span(const struct teller *t, int64_t ms)
{
	char buf[40];
	str_adds(t->out, duration_human(ms > 0 ? ms : 0, buf, sizeof buf));
}

void why_count(const struct teller *t, uint32_t n, const char *what)
{
	str_addf(t->out, "%" PRIu32 " %s%s", n, what, n == 1 ? "" : "s");
}

void why_sentence(const struct teller *t, const char *phrase)
{
	char first = *phrase;
	if (!first)
		return;
	if (first >= 'a' && first <= 'z')
		first = (char)(first - 'a' + 'A');
	str_addf(t->out, "%c%s.\n", first, phrase + 1);
}

void why_error(const struct teller *t, const struct incident_error *er)
{
	str_adds(t->out, outcome_code(er->outcome));
	if (er->http_status)
		str_addf(t->out, ", HTTP %d", er->http_status);
	if (*er->code)
		str_addf(t->out, " %s", er->code);
	if (*er->message)
		str_addf(t->out, ": \"%s\"", er->message);
	if (*er->request_id)
		str_addf(t->out, " (request id %s)", er->request_id);
}

void why_mix(const struct teller *t, const uint32_t *counts)
{
	bool told[OUTCOME_COUNT] = {false};
	for (int round = 0; round < OUTCOME_COUNT; round++) {
		int most = -1;
		for (int o = 0; o < OUTCOME_COUNT; o++)
			if (!told[o] && counts[o] &&
			    (most < 0 || counts[o] > counts[most]))
				most = o;
		if (most < 0)
			return;
		told[most] = true;
		str_addf(t->out, "%s%s %" PRIu32, round ? ", " : "",
		    outcome_code((enum outcome)most), counts[most]);
	}
}
