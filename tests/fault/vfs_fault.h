/* SPDX-License-Identifier: MIT
 *
 * A file system for SQLite that counts what is done to files and lets one call fail: the
 * Nth open, write, sync or truncate, once or from then on. Everything else goes to the
 * real one, except that syncs cost no time: nobody pulls the plug here.
 */
#ifndef DIMWATCH_TESTS_VFS_FAULT_H
#define DIMWATCH_TESTS_VFS_FAULT_H

#include <stdbool.h>
#include <stdint.h>

enum fault_kind {
	FAULT_IO,    /* EIO */
	FAULT_FULL,  /* no space */
	FAULT_SHORT, /* a write that ends half way, then EIO */
	FAULT_KIND_COUNT
};

/* Makes it SQLite's default; once per process. */
void vfs_fault_install(void);
/* Call number `at` (1 is the next one) fails; `times` calls in a row do. at 0: none. */
void vfs_fault_arm(enum fault_kind kind, int64_t at, int64_t times);
/* Calls since the last arming; did the fault happen? */
int64_t vfs_fault_count(void);
bool vfs_fault_happened(void);

#endif
