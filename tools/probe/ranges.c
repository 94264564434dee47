/*
 * Sets of ranges: see ranges.h.
 */
#include "tools/probe/ranges.h"

#include "core/bits.h"

static u64 end_of(u64 base, u64 size)
{
	return base >= RANGES_END || size > RANGES_END - base ? RANGES_END : base + size;
}

static void drop(struct ranges *set, u32 index)
{
	set->count--;
	for (u32 i = index; i < set->count; i++)
		set->range[i] = set->range[i + 1];
}

static void insert(struct ranges *set, u32 index, u64 base, u64 end)
{
	if (set->count == RANGES_MAX) {
		set->full = true;
		return;
	}
	for (u32 i = set->count++; i > index; i--)
		set->range[i] = set->range[i - 1];
	set->range[index] = (struct range){base, end - base};
}

void ranges_add(struct ranges *set, u64 base, u64 size)
{
	u64 end = end_of(base, size);
	u32 i = 0;

	if (base >= end)
		return;
	while (i < set->count && set->range[i].base <= end) {
		u64 old_base = set->range[i].base;
		u64 old_end = old_base + set->range[i].size;

		if (old_end < base) {
			i++;
			continue;
		}
		base = old_base < base ? old_base : base;
		end = old_end > end ? old_end : end;
		drop(set, i);
	}
	insert(set, i, base, end);
}

void ranges_remove(struct ranges *set, u64 base, u64 size)
{
	u64 end = end_of(base, size);
	u32 i = 0;

	while (base < end && i < set->count && set->range[i].base < end) {
		u64 old_base = set->range[i].base;
		u64 old_end = old_base + set->range[i].size;

		if (old_end <= base) {
			i++;
			continue;
		}
		drop(set, i);
		if (old_end > end)
			insert(set, i, end, old_end);
		if (old_base < base)
			insert(set, i++, old_base, base);
	}
}

void ranges_trim(struct ranges *set, u64 granule, u64 least)
{
	u32 i = 0;

	while (i < set->count) {
		u64 base = ALIGN_UP(set->range[i].base, granule);
		u64 end = ALIGN_DOWN(set->range[i].base + set->range[i].size, granule);

		if (end <= base || end - base < least) {
			drop(set, i);
			continue;
		}
		set->range[i++] = (struct range){base, end - base};
	}
}
