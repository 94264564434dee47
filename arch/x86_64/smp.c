/*
 * INIT, then start-up interrupts: Intel SDM volume 3, 9.4.4.1.
 */
#include "arch/x86_64/smp.h"
#include "arch/x86_64/apic.h"
#include "arch/x86_64/multiboot.h"
#include "arch/x86_64/regs.h"
#include "core/arch.h"
#include "core/bits.h"
#include "core/log.h"

#define LOW_END 0xa0000u /* no start-up vector names a page behind it: 11.6.1 */
#define STARTUPS 2u

u32 smp_answered[PLAN_CPU_MAX];

static u64 start_page;

/* The last whole page of a range that is below 640 KiB; 0: none. */
static u64 page_of(const struct plan_range *range)
{
	u64 end = range->base + range->size < LOW_END ? range->base + range->size : LOW_END;
	u64 page = ALIGN_DOWN(end, PLAN_PAGE) - PLAN_PAGE;

	return end < PLAN_PAGE || page < range->base ? 0 : page;
}

void smp_find_page(u64 info)
{
	struct plan_range range;

	for (u32 i = 0; multiboot_memory(info, i, &range); i++)
		if (page_of(&range) > start_page)
			start_page = page_of(&range);
	if (!start_page)
		panic("plan wants a page below %x to start CPUs, machine has none", (u64)LOW_END);
}

static void wait_us(u64 us)
{
	u64 deadline = arch_counter() + arch_counter_hz() / 1000000 * us;

	while (arch_counter() < deadline)
		arch_relax();
}

bool arch_cpu_on(u32 cpu)
{
	u32 id = (u32)plan_cpus[cpu].mpidr;

	__builtin_memcpy((void *)start_page, ap_start, (u64)ap_end - (u64)ap_start);
	apic_command(id, APIC_ICR_INIT);
	wait_us(10000);
	for (u32 i = 0; i < STARTUPS; i++) {
		apic_command(id, APIC_ICR_STARTUP | (u32)(start_page / PLAN_PAGE));
		wait_us(200);
	}
	for (u32 i = 0; i < 1000 && !__atomic_load_n(&smp_answered[cpu], __ATOMIC_ACQUIRE); i++)
		wait_us(1000);
	return smp_answered[cpu];
}
