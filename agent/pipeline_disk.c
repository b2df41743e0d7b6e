/* SPDX-License-Identifier: MIT
 *
 * The hallway when the disk fails. After ten seconds of it what is decided is spoken from
 * memory, and the trouble itself is told once, as an incident on ourselves. When the disk
 * is back, the writer has everything that waited; what memory knows besides is written
 * again, in case the file is a new one or the wait was too long to keep all of it. What
 * was dropped is counted, logged, and stands in the words of that incident.
 */
#include <inttypes.h>
#include <stdio.h>

#include "agent/base/log.h"
#include "agent/pipeline_impl.h"

static void write_incident(void *arg, const struct incident *in)
{
	struct pipeline *p = arg;
	txn_incident(p->txn, in);
}

static void write_delivery(void *arg, const struct delivery *d)
{
	struct pipeline *p = arg;
	txn_delivery(p->txn, d);
}

/* The same rows with the same keys: what the file has already stays as it is. */
static void write_again(struct pipeline *p)
{
	static const struct book_reader reader = {write_incident, write_delivery};
	const struct outbox *o = deliver_outbox(p->deliver);
	struct channel_status c;
	book_each(p->book, &reader, p);
	outbox_each(o, write_delivery, p);
	for (size_t i = 0; i < p->conf->n_channels; i++)
		if (outbox_channel(o, p->conf->channels[i].name, &c))
			txn_channel(p->txn, &c);
	pipeline_write_hands(p);
	pipeline_dump_all(p);
	pipeline_send_off(p);
}

/* ---- what was dropped ---- */

void pipeline_note_drops(struct pipeline *p)
{
	struct writer_stats s = writer_stats(p->writer);
	uint64_t samples = s.dropped_samples - p->said_samples;
	uint64_t changes = s.dropped_changes - p->said_changes;
	if (!samples && !changes)
		return;
	log_event(LOG_ERROR, "dropped",
	    "samples=%" PRIu64 " changes=%" PRIu64 " in_all=%" PRIu64, samples, changes,
	    s.dropped_samples + s.dropped_changes);
	p->said_samples = s.dropped_samples;
	p->said_changes = s.dropped_changes;
}

/* Into the words of the incident that is about to end: they stay in the history. */
static void own_up(struct pipeline *p)
{
	struct writer_stats s = writer_stats(p->writer);
	uint64_t samples = s.dropped_samples - p->samples_before;
	uint64_t changes = s.dropped_changes - p->changes_before;
	char words[200];
	if (!samples && !changes)
		return;
	(void)snprintf(words, sizeof words,
	    "%llu samples and %llu changes of the history did not fit into memory and were "
	    "dropped; %.80s",
	    (unsigned long long)samples, (unsigned long long)changes, p->disk_words);
	pipeline_own(p, "disk", true, SEVERITY_MAJOR, words);
}

/* ---- trouble ---- */

static void on_failing(struct pipeline *p, const char *words)
{
	struct writer_stats s = writer_stats(p->writer);
	log_event(LOG_ERROR, "disk_fails", "why=%s", words);
	if (!p->disk_fails) {
		p->samples_before = s.dropped_samples;
		p->changes_before = s.dropped_changes;
	}
	str_copy(p->disk_words, sizeof p->disk_words, words);
	p->disk_fails = true;
	pipeline_beat_alive(p);
	pipeline_own(p, "disk", true, SEVERITY_MAJOR, words);
	pipeline_speak(p, UINT64_MAX);
}

static void on_working(struct pipeline *p, const char *words)
{
	log_event(LOG_NOTICE, "disk_works", "why=%s", words);
	pipeline_note_drops(p);
	own_up(p);
	p->disk_fails = false;
	pipeline_own(p, "disk", false, SEVERITY_MAJOR, words);
	write_again(p);
}

static void on_trouble(void *arg, bool failing, const char *words)
{
	if (failing)
		on_failing(arg, words);
	else
		on_working(arg, words);
}

const struct writer_handler pipeline_writer_handler = {pipeline_on_committed, on_trouble};
