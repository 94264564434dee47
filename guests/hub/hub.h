/*
 * The hub's parts: ports.c switches frames, station.c is the hub's own station on the network.
 */
#ifndef GUESTS_HUB_HUB_H
#define GUESTS_HUB_HUB_H

#include "guests/lib/frame.h"

#define PORT_HEAD_SIZE 14u /* an Ethernet header */

struct port {
	struct link *link;
	u32 ups;
	bool rung;	/* its link has something for this turn of ports_poll */
	bool holding;	/* `held` waits for a buffer at its destination, in its sender's ring */
	u64 held_since; /* ticks */
	u64 forwarded;	/* frames that came in here and went out elsewhere, or were flooded */
	u64 dropped;	/* frames that came in here and went nowhere */
	struct vq_chain held;
	/* Of `held`, copied once: its sender may change it in the ring after we looked at it. */
	u8 head[PORT_HEAD_SIZE];
};

/* ports.c */
void ports_start(void);

/* Passes on what came. True: frames are held, or there may be more: look again soon. */
bool ports_poll(void);

/* One line per port that dropped frames. */
void ports_print(void);

/* Sends one of the hub's own frames out at a port. False: no buffer there. */
bool port_send(struct port *port, const u8 *frame, u32 size);

/* station.c: a frame for the hub itself came in at a port. */
void station_receive(struct port *port, const struct vq_chain *chain, u32 size);

/* A frame is about to be forwarded. */
void station_count(void);

/* A measurement is on: between a request and its last mark. */
bool station_measuring(void);

/* The guest at this port is gone, or, with NULL, time is up: the measurement ends if it was its. */
void station_give_up(const struct port *port);

/* Seconds after which a measurement that is still on is given up. */
u32 station_patience(void);

#endif
