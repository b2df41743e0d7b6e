/* SPDX-License-Identifier: MIT
 *
 * See us_house.h. writer_start and writer_post are wrapped by the linker: here stands
 * what a transaction held and what the loop was told about it.
 */
#include "tests/fault/us_house.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "agent/base/log.h"
#include "agent/base/memory.h"
#include "storage/txn_parts.h"

const char us_config[] =
    "vantage: test\n"
    "defaults: {interval: 30s, budget: none, max_asks: none}\n"
    "targets:\n"
    "  - {name: alpha, provider: deepseek, base_url: 'http://127.0.0.1:PORT/alpha/v1', "
    "key: '${KEY}'}\n"
    "  - {name: beta, dialect: openai-chat, model: m, "
    "url: 'http://provider.example:PORT/beta/v1/chat/completions'}\n"
    "rules:\n"
    "  - {name: errors, when: 'error_rate > 20% over 10m, at least 3 failures'}\n"
    "channels:\n"
    "  - {name: hook, webhook: 'http://127.0.0.1:PORT/hook/x'}\n"
    "  - {name: slack, slack: 'http://127.0.0.1:PORT/slack/x'}\n"
    "routes:\n"
    "  - {to: [hook, slack]}\n";

const char us_config_changed[] =
    "vantage: test\n"
    "defaults: {interval: 30s, budget: none, max_asks: none}\n"
    "targets:\n"
    "  - {name: alpha, provider: deepseek, base_url: 'http://127.0.0.1:PORT/alpha/v1', "
    "key: '${KEY}', interval: 20s}\n"
    "  - {name: gamma, provider: dashscope, base_url: 'http://127.0.0.1:PORT/gamma/v1', "
    "key: '${KEY}'}\n"
    "channels:\n"
    "  - {name: hook, webhook: 'http://127.0.0.1:PORT/hook/x'}\n"
    "routes:\n"
    "  - {to: [hook]}\n";

/* ---- the ledger ---- */

struct writer *__real_writer_start(struct store *s, struct loop *l,
    const struct writer_handler *on, void *arg, struct err *e);
struct writer *__wrap_writer_start(struct store *s, struct loop *l,
    const struct writer_handler *on, void *arg, struct err *e);
uint64_t __real_writer_post(struct writer *w, struct txn *t, struct wall now);
uint64_t __wrap_writer_post(struct writer *w, struct txn *t, struct wall now);

static struct us_ledger *book;
static struct writer_handler real_on;

static void on_committed(void *arg, uint64_t upto)
{
	book->on_disk[book->runs - 1] = upto;
	real_on.on_committed(arg, upto);
}

static void on_trouble(void *arg, bool failing, const char *words)
{
	real_on.on_trouble(arg, failing, words);
}

struct writer *__wrap_writer_start(struct store *s, struct loop *l,
    const struct writer_handler *on, void *arg, struct err *e)
{
	static const struct writer_handler noting = {on_committed, on_trouble};

	if (book->runs == US_RUNS_MAX)
		abort();
	book->runs++;
	real_on = *on;
	return __real_writer_start(s, l, &noting, arg, e);
}

static struct us_note *add_note(void)
{
	struct us_note *n = &book->notes[book->n_notes];

	if (book->n_notes == US_NOTES_MAX)
		abort();
	book->n_notes++;
	/* Without a number of the writer's it is not on disk: the end may come in
	 * between. */
	*n = (struct us_note){.run = book->runs - 1, .number = UINT64_MAX};
	return n;
}

uint64_t __wrap_writer_post(struct writer *w, struct txn *t, struct wall now)
{
	size_t before = book->n_notes;
	uint64_t number;

	PARTS_EACH(const struct judged_sample, s, &t->samples)
	{
		struct us_note *n = add_note();

		n->series = s->sample.series;
		n->at_ms = s->sample.at.ms;
	}
	PARTS_EACH(const struct delivery, d, &t->deliveries)
	(void)str_copy(add_note()->delivery, sizeof(book->notes[0].delivery), d->id.text);
	number = __real_writer_post(w, t, now);
	for (size_t i = before; i < book->n_notes; i++)
		book->notes[i].number = number;
	return number;
}

/* ---- the house ---- */

/* Idle: nobody works for us, and nobody did since the sockets were last looked at. */
static bool is_idle(void *arg)
{
	struct us_house *h = arg;
	bool was_busy = h->looked_busy;

	h->looked_busy = us_resolvers() > 0;
	return !party_serve(h->party) && !h->looked_busy && !was_busy;
}

bool us_open(struct us_house *h, struct err *e)
{
	book = h->ledger;
	(void)snprintf(h->database, sizeof(h->database), "%s/dimwatch.db", h->dir);
	memory_take_over();
	log_set_level(LOG_ERROR);
	h->party = party_new(&h->ledger->messages);
	h->loop = loop_new(h->clock, e);
	if (!h->loop)
		return false;
	if (h->clock == LOOP_SKIPPING)
		loop_set_wall(h->loop, h->ledger->now);
	loop_add_idle_check(h->loop, is_idle, h);
	return true;
}

static const char *env(void *arg, const char *name)
{
	(void)arg;
	return !strcmp(name, "KEY") ? "sk-test-key-0123456789" : NULL;
}

static bool no_file(void *arg, const char *path, struct str *out, struct err *e)
{
	(void)arg;
	(void)out;
	return err_set(e, ERR_CONFIG, "%s: no files in tests", path);
}

static void put_port(struct str *out, const char *config, int port)
{
	const char *at = config, *next;

	while ((next = strstr(at, "PORT"))) {
		(void)str_add(out, at, (size_t)(next - at));
		str_addf(out, "%d", port);
		at = next + strlen("PORT");
	}
	str_adds(out, at);
}

static struct conf *load(struct us_house *h, const char *config)
{
	struct conf_world w = {
	    .env = env, .file = no_file, .state_directory = h->dir, .hostname = "house"};
	struct conf_problems problems;
	struct str text;
	struct conf *c;

	str_init(&text, 100000);
	put_port(&text, config, party_port(h->party));
	conf_problems_init(&problems);
	c = conf_load(str_span(&text), "us.yaml", &w, &problems);
	if (!c)
		conf_problems_print(&problems);
	conf_problems_fini(&problems);
	str_fini(&text);
	return c;
}

bool us_start(struct us_house *h, const char *config, struct err *e)
{
	struct conf *c = load(h, config);
	struct pipeline_options po = {
	    .loop = h->loop,
	    .conf = c,
	    .seed = 7,
	    .alive_ms = MS_PER_MIN,
	    .limits = {.in_flight = 256, .per_provider = 64}
        };
	struct store_options so;

	if (!c)
		return err_set(e, ERR_CONFIG, "the config was refused");
	so = pipeline_store_options(c, loop_wall(h->loop));
	h->store = store_open(&so, e);
	if (!h->store) {
		conf_free(c);
		return false;
	}
	po.store = h->store;
	h->pipeline = pipeline_new(&po, e);
	return h->pipeline != NULL;
}

void us_reload(struct us_house *h, const char *config)
{
	struct conf *c = load(h, config);

	if (c)
		pipeline_reload(h->pipeline, c);
}

static void one_turn(struct us_house *h)
{
	(void)party_serve(h->party);
	loop_turn(h->loop, 5);
	h->ledger->now = loop_wall(h->loop);
}

void us_run(struct us_house *h, int64_t ms)
{
	struct mono until = mono_add_ms(loop_mono(h->loop), ms);

	while (loop_mono(h->loop).us < until.us)
		one_turn(h);
}

bool us_run_until(struct us_house *h, us_until_fn is_so, int64_t ms)
{
	struct mono until = mono_add_ms(loop_mono(h->loop), ms);

	while (!is_so(h)) {
		if (loop_mono(h->loop).us >= until.us)
			return false;
		one_turn(h);
	}
	return true;
}

bool us_stop(struct us_house *h)
{
	bool good = true;

	if (h->pipeline) {
		pipeline_stop(h->pipeline, "the test is over");
		while (!pipeline_is_quiet(h->pipeline))
			one_turn(h);
		good = pipeline_free(h->pipeline, 10000);
	}
	if (h->store)
		store_close(h->store, good, loop_wall(h->loop));
	h->pipeline = NULL;
	h->store = NULL;
	return good;
}

void us_close(struct us_house *h)
{
	(void)us_stop(h);
	loop_free(h->loop);
	party_free(h->party);
	log_fini();
	h->loop = NULL;
	h->party = NULL;
}

size_t us_told(const struct us_ledger *l, const char *type)
{
	size_t n = 0;

	for (size_t i = 0; i < l->messages.n; i++)
		n += l->messages.got[i].status == 200 &&
		     (!type || !strcmp(l->messages.got[i].type, type));
	return n;
}

const char *us_sql(const struct us_house *h, const char *sql)
{
	static char answer[1000];
	sqlite3 *d = NULL;
	sqlite3_stmt *st = NULL;

	(void)snprintf(answer, sizeof(answer), "no answer");
	if (sqlite3_open_v2(h->database, &d, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(d, sql, -1, &st, NULL) != SQLITE_OK)
		(void)snprintf(answer, sizeof(answer), "%s", sqlite3_errmsg(d));
	else if (sqlite3_step(st) == SQLITE_ROW && sqlite3_column_text(st, 0))
		(void)snprintf(answer, sizeof(answer), "%s",
		    (const char *)sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
	sqlite3_close(d);
	return answer;
}
