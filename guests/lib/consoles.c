/*
 * Console links on the UART: see consoles.h.
 */
#include "guests/lib/consoles.h"

#include <stdio.h>
#include <string.h>

#include "guests/lib/guest.h"
#include "guests/lib/inband.h"
#include "guests/lib/link.h"
#include "guests/lib/marks.h"
#include "guests/lib/mux.h"
#include "guests/lib/report.h"
#include "guests/lib/snapshot.h"
#include "guests/lib/stdio_link.h"
#include "guests/lib/stream.h"
#include "guests/lib/uart.h"

#define TYPED_AT_ONCE 16
#define TYPED_MAX 256u	      /* characters that wait for a buffer of their guest */
#define LAST_LOOKS 32u	      /* at LINK_SHARE pieces each: more than a ring holds */
#define PROMPT_DIVISOR 10     /* of a second: how long an unfinished line waits */
#define CONSOLE_PHASE_MARK 6u /* marks of the console stream, as pingpong numbers its phases */
#define SNAPSHOTS_MAX 256u    /* of one guest: each costs an entry, and lines on the terminal */

struct console {
	struct link *link;
	u32 guest;  /* at the other side; index in the plan */
	u32 source; /* in the multiplexer */
	u32 ups;
	bool marked; /* the stream's first mark was set, the second not yet */
	bool taking; /* link->receive_chain was taken, and `taken` bytes of it read */
	u32 taken;
	struct inband inband;
	struct stream stream;
	struct marks marks;
	u32 typed;
	char typing[TYPED_MAX];
};

static struct mux mux;
static struct console consoles[MUX_SOURCES];
static u32 console_count;
static u32 own_source;

static void put_nowhere(char character)
{
	(void)character;
}

static void own_output(const char *text, size_t size)
{
	mux_output(&mux, own_source, text, size);
}

static void print_line(const char *text)
{
	mux_line(&mux, text);
}

static struct console *console_of(u32 source)
{
	for (u32 i = 0; i < console_count; i++)
		if (consoles[i].source == source)
			return &consoles[i];
	return NULL;
}

/* What was typed goes as soon as there is a buffer for it; true: try again now. */
static bool send_typed(struct console *console)
{
	u8 *at;

	if (!console->typed)
		return false;
	at = link_send_begin(console->link, console->typed);
	if (!at)
		return link_want_space(console->link);
	memcpy(at, console->typing, console->typed);
	link_send_end(console->link, console->typed);
	console->typed = 0;
	return false;
}

static void type_to(u32 source, char character)
{
	struct console *console = console_of(source);

	if (!console || console->typed == TYPED_MAX)
		return; /* nobody reads: as a terminal without flow control */
	console->typing[console->typed++] = character;
	if (send_typed(console))
		send_typed(console);
}

static const char *result_text(int64_t result)
{
	switch (result) {
	case ABI_OK:
		return "ok";
	case ABI_EPERM:
		return "not allowed: see `controls` and `restart` in the deployment";
	case ABI_EAGAIN:
		return "not now: try again";
	default:
		return "refused";
	}
}

static void control(u32 source, char key)
{
	const struct console *console = console_of(source);
	char line[160];

	if (!console)
		return;
	snprintf(
		line, sizeof(line), "%s %s: %s", key == 's' ? "stop" : "start",
		console->link->plan->peer,
		result_text(key == 's' ? guest_stop(console->guest) : guest_start(console->guest)));
	print_line(line);
}

static u32 guest_of(const char *name)
{
	u32 i = 0;

	while (i < guest_plan.guest_count && strcmp(guest_plan.guest_names[i], name) != 0)
		i++;
	return i;
}

void consoles_start(void)
{
	mux.put = guest_plan.uart ? uart_put : put_nowhere;
	mux.input = type_to;
	mux.control = control;
	mux.patience = guest_ticks_per_second() / PROMPT_DIVISOR;
	own_source = mux_add(&mux, guest_plan.name);
	for (u32 i = 0; i < link_count(); i++) {
		struct link *link = link_get(i);

		if (!link->device || link->plan->device_id != ABI_DEVICE_CONSOLE ||
		    console_count == MUX_SOURCES)
			continue;
		consoles[console_count].link = link;
		consoles[console_count].stream.link = link;
		consoles[console_count].guest = guest_of(link->plan->peer);
		consoles[console_count++].source = mux_add(&mux, link->plan->peer);
	}
	mux.selected = console_count ? consoles[0].source : own_source;
	stdio_redirect(own_output);
}

/* Of all consoles of a guest together. */
static bool snapshot_allowed(u32 guest)
{
	static u32 taken[ABI_GUEST_MAX];

	if (!guest_plan.counters || guest >= ABI_GUEST_MAX || taken[guest] == SNAPSHOTS_MAX)
		return false;
	taken[guest]++;
	return true;
}

static void take_mark(const struct console *console, const struct marks_mark *mark)
{
	if (mark->kind == MARKS_DONE)
		report_said_done(console->guest, mark->errors);
	if (snapshot_allowed(console->guest))
		snapshot(print_line, console->link->plan->peer, mark);
}

static void take_text(void *context, const char *text, u32 size)
{
	struct console *console = context;
	struct marks_mark mark;

	mux_output(&mux, console->source, text, size);
	for (u32 i = 0; i < size; i++)
		if (marks_take(&console->marks, text[i], &mark))
			take_mark(console, &mark);
}

static void take_record(void *context, const u8 *record, u32 size)
{
	struct console *console = context;
	bool idle = console->stream.total == 0;

	stream_record(&console->stream, record, size);
	if (idle && console->stream.total && !console->marked) {
		console->marked = true;
		guest_mark(CONSOLE_PHASE_MARK);
	}
}

static void forget_stream(struct console *console)
{
	console->marked = false;
	console->inband.state = 0;
	console->stream = (struct stream){.link = console->link};
}

/* A link that came up anew starts with a fresh stream of bytes; its rings went with what was taken. */
static void forget(struct console *console)
{
	if (console->ups)
		console->typed = 0;
	console->ups = console->link->ups;
	console->taking = false;
	console->marks.length = 0;
	forget_stream(console);
}

static void finish_stream(struct console *console)
{
	if (!console->stream.total || !stream_done(&console->stream))
		return;
	guest_mark(CONSOLE_PHASE_MARK + 1);
	forget_stream(console);
}

/*
 * A piece of what was written: a driver may write more at once than should be looked at before the
 * others have their turn, and may change it while we look. False: there is none.
 */
static bool take_piece(struct console *console)
{
	struct inband_sink sink = {take_text, take_record, console};
	struct vq_chain *chain = &console->link->receive_chain;
	static u8 piece[LINK_SLOT_SIZE];
	u32 size;

	if (!console->taking && !link_device_receive(console->link, chain))
		return false;
	if (!console->taking)
		console->taken = 0;
	size = vq_chain_get(chain, console->taken, piece, sizeof(piece));
	console->taken += size;
	console->taking = console->taken < chain->readable_size;
	inband_feed(&console->inband, &sink, piece, size);
	if (!console->taking)
		link_device_received(console->link, chain->head);
	return true;
}

static void serve(struct console *console)
{
	u32 pieces = 0;

	if (console->ups != console->link->ups || !console->link->up)
		forget(console);
	while (pieces < LINK_SHARE && take_piece(console))
		pieces++;
	if (pieces == LINK_SHARE || send_typed(console) || !stream_pump(&console->stream))
		link_again(console->link);
	finish_stream(console);
}

bool consoles_poll(void)
{
	bool any = false;

	for (u32 i = 0; i < console_count; i++) {
		if (!link_poll(consoles[i].link))
			continue;
		serve(&consoles[i]);
		any = true;
	}
	return any;
}

void consoles_terminal(void)
{
	if (!guest_plan.uart)
		return;
	for (u32 i = 0; i < TYPED_AT_ONCE; i++) {
		int character = uart_get();

		if (character < 0)
			break;
		mux_typed(&mux, (char)character);
	}
	mux_tick(&mux, guest_ticks());
}

bool consoles_report(void)
{
	static bool reported;

	if (reported || !guest_plan.counters || !report_due())
		return false;
	reported = true;
	/* They are finished, so what they wrote is in the rings, whether or not a doorbell came. */
	for (u32 i = 0; i < console_count; i++)
		link_again(consoles[i].link);
	for (u32 i = 0; i < LAST_LOOKS && consoles_poll(); i++)
		;
	mux_flush(&mux);
	report(print_line);
	return true;
}
