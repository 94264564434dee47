/*
 * Decodes single VMSAv8-64 descriptors, 4 KiB granule, as a CPU with the hypervisor's TCR_EL2,
 * MAIR_EL2 and VTCR_EL2 does. Strict: a bit that the architecture reserves or that the hypervisor
 * has no use for makes the descriptor bad. Pure functions.
 */
#ifndef TOOLS_PROVE_DESCRIPTOR_H
#define TOOLS_PROVE_DESCRIPTOR_H

#include "tools/prove/map.h"

#define DESCRIPTOR_LEVEL_FIRST 1u /* 39-bit input addresses start at level 1 */
#define DESCRIPTOR_LEVEL_LAST 3u

enum descriptor_kind {
	DESCRIPTOR_INVALID,
	DESCRIPTOR_TABLE,
	DESCRIPTOR_LEAF, /* a block or a page */
	DESCRIPTOR_RESERVED,
};

/* Input address bits below this are the entry's own. */
u32 descriptor_shift(u32 level);
enum descriptor_kind descriptor_kind(u64 entry, u32 level);

/* What is wrong with the descriptor, or NULL. */
const char *descriptor_invalid(u64 entry);
const char *descriptor_table(u64 entry, u64 *address);
/* Both fill all of `span` but its va, as well as they can even where something is wrong. */
const char *descriptor_stage1(u64 entry, u32 level, struct span *span);
const char *descriptor_stage2(u64 entry, u32 level, struct span *span);

#endif
