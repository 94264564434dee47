/*
 * The hub: an Ethernet switch and a console multiplexer for the guests at the other side of its
 * links, and the one who prints the profile.
 *
 * It owns the UART and polls it. So that polling costs no timer interrupt it rests in WFE, which the
 * event stream ends; while a measurement is on it leaves the terminal alone and sleeps in WFI. With
 * polled links it does not rest: it looks at them again and again, now and then at the terminal, and
 * sleeps only as guest_wait does.
 */
#include <stdio.h>

#include "guests/hub/hub.h"
#include "guests/lib/consoles.h"
#include "guests/lib/guest.h"
#include "guests/lib/polling.h"
#include "guests/lib/report.h"

static bool sleep(bool polled, bool again)
{
	bool look = true;

	if (polled)
		look = polling_sleep(again);
	else if (!station_measuring() || again)
		guest_rest();
	else
		guest_wait();
	/* Whoever asked for the measurement may have died. */
	if (guest_watchdog_fired())
		station_give_up(NULL);
	return look && !station_measuring();
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
	guest_done(report_errors());
}

int main(int argc, char **argv)
{
	bool polled = polling_any();
	bool look = true;

	(void)argc;
	(void)argv;
	consoles_start();
	ports_start();
	for (;;) {
		bool again = ports_poll();
		bool consoles = consoles_poll();

		watch_measurement();
		if (consoles || look)
			serve_terminal();
		look = sleep(polled, again || consoles);
	}
}
