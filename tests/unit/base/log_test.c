/* SPDX-License-Identifier: MIT
 *
 * What arrives on the descriptor, byte by byte.
 */
#include "agent/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/base/str.h"
#include "agent/base/text.h"
#include "agent/base/xalloc.h"

static int pipes[2];
static char got[70000];

/* Everything logged since the last call. */
static const char *lines(void)
{
	ssize_t n = read(pipes[0], got, sizeof(got) - 1);

	got[n > 0 ? n : 0] = '\0';
	return got;
}

static int open_pipe(void **state)
{
	(void)state;
	if (pipe2(pipes, O_NONBLOCK) != 0)
		return -1;
	log_set_fd(pipes[1]);
	log_use_journal(true); /* no time stamp: the lines can be compared */
	return 0;
}

static int close_pipe(void **state)
{
	(void)state;
	log_fini();
	close(pipes[0]);
	close(pipes[1]);
	return 0;
}

static void every_conversion_prints_as_printf_does(void **state)
{
	(void)state;
	log_event(LOG_INFO, "e", "s=%s d=%d i=%i u=%u c=%c", "text", -1, 2, 3u, 'x');
	assert_string_equal(lines(), "<6>level=info event=e s=text d=-1 i=2 u=3 c=x\n");
	log_event(LOG_INFO, "e", "ld=%ld lu=%lu lld=%lld llu=%llu zu=%zu zd=%zd", -4L,
	    5ul, -6LL, 7ull, (size_t)8, (ssize_t)-9);
	assert_string_equal(
	    lines(), "<6>level=info event=e ld=-4 lu=5 lld=-6 llu=7 zu=8 zd=-9\n");
	log_event(LOG_INFO, "e", "m=%" PRId64 " M=%" PRIu64 " x=%x X=%#lX h=%hd hh=%hhu",
	    INT64_MIN, UINT64_MAX, 255u, 255ul, (short)-3, (unsigned char)200);
	assert_string_equal(lines(), "<6>level=info event=e m=-9223372036854775808 "
				     "M=18446744073709551615 x=ff X=0XFF h=-3 hh=200\n");
	log_event(LOG_INFO, "e", "f=%.2f g=%g pad=%05d p=%d%%", 1.5, 0.25, 42, 7);
	assert_string_equal(
	    lines(), "<6>level=info event=e f=1.50 g=0.25 pad=00042 p=7%\n");
	log_event(LOG_INFO, "e", "cut=%.*s w=%*d j=%jd t=%td", 3, "abcdef", 4, 5,
	    (intmax_t)6, (ptrdiff_t)7);
	assert_string_equal(
	    lines(), "<6>level=info event=e cut=abc w=\"   5\" j=6 t=7\n");
	log_event(
	    LOG_INFO, "e", "none=%.*s left=%*d both=%*.*f.", -1, "abc", -3, 5, 7, 2, 1.0);
	assert_string_equal(
	    lines(), "<6>level=info event=e none=abc left=\"5  \" both=\"   1.00.\"\n");
}

static void values_are_quoted_when_they_need_it(void **state)
{
	(void)state;
	log_event(LOG_INFO, "e", "a=%s b=%s c=%s d=%s f=%s", "two words", "", "k=v",
	    "say \"hi\"", "C:\\x");
	assert_string_equal(lines(),
	    "<6>level=info event=e a=\"two words\" b=\"\" c=\"k=v\" "
	    "d=\"say \\\"hi\\\"\" f=\"C:\\\\x\"\n");
	log_event(LOG_INFO, "e", "a=%d/%d b=\xe7\x81\xaf", 1, 2);
	assert_string_equal(lines(), "<6>level=info event=e a=1/2 b=\xe7\x81\xaf\n");
}

static void a_value_never_makes_a_second_line_or_moves_a_cursor(void **state)
{
	(void)state;
	log_event(
	    LOG_WARN, "e", "a=%s b=%s", "x\nlevel=info event=fake\r", "\x1b[2J\xff");
	assert_string_equal(lines(),
	    "<4>level=warn event=e a=\"x\\x0alevel=info event=fake\\x0d\" b=\"\\x1b[2J\\xff\"\n");
}

static void pieces_without_a_key_and_odd_blanks_survive(void **state)
{
	(void)state;
	log_event(LOG_INFO, "e", "  %s   k=%d ", "loose text", 3);
	assert_string_equal(lines(), "<6>level=info event=e \"loose text\" k=3\n");
	log_plain(LOG_ERROR, "alone");
	assert_string_equal(lines(), "<3>level=error event=alone\n");
}

static void secrets_never_appear(void **state)
{
	(void)state;
	log_redact("sk-secret-1");
	log_redact("sk-secret-12345");
	log_redact("short"); /* too short to be looked for: it would hide half the log */
	log_redact(NULL);
	log_event(LOG_INFO, "e", "url=%s k=%s", "https://h/?k=sk-secret-12345&x",
	    "a-sk-secret-1-b");
	assert_string_equal(
	    lines(), "<6>level=info event=e url=\"https://h/?k=***&x\" k=a-***-b\n");
	log_event(LOG_INFO, "e", "a=%s%s b=short", "sk-sec", "ret-1");
	assert_string_equal(lines(), "<6>level=info event=e a=*** b=short\n");
}

static void a_secret_with_special_characters_is_found_before_escaping(void **state)
{
	(void)state;
	log_redact("pa\"ss\\word\n");
	log_event(LOG_INFO, "e", "a=%s", "x pa\"ss\\word\n y");
	assert_string_equal(lines(), "<6>level=info event=e a=\"x *** y\"\n");
}

static void a_secret_across_the_cut_of_a_long_value_is_hidden(void **state)
{
	char *text = xmalloc(5001);

	(void)state;
	log_redact("sk-secret-12345");
	for (size_t at = 2030; at < 2050; at++) {
		memset(text, 'a', 5000);
		text[5000] = '\0';
		memcpy(text + at, "sk-secret-12345", 15);
		log_event(LOG_INFO, "e", "a=%s", text);
		assert_null(strstr(lines(), "sk"));
		assert_in_range(strlen(got), 2000, 2200);
		assert_non_null(strstr(got, "...\n"));
	}
	free(text);
}

static void a_line_has_a_limit_and_ends_with_a_newline(void **state)
{
	char *text = xmalloc(3001);

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		memcpy(text + 3 * i, "\xe7\x81\xaf", 3);
	text[3000] = '\0';
	log_event(LOG_INFO, "e", "a=%s b=%s c=%s d=%s e=%s f=%s g=%s h=%s i=%s j=%s",
	    text, text, text, text, text, text, text, text, text, text);
	lines();
	assert_in_range(strlen(got), 16000, 16384);
	assert_int_equal(got[strlen(got) - 1], '\n');
	assert_true(utf8_valid(span_of(got)));
	free(text);
}

static void levels_below_the_minimum_are_silent(void **state)
{
	(void)state;
	log_event(LOG_DEBUG, "e", "a=%d", 1);
	assert_string_equal(lines(), "");
	log_set_level(LOG_DEBUG);
	log_event(LOG_DEBUG, "e", "a=%d", 1);
	assert_string_equal(lines(), "<7>level=debug event=e a=1\n");
	log_set_level(LOG_ERROR);
	log_event(LOG_WARN, "e", "a=%d", 1);
	assert_string_equal(lines(), "");
}

static void outside_the_journal_lines_carry_the_time(void **state)
{
	static const char shape[] =
	    "ts=0000-00-00T00:00:00.000Z level=notice event=e a=1\n";

	(void)state;
	log_use_journal(false);
	log_event(LOG_NOTICE, "e", "a=%d", 1);
	lines();
	assert_int_equal(strlen(got), strlen(shape));
	for (size_t i = 0; i < 27; i++)
		assert_true(got[i] == shape[i] ||
			    (shape[i] == '0' && got[i] >= '0' && got[i] <= '9'));
	assert_string_equal(got + 27, shape + 27);
}

static void errno_is_preserved(void **state)
{
	(void)state;
	errno = ENOENT;
	log_event(LOG_INFO, "e", "a=%s", "x");
	assert_int_equal(errno, ENOENT);
	log_set_fd(-1); /* cannot be written: dropped */
	log_event(LOG_INFO, "e", "a=%s", "x");
	assert_int_equal(errno, ENOENT);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, open_pipe, close_pipe)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(every_conversion_prints_as_printf_does),
	    CASE(values_are_quoted_when_they_need_it),
	    CASE(a_value_never_makes_a_second_line_or_moves_a_cursor),
	    CASE(pieces_without_a_key_and_odd_blanks_survive),
	    CASE(secrets_never_appear),
	    CASE(a_secret_with_special_characters_is_found_before_escaping),
	    CASE(a_secret_across_the_cut_of_a_long_value_is_hidden),
	    CASE(a_line_has_a_limit_and_ends_with_a_newline),
	    CASE(levels_below_the_minimum_are_silent),
	    CASE(outside_the_journal_lines_carry_the_time),
	    CASE(errno_is_preserved),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
