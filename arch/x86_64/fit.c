/*
 * Does this machine fit the plan? See fit.h.
 */
#include "arch/x86_64/fit.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/multiboot.h"
#include "arch/x86_64/smp.h"
#include "arch/x86_64/vmx.h"
#include "arch/x86_64/vmx_plan.h"
#include "core/arch.h"
#include "drivers/port.h"
#include "drivers/uart_16550.h"

#define LINE_MAX 192

/* Interrupt masks of the two 8259A. */
#define PIC_MASTER 0x21u
#define PIC_SLAVE 0xa1u

static u64 misses;

void fit_miss(const char *format, ...)
{
	char line[LINE_MAX];
	va_list arguments;

	va_start(arguments, format);
	log_format(line, sizeof(line), format, arguments);
	va_end(arguments);
	__atomic_fetch_add(&misses, 1, __ATOMIC_RELAXED);
	log_line("%s", line);
}

static void end_if_missed(void)
{
	u64 count = __atomic_load_n(&misses, __ATOMIC_RELAXED);

	if (count)
		panic("this machine does not fit the plan %s: %u differences", plan.name, count);
}

/* A capability MSR of controls: bits that must be 1, and above bit 32 those that may be (A.2). */
static void want_controls(const char *name, u32 msr, u64 wanted)
{
	u64 must = (u32)read_msr(msr);
	u64 may = read_msr(msr) >> 32;

	if (wanted & ~may)
		fit_miss("plan wants %s %x, machine has none of %x", name, wanted, wanted & ~may);
	if (must & ~wanted)
		fit_miss("plan wants %s %x, machine has %x always", name, wanted, must & ~wanted);
}

static void want_bits(const char *name, u32 msr, u64 wanted)
{
	u64 found = read_msr(msr);

	if (wanted & ~found)
		fit_miss("plan wants %s %x, machine has %x", name, wanted, found);
}

/* A.7, A.8: bits that must be 1, bits that may be. */
static void want_register(const char *name, u32 fixed0, u64 wanted)
{
	u64 must = read_msr(fixed0);
	u64 may = read_msr(fixed0 + 1);

	if (must & ~wanted || wanted & ~may)
		fit_miss("plan wants %s %x, machine has %x at least, %x at most", name, wanted,
			 must, may);
}

static void fit_vmx_basic(void)
{
	u64 basic = read_msr(MSR_VMX_BASIC);

	if (!(basic & VMX_BASIC_TRUE))
		fit_miss("plan wants TRUE capability MSRs, machine has IA32_VMX_BASIC %x", basic);
	if (GET(VMX_BASIC_SIZE, basic) > PLAN_PAGE)
		fit_miss("plan wants a VMCS of bytes <= %u, machine has %u", (u64)PLAN_PAGE,
			 GET(VMX_BASIC_SIZE, basic));
	if (GET(VMX_BASIC_TYPE, basic) != EPTP_WB)
		fit_miss("plan wants a VMCS in memory of type %u, machine has %u", (u64)EPTP_WB,
			 GET(VMX_BASIC_TYPE, basic));
}

static void fit_vmx(void)
{
	u64 control = read_msr(MSR_FEATURE_CONTROL);

	if ((control & FEATURE_CONTROL_LOCK) && !(control & FEATURE_CONTROL_VMX))
		fit_miss("plan wants VMX, machine has it off and locked: turn it on in firmware");
	fit_vmx_basic();
	want_controls("pin-based controls", MSR_VMX_TRUE_PINBASED_CTLS, VMX_PIN);
	want_controls("processor-based controls", MSR_VMX_TRUE_PROCBASED_CTLS, VMX_PROC);
	want_controls("VM-exit controls", MSR_VMX_TRUE_EXIT_CTLS, VMX_EXIT);
	want_controls("VM-entry controls", MSR_VMX_TRUE_ENTRY_CTLS, VMX_ENTRY);
	if (!(read_msr(MSR_VMX_TRUE_PROCBASED_CTLS) >> 32 & PROC_SECONDARY))
		return; /* the MSRs below are not there (A.3.3, A.10) */
	want_controls("secondary controls", MSR_VMX_PROCBASED_CTLS2, VMX_PROC2);
	if (!(read_msr(MSR_VMX_PROCBASED_CTLS2) >> 32 & PROC2_EPT))
		return;
	want_bits("IA32_VMX_EPT_VPID_CAP", MSR_VMX_EPT_VPID_CAP, VMX_EPT_VPID);
	want_register("CR0", MSR_VMX_CR0_FIXED0, VMX_HOST_CR0);
	want_register("CR4", MSR_VMX_CR4_FIXED0, VMX_HOST_CR4);
}

/* Gates need VM functions; a plan without senders does without. */
static void fit_gates(void)
{
	bool wanted = false;

	for (u32 i = 0; i < plan.guest_count; i++)
		wanted |= vmx_plan_guests[i].eptp_list != 0;
	if (!wanted)
		return;
	if (read_msr(MSR_VMX_PROCBASED_CTLS2) >> 32 & PROC2_VM_FUNCTIONS)
		want_bits("IA32_VMX_VMFUNC", MSR_VMX_VMFUNC, VM_FUNCTION_EPTP_SWITCHING);
	else
		fit_miss("plan wants VM functions, machine has none");
}

/* Gates store to the APIC's page, and its guests' timers are deadlines. */
static void fit_apic(u32 cpu, struct cpuid features)
{
	u64 base = read_msr(MSR_APIC_BASE);
	u64 id = GET(CPUID_1_EBX_APIC_ID, features.b);

	if ((base & (APIC_BASE_X2APIC | APIC_BASE_ENABLE)) != APIC_BASE_ENABLE)
		fit_miss("plan wants the local APIC in xAPIC mode, machine has IA32_APIC_BASE %x",
			 base);
	if ((base & APIC_BASE_ADDRESS) != vmx_plan.apic)
		fit_miss("plan wants the local APIC at %x, machine has it at %x", vmx_plan.apic,
			 base & APIC_BASE_ADDRESS);
	if (id != plan_cpus[cpu].mpidr)
		fit_miss("plan wants CPU %u to have APIC ID %u, machine has %u", (u64)cpu,
			 plan_cpus[cpu].mpidr, id);
	if (!(features.c & CPUID_1_ECX_DEADLINE))
		fit_miss("plan wants the TSC-deadline timer, machine has none");
}

/* The processors of one machine need not be alike: each looks for itself. */
void fit_this_cpu(u32 cpu)
{
	struct cpuid features = cpuid(1, 0);

	if (!(features.c & CPUID_1_ECX_MONITOR))
		fit_miss("plan wants MONITOR and MWAIT, machine has none");
	fit_apic(cpu, features);
	if (features.c & CPUID_1_ECX_VMX) {
		fit_vmx();
		fit_gates();
	} else {
		fit_miss("plan wants VMX, machine has no VMX on this processor");
	}
	end_if_missed();
}

static void start_uart(void)
{
	if (plan.uart)
		uart_16550_start((hpa_t){plan.uart});
}

void arch_fit(hpa_t tree)
{
	start_uart();
	/* No interrupt that firmware left on reaches a CPU; the local APICs follow (apic_init). */
	port_write(PIC_MASTER, 0xff);
	port_write(PIC_SLAVE, 0xff);
	multiboot_check(tree.v);
	fit_memory(tree.v);
	if (plan.cpu_count > 1)
		smp_find_page(tree.v);
	for (u32 i = 0; i < plan.cpu_count; i++)
		if (GET(CPUID_1_EBX_APIC_ID, cpuid(1, 0).b) == plan_cpus[i].mpidr)
			fit_this_cpu(i);
}

void fit_wrong_cpu(u32 apic_id)
{
	start_uart();
	panic("plan wants other CPUs, machine boots on the one with APIC ID %u", (u64)apic_id);
}
