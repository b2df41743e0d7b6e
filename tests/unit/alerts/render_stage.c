/* SPDX-License-Identifier: MIT */
#include "tests/unit/alerts/render_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct render_context render_at(int hour, int minute)
{
	return (struct render_context){
	    .vantage = "hk-1", .alternative = "qwen", .now = fixture_at(hour, minute)};
}

struct message rendered(
    enum message_kind kind, const struct incident *in, struct render_context c)
{
	struct message m;

	render(&m, kind, in, in->opened, in->seq, &c);
	return m;
}

void assert_facts(const struct message *m, const char *want)
{
	struct str s;

	str_init(&s, 8192);
	for (int i = 0; i < m->n_facts; i++)
		str_addf(&s, "%s%s: %s\n", m->facts[i].untrusted ? "!" : "",
		    m->facts[i].name, m->facts[i].value);
	assert_string_equal(str_c(&s), want);
	str_fini(&s);
}

void assert_texts(const struct message *m, const char *title, const char *lock_screen,
    const char *summary)
{
	assert_string_equal(m->title, title);
	assert_string_equal(m->lock_screen, lock_screen);
	assert_string_equal(m->summary, summary);
}
