/* SPDX-License-Identifier: MIT
 *
 * One configured channel of every kind, each with a secret that no payload, log or row
 * may show elsewhere, for tests that go over all of them.
 */
#ifndef DIMWATCH_TESTS_EVERY_CHANNEL_H
#define DIMWATCH_TESTS_EVERY_CHANNEL_H

#include "alerts/channel.h"

#define EVERY_CHANNEL_COUNT 15

struct every_channel {
	struct channel_conf conf;
	struct secret *url, *secret, *token; /* owned */
};
/* One per row of channel_kinds(), in its order. */
void every_channel_init(struct every_channel ret[EVERY_CHANNEL_COUNT]);
void every_channel_fini(struct every_channel all[EVERY_CHANNEL_COUNT]);
/* NULL: no such kind. */
const struct channel_conf *every_channel_find(
    const struct every_channel all[EVERY_CHANNEL_COUNT], const char *kind);

#endif
