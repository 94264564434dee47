/* Reads /board of the deployment: memory, CPUs, GIC, devices. See deploy.h. */
#include <libfdt.h>
#include <string.h>

#include "core/bits.h"
#include "tools/prove/deploy_parts.h"
#include "tools/prove/fdt.h"
#include "tools/prove/finding.h"

static struct deploy_range read_range(const void *blob, int node, const char *name)
{
	struct deploy_range range = {0, 0};
	u32 cells[4];

	if (fdt_cells(blob, node, name, cells, 4) == 4) {
		range.base = (u64)cells[0] << 32 | cells[1];
		range.size = (u64)cells[2] << 32 | cells[3];
	}
	return range;
}

static void read_ram(struct deployment *deployment, const void *blob, int node)
{
	struct deploy_range range = read_range(blob, node, "reg");

	if (deployment->ram_count == DEPLOY_RAM_MAX || range.size == 0 ||
	    (range.base | range.size) % PLAN_PAGE != 0) {
		finding("deployment", fdt_get_name(blob, node, NULL),
			"not whole pages, or more than %u memories", DEPLOY_RAM_MAX);
		return;
	}
	deployment->ram[deployment->ram_count++] = range;
}

static void read_cpu(struct deployment *deployment, const void *blob, int node)
{
	struct deploy_cpu *cpu = &deployment->cpu[deployment->cpu_count];

	if (deployment->cpu_count == DEPLOY_CPU_MAX) {
		finding("deployment", "/board", "more than %u CPUs", DEPLOY_CPU_MAX);
		return;
	}
	deployment->cpu_count++;
	cpu->mpidr = fdt_u64(blob, node, "mpidr", ~(u64)0);
	cpu->sibling = fdt_u32(blob, node, "sibling", PLAN_NONE);
}

static void read_gic(struct deployment *deployment, const void *blob, int node)
{
	struct deploy_gic *gic = &deployment->gic;
	const char *version = fdt_text(blob, node, "version");

	gic->distributor = read_range(blob, node, "distributor");
	gic->redistributors = read_range(blob, node, "redistributors");
	if (version && strcmp(version, "v4.0") == 0)
		gic->its = read_range(blob, node, "its");
	gic->msi_cited = fdt_text(blob, node, "msi-device-source") != NULL;
	gic->msi_device = fdt_u32(blob, node, "msi-device", PLAN_NONE);
	gic->event_bits = fdt_u32(blob, node, "event-bits", 0);
	deploy_read_gic_facts(gic, blob, node);
	if (gic->event_bits > 16)
		finding("deployment", "/board/gic", "event-bits is more than 16");
}

/* Shared peripheral interrupts: IHI 0069 2.2.1. */
static void read_interrupts(struct deploy_device *device, const void *blob, int node)
{
	u32 count = fdt_cells(blob, node, "interrupts", device->interrupt, DEPLOY_INTERRUPT_MAX);

	if (count > DEPLOY_INTERRUPT_MAX) {
		finding("deployment", device->name, "more than %u interrupts",
			DEPLOY_INTERRUPT_MAX);
		return;
	}
	device->interrupt_count = count;
	for (u32 i = 0; i < count; i++)
		if (device->interrupt[i] < 32 || device->interrupt[i] > 1019)
			finding("deployment", device->name, "interrupt %u is not a shared one",
				device->interrupt[i]);
}

static void read_device(struct deployment *deployment, const void *blob, int node)
{
	struct deploy_device *device = &deployment->device[deployment->device_count];
	const char *name = fdt_get_name(blob, node, NULL);
	const char *type = fdt_text(blob, node, "type");

	if (deployment->device_count == DEPLOY_DEVICE_MAX || !deploy_name(device->name, name)) {
		finding("deployment", name, "more than %u devices, or a long name",
			DEPLOY_DEVICE_MAX);
		return;
	}
	deployment->device_count++;
	device->range = read_range(blob, node, "reg");
	device->pl011 = type && strcmp(type, "pl011") == 0;
	device->dma = fdt_flag(blob, node, "dma");
	device->owner = PLAN_NONE;
	read_interrupts(device, blob, node);
	if (device->range.size == 0 || (device->range.base | device->range.size) % PLAN_PAGE != 0)
		finding("deployment", name,
			"not whole pages: its owner could reach what else lies in them");
}

static void read_doorbells(struct deployment *deployment, const void *blob, int board)
{
	int count = fdt_stringlist_count(blob, board, "doorbells");

	if (count == -FDT_ERR_NOTFOUND)
		deployment->board_has[PLAN_DOORBELL_MONITOR] =
			deployment->board_has[PLAN_DOORBELL_INJECT] = true;
	for (int i = 0; i < count; i++) {
		const char *name = fdt_stringlist_get(blob, board, "doorbells", i, NULL);
		u32 kind = name ? deploy_doorbell(name) : PLAN_NONE;

		if (kind >= ARRAY_SIZE(deployment->board_has))
			finding("deployment", "/board", "an unknown doorbell kind");
		else
			deployment->board_has[kind] = true;
	}
}

void deploy_read_board(struct deployment *deployment, const void *blob)
{
	int board = fdt_path_offset(blob, "/board");
	const char *arch = board < 0 ? NULL : fdt_text(blob, board, "arch");
	int node;

	if (!arch || strcmp(arch, "arm64") != 0) {
		finding("deployment", "/board", "arch is not \"arm64\"");
		return;
	}
	read_doorbells(deployment, blob, board);
	fdt_for_each_subnode (node, blob, board) {
		const char *name = fdt_get_name(blob, node, NULL);

		if (strncmp(name, "ram@", 4) == 0)
			read_ram(deployment, blob, node);
		else if (strncmp(name, "cpu@", 4) == 0)
			read_cpu(deployment, blob, node);
		else if (strcmp(name, "gic") == 0)
			read_gic(deployment, blob, node);
		else if (strcmp(name, "timer") == 0)
			deploy_read_timer(blob, node);
		else if (strcmp(name, "features") == 0)
			deploy_read_features(deployment, blob, node);
		else
			read_device(deployment, blob, node);
	}
}
