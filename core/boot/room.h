/*
 * What a machine's memory is used for, range by range: whether wanted memory is or becomes free,
 * and where a block finds room. Pure: maps come from firmware, and nothing is believed of their
 * order or of the ranges being apart; where two overlap, the one that is not free counts.
 */
#ifndef CORE_BOOT_ROOM_H
#define CORE_BOOT_ROOM_H

#include "core/types.h"

#define ROOM_PAGE 4096u

enum room_use {
	ROOM_FREE,  /* now */
	ROOM_LATER, /* once the firmware's boot services are gone */
	ROOM_TAKEN,
	ROOM_RESERVED, /* taken as well, by a device tree */
};

struct room_range {
	u64 base;
	u64 end; /* the first byte behind it */
	enum room_use use;
	const char *name; /* for people; of a gap: 0 */
};

struct room {
	struct room_range *range; /* sorted by base */
	u32 count;
	u32 max;
};

/* Hears of each range that conflicts, cut to nothing: as the map has it. Of a gap: the gap. */
typedef void room_report(const struct room_range *found, void *context);

/* Bytes of that many 4 KiB pages; more than 64 bits hold become as much as they hold. */
u64 room_bytes(u64 pages);

/*
 * Adds a range. One without bytes is left out; of one that runs over the end of the address space a
 * taken one ends there, any other is left out. False if the room is full.
 */
bool room_add(struct room *room, u64 base, u64 size_bytes, enum room_use use, const char *name);

/* Reports what keeps the bytes from base to end (not included) from being used: how many. */
u32 room_conflicts(const struct room *room, u64 base, u64 end, room_report *report, void *context);

/*
 * The lowest page of a block of that many bytes that is free now, page 0 aside. 0 if there is none;
 * *largest is the size of the largest block that was seen.
 */
u64 room_find(const struct room *room, u64 size_bytes, u64 *largest);

#endif
