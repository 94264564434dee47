/*
 * Stage 1 of a guest: entries for pages.c, which makes the map once with the MMU off, and what turns
 * it on. DDI 0487, chapter D8: 4 KiB granule, 39-bit addresses, start at level 1.
 */
#include "guests/lib/arch.h"
#include "guests/lib/guest.h"
#include "guests/lib/pages.h"

#define DESC_TABLE ((u64)3)
#define DESC_PAGE ((u64)3)
#define DESC_BLOCK ((u64)1)
#define DESC_ADDRESS BITS(47, 12)
#define DESC_ATTR_DEVICE ((u64)0 << 2) /* index into MAIR_EL1 */
#define DESC_ATTR_MEMORY ((u64)1 << 2)
#define DESC_ATTR_WINDOW ((u64)2 << 2)
#define DESC_RO BIT(7)
#define DESC_INNER ((u64)3 << 8)
#define DESC_AF BIT(10)
#define DESC_PXN BIT(53)
#define DESC_UXN BIT(54)

#define MAIR 0x44ff04 /* 0 Device-nGnRE, 1 Normal write-back, 2 Normal non-cacheable */
/* T0SZ 25, walks write-back inner shareable, TTBR1 walks disabled, 40-bit physical addresses. */
#define TCR (25 | 1 << 8 | 1 << 10 | 3 << 12 | BIT(23) | (u64)2 << 32)
/* RES1 bits; M, C, SA, I; WXN. */
#define SCTLR (0x30d00800 | BIT(0) | BIT(2) | BIT(3) | BIT(12) | BIT(19))

#define BASE (DESC_AF | DESC_INNER | DESC_UXN)
#define TEXT (BASE | DESC_ATTR_MEMORY | DESC_RO)
#define DATA (BASE | DESC_ATTR_MEMORY | DESC_PXN)
#define RODATA (DATA | DESC_RO)
#define WINDOW (BASE | DESC_ATTR_WINDOW | DESC_PXN)
#define DEVICE (BASE | DESC_ATTR_DEVICE | DESC_PXN)

#define CTR_EL0_DMINLINE BITS(19, 16) /* log2 of the words in the smallest data cache line */

extern u8 guest_rodata_end[], guest_heap_start[];

u32 arch_first_level(void)
{
	return 1;
}

static u64 attributes(enum pages_kind kind)
{
	static const u64 of[] = {
		[PAGES_TEXT] = TEXT,	 [PAGES_RODATA] = RODATA, [PAGES_DATA] = DATA,
		[PAGES_WINDOW] = WINDOW, [PAGES_DEVICE] = DEVICE,
	};

	return of[kind];
}

u64 arch_entry_table(u64 table)
{
	return table | DESC_TABLE;
}

u64 arch_entry_page(u64 address, enum pages_kind kind)
{
	return address | attributes(kind) | DESC_PAGE;
}

u64 arch_entry_block(u64 address, enum pages_kind kind)
{
	return address | attributes(kind) | DESC_BLOCK;
}

u64 arch_entry_split(u64 block)
{
	return block | DESC_PAGE;
}

bool arch_entry_is_block(u64 entry)
{
	return (entry & DESC_PAGE) == DESC_BLOCK;
}

u64 arch_entry_target(u64 entry)
{
	return entry & DESC_ADDRESS;
}

void arch_map_devices(void)
{
	if (guest_plan.doorbell_frame)
		pages_map(guest_plan.doorbell_frame, PAGES_SIZE, PAGES_DEVICE);
	if (guest_plan.uart)
		pages_map(guest_plan.uart, PAGES_SIZE, PAGES_DEVICE);
}

/*
 * What was stored so far went past the caches, which may hold the lines as they were before, clean
 * (DDI 0487 B2.8: mismatched attributes). Only vCPU 0 has stored anything, and only here.
 */
static void forget_stale_lines(void)
{
	u64 line = (u64)4 << GET(CTR_EL0_DMINLINE, READ_REG(ctr_el0));

	for (u64 at = (u64)guest_rodata_end; at < (u64)guest_heap_start; at += line)
		__asm__ volatile("dc ivac, %0" : : "r"(at) : "memory");
	dsb_sy();
}

void mmu_enable(void)
{
	if (this_vcpu()->index == 0)
		forget_stale_lines();
	WRITE_REG(mair_el1, MAIR);
	WRITE_REG(tcr_el1, TCR);
	WRITE_REG(ttbr0_el1, pages_root());
	__asm__ volatile("dsb sy\n\ttlbi vmalle1\n\tic iallu\n\tdsb sy\n\tisb" : : : "memory");
	WRITE_REG(sctlr_el1, SCTLR);
	isb();
}

void arch_flush(void)
{
	__asm__ volatile("dsb ishst\n\ttlbi vmalle1\n\tdsb nsh\n\tisb" : : : "memory");
}
