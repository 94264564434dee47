/*
 * Stage 1 of a guest: an identity map, built once by vCPU 0 with the MMU off. What is not named here
 * is not mapped. DDI 0487, chapter D8: 4 KiB granule, 39-bit addresses, start at level 1.
 *
 * While the MMU is off all data accesses are Device memory: stores here are volatile u64, so that
 * the compiler makes neither vectors nor calls of them.
 */
#include "guests/lib/arm64/cpu.h"
#include "guests/lib/guest.h"

#define PAGE 4096u
#define BLOCK 0x200000u
#define TABLES 32u
#define ENTRIES 512u

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

extern u8 guest_text_end[], guest_rodata_end[], guest_heap_start[];
extern u8 guest_stacks[], guest_emergency_stack[];

static u64 tables[TABLES][ENTRIES] __attribute__((aligned(4096)));
static u32 tables_used = 1; /* the first is the root */

_Noreturn static void give_up(void)
{
	HYPERCALL(ABI_CALL_DONE, 1);
	psci(PSCI_SYSTEM_OFF);
	for (;;)
		wfi();
}

static volatile u64 *next_level(volatile u64 *entry)
{
	if (!*entry) {
		if (tables_used == TABLES)
			give_up();
		*entry = (u64)tables[tables_used++] | DESC_TABLE;
	}
	return (volatile u64 *)(*entry & DESC_ADDRESS);
}

static u64 index_at(u64 address, u32 level)
{
	return (address >> (39 - 9 * level)) % ENTRIES;
}

/* A block that another mapping needs a page of becomes pages. */
static void split(volatile u64 *entry)
{
	u64 block = *entry;
	volatile u64 *level3;

	if (!block || (block & 3) != DESC_BLOCK)
		return;
	*entry = 0;
	level3 = next_level(entry);
	for (u32 i = 0; i < ENTRIES; i++)
		level3[i] = (block | DESC_PAGE) + (u64)i * PAGE;
}

static void map(u64 base, u64 size, u64 attributes)
{
	u64 end = ALIGN_UP(base + size, PAGE);
	u64 step;

	for (u64 at = ALIGN_DOWN(base, PAGE); at < end; at += step) {
		volatile u64 *level2 = next_level(&tables[0][index_at(at, 1)]);
		volatile u64 *entry = &level2[index_at(at, 2)];

		u64 block = at | attributes | DESC_BLOCK;

		step = BLOCK;
		/* Links of one driver side may share their region, so it may be there already. */
		if (at % BLOCK == 0 && end - at >= BLOCK && (!*entry || *entry == block)) {
			*entry = block;
			continue;
		}
		step = PAGE;
		split(entry);
		next_level(entry)[index_at(at, 3)] = at | attributes | DESC_PAGE;
	}
}

static void unmap_page(u64 address)
{
	volatile u64 *level2 = next_level(&tables[0][index_at(address, 1)]);

	next_level(&level2[index_at(address, 2)])[index_at(address, 3)] = 0;
}

/* The image's sections start and end at page boundaries; the first block is made of pages. */
static void map_ram(void)
{
	u64 text = guest_plan.ram_base;
	u64 rodata = (u64)guest_text_end;
	u64 data = (u64)guest_rodata_end;
	u64 end = text + guest_plan.ram_size;

	map(text, rodata - text, TEXT);
	map(rodata, data - rodata, RODATA);
	map(data, end - data, DATA);
	for (u32 i = 0; i < CPU_MAX; i++)
		unmap_page((u64)guest_stacks + i * CPU_STACK_SIZE);
	unmap_page((u64)guest_emergency_stack);
}

static void map_word(const struct guest_doorbell *doorbell)
{
	if (doorbell->word)
		map(ALIGN_DOWN(doorbell->word, PAGE), PAGE, DATA);
}

static void map_link(const struct guest_link *link)
{
	bool driver = link->side == GUEST_DRIVER_SIDE;
	u64 window = ALIGN_DOWN(link->window, PAGE);

	map(link->driver_page, PAGE, driver ? DATA : RODATA);
	map(link->device_page, PAGE, driver ? RODATA : DATA);
	map(link->hyp_page, PAGE, RODATA);
	map(link->region, link->region_size, DATA);
	if (driver)
		map(window, (u64)2 * PAGE, WINDOW);
	for (u32 i = 0; i < link->queue_count; i++) {
		map_word(&link->queue[i].to_device);
		map_word(&link->queue[i].to_driver);
	}
}

void mmu_build(void)
{
	map_ram();
	for (u32 i = 0; i < guest_plan.link_count; i++)
		map_link(&guest_plan.links[i]);
	if (guest_plan.doorbell_frame)
		map(guest_plan.doorbell_frame, PAGE, DEVICE);
	if (guest_plan.uart)
		map(guest_plan.uart, PAGE, DEVICE);
	if (guest_plan.counters)
		map(guest_plan.counters, ABI_COUNTERS_SIZE, RODATA);
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
	if (this_cpu()->index == 0)
		forget_stale_lines();
	WRITE_REG(mair_el1, MAIR);
	WRITE_REG(tcr_el1, TCR);
	WRITE_REG(ttbr0_el1, tables);
	__asm__ volatile("dsb sy\n\ttlbi vmalle1\n\tic iallu\n\tdsb sy\n\tisb" : : : "memory");
	WRITE_REG(sctlr_el1, SCTLR);
	isb();
}

static void flush_translations(void)
{
	__asm__ volatile("dsb ishst\n\ttlbi vmalle1\n\tdsb nsh\n\tisb" : : : "memory");
}

/* Break before make, DDI 0487 D8.14; what runs here must not lie in those pages. */
void guest_map(u64 base, u64 size, enum guest_memory kind)
{
	static const u64 attributes[] = {
		[GUEST_MEMORY_DATA] = DATA,
		[GUEST_MEMORY_CODE] = TEXT,
		[GUEST_MEMORY_DEVICE] = DEVICE,
	};

	for (u64 at = ALIGN_DOWN(base, PAGE); at < base + size; at += PAGE) {
		split(&next_level(&tables[0][index_at(at, 1)])[index_at(at, 2)]);
		unmap_page(at);
	}
	flush_translations();
	map(base, size, attributes[kind]);
	flush_translations();
}
