/* SPDX-License-Identifier: MIT */
#include "agent/book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "alerts/channel.h"

static struct incident incident_of(const char *id, enum incident_state state)
{
	struct incident in = {.state = state};
	(void)str_copy(in.id.text, sizeof in.id.text, id);
	return in;
}

static bool nobody_holds(void *arg, const struct ulid *id)
{
	(void)arg;
	(void)id;
	return false;
}

static bool everybody_holds(void *arg, const struct ulid *id)
{
	(void)arg;
	(void)id;
	return true;
}

static const char id_a[] = "01J9ZK3V7Q8R2S4T6W8X0Y2A4C",
		  id_b[] = "01J9ZK3V7Q8R2S4T6W8X0Y2A4D";

static void keeps_the_newest_record_of_an_incident(void **state)
{
	struct book *b = book_new();
	struct incident in = incident_of(id_a, INCIDENT_OPEN);
	(void)state;
	book_put(b, &in);
	in.failures = 7;
	book_put(b, &in);
	assert_int_equal(book_count(b), 1);
	assert_int_equal(book_find(b, &in.id)->failures, 7);
	book_free(b);
}

static void open_incidents_stay_and_closed_ones_that_nobody_needs_go(void **state)
{
	struct book *b = book_new();
	struct outbox *o = outbox_new(1);
	struct incident open = incident_of(id_a, INCIDENT_OPEN);
	struct incident closed = incident_of(id_b, INCIDENT_CLOSED);
	(void)state;
	book_put(b, &open);
	book_put(b, &closed);
	book_sweep(b, o, everybody_holds, NULL);
	assert_int_equal(book_count(b), 2);
	book_sweep(b, o, nobody_holds, NULL);
	assert_non_null(book_find(b, &open.id));
	assert_null(book_find(b, &closed.id));
	outbox_free(o);
	book_free(b);
}

static void a_closed_incident_stays_while_the_outbox_needs_it(void **state)
{
	struct book *b = book_new();
	struct outbox *o = outbox_new(1);
	struct incident closed = incident_of(id_b, INCIDENT_CLOSED);
	struct delivery d = {.incident = closed.id, .kind = MESSAGE_RESOLVED};
	(void)state;
	(void)str_copy(d.channel, sizeof d.channel, "slack");
	(void)str_copy(d.id.text, sizeof d.id.text, id_a);
	outbox_put_channel(o, "slack", &channel_slack, (struct wall){1000});
	outbox_put(o, &d);
	book_put(b, &closed);
	book_sweep(b, o, nobody_holds, NULL);
	assert_non_null(book_find(b, &closed.id));
	outbox_free(o);
	book_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keeps_the_newest_record_of_an_incident),
	    cmocka_unit_test(open_incidents_stay_and_closed_ones_that_nobody_needs_go),
	    cmocka_unit_test(a_closed_incident_stays_while_the_outbox_needs_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
