/* SPDX-License-Identifier: MIT
 *
 * Tables into memory: a stream that is no terminal.
 */
#include "agent/paint.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *printed(struct table *t)
{
	FILE *f = tmpfile();
	char *text = calloc(1, 4096);
	assert_non_null(f);
	assert_non_null(text);
	table_print(t, f);
	rewind(f);
	assert_true(fread(text, 1, 4095, f) > 0);
	(void)fclose(f);
	table_free(t);
	return text;
}

static void columns_line_up_by_display_width(void **state)
{
	(void)state;
	struct table *t = table_new(3);
	table_row(t, NULL, (const char *const[]){"a", "b", "c"});
	table_row(
	    t, NULL, (const char *const[]){"\xe6\xb7\xb1\xe5\xba\xa6", "long word", "x"});
	char *text = printed(t);
	assert_string_equal(
	    text, "a     b          c\n\xe6\xb7\xb1\xe5\xba\xa6  long word  x\n");
	free(text);
}

static void no_line_ends_with_blanks(void **state)
{
	(void)state;
	struct table *t = table_new(3);
	table_row(t, NULL, (const char *const[]){"wide cell", "wide cell", "x"});
	table_row(t, NULL, (const char *const[]){"a", "", ""});
	table_row(t, NULL, (const char *const[]){"a", "b", NULL});
	char *text = printed(t);
	assert_null(strstr(text, " \n"));
	free(text);
}

static void long_cells_are_cut_with_an_ellipsis(void **state)
{
	(void)state;
	(void)setlocale(LC_CTYPE, "C");
	struct table *t = table_new(2);
	table_max(t, 0, 6);
	table_row(t, NULL, (const char *const[]){"abcdefghij", "x"});
	table_row(t, NULL, (const char *const[]){"abcdef", "x"});
	char *text = printed(t);
	assert_string_equal(text, "abc...  x\nabcdef  x\n");
	free(text);
	t = table_new(1);
	table_max(t, 0, 2); /* less than the dots need */
	table_row(t, NULL, (const char *const[]){"abcdefghij"});
	free(printed(t));
}

static void strangers_text_is_made_printable(void **state)
{
	(void)state;
	struct table *t = table_new(1);
	table_row(t, NULL, (const char *const[]){"a\033[31mb\nc"});
	char *text = printed(t);
	assert_string_equal(text, "a\\x1b[31mb\\x0ac\n");
	free(text);
}

static void no_colours_beyond_a_terminal(void **state)
{
	(void)state;
	static const enum paint paints[] = {PAINT_BAD, PAINT_GOOD};
	FILE *f = tmpfile();
	assert_non_null(f);
	assert_false(paint_is_terminal(f));
	assert_string_equal(paint_begin(f, PAINT_BAD), "");
	assert_string_equal(paint_end(f), "");
	assert_int_equal(paint_width(f), 80);
	(void)fclose(f);
	struct table *t = table_new(2);
	table_row(t, paints, (const char *const[]){"a", "b"});
	char *text = printed(t);
	assert_string_equal(text, "a  b\n");
	free(text);
}

static void many_rows_fit(void **state)
{
	(void)state;
	struct table *t = table_new(2);
	FILE *f = tmpfile();
	assert_non_null(f);
	for (int i = 0; i < 1000; i++)
		table_row(t, NULL, (const char *const[]){"k", "v"});
	table_print(t, f);
	assert_int_equal(ftell(f), 5000);
	(void)fclose(f);
	table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(columns_line_up_by_display_width),
	    cmocka_unit_test(no_line_ends_with_blanks),
	    cmocka_unit_test(long_cells_are_cut_with_an_ellipsis),
	    cmocka_unit_test(strangers_text_is_made_printable),
	    cmocka_unit_test(no_colours_beyond_a_terminal),
	    cmocka_unit_test(many_rows_fit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
