/*
 * The hypervisor's own tables: one boot map, and a run map for each CPU. The run maps share all
 * but their roots and the tables of PLAN_PRIVATE_VA, except where a guest with pins runs: there the
 * hypervisor emulates an ITS, and has a map of its own for that. A step of layout_make.
 */
#include "core/bits.h"
#include "tools/planc/layout.h"

static const struct tables_attributes text = {TABLES_WRITE_BACK, TABLES_R | TABLES_X};
static const struct tables_attributes read_only = {TABLES_WRITE_BACK, TABLES_R};
static const struct tables_attributes data = {TABLES_WRITE_BACK, TABLES_R | TABLES_W};
static const struct tables_attributes registers = {TABLES_DEVICE, TABLES_R | TABLES_W};

static bool map(struct tables_space *space, u64 base, u64 size, struct tables_attributes attributes)
{
	return tables_map(space, base, base, size, attributes);
}

/* A RAM range, with INIT and TEXT, which follow each other, cut out where they lie in it. */
static bool map_boot_ram(const struct layout *layout, struct tables_space *space,
			 const struct plan_range *ram)
{
	const struct plan_range *part = layout->plan.part;
	u64 end = ram->base + ram->size;
	u64 code = part[PLAN_PART_INIT].base;
	u64 code_end = part[PLAN_PART_TEXT].base + part[PLAN_PART_TEXT].size;

	if (code < ram->base || code >= end)
		return map(space, ram->base, ram->size, data);
	return map(space, ram->base, code - ram->base, data) &&
	       map(space, code, code_end - code, text) &&
	       map(space, code_end, end - code_end, data);
}

static bool create(struct layout *layout, struct tables_space *space, const char *name)
{
	space->name = name;
	space->format = layout->arch->stage1;
	space->pool = &layout->tables;
	space->reserved = NULL;
	return tables_create(space);
}

static bool boot_map(struct layout *layout)
{
	const struct model_board *board = &layout->model->board;

	if (!create(layout, &layout->boot, "boot map"))
		return false;
	layout->plan.stage1_boot = layout->boot.root;
	for (u32 i = 0; i < board->ram_count; i++)
		if (!map_boot_ram(layout, &layout->boot, &board->ram[i].range))
			return false;
	return layout->arch->boot(layout, &layout->boot);
}

static bool map_run_parts(const struct layout *layout, struct tables_space *space)
{
	static const struct {
		enum plan_part part;
		const struct tables_attributes *attributes;
	} parts[] = {
		{PLAN_PART_TEXT, &text},    {PLAN_PART_RODATA, &read_only},
		{PLAN_PART_MUTABLE, &data}, {PLAN_PART_DATA, &data},
		{PLAN_PART_BSS, &data},	    {PLAN_PART_COUNTERS, &data},
	};

	for (u32 i = 0; i < ARRAY_SIZE(parts); i++) {
		const struct plan_range *range = &layout->plan.part[parts[i].part];

		if (!map(space, range->base, range->size, *parts[i].attributes))
			return false;
	}
	return true;
}

static bool map_run_link(const struct layout *layout, const struct plan_link *link,
			 struct tables_space *space)
{
	u64 window = ALIGN_DOWN(link->window, PLAN_PAGE);

	if (link->transport == PLAN_TRANSPORT_LAZY &&
	    !map(space, window, PLAN_PAGE, layout->arch->window))
		return false;
	return map(space, link->driver_page, PLAN_PAGE, read_only) &&
	       map(space, link->device_page, PLAN_PAGE, read_only) &&
	       map(space, link->hyp_page, PLAN_PAGE, data);
}

/* What is the same on all CPUs. */
static bool common_map(const struct layout *layout, struct tables_space *space)
{
	if (!map_run_parts(layout, space))
		return false;
	for (u32 i = 0; i < layout->plan.link_count; i++)
		if (!map_run_link(layout, &layout->link[i], space))
			return false;
	return layout->arch->run(layout, space);
}

static bool map_private(struct layout *layout, struct tables_space *space, u32 index)
{
	u64 guard = PLAN_PAGE;

	layout->cpu[index].stage1 = space->root;
	return tables_map(space, PLAN_PRIVATE_VA + guard, layout->cpu[index].private_hpa + guard,
			  PLAN_PRIVATE_SIZE - guard, data);
}

/* What the emulation of a guest's ITS reads and writes. The pin page is uncached: left out. */
static bool map_its(const struct layout *layout, struct tables_space *space,
		    const struct plan_guest *guest)
{
	const struct plan_gic *gic = &layout->plan.gic;

	return map(space, guest->ram_base, guest->ram_size - PLAN_PAGE, read_only) &&
	       map(space, gic->gits, PLAN_PAGE, registers) &&
	       map(space, gic->its_queue, LAYOUT_GIC_TABLE, data) &&
	       map(space, guest->vlpi_config, LAYOUT_VLPI_SIZE, data);
}

/* Does the hypervisor read this guest's instructions, and so its page tables? */
static bool decodes(const struct layout *layout, u32 guest)
{
	for (u32 i = 0; i < layout->plan.link_count; i++)
		if (layout->link[i].driver == guest &&
		    layout->link[i].transport != PLAN_TRANSPORT_STATIC)
			return layout->arch->decodes;
	return false;
}

/* `common` is the space that holds only what all CPUs share; NULL: none yet. */
static bool run_map(struct layout *layout, u32 index, struct tables_space **common)
{
	const struct plan_guest *guest = &layout->guest[layout->cpu[index].guest];
	struct tables_space *space = &layout->run[index];

	if (guest->pin_count)
		return common_map(layout, space) && map_its(layout, space, guest);
	if (decodes(layout, layout->cpu[index].guest))
		return common_map(layout, space) &&
		       map(space, guest->ram_base, guest->ram_size, read_only);
	if (*common)
		return tables_share(space, *common);
	*common = space;
	return common_map(layout, space);
}

bool layout_stage1(struct layout *layout)
{
	static const char *const names[PLAN_CPU_MAX] = {
		"run map of CPU 0", "run map of CPU 1", "run map of CPU 2", "run map of CPU 3",
		"run map of CPU 4", "run map of CPU 5", "run map of CPU 6", "run map of CPU 7",
	};
	struct tables_space *run = layout->run;
	struct tables_space *common = NULL;

	if (!boot_map(layout))
		return false;
	for (u32 i = 0; i < layout->plan.cpu_count; i++) {
		if (!create(layout, &run[i], names[i]) || !run_map(layout, i, &common))
			return false;
	}
	for (u32 i = 0; i < layout->plan.cpu_count; i++)
		if (!map_private(layout, &run[i], i))
			return false;
	return true;
}
