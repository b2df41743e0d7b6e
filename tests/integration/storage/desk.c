/* SPDX-License-Identifier: MIT
 *
 * See desk.h.
 */
#include "tests/integration/storage/desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

const struct writer_patience quick = {5, 10, 60, 3600000};

static void on_committed(void *arg, uint64_t upto)
{
	struct ears *e = arg;

	assert_true(upto > e->committed);
	e->committed = upto;
	e->calls++;
}

static void on_trouble(void *arg, bool failing, const char *words)
{
	struct ears *e = arg;

	e->failing = failing;
	e->began += failing;
	e->ended += !failing;
	if (failing)
		(void)str_copy(e->words, sizeof(e->words), words);
}

static const struct writer_handler handler = {on_committed, on_trouble};

void desk_open(struct desk *k, struct house *h, const struct writer_patience *p)
{
	struct err e = {0};

	memset(k, 0, sizeof(*k));
	if (!h->store)
		house_open(h);
	k->loop = loop_new(LOOP_REAL, &e);
	k->w = writer_start_with(p, h->store, k->loop, &handler, &k->ears, &e);
	assert_non_null(k->w);
}

void desk_close(struct desk *k)
{
	assert_true(writer_stop(k->w, 5000));
	loop_free(k->loop);
}

uint64_t post_sample(struct desk *k, int64_t at)
{
	struct txn *t = txn_new();
	struct sample s = good_sample(1, at);

	txn_sample(t, &s, JUDGED_COUNTED);
	return writer_post(k->w, t, (struct wall){at});
}

uint64_t post_precious(struct desk *k, uint64_t seed)
{
	struct txn *t = txn_new();
	struct delivery d;
	struct rng rng;

	rng_init(&rng, seed);
	any_delivery(&rng, &d);
	txn_delivery(t, &d);
	return writer_post(k->w, t, (struct wall){NOON});
}

uint64_t post_series(struct desk *k)
{
	struct txn *t = txn_new();
	struct target target = house_target("one");

	txn_series(t, 1, "hk-1", &target, (struct wall){NOON});
	return writer_post(k->w, t, (struct wall){NOON});
}
