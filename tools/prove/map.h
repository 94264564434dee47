/*
 * A map: what one party (the boot phase, a CPU of the hypervisor, a guest) can reach, as spans in
 * ascending order of virtual address. Neighbours that continue each other are one span, so that
 * two maps of equal effect are equal whatever the size of their pages and blocks.
 */
#ifndef TOOLS_PROVE_MAP_H
#define TOOLS_PROVE_MAP_H

#include "core/types.h"

enum right {
	RIGHT_READ = 1 << 0,
	RIGHT_WRITE = 1 << 1,
	RIGHT_EXECUTE = 1 << 2,
};

enum memory {
	MEMORY_DEVICE,	 /* Device-nGnRE */
	MEMORY_NORMAL,	 /* Normal, write-back, inner shareable */
	MEMORY_UNCACHED, /* Normal, non-cacheable */
	MEMORY_OTHER,	 /* anything else; always reported where it is decoded */
};

struct span {
	u64 va;
	u64 pa;
	u64 size;
	u32 rights; /* of enum right */
	u32 memory;
};

struct map {
	struct span *span;
	size_t count;
	size_t room;
};

/* Physical and virtual addresses are below this: 48-bit output, 39-bit input addresses. */
#define MAP_END ((u64)1 << 48)

/* Adds a span; what it overlaps is replaced. Nothing happens where it does not end by MAP_END. */
void map_put(struct map *map, struct span span);
void map_clear(struct map *map);
/* The span that holds a virtual address, or NULL. */
const struct span *map_find(const struct map *map, u64 va);
/* Reports each range in which the two differ; `what` and `who` as for finding(). */
void map_compare(const char *what, const char *who, const struct map *have, const struct map *want);

/* "rwx", and "wb", "nc" or "dev". */
const char *map_rights(u32 rights);
const char *map_memory(u32 memory);

#endif
