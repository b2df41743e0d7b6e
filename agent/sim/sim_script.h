/* SPDX-License-Identifier: MIT
 *
 * The script of the simulated providers: what each does from when on.
 *
 *     seed 7
 *     at 10m deepseek: overloaded 50%, slow x3
 *     at 2h deepseek: hang first_token 40s
 *     at 9h deepseek: ok
 *     at 3m hook slack: http 500
 *
 * Faults stand in a mix; those without a percentage share what the others leave, and what
 * nobody takes is `ok`. Pure: which fault meets request n of a provider at a time follows
 * from the script and its seed alone.
 */
#ifndef DIMWATCH_AGENT_SIM_SCRIPT_H
#define DIMWATCH_AGENT_SIM_SCRIPT_H

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/sim/sim_verb.h"

#define SIM_NAME_BYTES   64
#define SIM_SCRIPT_MAX   ((size_t)1 << 20) /* bytes */
#define SIM_MAX_LINES    4096
#define SIM_MAX_IN_A_MIX 8
#define SIM_DEFAULT_SEED 1

struct sim_script; /* opaque */

/* Every line in order; the first error as "LINE: what". */
struct sim_script *sim_script_parse(struct span text, struct err *e) MUST_CHECK;
void sim_script_free(struct sim_script *s);

uint64_t sim_script_seed(const struct sim_script *s);
/* What request number n (from 0) of this provider or hook meets at `ms` of the script.
 * Names the script does not mention are always ok. */
void sim_script_pick(const struct sim_script *s, bool hook, const char *name, int64_t ms,
    uint64_t n, struct sim_action *ret);
/* True when every request meets this fault then (a mix of one). */
bool sim_script_only(const struct sim_script *s, bool hook, const char *name, int64_t ms,
    struct sim_action *ret);
/* When the next line after `ms` takes effect; -1: none. */
int64_t sim_script_next_ms(const struct sim_script *s, int64_t ms);
/* When the last line takes effect. */
int64_t sim_script_last_ms(const struct sim_script *s);
/* The i-th provider's name in order of appearance, NULL behind the last. */
const char *sim_script_provider(const struct sim_script *s, size_t i);

#endif
