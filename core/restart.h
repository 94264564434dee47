/*
 * The page where a guest starts anew, mapped to itself for reading and execution: the restart
 * program (guests/restart), and at PLAN_RESTART_RECORD a record, which the program reads. The
 * payloads' sources, mapped for reading, lie in PLAN_PART_PAYLOADS like the page itself. The hypervisor
 * knows its address alone (plan_guest.restart).
 */
#ifndef CORE_RESTART_H
#define CORE_RESTART_H

#include "core/types.h"

#define PLAN_RESTART_RECORD 0xc00u
#define PLAN_RESTART_COPIES 3u

struct plan_restart {
	u64 entry;
	u64 x0; /* registers at the entry */
	u64 x1;
	u64 count;
	struct {
		u64 source;
		u64 target; /* guest physical, page aligned */
		u64 size;   /* bytes */
		u64 crc32;
	} copy[PLAN_RESTART_COPIES];
};

_Static_assert(sizeof(struct plan_restart) == 128, "plan_restart");

#endif
