/*
 * Memory and devices while booting.
 */
#include "core/arch.h"

void arch_clear(hpa_t base, u64 size_bytes)
{
	u64 count = size_bytes / sizeof(u64);
	u64 address = base.v;

	__asm__ volatile("rep stosq" : "+D"(address), "+c"(count) : "a"(0ull) : "memory");
}

/* Nothing to do: who accesses memory here does it through caches that agree (volume 3, 12.4). */
void arch_clean(hpa_t base, u64 size_bytes)
{
	(void)base;
	(void)size_bytes;
}

/* Nothing to do: the entry into a guest serializes, and fetches see stores (volume 3, 9.1.3). */
void arch_clean_instructions(void)
{
}

u64 arch_load(u64 address, u32 size)
{
	return size == 8 ? *(volatile u64 *)address : *(volatile u32 *)address;
}

void arch_store(u64 address, u32 size, u64 value)
{
	if (size == 8)
		*(volatile u64 *)address = value;
	else
		*(volatile u32 *)address = (u32)value;
}

/* Asked for the registers of a plan, of which there are none here: a board's frames are mapped. */
bool arch_maps(u64 address)
{
	(void)address;
	return true;
}
