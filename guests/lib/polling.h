/*
 * The end of a turn for loops that serve links and, now and then, a terminal. With polled links
 * nobody rings: such a loop does not rest, it looks again and again, and sleeps only as guest_wait
 * does.
 */
#ifndef GUESTS_LIB_POLLING_H
#define GUESTS_LIB_POLLING_H

#include "core/types.h"

/* Some link of this guest is polled. */
bool polling_any(void);

/* `again`: there is more to do, so it does not sleep. True: it is time to look at the terminal. */
bool polling_sleep(bool again);

#endif
