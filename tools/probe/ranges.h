/*
 * A set of address ranges: sorted, none touches another.
 */
#ifndef PROBE_RANGES_H
#define PROBE_RANGES_H

#include "core/types.h"

#define RANGES_MAX 128u
#define RANGES_END ((u64)1 << 52) /* what lies above is no address */

struct range {
	u64 base;
	u64 size;
};

struct ranges {
	struct range range[RANGES_MAX];
	u32 count;
	bool full; /* some of what belongs here found no room */
};

void ranges_add(struct ranges *set, u64 base, u64 size);
void ranges_remove(struct ranges *set, u64 base, u64 size);

/* Shrinks each range to whole granules, a power of two, and drops those of less than `least` bytes. */
void ranges_trim(struct ranges *set, u64 granule, u64 least);

#endif
