/* links: guests/lib/marks.c */
/*
 * Marks in a console's text: what is one, and what only looks like one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guests/lib/marks.h"

static struct marks marks;
static struct marks_mark last;

/* How many marks there are in the text; the last one is in `last`. */
static u32 count(const char *text)
{
	u32 found = 0;

	for (; *text; text++)
		found += marks_take(&marks, *text, &last);
	return found;
}

static int begin(void **state)
{
	(void)state;
	marks = (struct marks){0};
	return 0;
}

static void each_kind(void **state)
{
	(void)state;
	assert_int_equal(count("@begin ping\r\n"), 1);
	assert_int_equal(last.kind, MARKS_BEGIN);
	assert_string_equal(last.name, "ping");
	assert_int_equal(count("@end net-stream.1_A units=1000 errors=3\n"), 1);
	assert_int_equal(last.kind, MARKS_END);
	assert_string_equal(last.name, "net-stream.1_A");
	assert_int_equal(last.units, 1000);
	assert_int_equal(last.errors, 3);
	assert_int_equal(count("@done errors=18\n"), 1);
	assert_int_equal(last.kind, MARKS_DONE);
	assert_int_equal(last.errors, 18);
}

static void among_other_lines(void **state)
{
	(void)state;
	assert_int_equal(count("one\ntwo\r\n\n@begin a\nthree\n@begin b\n"), 2);
	assert_string_equal(last.name, "b");
	assert_int_equal(count("@beg"), 0);
	assert_int_equal(count("in c\n"), 1);
	assert_string_equal(last.name, "c");
}

static void what_is_none(void **state)
{
	static const char *const lines[] = {
		"@begin\n",
		"@begin \n",
		"@begin a b\n",
		"@begin a=b\n",
		" @begin a\n",
		"x@begin a\n",
		"# @begin a\n",
		"@begin a@snap\n",
		"@begin a\033[H\n",
		"@begin abcdefghijklmnopqrstuvwxyz012345\n",
		"@end a\n",
		"@end a units=1\n",
		"@end a units= errors=1\n",
		"@end a units=1 errors=\n",
		"@end a units=-1 errors=0\n",
		"@end a units=0x1 errors=0\n",
		"@end a units=1  errors=0\n",
		"@end a units=1 errors=0 \n",
		"@end units=1 errors=0\n",
		"@end a units=1234567890123456789 errors=0\n",
		"@done\n",
		"@done errors=\n",
		"@done errors=1 2\n",
		"@snap mark=1\n",
		"@\n",
		"\n",
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_int_equal(count(lines[i]), 0);
		assert_int_equal(count("@begin a\n"), 1);
	}
}

static void long_lines_are_none(void **state)
{
	char text[4 * MARKS_LINE_SIZE];

	(void)state;
	for (u32 size = 1; size < sizeof(text) - 1; size++) {
		memset(text, ' ', sizeof(text));
		memcpy(text, "@done errors=1", 14);
		text[14 + size < sizeof(text) - 2 ? 14 + size : sizeof(text) - 2] = '\n';
		text[sizeof(text) - 1] = 0;
		assert_int_equal(count(text), 0);
		count("\n");
	}
	assert_int_equal(count("@begin abcdefghijklmnopqrstuvwxyz01234\n"), 1);
	assert_int_equal(strlen(last.name), MARKS_NAME_SIZE - 1);
	assert_int_equal(count("@end a units=123456789012345678 errors=999999999999999999\n"), 1);
	assert_int_equal(last.units, 123456789012345678);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_kind, begin),
		cmocka_unit_test_setup(among_other_lines, begin),
		cmocka_unit_test_setup(what_is_none, begin),
		cmocka_unit_test_setup(long_lines_are_none, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
