/*
 * What libfdt finds of C11's <string.h> on the target; newlib's libplain.a has it (tools/newlib).
 */
#ifndef CORE_BOOT_LIBC_STRING_H
#define CORE_BOOT_LIBC_STRING_H

#include <stddef.h>

void *memchr(const void *memory, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
size_t strlen(const char *string);
size_t strnlen(const char *string, size_t size);
char *strchr(const char *string, int c);
char *strrchr(const char *string, int c);

#endif
