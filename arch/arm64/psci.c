/*
 * PSCI (DEN 0022): firmware's, for starting CPUs and switching off; and what a guest gets of it.
 */
#include "arch/arm64/arch_types.h"
#include "arch/arm64/gic.h"
#include "arch/arm64/regs.h"
#include "core/arch.h"
#include "core/count.h"

#define PSCI_VERSION 0x84000000u
#define PSCI_CPU_ON_32 0x84000003u
#define PSCI_AFFINITY_INFO_32 0x84000004u
#define PSCI_MIGRATE_INFO_TYPE 0x84000006u
#define PSCI_SYSTEM_RESET 0x84000009u
#define PSCI_FEATURES 0x8400000au

#define PSCI_VERSION_1_1 0x00010001
#define PSCI_NO_MIGRATION 2
#define PSCI_AFFINITY_ON 0
#define PSCI_NOT_SUPPORTED (-1)
#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_ALREADY_ON (-4)

void start_secondary(void);

int32_t psci_firmware(u32 function, u64 a, u64 b, u64 c)
{
	register u64 x0 __asm__("x0") = function;
	register u64 x1 __asm__("x1") = a;
	register u64 x2 __asm__("x2") = b;
	register u64 x3 __asm__("x3") = c;

	/* SMCCC 1.0 lets the callee use x4 to x17. */
	__asm__ volatile("smc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"x4", "x5", "x6", "x7", "x8",
			   "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory");
	/* An int32: the rest of X0 means nothing (DEN 0022, 5.2.2). */
	return (int32_t)x0;
}

bool arch_cpu_on(u32 cpu)
{
	DSB(ish); /* what this CPU wrote is there when the other looks */
	return psci_firmware(PSCI_CPU_ON, plan_cpus[cpu].mpidr, (u64)start_secondary, cpu) == 0;
}

void arch_power_off(void)
{
	psci_firmware(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		__asm__ volatile("wfi");
}

/*
 * No interrupt wakes it: an SGI or a virtual LPI to a stopped vCPU stays pending, at no cost to
 * anybody. Not PSCI's CPU_OFF: firmware would power down a Redistributor that has a vPE resident.
 */
void arch_park(void)
{
	WRITE_REG(cntv_ctl_el0, 0);
	gic_cpu_interface_off();
	for (;;)
		__asm__ volatile("wfi");
}

static int64_t features(u32 function)
{
	switch (function) {
	case PSCI_VERSION:
	case PSCI_CPU_OFF:
	case PSCI_CPU_ON:
	case PSCI_CPU_ON_32:
	case PSCI_AFFINITY_INFO_32:
	case PSCI_AFFINITY_INFO:
	case PSCI_MIGRATE_INFO_TYPE:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case PSCI_FEATURES:
		return 0;
	default:
		return PSCI_NOT_SUPPORTED;
	}
}

/* All vCPUs of a guest are on from the start, and one that went off does not come back. */
static int64_t answer(u32 function, u64 argument)
{
	bool own = argument < this_cpu()->guest->vcpu_count;

	switch (function) {
	case PSCI_VERSION:
		return PSCI_VERSION_1_1;
	case PSCI_CPU_ON:
	case PSCI_CPU_ON_32:
		return own ? PSCI_ALREADY_ON : PSCI_INVALID_PARAMETERS;
	case PSCI_AFFINITY_INFO_32:
	case PSCI_AFFINITY_INFO:
		return own ? PSCI_AFFINITY_ON : PSCI_INVALID_PARAMETERS;
	case PSCI_MIGRATE_INFO_TYPE:
		return PSCI_NO_MIGRATION;
	case PSCI_FEATURES:
		return features((u32)argument);
	default:
		return PSCI_NOT_SUPPORTED;
	}
}

enum exit psci_exit(struct frame *frame)
{
	u32 function = (u32)frame->x[0];

	count_entry(ABI_COUNT_PSCI);
	if (function == PSCI_SYSTEM_OFF || function == PSCI_SYSTEM_RESET)
		return core_guest_off();
	if (function == PSCI_CPU_OFF)
		return core_vcpu_off();
	frame->x[0] = (u64)answer(function, frame->x[1]);
	return EXIT_RESUME;
}
