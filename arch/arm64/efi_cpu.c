/*
 * Which state UEFI's CPU must be in for an arm64 image, and how to run what was written as data.
 */
#include "arch/arm64/regs.h"
#include "core/boot/efi.h"

#define CURRENT_EL BITS(3, 2)

/* DDI 0487, B2.4.4; the point of coherency, which is asked here, lies behind that of unification. */
void efi_arch_fetchable(u64 base, u64 end)
{
	u64 line = (u64)4 << GET(CTR_DMINLINE, READ_REG(ctr_el0));

	for (u64 address = base; address < end; address += line)
		__asm__ volatile("dc cvac, %0" ::"r"(address) : "memory");
	DSB(ish);
	__asm__ volatile("ic iallu" ::: "memory");
	DSB(ish);
	ISB();
}

const char *efi_arch_misfit(void)
{
	if (GET(CURRENT_EL, READ_REG(CurrentEL)) == 2)
		return NULL;
	return "this firmware runs at EL1, the image needs EL2: turn on virtualization in the "
	       "machine's firmware";
}
