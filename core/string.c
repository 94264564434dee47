/*
 * The memory functions that a freestanding compiler may call. C11 section 7.24.
 */
#include "core/types.h"

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int value, size_t size);

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	u8 *restrict t = to;
	const u8 *restrict f = from;

	while (size--)
		*t++ = *f++;
	return to;
}

void *memset(void *to, int value, size_t size)
{
	u8 *t = to;

	while (size--)
		*t++ = (u8)value;
	return to;
}
