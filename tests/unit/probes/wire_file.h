/* SPDX-License-Identifier: MIT
 *
 * The answers of tests/data/wire: one file each, a head of "key: value" lines, "---", and
 * the body as the provider sent it. The head says who answered what, how it ended, and
 * what the program must make of it.
 */
#ifndef DIMWATCH_TESTS_PROBES_WIRE_FILE_H
#define DIMWATCH_TESTS_PROBES_WIRE_FILE_H

#include "agent/base/str.h"
#include "probes/sample.h"
#include "probes/target.h"
#include "probes/wire.h"

#define WIRE_MAX_FILES 800

struct wire_file {
	char name[64];
	struct str text; /* the whole file; owned */
	char provider[32];
	enum probe_kind kind; /* "kind: chat"; a stream when nothing is said */
	int expect_status;    /* of a page */
	char expect[64];      /* text that it must hold */
	int status;
	struct str headers; /* "name: value" lines; owned */
	enum wire end;
	enum outcome outcome;
	/* Owned; NULL: not looked at. */
	char *blame, *code, *message, *flags, *request_id, *finish, *model, *tokens;
	char *evidence; /* words that message, code or evidence must hold */
	struct span body;
};

/* Reads all files of $DIMWATCH_TESTS_DATA/wire in the order of their names; one that
 * cannot be read fails the test. */
void wire_files_read(void);
void wire_files_free(void);
size_t wire_files_count(void);
const struct wire_file *wire_file_at(size_t i);
/* Is the sample what the file's head says? Prints what is not. */
bool wire_file_agrees(const struct wire_file *f, const struct sample *s);

#endif
