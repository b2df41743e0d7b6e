/* SPDX-License-Identifier: MIT
 *
 * What is inside a txn, for those who apply it. Lists grow in order of the calls.
 */
#ifndef DIMWATCH_STORAGE_TXN_PARTS_H
#define DIMWATCH_STORAGE_TXN_PARTS_H

#include "storage/incidents.h"
#include "storage/series.h"
#include "storage/txn.h"

/* An owned array of values of one size. */
struct parts {
	void *at;
	size_t n, cap;
};

struct judged_sample {
	struct sample sample;
	enum judged judged;
};

struct state_row {
	uint32_t series;
	struct wall through;
	uint64_t constants_hash;
	char *json; /* owned */
};

struct gap_row {
	struct wall from, until;
};

struct txn {
	struct parts series;     /* struct series */
	struct parts samples;    /* struct judged_sample */
	struct parts remarks;    /* struct remark */
	struct parts incidents;  /* struct incident */
	struct parts log;        /* struct incident_entry */
	struct parts deliveries; /* struct delivery */
	struct parts channels;   /* struct channel_status */
	struct parts states;     /* struct state_row */
	struct parts gaps;       /* struct gap_row */
	struct parts answers;    /* struct order_done */
	struct parts silences;   /* struct silence */
	struct parts pauses;     /* struct pause */
	struct wall alive;       /* ms 0: says nothing */
	size_t bytes;
};

/* Walks a list: PARTS_EACH(const struct remark, r, &t->remarks) */
/* A type and the name of a variable cannot stand in parentheses. */
/* NOLINTBEGIN(bugprone-macro-parentheses) */
#define PARTS_EACH(type, var, list)                                                      \
	for (type *var = (list)->at; var && var < (type *)(list)->at + (list)->n; var++)
/* NOLINTEND(bugprone-macro-parentheses) */

#endif
