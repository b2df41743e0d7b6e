/* SPDX-License-Identifier: MIT
 *
 * The only global: structured lines to stderr, one event a line, logfmt
 * (`ts=... level=info event=incident_opened target=...`). Under systemd the time stamp is
 * left out and a <N> priority prefix is put before the line. errno is preserved. Values
 * pass text_printable and are quoted when needed; a value never spans two lines. Every
 * secret registered with log_redact is replaced by *** wherever it appears in a value.
 */
#ifndef DIMWATCH_BASE_LOG_H
#define DIMWATCH_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_NOTICE, LOG_WARN, LOG_ERROR };

void log_set_level(enum log_level min);
/* Where lines go; default fd 2. */
void log_set_fd(int fd);
/* Lines for systemd's journal; main decides (JOURNAL_STREAM), the logger reads no
 * environment. */
void log_use_journal(bool journal);
void log_redact(
    const char *secret_text); /* copied; at least 6 characters, else ignored */
void log_fini(void);

/* One line. The keys and formats are a printf-like list of "key=" pieces:
 *   log_event(LOG_INFO, "sample", "target=%s ms=%d", name, ms);
 * Each %s value is quoted as needed by the logger, not by the caller. */
void log_event(enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same without values (gcc dislikes empty formats). */
void log_plain(enum log_level level, const char *event);

#endif
