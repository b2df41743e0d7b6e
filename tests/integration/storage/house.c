/* SPDX-License-Identifier: MIT
 *
 * See house.h.
 */
#include "tests/integration/storage/house.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/base/xalloc.h"

static const struct provider provider = {.id = "deepseek"};

int house_setup(void **state)
{
	struct house *h = xcalloc(1, sizeof(*h));
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(
	    h->dir, sizeof(h->dir), "%.150s/dimwatch-store-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(h->dir));
	(void)snprintf(h->path, sizeof(h->path), "%s/dimwatch.db", h->dir);
	h->options = (struct store_options){.path = h->path,
	    .version = "test",
	    .config_hash = "abc",
	    .vantage = "hk-1",
	    .now = {NOON}};
	*state = h;
	return 0;
}

static void remove_all(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *en = NULL;
	char path[600];

	while (d && (en = readdir(d))) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, en->d_name);
		(void)unlink(path);
	}
	if (d)
		(void)closedir(d);
	(void)rmdir(dir);
}

int house_teardown(void **state)
{
	struct house *h = *state;

	house_close(h);
	(void)chmod(h->dir, 0700);
	remove_all(h->dir);
	free(h);
	return 0;
}

void house_open(struct house *h)
{
	struct err e = {0};

	h->store = store_open(&h->options, &e);
	if (!h->store)
		print_error("store_open: %s\n", e.msg);
	assert_non_null(h->store);
}

void house_open_fast(struct house *h)
{
	struct err e = {0};

	house_open(h);
	assert_true(db_exec(store_db(h->store), "PRAGMA synchronous=OFF", &e));
}

void house_close(struct house *h)
{
	store_close(h->store, true, h->options.now);
	h->store = NULL;
}

char *house_file(const struct house *h, const char *name, char *buf, size_t size)
{
	(void)snprintf(buf, size, "%s/%s", h->dir, name);
	return buf;
}

struct target house_target(const char *name)
{
	return (struct target){.name = name,
	    .provider = &provider,
	    .model = "deepseek-flash",
	    .region = "global",
	    .kind = PROBE_STREAM,
	    .interval_ms = 60000};
}

void house_series(struct store *s, uint32_t id, const char *name)
{
	struct txn *t = txn_new();
	struct target target = house_target(name);

	txn_series(t, id, "hk-1", &target, (struct wall){NOON});
	house_apply(s, t);
}

void house_apply(struct store *s, struct txn *t)
{
	struct db *d = store_db(s);
	struct err e = {0};
	bool ok =
	    db_begin(d, &e) && txn_apply(t, d, store_run_id(s), &e) && db_commit(d, &e);

	if (!ok)
		print_error("txn_apply: %s\n", e.msg);
	assert_true(ok);
	txn_free(t);
}

/* ---- values ---- */

struct sample good_sample(uint32_t series, int64_t at_ms)
{
	struct sample s;

	sample_init(&s, series, (struct wall){at_ms});
	s.dns_us = 5200;
	s.connect_us = 41800;
	s.tls_us = 88100;
	s.first_byte_us = 301000;
	s.first_token_us = 412000;
	s.longest_gap_us = 61000;
	s.end_us = 873000;
	s.lag_us = 180;
	s.outcome = OUTCOME_OK;
	s.http_status = 200;
	s.tokens_in = 19;
	s.tokens_out = 3;
	s.cost_nano = 6500;
	(void)str_copy(s.currency, sizeof(s.currency), "USD");
	(void)str_copy(s.finish, sizeof(s.finish), "stop");
	(void)str_copy(s.returned_model, sizeof(s.returned_model), "deepseek-flash");
	(void)str_copy(
	    s.request_id, sizeof(s.request_id), "7b1f0c8e-52f1-4c58-9d0e-3f6fd1f0b6aa");
	return s;
}

struct sample failed_sample(uint32_t series, int64_t at_ms, enum outcome o)
{
	struct sample s;

	sample_init(&s, series, (struct wall){at_ms});
	s.end_us = 230000;
	s.outcome = o;
	s.http_status = 503;
	(void)str_copy(s.provider_code, sizeof(s.provider_code), "server_busy");
	(void)str_copy(s.message, sizeof(s.message), "Server overloaded");
	(void)str_copy(s.request_id, sizeof(s.request_id), "req-1");
	return s;
}

void any_text(struct rng *r, char *buf, size_t size)
{
	size_t n = (size_t)rng_below(r, size);

	for (size_t i = 0; i < n; i++)
		buf[i] = (char)(32 + rng_below(r, 95));
	buf[n] = '\0';
}

static int64_t maybe(struct rng *r, int64_t none)
{
	return rng_below(r, 3) ? (int64_t)rng_below(r, 30000000) : none;
}

struct sample any_sample(struct rng *r, uint32_t series, int64_t at_ms)
{
	struct sample s;

	sample_init(&s, series, (struct wall){at_ms});
	s.dns_us = maybe(r, NOT_REACHED);
	s.connect_us = maybe(r, NOT_REACHED);
	s.tls_us = maybe(r, NOT_REACHED);
	s.first_byte_us = maybe(r, NOT_REACHED);
	s.first_token_us = maybe(r, NOT_REACHED);
	s.longest_gap_us = maybe(r, NOT_REACHED);
	s.end_us = (int64_t)rng_below(r, 600000000);
	s.lag_us = maybe(r, 0);
	s.outcome = (enum outcome)rng_below(r, OUTCOME_COUNT);
	s.http_status = rng_below(r, 2) ? 200 : (int)rng_below(r, 600);
	s.flags = (uint32_t)rng_below(r, 2048);
	s.reused = rng_below(r, 2) != 0;
	s.tokens_in = maybe(r, -1);
	s.tokens_out = maybe(r, -1);
	s.cost_nano = maybe(r, -1);
	s.cert_expiry_s = maybe(r, 0);
	s.retry_after_ms = maybe(r, -1);
	any_text(r, s.currency, sizeof(s.currency));
	any_text(r, s.finish, sizeof(s.finish));
	any_text(r, s.returned_model, sizeof(s.returned_model));
	if (s.outcome != OUTCOME_OK)
		any_text(r, s.request_id, sizeof(s.request_id));
	any_text(r, s.provider_code, sizeof(s.provider_code));
	any_text(r, s.message, sizeof(s.message));
	any_text(r, s.evidence, sizeof(s.evidence));
	return s;
}

struct ulid any_ulid(struct rng *r)
{
	uint8_t entropy[10];

	for (size_t i = 0; i < sizeof(entropy); i++)
		entropy[i] = (uint8_t)rng_next(r);
	return ulid_make((struct wall){NOON + (int64_t)rng_below(r, 1000000)}, entropy);
}

static struct wall any_wall(struct rng *r)
{
	return (struct wall){
	    rng_below(r, 3) ? NOON + (int64_t)rng_below(r, 100000000) : 0};
}

static void any_error(struct rng *r, struct incident_error *er)
{
	if (rng_below(r, 3) == 0)
		return;
	er->at = (struct wall){NOON + (int64_t)rng_below(r, 1000)};
	er->outcome = (enum outcome)rng_below(r, OUTCOME_COUNT);
	er->http_status = (int)rng_below(r, 600);
	any_text(r, er->code, sizeof(er->code));
	any_text(r, er->message, sizeof(er->message));
	any_text(r, er->request_id, sizeof(er->request_id));
}

static void any_parts(struct rng *r, struct incident *in)
{
	in->n_causes = (int)rng_below(r, INCIDENT_MAX_CAUSES + 1);
	for (int i = 0; i < in->n_causes; i++) {
		struct cause *c = &in->causes[i];

		any_text(r, c->detector, sizeof(c->detector));
		c->severity = (enum severity)(1 + rng_below(r, 3));
		c->active = rng_below(r, 2) != 0;
		c->since = any_wall(r);
		c->ended = any_wall(r);
		any_text(r, c->words, sizeof(c->words));
	}
	in->n_targets = (int)rng_below(r, INCIDENT_MAX_TARGETS + 1);
	for (int i = 0; i < in->n_targets; i++)
		any_text(r, in->targets[i], sizeof(in->targets[i]));
	for (int o = 0; o < OUTCOME_COUNT; o++)
		in->outcomes[o] = rng_below(r, 2) ? (uint32_t)rng_next(r) : 0;
}

static void any_shares(struct rng *r, struct incident *in)
{
	in->n_shares = (int)rng_below(r, SHARE_MAX + 1);
	for (int i = 0; i < in->n_shares; i++) {
		struct incident_share *s = &in->shares[i];

		any_text(r, s->target, sizeof(s->target));
		any_text(r, s->provider, sizeof(s->provider));
		s->severity = (enum severity)(1 + rng_below(r, 3));
		s->started = (struct wall){NOON + (int64_t)rng_below(r, 100000000)};
		s->ended = any_wall(r);
		s->samples = (uint32_t)rng_next(r);
		s->failures = (uint32_t)rng_next(r);
	}
}

void any_incident(struct rng *r, struct incident *in)
{
	memset(in, 0, sizeof(*in));
	in->id = any_ulid(r);
	any_text(r, in->short_id, sizeof(in->short_id));
	in->subject.kind = (enum subject_kind)rng_below(r, SUBJECT_KIND_COUNT);
	any_text(r, in->subject.id, sizeof(in->subject.id));
	in->class = (enum incident_class)rng_below(r, CLASS_COUNT);
	in->severity = (enum severity)(1 + rng_below(r, 3));
	in->severity_now = (enum severity)(1 + rng_below(r, 3));
	in->state = (enum incident_state)rng_below(r, 2);
	in->end = (enum incident_end)rng_below(r, INCIDENT_END_COUNT);
	in->health = (enum health)rng_below(r, HEALTH_COUNT);
	in->started = any_wall(r);
	in->opened = (struct wall){NOON + (int64_t)rng_below(r, 100000000)};
	in->ended = any_wall(r);
	in->closed = any_wall(r);
	in->reopened = (int)rng_below(r, 100);
	in->seq = (uint32_t)rng_next(r);
	any_text(r, in->provider, sizeof(in->provider));
	any_text(r, in->region, sizeof(in->region));
	in->never_up = rng_below(r, 2) != 0;
	in->samples = (uint32_t)rng_next(r);
	in->failures = (uint32_t)rng_next(r);
	in->unknown_ms = (int64_t)rng_below(r, 1000000000);
	in->acked.ms = (int64_t)rng_below(r, 2) * NOON;
	any_text(r, in->hand, sizeof(in->hand));
	in->page.state = (enum page_state)rng_below(r, PAGE_STATE_COUNT);
	if (in->page.state != PAGE_NONE) {
		in->page.posted.ms = (int64_t)rng_below(r, 2) * NOON;
		any_text(r, in->page.title, sizeof(in->page.title));
		any_text(r, in->page.url, sizeof(in->page.url));
	}
	any_error(r, &in->first_error);
	any_error(r, &in->last_error);
	any_parts(r, in);
	any_shares(r, in);
}

void any_delivery(struct rng *r, struct delivery *d)
{
	memset(d, 0, sizeof(*d));
	d->id = any_ulid(r);
	d->incident = any_ulid(r);
	d->seq = (uint32_t)rng_next(r);
	any_text(r, d->channel, sizeof(d->channel));
	d->kind = (enum message_kind)rng_below(r, MESSAGE_KIND_COUNT);
	d->created = (struct wall){NOON + (int64_t)rng_below(r, 100000000)};
	d->not_before = any_wall(r);
	d->first_try = any_wall(r);
	d->sent = any_wall(r);
	d->attempts = (int)rng_below(r, 300);
	d->plain = rng_below(r, 2) != 0;
	d->state = DELIVERY_PENDING;
	d->verdict = (enum verdict_kind)rng_below(r, VERDICT_KIND_COUNT);
	any_text(r, d->last_error, sizeof(d->last_error));
	any_text(r, d->handle, sizeof(d->handle));
	any_text(r, d->group, sizeof(d->group));
}

/* ---- questions ---- */

static sqlite3_stmt *first_row(struct db *d, const char *sql)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(db_handle(d), sql, -1, &st, NULL) != SQLITE_OK ||
	    sqlite3_step(st) != SQLITE_ROW) {
		print_error("%s\n%s\n", sql, sqlite3_errmsg(db_handle(d)));
		(void)sqlite3_finalize(st);
		fail();
	}
	return st;
}

int64_t ask(struct db *d, const char *sql)
{
	sqlite3_stmt *st = first_row(d, sql);
	int64_t n = sqlite3_column_int64(st, 0);

	(void)sqlite3_finalize(st);
	return n;
}

char *ask_text(struct db *d, const char *sql, char *buf, size_t size)
{
	sqlite3_stmt *st = first_row(d, sql);
	const unsigned char *text = sqlite3_column_text(st, 0);

	(void)snprintf(buf, size, "%s", text ? (const char *)text : "NULL");
	(void)sqlite3_finalize(st);
	return buf;
}

char *plan(struct db *d, const char *sql, char *buf, size_t size)
{
	char *explain = xasprintf("EXPLAIN QUERY PLAN %s", sql);
	sqlite3_stmt *st = first_row(d, explain);
	size_t n = 0;

	do {
		n += (size_t)snprintf(
		    buf + n, n < size ? size - n : 0, "%s\n", sqlite3_column_text(st, 3));
	} while (n < size && sqlite3_step(st) == SQLITE_ROW);
	(void)sqlite3_finalize(st);
	free(explain);
	return buf;
}
