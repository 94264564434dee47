/*
 * Fetching: see fetch.h. The processor has fetched the same bytes with all its checks; here an address
 * is only prevented from leaving the guest's RAM, before each access: the run map has nothing else there.
 * Another vCPU may change tables and code meanwhile. Each word is read once, checked and used as it was
 * read, and decode.h gets a copy. What comes of it is some move of this guest's between its own registers
 * and the window: the address is the processor's, and so is the direction, which the caller compares.
 */
#include "arch/x86_64/fetch.h"

#include "core/bits.h"

/* Page tables of 4 levels; LA57 is never on. Volume 3, 4.5. */
#define LEVELS 4u
#define ENTRY_PRESENT BIT(0)
#define ENTRY_LEAF BIT(7) /* at levels 3 and 2 */
#define ENTRY_ADDRESS BITS(51, 12)
#define PAGE BIT(12)

/* `size` bytes of the guest's RAM; NULL: not there. */
static const void *ram(const struct fetch_space *space, u64 address, u64 size)
{
	u64 offset = address - space->ram_base;

	if (offset >= space->ram_size || size > space->ram_size - offset)
		return NULL;
	return (const void *)address;
}

static bool translate(const struct fetch_space *space, u64 linear, u64 *physical)
{
	u64 table = space->cr3 & ENTRY_ADDRESS;

	for (u32 level = LEVELS; level; level--) {
		u32 shift = 12 + 9 * (level - 1);
		const u64 *entry = ram(space, table + 8 * (linear >> shift & 511), sizeof(*entry));
		u64 value = entry ? __atomic_load_n(entry, __ATOMIC_RELAXED) : 0;

		if (!(value & ENTRY_PRESENT))
			return false;
		table = value & ENTRY_ADDRESS;
		if (level == 1 || (level < LEVELS && value & ENTRY_LEAF)) {
			*physical = ALIGN_DOWN(table, BIT(shift)) | (linear & (BIT(shift) - 1));
			return true;
		}
	}
	return false;
}

u32 fetch(const struct fetch_space *space, u64 linear, u8 *code, u32 max)
{
	u64 physical = 0;

	for (u32 i = 0; i < max; i++, linear++, physical++) {
		const u8 *byte = NULL;

		if ((i != 0 && linear % PAGE) || translate(space, linear, &physical))
			byte = ram(space, physical, 1);
		if (!byte)
			return i;
		code[i] = __atomic_load_n(byte, __ATOMIC_RELAXED);
	}
	return max;
}
