/* SPDX-License-Identifier: MIT
 *
 * See status_hands.h. Both faces are made from the same lists.
 */
#include "agent/status_hands.h"

#include <stdio.h>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "agent/hands.h"
#include "agent/paint.h"
#include "storage/hands_rows.h"

struct lists {
	json_t *acknowledged, *silences, *paused; /* owned */
	struct wall now;
};

static json_t *text(const char *s)
{
	return json_clean_string(span_of(s));
}

static json_t *wall_json(struct wall t)
{
	char buf[32];
	return json_string(wall_rfc3339(t, buf, sizeof buf));
}

static bool on_incident(void *arg, const struct incident *in)
{
	struct lists *l = arg;
	char subject[128];
	if (in->acked.ms)
		(void)json_array_append_new(l->acknowledged,
		    json_pack("{s:s, s:o, s:o, s:o}", "incident", in->short_id, "subject",
			text(subject_text(&in->subject, subject, sizeof subject)),
			"since", wall_json(in->acked), "said", text(in->hand)));
	return true;
}

static void on_silence(void *arg, const struct silence *s)
{
	struct lists *l = arg;
	char what[SILENCE_WHAT_BYTES];
	if (s->ended.ms || s->until.ms <= l->now.ms)
		return;
	(void)json_array_append_new(l->silences,
	    json_pack("{s:I, s:o, s:o, s:o, s:o}", "id", (json_int_t)s->id, "what",
		text(silence_what(s, what, sizeof what)), "until", wall_json(s->until),
		"who", text(s->who), "note", text(s->note)));
}

static void on_pause(void *arg, const struct pause *p)
{
	struct lists *l = arg;
	(void)json_array_append_new(l->paused,
	    json_pack("{s:o, s:o, s:o, s:o}", "target", text(p->target), "since",
		wall_json(p->since), "who", text(p->who), "note", text(p->note)));
}

static bool read_lists(struct reader *r, struct lists *l, struct err *e)
{
	struct reader_incident_filter open = {.open_only = true, .limit = 1000};
	l->acknowledged = json_array();
	l->silences = json_array();
	l->paused = json_array();
	return reader_incidents(r, &open, on_incident, l, e) &&
	       silences_each(reader_db(r), l->now, on_silence, l, e) &&
	       pauses_each(reader_db(r), on_pause, l, e);
}

static void lists_fini(struct lists *l)
{
	json_decref(l->acknowledged);
	json_decref(l->silences);
	json_decref(l->paused);
}

/* "Paused: house since 2026-11-24T12:00:00.000Z, ann: new cards". */
static void print_rows(const json_t *list, const char *label, const char *const keys[5])
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);
		const char *who = keys[3] ? json_text_at(o, keys[3]) : NULL;
		const char *note = json_text_at(o, keys[4]);
		struct str line, clean;
		str_init(&line, 1000);
		str_init(&clean, 4000);
		(void)str_addf(&line, "%s %s %s", json_text_at(o, keys[0]), keys[1],
		    json_text_at(o, keys[2]));
		if (who && *who)
			(void)str_addf(&line, ", by %s", who);
		if (note && *note)
			(void)str_addf(&line, ": %s", note);
		text_printable(&clean, str_span(&line));
		(void)printf("%s%-12s %s%s\n", paint_begin(stdout, PAINT_WARN), label,
		    str_c(&clean), paint_end(stdout));
		str_fini(&line);
		str_fini(&clean);
	}
}

bool status_hands_print(struct reader *r, struct wall now, struct err *e)
{
	static const char *const acked[5] = {"subject", "since", "since", NULL, "said"};
	static const char *const silenced[5] = {"what", "until", "until", "who", "note"};
	static const char *const paused[5] = {"target", "since", "since", "who", "note"};
	struct lists l = {.now = now};
	bool good = read_lists(r, &l, e);
	if (good && json_array_size(l.acknowledged) + json_array_size(l.silences) +
			json_array_size(l.paused))
		(void)putchar('\n');
	if (good) {
		print_rows(l.acknowledged, "acknowledged", acked);
		print_rows(l.silences, "silenced", silenced);
		print_rows(l.paused, "paused", paused);
	}
	lists_fini(&l);
	return good;
}

bool status_hands_json(struct reader *r, struct wall now, json_t *o, struct err *e)
{
	struct lists l = {.now = now};
	bool good = read_lists(r, &l, e);
	if (good) {
		(void)json_object_set(o, "acknowledged", l.acknowledged);
		(void)json_object_set(o, "silences", l.silences);
		(void)json_object_set(o, "paused", l.paused);
	}
	lists_fini(&l);
	return good;
}
