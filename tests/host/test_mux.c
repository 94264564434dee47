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
	assert_string_equal(screen, "Ctrl-] then a digit, a letter, . for Ctrl-C:\r\n"
				    " 0 hub\r\n 1 left\r\n*2 right\r\n");
	assert_string_equal(typed, "");
}

/* Who is typed to has its characters at once and unchanged; everybody else's stay as they were. */
static void the_typed_to_is_live(void **state)
{
	(void)state;
	mux.selected = 1;
	write_text(1, "$ ");
	type("l");
	write_text(1, "l\b\033[K");
	assert_string_equal(screen, "left: $ l\b\033[K");
	write_text(2, "a\b\n");
	write_text(1, "ls\r\n");
	assert_string_equal(screen, "left: $ l\b\033[K\r\nright: a.\r\nleft: ls\r\n");
	type("\0352");
	shown = 0;
	memset(screen, 0, sizeof(screen));
	write_text(1, "a\b\n");
	assert_string_equal(screen, "left: a.\r\n");
}

/* It can go back to its own line's start and no further: nothing of it looks like another's line. */
static void the_live_keeps_its_name(void **state)
{
	(void)state;
	mux.selected = 1;
	type("x");
	write_text(1, "ab\r@snap\r\n@snap\n\r\r@snap\033[H@snap\n");
	assert_string_equal(screen, "left: ab\rleft: @snap\r\nleft: @snap\r\n"
				    "left: \rleft: @snap\033[H@snap\r\n");
	mux_line(&mux, "@mine");
	write_text(1, "\r");
	type("\0352");
	type("\0351x");
	write_text(1, "c");
	assert_non_null(strstr(screen, "@mine\r\nright\r\nleft\r\nleft: c"));
}

static u32 controlled;
static char control_key;

static void control(u32 source, char key)
{
	controlled = source;
	control_key = key;
}

static void keys_control(void **state)
{
	(void)state;
	mux.selected = 2;
	type("\035s");
	assert_int_equal(mux.selected, 2); /* nobody has that letter */
	type("\035r");
	assert_int_equal(control_key, 0);
	mux.control = control;
	type("\035s");
	assert_int_equal(controlled, 2);
	assert_int_equal(control_key, 's');
	type("\035l\035r");
	assert_int_equal(controlled, 1);
	assert_int_equal(control_key, 'r');
	assert_string_equal(typed, "");
	type("\035.");
	assert_string_equal(typed, "\003");
	type("\035?");
	assert_non_null(strstr(screen, "s to stop, r to start"));
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
		cmocka_unit_test_setup(the_typed_to_is_live, begin),
		cmocka_unit_test_setup(the_live_keeps_its_name, begin),
		cmocka_unit_test_setup(keys_control, begin),
		cmocka_unit_test_setup(sources_have_a_bound, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
