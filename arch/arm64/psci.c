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

#define SMCCC_64 ((u32)1 << 30) /* in a function: its arguments have 64 bits */
#define SMCCC_VERSION 0x80000000u
#define SMCCC_ARCH_FEATURES 0x80000001u
#define SMCCC_ARCH_WORKAROUND_1 0x80008000u
#define SMCCC_ARCH_WORKAROUND_3 0x80003fffu

#define PSCI_VERSION_1_1 0x00010001
#define SMCCC_VERSION_1_1 0x00010001
#define PSCI_NO_MIGRATION 2
#define PSCI_NOT_SUPPORTED (-1)
#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_ALREADY_ON (-4)
#define PSCI_ON_PENDING (-5)

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

static const u32 offered[] = {
	PSCI_VERSION,	    PSCI_CPU_OFF,	    PSCI_CPU_ON,     PSCI_CPU_ON_32,
	PSCI_AFFINITY_INFO, PSCI_AFFINITY_INFO_32,  PSCI_SYSTEM_OFF, PSCI_SYSTEM_RESET,
	PSCI_FEATURES,	    PSCI_MIGRATE_INFO_TYPE, SMCCC_VERSION,
};

static int64_t features(u32 function)
{
	for (u32 i = 0; i < ARRAY_SIZE(offered); i++)
		if (offered[i] == function)
			return 0;
	return PSCI_NOT_SUPPORTED;
}

/* Affinity is the vCPU's index. enum vcpu_state has the values of AFFINITY_INFO's answers. */
static int64_t affinity_info(u64 affinity)
{
	return affinity < this_cpu()->guest->vcpu_count ? (int64_t)core_vcpu_state((u32)affinity)
							: PSCI_INVALID_PARAMETERS;
}

static int64_t cpu_on(u64 affinity, u64 entry, u64 context)
{
	enum vcpu_state before;

	if (affinity >= this_cpu()->guest->vcpu_count)
		return PSCI_INVALID_PARAMETERS;
	before = core_vcpu_on((u32)affinity, (gpa_t){entry}, context);
	if (before == VCPU_OFF)
		return 0;
	return before == VCPU_ON ? PSCI_ALREADY_ON : PSCI_ON_PENDING;
}

/* Not the second one, by which a guest could turn a mitigation off that this CPU needs in EL2. */
static bool is_workaround(u32 function)
{
	return function == SMCCC_ARCH_WORKAROUND_1 || function == SMCCC_ARCH_WORKAROUND_3;
}

/* What firmware says of the mitigations that only it can carry out; older ones know no such call. */
static int64_t arch_features(u32 function)
{
	if (function == SMCCC_VERSION || function == SMCCC_ARCH_FEATURES)
		return 0;
	if (!is_workaround(function) || psci_firmware(PSCI_FEATURES, SMCCC_VERSION, 0, 0) < 0)
		return PSCI_NOT_SUPPORTED;
	return psci_firmware(SMCCC_ARCH_FEATURES, function, 0, 0);
}

/* Of all other calls the answer is that they are not there. */
static int64_t answer(u32 function, const u64 *x)
{
	u64 mask = function & SMCCC_64 ? ~(u64)0 : UINT32_MAX;

	switch (function) {
	case PSCI_VERSION:
		return PSCI_VERSION_1_1;
	case PSCI_CPU_ON:
	case PSCI_CPU_ON_32:
		return cpu_on(x[1] & mask, x[2] & mask, x[3] & mask);
	case PSCI_AFFINITY_INFO_32:
	case PSCI_AFFINITY_INFO:
		return affinity_info(x[1] & mask);
	case PSCI_MIGRATE_INFO_TYPE:
		return PSCI_NO_MIGRATION;
	case PSCI_FEATURES:
		return features((u32)x[1]);
	case SMCCC_VERSION:
		return SMCCC_VERSION_1_1;
	case SMCCC_ARCH_FEATURES:
		return arch_features((u32)x[1]);
	default:
		return PSCI_NOT_SUPPORTED;
	}
}

enum exit psci_exit(struct frame *frame)
{
	u32 function = (u32)frame->x[0];

	count_entry(ABI_COUNT_PSCI);
	if (function == PSCI_SYSTEM_OFF)
		return core_guest_off();
	if (function == PSCI_SYSTEM_RESET)
		return core_guest_reset();
	if (function == PSCI_CPU_OFF)
		return core_vcpu_off();
	/* A guest knows that one is there only if firmware has it. */
	if (is_workaround(function) && arch_features(function) >= 0)
		psci_firmware(function, frame->x[1], 0, 0);
	else
		frame->x[0] = (u64)answer(function, frame->x);
	return EXIT_RESUME;
}
