/*
 * The local APIC: see apic.h. An interrupt for a guest is a bit in the descriptor of its CPU and, if no
 * notification is on its way, an interrupt of VMX_VECTOR_POSTED: the processor there moves the bits to
 * the virtual APIC by itself, without an exit or, where the hypervisor runs, after the next entry.
 */
#include "arch/x86_64/apic.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/regs.h"
#include "arch/x86_64/vmx_plan.h"
#include "core/arch.h"
#include "core/cpu.h"
#include "core/log.h"

/* An interrupt is taken by a CPU, or waits there, in far less. */
#define POLLS 1000000u

/* Posted-interrupt descriptor, table 30-1. */
struct posted {
	u64 requests[4];
	u64 control; /* bit 0: outstanding notification */
	u64 reserved[3];
};

_Static_assert(sizeof(struct posted) == 64, "posted");

static volatile u32 *reg(u32 offset)
{
	return apic_register(vmx_plan.apic, offset);
}

static struct vmx_plan_pages *pages(u32 cpu)
{
	return (struct vmx_plan_pages *)vmx_plan_cpus[cpu].pages;
}

static u32 *virtual_register(u32 cpu, u32 offset)
{
	return (u32 *)(vmx_plan_cpus[cpu].pages + offsetof(struct vmx_plan_pages, virtual_apic) +
		       offset);
}

static struct posted *posted(u32 cpu)
{
	return (struct posted *)(vmx_plan_cpus[cpu].pages +
				 offsetof(struct vmx_plan_pages, posted));
}

/* Firmware's interrupts end here: guests get none of them, and root runs with interrupts masked. */
void apic_init(void)
{
	static const u16 masked[] = {APIC_LVT_THERMAL, APIC_LVT_PERFORMANCE, APIC_LVT_LINT0,
				     APIC_LVT_LINT1, APIC_LVT_ERROR};

	*reg(APIC_SVR) = APIC_SVR_ENABLE | VMX_VECTOR_SPURIOUS;
	*reg(APIC_TPR) = 0;
	*reg(APIC_DFR) = ~0u;
	for (u32 i = 0; i < ARRAY_SIZE(masked); i++)
		*reg(masked[i]) = APIC_LVT_MASKED;
	if (GET(APIC_VERSION_LVTS, *reg(APIC_VERSION)) >= APIC_LVTS_CMCI)
		*reg(APIC_LVT_CMCI) = APIC_LVT_MASKED;
	*reg(APIC_LVT_TIMER) = (u32)PUT(APIC_LVT_TIMER_MODE, APIC_LVT_TIMER_DEADLINE) |
			       VMX_VECTOR_TIMER;
	/* The mode before the deadline: 11.5.4.1. */
	__asm__ volatile("mfence" ::: "memory");
	apic_timer_set(0);
}

static void wait_idle(void)
{
	u32 polls = POLLS;

	while (*reg(APIC_ICR_LOW) & APIC_ICR_PENDING)
		if (!polls--)
			panic("the local APIC does not send");
}

/*
 * A gate of the guest may have stood between its two stores to the ICR when this CPU left it: what the
 * upper half holds is put back.
 */
void apic_command(u32 apic_id, u32 low)
{
	u32 high = *reg(APIC_ICR_HIGH);

	wait_idle();
	*reg(APIC_ICR_HIGH) = apic_id << 24;
	*reg(APIC_ICR_LOW) = low;
	wait_idle();
	*reg(APIC_ICR_HIGH) = high;
}

void apic_end(void)
{
	*reg(APIC_EOI) = 0;
}

/* Stores before it are seen first: x86 keeps their order, and the APIC's page is uncached (11.6.1). */
void arch_kick(u32 cpu)
{
	__asm__ volatile("" ::: "memory");
	apic_command((u32)plan_cpus[cpu].mpidr, APIC_ICR_FIXED | VMX_VECTOR_KICK);
}

static void post(u32 cpu, u32 vector)
{
	struct posted *descriptor = posted(cpu);

	__atomic_fetch_or(&descriptor->requests[vector / 64], BIT(vector % 64), __ATOMIC_SEQ_CST);
	if (!(__atomic_fetch_or(&descriptor->control, 1, __ATOMIC_SEQ_CST) & 1))
		apic_command((u32)plan_cpus[cpu].mpidr, APIC_ICR_FIXED | VMX_VECTOR_POSTED);
}

void arch_msi(u32 event)
{
	post(plan_routes[event].cpu, plan_routes[event].intid);
}

bool arch_inject(u32 intid)
{
	post(this_cpu()->index, intid);
	return true;
}

u64 apic_timer_get(void)
{
	return read_msr(MSR_TSC_DEADLINE);
}

void apic_timer_set(u64 deadline)
{
	write_msr(MSR_TSC_DEADLINE, deadline);
}

/* Vectors below 16 are illegal (11.5.2); what else the guest chose is its own matter. */
void apic_timer_due(void)
{
	u32 lvt = __atomic_load_n(virtual_register(this_cpu()->index, APIC_LVT_TIMER),
				  __ATOMIC_RELAXED);
	u32 vector = lvt & 0xff;

	if (!(lvt & APIC_LVT_MASKED) && vector >= 16 &&
	    GET(APIC_LVT_TIMER_MODE, lvt) == APIC_LVT_TIMER_DEADLINE)
		post(this_cpu()->index, vector);
}

void apic_guest_reset(u32 cpu)
{
	static const u16 masked[] = {APIC_LVT_TIMER, APIC_LVT_THERMAL, APIC_LVT_PERFORMANCE,
				     APIC_LVT_LINT0, APIC_LVT_LINT1,   APIC_LVT_ERROR};

	__builtin_memset(pages(cpu)->virtual_apic, 0, PLAN_PAGE);
	*virtual_register(cpu, APIC_ID) = plan_cpus[cpu].vcpu << 24;
	*virtual_register(cpu, APIC_VERSION) = *reg(APIC_VERSION);
	*virtual_register(cpu, APIC_DFR) = ~0u;
	*virtual_register(cpu, APIC_SVR) = VMX_VECTOR_SPURIOUS;
	for (u32 i = 0; i < ARRAY_SIZE(masked); i++)
		*virtual_register(cpu, masked[i]) = APIC_LVT_MASKED;
	/* The notification of what came meanwhile may be gone: arch_wait takes every interrupt. */
	if (__atomic_load_n(&posted(cpu)->control, __ATOMIC_RELAXED) & 1)
		apic_command((u32)plan_cpus[cpu].mpidr, APIC_ICR_FIXED | VMX_VECTOR_POSTED);
}

void arch_leave(void)
{
	apic_timer_set(0);
	__builtin_memset(posted(this_cpu()->index), 0, sizeof(struct posted));
}

/*
 * Interrupts are taken for this one moment: STI lets the next instruction begin first, so none comes
 * between it and HLT (volume 2, STI). What comes is acknowledged and forgotten (entry.S).
 */
void arch_wait(void)
{
	__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
}

/* All vCPUs have left. What peers rang since, they rang for an earlier life. */
void arch_guest_reset(u32 guest)
{
	for (u32 i = 0; i < plan_guests[guest].vcpu_count; i++)
		__builtin_memset(posted(plan_guests[guest].cpu[i]), 0, sizeof(struct posted));
}
