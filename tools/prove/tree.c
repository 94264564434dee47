/*
 * The window through which boot sees the firmware's device tree: entries of one level 2 table that
 * the plan leaves empty and boot fills. That table must be the boot map's alone, because what boot
 * writes there can be any memory of the machine. See prove.h.
 */
#include <string.h>

#include "core/bits.h"
#include "tools/prove/descriptor.h"
#include "tools/prove/finding.h"
#include "tools/prove/prove.h"

#define WINDOW_LEVEL 2u
#define ENTRIES (PLAN_PAGE / sizeof(u64))
#define ENTRY_INDEX(va, level) ((va) >> (39 - 9 * (level)) & (ENTRIES - 1))
#define WINDOW_FIRST ENTRY_INDEX(PLAN_TREE_VA, WINDOW_LEVEL)

/* DDI 0487 D8.2: a level 2 entry maps 2 MiB, a level 1 entry 1 GiB. */
_Static_assert(PLAN_TREE_BLOCK == 1u << (39 - 9 * WINDOW_LEVEL), "a block of the window");
_Static_assert(PLAN_TREE_VA % PLAN_TREE_BLOCK == 0, "the window is whole entries");
_Static_assert(WINDOW_FIRST + PLAN_TREE_BLOCKS <= ENTRIES, "the window lies in one table");

static u64 entry_at(const struct prove *p, u64 address)
{
	const u8 *bytes = image_at(&p->image, address, sizeof(u64));
	u64 entry = 0;

	if (bytes)
		memcpy(&entry, bytes, sizeof(entry));
	return entry;
}

/* The level 2 table that the boot map has for the window, 0: none. */
static u64 find_table(const struct prove *p)
{
	u64 entry = entry_at(p, p->plan.stage1_boot + ENTRY_INDEX(PLAN_TREE_VA, 1) * sizeof(u64));
	u64 table = 0;

	if (descriptor_kind(entry, WINDOW_LEVEL - 1) != DESCRIPTOR_TABLE)
		return 0;
	descriptor_table(entry, &table);
	return table;
}

u64 tree_entries(const struct prove *p)
{
	u64 table = find_table(p);

	return table ? table + WINDOW_FIRST * sizeof(u64) : 0;
}

static void check_table(const struct prove *p, u64 table)
{
	const struct plan_range *part = &p->plan.part[PLAN_PART_TABLES];
	const char *where = text("table 0x%llx", (unsigned long long)table);

	if (table < part->base || table - part->base >= part->size) {
		finding("tree", where, "does not lie in part tables");
		return;
	}
	for (u64 i = 0; i < ENTRIES; i++) {
		u64 entry = entry_at(p, table + i * sizeof(u64));
		bool window = i >= WINDOW_FIRST && i - WINDOW_FIRST < PLAN_TREE_BLOCKS;

		if (entry)
			finding("tree", where, "entry %llu is 0x%llx: %s", (unsigned long long)i,
				(unsigned long long)entry,
				window ? "boot must find it empty" : "nothing may be beside it");
	}
}

/* By all walks: which maps contain the table. */
static void check_parties(const struct prove *p, u64 table)
{
	const char *where = text("table 0x%llx", (unsigned long long)table);

	for (u32 i = 0; p->use && i < p->use_count; i++) {
		if (table_address(p, i) != table)
			continue;
		if (p->use[i].parties & PARTY_RUN)
			finding("tree", where, "is part of a map that stays while guests run");
		if (p->use[i].parties & PARTY_GUEST)
			finding("tree", where, "is part of a guest's map");
	}
}

void tree_check(const struct prove *p)
{
	u64 table = find_table(p);

	if (!table) {
		finding("tree", "boot", "no level 2 table for va 0x%llx",
			(unsigned long long)PLAN_TREE_VA);
		return;
	}
	check_value("tree", "plan.tree_entries", p->plan.tree_entries, tree_entries(p));
	check_table(p, table);
	check_parties(p, table);
}
