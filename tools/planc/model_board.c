/*
 * Reads /board: RAM, CPUs, interrupt controller, devices, facts of registers. Part of model_read.
 */
#include <libfdt.h>
#include <string.h>

#include "tools/planc/model_read.h"
#include "tools/planc/tree.h"

static u32 read_doorbells(const void *fdt, int node)
{
	u32 count = tree_string_count(fdt, node, "doorbells");
	u32 set = 0;

	if (!tree_has(fdt, node, "doorbells"))
		return MODEL_BIT_OF(PLAN_DOORBELL_MONITOR) | MODEL_BIT_OF(PLAN_DOORBELL_INJECT);
	for (u32 i = 0; i < count; i++) {
		const char *name = tree_string_at(fdt, node, "doorbells", i);

		for (u32 kind = PLAN_DOORBELL_MSI; kind <= PLAN_DOORBELL_INJECT; kind++)
			if (name && !strcmp(name, model_doorbell_name(kind)))
				set |= MODEL_BIT_OF(kind);
	}
	return set;
}

static void read_range(const void *fdt, int node, const char *property, struct plan_range *range)
{
	tree_range(fdt, node, property, &range->base, &range->size);
}

/* Pairs of a table's type and the bytes of its entries. */
static void read_its_tables(struct model_gic *gic, const void *fdt, int node)
{
	u32 cells = tree_cell_count(fdt, node, "its-tables");

	gic->has_its_tables = tree_has(fdt, node, "its-tables");
	for (u32 i = 0; i + 1 < cells; i += 2) {
		u32 type = tree_cell_at(fdt, node, "its-tables", i);

		if (type < MODEL_ITS_TYPES)
			gic->its_table_entry[type] = tree_cell_at(fdt, node, "its-tables", i + 1);
	}
}

static void read_gic(struct model_gic *gic, const void *fdt, int node)
{
	gic->node = node;
	gic->v4 = !strcmp(tree_string(fdt, node, "version", ""), "v4.0");
	read_range(fdt, node, "distributor", &gic->distributor);
	read_range(fdt, node, "redistributors", &gic->redistributors);
	read_range(fdt, node, "its", &gic->its);
	gic->has_msi_device = tree_has(fdt, node, "msi-device");
	gic->msi_device = tree_cell(fdt, node, "msi-device", 0);
	gic->msi_device_source = tree_string(fdt, node, "msi-device-source", NULL);
	gic->event_bits = tree_cell(fdt, node, "event-bits", 0);
	gic->id_bits = tree_cell(fdt, node, "id-bits", 0);
	gic->list_registers = tree_cell(fdt, node, "list-registers", 0);
	gic->maintenance_interrupt = tree_cell(fdt, node, "maintenance-interrupt", 0);
	gic->its_event_bits = tree_cell(fdt, node, "its-event-bits", 0);
	gic->its_device_bits = tree_cell(fdt, node, "its-device-bits", 0);
	read_its_tables(gic, fdt, node);
}

static void read_timer(struct model_machine *machine, const void *fdt, int node)
{
	machine->timer_node = node;
	machine->virtual_timer = tree_cell(fdt, node, "virtual-interrupt", 0);
	machine->frequency = tree_cell(fdt, node, "frequency", 0);
}

static void read_features(struct model_machine *machine, const void *fdt, int node)
{
	machine->features_node = node;
	machine->address_bits = tree_cell(fdt, node, "address-bits", 0);
	machine->cache_line = tree_cell(fdt, node, "cache-line", 0);
}

static void read_cpu(struct model_cpu *cpu, const void *fdt, int node)
{
	cpu->node = node;
	cpu->mpidr = tree_u64(fdt, node, "mpidr", tree_cell(fdt, node, "apic-id", 0));
	cpu->sibling = tree_cell(fdt, node, "sibling", PLAN_NONE);
	cpu->guest = PLAN_NONE;
}

static void read_device(struct model_device *device, const void *fdt, int node)
{
	device->node = node;
	device->name = tree_name(fdt, node);
	device->type = tree_string(fdt, node, "type", "");
	read_range(fdt, node, "reg", &device->range);
	device->ports.base = tree_cell_at(fdt, node, "ports", 0);
	device->ports.size = tree_cell_at(fdt, node, "ports", 1);
	device->dma = tree_has(fdt, node, "dma");
	device->interrupt_count = tree_cell_count(fdt, node, "interrupts");
	for (u32 i = 0; i < device->interrupt_count && i < MODEL_INTERRUPT_MAX; i++)
		device->interrupt[i] = tree_cell_at(fdt, node, "interrupts", i);
	device->guest = PLAN_NONE;
}

static u32 find_uart(const struct model_board *board)
{
	for (u32 i = 0; i < board->device_count; i++)
		if (model_is_uart(&board->device[i]))
			return i;
	return PLAN_NONE;
}

static void read_children(struct model_board *board, const void *fdt)
{
	int node;

	fdt_for_each_subnode (node, fdt, board->node) {
		const char *name = tree_name(fdt, node);

		if (!strncmp(name, "ram@", 4)) {
			board->ram[board->ram_count].node = node;
			read_range(fdt, node, "reg", &board->ram[board->ram_count++].range);
		} else if (!strncmp(name, "cpu@", 4)) {
			read_cpu(&board->cpu[board->cpu_count++], fdt, node);
		} else if (!strcmp(name, "gic")) {
			read_gic(&board->gic, fdt, node);
		} else if (!strcmp(name, "apic")) {
			board->apic_node = node;
			read_range(fdt, node, "reg", &board->apic);
		} else if (!strcmp(name, "timer")) {
			read_timer(&board->machine, fdt, node);
		} else if (!strcmp(name, "features")) {
			read_features(&board->machine, fdt, node);
		} else {
			read_device(&board->device[board->device_count++], fdt, node);
		}
	}
}

void model_read_board(struct model *model)
{
	struct model_board *board = &model->board;
	const void *fdt = model->source->fdt;
	int root = tree_node(fdt, "/board");
	u32 children = tree_child_count(fdt, root);

	board->node = root;
	board->gic.node = -1;
	board->apic_node = -1;
	board->arch = tree_string(fdt, root, "arch", "");
	board->emulator = tree_string(fdt, root, "emulator", NULL);
	board->emulator_cpu = tree_string(fdt, root, "emulator-cpu", NULL);
	board->doorbells = read_doorbells(fdt, root);
	board->power_port = tree_cell(fdt, root, "power-off-port", 0);
	board->ram = model_array(children, sizeof(*board->ram));
	board->cpu = model_array(children, sizeof(*board->cpu));
	board->device = model_array(children, sizeof(*board->device));
	if (root >= 0)
		read_children(board, fdt);
	board->uart = find_uart(board);
}
