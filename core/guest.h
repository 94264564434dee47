/*
 * Guests as wholes: running, done, off, crashed. Their state is in the counters' block, where
 * reporters see it.
 */
#ifndef CORE_GUEST_H
#define CORE_GUEST_H

#include "core/abi.h"
#include "core/plan.h"
#include "core/types.h"

/* The guest says that its work is over; it may go on running. Powers off if it was the last. */
void guest_done(u32 guest, u32 errors);

/*
 * ABI_CALL_STOP and ABI_CALL_START by the guest that controls others: ABI_EPERM for anybody else, and
 * for one that cannot start anew; ABI_EINVAL for no such guest; ABI_EAGAIN for START
 * while it runs, for STOP while it starts anew.
 */
enum abi_error guest_stop_call(u64 guest);
enum abi_error guest_start_call(u64 guest);

/* vCPU 0's CPU, parked: starts its guest anew if that was asked. True: it was, but not yet. */
bool guest_restart(void);

#endif
