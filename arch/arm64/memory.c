/*
 * Memory and devices while booting: clearing, cache maintenance by address to the point of coherency
 * (DDI 0487 D7.5), and accesses to registers.
 */
#include "arch/arm64/gic_frames.h"
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

u64 arch_load(u64 address, u32 size)
{
	return size == 8 ? frame_read64(address) : frame_read32(address);
}

void arch_store(u64 address, u32 size, u64 value)
{
	DSB(sy);
	if (size == 8)
		*(volatile u64 *)address = value;
	else
		*(volatile u32 *)address = (u32)value;
}

bool arch_maps(u64 address)
{
	u64 par;

	__asm__ volatile("at s1e2r, %0" ::"r"(address));
	ISB();
	par = READ_REG(par_el1);
	return !(par & PAR_F) && ((par ^ address) & PAR_PA) == 0;
}
