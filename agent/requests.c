/* SPDX-License-Identifier: MIT
 *
 * The table of verbs and the way through it: is it young, is it known, do it, answer.
 */
#include "agent/requests.h"

#include <stdarg.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/pipeline_impl.h"

#define REPLY_BYTES 1900

static const struct request_verb *const verbs[] = {&verb_ack, &verb_silence,
    &verb_unsilence, &verb_pause, &verb_resume, &verb_deliveries_retry,
    &verb_deliveries_drop, &verb_drill};
#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

void reply_set(struct reply *r, enum exit_code code, const char *fmt, ...)
{
	va_list ap;
	r->code = code;
	str_reset(&r->text);
	va_start(ap, fmt);
	(void)str_addv(&r->text, fmt, ap);
	va_end(ap);
}

char *request_text(const json_t *args, const char *key, char *buf, size_t size)
{
	const char *text = json_text_at(args, key);
	return message_line(buf, size, size, span_of(text ? text : ""));
}

static const struct request_verb *find_verb(const char *name)
{
	for (size_t i = 0; i < N_VERBS; i++)
		if (!strcmp(verbs[i]->name, name))
			return verbs[i];
	return NULL;
}

/* The clock may have stepped, and a stranger may write any number: no older order, and
 * none of a time that is yet to come. */
static bool is_young(const struct order *o, struct wall now, struct reply *r)
{
	char human[32];
	int64_t age = wall_diff_ms(now, (struct wall){o->at.ms > 0 ? o->at.ms : 0});

	if (age > REQUEST_MAX_AGE_MS)
		reply_set(r, EXIT_CANNOT,
		    "too old: it was asked %s ago, nothing was done",
		    duration_human(age, human, sizeof human));
	else if (age < -REQUEST_MAX_AGE_MS)
		reply_set(r, EXIT_CANNOT,
		    "it was asked %s ahead of our clock, nothing was done",
		    duration_human(-age, human, sizeof human));
	return age <= REQUEST_MAX_AGE_MS && age >= -REQUEST_MAX_AGE_MS;
}

static void do_order(struct pipeline *p, const struct order *o, struct reply *r)
{
	const struct request_verb *verb = find_verb(o->verb);
	struct err e = {0};
	if (!verb) {
		reply_set(r, EXIT_USAGE,
		    "this dimwatch (" DIMWATCH_VERSION ") does not know that order");
		return;
	}
	if (!is_young(o, loop_wall(p->o.loop), r))
		return;
	json_t *args = o->args ? json_parse(span_of(o->args), &e) : NULL;
	if (!json_is_object(args))
		reply_set(r, EXIT_USAGE, "the order cannot be read");
	else
		verb->run(p, o, args, r);
	json_decref(args);
}

void pipeline_on_order(void *arg, const struct order *o)
{
	struct pipeline *p = arg;
	struct reply r = {.code = EXIT_GOOD};
	if (p->stopping) /* the next run does it */
		return;
	str_init(&r.text, REPLY_BYTES);
	do_order(p, o, &r);
	log_event(LOG_NOTICE, "order", "id=%lld verb=%s code=%d answer=%s",
	    (long long)o->id, o->verb, (int)r.code, str_c(&r.text));
	txn_answer(p->txn, o, loop_wall(p->o.loop), (int)r.code, str_c(&r.text));
	pipeline_send_off(p);
	str_fini(&r.text);
}
