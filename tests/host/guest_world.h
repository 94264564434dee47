/*
 * A world for the guests' link code on the host: memory that two sides share, doorbells that set
 * flags, and the hypervisor's part of a link, as simple as it can be. Device sides are this guest's
 * links (link_get); driver sides belong to the tests.
 */
#ifndef TESTS_HOST_GUEST_WORLD_H
#define TESTS_HOST_GUEST_WORLD_H

#include "guests/lib/guest.h"
#include "guests/lib/link.h"

#define WORLD_LINKS 4u
#define WORLD_QUEUE_SIZE 8u
#define WORLD_REGION_SIZE 0x10000u
#define WORLD_CPUS 5u /* CPU i is guest i's; the last guest is this one */

struct world_link {
	struct {
		struct abi_link_driver driver __attribute__((aligned(4096)));
		struct abi_link_device device __attribute__((aligned(4096)));
		struct abi_link_hyp hyp __attribute__((aligned(4096)));
		u8 region[WORLD_REGION_SIZE] __attribute__((aligned(4096)));
	} shared;
	struct guest_link plan[2]; /* by enum guest_side */
	struct link driver;
	struct link *device;
	u32 to_device; /* how often each side was rung, or would have been if it did not look */
	u32 to_driver;
	u32 registers[0x200 / 4];
};

extern struct world_link world_links[WORLD_LINKS];
extern bool world_polled;  /* device sides look; set before world_begin */
extern bool world_follows; /* device sides look while a driver side waits */
extern u64 world_clock;	   /* ticks of 1 ms; each look at it is one */
extern struct abi_counters world_counters;
extern void (*world_rung)(struct world_link *link); /* a driver side was; may be NULL */
extern u32 world_busy;				    /* calls of guest_busy */

void world_begin(u32 links, u32 transport);

#endif
