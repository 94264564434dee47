/*
 * Encodes VMSAv8-64 descriptors and fills tables; see pte.h. Pure: it touches only the pools that
 * the caller hands in. Arm DDI 0487, D8.3 to D8.5.
 */
#include "arch/arm64/pte.h"
#include "core/bits.h"

#define DESC_VALID BIT(0)
#define DESC_TABLE_OR_PAGE BIT(1)
#define DESC_AF BIT(10)
#define DESC_SH BITS(9, 8)
#define DESC_OUTPUT BITS(47, 12)

#define SH_NON 0u
#define SH_OUTER 2u
#define SH_INNER 3u

/* Stage 1 of a regime with one privilege level, EL2 with E2H = 0: AP[1] and UXN's place differ. */
#define S1_ATTR_INDEX BITS(4, 2)
#define S1_AP1_RES1 BIT(6)
#define S1_READ_ONLY BIT(7)
#define S1_XN BIT(54)

#define S2_MEM_ATTR BITS(5, 2)
#define S2_AP_READ BIT(6)
#define S2_AP_WRITE BIT(7)
#define S2_XN BIT(54) /* XN[1:0] = 0b10: neither EL1 nor EL0, with and without FEAT_XNX */

#define MEM_ATTR_DEVICE_NGNRE 0x1u
#define MEM_ATTR_NON_CACHEABLE 0x5u
#define MEM_ATTR_WRITE_BACK 0xfu

u64 pte_level_size(u32 level)
{
	return (u64)PTE_PAGE << (9 * (PTE_LAST_LEVEL - level));
}

static u64 shareability(enum pte_memory memory)
{
	switch (memory) {
	case PTE_WRITE_BACK:
		return PUT(DESC_SH, SH_INNER);
	case PTE_NON_CACHEABLE: /* D8.5: the hardware treats both as outer shareable anyway */
		return PUT(DESC_SH, SH_OUTER);
	case PTE_DEVICE:
	default:
		return PUT(DESC_SH, SH_NON);
	}
}

static u64 stage1_bits(struct pte_attributes attributes)
{
	u64 bits = S1_AP1_RES1 | PUT(S1_ATTR_INDEX, attributes.memory);

	if (!(attributes.rights & PTE_R))
		return 0;
	if (!(attributes.rights & PTE_W))
		bits |= S1_READ_ONLY;
	if (!(attributes.rights & PTE_X))
		bits |= S1_XN;
	return bits;
}

static u64 stage2_bits(struct pte_attributes attributes)
{
	static const u64 mem_attr[] = {
		[PTE_DEVICE] = MEM_ATTR_DEVICE_NGNRE,
		[PTE_WRITE_BACK] = MEM_ATTR_WRITE_BACK,
		[PTE_NON_CACHEABLE] = MEM_ATTR_NON_CACHEABLE,
	};
	u64 bits = PUT(S2_MEM_ATTR, mem_attr[attributes.memory]);

	if (!(attributes.rights & (PTE_R | PTE_W)))
		return 0;
	if (attributes.rights & PTE_R)
		bits |= S2_AP_READ;
	if (attributes.rights & PTE_W)
		bits |= S2_AP_WRITE;
	if (!(attributes.rights & PTE_X))
		bits |= S2_XN;
	return bits;
}

u64 pte_leaf(enum pte_stage stage, u32 level, u64 output, struct pte_attributes attributes)
{
	u64 bits;

	if (attributes.memory == PTE_DEVICE && (attributes.rights & PTE_X))
		return 0;
	if (stage == PTE_STAGE_1)
		bits = stage1_bits(attributes);
	else
		bits = stage2_bits(attributes);
	if (!bits)
		return 0;
	bits |= DESC_VALID | DESC_AF | shareability(attributes.memory) | (output & DESC_OUTPUT);
	if (level == PTE_LAST_LEVEL)
		bits |= DESC_TABLE_OR_PAGE;
	return bits;
}

static u64 *table_at(const struct pte_pool *pool, u64 address)
{
	u64 index = (address - pool->base) / PTE_PAGE;

	if (address < pool->base || index >= pool->count)
		return NULL;
	return pool->table[index];
}

static u64 *find_table(const struct pte_space *space, u64 address)
{
	u64 *table = table_at(space->pool, address);

	if (!table && space->reserved)
		table = table_at(space->reserved, address);
	return table;
}

/* Returns the new table's address, or 0. */
static u64 new_table(struct pte_pool *pool, const char *owner, u32 level, u64 input)
{
	u32 index = pool->count;

	if (index == pool->max) {
		pool->full = true;
		return 0;
	}
	pool->count++;
	pool->info[index].owner = owner;
	pool->info[index].level = level;
	pool->info[index].input = input;
	for (u32 i = 0; i < PTE_ENTRIES; i++)
		pool->table[index][i] = 0;
	return pool->base + (u64)index * PTE_PAGE;
}

static u64 *entry_of(u64 *table, u32 level, u64 input)
{
	return &table[(input / pte_level_size(level)) % PTE_ENTRIES];
}

static bool is_table(u64 entry)
{
	return (entry & DESC_VALID) && (entry & DESC_TABLE_OR_PAGE);
}

/* The table that `entry`, at `level`, points to; made from `pool` if there is none yet. */
static u64 *next_table(struct pte_space *space, struct pte_pool *pool, u64 *entry, u32 level,
		       u64 input)
{
	if (!*entry) {
		u64 covered = pte_level_size(level);
		u64 address = new_table(pool, space->name, level + 1, ALIGN_DOWN(input, covered));

		if (!address)
			return NULL;
		*entry = address | DESC_VALID | DESC_TABLE_OR_PAGE;
	}
	if (!is_table(*entry))
		return NULL;
	return find_table(space, *entry & DESC_OUTPUT);
}

bool pte_create(struct pte_space *space)
{
	space->root = new_table(space->pool, space->name, PTE_FIRST_LEVEL, 0);
	return space->root != 0;
}

bool pte_reserve(struct pte_space *space, u64 input)
{
	u64 *table = find_table(space, space->root);
	u64 *entry;

	if (!table || !space->reserved || input >> PTE_INPUT_BITS)
		return false;
	table = next_table(space, space->pool, entry_of(table, 1, input), 1, input);
	if (!table)
		return false;
	entry = entry_of(table, 2, input);
	if (!next_table(space, space->reserved, entry, 2, input))
		return false;
	return table_at(space->reserved, *entry & DESC_OUTPUT) != NULL;
}

u64 pte_window(struct pte_space *space, u64 input, u32 count)
{
	u64 *root = find_table(space, space->root);
	u64 first = input / pte_level_size(2) % PTE_ENTRIES;
	u64 *table;

	if (!root || !count || count > PTE_ENTRIES - first || input % pte_level_size(2) ||
	    input >> PTE_INPUT_BITS)
		return 0;
	table = next_table(space, space->pool, entry_of(root, 1, input), 1, input);
	if (!table)
		return 0;
	for (u32 i = 0; i < count; i++)
		if (table[first + i])
			return 0;
	return (*entry_of(root, 1, input) & DESC_OUTPUT) + first * sizeof(u64);
}

/* Maps one block or page at the highest level that fits; returns its size, or 0. */
static u64 map_one(struct pte_space *space, u64 input, u64 output, u64 size,
		   struct pte_attributes attributes)
{
	u64 *table = find_table(space, space->root);

	for (u32 level = PTE_FIRST_LEVEL; table && level <= PTE_LAST_LEVEL; level++) {
		u64 block = pte_level_size(level);
		u64 *entry = entry_of(table, level, input);

		if ((input | output) % block == 0 && size >= block && !*entry) {
			*entry = pte_leaf(space->stage, level, output, attributes);
			return *entry ? block : 0;
		}
		if (level == PTE_LAST_LEVEL)
			return 0;
		table = next_table(space, space->pool, entry, level, input);
	}
	return 0;
}

bool pte_map(struct pte_space *space, u64 input, u64 output, u64 size,
	     struct pte_attributes attributes)
{
	u64 limit = BIT(PTE_INPUT_BITS);

	if ((input | output | size) % PTE_PAGE || input >= limit || size > limit - input)
		return false;
	while (size) {
		u64 done = map_one(space, input, output, size, attributes);

		if (!done)
			return false;
		input += done;
		output += done;
		size -= done;
	}
	return true;
}

static u64 *last_table(const struct pte_space *space, u64 input, u64 *address)
{
	u64 *table = find_table(space, space->root);

	if (input >> PTE_INPUT_BITS)
		return NULL;
	*address = space->root;
	for (u32 level = PTE_FIRST_LEVEL; table && level < PTE_LAST_LEVEL; level++) {
		u64 entry = *entry_of(table, level, input);

		if (!is_table(entry))
			return NULL;
		*address = entry & DESC_OUTPUT;
		table = find_table(space, *address);
	}
	return table;
}

u64 *pte_slot(const struct pte_space *space, u64 input)
{
	u64 address;
	u64 *table = last_table(space, input, &address);

	return table ? entry_of(table, PTE_LAST_LEVEL, input) : NULL;
}

u64 pte_slot_address(const struct pte_space *space, u64 input)
{
	u64 address;
	u64 *table = last_table(space, input, &address);

	if (!table)
		return 0;
	return address + (input / PTE_PAGE) % PTE_ENTRIES * sizeof(u64);
}

static struct pte_attributes stage1_attributes(u64 entry)
{
	struct pte_attributes found = {(enum pte_memory)GET(S1_ATTR_INDEX, entry), PTE_R};

	if (!(entry & S1_READ_ONLY))
		found.rights |= PTE_W;
	if (!(entry & S1_XN))
		found.rights |= PTE_X;
	return found;
}

static struct pte_attributes stage2_attributes(u64 entry)
{
	struct pte_attributes found = {PTE_DEVICE, 0};

	if (GET(S2_MEM_ATTR, entry) == MEM_ATTR_WRITE_BACK)
		found.memory = PTE_WRITE_BACK;
	if (GET(S2_MEM_ATTR, entry) == MEM_ATTR_NON_CACHEABLE)
		found.memory = PTE_NON_CACHEABLE;
	if (entry & S2_AP_READ)
		found.rights |= PTE_R;
	if (entry & S2_AP_WRITE)
		found.rights |= PTE_W;
	if (!(entry & S2_XN))
		found.rights |= PTE_X;
	return found;
}

struct pte_attributes pte_attributes_of(enum pte_stage stage, u64 leaf)
{
	struct pte_attributes none = {PTE_DEVICE, 0};

	if (!(leaf & DESC_VALID))
		return none;
	return stage == PTE_STAGE_1 ? stage1_attributes(leaf) : stage2_attributes(leaf);
}

struct pte_attributes pte_find(const struct pte_space *space, u64 input)
{
	struct pte_attributes none = {PTE_DEVICE, 0};
	const u64 *table = find_table(space, space->root);

	if (input >> PTE_INPUT_BITS)
		return none;
	for (u32 level = PTE_FIRST_LEVEL; table; level++) {
		u64 entry = table[(input / pte_level_size(level)) % PTE_ENTRIES];

		if (level == PTE_LAST_LEVEL || !is_table(entry))
			return pte_attributes_of(space->stage, entry);
		table = find_table(space, entry & DESC_OUTPUT);
	}
	return none;
}
