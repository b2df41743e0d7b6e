/* SPDX-License-Identifier: MIT
 *
 * Lock first, then the file, then the row of this run. The lock is on FILE.lock: a lock
 * on the database itself would be lost with the next close() of any descriptor on it.
 */
#include "storage/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/base/xalloc.h"
#include "storage/migrate.h"
#include "storage/row.h"
#include "storage/store_file.h"

struct store {
	struct store_options o; /* with texts of our own */
	char *path, *version, *config_hash, *vantage;
	char *wal_path, *shm_path;
	int lock; /* -1: none */
	struct db *db;
	dev_t device; /* of the file behind db */
	ino_t inode, wal_inode, shm_inode;
	int64_t run_id;
	bool has_last;
	struct store_last_run last;
};

static bool take_lock(const char *path, int *ret, struct err *e)
{
	char *name = xasprintf("%s.lock", path);
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int why = errno;

	free(name);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) {
		*ret = fd;
		return true;
	}
	if (fd < 0 && why == ENOENT)
		return err_set(e, ERR_STORAGE,
		    "database '%s': its directory does not exist: make it, or change"
		    " `store.path`",
		    path);
	if (fd < 0)
		return err_set(e, ERR_STORAGE,
		    "database '%s': its lock cannot be made: %s", path, strerror(why));
	why = errno;
	(void)close(fd);
	if (why == EWOULDBLOCK)
		return err_set(e, ERR_BUSY,
		    "database '%s': another dimwatch is running with it; stop that one, or"
		    " give this one another `store.path`",
		    path);
	return err_set(
	    e, ERR_SYSTEM, "database '%s': it cannot be locked: %s", path, strerror(why));
}

/* 0: there is no such file. */
static ino_t inode_of(const char *name)
{
	struct stat st;

	return stat(name, &st) == 0 ? st.st_ino : 0;
}

static void note_identity(struct store *s)
{
	struct stat st;

	if (stat(s->path, &st) == 0) {
		s->device = st.st_dev;
		s->inode = st.st_ino;
	}
	s->wal_inode = inode_of(s->wal_path);
	s->shm_inode = inode_of(s->shm_path);
}

static bool read_last_run(struct store *s, struct err *e)
{
	sqlite3_stmt *st = db_stmt(s->db,
	    "SELECT started, last_alive, clean FROM runs ORDER BY id DESC LIMIT 1");
	struct row r = row_of(st);

	if (!db_step(s->db, st, &s->has_last, e))
		return false;
	if (!s->has_last)
		return true;
	s->last.started = row_wall(&r);
	s->last.last_alive = row_wall(&r);
	s->last.clean = row_bool(&r);
	(void)sqlite3_reset(st);
	return true;
}

static bool begin_run(struct store *s, struct wall now, struct err *e)
{
	struct bind b = bind_to(db_stmt(s->db,
	    "INSERT INTO runs(started, last_alive, clean, version, config_hash, vantage)"
	    " VALUES(?, ?, 0, ?, ?, ?)"));

	bind_int(&b, now.ms);
	bind_int(&b, now.ms);
	bind_text(&b, s->version);
	bind_text(&b, s->config_hash);
	bind_text(&b, s->vantage);
	if (!db_run(s->db, b.st, e))
		return false;
	s->run_id = sqlite3_last_insert_rowid(db_handle(s->db));
	return true;
}

/* The file as it is now: opened, brought up to date, with a row for this run. */
static bool attach(struct store *s, struct wall now, bool first, struct err *e)
{
	s->db = db_open(s->path, DB_CREATE, e);
	if (!s->db)
		return false;
	if (migrate(s->db, e) && (!first || read_last_run(s, e)) &&
	    begin_run(s, now, e)) {
		note_identity(s); /* after a commit: the log has its file */
		return true;
	}
	db_close(s->db);
	s->db = NULL;
	return err_wrap(e, "database '%s'", s->path);
}

static char *text(const char *t)
{
	return xstrdup(t ? t : "");
}

static void store_free(struct store *s)
{
	db_close(s->db);
	if (s->lock >= 0)
		(void)close(s->lock);
	free(s->path);
	free(s->wal_path);
	free(s->shm_path);
	free(s->version);
	free(s->config_hash);
	free(s->vantage);
	free(s);
}

struct store *store_open(const struct store_options *o, struct err *e)
{
	struct store *s = xcalloc(1, sizeof(*s));

	s->o = *o;
	s->path = text(o->path);
	s->wal_path = xasprintf("%s-wal", s->path);
	s->shm_path = xasprintf("%s-shm", s->path);
	s->version = text(o->version);
	s->config_hash = text(o->config_hash);
	s->vantage = text(o->vantage);
	s->o.path = s->path;
	s->o.version = s->version;
	s->o.config_hash = s->config_hash;
	s->o.vantage = s->vantage;
	s->lock = -1;
	if (take_lock(s->path, &s->lock, e) && attach(s, o->now, true, e))
		return s;
	store_free(s);
	return NULL;
}

void store_close(struct store *s, bool clean, struct wall now)
{
	if (!s)
		return;
	if (s->db) {
		struct err e = {0};
		struct bind b = bind_to(db_stmt(s->db,
		    "UPDATE runs SET clean = ?, last_alive = max(last_alive, ?)"
		    " WHERE id = ?"));

		bind_int(&b, clean);
		bind_int(&b, now.ms);
		bind_int(&b, s->run_id);
		if (!db_run(s->db, b.st, &e))
			log_event(LOG_WARN, "run_not_closed", "why=%s", e.msg);
	}
	store_free(s);
}

struct db *store_db(struct store *s)
{
	return s->db;
}

const struct store_options *store_opts(const struct store *s)
{
	return &s->o;
}

int64_t store_run_id(const struct store *s)
{
	return s->run_id;
}

bool store_last_run(const struct store *s, struct store_last_run *ret)
{
	if (s->has_last)
		*ret = s->last;
	return s->has_last;
}

/* ---- the file under us ---- */

/* Gone or replaced; a name that cannot be looked up now (EACCES) says nothing. */
static bool is_lost(const char *name, ino_t known)
{
	struct stat st;

	if (!known)
		return false;
	return stat(name, &st) == 0 ? st.st_ino != known : errno == ENOENT;
}

enum store_file store_look(const struct store *s)
{
	struct stat st;

	if (!s->db)
		return STORE_FILE_CLOSED;
	if (stat(s->path, &st) != 0)
		return errno == ENOENT ? STORE_FILE_GONE : STORE_FILE_SAME;
	if (st.st_dev != s->device || st.st_ino != s->inode)
		return STORE_FILE_OTHER;
	return is_lost(s->wal_path, s->wal_inode) || is_lost(s->shm_path, s->shm_inode)
		   ? STORE_FILE_NO_LOG
		   : STORE_FILE_SAME;
}

/* The log has no name any more but we still hold it: all of it goes into the file before
 * it is let go. */
static bool save_log(struct store *s, struct err *e)
{
	int in_log = 0, done = 0;
	int rc = sqlite3_wal_checkpoint_v2(
	    db_handle(s->db), NULL, SQLITE_CHECKPOINT_PASSIVE, &in_log, &done);

	if (rc == SQLITE_OK && done == in_log)
		return true;
	if (rc == SQLITE_OK)
		return err_set(e, ERR_BUSY,
		    "database '%s': its log was deleted while a reader holds it up",
		    s->path);
	(void)db_error(s->db, e, "its log was deleted and cannot be saved");
	return err_wrap(e, "database '%s'", s->path);
}

bool store_reattach(struct store *s, struct wall now, struct err *e)
{
	enum store_file was = store_look(s);
	int lock = -1;

	if (was == STORE_FILE_NO_LOG && !save_log(s, e))
		return false;
	db_close(s->db);
	s->db = NULL;
	/* SQLite leaves the log of a file that was moved, and would play it into the one
	 * that came in its place. (With an empty file it throws it away.) */
	if (was == STORE_FILE_OTHER && inode_of(s->wal_path) == s->wal_inode) {
		(void)unlink(s->wal_path);
		(void)unlink(s->shm_path);
	}
	/* The lock may have been deleted too; our own does not keep us out. */
	if (s->lock >= 0)
		(void)close(s->lock);
	s->lock = -1;
	if (!take_lock(s->path, &lock, e))
		return false;
	s->lock = lock;
	return attach(s, now, false, e);
}

int64_t store_bytes(const struct store *s)
{
	struct stat st;
	int64_t bytes = stat(s->path, &st) == 0 ? st.st_size : 0;

	bytes += stat(s->wal_path, &st) == 0 ? st.st_size : 0;
	return bytes;
}
