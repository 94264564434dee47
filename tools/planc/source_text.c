/* Growing text and memory; see source_text.h for who may call it. */
#include "tools/planc/source_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * In front of each block. The list keeps every block within reach of a leak checker, which would
 * otherwise report what planc leaves to the end of the process.
 */
struct block {
	struct block *next;
	struct block **link; /* what points here */
	max_align_t bytes[];
};

static struct block *blocks;

static void unlink_block(struct block *block)
{
	*block->link = block->next;
	if (block->next)
		block->next->link = block->link;
}

void *memory_resize(void *old, size_t count, size_t size)
{
	struct block *block = NULL;
	struct block *new = NULL;

	if (old) {
		block = (void *)((char *)old - sizeof(*block));
		unlink_block(block);
	}
	if (!size || count <= (SIZE_MAX - sizeof(*new)) / size)
		new = realloc(block, sizeof(*new) + count * size);
	if (!new) {
		fputs("planc: out of memory\n", stderr);
		exit(1);
	}
	new->next = blocks;
	new->link = &blocks;
	if (blocks)
		blocks->link = &new->next;
	blocks = new;
	return new->bytes;
}

void *memory_new(size_t count, size_t size)
{
	void *bytes = memory_resize(NULL, count, size);

	memset(bytes, 0, count * size);
	return bytes;
}

char *memory_string(const char *bytes, size_t size)
{
	char *string = memory_new(size + 1, 1);

	memcpy(string, bytes, size);
	return string;
}

static void reserve(struct text *text, size_t more)
{
	if (text->size + more + 1 <= text->room)
		return;
	text->room = (text->size + more + 1) * 2;
	text->data = memory_resize(text->data, text->room, 1);
}

void text_add(struct text *text, const char *bytes, size_t size)
{
	reserve(text, size);
	memcpy(text->data + text->size, bytes, size);
	text->size += size;
	text->data[text->size] = '\0';
}

void text_vformat(struct text *text, const char *format, va_list arguments)
{
	va_list again;
	int size;

	va_copy(again, arguments);
	size = vsnprintf(NULL, 0, format, arguments);
	if (size > 0) {
		reserve(text, (size_t)size);
		vsnprintf(text->data + text->size, (size_t)size + 1, format, again);
		text->size += (size_t)size;
	}
	va_end(again);
}

void text_format(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_vformat(text, format, arguments);
	va_end(arguments);
}
