/*
 * Arguments, the watchdog, and the lines that tools/profile reads:
 *	@work guest=NAME phase=P kind=KIND rounds=N sent=N received=N lost=N duplicated=N corrupted=N
 *		bytes=N ticks=N frequency=N
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guests/lib/consoles.h"
#include "guests/lib/guest.h"
#include "guests/lib/report.h"
#include "guests/pingpong/pingpong.h"

#define REPORT_SECONDS 60u
#define PATIENCE_SECONDS 30u
#define SAID_DIVISOR 50u       /* of a second: how long the hub has for a snapshot */
#define ROUNDS_PER_SECOND 100u /* on the slowest machine that is worth waiting for */

struct link *net;
u32 errors;
bool says;

static u32 patience; /* seconds */

void expect_rounds(u32 rounds)
{
	patience = PATIENCE_SECONDS + rounds / ROUNDS_PER_SECOND;
	guest_watchdog(patience);
}

bool wait_doorbell(void)
{
	static u32 silent; /* watchdogs in a row that nothing came between */

	guest_wait();
	if (!guest_watchdog_fired()) {
		silent = 0;
		return true;
	}
	guest_watchdog(patience);
	return silent++ == 0;
}

static const char *const kinds[PHASE_COUNT] = {
	"rtt-32-1024", "rtt-1-1", "net-stream", "console-stream", "bell", "reset",
};
static bool leads; /* our role is ping */
static bool begun; /* `@begin` was said */

/* Nobody answers to a line, so the other side gets time to read it. */
static void let_read(void)
{
	u64 end = guest_ticks() + guest_ticks_per_second() / SAID_DIVISOR;

	fflush(stdout);
	while (guest_ticks() < end)
		guest_rest();
}

static void say_begin(u32 phase)
{
	printf("@begin %s\n", kinds[phase]);
	let_read();
	begun = true;
}

static void say_end(const struct work *work)
{
	if (!begun)
		return;
	printf("@end %s units=%" PRIu32 " errors=%" PRIu32 "\n", kinds[work->phase], work->rounds,
	       payload_errors(&work->in));
	let_read();
	begun = false;
}

void mark_phase(u32 phase, bool end)
{
	if (!says && phase < PHASES_MARKED)
		mark_everywhere(2 * phase + end);
	else if (says && leads && !end)
		say_begin(phase);
}

void print_work(const struct work *work)
{
	const struct payload_tally *in = &work->in;

	errors += payload_errors(in);
	say_end(work);
	printf("@work guest=%s phase=%" PRIu32 " kind=%s rounds=%" PRIu32 " sent=%" PRIu32
	       " received=%" PRIu32 " lost=%" PRIu32 " duplicated=%" PRIu32 " corrupted=%" PRIu32
	       " bytes=%" PRIu64 " ticks=%" PRIu64 " frequency=%" PRIu64 "\n",
	       guest_plan.name, work->phase, kinds[work->phase], work->rounds, work->sent,
	       in->received, in->lost, in->duplicated, in->corrupted, work->bytes + in->bytes,
	       work->ticks, guest_ticks_per_second());
}

static bool starts(const char *argument, const char *name, const char **value)
{
	size_t length = strlen(name);

	if (strncmp(argument, name, length) != 0)
		return false;
	*value = argument + length;
	return true;
}

static u32 parse_list(const char *text)
{
	u32 bits = 0;

	while (*text) {
		char *end;
		unsigned long number = strtoul(text, &end, 10);

		if (end == text || number >= PHASE_COUNT)
			return 0;
		bits |= 1u << number;
		text = *end == ',' ? end + 1 : end;
	}
	return bits;
}

static bool parse(struct options *options, const char *argument)
{
	const char *value;

	if (starts(argument, "role=", &value))
		options->pong = strcmp(value, "pong") == 0;
	else if (starts(argument, "rounds=", &value))
		options->rounds = (u32)strtoul(value, NULL, 0);
	else if (starts(argument, "phases=", &value))
		options->phases = parse_list(value);
	else if (starts(argument, "bytes=", &value))
		options->bytes = (u32)strtoul(value, NULL, 0);
	else if (starts(argument, "resets=", &value))
		options->resets = (u32)strtoul(value, NULL, 0);
	else if (starts(argument, "says=", &value))
		options->says = strtoul(value, NULL, 0) != 0;
	else
		return false;
	return true;
}

static struct link *find_net(void)
{
	struct link *link = link_find(ABI_DEVICE_NET, GUEST_DRIVER_SIDE);

	return link ? link : link_find(ABI_DEVICE_NET, GUEST_DEVICE_SIDE);
}

/* Everything here runs on vCPU 0, so that is who must be rung. */
static bool rings_us(const struct link *link)
{
	for (u32 i = 0; i < link->plan->queue_count; i++) {
		const struct guest_queue *queue = &link->plan->queue[i];

		if ((link->device ? queue->to_device.vcpu : queue->to_driver.vcpu) != 0)
			return false;
	}
	return true;
}

static int complain(const char *what)
{
	printf("pingpong: %s\n", what);
	return 1;
}

/* Where there is no hub, the owner of the counters tells what everybody did. */
static void wait_and_report(void)
{
	u64 deadline = guest_ticks() + REPORT_SECONDS * guest_ticks_per_second();

	if (!guest_plan.counters)
		return;
	while (!consoles_report() && guest_ticks() < deadline) {
		consoles_poll();
		consoles_terminal();
		guest_rest();
	}
}

int main(int argc, char **argv)
{
	struct options options = {.rounds = 1000, .phases = (1u << PHASES_MARKED) - 1};

	if (guest_plan.uart)
		consoles_start();
	for (int i = 1; i < argc; i++)
		if (!parse(&options, argv[i]))
			return complain(argv[i]);
	says = options.says;
	leads = !options.pong;
	net = find_net();
	if (!net)
		return complain("no net link");
	if (!rings_us(net))
		return complain("doorbells must go to vCPU 0");
	if (!net->device && !link_start(net))
		return complain("the net link does not come up");
	expect_rounds(0);
	if (options.pong)
		pong_run(&options);
	else
		ping_run(&options);
	guest_watchdog(0);
	if (says)
		printf("@done errors=%" PRIu32 "\n", errors);
	fflush(stdout);
	wait_and_report();
	return (int)errors;
}
