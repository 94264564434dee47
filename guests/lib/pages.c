/*
 * The map of a guest: see pages.h.
 */
#include "guests/lib/pages.h"

#include "guests/lib/arch.h"
#include "guests/lib/guest.h"

#define BLOCK 0x200000u
#define TABLES 32u
#define ENTRIES 512u
#define LEVEL_BLOCK 2u

extern u8 guest_text_end[], guest_rodata_end[];
extern u8 guest_stacks[], guest_emergency_stack[];

static u64 tables[TABLES][ENTRIES] __attribute__((aligned(4096)));
static u32 tables_used = 1; /* the first is the root */

const u64 *pages_root(void)
{
	return tables[0];
}

static volatile u64 *next_level(volatile u64 *entry)
{
	if (!*entry) {
		if (tables_used == TABLES) {
			guest_done(1);
			guest_off();
		}
		*entry = arch_entry_table((u64)tables[tables_used++]);
	}
	return (volatile u64 *)arch_entry_target(*entry);
}

static u64 index_at(u64 address, u32 level)
{
	return (address >> (39 - 9 * level)) % ENTRIES;
}

/* Where a block is, or the table of pages that may be there instead. */
static volatile u64 *block_entry(u64 address)
{
	volatile u64 *table = tables[0];

	for (u32 level = arch_first_level(); level < LEVEL_BLOCK; level++)
		table = next_level(&table[index_at(address, level)]);
	return &table[index_at(address, LEVEL_BLOCK)];
}

/* A block that another mapping needs a page of becomes pages. */
static void split(volatile u64 *entry)
{
	u64 block = *entry;
	volatile u64 *pages;

	if (!arch_entry_is_block(block))
		return;
	*entry = 0;
	pages = next_level(entry);
	for (u32 i = 0; i < ENTRIES; i++)
		pages[i] = arch_entry_split(block) + (u64)i * PAGES_SIZE;
}

static volatile u64 *page_entry(u64 address)
{
	volatile u64 *entry = block_entry(address);

	split(entry);
	return &next_level(entry)[index_at(address, LEVEL_BLOCK + 1)];
}

void pages_map(u64 base, u64 size, enum pages_kind kind)
{
	u64 end = ALIGN_UP(base + size, PAGES_SIZE);
	u64 step;

	for (u64 at = ALIGN_DOWN(base, PAGES_SIZE); at < end; at += step) {
		volatile u64 *entry = block_entry(at);
		u64 block = arch_entry_block(at, kind);

		step = BLOCK;
		/* Links of one driver side may share their region, so it may be there already. */
		if (at % BLOCK == 0 && end - at >= BLOCK && (!*entry || *entry == block)) {
			*entry = block;
			continue;
		}
		step = PAGES_SIZE;
		*page_entry(at) = arch_entry_page(at, kind);
	}
}

/* The image's sections start and end at page boundaries; the first block is made of pages. */
static void map_ram(void)
{
	u64 text = guest_plan.ram_base;
	u64 rodata = (u64)guest_text_end;
	u64 data = (u64)guest_rodata_end;
	u64 end = text + guest_plan.ram_size;

	pages_map(text, rodata - text, PAGES_TEXT);
	pages_map(rodata, data - rodata, PAGES_RODATA);
	pages_map(data, end - data, PAGES_DATA);
	for (u32 i = 0; i < CPU_MAX; i++)
		*page_entry((u64)guest_stacks + i * CPU_STACK_SIZE) = 0;
	*page_entry((u64)guest_emergency_stack) = 0;
}

static void map_word(const struct guest_doorbell *doorbell)
{
	if (doorbell->word)
		pages_map(ALIGN_DOWN(doorbell->word, PAGES_SIZE), PAGES_SIZE, PAGES_DATA);
}

static void map_link(const struct guest_link *link)
{
	bool driver = link->side == GUEST_DRIVER_SIDE;
	u64 window = ALIGN_DOWN(link->window, PAGES_SIZE);

	pages_map(link->driver_page, PAGES_SIZE, driver ? PAGES_DATA : PAGES_RODATA);
	pages_map(link->device_page, PAGES_SIZE, driver ? PAGES_RODATA : PAGES_DATA);
	pages_map(link->hyp_page, PAGES_SIZE, PAGES_RODATA);
	pages_map(link->region, link->region_size, PAGES_DATA);
	if (driver)
		pages_map(window, (u64)2 * PAGES_SIZE, PAGES_WINDOW);
	for (u32 i = 0; i < link->queue_count; i++) {
		map_word(&link->queue[i].to_device);
		map_word(&link->queue[i].to_driver);
	}
}

void pages_build(void)
{
	map_ram();
	for (u32 i = 0; i < guest_plan.link_count; i++)
		map_link(&guest_plan.links[i]);
	arch_map_devices();
	if (guest_plan.counters)
		pages_map(guest_plan.counters, ABI_COUNTERS_SIZE, PAGES_RODATA);
}

/* Break before make (DDI 0487 D8.14); what runs here must not lie in those pages. */
void guest_map(u64 base, u64 size, enum guest_memory kind)
{
	static const enum pages_kind kinds[] = {
		[GUEST_MEMORY_DATA] = PAGES_DATA,
		[GUEST_MEMORY_CODE] = PAGES_TEXT,
		[GUEST_MEMORY_DEVICE] = PAGES_DEVICE,
	};

	for (u64 at = ALIGN_DOWN(base, PAGES_SIZE); at < base + size; at += PAGES_SIZE)
		*page_entry(at) = 0;
	arch_flush();
	pages_map(base, size, kinds[kind]);
	arch_flush();
}
