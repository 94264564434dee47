/*
 * Links: the register window's state machine (virtio-mmio, virtio 1.2 section 4.2), the hand-over
 * of the data-path page, and the doorbells that the hypervisor forwards.
 */
#ifndef CORE_LINK_H
#define CORE_LINK_H

#include "core/plan.h"
#include "core/types.h"
#include "core/upcall.h"

/* Boot CPU, boot map, link blocks cleared: fills the hypervisor's pages and static windows. */
void link_init(void);

/*
 * One access of a link's driver side to its window, 4 bytes wide and aligned, or in configuration
 * space 1, 2 or 4. `offset` is below ABI_WINDOW_SIZE. Whatever the value, the answer is a state
 * that virtio 1.2 allows, or the link is broken. EXIT_ADVANCE when it is done; EXIT_RESUME when the
 * access has to run again: the page is RAM by now, for it raced with the hand-over, or a reset waits
 * for the device side.
 */
enum exit link_read(u32 link, u32 offset, u32 size, u64 *value);
enum exit link_write(u32 link, u32 offset, u32 value);

/* ABI_CALL_RING by a guest. `event` is an index of plan_routes. ABI_EPERM if it is not its own. */
enum abi_error link_ring_call(u32 guest, u32 event);

/* A guest runs no more: its links are broken, and their other sides are told. */
void link_guest_stopped(u32 guest);

/*
 * A stopped guest is to run again, on one of its CPUs: the links of which it is the driver side are
 * reset. False: a device side has not let go of the rings yet; ask again. A device side that does not
 * within the link's reset-timeout leaves it broken.
 */
bool link_guest_reset(u32 guest);

#endif
