/*
 * Sorted ranges of memory. Sorting happens while they are added: firmware's maps mostly come sorted.
 */
#include "core/boot/room.h"
#include "core/bits.h"

struct search {
	u64 size;
	u64 base;    /* of what was found; 0: nothing yet */
	u64 largest; /* bytes */
};

static u64 min(u64 a, u64 b)
{
	return a < b ? a : b;
}

static u64 max(u64 a, u64 b)
{
	return a > b ? a : b;
}

u64 room_bytes(u64 pages)
{
	return pages > UINT64_MAX / ROOM_PAGE ? UINT64_MAX : pages * ROOM_PAGE;
}

bool room_add(struct room *room, u64 base, u64 size_bytes, enum room_use use, const char *name)
{
	u64 end = base + size_bytes;
	u32 at = room->count;

	if (size_bytes == 0 || (end < base && use < ROOM_TAKEN))
		return true;
	if (room->count == room->max)
		return false;
	if (end < base)
		end = UINT64_MAX;
	for (; at > 0 && room->range[at - 1].base > base; at--)
		room->range[at] = room->range[at - 1];
	room->range[at] = (struct room_range){base, end, use, name};
	room->count++;
	return true;
}

static u32 report_gap(u64 base, u64 end, room_report *report, void *context)
{
	struct room_range gap = {base, end, ROOM_TAKEN, NULL};

	if (base >= end)
		return 0;
	report(&gap, context);
	return 1;
}

u32 room_conflicts(const struct room *room, u64 base, u64 end, room_report *report, void *context)
{
	u64 known = base; /* up to here the map says something */
	u32 found = 0;

	for (u32 i = 0; i < room->count && room->range[i].base < end; i++) {
		const struct room_range *range = &room->range[i];

		if (range->end <= base)
			continue;
		found += report_gap(known, range->base, report, context);
		if (range->use >= ROOM_TAKEN) {
			report(range, context);
			found++;
		}
		known = max(known, range->end);
	}
	return found + report_gap(known, end, report, context);
}

/* A free run that cannot grow any more. */
static void consider(struct search *search, u64 base, u64 end)
{
	base = max(base, ROOM_PAGE);
	if (base >= end || end - base < ROOM_PAGE)
		return;
	base = ALIGN_UP(base, ROOM_PAGE);
	search->largest = max(search->largest, end - base);
	if (search->base == 0 && end - base >= search->size)
		search->base = base;
}

u64 room_find(const struct room *room, u64 size_bytes, u64 *largest)
{
	struct search search = {.size = size_bytes};
	u64 run = 0, run_end = 0; /* free so far, and not yet considered */
	u64 barred = 0;		  /* nothing below is free any more */

	for (u32 i = 0; i < room->count; i++) {
		const struct room_range *range = &room->range[i];

		if (range->use != ROOM_FREE) {
			consider(&search, run, min(run_end, range->base));
			barred = max(barred, range->end);
			run = max(run, barred);
			continue;
		}
		if (range->base > run_end) {
			consider(&search, run, run_end);
			run = max(range->base, barred);
		}
		run_end = max(run_end, range->end);
	}
	consider(&search, run, run_end);
	*largest = search.largest;
	return search.base;
}
