/*
 * Calls to firmware, past the hypervisor and to it; the doorbells' frame, sleep that does not sleep.
 */
#include "guests/lib/guest.h"
#include "guests/rogue/arm64/attempt.h"

#define PSCI_CPU_OFF 0x84000002u
#define PSCI_CPU_ON 0xc4000003u
#define PSCI_SYSTEM_RESET 0x84000009u
#define PSCI_SYSTEM_RESET2 0xc4000012u
#define PSCI_CPU_ON_32 0x84000003u
#define PSCI_CPU_SUSPEND 0xc4000001u
#define PSCI_SYSTEM_SUSPEND 0xc400000eu

#define EVENTS 64u /* that the doorbell's DeviceID has */
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

int64_t arch_call(u32 number, u64 argument)
{
	return call(number, 0, argument);
}

static void hvc_off(void)
{
	expect("HVC", ABI_CALL_OFF, call(ABI_CALL_OFF, 0, 0) == ABI_ENOSYS);
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

const struct attack attacks_arm64_call[] = {
	{.name = "smc-off", .run = smc_off},
	{.name = "hvc-off", .run = hvc_off},
	{.name = "psci-garbage", .run = hvc_psci},
	{.name = "wfi-storm", .run = wfi_storm},
	{.name = "flood", .run = flood, .alone = true},
	{0},
};
