/*
 * Which station is behind which port: the learning part of an Ethernet switch (IEEE 802.1Q, clause 8
 * without VLANs). Bounded: the entry that was silent for longest makes room. Pure.
 */
#ifndef GUESTS_HUB_SWITCH_H
#define GUESTS_HUB_SWITCH_H

#include "core/types.h"

#define SWITCH_STATIONS 64u
#define SWITCH_NO_PORT 0xffffffffu
#define SWITCH_ADDRESS_SIZE 6u

struct switch_station {
	u64 address; /* the six bytes; 0: free */
	u64 heard;   /* ticks */
	u32 port;
};

struct switch_table {
	u64 lifetime; /* ticks that a silent station is remembered */
	u32 latest;   /* where the last address was found: the next is often the same */
	struct switch_station station[SWITCH_STATIONS];
};

/* A frame with this source address came in at a port. Group addresses are nobody's. */
void switch_learn(struct switch_table *table, const u8 *address, u32 port, u64 now);

/* The port of a station that was heard and did not age, or SWITCH_NO_PORT. */
u32 switch_find(struct switch_table *table, const u8 *address, u64 now);

/* The stations of a port are gone. */
void switch_forget(struct switch_table *table, u32 port);

static inline bool switch_is_group(const u8 *address)
{
	return address[0] & 1;
}

#endif
