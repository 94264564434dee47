/*
 * The driver side resets the link in the middle of traffic in both directions, brings it up again
 * and makes sure that it works. Its other vCPUs use the window meanwhile.
 */
#include <stdio.h>

#include "guests/lib/guest.h"
#include "guests/pingpong/pingpong.h"

#define BURST 24u
#define BURST_SIZE 200u
#define TRIES 100u
#define TRY_DIVISOR 20 /* of a second */

static void make_noise(u32 round)
{
	for (u32 i = 0; i < BURST; i++)
		if (!frame_send_pattern(net, peer, FRAME_NOISE, round, BURST_SIZE + i))
			break;
	/* Some of what comes back is taken, some is lost by the reset. */
	if (round % 2 && link_poll(net))
		ping_drain();
}

static bool answered(u32 round)
{
	return mail.kind == FRAME_PROBE_OK && mail.sequence == round;
}

/* Frames may be lost while a link is down anywhere between the two: ask again. */
static bool probe(u32 round)
{
	for (u32 i = 0; i < TRIES; i++) {
		u64 deadline = guest_ticks() + guest_ticks_per_second() / TRY_DIVISOR;

		frame_send(net, peer, FRAME_PROBE, round, NULL, 0);
		while (guest_ticks() < deadline) {
			if (link_poll(net))
				ping_drain();
			if (answered(round))
				return true;
			guest_rest();
		}
	}
	return false;
}

void ping_reset(u32 resets, struct work *work)
{
	u64 begin = guest_ticks();

	if (net->device) {
		printf("only a driver side resets\n");
		return;
	}
	hammer(net->plan->transport != GUEST_STATIC);
	work->rounds = resets;
	while (work->sent < resets) {
		make_noise(work->sent);
		if (!link_start(net)) {
			printf("reset %lu: the link does not come up\n", (unsigned long)work->sent);
			errors++;
			break;
		}
		if (probe(work->sent))
			work->in.received++;
		else
			work->in.lost++;
		work->sent++;
	}
	hammer(false);
	work->ticks = guest_ticks() - begin;
}
