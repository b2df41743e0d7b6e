/* SPDX-License-Identifier: MIT
 *
 * What the storage tests share: a directory of their own, a store in it, values with
 * every field filled, and questions to the file in one line.
 */
#ifndef DIMWATCH_TESTS_STORAGE_HOUSE_H
#define DIMWATCH_TESTS_STORAGE_HOUSE_H

#include "agent/base/rng.h"
#include "storage/store.h"
#include "storage/txn.h"

/* 2026-11-23T12:00:00Z, a whole hour: a calendar for tests that do not ask the real one.
 */
#define NOON INT64_C(1795435200000)

struct house {
	char dir[200];
	char path[240]; /* of the database */
	struct store *store;
	struct store_options options;
};

/* cmocka setup and teardown: *state is the house; the store is not open yet. */
int house_setup(void **state);
int house_teardown(void **state);
void house_open(struct house *h);
/* Without waiting for the disk: for tests that write a lot and pull no plug. */
void house_open_fast(struct house *h);
void house_close(struct house *h);
/* A file beside the database: "x.txt". */
char *house_file(const struct house *h, const char *name, char *buf, size_t size);

/* A target that a series can be made of. */
struct target house_target(const char *name);
void house_series(struct store *s, uint32_t id, const char *name);
/* Applies in a transaction of its own and frees. */
void house_apply(struct store *s, struct txn *t);

struct sample good_sample(uint32_t series, int64_t at_ms);
struct sample failed_sample(uint32_t series, int64_t at_ms, enum outcome o);
/* Every field filled, by chance. */
struct sample any_sample(struct rng *r, uint32_t series, int64_t at_ms);
void any_incident(struct rng *r, struct incident *in);
void any_delivery(struct rng *r, struct delivery *d);
struct ulid any_ulid(struct rng *r);
/* Printable text of up to size - 1 bytes. */
void any_text(struct rng *r, char *buf, size_t size);

/* First column of the first row; fails the test when SQLite complains. */
int64_t ask(struct db *d, const char *sql);
char *ask_text(struct db *d, const char *sql, char *buf, size_t size);
/* All of EXPLAIN QUERY PLAN in one text. */
char *plan(struct db *d, const char *sql, char *buf, size_t size);

#endif
