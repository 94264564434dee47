/*
 * Memory maintenance while booting: clearing, and cache maintenance by address to the point of
 * coherency. DDI 0487 D7.5.
 */
#include "arch/arm64/regs.h"
#include "core/arch.h"

#define DCZID_DZP BIT(4)
#define DCZID_BS BITS(3, 0)

static void clear_by_store(u64 address, u64 end)
{
	for (; address < end; address += 16)
		__asm__ volatile("stp xzr, xzr, [%0]" ::"r"(address) : "memory");
}

void arch_clear(hpa_t base, u64 size_bytes)
{
	u64 dczid = READ_REG(dczid_el0);
	u64 block = (u64)4 << GET(DCZID_BS, dczid);
	u64 end = base.v + size_bytes;

	if (dczid & DCZID_DZP) {
		clear_by_store(base.v, end);
		return;
	}
	for (u64 address = base.v; address < end; address += block)
		__asm__ volatile("dc zva, %0" ::"r"(address) : "memory");
	DSB(ish);
}

void arch_clean(hpa_t base, u64 size_bytes)
{
	u64 line = (u64)4 << GET(CTR_DMINLINE, READ_REG(ctr_el0));

	DSB(sy);
	for (u64 address = base.v; address < base.v + size_bytes; address += line)
		__asm__ volatile("dc civac, %0" ::"r"(address) : "memory");
	DSB(sy);
}

void arch_clean_instructions(void)
{
	DSB(ish);
	__asm__ volatile("ic ialluis" ::: "memory");
	DSB(ish);
	ISB();
}
