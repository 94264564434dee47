/*
 * Encodes entries of 4-level paging and of EPT; see pte.h. Intel SDM volume 3, tables 4-15 to 4-20 and
 * 29-1 to 29-7.
 */
#include "arch/x86_64/pte.h"
#include "core/bits.h"

#define OUTPUT BITS(51, 12)
#define LARGE BIT(7) /* of level 2: a leaf; in a page table PAT, or ignored */

#define PAGE_PRESENT BIT(0)
#define PAGE_WRITE BIT(1)
#define PAGE_PWT BIT(3)
#define PAGE_PCD BIT(4)
#define PAGE_ACCESSED BIT(5)
#define PAGE_DIRTY BIT(6)
#define PAGE_XD BIT(63)

#define EPT_READ BIT(0)
#define EPT_WRITE BIT(1)
#define EPT_EXECUTE BIT(2)
#define EPT_MEMORY BITS(5, 3)
#define EPT_IGNORE_PAT BIT(6)

#define MEMORY_UNCACHEABLE 0u
#define MEMORY_WRITE_BACK 6u

#define EPTP_MEMORY BITS(2, 0)
#define EPTP_WALK BITS(5, 3) /* levels, less one */

static bool is_possible(struct tables_attributes attributes)
{
	if (!(attributes.rights & TABLES_R) || attributes.memory == TABLES_NON_CACHEABLE)
		return false;
	return attributes.memory != TABLES_DEVICE || !(attributes.rights & TABLES_X);
}

static u64 paging_leaf(u32 level, u64 output, struct tables_attributes attributes)
{
	u64 entry = PAGE_PRESENT | PAGE_ACCESSED | PAGE_DIRTY | (output & OUTPUT);

	if (!is_possible(attributes))
		return 0;
	if (attributes.memory == TABLES_DEVICE)
		entry |= PAGE_PCD | PAGE_PWT;
	if (attributes.rights & TABLES_W)
		entry |= PAGE_WRITE;
	if (!(attributes.rights & TABLES_X))
		entry |= PAGE_XD;
	if (level != TABLES_LAST_LEVEL)
		entry |= LARGE;
	return entry;
}

static struct tables_attributes paging_attributes(u64 entry)
{
	struct tables_attributes found = {TABLES_DEVICE, 0};

	if (!(entry & PAGE_PRESENT))
		return found;
	found.memory = entry & PAGE_PCD ? TABLES_DEVICE : TABLES_WRITE_BACK;
	found.rights = TABLES_R;
	if (entry & PAGE_WRITE)
		found.rights |= TABLES_W;
	if (!(entry & PAGE_XD))
		found.rights |= TABLES_X;
	return found;
}

static u64 ept_leaf(u32 level, u64 output, struct tables_attributes attributes)
{
	bool device = attributes.memory == TABLES_DEVICE;
	u64 entry = EPT_READ | EPT_IGNORE_PAT | (output & OUTPUT);

	if (!is_possible(attributes))
		return 0;
	entry |= PUT(EPT_MEMORY, device ? MEMORY_UNCACHEABLE : MEMORY_WRITE_BACK);
	if (attributes.rights & TABLES_W)
		entry |= EPT_WRITE;
	if (attributes.rights & TABLES_X)
		entry |= EPT_EXECUTE;
	if (level != TABLES_LAST_LEVEL)
		entry |= LARGE;
	return entry;
}

static struct tables_attributes ept_attributes(u64 entry)
{
	struct tables_attributes found = {TABLES_DEVICE, 0};

	if (GET(EPT_MEMORY, entry) == MEMORY_WRITE_BACK)
		found.memory = TABLES_WRITE_BACK;
	if (entry & EPT_READ)
		found.rights |= TABLES_R;
	if (entry & EPT_WRITE)
		found.rights |= TABLES_W;
	if (entry & EPT_EXECUTE)
		found.rights |= TABLES_X;
	return found;
}

u64 pte_x86_64_eptp(u64 root)
{
	return root | PUT(EPTP_MEMORY, MEMORY_WRITE_BACK) | PUT(EPTP_WALK, 3);
}

/* Rights are decided at leaves: every table may be written and executed through. */
const struct tables_format pte_x86_64_paging = {
	.first_level = 0,
	.block_level = 2,
	.input_bits = 47, /* the lower half: no address has to be sign extended */
	.output = OUTPUT,
	.table_mask = PAGE_PRESENT | PAGE_WRITE | PAGE_ACCESSED | LARGE,
	.table_value = PAGE_PRESENT | PAGE_WRITE | PAGE_ACCESSED,
	.leaf = paging_leaf,
	.attributes = paging_attributes,
};

const struct tables_format pte_x86_64_ept = {
	.first_level = 0,
	.block_level = 2,
	.input_bits = 48,
	.output = OUTPUT,
	.table_mask = EPT_READ | EPT_WRITE | EPT_EXECUTE | LARGE,
	.table_value = EPT_READ | EPT_WRITE | EPT_EXECUTE,
	.leaf = ept_leaf,
	.attributes = ept_attributes,
};
