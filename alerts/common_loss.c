/* SPDX-License-Identifier: MIT
 *
 * The largest likelihood of any loss rate of ours from a tenth on, against that of a
 * clear way on which each of the others keeps to its habit or has trouble of its own. The
 * run in doubt is no evidence by itself: it is looked at because it failed more than
 * usual. It only says which rates of ours would be a great surprise.
 */
#include "alerts/common_loss.h"

#include <math.h>
#include <stddef.h>

#define HABIT    0.01 /* share of silence when all is well, controls and others */
#define TROUBLE  0.01 /* another provider fails silently at the same time */
#define SURPRISE 4.6  /* nats: one in a hundred is what a chosen run may be */
#define OTHERS   5.0  /* nats: most that others say where controls were asked */

static const double rates[] = {.1, .15, .2, .3, .4, .5, .6, .7, .8, .9, .98};

static double nats(const struct loss_seen *l, double rate)
{
	double sum = 0;

	if (l->silent > 0)
		sum += l->silent * log(rate);
	if (l->asked > l->silent)
		sum += (l->asked - l->silent) * log(1 - rate);
	return sum;
}

static double own_rate(const struct loss_seen *l)
{
	return l->asked > 0 ? (double)l->silent / l->asked : 0;
}

/* 0: no surprise. */
static double surprise(const struct loss_seen *own, double rate)
{
	double v = nats(own, rate) - nats(own, own_rate(own)) + SURPRISE;

	return v < 0 ? v : 0;
}

static double word(const struct loss_seen *other, double rate)
{
	double habit = nats(other, HABIT);
	double trouble = nats(other, own_rate(other)) + log(TROUBLE);

	return nats(other, rate) - (habit > trouble ? habit : trouble);
}

static double at_rate(const struct common_loss *c, double rate)
{
	double others = 0;

	for (int i = 0; i < c->n_others; i++)
		others += word(&c->others[i], rate);
	if (c->controls.asked > 0 && others > OTHERS)
		others = OTHERS;
	return surprise(&c->own, rate) + others + nats(&c->controls, rate) -
	       nats(&c->controls, HABIT);
}

double common_loss_nats(const struct common_loss *c)
{
	double best = at_rate(c, rates[0]);

	for (size_t i = 1; i < sizeof(rates) / sizeof(*rates); i++)
		best = fmax(best, at_rate(c, rates[i]));
	return best;
}
