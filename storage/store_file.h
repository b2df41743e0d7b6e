/* SPDX-License-Identifier: MIT
 *
 * The file behind the store, for the writer: people delete, replace and move it while we
 * run. SQLite would go on writing to a file without a name.
 */
#ifndef DIMWATCH_STORAGE_STORE_FILE_H
#define DIMWATCH_STORAGE_STORE_FILE_H

#include "storage/store.h"

enum store_file {
	STORE_FILE_SAME,
	STORE_FILE_GONE,   /* no file of that name */
	STORE_FILE_OTHER,  /* another one */
	STORE_FILE_NO_LOG, /* the same, but its -wal or -shm was deleted or replaced */
	STORE_FILE_CLOSED, /* store_reattach failed */
};
enum store_file store_look(const struct store *s);
/* Opens what is there now under the name, or makes it anew, with a new row of this run.
 * What a deleted log held is saved into its file first. False: try again later; nothing
 * is open then (store_db is NULL), or still what was, when its log cannot be saved. */
bool store_reattach(struct store *s, struct wall now, struct err *e) MUST_CHECK;
/* File and log. */
int64_t store_bytes(const struct store *s);

#endif
