/*
 * The hub: an Ethernet switch and a console multiplexer for the guests at the other side of its
 * links, and the one who prints the profile.
 *
 * It owns the UART and polls it. So that polling costs no timer interrupt it rests in WFE, which the
 * event stream ends; while a measurement is on it leaves the terminal alone and sleeps in WFI.
 */
#include <stdio.h>

#include "guests/hub/hub.h"
#include "guests/lib/consoles.h"
#include "guests/lib/guest.h"

static void sleep(bool holding)
{
	if (!station_measuring() || holding) {
		guest_rest();
		return;
	}
	guest_wait();
	/* Whoever asked for it may have died. */
	if (guest_watchdog_fired())
		station_give_up();
}

int main(int argc, char **argv)
{
	bool measured = false;

	(void)argc;
	(void)argv;
	consoles_start();
	ports_start();
	for (;;) {
		bool holding = ports_poll();

		consoles_poll();
		if (station_measuring() != measured) {
			measured = station_measuring();
			guest_watchdog(measured ? station_patience() : 0);
		}
		if (!measured) {
			consoles_terminal();
			if (consoles_report()) {
				ports_print();
				guest_done(0);
			}
		}
		sleep(holding);
	}
}
