/*
 * Fills tables of any format; see tables.h. Pure: it touches only the pools that the caller hands in.
 */
#include "tools/planc/tables.h"

#include <string.h>

#include "core/bits.h"

u64 tables_level_size(u32 level)
{
	return (u64)TABLES_PAGE << (9 * (TABLES_LAST_LEVEL - level));
}

u64 *tables_at(const struct tables_pool *pool, u64 address)
{
	u64 index = (address - pool->base) / TABLES_PAGE;

	if (address < pool->base || index >= pool->count)
		return NULL;
	return pool->table[index];
}

static u64 *find_table(const struct tables_space *space, u64 address)
{
	u64 *table = tables_at(space->pool, address);

	if (!table && space->reserved)
		table = tables_at(space->reserved, address);
	return table;
}

u64 tables_page(struct tables_pool *pool, const char *owner, const char *what)
{
	u32 index = pool->count;

	if (index == pool->max) {
		pool->full = true;
		return 0;
	}
	pool->count++;
	pool->info[index] = (struct tables_info){.owner = owner, .what = what};
	for (u32 i = 0; i < TABLES_ENTRIES; i++)
		pool->table[index][i] = 0;
	return pool->base + (u64)index * TABLES_PAGE;
}

/* Returns the new table's address, or 0. */
static u64 new_table(struct tables_pool *pool, const char *owner, u32 level, u64 input)
{
	u64 address = tables_page(pool, owner, NULL);

	if (!address)
		return 0;
	pool->info[pool->count - 1].level = level;
	pool->info[pool->count - 1].input = input;
	return address;
}

static u64 *entry_of(u64 *table, u32 level, u64 input)
{
	return &table[(input / tables_level_size(level)) % TABLES_ENTRIES];
}

static bool is_table(const struct tables_space *space, u64 entry)
{
	return (entry & space->format->table_mask) == space->format->table_value;
}

static bool is_outside(const struct tables_space *space, u64 input)
{
	return input >> space->format->input_bits;
}

/* The table that `entry`, at `level`, points to; made from `pool` if there is none yet. */
static u64 *next_table(struct tables_space *space, struct tables_pool *pool, u64 *entry, u32 level,
		       u64 input)
{
	if (!*entry) {
		u64 covered = tables_level_size(level);
		u64 address = new_table(pool, space->name, level + 1, ALIGN_DOWN(input, covered));

		if (!address)
			return NULL;
		*entry = address | space->format->table_value;
	}
	if (!is_table(space, *entry))
		return NULL;
	return find_table(space, *entry & space->format->output);
}

/* The table at `level` that covers `input`, made if there is none. */
static u64 *table_for(struct tables_space *space, u64 input, u32 level)
{
	u64 *table = find_table(space, space->root);

	for (u32 i = space->format->first_level; table && i < level; i++)
		table = next_table(space, space->pool, entry_of(table, i, input), i, input);
	return table;
}

bool tables_create(struct tables_space *space)
{
	space->root = new_table(space->pool, space->name, space->format->first_level, 0);
	return space->root != 0;
}

/* The level 1 table of the lowest addresses, or NULL. */
static u64 *first_of_level_1(const struct tables_space *space)
{
	u64 *table = find_table(space, space->root);

	if (space->format->first_level == 1 || !table)
		return table;
	return find_table(space, table[0] & space->format->output);
}

bool tables_share(struct tables_space *space, const struct tables_space *from)
{
	const u64 *theirs = first_of_level_1(from);
	u64 *own = table_for(space, 0, 1);

	if (!theirs || !own)
		return false;
	memcpy(own, theirs, TABLES_PAGE);
	return true;
}

bool tables_reserve(struct tables_space *space, u64 input)
{
	u64 *entry, *table;

	if (!space->reserved || is_outside(space, input))
		return false;
	table = table_for(space, input, 2);
	if (!table)
		return false;
	entry = entry_of(table, 2, input);
	if (!next_table(space, space->reserved, entry, 2, input))
		return false;
	return tables_at(space->reserved, *entry & space->format->output) != NULL;
}

static u64 address_of(const struct tables_pool *pool, const u64 *table)
{
	return pool->base + (u64)((const u8 *)table - (const u8 *)pool->table);
}

u64 tables_window(struct tables_space *space, u64 input, u32 count)
{
	u64 first = input / tables_level_size(2) % TABLES_ENTRIES;
	u64 *table;

	if (!count || count > TABLES_ENTRIES - first || input % tables_level_size(2) ||
	    is_outside(space, input))
		return 0;
	table = table_for(space, input, 2);
	if (!table)
		return 0;
	for (u32 i = 0; i < count; i++)
		if (table[first + i])
			return 0;
	return address_of(space->pool, table) + first * sizeof(u64);
}

/* Maps one block or page at the highest level that fits; returns its size, or 0. */
static u64 map_one(struct tables_space *space, u64 input, u64 output, u64 size,
		   struct tables_attributes attributes)
{
	const struct tables_format *format = space->format;
	u64 *table = find_table(space, space->root);

	for (u32 level = format->first_level; table && level <= TABLES_LAST_LEVEL; level++) {
		u64 block = tables_level_size(level);
		u64 *entry = entry_of(table, level, input);

		if (level >= format->block_level && (input | output) % block == 0 &&
		    size >= block && !*entry) {
			*entry = format->leaf(level, output, attributes);
			return *entry ? block : 0;
		}
		if (level == TABLES_LAST_LEVEL)
			return 0;
		table = next_table(space, space->pool, entry, level, input);
	}
	return 0;
}

bool tables_map(struct tables_space *space, u64 input, u64 output, u64 size,
		struct tables_attributes attributes)
{
	u64 limit = BIT(space->format->input_bits);

	if ((input | output | size) % TABLES_PAGE || input >= limit || size > limit - input)
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

static u64 *last_table(const struct tables_space *space, u64 input, u64 *address)
{
	u64 *table = find_table(space, space->root);

	if (is_outside(space, input))
		return NULL;
	*address = space->root;
	for (u32 level = space->format->first_level; table && level < TABLES_LAST_LEVEL; level++) {
		u64 entry = *entry_of(table, level, input);

		if (!is_table(space, entry))
			return NULL;
		*address = entry & space->format->output;
		table = find_table(space, *address);
	}
	return table;
}

u64 *tables_slot(const struct tables_space *space, u64 input)
{
	u64 address;
	u64 *table = last_table(space, input, &address);

	return table ? entry_of(table, TABLES_LAST_LEVEL, input) : NULL;
}

u64 tables_slot_address(const struct tables_space *space, u64 input)
{
	u64 address;
	u64 *table = last_table(space, input, &address);

	if (!table)
		return 0;
	return address + (input / TABLES_PAGE) % TABLES_ENTRIES * sizeof(u64);
}

struct tables_attributes tables_find(const struct tables_space *space, u64 input)
{
	struct tables_attributes none = {TABLES_DEVICE, 0};
	const u64 *table = find_table(space, space->root);

	if (is_outside(space, input))
		return none;
	for (u32 level = space->format->first_level; table; level++) {
		u64 entry = table[(input / tables_level_size(level)) % TABLES_ENTRIES];

		if (level == TABLES_LAST_LEVEL || !is_table(space, entry))
			return space->format->attributes(entry);
		table = find_table(space, entry & space->format->output);
	}
	return none;
}
