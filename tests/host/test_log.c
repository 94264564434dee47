/* links: core/log.c core/crc32.c */
/*
 * Messages are formatted as written, cut at the buffer's end, and never run over it.
 */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"

#include <cmocka.h>

#include "core/arch.h"
#include "core/crc32.h"
#include "core/plan.h"
#include "drivers/uart.h"

const struct plan plan = {.uart = 1};
static char printed[512];

void uart_write(hpa_t base, const char *text)
{
	(void)base;
	strncat(printed, text, sizeof(printed) - strlen(printed) - 1);
}

void arch_power_off(void)
{
	abort();
}

static size_t format(char *text, size_t size, const char *format_text, ...)
{
	va_list arguments;
	size_t length;

	va_start(arguments, format_text);
	length = log_format(text, size, format_text, arguments);
	va_end(arguments);
	return length;
}

static void formats_what_it_knows(void **state)
{
	char text[64];

	(void)state;
	assert_int_equal(format(text, sizeof(text), "%s=%u %x %%", "a", (u64)0, (u64)255), 10);
	assert_string_equal(text, "a=0 0xff %");
	format(text, sizeof(text), "%u %x", ~(u64)0, ~(u64)0);
	assert_string_equal(text, "18446744073709551615 0xffffffffffffffff");
}

static void cuts_at_the_end(void **state)
{
	char text[8];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(format(text, 4, "abcdef"), 3);
	assert_string_equal(text, "abc");
	assert_int_equal(text[4], 'x');
	assert_int_equal(format(text, 0, "abc"), 0);
	assert_string_equal(text, "abc");
}

static void a_lone_percent_ends_the_text(void **state)
{
	char text[8];

	(void)state;
	assert_int_equal(format(text, sizeof(text), "a%"), 1);
	assert_string_equal(text, "a");
}

static void a_line_names_the_hypervisor(void **state)
{
	(void)state;
	log_line("guest %s", "left");
	assert_string_equal(printed, "bulkhead: guest left\r\n");
}

static void crc32_is_the_standard_one(void **state)
{
	(void)state;
	assert_int_equal(crc32(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(crc32(crc32(0, "1234", 4), "56789", 5), 0xcbf43926);
	assert_int_equal(crc32(0, "", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_what_it_knows),
		cmocka_unit_test(cuts_at_the_end),
		cmocka_unit_test(a_lone_percent_ends_the_text),
		cmocka_unit_test(a_line_names_the_hypervisor),
		cmocka_unit_test(crc32_is_the_standard_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
