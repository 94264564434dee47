/*
 * The hypervisor's own messages: boot, a stopped guest, panic. On the plan's UART, if there is
 * one.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include "core/types.h"

#include <stdarg.h>

/*
 * Formats into text[0..size), always terminated, cut where it does not fit. Knows %s (const char
 * *), %u (u64, decimal), %x (u64, hexadecimal with 0x) and %%. Returns the length.
 */
size_t log_format(char *text, size_t size, const char *format, va_list arguments);

/* One line, on any CPU; lines of two CPUs do not mix. */
void log_line(const char *format, ...);

/* For the hypervisor's own bugs and for boot: prints, then powers the machine off. */
_Noreturn void panic(const char *format, ...);

#define ASSERT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			panic("assertion failed: %s", #condition);                                 \
	} while (0)

#endif
