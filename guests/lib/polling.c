/*
 * See polling.h.
 */
#include "guests/lib/polling.h"

#include "guests/lib/guest.h"
#include "guests/lib/link.h"

#define TERMINAL_PASSES 64u /* a look at the terminal costs more than one at all links */

bool polling_any(void)
{
	for (u32 i = 0; i < link_count(); i++)
		if (link_get(i)->polled)
			return true;
	return false;
}

bool polling_sleep(bool again)
{
	static u32 passes;

	return (!again && guest_wait()) || ++passes % TERMINAL_PASSES == 0;
}
