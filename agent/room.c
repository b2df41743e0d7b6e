/* SPDX-License-Identifier: MIT
 *
 * See room.h. A cap that were the same for all configs would leave slots of a large one
 * out on every day.
 */
#include "agent/room.h"

#include "agent/spend.h"

#define ANSWER_S        6.0
#define PROVIDERS_SHARE 4

struct schedule_limits room_for(const struct conf *c)
{
	double asks_per_s = 0, room;
	int in_flight = ROOM_LEAST;

	for (size_t i = 0; i < c->n_targets; i++)
		asks_per_s += (double)MS_PER_S /
			      (double)spend_own_pace_ms(&c->targets[i], &c->rates);
	room = asks_per_s * ANSWER_S;
	if (room >= ROOM_MOST)
		in_flight = ROOM_MOST;
	else if (room > ROOM_LEAST)
		in_flight = (int)room;
	return (struct schedule_limits){in_flight, in_flight / PROVIDERS_SHARE};
}
