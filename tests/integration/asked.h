/* SPDX-License-Identifier: MIT
 *
 * The catalogue's own providers asked on the loopback: their dialect, paths, headers and
 * body, at a server that a test brings.
 */
#ifndef DIMWATCH_TESTS_INTEGRATION_ASKED_H
#define DIMWATCH_TESTS_INTEGRATION_ASKED_H

#include "probes/catalogue.h"
#include "tests/integration/world.h"

#define ASKED_MODEL "model-1"

/* Group setup and teardown: the compiled-in catalogue. */
int asked_load(void **state);
int asked_unload(void **state);
struct catalogue *asked_catalogue(void);

/* From now on the world's target asks this provider for this kind at `front`, which
 * stands for scheme, host and port. False: it cannot be asked for that. */
bool asked_provider(
    struct world *w, const struct provider *p, enum probe_kind kind, const char *front);
/* The path behind `front` of that provider's base URL: "/v1". */
void asked_prefix(const struct provider *p, char *out, size_t size);

#endif
