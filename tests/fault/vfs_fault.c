/* SPDX-License-Identifier: MIT
 *
 * See vfs_fault.h. The file object of the real file system follows ours in memory.
 */
#include "tests/fault/vfs_fault.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

struct fault_file {
	sqlite3_file base;
	sqlite3_file *real; /* right behind this struct */
};

static struct {
	sqlite3_vfs vfs, *real;
	enum fault_kind kind;
	atomic_llong at, times, count;
	atomic_bool happened;
	atomic_llong failed[CALL_COUNT], sync_us, syncs;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	bool hold, held; /* guarded */
} fault = {.mutex = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};

static const char *const call_names[CALL_COUNT] = {
    [CALL_OPEN] = "open",
    [CALL_WRITE] = "write",
    [CALL_SYNC] = "sync",
    [CALL_TRUNCATE] = "truncate",
    [CALL_DELETE] = "delete",
    [CALL_SHM] = "shm",
};

const char *fault_kind_code(enum fault_kind k)
{
	static const char *const codes[FAULT_KIND_COUNT] = {
	    [FAULT_IO] = "EIO", [FAULT_FULL] = "ENOSPC", [FAULT_SHORT] = "short write"};

	return codes[k];
}

static sqlite3_file *real_of(sqlite3_file *f)
{
	return ((struct fault_file *)f)->real;
}

/* Counts a call; true: it is to fail. */
static bool fails(enum fault_call c)
{
	long long n = atomic_fetch_add(&fault.count, 1) + 1;
	long long at = atomic_load(&fault.at);
	bool now = at && n >= at && n < at + atomic_load(&fault.times);

	if (now) {
		atomic_store(&fault.happened, true);
		atomic_fetch_add(&fault.failed[c], 1);
	}
	return now;
}

static int code(int io)
{
	return fault.kind == FAULT_FULL ? SQLITE_FULL : io;
}

static int f_close(sqlite3_file *f)
{
	return real_of(f)->pMethods->xClose(real_of(f));
}

static int f_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	return real_of(f)->pMethods->xRead(real_of(f), p, n, at);
}

static int f_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	if (fails(CALL_WRITE)) {
		if (fault.kind == FAULT_SHORT && n > 1)
			(void)real_of(f)->pMethods->xWrite(real_of(f), p, n / 2, at);
		return code(SQLITE_IOERR_WRITE);
	}
	return real_of(f)->pMethods->xWrite(real_of(f), p, n, at);
}

static int f_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	if (fails(CALL_TRUNCATE))
		return code(SQLITE_IOERR_TRUNCATE);
	return real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static void wait_in_sync(void)
{
	int64_t us = atomic_load(&fault.sync_us);
	struct timespec ts = {us / 1000000, us % 1000000 * 1000};

	atomic_fetch_add(&fault.syncs, 1);
	if (us)
		(void)nanosleep(&ts, NULL); /* the fault itself */
	pthread_mutex_lock(&fault.mutex);
	while (fault.hold) {
		fault.held = true;
		pthread_cond_wait(&fault.cond, &fault.mutex);
	}
	fault.held = false;
	pthread_mutex_unlock(&fault.mutex);
}

static int f_sync(sqlite3_file *f, int flags)
{
	(void)f;
	(void)flags;
	wait_in_sync();
	return fails(CALL_SYNC) ? code(SQLITE_IOERR_FSYNC) : SQLITE_OK;
}

static int f_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return real_of(f)->pMethods->xFileSize(real_of(f), size);
}

static int f_lock(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xLock(real_of(f), level);
}

static int f_unlock(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xUnlock(real_of(f), level);
}

static int f_reserved(sqlite3_file *f, int *out)
{
	return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}

static int f_control(sqlite3_file *f, int op, void *arg)
{
	return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int f_sector(sqlite3_file *f)
{
	return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int f_traits(sqlite3_file *f)
{
	return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static int f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
	if (extend && fails(CALL_SHM))
		return SQLITE_IOERR_SHMSIZE;
	return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, out);
}

static int f_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	return real_of(f)->pMethods->xShmLock(real_of(f), offset, n, flags);
}

static void f_shm_barrier(sqlite3_file *f)
{
	real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int f_shm_unmap(sqlite3_file *f, int delete)
{
	return real_of(f)->pMethods->xShmUnmap(real_of(f), delete);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = f_close,
    .xRead = f_read,
    .xWrite = f_write,
    .xTruncate = f_truncate,
    .xSync = f_sync,
    .xFileSize = f_size,
    .xLock = f_lock,
    .xUnlock = f_unlock,
    .xCheckReservedLock = f_reserved,
    .xFileControl = f_control,
    .xSectorSize = f_sector,
    .xDeviceCharacteristics = f_traits,
    .xShmMap = f_shm_map,
    .xShmLock = f_shm_lock,
    .xShmBarrier = f_shm_barrier,
    .xShmUnmap = f_shm_unmap,
};

static int v_open(
    sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
	struct fault_file *mine = (struct fault_file *)f;
	int rc = SQLITE_OK;

	(void)vfs;
	memset(mine, 0, sizeof(*mine));
	mine->real = (sqlite3_file *)(mine + 1);
	if (fails(CALL_OPEN))
		return code(SQLITE_CANTOPEN);
	rc = fault.real->xOpen(fault.real, name, mine->real, flags, out_flags);
	if (rc == SQLITE_OK)
		mine->base.pMethods = &methods;
	return rc;
}

static int v_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
	(void)vfs;
	if (fails(CALL_DELETE))
		return SQLITE_IOERR_DELETE;
	return fault.real->xDelete(fault.real, name, sync_dir);
}

void vfs_fault_install(void)
{
	fault.real = sqlite3_vfs_find(NULL);
	fault.vfs = *fault.real;
	fault.vfs.zName = "fault";
	fault.vfs.szOsFile = (int)sizeof(struct fault_file) + fault.real->szOsFile;
	fault.vfs.xOpen = v_open;
	fault.vfs.xDelete = v_delete;
	fault.vfs.pNext = NULL;
	(void)sqlite3_vfs_register(&fault.vfs, 1);
}

void vfs_fault_arm(enum fault_kind kind, int64_t at, int64_t times)
{
	fault.kind = kind;
	atomic_store(&fault.count, 0);
	atomic_store(&fault.happened, false);
	atomic_store(&fault.times, times);
	atomic_store(&fault.at, at);
}

int64_t vfs_fault_count(void)
{
	return atomic_load(&fault.count);
}

bool vfs_fault_happened(void)
{
	return atomic_load(&fault.happened);
}

int64_t vfs_fault_failed(enum fault_call c)
{
	return atomic_load(&fault.failed[c]);
}

char *vfs_fault_words(char *buf, size_t size)
{
	const char *comma = "";
	size_t n = 0;

	buf[0] = '\0';
	for (int c = 0; c < CALL_COUNT && n < size; c++) {
		long long failed = atomic_load(&fault.failed[c]);

		if (!failed)
			continue;
		n += (size_t)snprintf(
		    buf + n, size - n, "%s%s %lld", comma, call_names[c], failed);
		comma = ", ";
	}
	return buf;
}

void vfs_fault_slow(int64_t sync_us)
{
	atomic_store(&fault.sync_us, sync_us);
}

static void set_hold(bool hold)
{
	pthread_mutex_lock(&fault.mutex);
	fault.hold = hold;
	pthread_cond_broadcast(&fault.cond);
	pthread_mutex_unlock(&fault.mutex);
}

void vfs_fault_hold(void)
{
	set_hold(true);
}

void vfs_fault_release(void)
{
	set_hold(false);
}

bool vfs_fault_is_held(void)
{
	bool held = false;

	pthread_mutex_lock(&fault.mutex);
	held = fault.held;
	pthread_mutex_unlock(&fault.mutex);
	return held;
}

int64_t vfs_fault_syncs(void)
{
	return atomic_load(&fault.syncs);
}
