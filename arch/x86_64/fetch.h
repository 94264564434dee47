/*
 * The guest's instruction that a CPU left at, for decode.h: VMX does not hand it over. Pure: no state, and
 * nothing is read but the guest's RAM.
 */
#ifndef X86_64_FETCH_H
#define X86_64_FETCH_H

#include "core/types.h"

/* Where a guest's page tables and code must lie: RAM that the run map has where the guest has it. */
struct fetch_space {
	u64 ram_base;
	u64 ram_size;
	u64 cr3; /* root of 4 levels, the only paging that guests have */
};

/*
 * Reads up to `max` bytes from a linear address on. Returns how many there are: fewer where a page is
 * not present, or it or a table that leads there is not in RAM.
 */
u32 fetch(const struct fetch_space *space, u64 linear, u8 *code, u32 max);

#endif
