/* SPDX-License-Identifier: MIT
 *
 * The hallway's pulse: when a cycle is complete, and what is wrong with ourselves. The
 * steps of a cycle are taken where samples are judged, where the writer is given
 * something, and where it says that it is on disk; if any of these stops, so does the
 * pulse.
 */
#include <inttypes.h>
#include <stdio.h>

#include "agent/pipeline_impl.h"

#define STORING_MS (60 * MS_PER_S)  /* a commit that takes longer is trouble */
#define CYCLE_MS   (5 * MS_PER_MIN) /* beside the longest time-out */
#define LAG_US     (5 * US_PER_S)
#define LAG_LOOK_S 60

static int64_t longest_timeout_ms(const struct conf *c)
{
	int64_t ms = 0;
	for (size_t i = 0; i < c->n_targets; i++)
		if (c->targets[i].timeouts.total_ms > ms)
			ms = c->targets[i].timeouts.total_ms;
	return ms;
}

/* "" when all is well. */
static const char *trouble(struct pipeline *p, char *words, size_t size)
{
	struct mono now = loop_mono(p->o.loop);
	int64_t lag_us =
	    loop_worst_lag_us(p->o.loop, (struct mono){now.us - LAG_LOOK_S * US_PER_S});
	int64_t age_ms = mono_diff_us(now, p->cycle.mark) / US_PER_MS;
	int64_t storing_ms =
	    p->cycle.storing ? mono_diff_us(now, p->cycle.judged) / US_PER_MS : 0;
	words[0] = '\0';
	if (p->disk_fails)
		(void)snprintf(words, size, "the database fails: %s", p->disk_words);
	else if (storing_ms > STORING_MS)
		(void)snprintf(words, size,
		    "the database has taken nothing for %" PRId64 " s",
		    storing_ms / MS_PER_S);
	else if (age_ms - storing_ms > CYCLE_MS + 2 * longest_timeout_ms(p->conf))
		(void)snprintf(words, size,
		    "not every target that was due has been asked for %" PRId64 " s",
		    age_ms / MS_PER_S);
	else if (lag_us > LAG_US)
		(void)snprintf(words, size, "our own loop was late by %" PRId64 " s",
		    lag_us / US_PER_S);
	return words;
}

void pipeline_beat_look(struct pipeline *p)
{
	cycle_look(&p->cycle, loop_mono(p->o.loop), asker_oldest(p->asker),
	    asker_due(p->asker), p->posted);
}

void pipeline_beat_committed(struct pipeline *p, uint64_t upto)
{
	char words[200];
	if (!cycle_committed(&p->cycle, upto) || p->stopping)
		return;
	cycle_begin(&p->cycle, loop_mono(p->o.loop));
	pulse_on_cycle(p->pulse, trouble(p, words, sizeof words));
}

void pipeline_beat_alive(struct pipeline *p)
{
	char words[200];
	pipeline_beat_look(p);
	pulse_on_time(p->pulse, trouble(p, words, sizeof words));
}

void pipeline_on_pulse(void *arg, bool failing, const char *words)
{
	pipeline_own(arg, "heartbeat", failing, SEVERITY_MINOR, words);
}
