/* links: guests/lib/mux.c */
/*
 * The console multiplexer on a terminal that is a string.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guests/lib/mux.h"

static char screen[8192];
static size_t shown;
static char typed[64];
static u32 typed_to;
static struct mux mux;

static void put(char character)
{
	if (shown + 1 < sizeof(screen))
		screen[shown++] = character;
}

static void input(u32 source, char character)
{
	size_t length = strlen(typed);

	typed_to = source;
	if (length + 1 < sizeof(typed))
		typed[length] = character;
}

static int begin(void **state)
{
	(void)state;
	memset(screen, 0, sizeof(screen));
	memset(typed, 0, sizeof(typed));
	shown = 0;
	mux = (struct mux){.put = put, .input = input, .patience = 10};
	mux_add(&mux, "hub");
	mux_add(&mux, "left");
	mux_add(&mux, "right");
	return 0;
}

static void write_text(u32 source, const char *text)
{
	mux_output(&mux, source, text, strlen(text));
}

static void type(const char *text)
{
	while (*text)
		mux_typed(&mux, *text++);
}

static void lines_have_names(void **state)
{
	(void)state;
	write_text(1, "one\n\ntwo\r\n");
	assert_string_equal(screen, "left: one\r\nleft: \r\nleft: two\r\n");
}

static void lines_do_not_mix(void **state)
{
	(void)state;
	write_text(1, "lef");
	write_text(2, "rig");
	write_text(1, "t\n");
	write_text(2, "ht\n");
	assert_string_equal(screen, "left: left\r\nright: right\r\n");
}

static void overlong_lines_are_split(void **state)
{
	char text[MUX_LINE_SIZE + 5];

	(void)state;
	memset(text, 'x', sizeof(text));
	mux_output(&mux, 1, text, sizeof(text));
	write_text(1, "\n");
	assert_int_equal(shown, 2 * strlen("left: \r\n") + sizeof(text));
	assert_int_equal(screen[6 + MUX_LINE_SIZE], '\r');
	assert_string_equal(screen + 6 + MUX_LINE_SIZE + 2, "left: xxxxx\r\n");
}

static void prompts_are_shown(void **state)
{
	(void)state;
	mux_tick(&mux, 100);
	write_text(1, "login: ");
	mux_tick(&mux, 110);
	assert_int_equal(shown, 0);
	mux_tick(&mux, 111);
	assert_string_equal(screen, "left: login: ");
	/* The same source goes on in its line; another one starts its own. */
	write_text(1, "me\n");
	assert_string_equal(screen, "left: login: me\r\n");
	write_text(1, "$ ");
	mux_tick(&mux, 200);
	write_text(2, "hello\n");
	write_text(1, "more\n");
	assert_string_equal(screen + strlen("left: login: me\r\n"),
			    "left: $ \r\nright: hello\r\nleft: more\r\n");
}

static void flush_ends_everything(void **state)
{
	(void)state;
	write_text(1, "a");
	write_text(2, "b");
	mux_flush(&mux);
	mux_line(&mux, "@end");
	assert_string_equal(screen, "left: a\r\nright: b\r\n@end\r\n");
}

/* A guest cannot move the cursor, ring the bell or end somebody else's line. */
static void control_characters_are_dots(void **state)
{
	(void)state;
	write_text(1, "a\033[2Jb\a\bc\177\td\n");
	assert_string_equal(screen, "left: a.[2Jb..c.\td\r\n");
}

static void typing_goes_to_the_selected(void **state)
{
	(void)state;
	mux.selected = 1;
	type("ab");
	assert_int_equal(typed_to, 1);
	type("\0352c");
	assert_int_equal(typed_to, 2);
	type("\035ld");
	assert_int_equal(typed_to, 1);
	type("\035\035");
	assert_string_equal(typed, "abcd\035");
	type("\035ze");
	assert_int_equal(typed_to, 1);
	type("\0359f");
	assert_int_equal(typed_to, 1);
	assert_string_equal(typed, "abcd\035ef");
}

static void the_list(void **state)
{
	(void)state;
	mux.selected = 2;
	type("\035?");
	assert_string_equal(screen, "Ctrl-] then a digit or a letter:\r\n"
				    " 0 hub\r\n 1 left\r\n*2 right\r\n");
	assert_string_equal(typed, "");
}

static void sources_have_a_bound(void **state)
{
	(void)state;
	while (mux.count < MUX_SOURCES)
		mux_add(&mux, "more");
	assert_int_equal(mux_add(&mux, "too many"), MUX_SOURCES);
	write_text(MUX_SOURCES, "nobody\n");
	assert_int_equal(shown, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(lines_have_names, begin),
		cmocka_unit_test_setup(lines_do_not_mix, begin),
		cmocka_unit_test_setup(overlong_lines_are_split, begin),
		cmocka_unit_test_setup(prompts_are_shown, begin),
		cmocka_unit_test_setup(flush_ends_everything, begin),
		cmocka_unit_test_setup(control_characters_are_dots, begin),
		cmocka_unit_test_setup(typing_goes_to_the_selected, begin),
		cmocka_unit_test_setup(the_list, begin),
		cmocka_unit_test_setup(sources_have_a_bound, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
