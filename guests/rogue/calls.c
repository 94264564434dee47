/*
 * Calls and interrupts: to firmware past the hypervisor, to the hypervisor with arguments that are
 * nobody's; doorbells in floods, sleep that does not sleep, and ticks that must come.
 */
#include <inttypes.h>
#include <stdio.h>

#include "core/abi.h"
#include "core/bits.h"
#include "guests/lib/arm64/cpu.h"
#include "guests/lib/guest.h"
#include "guests/rogue/rogue.h"

#define PSCI_CPU_OFF 0x84000002u
#define PSCI_CPU_ON 0xc4000003u
#define PSCI_SYSTEM_RESET 0x84000009u
#define PSCI_SYSTEM_RESET2 0xc4000012u
#define PSCI_CPU_ON_32 0x84000003u
#define PSCI_CPU_SUSPEND 0xc4000001u
#define PSCI_SYSTEM_SUSPEND 0xc400000eu

#define EVENTS 64u /* that the doorbell's DeviceID has */
#define TICKS 100u
#define EVENTS_HEARD 32u
#define WFI_COUNT 2000u

static void smc_off(void)
{
	static const u32 functions[] = {PSCI_SYSTEM_OFF, PSCI_SYSTEM_RESET, PSCI_SYSTEM_RESET2,
					PSCI_CPU_OFF,	 PSCI_CPU_ON,	    PSCI_CPU_SUSPEND};

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		settle("SMC", functions[i], execute(SMC(0), functions[i], 0, NULL),
		       OUTCOME_UNDEFINED);
		settle("SMC", functions[i], execute(SMC(0xffff), functions[i], 0, NULL),
		       OUTCOME_UNDEFINED);
	}
}

static int64_t call(u32 number, u64 x0, u64 x1)
{
	u64 result;

	settle("HVC", number, execute(HVC(number), x0, x1, &result), OUTCOME_NOTHING);
	return (int64_t)result;
}

static u64 garbage(u32 i)
{
	static const u64 values[] = {0, ~(u64)0, BIT(63), BIT(32), 0xffffffff, 0x7fffffff};

	return i < ARRAY_SIZE(values) ? values[i] : random_next();
}

/* Numbers that mean nothing. */
static void hvc_unknown(void)
{
	for (u32 number = ABI_CALL_START + 1; number < 0x10000;
	     number = number < 64 ? number + 1 : number * 5 / 4)
		expect("HVC", number, call(number, garbage(number % 8), 0) == ABI_ENOSYS);
	expect("HVC", 0xffff, call(0xffff, 0, 0) == ABI_ENOSYS);
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

static void hvc_ring(void)
{
	for (u64 event = 0; event < 300; event++)
		if (!ring_is_ours(event))
			expect("RING", event, call(ABI_CALL_RING, 0, event) < 0);
	for (u32 i = 1; i < 16; i++)
		expect("RING", i, call(ABI_CALL_RING, 0, garbage(i) | BIT(20)) == ABI_EINVAL);
	expect("RING", BIT(32), call(ABI_CALL_RING, 0, BIT(32)) == ABI_EINVAL);
}

static void hvc_mark(void)
{
	for (u32 i = 1; i < 16; i++)
		expect("MARK", i, call(ABI_CALL_MARK, 0, garbage(i) | ABI_MARKS) == ABI_EINVAL);
}

/* Who controls guests is in the plan. */
static void hvc_control(void)
{
	for (u32 number = ABI_CALL_STOP; number <= ABI_CALL_START; number++) {
		for (u64 guest = 0; guest < guest_plan.guest_count; guest++)
			expect("CONTROL", guest, call(number, 0, guest) == ABI_EPERM);
		for (u32 i = 1; i < 16; i++)
			expect("CONTROL", i, call(number, 0, garbage(i) | BIT(20)) == ABI_EINVAL);
	}
}

/* PSCI by HVC is offered: nothing of it may reach another CPU. */
static void hvc_psci(void)
{
	for (u32 cpu = 0; cpu < 8; cpu++) {
		expect("CPU_ON", cpu, cpu == 0 || call(ABI_CALL_PSCI, PSCI_CPU_ON, cpu) < 0);
		expect("CPU_ON", cpu, call(ABI_CALL_PSCI, PSCI_CPU_ON_32, cpu | BIT(31)) < 0);
	}
	expect("CPU_SUSPEND", 0, call(ABI_CALL_PSCI, PSCI_CPU_SUSPEND, 0) < 0);
	expect("SYSTEM_SUSPEND", 0, call(ABI_CALL_PSCI, PSCI_SYSTEM_SUSPEND, 0) < 0);
	expect("SYSTEM_RESET2", 0, call(ABI_CALL_PSCI, PSCI_SYSTEM_RESET2, 0) < 0);
	for (u32 i = 0; i < 32; i++)
		expect("PSCI", i, (int32_t)call(ABI_CALL_PSCI, 0x84000020u + i, garbage(i)) < 0);
}

static void hvc_garbage(void)
{
	hvc_unknown();
	hvc_ring();
	hvc_mark();
	hvc_control();
	hvc_psci();
}

/* For ms=: every event of everybody, those that nobody has, and stores of other sizes. */
static void flood(void)
{
	u64 translater = guest_plan.doorbell_frame + ABI_TRANSLATER_OFFSET;

	for (u32 i = 0; guest_plan.doorbell_frame && guest_ticks() < targets.end; i++) {
		mmio_write32(translater, i % EVENTS);
		if (i % 1024 == 0)
			mmio_write32(translater, (u32)random_next());
		if (i % 256 == 0)
			__asm__ volatile("strh %w0, [%1]" : : "r"(i % EVENTS), "r"(translater));
	}
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
	WRITE_REG(cntv_cval_el0, guest_ticks() + ticks);
	WRITE_REG(cntv_ctl_el0, 1);
}

/* With an interrupt pending and masked, WFI returns at once. */
static void wfi_storm(void)
{
	irq_mask();
	set_timer(0);
	for (u32 i = 0; i < WFI_COUNT; i++)
		wfi();
	irq_unmask();
	guest_watchdog(0);
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
	{.name = "smc-off", .run = smc_off},
	{.name = "hvc-garbage", .run = hvc_garbage},
	{.name = "wfi-storm", .run = wfi_storm},
	{.name = "timer", .run = timer},
	{.name = "flood", .run = flood, .alone = true},
	{.name = "ring-flood", .run = ring_flood, .alone = true},
	{0},
};
