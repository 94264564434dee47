/* Reads the header of an arm64 Linux kernel; see kernel.h. */
#include "tools/planc/kernel.h"

#include <stdio.h>
#include <string.h>

#define HEADER_SIZE 64u
#define TEXT_OFFSET 8u
#define IMAGE_SIZE 16u
#define FLAGS 24u
#define MAGIC 56u
#define FLAG_BIG_ENDIAN 1u

static u64 little(const u8 *bytes)
{
	u64 value = 0;

	for (u32 i = 8; i-- > 0;)
		value = value << 8 | bytes[i];
	return value;
}

u64 kernel_memory(const char *path)
{
	static const u8 magic[] = {'A', 'R', 'M', 'd'};
	u8 head[HEADER_SIZE];
	FILE *file = fopen(path, "rb");
	bool whole;

	if (!file)
		return 0;
	whole = fread(head, sizeof(head), 1, file) == 1;
	fclose(file);
	if (!whole || memcmp(head + MAGIC, magic, sizeof(magic)) != 0 ||
	    little(head + FLAGS) & FLAG_BIG_ENDIAN || little(head + TEXT_OFFSET))
		return 0;
	return little(head + IMAGE_SIZE);
}
