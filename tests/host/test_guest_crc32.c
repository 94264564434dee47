/* links: guests/lib/x86_64/crc32.c core/crc32.c */
/*
 * The guests' CRC-32 where the CPU has no instruction for it: the same as the hypervisor's, in one go
 * or in pieces.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/crc32.h"
#include "guests/lib/crc32.h"

#define SIZE 1000u

static void same(void **state)
{
	u8 bytes[SIZE];
	u32 whole = 0;

	(void)state;
	for (u32 i = 0; i < SIZE; i++)
		bytes[i] = (u8)(i * 2654435761u >> 24);
	for (u32 size = 0; size < SIZE; size++) {
		u32 crc = ~crc32_add(~0u, bytes, size);

		assert_int_equal(crc, crc32(0, bytes, size));
		assert_int_equal(crc, whole);
		whole = ~crc32_add(~whole, bytes + size, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
