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
	if (deployment->arch == DEPLOY_X86_64)
		cpu->mpidr = fdt_u32(blob, node, "apic-id", PLAN_NONE);
	else
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

/* A device with ports has no memory: its owner reaches what the I/O bitmap lets it reach. */
static void read_ports(struct deploy_device *device, const void *blob, int node)
{
	u32 cells[2];

	if (fdt_cells(blob, node, "ports", cells, 2) != 2 || cells[1] == 0 || cells[0] > 0xffff ||
	    cells[1] > 0x10000 - cells[0] || device->range.size) {
		finding("deployment", device->name, "no ports, or memory besides");
		return;
	}
	device->port = cells[0];
	device->port_count = cells[1];
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
	device->uart = type &&
		       strcmp(type, deployment->arch == DEPLOY_X86_64 ? "ns16550" : "pl011") == 0;
	device->dma = fdt_flag(blob, node, "dma");
	device->owner = PLAN_NONE;
	read_interrupts(device, blob, node);
	if (deployment->arch == DEPLOY_X86_64 && fdt_flag(blob, node, "ports"))
		read_ports(device, blob, node);
	else if (device->range.size == 0 ||
		 (device->range.base | device->range.size) % PLAN_PAGE != 0)
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

static void read_arm64_node(struct deployment *deployment, const void *blob, int node,
			    const char *name)
{
	if (strcmp(name, "gic") == 0)
		read_gic(deployment, blob, node);
	else if (strcmp(name, "timer") == 0)
		deploy_read_timer(blob, node);
	else if (strcmp(name, "features") == 0)
		deploy_read_features(deployment, blob, node);
	else
		read_device(deployment, blob, node);
}

static void read_x86_64_node(struct deployment *deployment, const void *blob, int node,
			     const char *name)
{
	struct deploy_apic *apic = &deployment->apic;

	if (strcmp(name, "apic") == 0)
		apic->range = read_range(blob, node, "reg");
	else if (strcmp(name, "timer") == 0)
		apic->tsc_hz = fdt_u32(blob, node, "frequency", 0);
	else if (strcmp(name, "features") == 0)
		deployment->address_bits = fdt_u32(blob, node, "address-bits", 0);
	else
		read_device(deployment, blob, node);
}

static void check_x86_64(const struct deployment *deployment)
{
	const struct deploy_range *apic = &deployment->apic.range;

	if (apic->size != PLAN_PAGE || apic->base % PLAN_PAGE)
		finding("deployment", "/board/apic", "is not one page");
	for (u32 i = 0; i < deployment->cpu_count; i++)
		if (deployment->cpu[i].mpidr >= DEPLOY_APIC_ID_MAX)
			finding("deployment", text("cpu@%u", i), "no ID of an xAPIC");
}

static bool read_arch(struct deployment *deployment, const void *blob, int board)
{
	const char *arch = board < 0 ? NULL : fdt_text(blob, board, "arch");

	if (arch && strcmp(arch, "x86_64") == 0)
		deployment->arch = DEPLOY_X86_64;
	else if (!arch || strcmp(arch, "arm64") != 0)
		return false;
	return true;
}

void deploy_read_board(struct deployment *deployment, const void *blob)
{
	int board = fdt_path_offset(blob, "/board");
	int node;

	if (!read_arch(deployment, blob, board)) {
		finding("deployment", "/board", "arch is neither \"arm64\" nor \"x86_64\"");
		return;
	}
	read_doorbells(deployment, blob, board);
	deployment->apic.power_port = fdt_u32(blob, board, "power-off-port", 0);
	fdt_for_each_subnode (node, blob, board) {
		const char *name = fdt_get_name(blob, node, NULL);

		if (strncmp(name, "ram@", 4) == 0)
			read_ram(deployment, blob, node);
		else if (strncmp(name, "cpu@", 4) == 0)
			read_cpu(deployment, blob, node);
		else if (deployment->arch == DEPLOY_X86_64)
			read_x86_64_node(deployment, blob, node, name);
		else
			read_arm64_node(deployment, blob, node, name);
	}
	if (deployment->arch == DEPLOY_X86_64)
		check_x86_64(deployment);
}
