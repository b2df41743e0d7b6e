/* SPDX-License-Identifier: MIT
 *
 * See us_scene.h.
 */
#include "tests/fault/us_scene.h"

#include <stdio.h>
#include <string.h>

#include "alerts/outbox.h"

#define MIN MS_PER_MIN
/* By the skipping clock. A busy machine makes late samples, which are no evidence. */
#define PATIENCE (60 * MIN)

/* ---- conditions ---- */

static bool is_told(struct us_house *h)
{
	struct pipeline_view v;

	pipeline_look(h->pipeline, &v);
	return v.outbox.pending == 0 && us_told(h->ledger, "incident.opened") > 0;
}

static bool is_owed(struct us_house *h)
{
	return h->ledger->messages.n > 0 && us_told(h->ledger, NULL) == 0;
}

static bool is_all_over(struct us_house *h)
{
	struct pipeline_view v;

	pipeline_look(h->pipeline, &v);
	return v.samples >= 4 && v.outbox.pending == 0 &&
	       judge_open_incidents(v.judge) == 0;
}

/* ---- scenes ---- */

static bool begin(struct us_house *h, struct err *e)
{
	return us_open(h, e) && us_start(h, us_config, e);
}

static bool end(struct us_house *h, struct err *e)
{
	if (us_stop(h))
		return true;
	return err_set(e, ERR_STORAGE, "stopped before everything was on disk");
}

static bool act_start(struct us_house *h, struct err *e)
{
	if (!begin(h, e))
		return false;
	us_run(h, 12 * MS_PER_S);
	if (!end(h, e))
		return false;
	us_close(h);
	return true;
}

static bool prepare_outage(struct us_house *h, struct err *e)
{
	if (!begin(h, e))
		return false;
	us_run(h, 70 * MS_PER_S);
	return true;
}

static bool act_outage(struct us_house *h, struct err *e)
{
	party_set(h->party, "alpha", PARTY_FAILS);
	if (!us_run_until(h, is_told, PATIENCE))
		return err_set(e, ERR_SYSTEM, "the outage was not told");
	return end(h, e);
}

static bool prepare_retry(struct us_house *h, struct err *e)
{
	if (!prepare_outage(h, e))
		return false;
	party_set(h->party, "alpha", PARTY_FAILS);
	party_set(h->party, "hook", PARTY_FAILS);
	party_set(h->party, "slack", PARTY_FAILS);
	if (us_run_until(h, is_owed, PATIENCE))
		return true;
	return err_set(e, ERR_SYSTEM, "no delivery was tried");
}

static bool act_retry(struct us_house *h, struct err *e)
{
	us_run(h, 3 * MS_PER_S);
	party_set(h->party, "hook", PARTY_GOOD);
	party_set(h->party, "slack", PARTY_GOOD);
	if (!us_run_until(h, is_told, PATIENCE))
		return err_set(e, ERR_SYSTEM, "what was owed was not told");
	return end(h, e);
}

static bool act_reload(struct us_house *h, struct err *e)
{
	us_reload(h, us_config_changed);
	us_run(h, 25 * MS_PER_S);
	return end(h, e);
}

static bool prepare_restart(struct us_house *h, struct err *e)
{
	if (!prepare_outage(h, e))
		return false;
	party_set(h->party, "alpha", PARTY_FAILS);
	if (!us_run_until(h, is_told, PATIENCE) || !end(h, e))
		return err_set(e, ERR_SYSTEM, "the outage was not told");
	/* The next bucket of five minutes: the last one is closed on the way. */
	loop_set_wall(h->loop, wall_add_ms(loop_wall(h->loop), 6 * MIN));
	return true;
}

static bool act_restart(struct us_house *h, struct err *e)
{
	if (!us_start(h, us_config, e))
		return false;
	us_run(h, 40 * MS_PER_S);
	return end(h, e);
}

const struct us_scene us_scenes[US_SCENE_COUNT] = {
    [US_SCENE_START] = {"start",   NULL,            act_start,   false},
    [US_SCENE_OUTAGE] = {"outage",  prepare_outage,  act_outage,  true },
    [US_SCENE_RETRY] = {"retry",   prepare_retry,   act_retry,   true },
    [US_SCENE_RELOAD] = {"reload",  prepare_outage,  act_reload,  false},
    [US_SCENE_RESTART] = {"restart", prepare_restart, act_restart, true },
};

/* ---- what is left ---- */

static bool expect(const struct us_house *h, const char *sql, const char *wanted)
{
	const char *got = us_sql(h, sql);

	if (!strcmp(got, wanted))
		return true;
	(void)fprintf(stderr, "wanted %s, got %s: %s\n", wanted, got, sql);
	return false;
}

static bool is_there(const struct us_house *h, const struct us_note *n)
{
	char sql[200];

	/* Two samples of one moment: the second moves by a millisecond. */
	if (n->series)
		(void)snprintf(sql, sizeof(sql),
		    "select count(*) > 0 from samples where series = %u and at between "
		    "%lld and %lld",
		    n->series, (long long)n->at_ms, (long long)n->at_ms + 3);
	else
		(void)snprintf(sql, sizeof(sql),
		    "select count(*) from deliveries_v where id = '%s'", n->delivery);
	return expect(h, sql, "1");
}

static bool nothing_is_lost(const struct us_house *h)
{
	const struct us_ledger *l = h->ledger;
	bool good = true;

	for (size_t i = 0; i < l->n_notes; i++) {
		const struct us_note *n = &l->notes[i];

		if (n->number <= l->on_disk[n->run])
			good &= is_there(h, n);
	}
	return good;
}

static bool is_first(const struct us_ledger *l, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (!strcmp(l->messages.got[k].id, l->messages.got[i].id) &&
		    l->messages.got[k].status == l->messages.got[i].status)
			return false;
	}
	return true;
}

/* Each accepted message is a row that was sent, and each such row was accepted. */
static bool nothing_is_invented(const struct us_house *h)
{
	const struct us_ledger *l = h->ledger;
	char sql[300], wanted[20];
	int accepted = 0;
	bool good = true;

	for (size_t i = 0; i < l->messages.n; i++) {
		const struct party_message *m = &l->messages.got[i];

		if (!*m->id || m->status != 200 || !is_first(l, i))
			continue;
		accepted++;
		(void)snprintf(sql, sizeof(sql),
		    "select state from deliveries_v where 'msg_' || id = '%.40s'", m->id);
		good &= expect(h, sql, "sent");
	}
	(void)snprintf(wanted, sizeof(wanted), "%d", accepted);
	return expect(h,
		   "select count(*) from deliveries_v where channel = 'hook' and state = "
		   "'sent'",
		   wanted) &&
	       good;
}

static bool look(const struct us_scene *s, const struct us_house *h)
{
	bool good = expect(h, "PRAGMA quick_check", "ok");

	good &= expect(h, "select count(*) from incidents_v where state = 'open'", "0");
	good &= expect(h,
	    "select count(*) from deliveries_v where state <> 'sent' and "
	    "last_error not like '%no longer in the config%'",
	    "0");
	good &= expect(h,
	    "select count(*) from samples_v where outcome not in ('ok', 'local') and "
	    "not (target = 'alpha' and outcome = 'http_5xx')",
	    "0");
	good &= expect(h,
	    s->outage
		? "select count(*) from incidents_v where class <> 'self' and subject <> "
		  "'alpha'"
		: "select count(*) from incidents_v where class <> 'self'",
	    "0");
	good &= expect(h,
	    "select (select count(*) from incidents_v where subject = 'alpha') = (select "
	    "count(*) from deliveries_v join incidents_v on incidents_v.id = incident "
	    "where subject = 'alpha' and channel = 'hook' and kind = 'opened')",
	    "1");
	/* Each says what it found. */
	if (!nothing_is_lost(h))
		good = false;
	if (!nothing_is_invented(h))
		good = false;
	return good;
}

bool us_succeed(const struct us_scene *s, const char *dir, struct us_ledger *l)
{
	struct us_house h = {.dir = dir, .ledger = l, .clock = LOOP_SKIPPING};
	struct err e = {0};
	bool good;

	l->now = wall_add_ms(l->now, 5 * MS_PER_S);
	good = us_open(&h, &e) && us_start(&h, us_config, &e);
	if (!good)
		(void)fprintf(stderr, "the successor does not start: %s\n", e.msg);
	if (good && !us_run_until(&h, is_all_over, PATIENCE)) {
		(void)fprintf(stderr, "the successor has not told everything\n");
		good = false;
	}
	if (!us_stop(&h)) {
		(void)fprintf(stderr, "the successor could not write everything\n");
		good = false;
	}
	good &= look(s, &h);
	us_close(&h);
	return good;
}
