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

struct seen {
	int incidents, told, attempts;
};

static void see_incident(void *arg, const struct incident *in)
{
	struct seen *s = arg;
	(void)in;
	s->incidents++;
}

static void see_told(void *arg, const struct delivery *d)
{
	struct seen *s = arg;
	s->told++;
	s->attempts += d->attempts;
}

static void note(struct book *b, const char *id, const char *channel, uint32_t seq, int n)
{
	struct delivery d = {.seq = seq, .attempts = n};
	(void)str_copy(d.incident.text, sizeof d.incident.text, id);
	(void)str_copy(d.channel, sizeof d.channel, channel);
	book_note(b, &d);
}

static void of_each_channel_the_newest_message_of_an_incident_is_kept(void **state)
{
	static const struct book_reader reader = {see_incident, see_told};
	struct book *b = book_new();
	struct incident in = incident_of(id_a, INCIDENT_OPEN);
	struct seen seen = {0};
	(void)state;
	note(b, id_a, "hook", 1, 1000); /* its incident is not here yet */
	book_put(b, &in);
	note(b, id_a, "hook", 1, 1);
	note(b, id_a, "slack", 1, 10);
	note(b, id_a, "hook", 3, 2);
	note(b, id_a, "hook", 3, 3); /* the same one, tried again */
	note(b, id_a, "hook", 2, 1000);
	book_put(b, &in);
	book_each(b, &reader, &seen);
	assert_int_equal(seen.incidents, 1);
	assert_int_equal(seen.told, 2);
	assert_int_equal(seen.attempts, 13);
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
	    cmocka_unit_test(of_each_channel_the_newest_message_of_an_incident_is_kept),
	    cmocka_unit_test(open_incidents_stay_and_closed_ones_that_nobody_needs_go),
	    cmocka_unit_test(a_closed_incident_stays_while_the_outbox_needs_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
