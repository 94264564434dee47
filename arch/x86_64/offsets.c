/*
 * Numbers that assembly shares with C. This file is compiled, never linked: offsets.h is made from
 * what the compiler says of each.
 */
#include "arch/x86_64/arch_types.h"
#include "arch/x86_64/multiboot.h"
#include "arch/x86_64/vmx.h"
#include "arch/x86_64/vmx_plan.h"
#include "core/cpu.h"

#define NUMBER(name, value) __asm__ volatile("NUMBER " #name " %0" ::"i"((u64)(value)))

void numbers(void);

void numbers(void)
{
	NUMBER(PLAN_STAGE1_BOOT, offsetof(struct plan, stage1_boot));
	NUMBER(PLAN_CPU_COUNT, offsetof(struct plan, cpu_count));
	NUMBER(PLAN_UART, offsetof(struct plan, uart));
	NUMBER(PLAN_CPU_SIZE, sizeof(struct plan_cpu));
	NUMBER(PLAN_CPU_APIC, offsetof(struct plan_cpu, mpidr));
	NUMBER(PLAN_CPU_PRIVATE, offsetof(struct plan_cpu, private_hpa));
	NUMBER(BOOT_STACK, PLAN_PRIVATE_SIZE - CPU_SIZE); /* in the private area */
	NUMBER(RUN_STACK, CPU_VA);
	NUMBER(INFORMATION_MAX, MULTIBOOT_MAX);
	NUMBER(CODE_SELECTOR, SELECTOR_CODE);
	NUMBER(DATA_SELECTOR, SELECTOR_DATA);
	NUMBER(EFER_MSR, MSR_EFER);
	NUMBER(BOOT_EFER, EFER_LME | EFER_NXE);
	NUMBER(BOOT_CR0, VMX_HOST_CR0);
	NUMBER(BOOT_CR4, VMX_HOST_CR4 & ~(CR4_VMXE | CR4_MCE)); /* those with arch_cpu_init */
	NUMBER(VMX_PLAN_APIC, offsetof(struct vmx_plan, apic));
	NUMBER(APIC_END, APIC_EOI);
}
