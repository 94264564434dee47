/*
 * The profile: see report.h.
 */
#include "guests/lib/report.h"

#include <inttypes.h>
#include <stdio.h>

#include "guests/lib/arch.h"
#include "guests/lib/guest.h"

#define LINE_SIZE 512
#define ERRORS_MAX 0xffffffffu

static struct {
	bool done;
	u64 since; /* ticks */
	u64 errors;
} said[ABI_GUEST_MAX];

static const struct abi_counters *counters(void)
{
	return (const struct abi_counters *)(uintptr_t)guest_plan.counters;
}

static u32 state_of(u32 guest)
{
	/* Acquire: errors and the crash record are complete before the state says so. */
	return __atomic_load_n(&counters()->guest[guest].state, __ATOMIC_ACQUIRE);
}

static bool awaited(u32 guest)
{
	if (guest == guest_plan.index)
		return false;
	return guest_plan.guest_workload ? guest_plan.guest_workload[guest] : true;
}

void report_said_done(u32 guest, u64 errors)
{
	if (guest >= ABI_GUEST_MAX)
		return;
	if (!said[guest].done)
		said[guest].since = guest_ticks();
	said[guest].done = true;
	said[guest].errors += errors < ERRORS_MAX ? errors : ERRORS_MAX;
	if (said[guest].errors > ERRORS_MAX)
		said[guest].errors = ERRORS_MAX;
}

u64 report_errors(void)
{
	u64 errors = 0;

	for (u32 i = 0; i < ARRAY_SIZE(said); i++)
		errors += said[i].errors;
	return errors;
}

/* Who said so is about to power itself off; its last entries shall be in the report. */
static bool finished(u32 guest)
{
	u32 state = state_of(guest);

	if (state != ABI_GUEST_RUNNING && state != ABI_GUEST_RESTARTING)
		return true;
	return said[guest].done &&
	       guest_ticks() - said[guest].since >= REPORT_GRACE_SECONDS * guest_ticks_per_second();
}

bool report_due(void)
{
	for (u32 i = 0; i < guest_plan.guest_count; i++)
		if (awaited(i) && !finished(i))
			return false;
	return true;
}

static void print_counts(void (*line)(const char *text), u32 cpu, const char *mark,
			 const u64 *count)
{
	char text[LINE_SIZE];
	int at = snprintf(text, sizeof(text), "@count cpu=%" PRIu32 " guest=%s mark=%s", cpu,
			  guest_plan.guest_names[guest_plan.cpu_guest[cpu]], mark);

	for (u32 i = 0; i < ABI_COUNT_MAX; i++)
		at += snprintf(text + at, sizeof(text) - (size_t)at, " %" PRIu64, count[i]);
	line(text);
}

static void print_cpu(void (*line)(const char *text), u32 cpu)
{
	const struct abi_cpu_counters *counts = &counters()->cpu[cpu];
	char mark[2] = "0";

	for (u32 i = 0; i < ABI_MARKS; i++, mark[0]++)
		if (counts->mark[i][ABI_COUNT_ENTRIES])
			print_counts(line, cpu, mark, counts->mark[i]);
	print_counts(line, cpu, "now", counts->count);
}

static void print_crash(void (*line)(const char *text), u32 guest)
{
	const struct abi_crash *crash = &counters()->guest[guest].crash;
	char text[LINE_SIZE];

	snprintf(text, sizeof(text),
		 "@crash guest=%s cpu=%" PRIu32 " pc=0x%" PRIx64 " " ARCH_CRASH_SYNDROME
		 "=0x%" PRIx64 " " ARCH_CRASH_ADDRESS "=0x%" PRIx64 " gpa=0x%" PRIx64
		 " last=0x%" PRIx64 ",0x%" PRIx64 ",0x%" PRIx64 ",0x%" PRIx64,
		 guest_plan.guest_names[guest], crash->cpu, crash->pc, crash->syndrome,
		 crash->address, crash->gpa, crash->last_exits[0], crash->last_exits[1],
		 crash->last_exits[2], crash->last_exits[3]);
	line(text);
}

static void print_guest(void (*line)(const char *text), u32 guest)
{
	static const char *const states[] = {
		[ABI_GUEST_RUNNING] = "running",
		[ABI_GUEST_DONE] = "done",
		[ABI_GUEST_OFF] = "off",
		[ABI_GUEST_CRASHED] = "crashed",
		[ABI_GUEST_RESTARTING] = "restarting",
	};
	u32 state = state_of(guest);
	char text[LINE_SIZE];

	snprintf(text, sizeof(text), "@guest name=%s state=%s errors=%" PRIu64 "%s",
		 guest_plan.guest_names[guest],
		 state < ARRAY_SIZE(states) ? states[state] : "unknown",
		 counters()->guest[guest].errors + said[guest].errors,
		 said[guest].done ? " said=done" : "");
	line(text);
	if (state == ABI_GUEST_CRASHED)
		print_crash(line, guest);
}

static void print_boot(void (*line)(const char *text))
{
	const struct abi_boot *boot = &counters()->boot;
	char text[LINE_SIZE];
	u64 last = 0;

	for (u32 i = 0; i < guest_plan.cpu_count; i++)
		if (boot->entered[i] > last)
			last = boot->entered[i];
	snprintf(text, sizeof(text),
		 "@boot frequency=%" PRIu64 " started=%" PRIu64 " ticks=%" PRIu64
		 " clear_ticks=%" PRIu64 " clear_bytes=%" PRIu64 " payload_ticks=%" PRIu64
		 " payload_bytes=%" PRIu64 " fit_ticks=%" PRIu64,
		 boot->hz, boot->started, last - boot->started, boot->clear_ticks,
		 boot->clear_bytes, boot->payload_ticks, boot->payload_bytes, boot->fit_ticks);
	line(text);
}

void report(void (*line)(const char *text))
{
	print_boot(line);
	for (u32 i = 0; i < guest_plan.cpu_count; i++)
		print_cpu(line, i);
	for (u32 i = 0; i < guest_plan.guest_count; i++)
		print_guest(line, i);
}
