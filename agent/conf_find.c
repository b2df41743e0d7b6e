/* SPDX-License-Identifier: MIT
 *
 * Looking things up in a generation.
 */
#include <string.h>

#include "agent/conf.h"

const struct channel_conf *conf_find_channel(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_channels; i++)
		if (!strcmp(c->channels[i].name, name))
			return &c->channels[i];
	return NULL;
}
