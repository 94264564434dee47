/*
 * lwIP at the other end of a guest's network, and what that guest's consoles need, from one loop.
 *
 * usage: address=A.B.C.D/N
 *
 * Services: ping; `hello` (hello.c); netperf's TCP_RR and TCP_STREAM (netserver.c); iperf 2 by lwIP's
 * own lwiperf, both ways.
 *
 * It owns the UART, serves the consoles as the hub does, and prints the profile. Nobody rings: it looks
 * at its links again and again, and sleeps only as guest_wait does. With links that ring it rests in
 * WFE, which the event stream ends, so that TCP's timers run without an interrupt.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lwip/apps/lwiperf.h>
#include <lwip/init.h>
#include <lwip/sys.h>
#include <lwip/timeouts.h>

#include "guests/lib/consoles.h"
#include "guests/lib/guest.h"
#include "guests/lib/link.h"
#include "guests/lib/polling.h"
#include "guests/lib/report.h"
#include "guests/lwip/lwip.h"

#define MILLISECONDS 1000u

_Noreturn void lwip_failed(const char *what)
{
	printf("lwip: %s\n", what);
	exit(1);
}

/* Port numbers shall differ from run to run; nothing here must be unguessable. */
unsigned int lwip_random(void)
{
	static u64 state;

	state = (state ^ guest_ticks()) * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(state >> 32);
}

u32_t sys_now(void)
{
	return (u32)(guest_ticks() / (guest_ticks_per_second() / MILLISECONDS));
}

void serve(u16 port, tcp_accept_fn accept)
{
	struct tcp_pcb *pcb = tcp_new();
	struct tcp_pcb *listening;

	if (!pcb || tcp_bind(pcb, IP_ADDR_ANY, port) != ERR_OK)
		lwip_failed("cannot bind a port");
	listening = tcp_listen(pcb);
	if (!listening)
		lwip_failed("cannot listen");
	tcp_accept(listening, accept);
}

err_t hang_up(struct tcp_pcb *pcb)
{
	tcp_recv(pcb, NULL);
	tcp_sent(pcb, NULL);
	tcp_err(pcb, NULL);
	tcp_poll(pcb, NULL, 0);
	if (tcp_close(pcb) == ERR_OK)
		return ERR_OK;
	tcp_abort(pcb);
	return ERR_ABRT;
}

static bool sleep_ringing(bool again)
{
	if (!again)
		guest_rest();
	return true;
}

static void serve_terminal(void)
{
	consoles_terminal();
	if (consoles_report())
		guest_done(report_errors());
}

static _Noreturn void loop(void)
{
	bool polled = polling_any();
	bool look = true;

	for (;;) {
		bool again = ethernet_poll();
		bool consoles = consoles_poll();

		sys_check_timeouts();
		if (consoles || look)
			serve_terminal();
		again |= consoles;
		look = polled ? polling_sleep(again) : sleep_ringing(again);
	}
}

int main(int argc, char **argv)
{
	static const char word[] = "address=";
	const char *address = "";

	consoles_start();
	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], word, sizeof(word) - 1) == 0)
			address = argv[i] + sizeof(word) - 1;
	lwip_init();
	if (!ethernet_start(address))
		lwip_failed("no net link that comes up, or no address=A.B.C.D/N");
	hello_start();
	netserver_start();
	/* No report: lwiperf reads a connection that a peer has reset when it makes one. */
	if (!lwiperf_start_tcp_server_default(NULL, NULL))
		lwip_failed("cannot start lwiperf");
	printf("lwIP " LWIP_VERSION_STRING " at %s\n", address);
	loop();
}
