/*
 * Assertions on offsets.h; no code.
 */
#include "arch/arm64/offsets.h"

#include "arch/arm64/arch_types.h"
#include "arch/arm64/regs.h"
#include "core/cpu.h"
#include "core/plan.h"

_Static_assert(PAGE == PLAN_PAGE, "PAGE");
_Static_assert(PLAN_STAGE1_BOOT == offsetof(struct plan, stage1_boot), "PLAN_STAGE1_BOOT");
_Static_assert(PLAN_CPU_COUNT == offsetof(struct plan, cpu_count), "PLAN_CPU_COUNT");
_Static_assert(PLAN_CPU_SIZE == sizeof(struct plan_cpu), "PLAN_CPU_SIZE");
_Static_assert(PLAN_CPU_MPIDR == offsetof(struct plan_cpu, mpidr), "PLAN_CPU_MPIDR");
_Static_assert(PLAN_CPU_PRIVATE == offsetof(struct plan_cpu, private_hpa), "PLAN_CPU_PRIVATE");
_Static_assert(PRIVATE_SIZE == PLAN_PRIVATE_SIZE, "PRIVATE_SIZE");
_Static_assert(CPU_AREA == CPU_SIZE, "CPU_AREA");
_Static_assert(RUN_STACK == CPU_VA, "RUN_STACK");
_Static_assert(SCTLR_EL2_OFF == SCTLR_EL2_RES1, "SCTLR_EL2_OFF");
_Static_assert(SCTLR_EL2_ON ==
		       (SCTLR_EL2_RES1 | SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_I | SCTLR_WXN),
	       "SCTLR_EL2_ON");
_Static_assert(MAIR_VALUE == MAIR_EL2_VALUE, "MAIR_VALUE");
_Static_assert(TCR_VALUE == (TCR_EL2_RES1 | TCR_T0SZ_39 | TCR_IRGN0_WB | TCR_ORGN0_WB |
			     TCR_SH0_INNER | TCR_PS_40),
	       "TCR_VALUE");
_Static_assert(PSCI_CPU_ON_64 == PSCI_CPU_ON, "PSCI_CPU_ON_64");
_Static_assert(PSCI_CPU_OFF_32 == PSCI_CPU_OFF, "PSCI_CPU_OFF_32");
