/*
 * Calls with arguments that are nobody's, doorbells in floods, and ticks that must come.
 */
#include <inttypes.h>
#include <stdio.h>

#include "core/bits.h"
#include "guests/lib/arch.h"
#include "guests/lib/guest.h"
#include "guests/rogue/rogue.h"

#define TICKS 100u
#define EVENTS_HEARD 32u

u64 garbage(u32 i)
{
	static const u64 values[] = {0, ~(u64)0, BIT(63), BIT(32), 0xffffffff, 0x7fffffff};

	return i < ARRAY_SIZE(values) ? values[i] : random_next();
}

/* Numbers that mean nothing. */
static void call_unknown(void)
{
	for (u32 number = ABI_CALL_OFF + 1; number < 0x10000;
	     number = number < 64 ? number + 1 : number * 5 / 4)
		expect("call", number, arch_call(number, garbage(number % 8)) == ABI_ENOSYS);
	expect("call", 0xffff, arch_call(0xffff, 0) == ABI_ENOSYS);
}

/* Doorbells: none of a static link is ours to ring by a call. */
static bool ring_is_ours(u64 event)
{
	for (u32 i = 0; i < guest_plan.link_count; i++) {
		const struct guest_link *link = &guest_plan.links[i];

		for (u32 j = 0; j < link->queue_count; j++)
			if (link->side == GUEST_DRIVER_SIDE &&
			    link->queue[j].to_device.kind == GUEST_INJECT &&
			    link->queue[j].to_device.event == event)
				return true;
	}
	return false;
}

static void call_ring(void)
{
	for (u64 event = 0; event < 300; event++)
		if (!ring_is_ours(event))
			expect("RING", event, arch_call(ABI_CALL_RING, event) < 0);
	for (u32 i = 1; i < 16; i++)
		expect("RING", i, arch_call(ABI_CALL_RING, garbage(i) | BIT(20)) == ABI_EINVAL);
	expect("RING", BIT(32), arch_call(ABI_CALL_RING, BIT(32)) == ABI_EINVAL);
}

static void call_mark(void)
{
	for (u32 i = 1; i < 16; i++)
		expect("MARK", i, arch_call(ABI_CALL_MARK, garbage(i) | ABI_MARKS) == ABI_EINVAL);
}

/* Who controls guests is in the plan. */
static void call_control(void)
{
	for (u32 number = ABI_CALL_STOP; number <= ABI_CALL_START; number++) {
		for (u64 guest = 0; guest < guest_plan.guest_count; guest++)
			expect("CONTROL", guest, arch_call(number, guest) == ABI_EPERM);
		for (u32 i = 1; i < 16; i++)
			expect("CONTROL", i, arch_call(number, garbage(i) | BIT(20)) == ABI_EINVAL);
	}
}

static void call_garbage(void)
{
	call_unknown();
	call_ring();
	call_mark();
	call_control();
}

/* For ms=: calls the hypervisor for every doorbell that is ours. */
static void ring_flood(void)
{
	while (guest_ticks() < targets.end)
		for (u32 i = 0; i < guest_plan.link_count; i++) {
			const struct guest_link *link = &guest_plan.links[i];

			for (u32 j = 0; j < link->queue_count; j++)
				if (link->side == GUEST_DRIVER_SIDE &&
				    link->queue[j].to_device.kind == GUEST_INJECT)
					HYPERCALL(ABI_CALL_RING, link->queue[j].to_device.event);
		}
}

static void set_timer(u64 ticks)
{
	this_vcpu()->fired = 0;
	arch_alarm(guest_ticks() + ticks);
}

static void wait_until(u64 ticks)
{
	while (guest_ticks() < ticks)
		;
}

/*
 * A tick that becomes pending while more events wait than there are list registers. The events of
 * the links of which we are the device side are heard one by one.
 */
static bool tick(u64 period)
{
	u64 deadline;

	irq_mask();
	set_timer(period / 2);
	wait_until(guest_ticks() + period);
	irq_unmask();
	deadline = guest_ticks() + 2 * guest_ticks_per_second();
	while (!this_vcpu()->fired && guest_ticks() < deadline)
		;
	return this_vcpu()->fired;
}

static u32 listen(volatile u32 *flags)
{
	u32 count = 0;

	for (u32 i = 0; i < guest_plan.link_count; i++) {
		const struct guest_link *link = &guest_plan.links[i];

		for (u32 j = 0; j < link->queue_count && count < EVENTS_HEARD; j++)
			if (link->side == GUEST_DEVICE_SIDE)
				doorbell_listen(&link->queue[j].to_device, &flags[count++], 0);
	}
	return count;
}

static u32 take_flags(volatile u32 *flags, u32 count)
{
	u32 set = 0;

	for (u32 i = 0; i < count; i++) {
		set += flags[i];
		flags[i] = 0;
	}
	return set;
}

static void timer(void)
{
	static volatile u32 flags[EVENTS_HEARD];
	u64 period = guest_ticks_per_second() / 20000;
	u32 count = listen(flags);
	u32 ticks = 0, most = 0;

	for (u32 i = 0; i < TICKS; i++) {
		u32 set;

		take_flags(flags, count);
		ticks += tick(period);
		set = take_flags(flags, count);
		most = set > most ? set : most;
	}
	expect("ticks", ticks, ticks == TICKS);
	expect("events at once", most, most == count);
	if (count)
		printf("timer: %" PRIu32 " ticks, %" PRIu32 " events at once\n", ticks, most);
}

const struct attack attacks_call[] = {
	{.name = "call-garbage", .run = call_garbage},
	{.name = "timer", .run = timer},
	{.name = "ring-flood", .run = ring_flood, .alone = true},
	{0},
};
