/*
 * Guests as wholes: running, done, off, crashed. Their state is in the counters' block, where
 * reporters see it.
 */
#ifndef CORE_GUEST_H
#define CORE_GUEST_H

#include "core/plan.h"
#include "core/types.h"

/* The guest says that its work is over; it may go on running. Powers off if it was the last. */
void guest_done(u32 guest, u32 errors);

#endif
