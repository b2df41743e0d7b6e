/* SPDX-License-Identifier: MIT
 *
 * The shared world of the integration tests.
 */
#include "tests/integration/world.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "probes/dialect.h"

#define PATIENCE_S 20

static void on_sample(void *arg, const struct target *t, const struct sample *s)
{
	struct world *w = arg;

	assert_ptr_equal(t, &w->target);
	assert_true(w->n_samples < WORLD_MAX_SAMPLES);
	w->samples[w->n_samples++] = *s;
}

static void on_request(void *arg, const struct sim_seen *seen)
{
	struct world *w = arg;

	span_copy((struct span){seen->request->method.p, seen->request->used},
	    w->last_request, sizeof(w->last_request));
}

void world_set_url(struct world *w, const char *fmt, ...)
{
	char url[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(url, sizeof(url), fmt, ap);
	va_end(ap);
	w->target.url = arena_strdup(w->generation, url);
}

static void make_target(struct world *w)
{
	w->key = secret_new(WORLD_KEY, strlen(WORLD_KEY));
	w->provider = (struct provider){
	    .id = "p",
	    .name = "P",
	    .otel = "p",
	    .dialect = "openai-chat",
	    .auth_header = "Authorization",
	    .auth_scheme = "Bearer",
	    .model = "sim-model",
	    .max_tokens = 16,
	    .max_tokens_field = "max_tokens",
	    .price = {"", -1, -1},
	};
	w->target = (struct target){
	    .name = "p",
	    .series = 7,
	    .provider = &w->provider,
	    .dialect = dialect_find("openai-chat"),
	    .model = "sim-model",
	    .region = "",
	    .kind = PROBE_STREAM,
	    .connection = CONNECTION_COLD,
	    .key = w->key,
	    .interval_ms = 60000,
	    .timeouts = {30000,  5000, 10000, 20000, 10000},
	    .budget = {-1, ""    },
	    .price = {"",      -1,     -1        },
	};
	world_set_url(w, "http://127.0.0.1:%d/p/v1/chat/completions", sim_port(w->sim));
}

void world_init(struct world *w, enum loop_clock clock, const char *script)
{
	world_init_pieces(w, clock, script, 0);
}

void world_init_pieces(
    struct world *w, enum loop_clock clock, const char *script, size_t pieces)
{
	struct sim_options o = {
	    .own_ports = true, .pieces = pieces, .on_request = on_request, .arg = w};
	struct err e = {ERR_NONE, ""};

	memset(w, 0, sizeof(*w));
	signal(SIGPIPE, SIG_IGN); /* as the program does */
	w->loop = loop_new(clock, &e);
	assert_non_null(w->loop);
	w->http = http_new(w->loop, NULL, &e);
	assert_string_equal(e.msg, "");
	assert_non_null(w->http);
	w->script = sim_script_parse(span_of(script), &e);
	assert_string_equal(e.msg, "");
	w->sim = sim_new(w->loop, w->script, &o, &e);
	assert_string_equal(e.msg, "");
	w->probes = probes_new(w->loop, w->http, 42, on_sample, w);
	w->generation = arena_new();
	make_target(w);
}

void world_fini(struct world *w)
{
	probes_free(w->probes);
	http_free(w->http);
	sim_free(w->sim);
	sim_script_free(w->script);
	loop_free(w->loop);
	arena_free(w->generation);
	secret_free(w->key);
	secret_free(w->proxy);
}

void world_use_own_port(struct world *w)
{
	world_set_url(w, "http://127.0.0.1:%d/p/v1/chat/completions",
	    sim_provider_port(w->sim, "p"));
}

void world_trust(struct world *w, const char *ca_file)
{
	struct err e = {ERR_NONE, ""};

	probes_free(w->probes);
	http_free(w->http);
	w->http = http_new(w->loop, ca_file, &e);
	assert_string_equal(e.msg, "");
	w->probes = probes_new(w->loop, w->http, 42, on_sample, w);
}

void world_ask(struct world *w)
{
	probe_start(w->probes, &w->target, w->generation, 0);
}

static int64_t real_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

void loop_until(struct loop *l, bool (*done)(void *arg), void *arg)
{
	int64_t give_up = real_s() + PATIENCE_S;

	while (!done(arg)) {
		if (real_s() > give_up)
			fail_msg("nothing happened for %d s", PATIENCE_S);
		loop_turn(l, 100);
	}
}

void loop_some_turns(struct loop *l, int n)
{
	for (int i = 0; i < n; i++)
		loop_turn(l, 1);
}

struct awaited {
	struct world *w;
	size_t n;
};

static bool has_samples(void *arg)
{
	const struct awaited *a = arg;

	return a->w->n_samples >= a->n;
}

const struct sample *world_await(struct world *w, size_t n)
{
	struct awaited a = {w, n};

	loop_until(w->loop, has_samples, &a);
	return &w->samples[n - 1];
}

const struct sample *world_probe(struct world *w)
{
	size_t before = w->n_samples;
	const struct sample *s;

	world_ask(w);
	assert_int_equal(w->n_samples, before);
	s = world_await(w, before + 1);
	loop_some_turns(w->loop, 5);
	assert_int_equal(w->n_samples, before + 1);
	assert_int_equal(probes_in_flight(w->probes), 0);
	assert_int_equal(http_in_flight(w->http), 0);
	return s;
}

int64_t resident_bytes(void)
{
	long total, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld %ld", &total, &resident), 2);
	fclose(f);
	return (int64_t)resident * sysconf(_SC_PAGESIZE);
}

void peak_reset(void)
{
	FILE *f = fopen("/proc/self/clear_refs", "w");

	assert_non_null(f);
	assert_true(fputs("5", f) > 0);
	assert_int_equal(fclose(f), 0);
}

int64_t peak_bytes(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	long long kib = -1;
	char line[256];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "VmHWM: %lld kB", &kib) == 1)
			break;
	}
	fclose(f);
	assert_true(kib > 0);
	return (int64_t)kib * 1024;
}
