/*
 * Makes the plan from the model: calls the steps in their order, until the number of tables no
 * longer moves anything.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bits.h"
#include "tools/planc/diag.h"
#include "tools/planc/layout.h"

static const char *const part_names[] = {
	[PLAN_PART_INIT] = "INIT",	   [PLAN_PART_TEXT] = "TEXT",
	[PLAN_PART_RODATA] = "RODATA",	   [PLAN_PART_TABLES] = "TABLES",
	[PLAN_PART_MUTABLE] = "MUTABLE",   [PLAN_PART_VLPI] = "VLPI",
	[PLAN_PART_DATA] = "DATA",	   [PLAN_PART_PAYLOADS] = "PAYLOADS",
	[PLAN_PART_BSS] = "BSS",	   [PLAN_PART_PRIVATE] = "PRIVATE",
	[PLAN_PART_COUNTERS] = "COUNTERS", [PLAN_PART_GIC] = "GIC",
	[PLAN_PART_VMX] = "VMX",
};

_Static_assert(ARRAY_SIZE(part_names) == PLAN_PART_COUNT, "part_names");

const char *layout_part_name(u32 part)
{
	return part_names[part];
}

u64 layout_doorbell_frame(const struct layout *layout)
{
	return layout->plan.gic.gits ? layout->plan.gic.gits + 0x10000 : 0;
}

bool layout_sends_to(const struct layout *layout, u32 guest, u32 receiver, u32 kind)
{
	for (u32 i = 0; i < layout->plan.route_count; i++) {
		const struct plan_route *route = &layout->route[i];

		if (route->kind == kind && route->sender == guest && route->receiver == receiver)
			return true;
	}
	return false;
}

bool layout_sends(const struct layout *layout, u32 guest, u32 kind)
{
	for (u32 i = 0; i < layout->plan.guest_count; i++)
		if (layout_sends_to(layout, guest, i, kind))
			return true;
	return false;
}

bool layout_receives(const struct layout *layout, u32 guest, u32 kind)
{
	for (u32 i = 0; i < layout->plan.guest_count; i++)
		if (layout_sends_to(layout, i, guest, kind))
			return true;
	return false;
}

u64 layout_word(const struct layout *layout, const struct plan_route *route)
{
	if (route->kind != PLAN_DOORBELL_MONITOR)
		return 0;
	return layout->words[route->receiver].base +
	       (u64)layout->cpu[route->cpu].vcpu * LAYOUT_GRANULE;
}

bool layout_is_linux(const struct layout *layout, u32 guest)
{
	return layout->model->guest[guest].flags & PLAN_GUEST_LINUX;
}

u64 layout_pin_page(const struct plan_guest *guest)
{
	return guest->pin_count ? guest->ram_base + guest->ram_size - PLAN_PAGE : 0;
}

static void pool_init(struct tables_pool *pool)
{
	pool->table = calloc(LAYOUT_TABLE_MAX, sizeof(*pool->table));
	pool->info = calloc(LAYOUT_TABLE_MAX, sizeof(*pool->info));
	if (!pool->table || !pool->info) {
		fputs("planc: out of memory\n", stderr);
		exit(1);
	}
}

static void pool_reset(struct tables_pool *pool, const struct plan_range *part)
{
	pool->base = part->base;
	pool->count = 0;
	pool->full = false;
	pool->max = (u32)(part->size / PLAN_PAGE);
}

/* Makes room for more tables if that is what was missing. */
static bool grow(struct plan_range *part, const struct tables_pool *pool, u32 pages)
{
	if (!pool->full || pool->max + pages > LAYOUT_TABLE_MAX)
		return false;
	part->size += (u64)pages * PLAN_PAGE;
	return true;
}

bool layout_tables(struct layout *layout)
{
	pool_reset(&layout->tables, &layout->plan.part[PLAN_PART_TABLES]);
	pool_reset(&layout->changing, &layout->plan.part[PLAN_PART_MUTABLE]);
	return layout->arch->pages(layout) && layout_stage1(layout) && layout_stage2(layout);
}

/*
 * What a guest without a kernel restarts from moves when its size is known, and then may take more
 * tables than before: for each of its three blobs one at either end, and the level 2 tables of the
 * next GiB.
 */
static bool keeps_spare(struct layout *layout)
{
	u32 spare = 0;

	for (u32 i = 0; i < layout->plan.guest_count; i++)
		if (layout->model->guest[i].restart && !layout_is_linux(layout, i))
			spare += 2 * LAYOUT_ROLE_COUNT;
	layout->tables.full = layout->tables.count + spare > layout->tables.max;
	return !layout->tables.full;
}

/*
 * How many tables there are depends on the addresses, and these on how much room the tables
 * need. The room only grows, so this ends.
 */
static bool settle(struct layout *layout)
{
	struct plan_range *part = layout->plan.part;
	bool grown = true;

	while (grown) {
		if (!layout_place(layout))
			return false;
		layout_records(layout);
		if (!layout_aliases(layout))
			return false;
		if (layout_tables(layout) && keeps_spare(layout))
			return true;
		grown = grow(&part[PLAN_PART_TABLES], &layout->tables, 8);
		grown |= grow(&part[PLAN_PART_MUTABLE], &layout->changing, 1);
	}
	diag_error(
		layout->model->source, layout->model->board.node, NULL,
		"the translation tables do not fit into %u pages: pin addresses closer together, "
		"or give less RAM",
		LAYOUT_TABLE_MAX);
	return false;
}

static const struct layout_arch *arch_of(const struct model *model)
{
	static const struct layout_arch *const archs[] = {&layout_arm64, &layout_x86_64};

	for (u32 i = 0; i < ARRAY_SIZE(archs); i++)
		if (!strcmp(archs[i]->name, model->board.arch))
			return archs[i];
	return archs[0];
}

bool layout_make(struct layout *layout, const struct model *model)
{
	memset(layout, 0, sizeof(*layout));
	layout->model = model;
	layout->arch = arch_of(model);
	layout->plan.guest_count = model->guest_count;
	layout->plan.link_count = model->link_count;
	pool_init(&layout->tables);
	pool_init(&layout->changing);
	layout_routes(layout);
	layout_blobs(layout);
	if (!settle(layout) || !layout_staging(layout))
		return false;
	layout->arch->devices(layout);
	return true;
}
