/* SPDX-License-Identifier: MIT
 *
 * The words of a rule's text: one table each for the parser, the sentences and the
 * documentation.
 */
#ifndef DIMWATCH_ALERTS_RULE_WORDS_H
#define DIMWATCH_ALERTS_RULE_WORDS_H

#include "alerts/rule.h"

#define RULE_PERCENTILES 5
extern const char *const rule_percentiles[RULE_PERCENTILES]; /* "p50" ... */
extern const char *const rule_metrics[METRIC_COUNT];
extern const char *const rule_compares[COMPARE_COUNT];
/* What can begin a condition, for "did you mean". */
#define RULE_HEADS 12
extern const char *const rule_heads[RULE_HEADS];
/* "up" ... "unknown", "slow" of `health is`. */
#define RULE_HEALTHS 6
extern const char *const rule_healths[RULE_HEALTHS];

#endif
