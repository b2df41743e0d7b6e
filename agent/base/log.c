/* SPDX-License-Identifier: MIT
 *
 * The logger. The format is cut at its blanks into "key=format" pieces that are printed
 * one by one, so that a value knows its own borders: it is cleaned of secrets first,
 * then cut, escaped and quoted. One write(2) a line; a mutex, because the storage
 * writer's thread speaks too.
 */
#include "agent/base/log.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/str.h"
#include "agent/base/text.h"
#include "agent/base/tick.h"
#include "agent/base/xalloc.h"

#define SECRETS_MAX    512
#define SECRET_MIN_LEN 6
#define RAW_MAX        65536 /* of a value before it is cut: no secret is cut in half */
#define VALUE_MAX      2048
#define LINE_MAX_BYTES 16384

struct level {
	const char *name, *priority;
};

static const struct level levels[] = {
    [LOG_DEBUG] = {"debug",  "<7>"},
    [LOG_INFO] = {"info",   "<6>"},
    [LOG_NOTICE] = {"notice", "<5>"},
    [LOG_WARN] = {"warn",   "<4>"},
    [LOG_ERROR] = {"error",  "<3>"},
};

static struct {
	pthread_mutex_t mutex;
	enum log_level min;
	int fd;
	bool journal;
	char *secrets[SECRETS_MAX]; /* owned; wiped by log_fini */
	size_t n_secrets;
} logger = {.mutex = PTHREAD_MUTEX_INITIALIZER, .min = LOG_INFO, .fd = STDERR_FILENO};

void log_set_level(enum log_level min)
{
	pthread_mutex_lock(&logger.mutex);
	logger.min = min;
	pthread_mutex_unlock(&logger.mutex);
}

void log_set_fd(int fd)
{
	pthread_mutex_lock(&logger.mutex);
	logger.fd = fd;
	pthread_mutex_unlock(&logger.mutex);
}

void log_use_journal(bool journal)
{
	pthread_mutex_lock(&logger.mutex);
	logger.journal = journal;
	pthread_mutex_unlock(&logger.mutex);
}

static bool is_known_secret(const char *text)
{
	for (size_t i = 0; i < logger.n_secrets; i++) {
		if (strcmp(logger.secrets[i], text) == 0)
			return true;
	}
	return false;
}

void log_redact(const char *secret_text)
{
	if (!secret_text || strlen(secret_text) < SECRET_MIN_LEN)
		return;
	pthread_mutex_lock(&logger.mutex);
	if (!is_known_secret(secret_text) && logger.n_secrets < SECRETS_MAX)
		logger.secrets[logger.n_secrets++] = xstrdup(secret_text);
	pthread_mutex_unlock(&logger.mutex);
}

void log_fini(void)
{
	pthread_mutex_lock(&logger.mutex);
	for (size_t i = 0; i < logger.n_secrets; i++) {
		explicit_bzero(logger.secrets[i], strlen(logger.secrets[i]));
		free(logger.secrets[i]);
	}
	logger.n_secrets = 0;
	logger.min = LOG_INFO;
	logger.fd = STDERR_FILENO;
	logger.journal = false;
	pthread_mutex_unlock(&logger.mutex);
}

/* Length of the longest secret that starts at p; 0 when none does. */
static size_t secret_at(const char *p, size_t n)
{
	size_t longest = 0;

	for (size_t i = 0; i < logger.n_secrets; i++) {
		size_t len = strlen(logger.secrets[i]);

		if (len > longest && len <= n && memcmp(p, logger.secrets[i], len) == 0)
			longest = len;
	}
	return longest;
}

static void redact(struct str *out, struct span raw)
{
	size_t i = 0;

	while (i < raw.n) {
		size_t secret = secret_at(raw.p + i, raw.n - i);

		if (secret)
			str_adds(out, "***");
		else
			str_addc(out, raw.p[i]);
		i += secret ? secret : 1;
	}
}

static bool needs_quotes(struct span value)
{
	if (value.n == 0)
		return true;
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f)
			return true;
	}
	return false;
}

/* Quotes and backslashes of the value are escaped before text_printable adds its own. */
static void add_value(struct str *line, struct span raw)
{
	struct str clean, escaped;

	str_init(&clean, raw.n * 3);
	redact(&clean, raw);
	if (clean.len > VALUE_MAX) {
		str_truncate(&clean, utf8_cut(str_span(&clean), VALUE_MAX));
		str_init(&escaped, clean.len + 3);
		str_adds(&escaped, str_c(&clean));
		str_adds(&escaped, "...");
		str_fini(&clean);
		clean = escaped;
	}
	if (!needs_quotes(str_span(&clean))) {
		text_printable(line, str_span(&clean));
		str_fini(&clean);
		return;
	}
	str_init(&escaped, clean.len * 2);
	for (size_t i = 0; i < clean.len; i++) {
		if (clean.data[i] == '"' || clean.data[i] == '\\')
			str_addc(&escaped, '\\');
		str_addc(&escaped, clean.data[i]);
	}
	str_addc(line, '"');
	text_printable(line, str_span(&escaped));
	str_addc(line, '"');
	str_fini(&escaped);
	str_fini(&clean);
}

#define SPEC_MAX 32

/* One conversion of a format: "%-5.*lld" and its like. */
struct conversion {
	char spec[2 * SPEC_MAX]; /* as written, with room for two numbers */
	char length;             /* 0, or: H hh, h, l, L ll, z, j, t */
	char type;
	size_t n; /* bytes of the format */
};

static size_t read_length(const char *p, char *ret)
{
	*ret = '\0';
	if (p[0] == 'h' || p[0] == 'l') {
		bool twice = p[1] == p[0];

		*ret = (char)(twice ? toupper((unsigned char)p[0]) : p[0]);
		return twice ? 2 : 1;
	}
	if (p[0] && strchr("zjt", p[0])) {
		*ret = p[0];
		return 1;
	}
	return 0;
}

/* p stands on '%'. False for what the logger does not speak. */
static bool read_conversion(const char *p, struct conversion *c)
{
	size_t n = 1, stars = 0;

	*c = (struct conversion){.n = 1};
	for (; p[n] && strchr("-+#0123456789.*'", p[n]); n++)
		stars += p[n] == '*';
	n += read_length(p + n, &c->length);
	c->type = p[n];
	if (!p[n] || !strchr("sdiuoxXcfFeEgGp%", p[n]) || n + 2 > SPEC_MAX || stars > 2)
		return false;
	c->n = n + 1;
	memcpy(c->spec, p, c->n);
	return true;
}

/* Writes the int arguments that stand before the value into the stars' places. */
static void fill_stars(struct conversion *c, va_list *ap)
{
	char *star = NULL;

	while ((star = strchr(c->spec, '*')) != NULL) {
		char rest[sizeof(c->spec)];
		int n = va_arg(*ap, int);

		str_copy(rest, sizeof(rest), star + 1);
		/* A negative precision is none. */
		if (n < 0 && star[-1] == '.')
			str_copy(star - 1, strlen(rest) + 1, rest);
		else
			(void)snprintf(star, sizeof(c->spec) - (size_t)(star - c->spec),
			    "%d%s", n, rest);
	}
}

/* The format of a conversion is a piece of a literal that the compiler has checked at the
 * call of log_event. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static bool is_wide(char length)
{
	static const struct {
		char length;
		size_t size;
	} rows[] = {
	    {'l', sizeof(long)     },
	    {'L', sizeof(long long)},
	    {'z', sizeof(size_t)   },
	    {'j', sizeof(intmax_t) },
	    {'t', sizeof(ptrdiff_t)},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].length == length)
			return rows[i].size > sizeof(int);
	}
	return false;
}

static void add_number(struct str *out, const struct conversion *c, va_list *ap)
{
	if (strchr("fFeEgG", c->type)) {
		str_addf(out, c->spec, va_arg(*ap, double));
		return;
	}
	if (is_wide(c->length)) {
		str_addf(out, c->spec, va_arg(*ap, int64_t));
		return;
	}
	str_addf(out, c->spec, va_arg(*ap, int));
}

static void add_conversion(struct str *out, const struct conversion *c, va_list *ap)
{
	const char *text = NULL;

	switch (c->type) {
	case '%':
		str_addc(out, '%');
		break;
	case 's':
		text = va_arg(*ap, const char *);
		str_addf(out, c->spec, text ? text : "(null)");
		break;
	case 'p':
		str_addf(out, c->spec, va_arg(*ap, void *));
		break;
	default:
		add_number(out, c, ap);
	}
}
#pragma GCC diagnostic pop

/* Prints the piece fmt[0..n) with its arguments. */
static void add_piece(struct str *out, const char *fmt, size_t n, va_list *ap)
{
	for (size_t i = 0; i < n;) {
		struct conversion c;

		if (fmt[i] == '%' && read_conversion(fmt + i, &c)) {
			fill_stars(&c, ap);
			add_conversion(out, &c, ap);
			i += c.n;
		} else {
			str_addc(out, fmt[i++]);
		}
	}
}

static void add_pieces(struct str *line, const char *fmt, va_list *ap)
{
	while (*fmt) {
		size_t n = strcspn(fmt, " "), key = strcspn(fmt, "=% ");
		struct str value;

		if (n == 0) {
			fmt++;
			continue;
		}
		str_addc(line, ' ');
		if (fmt[key] == '=') {
			str_add(line, fmt, key + 1);
			fmt += key + 1;
			n -= key + 1;
		}
		str_init(&value, RAW_MAX);
		add_piece(&value, fmt, n, ap);
		add_value(line, str_span(&value));
		str_fini(&value);
		fmt += n;
	}
}

static void add_head(struct str *line, enum log_level level, const char *event)
{
	char stamp[40];
	struct timespec ts;
	struct wall now;

	if (logger.journal) {
		str_addf(line, "%slevel=%s", levels[level].priority, levels[level].name);
	} else {
		clock_gettime(CLOCK_REALTIME, &ts);
		now.ms = (int64_t)ts.tv_sec * MS_PER_S + ts.tv_nsec / 1000000;
		str_addf(line, "ts=%s level=%s", wall_rfc3339(now, stamp, sizeof(stamp)),
		    levels[level].name);
	}
	str_adds(line, " event=");
	add_value(line, span_of(event));
}

/* A log that nobody can read is no reason to stop: what cannot be written is dropped. */
static void write_line(const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(logger.fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return;
		p += done;
		n -= (size_t)done;
	}
}

/* Prints one line; errno is what it was before the caller came here. */
static void log_line(
    enum log_level level, const char *event, const char *fmt, va_list *ap)
{
	int saved = errno;
	struct str line;

	pthread_mutex_lock(&logger.mutex);
	if (level >= logger.min) {
		str_init(&line, LINE_MAX_BYTES);
		add_head(&line, level, event);
		if (fmt)
			add_pieces(&line, fmt, ap);
		str_truncate(&line, utf8_cut(str_span(&line), LINE_MAX_BYTES - 1));
		str_addc(&line, '\n');
		write_line(line.data, line.len);
		str_fini(&line);
	}
	pthread_mutex_unlock(&logger.mutex);
	errno = saved;
}

void log_event(enum log_level level, const char *event, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(level, event, fmt, &ap);
	va_end(ap);
}

void log_plain(enum log_level level, const char *event)
{
	log_line(level, event, NULL, NULL);
}
