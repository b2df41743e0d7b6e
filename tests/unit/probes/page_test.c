/* SPDX-License-Identifier: MIT
 *
 * Status pages: every kind's reader with answers in the form that its documents describe
 * (tests/data/pages), what they amount to, and what hostile ones can do: nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/rng.h"
#include "agent/base/text.h"
#include "agent/base/xalloc.h"
#include "probes/page_parts.h"

#define SEED UINT64_C(20261124)

/* 2026-11-24T14:00:00Z */
static const struct wall now = {INT64_C(1795528800000)};

static struct str slurp(const char *name)
{
	char path[300], buf[4096];
	struct str s;
	size_t n;
	str_init(&s, PAGE_MAX_BYTES);
	(void)snprintf(path, sizeof path, PAGE_DATA "/%s", name);
	FILE *f = fopen(path, "rb");
	if (!f)
		fail_msg("no %s", path);
	while ((n = fread(buf, 1, sizeof buf, f)) > 0)
		(void)str_add(&s, buf, n);
	(void)fclose(f);
	return s;
}

static const struct row {
	const char *file, *kind, *part, *host;
	enum page_state state;
	const char *title, *url;
	int64_t began_min; /* before now; -1: not said */
} rows[] = {
    {"statuspage_well.json",        "statuspage",   NULL,               NULL,                  PAGE_OPERATIONAL, "",                 "",                                             -1 },
    {"statuspage_well.json",        "statuspage",   "~API",             NULL,                  PAGE_OPERATIONAL, "",                 "",                                             -1 },
    {"statuspage_well.json",        "statuspage",   "Models",           NULL,                  PAGE_NONE,        "",                 "",                                             -1 },
    {"statuspage_outage.json",      "statuspage",   "~api.acme",        NULL,                  PAGE_PARTIAL,
     "Elevated errors on the API",												   "https://stspg.example/i1",                     30 },
    {"statuspage_outage.json",      "statuspage",   "c2",               NULL,                  PAGE_PARTIAL,
     "Elevated errors on the API",												   "https://stspg.example/i1",                     30 },
    {"statuspage_outage.json",      "statuspage",   "Website",          NULL,                  PAGE_OPERATIONAL, "",                 "",
     -1																						 },
    {"statuspage_outage.json",      "incidentio",   NULL,               NULL,                  PAGE_PARTIAL,
     "Elevated errors on the API",												   "https://stspg.example/i1",                     30 },
    {"statuspage_frozen.json",      "statuspage",   NULL,               NULL,                  PAGE_NONE,        "",                 "",                                             -1 },
    {"statuspage_maintenance.json", "statuspage",   "API",              NULL,                  PAGE_MAINTENANCE,
     "Moving house",														 "",					     60 },
    {"incidentio_widget.json",      "incidentio",   "Chat Completions", NULL,                  PAGE_DEGRADED,
     "Slow answers",														 "https://status.acme.example/incidents/01H",    -1 },
    {"incidentio_widget.json",      "incidentio",   "APIs",             NULL,                  PAGE_DEGRADED,    "Slow answers",
     "https://status.acme.example/incidents/01H",																    -1 },
    {"incidentio_widget.json",      "incidentio",   "Pictures",         NULL,                  PAGE_OPERATIONAL, "",                 "",
     -1																						 },
 /* It names no component, so it only explains the one that is in trouble. */
    {"incidentio_compatible.json",  "incidentio",   "Chat Completions", NULL,                  PAGE_MAJOR,
     "No answers",														   "",					     16 },
    {"incidentio_compatible.json",  "incidentio",   "Pictures",         NULL,                  PAGE_OPERATIONAL, "",
     "",																					     -1 },
    {"incidentio_compatible.json",  "incidentio",   NULL,               NULL,                  PAGE_MAJOR,       "No answers",       "",
     16																						 },
    {"flashduty_outage.json",       "flashduty",    "~API",             "status.acme.example", PAGE_MAJOR,
     "API 服务不可用 / API unavailable",											"",                                             30 },
    {"flashduty_outage.json",       "flashduty",    "Web Chat",         "status.acme.example",
     PAGE_DEGRADED,											      "Chat slow",        "",					     25 },
    {"flashduty_outage.json",       "flashduty",    "502",              NULL,                  PAGE_MAJOR,
     "API 服务不可用 / API unavailable",											"",                                             30 },
    {"instatus_issues.json",        "instatus",     NULL,               NULL,                  PAGE_MAJOR,       "Answers are late",
     "https://status.acme.example/q",																		40 },
    {"instatus_well.json",          "instatus",     NULL,               NULL,                  PAGE_OPERATIONAL, "",                 "",                                             -1 },
    {"google_incidents.json",       "google-cloud", "Z0FZ",             NULL,                  PAGE_DEGRADED,
     "Vertex Gemini API: elevated errors in us-central1",									    "https://status.cloud.google.com/incidents/g3", 60 },
    {"google_incidents.json",       "google-cloud", "Cloud Run",        NULL,                  PAGE_OPERATIONAL, "",                 "",
     -1																						 },
    {"google_incidents.json",       "google-cloud", NULL,               NULL,                  PAGE_MAJOR,       "Storage is out",
     "https://status.cloud.google.com/incidents/g2",																 120},
    {"feed_rss.xml",                "feed",         NULL,               NULL,                  PAGE_DEGRADED,
     "API: elevated error rate & slow answers",										      "https://status.acme.example/i/2",              25 },
    {"feed_rss.xml",                "feed",         "~API",             NULL,                  PAGE_DEGRADED,
     "API: elevated error rate & slow answers",										      "https://status.acme.example/i/2",              25 },
    {"feed_rss.xml",                "feed",         "~Pictures",        NULL,                  PAGE_OPERATIONAL, "",                 "",                                             -1 },
    {"feed_atom.xml",               "feed",         NULL,               NULL,                  PAGE_OPERATIONAL, "",                 "",                                             -1 },
};
#define N_ROWS (sizeof rows / sizeof *rows)

static void weigh(const struct row *row, struct span body, struct page_opinion *ret)
{
	const char *parts[] = {row->part};
	struct page_focus f = {parts, row->part ? 1 : 0, row->host};
	struct page_reading r;
	struct err e = {0};
	if (!page_read(page_kind_find(row->kind), &f, body, &r, &e))
		fail_msg("%s as %s: %s", row->file, row->kind, e.msg);
	page_weigh(&r, &f, now, ret);
}

static void every_kind_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ROWS; i++) {
		struct str body = slurp(rows[i].file);
		struct page_opinion o;
		weigh(&rows[i], str_span(&body), &o);
		print_message("# row %zu: %s for %s: %s\n", i, rows[i].file,
		    rows[i].part ? rows[i].part : "all", page_state_code(o.state));
		assert_string_equal(
		    page_state_code(o.state), page_state_code(rows[i].state));
		assert_string_equal(o.title, rows[i].title);
		assert_string_equal(o.url, rows[i].url);
		assert_int_equal(o.began.ms ? (now.ms - o.began.ms) / MS_PER_MIN : -1,
		    rows[i].began_min);
		assert_true((o.doubt != NULL) == (o.state == PAGE_NONE));
		str_fini(&body);
	}
}

static void a_page_of_somebody_else_is_refused(void **state)
{
	struct str body = slurp("flashduty_outage.json");
	struct page_focus f = {NULL, 0, "status.other.example"};
	struct page_reading r;
	struct err e = {0};
	(void)state;
	assert_false(page_read(&page_flashduty, &f, str_span(&body), &r, &e));
	assert_non_null(strstr(e.msg, "not the page of status.other.example"));
	str_fini(&body);
}

/* --- what rots -------------------------------------------------------------------- */

static enum page_state weigh_at(const char *file, struct wall at, const char **ret_doubt)
{
	struct page_focus f = {0};
	struct page_reading r;
	struct page_opinion o;
	struct err e = {0};
	struct str body = slurp(file);
	assert_true(page_read(&page_statuspage, &f, str_span(&body), &r, &e));
	page_weigh(&r, &f, at, &o);
	str_fini(&body);
	*ret_doubt = o.doubt;
	return o.state;
}

static void a_page_whose_clock_stands_still_has_no_opinion(void **state)
{
	struct wall moved = {INT64_C(1795161600000)}; /* its updated_at */
	const char *doubt = NULL;
	(void)state;
	assert_int_equal(
	    weigh_at("statuspage_well.json", wall_add_ms(moved, PAGE_STALE_MS), &doubt),
	    PAGE_OPERATIONAL);
	assert_int_equal(weigh_at("statuspage_well.json",
			     wall_add_ms(moved, PAGE_STALE_MS + 1), &doubt),
	    PAGE_NONE);
	assert_non_null(strstr(doubt, "stood still"));
	assert_int_equal(
	    weigh_at("statuspage_well.json", wall_add_ms(moved, -2 * MS_PER_DAY), &doubt),
	    PAGE_NONE); /* from the future */
}

/* A trouble that nobody writes to is forgotten, and a page that forgets is not well. */
static void a_forgotten_post_is_neither_trouble_nor_health(void **state)
{
	struct page_focus f = {0};
	struct page_opinion o;
	struct page_reading r;
	struct err e = {0};
	struct str body = slurp("incidentio_widget.json");
	(void)state;
	assert_true(page_read(&page_incidentio, &f, str_span(&body), &r, &e));
	page_weigh(&r, &f, wall_add_ms(now, POST_STALE_MS - 11 * MS_PER_MIN), &o);
	assert_int_equal(o.state, PAGE_DEGRADED);
	page_weigh(&r, &f, wall_add_ms(now, POST_STALE_MS), &o);
	assert_int_equal(o.state, PAGE_NONE);
	assert_non_null(strstr(o.doubt, "nobody has written"));
	str_fini(&body);
}

/* --- strangers -------------------------------------------------------------------- */

static uint64_t readings, refused;

static void check_text(const char *text, size_t size)
{
	struct span in = {text, strnlen(text, size)};
	assert_true(in.n < size);
	assert_true(utf8_valid(in));
	for (size_t i = 0; i < in.n; i++)
		assert_true((unsigned char)text[i] >= ' ' && text[i] != 0x7f);
}

/* Whatever it is, it is refused with a sentence or read within its bounds. */
static void check_bytes(const struct page_kind *k, struct span body)
{
	static const char *const parts[] = {"~a"};
	struct page_reading r;
	struct page_opinion o;
	for (size_t n = 0; n < 2; n++) {
		struct page_focus f = {parts, n, NULL};
		struct err e = {0};
		if (!page_read(k, &f, body, &r, &e)) {
			refused++;
			assert_true(e.msg[0] != '\0');
			continue;
		}
		readings++;
		assert_true(r.n_posts <= PAGE_MAX_POSTS);
		page_weigh(&r, &f, now, &o);
		assert_in_range(o.state, PAGE_NONE, PAGE_STATE_COUNT - 1);
		check_text(o.title, sizeof o.title);
		check_text(o.url, sizeof o.url);
		for (size_t i = 0; i < r.n_parts && i < PAGE_MAX_PARTS; i++)
			check_text(r.parts[i].name, sizeof r.parts[i].name);
	}
}

/* The reader must not look behind the end, so each cut stands in memory of its own. */
static void check_copy(const struct page_kind *k, const char *p, size_t n)
{
	char *copy = xmalloc(n ? n : 1);
	memcpy(copy, p, n);
	check_bytes(k, (struct span){copy, n});
	free(copy);
}

static void every_cut_is_survived(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ROWS; i++) {
		struct str body = slurp(rows[i].file);
		bool again = i && !strcmp(rows[i].file, rows[i - 1].file);
		for (size_t n = 0; !again && n <= body.len; n++)
			check_copy(page_kind_find(rows[i].kind), str_c(&body), n);
		str_fini(&body);
	}
	print_message("# evidence status page cuts: %llu refused, %llu read\n",
	    (unsigned long long)refused, (unsigned long long)readings);
	assert_true(refused > 5000);
}

/* Each value in turn becomes of another type. */
static void swap_each(json_t *root, json_t *at, const struct page_kind *k)
{
	static const char *const others[] = {
	    "null", "-7", "1e300", "[]", "{}", "\"x\"", "[[1]]", "true"};
	size_t i;
	json_t *v;
	const char *key;
	void *tmp;
	struct str out;
	for (size_t o = 0; o < sizeof others / sizeof *others; o++) {
		json_t *other = json_loads(others[o], JSON_DECODE_ANY, NULL);
		json_object_foreach_safe(at, tmp, key, v)
		{
			char *name = xstrdup(key);
			json_incref(v);
			(void)json_object_set(at, name, other);
			str_init(&out, PAGE_MAX_BYTES);
			json_dump(root, &out);
			check_bytes(k, str_span(&out));
			str_fini(&out);
			(void)json_object_set_new(at, name, v);
			free(name);
		}
		json_array_foreach(at, i, v)
		{
			json_incref(v);
			(void)json_array_set(at, i, other);
			str_init(&out, PAGE_MAX_BYTES);
			json_dump(root, &out);
			check_bytes(k, str_span(&out));
			str_fini(&out);
			(void)json_array_set_new(at, i, v);
		}
		json_decref(other);
	}
	json_object_foreach_safe(at, tmp, key, v) swap_each(root, v, k);
	json_array_foreach(at, i, v) swap_each(root, v, k);
}

static void every_value_may_be_of_a_wrong_type(void **state)
{
	(void)state;
	readings = refused = 0;
	for (size_t i = 0; i < N_ROWS; i++) {
		struct str body = slurp(rows[i].file);
		json_t *root = json_loadb(str_c(&body), body.len, 0, NULL);
		bool again = i && !strcmp(rows[i].file, rows[i - 1].file);
		if (root && !again)
			swap_each(root, root, page_kind_find(rows[i].kind));
		json_decref(root);
		str_fini(&body);
	}
	print_message("# evidence status page wrong types: %llu refused, %llu read\n",
	    (unsigned long long)refused, (unsigned long long)readings);
	assert_true(readings > 1000);
}

static void bytes_that_changed_are_survived(void **state)
{
	const char *longer = getenv("DIMWATCH_TESTS_LONG");
	size_t rounds = longer && *longer ? 200000 : 4000;
	struct rng rng;
	(void)state;
	rng_init(&rng, SEED);
	for (size_t n = 0; n < rounds; n++) {
		const struct row *row = &rows[rng_below(&rng, N_ROWS)];
		struct str body = slurp(row->file);
		char *bytes = str_take(&body);
		size_t len = strlen(bytes);
		for (uint64_t i = 0; i <= rng_below(&rng, 6); i++)
			bytes[rng_below(&rng, len)] = (char)rng_below(&rng, 256);
		check_copy(page_kind_find(row->kind), bytes, len);
		free(bytes);
	}
	print_message("# evidence status page mutations: %zu, seed %llu\n", rounds,
	    (unsigned long long)SEED);
}

static void what_is_too_large_or_too_deep_is_refused(void **state)
{
	size_t n = 10 * PAGE_MAX_BYTES, count;
	char *big = xmalloc(n);
	const struct page_kind *const *kinds = page_kinds(&count);
	struct page_focus f = {0};
	struct page_reading r;
	struct str deep;
	(void)state;
	memset(big, '[', n);
	str_init(&deep, PAGE_MAX_BYTES);
	(void)str_adds(&deep, "<rss>");
	while (!deep.cut)
		(void)str_adds(&deep, "<item>");
	for (size_t i = 0; i < count; i++) {
		struct err e = {0};
		assert_false(page_read(kinds[i], &f, (struct span){big, n}, &r, &e));
		assert_int_equal(e.code, ERR_LIMIT);
		assert_false(
		    page_read(kinds[i], &f, (struct span){big, PAGE_MAX_BYTES}, &r, &e));
		assert_false(page_read(kinds[i], &f, str_span(&deep), &r, &e));
	}
	str_fini(&deep);
	free(big);
}

/* "A billion laughs" and files of ours: no document type, no entities. */
static void a_feed_with_a_document_type_is_refused(void **state)
{
	static const char *const feeds[] = {
	    "<!DOCTYPE rss [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]><rss>&b;</rss>",
	    "<!DOCTYPE rss SYSTEM \"file:///etc/passwd\"><rss/>",
	    "<?xml version=\"1.0\"?><!DOCTYPE feed><feed/>",
	};
	struct page_focus f = {0};
	struct page_reading r;
	(void)state;
	for (size_t i = 0; i < sizeof feeds / sizeof *feeds; i++) {
		struct err e = {0};
		assert_false(page_read(&page_feed, &f, span_of(feeds[i]), &r, &e));
		assert_non_null(strstr(e.msg, "document type"));
	}
}

static void words_of_strangers_are_one_harmless_line(void **state)
{
	static const char body[] =
	    "{\"page\":{\"updated_at\":\"2026-11-24T13:00:00Z\"},\"incidents\":[{\"name\":"
	    "\"a\\u001b[31mb\\nc\\u202ed\",\"impact\":\"major\",\"status\":\"identified\","
	    "\"shortlink\":\"javascript:alert(1)\",\"updated_at\":\"2026-11-24T13:00:00Z\"}]}";
	struct page_focus f = {0};
	struct page_reading r;
	struct page_opinion o;
	struct err e = {0};
	(void)state;
	assert_true(page_read(&page_statuspage, &f, span_of(body), &r, &e));
	page_weigh(&r, &f, now, &o);
	assert_int_equal(o.state, PAGE_PARTIAL);
	assert_string_equal(o.title, "a\\x1b[31mb\\x0ac\\u{202e}d");
	assert_string_equal(o.url, "");
}

/* More than fits: the worst is kept. */
static void among_hundreds_of_components_the_worst_counts(void **state)
{
	struct page_focus f = {0};
	struct page_reading r;
	struct page_opinion o;
	struct err e = {0};
	struct str s;
	(void)state;
	str_init(&s, PAGE_MAX_BYTES);
	(void)str_adds(&s, "{\"page\":{},\"components\":[");
	for (int i = 0; i < 500; i++)
		(void)str_addf(&s, "%s{\"name\":\"c%d\",\"status\":\"%s\"}", i ? "," : "",
		    i, i == 321 ? "major_outage" : "operational");
	(void)str_adds(&s, "]}");
	assert_true(page_read(&page_statuspage, &f, str_span(&s), &r, &e));
	assert_int_equal(r.n_parts, 500);
	page_weigh(&r, &f, now, &o);
	assert_int_equal(o.state, PAGE_MAJOR);
	str_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_kind_is_read),
	    cmocka_unit_test(a_page_of_somebody_else_is_refused),
	    cmocka_unit_test(a_page_whose_clock_stands_still_has_no_opinion),
	    cmocka_unit_test(a_forgotten_post_is_neither_trouble_nor_health),
	    cmocka_unit_test(every_cut_is_survived),
	    cmocka_unit_test(every_value_may_be_of_a_wrong_type),
	    cmocka_unit_test(bytes_that_changed_are_survived),
	    cmocka_unit_test(what_is_too_large_or_too_deep_is_refused),
	    cmocka_unit_test(a_feed_with_a_document_type_is_refused),
	    cmocka_unit_test(words_of_strangers_are_one_harmless_line),
	    cmocka_unit_test(among_hundreds_of_components_the_worst_counts),
	};
	return cmocka_run_group_tests_name("probes/page", tests, NULL, NULL);
}
