/*
 * What libfdt calls of C's library, and what it was compiled to find of its stack protector. Boot
 * only. C11 section 7.24; strnlen is POSIX.
 */
#include <string.h>

#include "core/types.h"

/* The value is no secret: libfdt gets no input that it copies to the stack. */
extern const u64 __stack_chk_guard;
const u64 __stack_chk_guard = 0x00ff0a0d5b3a7e91;

_Noreturn void __stack_chk_fail(void);

void __stack_chk_fail(void)
{
	__builtin_trap(); /* the vectors say where */
}

void *memchr(const void *memory, int value, size_t size)
{
	const u8 *at = memory;

	for (; size; size--, at++)
		if (*at == (u8)value)
			return (void *)(u64)at;
	return NULL;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const u8 *x = a;
	const u8 *y = b;

	for (; size; size--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

void *memmove(void *to, const void *from, size_t size)
{
	u8 *t = to;
	const u8 *f = from;

	if (t <= f)
		return memcpy(to, from, size);
	while (size--)
		t[size] = f[size];
	return to;
}

size_t strlen(const char *string)
{
	size_t length = 0;

	while (string[length])
		length++;
	return length;
}

size_t strnlen(const char *string, size_t size)
{
	size_t length = 0;

	while (length < size && string[length])
		length++;
	return length;
}

char *strchr(const char *string, int c)
{
	for (;; string++) {
		if (*string == (char)c)
			return (char *)(u64)string;
		if (!*string)
			return NULL;
	}
}

char *strrchr(const char *string, int c)
{
	const char *last = NULL;

	for (;; string++) {
		if (*string == (char)c)
			last = string;
		if (!*string)
			return (char *)(u64)last;
	}
}
