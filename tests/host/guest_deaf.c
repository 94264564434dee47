/*
 * Doorbells that nobody has to listen to: whoever plays the other side in a test on the host sets
 * flags itself, or rings nobody.
 */
#include "guests/lib/guest.h"

void doorbell_listen(const struct guest_doorbell *doorbell, volatile u32 *flag, u64 window)
{
	(void)doorbell;
	(void)flag;
	(void)window;
}

void doorbell_watch(const struct guest_doorbell *doorbell, const u64 *word, volatile u32 *flag)
{
	(void)doorbell;
	(void)word;
	(void)flag;
}
