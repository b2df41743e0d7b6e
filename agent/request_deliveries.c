/* SPDX-License-Identifier: MIT
 *
 * `deliveries retry` and `deliveries drop` inside the daemon. What waits is in the
 * outbox; what was given up is only on disk, and comes back with the same id and so with
 * the same key. Every refusal says why.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "agent/pipeline_impl.h"
#include "agent/requests.h"
#include "storage/load.h"
#include "storage/reader_outbox.h"

#define LOOK_MS   2000 /* the loop waits meanwhile */
#define MAX_NAMED 20

/* One order on its way through its ids. */
struct hand {
	struct pipeline *p;
	struct reader *r; /* owned; NULL: not opened yet */
	struct wall now;
	struct outbox_update up;
	struct reply *reply;
	enum exit_code worst;
	bool blind; /* the disk does not answer in time: the rest is not looked for */
};

static void hand_init(struct hand *h, struct pipeline *p, struct reply *reply)
{
	*h = (struct hand){
	    .p = p, .now = loop_wall(p->o.loop), .reply = reply, .worst = EXIT_GOOD};
	outbox_update_init(&h->up);
}

static bool look(struct hand *h, const char *id, struct delivery *ret, struct err *e)
{
	if (!h->r)
		h->r = reader_open(h->p->conf->store_path, LOOK_MS, e);
	bool good = h->r && reader_delivery(h->r, id, ret, e);
	h->blind = !good && e->code != ERR_NOT_FOUND;
	return good;
}

/* What changed joins the order's transaction; attempts begin in the next turn. */
static void hand_end(struct hand *h)
{
	pipeline_note_update(h->p, &h->up);
	outbox_update_fini(&h->up);
	reader_close(h->r);
	deliver_nudge(h->p->deliver);
	h->reply->code = h->worst;
}

/* A line of the answer. */
static void say(struct hand *h, enum exit_code code, const struct delivery *d,
    const char *id, const char *words)
{
	struct str *out = &h->reply->text;

	if (code > h->worst)
		h->worst = code;
	str_adds(out, out->len ? "\n" : "");
	if (d)
		str_addf(out, "%s (%s at %s) ", d->id.text + ULID_LEN - 8,
		    message_kind_code(d->kind), d->channel);
	else if (id)
		str_addf(out, "%s: ", id);
	str_adds(out, words);
}

/* --- retry ------------------------------------------------------------------------ */

/* Its incident may be long over: messages are made of what is in the book. */
static void fetch_incident(struct hand *h, const struct ulid *id)
{
	struct incident *in;
	struct err e = {0};

	if (book_find(h->p->book, id))
		return;
	in = xmalloc(sizeof(*in));
	if (load_incident(reader_db(h->r), id, in, &e))
		book_put(h->p->book, in);
	free(in);
}

static void revive(struct hand *h, struct delivery *d)
{
	size_t n = 0;

	if (d->kind == MESSAGE_SUMMARY) {
		say(h, EXIT_BAD_NEWS, d, NULL,
		    "was given up: what it told of went on one by one");
		return;
	}
	if (!conf_find_channel(h->p->conf, d->channel)) {
		say(h, EXIT_BAD_NEWS, d, NULL,
		    "cannot be sent: its channel is no longer in the config");
		return;
	}
	fetch_incident(h, &d->incident);
	d->state = DELIVERY_PENDING;
	d->plain = false;
	d->into = (struct ulid){0};
	d->retried = d->not_before = h->now;
	d->last_error[0] = '\0';
	/* A channel that is shut gets its fresh try. */
	(void)outbox_retry_channel(
	    deliver_outbox(h->p->deliver), d->channel, h->now, &n, &h->up);
	pipeline_owe(h->p, d);
	say(h, EXIT_GOOD, d, NULL, "had been given up and is tried again now");
}

/* By a silence or by maintenance: the row says which, and until when. */
static void say_muted(struct hand *h, const struct delivery *d)
{
	char words[sizeof(d->last_error) + 80];

	(void)snprintf(words, sizeof(words),
	    "was kept back: %s; what is open when that ends is told then", d->last_error);
	say(h, EXIT_BAD_NEWS, d, NULL, words);
}

static void retry_stored(struct hand *h, struct delivery *d)
{
	switch (d->state) {
	case DELIVERY_DEAD:
		revive(h, d);
		return;
	case DELIVERY_SENT:
		say(h, EXIT_BAD_NEWS, d, NULL, "was sent already");
		return;
	case DELIVERY_FOLDED:
		say(h, EXIT_BAD_NEWS, d, NULL,
		    "was folded: a later message told its news too");
		return;
	case DELIVERY_MUTED:
		say_muted(h, d);
		return;
	case DELIVERY_PENDING:
		say(h, EXIT_GOOD, d, NULL, "is on its way already");
		return;
	case DELIVERY_STATE_COUNT:
		break;
	}
}

static void retry_one(struct hand *h, const char *id)
{
	struct delivery d;
	struct err e = {0};

	if (!look(h, id, &d, &e)) {
		say(h, e.code == ERR_NOT_FOUND ? EXIT_USAGE : EXIT_CANNOT, NULL, NULL,
		    e.msg);
		return;
	}
	switch (outbox_retry(deliver_outbox(h->p->deliver), &d.id, h->now, &h->up)) {
	case OUTBOX_HAND_DONE:
		say(h, EXIT_GOOD, &d, NULL, "is tried again now");
		return;
	case OUTBOX_HAND_UNDER_WAY:
		say(h, EXIT_GOOD, &d, NULL, "is under way at this moment");
		return;
	case OUTBOX_HAND_UNKNOWN:
		retry_stored(h, &d);
		return;
	}
}

static void retry_channel(struct hand *h, const char *name)
{
	struct outbox *o = deliver_outbox(h->p->deliver);
	struct channel_status c;
	char words[512];
	size_t n = 0;

	if (!conf_find_channel(h->p->conf, name) || !outbox_channel(o, name, &c)) {
		(void)snprintf(words, sizeof(words), "there is no channel '%s'", name);
		say(h, EXIT_USAGE, NULL, NULL, words);
		return;
	}
	(void)outbox_retry_channel(o, name, h->now, &n, &h->up);
	(void)snprintf(words, sizeof(words), "%s%zu message%s waited and %s tried now%s",
	    c.state == CHANNEL_SHUT ? "the channel was shut and gets a fresh try; " : "",
	    n, n == 1 ? "" : "s", n == 1 ? "is" : "are",
	    c.state == CHANNEL_PAUSED
		? "; the far side asked for a pause, which is obeyed first"
		: "");
	say(h, EXIT_GOOD, NULL, name, words);
}

/* --- drop ------------------------------------------------------------------------- */

static const char *why_not_dropped(const struct delivery *d)
{
	switch (d->state) {
	case DELIVERY_SENT:
		return "was sent already: nothing calls it back";
	case DELIVERY_DEAD:
		return "was given up already";
	case DELIVERY_FOLDED:
		return "was folded: a later message told its news too";
	case DELIVERY_MUTED:
		return "is silenced: nobody is told anyway";
	case DELIVERY_PENDING:
		return "is being written at this moment: once more, please";
	case DELIVERY_STATE_COUNT:
		break;
	}
	return "cannot be dropped";
}

static void drop_one(struct hand *h, const char *id)
{
	struct delivery d;
	struct err e = {0};

	if (!look(h, id, &d, &e)) {
		say(h, e.code == ERR_NOT_FOUND ? EXIT_USAGE : EXIT_CANNOT, NULL, NULL,
		    e.msg);
		return;
	}
	switch (outbox_drop(
	    deliver_outbox(h->p->deliver), &d.id, "dropped by hand", &h->up)) {
	case OUTBOX_HAND_DONE:
		say(h, EXIT_GOOD, &d, NULL, "is dropped: nobody is told");
		return;
	case OUTBOX_HAND_UNDER_WAY:
		say(h, EXIT_BAD_NEWS, &d, NULL,
		    "is under way at this moment: too late to drop it");
		return;
	case OUTBOX_HAND_UNKNOWN:
		say(h, EXIT_BAD_NEWS, &d, NULL, why_not_dropped(&d));
		return;
	}
}

/* --- verbs ------------------------------------------------------------------------ */

static void each_id(
    struct hand *h, const json_t *args, void (*fn)(struct hand *h, const char *id))
{
	const json_t *ids = json_object_get(args, "ids"), *one;
	size_t i;

	json_array_foreach(ids, i, one)
	{
		if (i == MAX_NAMED) {
			say(h, EXIT_USAGE, NULL, NULL, "twenty at a time, no more");
			return;
		}
		fn(h, json_is_string(one) ? json_string_value(one) : "");
		if (h->blind) /* the loop has waited long enough */
			return;
	}
}

static void run_retry(
    struct pipeline *p, const struct order *o, const json_t *args, struct reply *ret)
{
	char channel[64];
	struct hand h;

	(void)o;
	hand_init(&h, p, ret);
	if (*request_text(args, "channel", channel, sizeof(channel)))
		retry_channel(&h, channel);
	each_id(&h, args, retry_one);
	hand_end(&h);
}

static void run_drop(
    struct pipeline *p, const struct order *o, const json_t *args, struct reply *ret)
{
	struct hand h;

	(void)o;
	hand_init(&h, p, ret);
	each_id(&h, args, drop_one);
	hand_end(&h);
}

const struct request_verb verb_deliveries_retry = {"deliveries retry", run_retry};
const struct request_verb verb_deliveries_drop = {"deliveries drop", run_drop};
