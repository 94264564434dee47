/*
 * The layout of arm64: the GIC with its memory, and what the tables have of it; see layout_arch.h.
 */
#include "arch/arm64/pte.h"
#include "core/bits.h"
#include "tools/planc/layout.h"

static const struct tables_attributes registers = {TABLES_DEVICE, TABLES_R | TABLES_W};
static const struct tables_attributes doorbell = {TABLES_DEVICE, TABLES_W};

static bool map(struct tables_space *space, u64 base, u64 size, struct tables_attributes attributes)
{
	return tables_map(space, base, base, size, attributes);
}

/* Pins say which event, and the guest which interrupt. */
static u32 interrupt_of(struct layout *layout, u32 number)
{
	const struct plan_route *route = &layout->route[number];
	struct plan_guest *guest = &layout->guest[route->receiver];

	if (!layout_is_linux(layout, route->receiver))
		return ABI_INTID_BASE + number;
	if (route->kind == PLAN_DOORBELL_INJECT)
		return LAYOUT_SHARED_FIRST + layout->shared_count[route->receiver]++;
	if (route->kind == PLAN_DOORBELL_MSI)
		guest->pin[guest->pin_count++] = number;
	return 0;
}

static bool any_msi(const struct layout *layout)
{
	for (u32 i = 0; i < layout->plan.route_count; i++)
		if (layout->route[i].kind == PLAN_DOORBELL_MSI)
			return true;
	return false;
}

/* device, collection, vPE tables and queue; pending tables of each CPU; LPI table and ITT. */
static u64 gic_bytes(const struct layout *layout)
{
	if (!any_msi(layout))
		return 0;
	return LAYOUT_GIC_TABLE * (4 + 2 * (u64)layout->plan.cpu_count) + sizeof(layout->vlpi) +
	       WANT_ITT_BYTES;
}

static void size_parts(struct layout *layout)
{
	struct plan_range *part = layout->plan.part;

	layout->vlpi_tables = 1;
	for (u32 i = 0; i < layout->plan.guest_count; i++)
		layout->vlpi_tables += layout->guest[i].pin_count != 0;
	part[PLAN_PART_VLPI].size = (u64)layout->vlpi_tables * LAYOUT_VLPI_SIZE;
	part[PLAN_PART_GIC].size = gic_bytes(layout);
}

static u32 min_u32(u32 a, u32 b)
{
	return a < b ? a : b;
}

static void fill_gic(struct layout *layout)
{
	const struct model_gic *from = &layout->model->board.gic;
	const struct plan_range *part = &layout->plan.part[PLAN_PART_GIC];
	struct plan_gic *gic = &layout->plan.gic;
	u64 at = part->base;

	gic->gicd = from->distributor.base;
	gic->gits = from->its.base;
	gic->gicr = from->redistributors.base;
	gic->vlpi_config = layout->plan.part[PLAN_PART_VLPI].base;
	gic->id_bits = LAYOUT_ID_BITS;
	gic->present = part->size != 0;
	if (!gic->present)
		return;
	gic->its_device_table = at;
	gic->its_collection_table = at += LAYOUT_GIC_TABLE;
	gic->its_vpe_table = at += LAYOUT_GIC_TABLE;
	gic->its_queue = at += LAYOUT_GIC_TABLE;
	at += LAYOUT_GIC_TABLE;
	for (u32 i = 0; i < layout->plan.cpu_count; i++) {
		layout->cpu[i].lpi_pending = at;
		layout->cpu[i].vlpi_pending = at + LAYOUT_GIC_TABLE;
		at += 2 * LAYOUT_GIC_TABLE;
	}
	gic->lpi_config = at;
	gic->itt = at + sizeof(layout->vlpi);
	gic->msi_device = from->msi_device;
	gic->event_bits = min_u32(from->event_bits, LAYOUT_EVENT_BITS);
	gic->vpe_count = layout->plan.cpu_count;
}

/* Each guest with pins has a table of its own, behind the shared one; its owner writes there. */
static void fill_vlpi_config(struct layout *layout)
{
	u64 table = layout->plan.gic.vlpi_config;

	for (u32 i = 0; i < layout->plan.guest_count; i++) {
		struct plan_guest *guest = &layout->guest[i];

		guest->vlpi_config = layout->plan.gic.present ? layout->plan.gic.vlpi_config : 0;
		if (guest->pin_count)
			guest->vlpi_config = table += LAYOUT_VLPI_SIZE;
	}
}

/* Affinity as ICC_SGI1R_EL1 takes it; INTID 0 (IHI 0069 section 12.2.37). */
static u64 sgi1r_of(u64 mpidr)
{
	u64 aff0 = GET(BITS(7, 0), mpidr);

	return PUT(BITS(55, 48), GET(BITS(39, 32), mpidr)) | PUT(BITS(47, 44), aff0 / 16) |
	       PUT(BITS(39, 32), GET(BITS(23, 16), mpidr)) |
	       PUT(BITS(23, 16), GET(BITS(15, 8), mpidr)) | BIT(aff0 % 16);
}

static void fill_records(struct layout *layout)
{
	const struct plan_range *stride = &layout->model->board.gic.redistributors;

	fill_gic(layout);
	fill_vlpi_config(layout);
	for (u32 i = 0; i < layout->plan.cpu_count; i++) {
		struct plan_cpu *cpu = &layout->cpu[i];

		cpu->gicr = stride->base + layout->board_cpu[i] * stride->size;
		cpu->sgi1r = sgi1r_of(cpu->mpidr);
	}
}

static void fill_devices(struct layout *layout)
{
	layout_its(layout);
	layout_registers(layout);
}

static bool make_pages(struct layout *layout)
{
	(void)layout;
	return true;
}

static bool map_uart(const struct layout *layout, struct tables_space *space)
{
	const struct model_board *board = &layout->model->board;
	const struct plan_range *range;

	if (board->uart == PLAN_NONE)
		return true;
	range = &board->device[board->uart].range;
	return map(space, range->base, range->size, registers);
}

/*
 * Boot fills these entries of its own map, so they must lie in memory that this map shows writable:
 * PLAN_PART_TABLES, as all tables of stage 1.
 */
_Static_assert(PLAN_TREE_BLOCK == (u64)TABLES_PAGE * TABLES_ENTRIES, "a block of level 2");

static bool make_tree_window(struct layout *layout, struct tables_space *space)
{
	layout->plan.tree_entries = tables_window(space, PLAN_TREE_VA, PLAN_TREE_BLOCKS);
	return layout->plan.tree_entries != 0;
}

static bool map_boot(struct layout *layout, struct tables_space *space)
{
	const struct model_gic *gic = &layout->model->board.gic;
	bool good = map(space, gic->distributor.base, gic->distributor.size, registers);

	if (layout->plan.gic.present)
		good &= map(space, gic->its.base, gic->its.size, registers);
	for (u32 i = 0; i < layout->plan.cpu_count; i++)
		good &= map(space, layout->cpu[i].gicr, gic->redistributors.size, registers);
	return good && map_uart(layout, space) && make_tree_window(layout, space);
}

/* GITS_TRANSLATER alone: how the hypervisor rings a side when a link comes up or goes down. */
static bool map_run(const struct layout *layout, struct tables_space *space)
{
	if (layout->plan.gic.present &&
	    !map(space, layout_doorbell_frame(layout), PLAN_PAGE, registers))
		return false;
	return map_uart(layout, space);
}

static bool map_guest(struct layout *layout, struct tables_space *space, u32 guest)
{
	return !layout_sends(layout, guest, PLAN_DOORBELL_MSI) ||
	       map(space, layout_doorbell_frame(layout), PLAN_PAGE, doorbell);
}

const struct layout_arch layout_arm64 = {
	.name = "arm64",
	.stage1 = &pte_arm64_stage1,
	.stage2 = &pte_arm64_stage2,
	.window = {TABLES_NON_CACHEABLE, TABLES_R | TABLES_W},
	.word = {TABLES_WRITE_BACK, TABLES_W},
	.decodes = false,
	.stages = true,
	.trees = true,
	.interrupt = interrupt_of,
	.sizes = size_parts,
	.records = fill_records,
	.devices = fill_devices,
	.pages = make_pages,
	.boot = map_boot,
	.run = map_run,
	.guest = map_guest,
};
