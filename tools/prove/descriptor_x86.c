/*
 * Entry decoding of x86_64, written from Intel SDM volume 3, 4.5.4 (IA-32e paging) and 29.3.2 (EPT).
 * See descriptor.h.
 */
#include "core/bits.h"
#include "tools/prove/descriptor.h"

#define ADDRESS BITS(47, 12)

/* Tables 4-15 to 4-20. Bits 2 (user), 8 (global), 52 to 62 are of no use to the hypervisor. */
#define PRESENT BIT(0)
#define WRITABLE BIT(1)
#define WRITE_THROUGH BIT(3)
#define CACHE_DISABLE BIT(4)
#define ACCESSED BIT(5)
#define DIRTY BIT(6)
#define LARGE BIT(7) /* of a page table's entry: PAT */
#define NO_EXECUTE BIT(63)
#define TABLE_BITS (PRESENT | WRITABLE | ACCESSED | ADDRESS)
#define LEAF_BITS                                                                                  \
	(PRESENT | WRITABLE | WRITE_THROUGH | CACHE_DISABLE | ACCESSED | DIRTY | ADDRESS |         \
	 NO_EXECUTE)

/* Tables 29-1 to 29-7. Bits 8 to 11 and 52 to 63 are of no use to the hypervisor. */
#define EPT_READ BIT(0)
#define EPT_WRITE BIT(1)
#define EPT_EXECUTE BIT(2)
#define EPT_RIGHTS (EPT_READ | EPT_WRITE | EPT_EXECUTE)
#define EPT_MEMORY BITS(5, 3)
#define EPT_IGNORE_PAT BIT(6)
#define EPT_LARGE BIT(7)
#define EPT_UNCACHEABLE 0u
#define EPT_WRITE_BACK 6u

#define LEVEL_LARGE 2u /* 2 MiB; not every processor has pages of 1 GiB */

static enum descriptor_kind kind(u64 entry, u32 level, u64 present, u64 large)
{
	if (!(entry & present))
		return DESCRIPTOR_INVALID;
	if (level == DESCRIPTOR_LEVEL_LAST)
		return DESCRIPTOR_LEAF;
	if (!(entry & large))
		return DESCRIPTOR_TABLE;
	return level == LEVEL_LARGE ? DESCRIPTOR_LEAF : DESCRIPTOR_RESERVED;
}

static const char *common(u64 entry, u32 level, u64 known, struct span *span)
{
	span->size = BIT(descriptor_shift(level));
	span->pa = entry & ADDRESS & ~(span->size - 1);
	if (level != DESCRIPTOR_LEVEL_LAST)
		known |= LARGE;
	if (entry & ~known)
		return "a reserved or unexpected bit is set";
	if (entry & ADDRESS & (span->size - 1))
		return "a large page that is not aligned to its size";
	return NULL;
}

static enum descriptor_kind ia32e_kind(u64 entry, u32 level)
{
	return kind(entry, level, PRESENT, LARGE);
}

/* What a table takes away it would take from all below: each right stands in the last entry only. */
static const char *ia32e_table(u64 entry, u64 *address)
{
	*address = entry & ADDRESS;
	if (entry & ~TABLE_BITS)
		return "a table entry with attributes or reserved bits";
	if (!(entry & WRITABLE))
		return "a table entry that takes rights away";
	if (!(entry & ACCESSED))
		return "not accessed yet: the processor would write to the tables";
	return NULL;
}

/* 12.12: PAT's reset value has write-back at 0, strong uncacheable at 3. */
static u32 ia32e_memory(u64 entry)
{
	switch (entry & (WRITE_THROUGH | CACHE_DISABLE)) {
	case 0:
		return MEMORY_NORMAL;
	case WRITE_THROUGH | CACHE_DISABLE:
		return MEMORY_DEVICE;
	default:
		return MEMORY_OTHER;
	}
}

static const char *ia32e_leaf(u64 entry, u32 level, struct span *span)
{
	const char *wrong = common(entry, level, LEAF_BITS, span);

	span->rights = RIGHT_READ | (entry & WRITABLE ? (u32)RIGHT_WRITE : 0) |
		       (entry & NO_EXECUTE ? 0 : (u32)RIGHT_EXECUTE);
	span->memory = ia32e_memory(entry);
	if (wrong)
		return wrong;
	if (span->memory == MEMORY_OTHER)
		return "a memory type that nothing here has";
	if (!(entry & ACCESSED) || (entry & WRITABLE && !(entry & DIRTY)))
		return "not accessed or dirty yet: the processor would write to the tables";
	return NULL;
}

/* 29.3.2: an entry without any right is not present. */
static enum descriptor_kind ept_kind(u64 entry, u32 level)
{
	return kind(entry, level, EPT_RIGHTS, EPT_LARGE);
}

static const char *ept_table(u64 entry, u64 *address)
{
	*address = entry & ADDRESS;
	if (entry & ~(EPT_RIGHTS | ADDRESS))
		return "a table entry with attributes or reserved bits";
	if ((entry & EPT_RIGHTS) != EPT_RIGHTS)
		return "a table entry that takes rights away";
	return NULL;
}

/* 29.3.7.2: without ignore-PAT the guest's own type would count, too. */
static u32 ept_memory(u64 entry)
{
	if (!(entry & EPT_IGNORE_PAT))
		return MEMORY_OTHER;
	switch (GET(EPT_MEMORY, entry)) {
	case EPT_UNCACHEABLE:
		return MEMORY_DEVICE;
	case EPT_WRITE_BACK:
		return MEMORY_NORMAL;
	default:
		return MEMORY_OTHER;
	}
}

static const char *ept_leaf(u64 entry, u32 level, struct span *span)
{
	const char *wrong = common(entry, level, EPT_RIGHTS | EPT_MEMORY | EPT_IGNORE_PAT | ADDRESS,
				   span);

	span->rights = (entry & EPT_READ ? (u32)RIGHT_READ : 0) |
		       (entry & EPT_WRITE ? (u32)RIGHT_WRITE : 0) |
		       (entry & EPT_EXECUTE ? (u32)RIGHT_EXECUTE : 0);
	span->memory = ept_memory(entry);
	if (wrong)
		return wrong;
	if (span->memory == MEMORY_OTHER)
		return "a memory type that nothing here has, or without ignore-PAT";
	if (!(entry & EPT_READ))
		return "without the right to read: a misconfiguration (29.3.3.1)";
	return NULL;
}

const struct descriptor_format descriptor_ia32e = {0, ia32e_kind, descriptor_invalid, ia32e_table,
						   ia32e_leaf};
const struct descriptor_format descriptor_ept = {0, ept_kind, descriptor_invalid, ept_table,
						 ept_leaf};
