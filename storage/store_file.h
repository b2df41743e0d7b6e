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
	STORE_FILE_CLOSED, /* store_reattach failed */
};
enum store_file store_look(const struct store *s);
/* Opens what is there now under the name, or makes it anew, with a new row of this run.
 * False: nothing is open (store_db is NULL); try again later. */
bool store_reattach(struct store *s, struct wall now, struct err *e) MUST_CHECK;
/* File and log. */
int64_t store_bytes(const struct store *s);

#endif
