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

static void sleep(bool again)
{
	if (!station_measuring() || again) {
		guest_rest();
		return;
	}
	guest_wait();
	/* Whoever asked for it may have died. */
	if (guest_watchdog_fired())
		station_give_up(NULL);
}

static void watch_measurement(void)
{
	static bool measured;

	if (station_measuring() == measured)
		return;
	measured = station_measuring();
	guest_watchdog(measured ? station_patience() : 0);
}

/* Who finishes rings its console link: then somebody who measures for ever does not matter. */
static void serve_terminal(void)
{
	consoles_terminal();
	if (!consoles_report())
		return;
	ports_print();
	guest_done(0);
}

int main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	consoles_start();
	ports_start();
	for (;;) {
		bool again = ports_poll();
		bool consoles = consoles_poll();

		watch_measurement();
		if (consoles || !station_measuring())
			serve_terminal();
		sleep(again || consoles);
	}
}
