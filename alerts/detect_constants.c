/* SPDX-License-Identifier: MIT
 *
 * The table. Where a reason names a figure, docs/detection.md says how it was found.
 */
#include "alerts/detect_constants.h"

#include <assert.h>
#include <string.h>

#define ROW(name, unit, why)                                                             \
	{                                                                                \
#name, DETECT_##name, unit, why                                          \
	}

/* clang-format off */
static const struct detect_constant rows[] = {
	ROW(ARM_0, "", "failure rate the first sum looks for: nothing works"),
	ROW(ARM_1, "", "every other request fails"),
	ROW(ARM_2, "", "a brownout that users notice"),
	ROW(ARM_3, "", "the least that is worth a message"),
	ROW(ALARM_NATS, "nats", "at most one invented outage a target-year at a base rate of 1 %; "
		"a nat more or less moves that by e and the delays by seconds"),
	ROW(ALARM_LESS, "nats", "least alarm at slow paces: 10.5 + ln(60 s / pace) keeps the "
		"budget a year, not a sample"),
	ROW(ALARM_MORE, "nats", "most of it at fast paces"),
	ROW(RHO, "", "share of failures that are part of a short blip; flat from 0.2 to 0.5"),
	ROW(TAU_S, "s", "a blip's mean length; flat from 10 s to 40 s"),
	ROW(MIN_FAILURES, "", "two lost requests are never an outage"),
	ROW(MIN_SPAN_S, "s", "what is over within 30 s is a reload of their load balancer"),
	ROW(SPAN_PACES, "paces", "at paces below 6 s the span is five of them: who asks every "
		"second wants to hear within seconds"),
	ROW(SUSPECT, "of the alarm", "from here on it is asked sooner; one failure is enough"),
	ROW(DOWN_RUN, "", "an alarm whose last four samples failed is down, whichever sum "
		"was the largest"),
	ROW(BASE_MIN, "", "nobody is known to be better; keeps three failures necessary"),
	ROW(BASE_MAX, "", "who fails more than one ask in twenty is degraded, whatever its "
		"history says"),
	ROW(PRIOR_F, "", "failures in the prior: 1 % until something is known"),
	ROW(PRIOR_N, "", "samples the prior is worth: three hours of minutes"),
	ROW(BASE_MEMORY, "samples", "a week of minutes, then halved"),
	ROW(BASE_PATIENT, "samples", "a long low suspicion is normality"),
	ROW(FAST_ASKS, "", "asks after a failure; ten gain little and cost 3 % more asks"),
	ROW(FAST_S, "s", "between them; 5 s would gain 8 s, but keys with few requests a "
		"minute exist"),
	ROW(SLOW_S, "s", "while suspicion lasts"),
	ROW(END_S, "s", "while recovery is in sight: a dead provider is not hammered"),
	ROW(END_ASKS, "of the end", "in sight from here on"),
	ROW(LAT_ASK_S, "s", "while half of a slow phase's evidence is there"),
	ROW(BUCKET, "asks", "most sooner asks at once"),
	ROW(REFILL, "of the pace", "so sooner asks are 25 % more at worst, 6 % in peace"),
	ROW(WINDOW, "samples", "how far back severity looks inside an incident"),
	ROW(TO_DOWN, "of 10", "degraded becomes down"),
	ROW(TO_DEGRADED, "of 10", "down becomes degraded; far from the other, so it holds"),
	ROW(MAJOR, "", "share of failures from which degraded is major"),
	ROW(MINOR, "", "share below which it is minor again; between the two it stays"),
	ROW(END, "nats", "the same certainty for the end of any incident"),
	ROW(END_GOOD, "samples", "good answers since the evidence was last at zero"),
	ROW(END_SPAN_S, "s", "and as long; the first dwell"),
	ROW(END_PACES, "paces", "the first dwell at paces below 6 s"),
	ROW(RATE_MIN, "", "an incident's own rate is never taken for less"),
	ROW(RATE_MAX, "", "nor for more: one lucky answer must not end it"),
	ROW(FLAP_S, "s", "opening so soon after the end is the same incident"),
	ROW(FLAP_FORGET_S, "s", "of peace forget earlier flapping"),
	ROW(FLAP_TIMES, "", "each reopening multiplies the dwell"),
	ROW(FLAP_MAX, "dwells", "half an hour at most"),
	ROW(CHRONIC, "openings", "with the half-life below: one chronic incident, not many"),
	ROW(CHRONIC_S, "s", "half-life of an opening in that count"),
	ROW(CHRONIC_MAX, "dwells", "six hours without a relapse end a chronic incident"),
	ROW(CHRONIC_BASE, "", "recovery of a chronic target is judged as this rate"),
	ROW(CHRONIC_RATE, "", "against this one"),
	ROW(Q_0, "", "quantiles of the residual that cut the cells"),
	ROW(Q_1, "", "its second"),
	ROW(Q_2, "", "its third"),
	ROW(Q_3, "", "its last"),
	ROW(SCORE_0, "nats", "log likelihood ratios of a shift by 1.5 normal scores"),
	ROW(SCORE_1, "nats", "second cell"),
	ROW(SCORE_2, "nats", "third cell"),
	ROW(SCORE_3, "nats", "fourth cell"),
	ROW(SCORE_4, "nats", "above the last quantile"),
	ROW(LAT_ALARM, "nats", "times the learned dispersion: one false `slow` in six months"),
	ROW(LAT_SPAN_S, "s", "three minutes of slowness at least"),
	ROW(LAT_HIGH, "samples", "that were slow since the sum left zero"),
	ROW(LAT_RATIO, "octaves", "mean ratio of 1.5: less is nobody's business"),
	ROW(LAT_FLOOR, "", "a sample below 1.5 times its median never adds up"),
	ROW(LAT_FLOOR_MS, "ms", "nor one less than this above it"),
	ROW(LAT_CAP, "nats", "what such a sample scores at most"),
	ROW(LAT_COLD_S, "s", "three days until the hours are known"),
	ROW(LAT_COLD, "octaves", "before that only three times slower counts"),
	ROW(LAT_FIRST, "samples", "their median fills all 24 hours"),
	ROW(LAT_WARM, "samples", "silent before that"),
	ROW(LAT_FULL, "samples", "before that the two top cells score alike"),
	ROW(LAT_HALVE, "samples", "the residuals' memory, then halved"),
	ROW(LAT_QUANTILES, "samples", "how often the quantiles are read anew"),
	ROW(LAT_ETA, "octaves", "a median's step: follows hours, not outliers"),
	ROW(LAT_ETA_COLD, "", "times that in the first days"),
	ROW(LAT_ETA_S, "s", "five days"),
	ROW(LAT_ETA_MAX, "", "slow paces step further, so much at most"),
	ROW(LAT_BLOCK, "samples", "whose sum's variance tells how correlated samples are"),
	ROW(LAT_F_MAX, "", "largest dispersion factor"),
	ROW(LAT_F_SCORE, "", "weight of one score in its mean and variance"),
	ROW(LAT_F_BLOCK, "", "weight of one block"),
	ROW(LAT_F_CLIP, "", "a block counts no more than so many means"),
	ROW(LAT_END_GOOD, "samples", "fast ones that end a slow phase"),
	ROW(LAT_NORMAL_S, "s", "a slow phase of a day is the new normal"),
	ROW(LAT_MAJOR, "octaves", "five times slower is major, else minor"),
};
/* clang-format on */

static const struct sensitivity_row sensitivities[] = {
    [SENSITIVITY_NORMAL] = {"normal", 0.0,  DETECT_LAT_RATIO,
			    "about one invented outage in a target-year"                                },
    [SENSITIVITY_CALM] = {"calm",   1.0,  1.0,
			    "a third of that, some ten seconds later; slow from twice the usual time on"},
    [SENSITIVITY_KEEN] = {"keen",   -1.0, DETECT_LAT_RATIO,
			    "brownouts a tenth sooner, three to four times as many inventions"          },
};
static_assert(
    sizeof(sensitivities) / sizeof(*sensitivities) == SENSITIVITY_COUNT, "one each");

const struct detect_constant *detect_constant_at(size_t i)
{
	return i < sizeof(rows) / sizeof(*rows) ? &rows[i] : NULL;
}

const struct sensitivity_row *sensitivity_row(enum sensitivity s)
{
	assert((unsigned)s < SENSITIVITY_COUNT);
	return &sensitivities[s];
}

bool sensitivity_parse(const char *code, enum sensitivity *ret)
{
	for (int s = 0; s < SENSITIVITY_COUNT; s++) {
		if (strcmp(code, sensitivities[s].code) == 0) {
			*ret = (enum sensitivity)s;
			return true;
		}
	}
	return false;
}
