/*
 * The side that answers. First everything that came is taken, then answers go out: so that no
 * look at the ring can find what the answer brings about, and the number of doorbells is exact.
 */
#include <stdio.h>
#include <string.h>

#include "guests/lib/consoles.h"
#include "guests/lib/guest.h"
#include "guests/lib/report.h"
#include "guests/pingpong/pingpong.h"

/* What is to be sent when there are buffers. */
struct due {
	u32 replies;
	u32 echoes;
	u32 credits;
	u32 kind; /* a control frame; 0: none */
	u32 sequence;
	u32 size;
	u8 data[64];
};

static struct due due;
static struct frame_start start;
static struct work work;
static u32 credit; /* the last one given */
static u64 begin;
static bool bye;

static void owe(u32 kind, u32 sequence, const void *data, u32 size)
{
	due.kind = kind;
	due.sequence = sequence;
	due.size = size;
	if (size)
		memcpy(due.data, data, size);
}

static void take_start(const struct frame *frame)
{
	if (!frame_data(frame, &start, sizeof(start)))
		return;
	work = (struct work){.phase = start.phase, .rounds = start.rounds};
	due = (struct due){0};
	credit = 0;
	expect_rounds(start.rounds);
	owe(FRAME_STARTED, start.phase, NULL, 0);
}

static void take_data(const struct frame *frame)
{
	payload_count(&work.in, &frame->payload);
	if (start.phase != PHASE_NET_STREAM)
		due.replies++;
	else if (work.in.next % start.batch == 0 || work.in.next == start.rounds)
		due.credits++;
}

static void take_end(const struct frame *frame)
{
	/* The bell counts doorbells, not frames. */
	if (start.phase != PHASE_BELL)
		payload_finish(&work.in, frame->payload.sequence);
	print_work(&work);
	owe(FRAME_END_OK, start.phase, &work.in, sizeof(work.in));
}

static void take(const struct frame *frame)
{
	const u32 no_hub = 0;

	memcpy(peer, frame->from, NET_ADDRESS_SIZE);
	switch (frame->payload.kind) {
	case FRAME_HELLO:
		owe(FRAME_HELLO_OK, frame->payload.sequence, NULL, 0);
		break;
	case FRAME_MARK: /* to a station that is not there: this is a direct link */
		owe(FRAME_MARK_OK, frame->payload.sequence, &no_hub, sizeof(no_hub));
		break;
	case FRAME_START:
		take_start(frame);
		break;
	case FRAME_DATA:
		take_data(frame);
		break;
	case FRAME_END:
		take_end(frame);
		break;
	case FRAME_NOISE:
		due.echoes++;
		break;
	case FRAME_PROBE:
		owe(FRAME_PROBE_OK, frame->payload.sequence, NULL, 0);
		break;
	case FRAME_BYE:
		bye = true;
		break;
	default:
		break;
	}
}

static void drain(void)
{
	const u8 *bytes;
	u32 size;

	while ((bytes = net_receive_begin(net, &size))) {
		struct frame frame;
		enum frame_result result = frame_parse(&frame, bytes, size);

		if (result == FRAME_CORRUPT)
			work.in.corrupted++;
		if (result == FRAME_GOOD)
			take(&frame);
		link_receive_end(net);
	}
}

/*
 * Marks come right before a send: ping acts on the frame at once, and its next doorbell may be here
 * before the instruction after the send. From before STARTED to before the last answer is as many
 * sends, and as many receptions, as there are rounds.
 */
static void mark_begin(void)
{
	mark_phase(start.phase, false);
	begin = guest_ticks();
}

static void mark_end(void)
{
	work.ticks = guest_ticks() - begin;
	mark_phase(start.phase, true);
}

static bool send_reply(void)
{
	if (!net_send_begin(net))
		return false;
	if (work.sent + 1 == start.rounds)
		mark_end();
	frame_send_pattern(net, peer, FRAME_REPLY, work.sent, start.reply_size);
	work.sent++;
	work.bytes += start.reply_size;
	due.replies--;
	return true;
}

static bool send_credit(void)
{
	if (!net_send_begin(net))
		return false;
	credit += start.batch;
	if (credit >= start.rounds) {
		credit = start.rounds;
		mark_end();
	}
	frame_send(net, peer, FRAME_CREDIT, credit, NULL, 0);
	due.credits--;
	return true;
}

static bool send_control(void)
{
	if (!net_send_begin(net))
		return false;
	if (due.kind == FRAME_STARTED)
		mark_begin();
	frame_send(net, peer, due.kind, due.sequence, due.data, due.size);
	due.kind = 0;
	return true;
}

static bool send_echo(void)
{
	if (!frame_send_pattern(net, peer, FRAME_ECHO, 0, 100))
		return false;
	due.echoes--;
	return true;
}

/* One thing at a time; false: nothing is due, or nothing can go out now. */
static bool send_one(void)
{
	if (due.kind)
		return send_control();
	if (due.replies)
		return send_reply();
	if (due.credits)
		return send_credit();
	return due.echoes && send_echo();
}

static bool anything_due(void)
{
	return due.kind || due.replies || due.credits || due.echoes;
}

static void answer(void)
{
	do {
		while (send_one())
			;
	} while (anything_due() && link_want_space(net));
}

/* Doorbells alone, at once after STARTED. */
static void run_bell(void)
{
	while (work.sent < start.rounds) {
		while (!net->flag)
			if (!wait_doorbell())
				return;
		net->flag = 0;
		work.in.received++;
		work.sent++;
		link_ring(net, net->sends);
	}
	work.ticks = guest_ticks() - begin;
}

static void serve_net(void)
{
	static u32 ups;

	if (!link_poll(net))
		return;
	/* What was owed to the other one before it reset the link is not owed any more. */
	if (net->ups != ups)
		due = (struct due){0};
	ups = net->ups;
	drain();
	answer();
	if (start.phase == PHASE_BELL && work.phase == PHASE_BELL && work.sent < start.rounds)
		run_bell();
}

/* Between the marks of round trips nobody looks at the terminal. */
static bool measuring(void)
{
	return work.rounds && work.ticks == 0;
}

void pong_run(const struct options *options)
{
	(void)options;
	while (!bye) {
		if (!wait_doorbell()) {
			printf("nothing came for a long time\n");
			errors++;
			return;
		}
		serve_net();
		while (consoles_poll())
			;
		if (measuring())
			continue;
		consoles_terminal();
		/* Guests that do not speak our protocol never say goodbye, but they finish. */
		if (guest_plan.counters && report_due())
			return;
	}
}
