/* SPDX-License-Identifier: MIT
 *
 * The verbs of people: acknowledge an incident, silence what it is about, pause a target
 * and resume it. Each changes memory, the record and the rows in one transaction with its
 * answer (agent/requests.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/base/json.h"
#include "agent/base/xalloc.h"
#include "agent/pipeline_impl.h"
#include "agent/requests.h"
#include "storage/hands_rows.h"

#define MIN_SILENCE_MS MS_PER_MIN
#define MAX_SILENCE_MS (30 * MS_PER_DAY)
#define ACKNOWLEDGED   "acknowledged" /* "... by ann: at it" */

/* ---- what is meant ---- */

static const struct incident *find_open(const struct pipeline *p, const char *id)
{
	for (size_t i = 0; i < judge_open_incidents(p->judge); i++) {
		const struct incident *in = judge_open_at(p->judge, i);
		if (!strcasecmp(in->short_id, id) || !strcasecmp(in->id.text, id))
			return in;
	}
	return NULL;
}

/* Or the drill that is being played: to acknowledge is rehearsed too. */
static const struct incident *find_in_play(const struct pipeline *p, const char *id)
{
	const struct incident *in = drill_playing(p->drill);
	if (in && (!strcasecmp(in->short_id, id) || !strcasecmp(in->id.text, id)))
		return in;
	return find_open(p, id);
}

/* "; did you mean 'alpha'?" */
static void unknown_target(const struct pipeline *p, const char *name, struct reply *ret)
{
	size_t n = p->conf->n_targets;
	const char **names = xcalloc(n + 1, sizeof(char *));
	for (size_t i = 0; i < n; i++)
		names[i] = p->conf->targets[i].name;
	const char *near = str_nearest(name, names, n);
	reply_set(ret, EXIT_USAGE, "there is no target '%s'%s%s%s", name,
	    near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
	free(names);
}

static void said(char *buf, size_t size, const char *what, const json_t *args)
{
	char who[64], note[SILENCE_NOTE_BYTES];
	struct str s;
	(void)request_text(args, "who", who, sizeof who);
	(void)request_text(args, "note", note, sizeof note);
	str_init(&s, 600);
	(void)str_addf(
	    &s, "%s%s%s%s%s", what, *who ? " by " : "", who, *note ? ": " : "", note);
	(void)str_copy(buf, size, str_c(&s));
	str_fini(&s);
}

static void take_in_hand(
    struct pipeline *p, const struct ulid *incident, bool silenced, const char *words)
{
	struct judge_event ev = {.kind = JUDGE_HAND, .at = loop_wall(p->o.loop)};
	ev.u.hand.incident = *incident;
	ev.u.hand.silenced = silenced;
	ev.u.hand.words = words;
	pipeline_step(p, &ev);
}

/* ---- ack ---- */

static void list_told(const struct pipeline *p, struct reply *ret)
{
	size_t n = 0;
	for (size_t i = 0; i < p->owed_now.n; i++)
		if (p->owed_now.deliveries[i].state == DELIVERY_PENDING)
			(void)str_addf(&ret->text, "%s%s", n++ ? ", " : "; told to ",
			    p->owed_now.deliveries[i].channel);
}

static void ack(
    struct pipeline *p, const struct order *o, const json_t *args, struct reply *ret)
{
	char id[64], words[sizeof((struct incident){0}).hand], subject[128], at[40];
	const struct incident *in =
	    find_in_play(p, request_text(args, "incident", id, sizeof id));
	(void)o;
	if (!in) {
		reply_set(ret, EXIT_USAGE, "there is no open incident '%s'", id);
		return;
	}
	(void)subject_text(&in->subject, subject, sizeof subject);
	if (in->acked.ms) {
		reply_set(ret, EXIT_GOOD, "%s (%s) is in hand since %s: %s", in->short_id,
		    subject, wall_rfc3339(in->acked, at, sizeof at), in->hand);
		return;
	}
	said(words, sizeof words, ACKNOWLEDGED, args);
	reply_set(ret, EXIT_GOOD, "%s (%s) is acknowledged", in->short_id, subject);
	struct ulid incident = in->id;
	p->owed_now.n = 0;
	if (incident_is_drill(in))
		drill_ack(p->drill, words);
	else
		take_in_hand(p, &incident, false, words);
	list_told(p, ret);
}

const struct request_verb verb_ack = {"ack", ack};

/* ---- silence ---- */

void pipeline_hushes(struct pipeline *p)
{
	struct arena *a = arena_new();
	size_t n = 0;
	struct hush *all = hands_hushes(p->hands, p->conf, loop_wall(p->o.loop), a, &n);
	tell_hushes(p->tell, all, n);
	arena_free(a);
}

static void look_again(struct pipeline *p)
{
	struct tell_event ev = {.kind = TELL_TIME, .at = loop_wall(p->o.loop)};
	pipeline_hushes(p);
	pipeline_tell(p, &ev);
}

/* Who has it in hand still has it: their words stay behind these. */
static void hush_one(struct pipeline *p, const struct ulid *incident, const char *words)
{
	const struct incident *in = find_open(p, incident->text);
	const char *acked = in && in->acked.ms ? strstr(in->hand, ACKNOWLEDGED) : NULL;
	struct str both;
	str_init(&both, sizeof in->hand - 1);
	(void)str_addf(&both, "%s%s%s", words, acked ? "; " : "", acked ? acked : "");
	take_in_hand(p, incident, true, str_c(&both));
	str_fini(&both);
}

/* What is open of it says in its thread that no more will be said. */
static size_t silence_open(struct pipeline *p, const struct silence *s, const char *words)
{
	struct arena *a = arena_new();
	size_t n = 0, n_ids = 0, open = judge_open_incidents(p->judge);
	struct ulid *ids = xcalloc(open + 1, sizeof *ids);
	const struct hush *all = hands_hushes(p->hands, p->conf, s->began, a, &n);
	for (size_t i = 0; i < open; i++)
		/* The newest stands last. */
		if (n && hush_covers(&all[n - 1], judge_open_at(p->judge, i)))
			ids[n_ids++] = judge_open_at(p->judge, i)->id;
	for (size_t i = 0; i < n_ids; i++)
		hush_one(p, &ids[i], words);
	free(ids);
	arena_free(a);
	return n_ids;
}

/* False: answered already. */
static bool read_subject(
    const struct pipeline *p, const json_t *args, struct silence *s, struct reply *ret)
{
	const json_t *labels = json_object_get(args, "labels");
	struct str text;
	(void)request_text(args, "subject", s->subject, sizeof s->subject);
	if (*s->subject) {
		const struct incident *in = find_open(p, s->subject);
		if (in)
			(void)subject_text(&in->subject, s->subject, sizeof s->subject);
		if (in || hands_knows(p->conf, s->subject))
			return true;
		unknown_target(p, s->subject, ret);
		return false;
	}
	str_init(&text, sizeof s->labels - 1);
	json_dump(labels, &text);
	bool fits = json_is_object(labels) && !text.cut;
	(void)str_copy(s->labels, sizeof s->labels, str_c(&text));
	str_fini(&text);
	if (!fits)
		reply_set(ret, EXIT_USAGE, "name a target, a provider or labels");
	return fits;
}

/* Has any target these labels? */
static bool means_something(const struct pipeline *p, const struct silence *s)
{
	struct hands *h = hands_new();
	struct arena *a = arena_new();
	size_t n = 0;
	(void)hands_silence(h, s, s->began);
	const struct hush *all = hands_hushes(h, p->conf, s->began, a, &n);
	bool some = *s->subject || (n && all[0].n_targets);
	arena_free(a);
	hands_free(h);
	return some;
}

static void silence(
    struct pipeline *p, const struct order *o, const json_t *args, struct reply *ret)
{
	struct silence s = {.began = loop_wall(p->o.loop)};
	char words[sizeof((struct incident){0}).hand], until[40];
	char what[SILENCE_WHAT_BYTES];
	int64_t ms = 0;
	(void)o;
	if (!json_int_at(args, "for_ms", &ms) || ms < MIN_SILENCE_MS ||
	    ms > MAX_SILENCE_MS) {
		reply_set(ret, EXIT_USAGE, "a silence lasts between 1m and 30d");
		return;
	}
	s.until = wall_add_ms(s.began, ms);
	(void)request_text(args, "who", s.who, sizeof s.who);
	(void)request_text(args, "note", s.note, sizeof s.note);
	if (!read_subject(p, args, &s, ret))
		return;
	if (!means_something(p, &s)) {
		reply_set(ret, EXIT_USAGE, "no target has these labels: %s",
		    silence_what(&s, what, sizeof what));
		return;
	}
	const struct silence *made = hands_silence(p->hands, &s, s.began);
	if (!made) {
		reply_set(ret, EXIT_CANNOT,
		    "there are %d silences already: end one (`silence --list`)",
		    HANDS_MAX_SILENCES);
		return;
	}
	s = *made;
	txn_silence(p->txn, &s);
	pipeline_hushes(p);
	(void)wall_rfc3339(s.until, until, sizeof until);
	(void)snprintf(what, sizeof what, "silenced until %s", until);
	said(words, sizeof words, what, args);
	size_t n = silence_open(p, &s, words);
	reply_set(ret, EXIT_GOOD, "silence %lld: no messages about %s until %s",
	    (long long)s.id, silence_what(&s, what, sizeof what), until);
	if (n)
		(void)str_addf(
		    &ret->text, "; %zu of it %s open", n, n == 1 ? "is" : "are");
	look_again(p);
}

static void unsilence(
    struct pipeline *p, const struct order *o, const json_t *args, struct reply *ret)
{
	int64_t id = 0;
	(void)o;
	(void)json_int_at(args, "id", &id);
	const struct silence *s = hands_unsilence(p->hands, id, loop_wall(p->o.loop));
	if (!s) {
		reply_set(ret, EXIT_USAGE, "there is no silence %lld (`silence --list`)",
		    (long long)id);
		return;
	}
	txn_silence(p->txn, s);
	reply_set(ret, EXIT_GOOD, "silence %lld is over", (long long)id);
	look_again(p);
}

const struct request_verb verb_silence = {"silence", silence};
const struct request_verb verb_unsilence = {"silence --end", unsilence};

/* ---- pause ---- */

static bool is_target(const struct pipeline *p, const char *name)
{
	for (size_t i = 0; i < p->conf->n_targets; i++)
		if (!strcmp(p->conf->targets[i].name, name))
			return true;
	return false;
}

static void pause_target(
    struct pipeline *p, const struct order *o, const json_t *args, struct reply *ret)
{
	struct pause pause = {.since = loop_wall(p->o.loop)};
	(void)o;
	(void)request_text(args, "target", pause.target, sizeof pause.target);
	(void)request_text(args, "who", pause.who, sizeof pause.who);
	(void)request_text(args, "note", pause.note, sizeof pause.note);
	if (!is_target(p, pause.target)) {
		unknown_target(p, pause.target, ret);
		return;
	}
	if (!hands_pause(p->hands, &pause)) {
		reply_set(ret, EXIT_GOOD, "%s is paused already", pause.target);
		return;
	}
	txn_pause(p->txn, &pause);
	pipeline_apply_pauses(p);
	reply_set(ret, EXIT_GOOD, "%s is paused: it is not asked until `resume %s`",
	    pause.target, pause.target);
}

static void resume_target(
    struct pipeline *p, const struct order *o, const json_t *args, struct reply *ret)
{
	struct pause pause = {.since = {0}};
	(void)o;
	(void)request_text(args, "target", pause.target, sizeof pause.target);
	if (!hands_resume(p->hands, pause.target)) {
		if (is_target(p, pause.target))
			reply_set(ret, EXIT_GOOD, "%s is not paused", pause.target);
		else
			unknown_target(p, pause.target, ret);
		return;
	}
	txn_pause(p->txn, &pause);
	pipeline_apply_pauses(p);
	reply_set(ret, EXIT_GOOD, "%s is asked again", pause.target);
}

const struct request_verb verb_pause = {"pause", pause_target};
const struct request_verb verb_resume = {"resume", resume_target};

/* ---- as a whole ---- */

void pipeline_write_hands(struct pipeline *p)
{
	const struct silence *s = NULL;
	const struct pause *pause = NULL;
	for (size_t i = 0; (s = hands_silence_at(p->hands, i)); i++)
		txn_silence(p->txn, s);
	for (size_t i = 0; (pause = hands_pause_at(p->hands, i)); i++)
		txn_pause(p->txn, pause);
}

static void on_silence(void *arg, const struct silence *s)
{
	hands_restore_silence(arg, s);
}

static void on_pause(void *arg, const struct pause *p)
{
	hands_restore_pause(arg, p);
}

bool pipeline_load_hands(struct pipeline *p, struct err *e)
{
	struct db *d = store_db(p->o.store);
	return silences_each(d, loop_wall(p->o.loop), on_silence, p->hands, e) &&
	       pauses_each(d, on_pause, p->hands, e);
}
