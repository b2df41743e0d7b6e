/* SPDX-License-Identifier: MIT
 *
 * See house.h.
 */
#include "tests/integration/agent/house.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "agent/base/json.h"
#include "agent/base/log.h"

/* A Thursday; far from the real clock, so that nothing can lean on it. */
#define CALENDAR ((struct wall){1767225600000})

static void on_request(void *arg, const struct sim_seen *seen)
{
	struct house *h = arg;
	struct house_message *m = &h->got[h->n_got];
	struct err e;
	if (!seen->hook)
		return;
	assert_true(h->n_got < HOUSE_MAX_MESSAGES);
	json_t *v = json_parse(seen->request->body, &e);
	assert_non_null(v);
	const char *type = json_text_at(v, "type"), *text = json_text_at(v, "text");
	const char *short_id = json_text_at(v, "data.incident.short");
	const char *use = json_text_at(v, "data.alternative.target");
	h->n_got++;
	str_copy(m->hook, sizeof(m->hook), seen->name);
	str_copy(m->type, sizeof(m->type), type ? type : text);
	span_copy(sim_request_header(seen->request, "webhook-id"), m->id, sizeof(m->id));
	str_copy(m->short_id, sizeof(m->short_id), short_id ? short_id : "");
	str_copy(m->use, sizeof(m->use), use ? use : "");
	m->at = loop_mono(h->loop);
	m->status = seen->status;
	json_decref(v);
}

void house_open(struct house *h, const char *script)
{
	struct err e = {0};
	struct sim_options o = {.on_request = on_request, .arg = h};
	memset(h, 0, sizeof(*h));
	log_set_level(LOG_ERROR);
	str_copy(h->dir, sizeof(h->dir), "/tmp/dimwatch-house.XXXXXX");
	assert_non_null(mkdtemp(h->dir));
	snprintf(h->database, sizeof(h->database), "%s/dimwatch.db", h->dir);
	h->loop = loop_new(LOOP_SKIPPING, &e);
	assert_non_null(h->loop);
	loop_set_wall(h->loop, CALENDAR);
	h->script = sim_script_parse(span_of(script), &e);
	if (!h->script)
		fail_msg("script:%s", e.msg);
	h->sim = sim_new(h->loop, h->script, &o, &e);
	if (!h->sim)
		fail_msg("%s", e.msg);
	h->start = loop_mono(h->loop);
	sim_set_start(h->sim, h->start);
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

static struct conf *load(struct house *h, const char *config)
{
	struct conf_world w = {
	    .env = env, .file = no_file, .state_directory = h->dir, .hostname = "house"};
	struct conf_problems problems;
	struct str text;
	str_init(&text, 100000);
	for (const char *p = config; *p; p++) {
		if (p[0] == '%' && p[1] == 'd') {
			str_addf(&text, "%d", sim_port(h->sim));
			p++;
		} else {
			str_addc(&text, *p);
		}
	}
	conf_problems_init(&problems);
	struct conf *c = conf_load(str_span(&text), "house.yaml", &w, &problems);
	if (!c)
		conf_problems_print(&problems);
	assert_non_null(c);
	conf_problems_fini(&problems);
	str_fini(&text);
	return c;
}

void house_start(struct house *h, const char *config)
{
	struct err e = {0};
	struct conf *c = load(h, config);
	struct store_options so = pipeline_store_options(c, loop_wall(h->loop));
	struct pipeline_options po = {
	    .loop = h->loop,
	    .conf = c,
	    .seed = 7,
	    .alive_ms = MS_PER_MIN,
	    .limits = {.in_flight = 256, .per_provider = 64}
        };
	assert_string_equal(c->store_path, h->database);
	h->store = store_open(&so, &e);
	if (!h->store)
		fail_msg("%s", e.msg);
	po.store = h->store;
	h->pipeline = pipeline_new(&po, &e);
	if (!h->pipeline)
		fail_msg("%s", e.msg);
}

void house_reload(struct house *h, const char *config)
{
	pipeline_reload(h->pipeline, load(h, config));
}

void house_run_to(struct house *h, int64_t ms)
{
	struct mono until = mono_add_ms(h->start, ms);
	while (loop_mono(h->loop).us < until.us)
		loop_turn(h->loop, 5);
}

void house_stop(struct house *h)
{
	pipeline_stop(h->pipeline, "the test is over");
	while (!pipeline_is_quiet(h->pipeline))
		loop_turn(h->loop, 5);
	assert_true(pipeline_free(h->pipeline, 10000));
	store_close(h->store, true, loop_wall(h->loop));
	h->pipeline = NULL;
	h->store = NULL;
}

static int remove_one(const char *path, const struct stat *st, int what, struct FTW *at)
{
	(void)st;
	(void)what;
	(void)at;
	return remove(path);
}

void house_close(struct house *h)
{
	if (h->pipeline)
		house_stop(h);
	sim_free(h->sim);
	sim_script_free(h->script);
	loop_free(h->loop);
	log_fini();
	assert_int_equal(nftw(h->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

const char *house_sql(struct house *h, const char *sql)
{
	static char answer[1000];
	sqlite3 *d = NULL;
	sqlite3_stmt *st = NULL;
	answer[0] = '\0';
	assert_int_equal(
	    sqlite3_open_v2(h->database, &d, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	if (sqlite3_prepare_v2(d, sql, -1, &st, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(d));
	if (sqlite3_step(st) == SQLITE_ROW && sqlite3_column_text(st, 0))
		str_copy(
		    answer, sizeof(answer), (const char *)sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
	sqlite3_close(d);
	return answer;
}

size_t house_count(const struct house *h, const char *hook, const char *type)
{
	size_t n = 0;
	for (size_t i = 0; i < h->n_got; i++)
		n += !strcmp(h->got[i].hook, hook) &&
		     (!type || !strcmp(h->got[i].type, type)) && h->got[i].status == 200;
	return n;
}

const struct house_message *house_find(
    const struct house *h, const char *hook, const char *type)
{
	for (size_t i = 0; i < h->n_got; i++)
		if (!strcmp(h->got[i].hook, hook) && !strcmp(h->got[i].type, type))
			return &h->got[i];
	return NULL;
}
