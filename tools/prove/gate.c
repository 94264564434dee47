/*
 * Gate views: the second EPT of a guest that rings by msi. A guest switches to it from any page of
 * its own, at any instruction, in any state, so nothing of its own may exist there: neither memory
 * nor page tables. Whatever CR3 it has, the page tables are the hypervisor's, which know four
 * kinds of pages, and one of them only can be executed. See prove.h.
 */
#include <string.h>

#include "core/bits.h"
#include "tools/prove/finding.h"
#include "tools/prove/vmx.h"

#define ENTRIES 512u
#define LOW_GIB 4u /* compatibility mode has linear addresses of 32 bits */

#define READ RIGHT_READ
#define READ_WRITE (RIGHT_READ | RIGHT_WRITE)
#define READ_EXECUTE (RIGHT_READ | RIGHT_EXECUTE)

/*
 * SDM volume 3, 4.5.4. Accessed and dirty are set: the tables cannot be written in the gate view, so
 * setting them would exit. The gate page's entry has no NX, which would be reserved with EFER.NXE
 * clear, and is read-only.
 */
#define ENTRY_ADDRESS BITS(51, 12)
#define ENTRY_TABLE 0x23u /* present, writable, accessed */
#define ENTRY_GATE 0x21u  /* present, accessed */
#define ENTRY_DATA 0x63u  /* present, writable, accessed, dirty */

static const char *const level_names[] = {"PML4", "PDPT", "PD", "PT"};

/* The guest physical page that all entries of a table lead to, 0: none or several. */
static u64 common_target(const u8 *table)
{
	u64 target = 0;

	for (u32 i = 0; i < ENTRIES; i++) {
		u64 address = vmx_word(table, i) & ENTRY_ADDRESS;

		if (vmx_word(table, i) == 0)
			continue;
		if (target && address != target)
			return 0;
		target = address;
	}
	return target;
}

static bool any_entry(const u8 *table, u32 count)
{
	for (u32 i = 0; i < count; i++)
		if (vmx_word(table, i))
			return true;
	return false;
}

/* From what RAM maps to, down to the page table. */
static void find_tables(const struct prove *p, u32 g, struct gate_view *view)
{
	const struct span *span = map_find(&p->gate[g], p->guest[g].ram_base);
	bool low = true;

	for (u32 i = 0; span && i < ARRAY_SIZE(view->own); i++) {
		u64 at = i ? view->table[i] : p->guest[g].ram_base;
		const u8 *bytes = vmx_page(p, span->pa + (at - span->va));

		if (!bytes)
			return;
		view->own[i] = span->pa + (at - span->va);
		low &= any_entry(bytes, i == 0 ? 1 : i == 1 ? LOW_GIB : ENTRIES);
		if (i + 1 == ARRAY_SIZE(view->own))
			break;
		view->table[i + 1] = common_target(bytes);
		span = map_find(&p->gate[g], view->table[i + 1]);
	}
	view->low = low;
}

static u64 find_page(const struct prove *p, u32 g, u64 pa)
{
	const struct map *map = &p->gate[g];

	for (size_t i = 0; i < map->count; i++)
		if (pa >= map->span[i].pa && pa - map->span[i].pa < map->span[i].size)
			return map->span[i].va + (pa - map->span[i].pa);
	return 0;
}

struct gate_view gate_find(const struct prove *p, u32 g)
{
	struct gate_view view = {.index = ENTRIES};

	if (!p->gate_root[g])
		return view;
	view.page = p->vmx_guest[g].gate;
	view.apic = find_page(p, g, p->deployment.apic.range.base);
	for (u32 i = 0; i < p->plan.cpu_count; i++)
		view.posted[i] = find_page(p, g, vmx_posted(p, i));
	find_tables(p, g, &view);
	for (u32 i = 0; view.own[3] && i < ENTRIES; i++)
		if ((vmx_word(vmx_page(p, view.own[3]), i) & ENTRY_ADDRESS) == view.page)
			view.index = i;
	return view;
}

/* The view as it must be: the deployment says what is in it, the image where. */
static void want(const struct prove *p, u32 g, const struct gate_view *view, struct map *map)
{
	map_put(map, (struct span){view->page, p->vmx_guest[g].gate, PLAN_PAGE, READ_EXECUTE,
				   MEMORY_NORMAL});
	for (u32 i = 0; i < p->plan.cpu_count; i++)
		if (vmx_rings(p, g, i))
			map_put(map, (struct span){view->posted[i], vmx_posted(p, i), PLAN_PAGE,
						   READ_WRITE, MEMORY_NORMAL});
	map_put(map, (struct span){view->apic, p->deployment.apic.range.base, PLAN_PAGE, READ_WRITE,
				   MEMORY_DEVICE});
	for (u32 i = 1; i < ARRAY_SIZE(view->own); i++)
		map_put(map, (struct span){view->table[i], view->own[i], PLAN_PAGE, READ,
					   MEMORY_NORMAL});
}

static bool in_ram(const struct prove *p, u32 g, u64 va)
{
	return va >= p->guest[g].ram_base && va - p->guest[g].ram_base < p->guest[g].ram_size;
}

/* Each page of RAM is the PML4; what is beside RAM goes into `others`. */
static void check_ram(const struct prove *p, u32 g, const struct gate_view *view, const char *where,
		      struct map *others)
{
	u64 pages = 0;

	for (size_t i = 0; i < p->gate[g].count; i++) {
		const struct span *span = &p->gate[g].span[i];

		if (!in_ram(p, g, span->va)) {
			map_put(others, *span);
			continue;
		}
		pages++;
		if (span->pa != view->own[0] || span->size != PLAN_PAGE || span->rights != READ ||
		    span->memory != MEMORY_NORMAL)
			finding("gate", where, "0x%llx is 0x%llx %s, should be the PML4",
				(unsigned long long)span->va, (unsigned long long)span->pa,
				map_rights(span->rights));
	}
	check_value("gate", text("%s: pages at RAM's addresses", where), pages,
		    p->guest[g].ram_size / PLAN_PAGE);
}

static void check_entries(const struct prove *p, u32 level, const struct gate_view *view,
			  const char *where)
{
	const u8 *table = vmx_page(p, view->own[level]);

	for (u32 i = 0; i < ENTRIES; i++) {
		u64 entry = vmx_word(table, i);

		if (entry && entry != (view->table[level + 1] | ENTRY_TABLE))
			finding("gate", where, "%s entry %u is 0x%llx, neither 0 nor the %s",
				level_names[level], i, (unsigned long long)entry,
				level_names[level + 1]);
	}
}

/* Kind of page that a PT's entry leads to, with the attributes that it must have. */
static bool is_leaf(const struct prove *p, u32 g, const struct gate_view *view, u64 entry)
{
	if (entry == (view->page | ENTRY_GATE) ||
	    (view->apic && entry == (view->apic | ENTRY_DATA)))
		return true;
	for (u32 i = 0; i < p->plan.cpu_count; i++)
		if (vmx_rings(p, g, i) && entry == (view->posted[i] | ENTRY_DATA))
			return true;
	return false;
}

static void check_leaves(const struct prove *p, u32 g, const struct gate_view *view,
			 const char *where)
{
	const u8 *table = vmx_page(p, view->own[3]);
	u32 gates = 0;

	for (u32 i = 0; i < ENTRIES; i++) {
		u64 entry = vmx_word(table, i);

		gates += (entry & ENTRY_ADDRESS) == view->page;
		if (entry && !is_leaf(p, g, view, entry))
			finding("gate", where,
				"PT entry %u is 0x%llx: neither gate page, descriptor nor APIC", i,
				(unsigned long long)entry);
		for (u32 j = 0; entry && j < i; j++)
			if (vmx_word(table, j) == entry)
				finding("gate", where, "PT entries %u and %u are the same page", j,
					i);
	}
	/* Two of them would have different neighbours at the same distance. */
	check_value("gate", text("%s: addresses of the gate page in 2 MiB", where), gates, 1);
}

/*
 * A CR3 that does not point to RAM, but to another page of the view: right after the switch that CR3
 * must have fetched an instruction in the main view, where none of these pages is.
 */
static void check_apart(const struct prove *p, u32 g, const struct gate_view *view,
			const char *where)
{
	for (size_t i = 0; i < p->gate[g].count; i++) {
		const struct span *span = &p->gate[g].span[i];

		for (u64 va = span->va; va < span->va + span->size; va += PLAN_PAGE) {
			if (in_ram(p, g, va) || va == view->page)
				continue;
			for (u32 state = 0; state < VIEW_COUNT; state++)
				if (map_find(&p->stage2[g][state], va))
					finding("gate", where,
						"0x%llx is another page in the main view",
						(unsigned long long)va);
		}
	}
}

static void check_view(const struct prove *p, u32 g)
{
	const char *where = text("gate view of %s", p->guest[g].name);
	struct gate_view view = gate_find(p, g);
	struct map others = {0};
	struct map map = {0};

	if (!view.own[3] || !vmx_page(p, view.own[3]) || !view.page || !view.apic) {
		finding("gate", where, "no gate page, no APIC, or no tables of the hypervisor");
		return;
	}
	want(p, g, &view, &map);
	check_ram(p, g, &view, where, &others);
	map_compare("gate", where, &others, &map);
	map_clear(&others);
	map_clear(&map);
	for (u32 level = 0; level < 3; level++)
		check_entries(p, level, &view, where);
	check_leaves(p, g, &view, where);
	check_apart(p, g, &view, where);
	gate_page_check(p, g, &view);
}

void gates_check(const struct prove *p)
{
	for (u32 g = 0; g < p->plan.guest_count; g++) {
		if (!sends(p, g, PLAN_DOORBELL_MSI))
			continue;
		if (p->gate_root[g])
			check_view(p, g);
		else
			finding("gate", text("gate view of %s", p->guest[g].name), "there is none");
	}
}
