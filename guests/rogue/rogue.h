/*
 * The attacks: each file holds some, rogue.c holds the list.
 */
#ifndef GUESTS_ROGUE_ROGUE_H
#define GUESTS_ROGUE_ROGUE_H

#include "guests/lib/guest.h"
#include "guests/lib/link.h"

/* From the arguments; 0: none given. */
struct target {
	u64 address;
	u32 count;
};

/* Prints `what`, and how many of `tries` accesses faulted, with the last syndrome. */
void tell(const char *what, u32 tries, u32 faults, u64 syndrome);

/* A link on which this guest is the driver side; ends the program if there is none. */
struct link *victim_link(void);

u32 random_number(void);

/* memory.c */
void attack_write(const struct target *target);
void attack_read(const struct target *target);
void attack_execute(const struct target *target);
void attack_peer_page(const struct target *target);
void attack_hypervisor_page(const struct target *target);
void attack_execute_region(const struct target *target);
void attack_device(const struct target *target);

/* registers.c */
void attack_smc(const struct target *target);
void attack_set_way(const struct target *target);
void attack_debug(const struct target *target);
void attack_pmu(const struct target *target);
void attack_physical_timer(const struct target *target);
void attack_implementation_defined(const struct target *target);
void attack_sgi(const struct target *target);
void attack_hang(const struct target *target);

/* calls.c */
void attack_ring_others(const struct target *target);
void attack_calls(const struct target *target);
void attack_flood(const struct target *target);
void attack_store64(const struct target *target);
void attack_read_translater(const struct target *target);
void attack_off(const struct target *target);

/* rings.c */
void attack_rings(const struct target *target);
void attack_pages(const struct target *target);
void attack_window(const struct target *target);
void attack_window_pair(const struct target *target);

#endif
