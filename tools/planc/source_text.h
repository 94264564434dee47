/*
 * Growing text and memory that is never given back: planc reads one deployment and ends. For
 * source_*.c, schema_*.c and diag.c.
 */
#ifndef PLANC_SOURCE_TEXT_H
#define PLANC_SOURCE_TEXT_H

#include <stdarg.h>

#include "core/types.h"

struct text {
	char *data; /* always followed by a 0 byte, once something was added */
	size_t size;
	size_t room;
};

void text_add(struct text *text, const char *bytes, size_t size);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vformat(struct text *text, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

/* Memory for `count` objects of `size` bytes, all 0. Ends planc when there is none. */
void *memory_new(size_t count, size_t size);

/* The same block with room for `count` objects; what is new is not cleared. */
void *memory_resize(void *block, size_t count, size_t size);

char *memory_string(const char *bytes, size_t size);

#endif
