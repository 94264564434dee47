/*
 * The side that leads. Every message is awaited by doorbell and never by looking: so the number of
 * doorbells, and with it the number of entries where they cost entries, is exact.
 */
#include <stdio.h>
#include <string.h>

#include "guests/lib/guest.h"
#include "guests/pingpong/pingpong.h"

#define HELLO_DIVISOR 20 /* of a second, between two */
#define HELLO_TRIES 1200u
#define WINDOW_MAX 32u /* frames of a stream that are on their way */

struct mail mail;
u8 peer[NET_ADDRESS_SIZE];

static struct payload_tally tally;
static u32 credit;
static bool has_hub;

static void take(const struct frame *frame)
{
	switch (frame->payload.kind) {
	case FRAME_REPLY:
		payload_count(&tally, &frame->payload);
		break;
	case FRAME_CREDIT:
		credit = frame->payload.sequence;
		break;
	case FRAME_ECHO:
		break;
	default:
		mail.kind = frame->payload.kind;
		mail.sequence = frame->payload.sequence;
		mail.size = frame->payload.size < sizeof(mail.data) ? frame->payload.size
								    : sizeof(mail.data);
		memcpy(mail.data, frame->data, mail.size);
		if (mail.kind == FRAME_HELLO_OK)
			memcpy(peer, frame->from, NET_ADDRESS_SIZE);
	}
}

void ping_drain(void)
{
	const u8 *bytes;
	u32 size;

	while ((bytes = net_receive_begin(net, &size))) {
		struct frame frame;
		enum frame_result result = frame_parse(&frame, bytes, size);

		if (result == FRAME_CORRUPT)
			tally.corrupted++;
		if (result == FRAME_GOOD)
			take(&frame);
		link_receive_end(net);
	}
}

static bool wait_frames(void)
{
	while (!link_poll(net))
		if (!wait_doorbell())
			return false;
	ping_drain();
	return net->up;
}

static bool wait_mail(u32 kind)
{
	while (mail.kind != kind)
		if (!wait_frames())
			return false;
	return true;
}

static bool wait_space(void)
{
	return link_want_space(net) || (wait_doorbell() && net->up);
}

static bool ask(const u8 *to, u32 kind, u32 sequence, const void *data, u32 size, u32 answer)
{
	mail.kind = 0;
	while (!frame_send(net, to, kind, sequence, data, size))
		if (!wait_space())
			return false;
	return wait_mail(answer);
}

/* The other one may come up later than we do. The answer to the last question ends it. */
static bool meet(void)
{
	for (u32 i = 0; i < HELLO_TRIES; i++) {
		u64 deadline = guest_ticks() + guest_ticks_per_second() / HELLO_DIVISOR;

		frame_send(net, frame_broadcast, FRAME_HELLO, i, NULL, 0);
		while (guest_ticks() < deadline) {
			if (link_poll(net))
				ping_drain();
			if (mail.kind == FRAME_HELLO_OK && mail.sequence == i)
				return true;
			guest_rest();
		}
	}
	return false;
}

static u32 window(void)
{
	u32 half = net->plan->queue[0].size / 2;

	return half < WINDOW_MAX ? half : WINDOW_MAX;
}

/* Frames that pass a hub between ping's and pong's marks. */
static u32 frames_between(const struct frame_start *start)
{
	u32 credits = (start->rounds + start->batch - 1) / start->batch;

	return start->phase == PHASE_NET_STREAM ? start->rounds + credits : 2 * start->rounds;
}

static bool prepare(const struct frame_start *start)
{
	struct frame_mark mark = {
		.mark = {2 * start->phase, 2 * start->phase + 1},
		.count = {2, frames_between(start)},
	};
	u32 hub = 0;

	if (start->phase < PHASES_MARKED && !says) {
		if (!ask(frame_station, FRAME_MARK, start->phase, &mark, sizeof(mark),
			 FRAME_MARK_OK))
			return false;
		memcpy(&hub, mail.data, sizeof(hub));
		has_hub = hub != 0;
	}
	tally = (struct payload_tally){0};
	credit = 0;
	return ask(peer, FRAME_START, start->phase, start, sizeof(*start), FRAME_STARTED);
}

static bool run_rtt(u32 rounds, u32 size)
{
	for (u32 i = 0; i < rounds; i++) {
		if (!frame_send_pattern(net, peer, FRAME_DATA, i, size))
			return false;
		while (tally.received + payload_errors(&tally) <= i)
			if (!wait_frames())
				return false;
	}
	return true;
}

static bool send_streamed(u32 sequence)
{
	while (sequence - credit >= window())
		if (!wait_frames())
			return false;
	while (!frame_send_pattern(net, peer, FRAME_DATA, sequence, FRAME_DATA_MAX))
		if (!wait_space())
			return false;
	return true;
}

static bool run_stream(u32 rounds)
{
	for (u32 i = 0; i < rounds; i++)
		if (!send_streamed(i))
			return false;
	while (credit < rounds)
		if (!wait_frames())
			return false;
	return true;
}

static bool run_bell(u32 rounds)
{
	for (u32 i = 0; i < rounds; i++) {
		link_ring(net, net->sends);
		while (!net->flag)
			if (!wait_doorbell())
				return false;
		net->flag = 0;
		tally.received++;
	}
	return true;
}

static bool run_phase(const struct frame_start *start, struct work *work)
{
	u32 size = start->phase == PHASE_RTT_1024 ? 32 : 1;

	work->sent = start->rounds;
	switch (start->phase) {
	case PHASE_NET_STREAM:
		work->bytes = (u64)start->rounds * FRAME_DATA_MAX;
		return run_stream(start->rounds);
	case PHASE_BELL:
		return run_bell(start->rounds);
	default:
		work->bytes = (u64)start->rounds * size;
		return run_rtt(start->rounds, size);
	}
}

static u32 replies(const struct frame_start *start)
{
	return start->phase == PHASE_RTT_1024 || start->phase == PHASE_RTT_1 ? start->rounds : 0;
}

/* One phase between ping and pong: meet, mark, run, mark, compare. */
static bool net_phase(const struct frame_start *start)
{
	struct work work = {.phase = start->phase, .rounds = start->rounds};
	u64 begin;
	bool held;

	expect_rounds(start->rounds);
	if (!prepare(start))
		return false;
	mark_phase(start->phase, false);
	begin = guest_ticks();
	held = run_phase(start, &work);
	work.ticks = guest_ticks() - begin;
	mark_phase(start->phase, true);
	payload_finish(&tally, replies(start));
	work.in = tally;
	print_work(&work);
	return held && ask(peer, FRAME_END, start->rounds, NULL, 0, FRAME_END_OK);
}

static struct frame_start describe(const struct options *options, u32 phase)
{
	struct frame_start start = {.phase = phase, .rounds = options->rounds};

	start.reply_size = phase == PHASE_RTT_1024 ? 1024 : 1;
	start.batch = window() > 1 ? window() / 2 : 1;
	if (phase == PHASE_NET_STREAM && options->bytes)
		start.rounds = (options->bytes + FRAME_DATA_MAX - 1) / FRAME_DATA_MAX;
	return start;
}

static bool other_phase(const struct options *options, u32 phase)
{
	struct work work = {.phase = phase};

	if (phase == PHASE_RESET)
		ping_reset(options->resets, &work);
	else
		ping_console(options->rounds / 4 ? options->rounds / 4 : 1, &work);
	if (work.rounds)
		print_work(&work);
	return true;
}

static bool run(const struct options *options, u32 phase)
{
	struct frame_start start = describe(options, phase);

	if (phase == PHASE_CONSOLE_STREAM || phase == PHASE_RESET)
		return other_phase(options, phase);
	if (phase == PHASE_BELL && has_hub) {
		printf("the bell needs a direct link\n");
		return true;
	}
	return net_phase(&start);
}

void ping_run(const struct options *options)
{
	u32 phases = options->phases | (options->resets ? 1u << PHASE_RESET : 0);

	if (!meet()) {
		printf("nobody answers on the net link\n");
		errors++;
		return;
	}
	for (u32 phase = 0; phase < PHASE_COUNT; phase++) {
		if (!(phases & 1u << phase))
			continue;
		if (!run(options, phase)) {
			printf("phase %lu stands still\n", (unsigned long)phase);
			errors++;
			break;
		}
	}
	frame_send(net, peer, FRAME_BYE, 0, NULL, 0);
}
