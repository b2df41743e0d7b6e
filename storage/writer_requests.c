/* SPDX-License-Identifier: MIT
 *
 * The writer as an ear: once a second, when it has time, it looks whether another process
 * has written to the file, and hands the requests that it finds there to the loop. Each
 * is handed over once; its answer comes back as part of a txn. It is the thread's work
 * because it may hang with the disk, and the loop may not.
 */
#include <stdlib.h>

#include "agent/base/log.h"
#include "agent/base/queue.h"
#include "agent/base/xalloc.h"
#include "storage/writer_impl.h"

#define LOOK_US     US_PER_S
#define MAX_AT_ONCE 100 /* more wait for the next look */

struct found {
	struct writer_order_list list;
	const struct writer_handed *before;
	struct writer_handed
	    now; /* of those before, what has no answer yet, and the new */
	int n;
	bool more;
};

static bool is_handed(const struct writer_handed *h, int64_t id)
{
	for (size_t i = 0; i < h->n; i++) {
		if (h->ids[i] == id)
			return true;
	}
	return false;
}

static void on_found(void *arg, const struct order *r)
{
	struct found *f = arg;
	struct writer_order *it;
	bool handed = is_handed(f->before, r->id);

	if (!handed && f->n == MAX_AT_ONCE) {
		f->more = true;
		return;
	}
	f->now.ids[f->now.n++] = r->id;
	if (handed)
		return;
	it = xcalloc(1, sizeof(*it));
	it->request = *r;
	it->request.args = r->args ? xstrdup(r->args) : NULL;
	TAILQ_INSERT_TAIL(&f->list, it, link);
	f->n++;
}

static void item_free(struct writer_order *it)
{
	order_fini(&it->request);
	free(it);
}

static void free_list(struct writer_order_list *list)
{
	struct writer_order *it = NULL;

	while ((it = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, it, link);
		item_free(it);
	}
}

bool writer_look_for_requests(struct writer *w)
{
	struct db *d = store_db(w->committer.store);
	struct found f = {.before = &w->requests_handed};
	struct err e = {0};
	int64_t version = 0;

	if (!d || !requests_version(d, &version, &e) ||
	    (w->requests_looked && version == w->requests_version))
		return false;
	TAILQ_INIT(&f.list);
	if (!requests_undone(d, WRITER_MAX_HANDED, on_found, &f, &e)) {
		log_event(LOG_WARN, "requests_unreadable", "why=%s", e.msg);
		free_list(&f.list);
		return false;
	}
	w->requests_handed = f.now;
	/* The same version has more, or the answers make room for it. */
	w->requests_looked = !f.more && f.now.n < WRITER_MAX_HANDED;
	w->requests_version = version;
	if (!f.n)
		return false;
	pthread_mutex_lock(&w->mutex);
	TAILQ_CONCAT(&w->requests, &f.list, link);
	pthread_mutex_unlock(&w->mutex);
	return true;
}

void writer_forget_requests(struct writer *w, bool lost_file)
{
	w->requests_looked = false;
	if (lost_file)
		w->requests_handed.n = 0;
}

int64_t writer_look_at(const struct writer *w)
{
	if (!w->on_request || w->stopping || w->failing_since_us)
		return INT64_MAX;
	return w->look_us;
}

void writer_looked(struct writer *w)
{
	w->look_us = writer_clock_us() + LOOK_US;
}

void writer_hand_requests(struct writer *w)
{
	struct writer_order_list list = TAILQ_HEAD_INITIALIZER(list);
	struct writer_order *it = NULL;

	pthread_mutex_lock(&w->mutex);
	TAILQ_CONCAT(&list, &w->requests, link);
	pthread_mutex_unlock(&w->mutex);
	while ((it = TAILQ_FIRST(&list))) {
		TAILQ_REMOVE(&list, it, link);
		w->on_request(w->request_arg, &it->request);
		item_free(it);
	}
}

void writer_drop_requests(struct writer *w)
{
	free_list(&w->requests);
}

void writer_on_request(struct writer *w, order_fn fn, void *arg)
{
	pthread_mutex_lock(&w->mutex);
	w->on_request = fn;
	w->request_arg = arg;
	pthread_cond_signal(&w->cond);
	pthread_mutex_unlock(&w->mutex);
}
