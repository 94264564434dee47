/*
 * CRC-32 by the instructions of FEAT_CRC32 (DDI 0487, in every core from Armv8.1 on and in the
 * Cortex-A7x): see crc32.h.
 */
#include <string.h>

#include "guests/lib/crc32.h"

#pragma GCC target("+crc")
#include <arm_acle.h>

u32 crc32_add(u32 crc, const void *data, size_t size)
{
	const u8 *at = data;
	u64 eight;

	for (; size >= 8; size -= 8, at += 8) {
		memcpy(&eight, at, 8);
		crc = __crc32d(crc, eight);
	}
	for (; size; size--)
		crc = __crc32b(crc, *at++);
	return crc;
}
