/*
 * Entries of a guest's page tables for pages.c, and what turns them on. SDM 4.5: four levels.
 * Accessed and dirty are set from the start.
 */
#include "guests/lib/arch.h"
#include "guests/lib/guest.h"
#include "guests/lib/pages.h"

#define ENTRY_P BIT(0)
#define ENTRY_RW BIT(1)
#define ENTRY_PWT BIT(3)
#define ENTRY_PCD BIT(4)
#define ENTRY_A BIT(5)
#define ENTRY_D BIT(6)
#define ENTRY_PS BIT(7)
#define ENTRY_ADDRESS BITS(51, 12)
#define ENTRY_XD BIT(63)

/* Memory types: write-back, or uncached (PAT index 3 at its reset value, SDM 13.12.4). */
#define TEXT (ENTRY_P | ENTRY_A | ENTRY_D)
#define RODATA (TEXT | ENTRY_XD)
#define DATA (RODATA | ENTRY_RW)
#define DEVICE (DATA | ENTRY_PCD | ENTRY_PWT)

u32 arch_first_level(void)
{
	return 0;
}

static u64 attributes(enum pages_kind kind)
{
	static const u64 of[] = {
		[PAGES_TEXT] = TEXT,   [PAGES_RODATA] = RODATA, [PAGES_DATA] = DATA,
		[PAGES_WINDOW] = DATA, [PAGES_DEVICE] = DEVICE,
	};

	return of[kind];
}

u64 arch_entry_table(u64 table)
{
	return table | ENTRY_P | ENTRY_RW | ENTRY_A;
}

u64 arch_entry_page(u64 address, enum pages_kind kind)
{
	return address | attributes(kind);
}

u64 arch_entry_block(u64 address, enum pages_kind kind)
{
	return address | attributes(kind) | ENTRY_PS;
}

u64 arch_entry_split(u64 block)
{
	return block & ~ENTRY_PS;
}

bool arch_entry_is_block(u64 entry)
{
	return (entry & (ENTRY_P | ENTRY_PS)) == (ENTRY_P | ENTRY_PS);
}

u64 arch_entry_target(u64 entry)
{
	return entry & ENTRY_ADDRESS;
}

/* All that there is, once more at an address that the first entry of the root does not reach. */
static void repeat_at(u64 address)
{
	volatile u64 *root = (volatile u64 *)(u64)pages_root();

	root[address >> 39] = root[0];
}

void arch_map_devices(void)
{
	pages_map(APIC_BASE, PAGES_SIZE, PAGES_DEVICE);
	if (guest_plan.gate) {
		pages_map(guest_plan.gate, PAGES_SIZE, PAGES_TEXT);
		repeat_at(GUEST_GATE_OFFSET);
	}
}

void mmu_enable(void)
{
	arch_flush();
}

/* No entry is global: MOV to CR3 is enough, SDM 4.10.4.1. */
void arch_flush(void)
{
	__asm__ volatile("movq %0, %%cr3" : : "r"(pages_root()) : "memory");
}
