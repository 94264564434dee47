/*
 * Numbers that assembly shares with C. This file is compiled, never linked: offsets.h is made from
 * what the compiler says of each.
 */
#include "arch/arm64/arch_types.h"
#include "arch/arm64/regs.h"
#include "arch/arm64/wants.h"
#include "core/cpu.h"
#include "core/plan.h"

#define NUMBER(name, value) __asm__ volatile("NUMBER " #name " %0" ::"i"((u64)(value)))

void numbers(void);

void numbers(void)
{
	NUMBER(PAGE, PLAN_PAGE);
	NUMBER(CACHE_LINE_MIN, WANT_CACHE_LINE);
	NUMBER(FRAME_SIZE, sizeof(struct frame));
	NUMBER(BRIEF_FRAME_SIZE, 20 * sizeof(u64)); /* x0 to x18 and x30 */
	NUMBER(PLAN_STAGE1_BOOT, offsetof(struct plan, stage1_boot));
	NUMBER(PLAN_CPU_COUNT, offsetof(struct plan, cpu_count));
	NUMBER(PLAN_CPU_SIZE, sizeof(struct plan_cpu));
	NUMBER(PLAN_CPU_MPIDR, offsetof(struct plan_cpu, mpidr));
	NUMBER(PLAN_CPU_PRIVATE, offsetof(struct plan_cpu, private_hpa));
	NUMBER(BOOT_STACK, PLAN_PRIVATE_SIZE - CPU_SIZE); /* in the private area */
	NUMBER(RUN_STACK, CPU_VA);
	NUMBER(SCTLR_EL2_OFF, SCTLR_EL2_RES1);
	NUMBER(SCTLR_EL2_ON, SCTLR_EL2_RES1 | SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_I | SCTLR_WXN);
	NUMBER(MAIR_VALUE, MAIR_EL2_VALUE);
	NUMBER(TCR_VALUE, TCR_EL2_RES1 | TCR_T0SZ_39 | TCR_IRGN0_WB | TCR_ORGN0_WB | TCR_SH0_INNER |
				  TCR_PS_40);
	NUMBER(PSCI_CPU_ON_64, PSCI_CPU_ON);
	NUMBER(PSCI_CPU_OFF_32, PSCI_CPU_OFF);
}
