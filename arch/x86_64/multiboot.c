/*
 * Multiboot2 information: see multiboot.h. The loader is believed, but nothing is read outside of the
 * size that it gives.
 */
#include "arch/x86_64/multiboot.h"
#include "core/bits.h"
#include "core/log.h"

#define TAG_MEMORY_MAP 6u
#define MEMORY_AVAILABLE 1u

struct information {
	u32 size;
	u32 reserved;
};

struct tag {
	u32 type;
	u32 size;
};

struct memory_map {
	struct tag tag;
	u32 entry_size;
	u32 entry_version;
};

struct memory_entry {
	u64 base;
	u64 size;
	u32 type;
	u32 reserved;
};

/* multiboot.S fills it. */
extern u64 multiboot_information[];
u64 multiboot_information[MULTIBOOT_MAX / sizeof(u64)];

static u32 size_of(u64 info)
{
	return ((const struct information *)info)->size;
}

static const struct memory_map *find_map(u64 info)
{
	u64 end = info + size_of(info);
	const struct tag *tag;

	for (u64 at = info + sizeof(struct information); at + sizeof(*tag) <= end;
	     at += ALIGN_UP(tag->size, 8)) {
		tag = (const struct tag *)at;
		if (tag->size < sizeof(*tag) || tag->size > end - at)
			return NULL;
		if (tag->type == TAG_MEMORY_MAP && tag->size >= sizeof(struct memory_map))
			return (const struct memory_map *)at;
	}
	return NULL;
}

void multiboot_check(u64 info)
{
	u64 size = info ? size_of(info) : 0;

	if (!size)
		panic("plan wants a Multiboot2 loader, machine has another");
	if (size > MULTIBOOT_MAX)
		panic("plan wants Multiboot2 information of bytes <= %u, machine has %u",
		      (u64)MULTIBOOT_MAX, size);
	if (!find_map(info) || find_map(info)->entry_size < sizeof(struct memory_entry))
		panic("plan wants a memory map, machine has none");
}

bool multiboot_memory(u64 info, u32 index, struct plan_range *range)
{
	const struct memory_map *map = find_map(info);
	u64 end = (u64)map + map->tag.size;

	for (u64 at = (u64)(map + 1); at + sizeof(struct memory_entry) <= end;
	     at += map->entry_size) {
		const struct memory_entry *entry = (const struct memory_entry *)at;

		if (entry->type != MEMORY_AVAILABLE || index--)
			continue;
		*range = (struct plan_range){entry->base, entry->size};
		return true;
	}
	return false;
}
