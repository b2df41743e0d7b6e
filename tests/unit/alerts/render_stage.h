/* SPDX-License-Identifier: MIT
 *
 * Messages rendered for golden texts: whoever changes a word sees in these tests what a
 * person at 3 a.m. will see.
 */
#ifndef DIMWATCH_TESTS_RENDER_STAGE_H
#define DIMWATCH_TESTS_RENDER_STAGE_H

#include "alerts/message.h"
#include "tests/unit/alerts/incident_fixture.h"

/* hk-1 at hh:mm, qwen being healthy. */
struct render_context render_at(int hour, int minute);
struct message rendered(
    enum message_kind kind, const struct incident *in, struct render_context c);
void assert_texts(const struct message *m, const char *title, const char *lock_screen,
    const char *summary);
/* "Name: value" a line; a ! before it: the value holds a stranger's words. */
void assert_facts(const struct message *m, const char *want);

#endif
