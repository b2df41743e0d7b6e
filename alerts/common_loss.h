/* SPDX-License-Identifier: MIT
 *
 * Could one loss rate of our own network explain all that was seen? A provider fails
 * silently for a while; meanwhile controls and other providers were asked as well. If we
 * lose a tenth of everything, they lose a tenth too; if the provider does, they answer as
 * always. Here is how much the one is likelier than the other, in nats.
 */
#ifndef DIMWATCH_ALERTS_COMMON_LOSS_H
#define DIMWATCH_ALERTS_COMMON_LOSS_H

#define COMMON_OTHERS 32 /* providers whose word is weighed */

struct loss_seen {
	int asked, silent; /* silent: of these */
};

struct common_loss {
	struct loss_seen own; /* the run of the provider that is in doubt */
	struct loss_seen controls;
	struct loss_seen others[COMMON_OTHERS];
	int n_others;
};

/* Above 0: likelier us. Where controls were asked, what others say is bounded: several
 * providers may fail at once, and then the controls decide. */
double common_loss_nats(const struct common_loss *c);

#endif
