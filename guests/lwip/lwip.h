/*
 * lwIP on a bare-metal guest: its parts. ethernet.c is the network interface; netserver.c and hello.c
 * are services. The loop of main.c calls all of them; lwIP calls back from there only.
 */
#ifndef GUESTS_LWIP_LWIP_H
#define GUESTS_LWIP_LWIP_H

#include <lwip/tcp.h>

#include "core/types.h"

/* ethernet.c: false: no net link, or it does not come up, or the address is none (A.B.C.D/N). */
bool ethernet_start(const char *address);

/* Passes on the frames that came. True: there may be more. */
bool ethernet_poll(void);

/* netserver.c: the other end of netperf's TCP_RR and TCP_STREAM. */
void netserver_start(void);

/* hello.c: answers `hello` by `ready` at port 7, for a Linux guest that waits for its peer. */
void hello_start(void);

/* main.c, for services: listens at a port of every address. */
void serve(u16 port, tcp_accept_fn accept);

/* Lets go of a connection, within its callback: what that has to return. */
err_t hang_up(struct tcp_pcb *pcb);

#endif
