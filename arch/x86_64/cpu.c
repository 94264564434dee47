/*
 * The way into the run-time map and the guest, the clock, and changes of a guest's tables.
 */
#include "core/cpu.h"
#include "arch/x86_64/apic.h"
#include "arch/x86_64/arch_types.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/fit.h"
#include "arch/x86_64/vmx.h"
#include "arch/x86_64/vmx_plan.h"
#include "core/arch.h"

_Noreturn void run_map_on(u64 stage1, u32 cpu);
_Noreturn void guest_launch(u64 x0, u64 x1);

void arch_cpu_init(u32 cpu)
{
	fit_this_cpu(cpu);
	apic_init();
	vmx_on(cpu);
}

void arch_run(u32 cpu)
{
	run_map_on(plan_cpus[cpu].stage1, cpu);
}

/*
 * What VMX does not switch is the guest's alone, for root does not use it: these registers, and those
 * of FPU and SSE (entry.S).
 */
static void write_first_registers(void)
{
	static const u32 msrs[] = {MSR_STAR, MSR_LSTAR, MSR_CSTAR, MSR_FMASK, MSR_KERNEL_GS_BASE};

	for (u32 i = 0; i < ARRAY_SIZE(msrs); i++)
		write_msr(msrs[i], 0);
	__asm__ volatile("mov %0, %%cr2\n\tmov %0, %%dr0\n\tmov %0, %%dr1\n\tmov %0, %%dr2\n\t"
			 "mov %0, %%dr3\n\tmov %1, %%dr6" ::"r"(0ull),
			 "r"((u64)DR6_FIRST));
}

void arch_enter(gpa_t entry, u64 x0, u64 x1)
{
	u32 cpu = this_cpu()->index;

	tables_set_ist(cpu, PLAN_PRIVATE_VA + IST_STACK);
	write_first_registers();
	apic_timer_set(0);
	cpu_forget_stale(); /* its kick may have ended arch_wait */
	vmx_first_state(cpu, entry);
	apic_guest_reset(cpu);
	guest_launch(x0, x1);
}

/* An entry that is not present is never cached (volume 3, 29.4.2), so there is nothing to forget. */
void arch_entry_set(hpa_t entry, u64 value)
{
	__atomic_store_n((u64 *)entry.v, value, __ATOMIC_RELEASE);
}

/*
 * Not 0: the guest on that CPU may still run by translations of an entry that is no more. Set by who took
 * the entry away, taken off by the CPU itself.
 */
static struct {
	_Alignas(64) u32 word;
} stale[PLAN_CPU_MAX];

/*
 * INVEPT reaches no other CPU, and nobody may wait here for one that may wait for the same lock. So the
 * others are asked to leave their guest, and accesses to windows wait instead (exit.c).
 */
void arch_entry_clear(hpa_t entry, u64 value, gpa_t page)
{
	const struct plan_guest *guest = this_cpu()->guest;

	(void)page;
	__atomic_store_n((u64 *)entry.v, value, __ATOMIC_SEQ_CST);
	vmx_forget_translations();
	for (u32 i = 0; i < guest->vcpu_count; i++)
		if (guest->cpu[i] != this_cpu()->index) {
			__atomic_store_n(&stale[guest->cpu[i]].word, 1, __ATOMIC_SEQ_CST);
			arch_kick(guest->cpu[i]);
		}
}

/*
 * The mark before what it stands for: an entry that is taken away from now on sets it anew, with a kick
 * that ends the next stay in the guest before it begins. Once the mark is seen gone, the guest does not
 * run before INVEPT has; in root no translation is made by EPT (29.4.2).
 */
void cpu_forget_stale(void)
{
	u32 *word = &stale[this_cpu()->index].word;

	if (!__atomic_load_n(word, __ATOMIC_RELAXED))
		return;
	__atomic_exchange_n(word, 0, __ATOMIC_SEQ_CST);
	vmx_forget_translations();
}

/* Who is parked forgets when it enters, which is after it is seen parked: arch_enter. */
bool cpu_guest_stale(void)
{
	const struct plan_guest *guest = this_cpu()->guest;
	bool found = false;

	for (u32 i = 0; i < guest->vcpu_count; i++)
		found |= __atomic_load_n(&stale[guest->cpu[i]].word, __ATOMIC_SEQ_CST) &&
			 !cpu_parked(guest->cpu[i]);
	return found;
}

u64 arch_counter(void)
{
	u32 low, high;

	__asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high)::"memory");
	return (u64)high << 32 | low;
}

u64 arch_counter_hz(void)
{
	return vmx_plan.tsc_hz;
}

void arch_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}
