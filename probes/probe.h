/* SPDX-License-Identifier: MIT
 *
 * Runs one exchange through the http client and hands over its sample, exactly once.
 */
#ifndef DIMWATCH_PROBES_PROBE_H
#define DIMWATCH_PROBES_PROBE_H

#include "agent/base/rng.h"
#include "probes/http.h"
#include "probes/sample.h"
#include "probes/target.h"

struct probes; /* opaque: all exchanges in flight */

/* Exactly once per probe_start, from the loop, never before probe_start returned. The
 * target is the one that was given, still alive (its generation was held). */
typedef void (*probe_done_fn)(void *arg, const struct target *t, const struct sample *s);

/* No answer has begun for so long: PROBE_HUNG_MS after the start, then now and again
 * until it begins or the exchange ends. From the loop. */
typedef void (*probe_hung_fn)(void *arg, const struct target *t, int64_t waited_ms);
#define PROBE_HUNG_MS 8000

/* The start of the one that has been under way longest; INT64_MAX: none is. */
struct mono probes_oldest(const struct probes *p);

struct probes *probes_new(
    struct loop *l, struct http *h, uint64_t seed, probe_done_fn on_done, void *arg);
/* Without, nobody is told; arg is that of probes_new. */
void probes_listen_hung(struct probes *p, probe_hung_fn on_hung);
/* Everything in flight has ended (probes_give_up was called and on_done came). */
void probes_free(struct probes *p);
/* flags: enum sample_flag bits to set on the sample (FLAG_REASK, FLAG_FIRST_LOOK).
 * `generation` is referenced until the sample was handed over. */
void probe_start(
    struct probes *p, const struct target *t, struct arena *generation, uint32_t flags);
/* Ends everything in flight as `local` with this reason; samples come from the loop. */
void probes_give_up(struct probes *p, const char *why);
size_t probes_in_flight(const struct probes *p);
/* The wall clock stepped: exchanges in flight get FLAG_CLOCK_JUMPED. */
void probes_clock_jumped(struct probes *p);

#endif
