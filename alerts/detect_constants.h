/* SPDX-License-Identifier: MIT
 *
 * Every number behind the verdicts of `auto`, each with its reason in one table
 * (detect_constants.c), and the three words users see instead of them. The mathematics
 * and the simulations that chose them are in docs/detection.md. A changed value changes
 * judge_constants_hash: stored states of another mathematics are not taken over.
 */
#ifndef DIMWATCH_ALERTS_DETECT_CONSTANTS_H
#define DIMWATCH_ALERTS_DETECT_CONSTANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Availability: what is looked for and when it is certain. */
#define DETECT_ARMS         4
#define DETECT_ARM_0        0.90
#define DETECT_ARM_1        0.50
#define DETECT_ARM_2        0.25
#define DETECT_ARM_3        0.10
#define DETECT_ALARM_NATS   10.5 /* nats */
#define DETECT_ALARM_LESS   1.0
#define DETECT_ALARM_MORE   2.0
#define DETECT_RHO          0.30
#define DETECT_TAU_S        20.0
#define DETECT_MIN_FAILURES 3
#define DETECT_MIN_SPAN_S   30.0
#define DETECT_SPAN_PACES   5.0
#define DETECT_SUSPECT      0.25 /* of the alarm */
#define DETECT_DOWN_RUN     4
/* The base rate. */
#define DETECT_BASE_MIN     0.003
#define DETECT_BASE_MAX     0.05
#define DETECT_PRIOR_F      2.0
#define DETECT_PRIOR_N      200.0
#define DETECT_BASE_MEMORY  10080.0
#define DETECT_BASE_PATIENT 2000
/* Sooner asks. */
#define DETECT_FAST_ASKS 6
#define DETECT_FAST_S    10.0
#define DETECT_SLOW_S    15.0
#define DETECT_END_S     20.0
#define DETECT_END_ASKS  0.2 /* of the end */
#define DETECT_LAT_ASK_S 30.0
#define DETECT_BUCKET    60.0
#define DETECT_REFILL    0.25
/* Severity inside an incident. */
#define DETECT_WINDOW      10
#define DETECT_TO_DOWN     9
#define DETECT_TO_DEGRADED 6
#define DETECT_MAJOR       0.40
#define DETECT_MINOR       0.25
/* The end. */
#define DETECT_END           8.5
#define DETECT_END_GOOD      3
#define DETECT_END_SPAN_S    60.0
#define DETECT_END_PACES     10.0
#define DETECT_RATE_MIN      0.15
#define DETECT_RATE_MAX      0.90
#define DETECT_FLAP_S        1800.0
#define DETECT_FLAP_FORGET_S 21600.0
#define DETECT_FLAP_TIMES    4.0
#define DETECT_FLAP_MAX      30.0 /* times the first dwell */
#define DETECT_CHRONIC       3.0
#define DETECT_CHRONIC_S     43200.0
#define DETECT_CHRONIC_MAX   360.0 /* times the first dwell */
#define DETECT_CHRONIC_BASE  0.02
#define DETECT_CHRONIC_RATE  0.10
/* Latency. */
#define DETECT_CELLS         5
#define DETECT_Q_0           0.50
#define DETECT_Q_1           0.80
#define DETECT_Q_2           0.95
#define DETECT_Q_3           0.99
#define DETECT_SCORE_0       (-2.013)
#define DETECT_SCORE_1       (-0.468)
#define DETECT_SCORE_2       0.704
#define DETECT_SCORE_3       1.783
#define DETECT_SCORE_4       3.016
#define DETECT_LAT_ALARM     13.0
#define DETECT_LAT_SPAN_S    180.0
#define DETECT_LAT_HIGH      4
#define DETECT_LAT_RATIO     0.585 /* octaves */
#define DETECT_LAT_FLOOR     1.5
#define DETECT_LAT_FLOOR_MS  300.0
#define DETECT_LAT_CAP       (-0.25)
#define DETECT_LAT_COLD_S    259200.0
#define DETECT_LAT_COLD      1.585 /* octaves */
#define DETECT_LAT_FIRST     30
#define DETECT_LAT_WARM      100
#define DETECT_LAT_FULL      1000
#define DETECT_LAT_HALVE     4096
#define DETECT_LAT_QUANTILES 64
#define DETECT_LAT_ETA       0.01
#define DETECT_LAT_ETA_COLD  3.0
#define DETECT_LAT_ETA_S     432000.0
#define DETECT_LAT_ETA_MAX   5.0
#define DETECT_LAT_BLOCK     10
#define DETECT_LAT_F_MAX     4.0
#define DETECT_LAT_F_SCORE   0.001
#define DETECT_LAT_F_BLOCK   0.01
#define DETECT_LAT_F_CLIP    9.0
#define DETECT_LAT_END_GOOD  5
#define DETECT_LAT_NORMAL_S  86400.0
#define DETECT_LAT_MAJOR     2.322 /* octaves */

struct detect_constant {
	const char *name;
	double value;
	const char *unit; /* "" for a bare number */
	const char *why;
};
/* Row i of the table; NULL behind the last. */
const struct detect_constant *detect_constant_at(size_t i);

/* What users choose instead. Stored in no state: it only moves thresholds. */
enum sensitivity {
	SENSITIVITY_NORMAL = 0,
	SENSITIVITY_CALM = 1,
	SENSITIVITY_KEEN = 2,
	SENSITIVITY_COUNT
};
struct sensitivity_row {
	const char *code;
	double alarm_nats; /* added to the alarm */
	double slow_ratio; /* least mean ratio of a slow phase, octaves */
	const char *meaning;
};
const struct sensitivity_row *sensitivity_row(enum sensitivity s);
bool sensitivity_parse(const char *code, enum sensitivity *ret);

#endif
