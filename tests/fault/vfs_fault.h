/* SPDX-License-Identifier: MIT
 *
 * A file system for SQLite that counts what is done to files and lets one call fail: the
 * Nth open, write, sync, truncate, delete or growth of shared memory, once or several
 * times in a row. Everything else goes to the real one, except that syncs cost no time
 * (nobody pulls the plug here) unless they are made slow, or held until they are let go.
 */
#ifndef DIMWATCH_TESTS_VFS_FAULT_H
#define DIMWATCH_TESTS_VFS_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fault_kind {
	FAULT_IO,    /* EIO */
	FAULT_FULL,  /* no space */
	FAULT_SHORT, /* a write that ends half way, then EIO */
	FAULT_KIND_COUNT
};
const char *fault_kind_code(enum fault_kind k);

enum fault_call {
	CALL_OPEN,
	CALL_WRITE,
	CALL_SYNC,
	CALL_TRUNCATE,
	CALL_DELETE,
	CALL_SHM,
	CALL_COUNT
};

/* Makes it SQLite's default; once per process. */
void vfs_fault_install(void);
/* Call number `at` (1 is the next one) fails; `times` calls in a row do. at 0: none. */
void vfs_fault_arm(enum fault_kind kind, int64_t at, int64_t times);
/* Calls since the last arming; did the fault happen? */
int64_t vfs_fault_count(void);
bool vfs_fault_happened(void);
/* Calls that failed since the program began, by what they were. */
int64_t vfs_fault_failed(enum fault_call c);
/* "open 3, write 120": buf is returned. */
char *vfs_fault_words(char *buf, size_t size);

/* From now on each sync takes so long; 0: no time. */
void vfs_fault_slow(int64_t sync_us);
/* The next sync, and those after it, wait until the release. */
void vfs_fault_hold(void);
void vfs_fault_release(void);
bool vfs_fault_is_held(void); /* does one wait now? */
/* Syncs since the program began. */
int64_t vfs_fault_syncs(void);

#endif
