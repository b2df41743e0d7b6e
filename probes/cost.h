/* SPDX-License-Identifier: MIT
 *
 * Money: prices, what an exchange cost, forecasts, and how far a budget stretches the
 * pace. Amounts are nano-units (1 CNY = 1e9), so that a millionth of a cent is exact.
 */
#ifndef DIMWATCH_PROBES_COST_H
#define DIMWATCH_PROBES_COST_H

#include "probes/sample.h"
#include "probes/target.h"

#define NANO ((int64_t)1000000000)

/* One unit of `currency` in nano-USD. */
struct rate {
	char currency[4];
	int64_t nano_usd;
};
struct rates {
	const struct rate *rows;
	size_t n;
};
/* Dated defaults that are compiled in; the config's `rates` come before them. */
const struct rates *rates_default(void);

/* Rounds up. -1 when the amount or either currency is unknown; the same currency needs no
 * rate. */
int64_t money_convert(
    const struct rates *r, int64_t nano, const char *from, const char *to);
/* Cost of counted tokens; -1 when the price or a count is unknown. */
int64_t cost_of(const struct price *p, int64_t tokens_in, int64_t tokens_out);
/* What one ask of this target costs at most (dear hours, an answer as long as max_tokens
 * allows): a forecast is never lower than the bill. 0 for `models` and `door`; -1 =
 * unknown. */
int64_t cost_per_ask(const struct target *t);
/* The price that holds at this time; the forecast takes t->price, the dearest. */
struct price cost_price_at(const struct target *t, struct wall at);
/* Sets cost_nano, currency and FLAG_COST_ESTIMATED of a sample, at the price of its own
 * start. Counts that were not reported are taken at their bound; what never arrived or
 * was refused is free, and so are the free kinds, whatever a token costs. */
void cost_sample(const struct target *t, struct sample *s);

/* The pace that makes `left_nano` last `left_ms`: max(interval, ...). cost_nano <= 0 or
 * left_nano < 0 (no budget): the interval. Nothing left: left_ms (the next day). */
int64_t cost_pace_ms(
    int64_t interval_ms, int64_t cost_nano, int64_t left_nano, int64_t left_ms);
/* "0.0042 USD", "1.20 CNY": 2 to 6 digits after the point; "unknown" for -1, and what is
 * not nothing never prints as 0. Returns buf. */
char *money_format(int64_t nano, const char *currency, char *buf, size_t size);
/* "0.10 USD/day", "0.14 USD": amount and currency, an optional "/day" (want_per_day says
 * which form is right). False: not such a text. */
bool money_parse(const char *text, bool want_per_day, int64_t *ret_nano, char cur[4]);

#endif
