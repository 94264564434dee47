/*
 * Makes a device tree for each guest: its memory, CPUs, PSCI, timer, interrupt controller, its
 * devices, and a virtio,mmio node for each link of which it is the driver side. See dtb.h.
 */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/planc/diag.h"
#include "tools/planc/dtb.h"
#include "tools/planc/dtb_write.h"

#define UART_CLOCK_HZ 24000000u

static void put_root(struct dtb_writer *writer, const struct layout *layout, u32 guest)
{
	char model[2 * PLAN_NAME_MAX];

	snprintf(model, sizeof(model), "%s/%s", layout->plan.name, layout->guest[guest].name);
	dtb_cell(writer, "#address-cells", 2);
	dtb_cell(writer, "#size-cells", 2);
	dtb_cell(writer, "interrupt-parent", DTB_GIC);
	dtb_string(writer, "model", model);
	dtb_string(writer, "compatible", "bulkhead,guest");
	dtb_begin(writer, "chosen");
	if (layout_is_linux(layout, guest))
		dtb_linux_chosen(writer, layout, guest);
	else
		dtb_string(writer, "bootargs", layout->model->guest[guest].arguments);
	dtb_end(writer);
}

static void put_memory(struct dtb_writer *writer, const struct plan_guest *guest)
{
	dtb_begin_at(writer, "memory", guest->ram_base);
	dtb_string(writer, "device_type", "memory");
	dtb_range(writer, "reg", guest->ram_base, guest->ram_size);
	dtb_end(writer);
}

static void put_cpus(struct dtb_writer *writer, const struct layout *layout, u32 guest)
{
	dtb_begin(writer, "cpus");
	dtb_cell(writer, "#address-cells", 2);
	dtb_cell(writer, "#size-cells", 0);
	for (u32 i = 0; i < layout->guest[guest].vcpu_count; i++) {
		u64 mpidr = layout_is_linux(layout, guest)
				    ? i
				    : layout->cpu[layout->guest[guest].cpu[i]].mpidr;
		u32 reg[] = {(u32)(mpidr >> 32), (u32)mpidr};

		dtb_begin_at(writer, "cpu", mpidr);
		dtb_string(writer, "device_type", "cpu");
		dtb_string(writer, "compatible", "arm,armv8");
		dtb_string(writer, "enable-method", "psci");
		dtb_cells(writer, "reg", reg, 2);
		dtb_end(writer);
	}
	dtb_end(writer);
}

static void put_psci(struct dtb_writer *writer)
{
	static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2";

	dtb_begin(writer, "psci");
	dtb_bytes(writer, "compatible", compatible, sizeof(compatible));
	dtb_string(writer, "method", "hvc");
	dtb_end(writer);
}

static void put_timer(struct dtb_writer *writer)
{
	/* Secure, non-secure, virtual, hypervisor, as the binding orders them. */
	static const u32 interrupts[] = {
		DTB_PPI, 13, DTB_LEVEL_HIGH, DTB_PPI, 14, DTB_LEVEL_HIGH,
		DTB_PPI, 11, DTB_LEVEL_HIGH, DTB_PPI, 10, DTB_LEVEL_HIGH,
	};

	dtb_begin(writer, "timer");
	dtb_string(writer, "compatible", "arm,armv8-timer");
	dtb_cells(writer, "interrupts", interrupts, 12);
	dtb_bytes(writer, "always-on", NULL, 0);
	dtb_end(writer);
}

static void put_gic(struct dtb_writer *writer, const struct layout *layout)
{
	const struct model_gic *gic = &layout->model->board.gic;
	const struct plan_range *distributor = &gic->distributor;
	u64 redistributors = gic->redistributors.size * layout->model->board.cpu_count;
	u64 base = gic->redistributors.base;
	u32 reg[] = {
		(u32)(distributor->base >> 32),
		(u32)distributor->base,
		(u32)(distributor->size >> 32),
		(u32)distributor->size,
		(u32)(base >> 32),
		(u32)base,
		(u32)(redistributors >> 32),
		(u32)redistributors,
	};

	dtb_begin_at(writer, "interrupt-controller", distributor->base);
	dtb_string(writer, "compatible", "arm,gic-v3");
	dtb_bytes(writer, "interrupt-controller", NULL, 0);
	dtb_cell(writer, "#interrupt-cells", 3);
	dtb_cell(writer, "#address-cells", 0);
	dtb_cell(writer, "phandle", DTB_GIC);
	dtb_cells(writer, "reg", reg, 8);
	dtb_end(writer);
}

/* The binding of a pl011 wants a clock that says its rate; nobody can change it. */
static void put_clock(struct dtb_writer *writer)
{
	dtb_begin(writer, "clock");
	dtb_string(writer, "compatible", "fixed-clock");
	dtb_cell(writer, "#clock-cells", 0);
	dtb_cell(writer, "clock-frequency", UART_CLOCK_HZ);
	dtb_cell(writer, "phandle", DTB_CLOCK);
	dtb_end(writer);
}

static void put_uart(struct dtb_writer *writer, const struct layout *layout,
		     const struct model_device *device)
{
	static const char compatible[] = "arm,pl011\0arm,primecell";
	static const char names[] = "uartclk\0apb_pclk";
	static const u32 clocks[] = {DTB_CLOCK, DTB_CLOCK};

	dtb_begin_at(writer, "serial", device->range.base);
	dtb_bytes(writer, "compatible", compatible, sizeof(compatible));
	dtb_range(writer, "reg", device->range.base, device->range.size);
	dtb_cells(writer, "clocks", clocks, 2);
	dtb_bytes(writer, "clock-names", names, sizeof(names));
	if (layout_is_linux(layout, device->guest))
		dtb_linux_interrupts(writer, layout, device);
	dtb_end(writer);
}

static void put_devices(struct dtb_writer *writer, const struct layout *layout, u32 guest)
{
	const struct model_board *board = &layout->model->board;

	put_clock(writer);
	for (u32 i = 0; i < board->device_count; i++)
		if (board->device[i].guest == guest && !strcmp(board->device[i].type, "pl011"))
			put_uart(writer, layout, &board->device[i]);
}

/* The events are ours: no standard binding names an LPI that nobody allocates. */
static void put_link(struct dtb_writer *writer, const struct plan_link *link)
{
	u32 events[1 + 2 * PLAN_QUEUE_MAX];
	u32 count = 0;

	events[count++] = link->route_config;
	for (u32 q = 0; q < link->queue_count; q++) {
		events[count++] = link->queue[q].route_to_device;
		events[count++] = link->queue[q].route_to_driver;
	}
	dtb_begin_at(writer, "virtio_mmio", link->window);
	dtb_string(writer, "compatible", "virtio,mmio");
	dtb_range(writer, "reg", link->window, ABI_WINDOW_SIZE);
	dtb_bytes(writer, "dma-coherent", NULL, 0);
	dtb_string(writer, "label", link->name);
	dtb_range(writer, "bulkhead,region", link->region, link->region_size);
	dtb_cells(writer, "bulkhead,events", events, count);
	dtb_end(writer);
}

static void put_links(struct dtb_writer *writer, const struct layout *layout, u32 guest)
{
	for (u32 i = 0; i < layout->plan.link_count; i++)
		if (layout->link[i].driver == guest)
			put_link(writer, &layout->link[i]);
}

static void put_tree(struct dtb_writer *writer, const struct layout *layout, u32 guest)
{
	bool linux = layout_is_linux(layout, guest);

	dtb_check(writer, fdt_finish_reservemap(writer->fdt));
	dtb_begin(writer, "");
	put_root(writer, layout, guest);
	if (linux)
		dtb_linux_memory(writer, &layout->guest[guest]);
	else
		put_memory(writer, &layout->guest[guest]);
	put_cpus(writer, layout, guest);
	put_psci(writer);
	put_timer(writer);
	if (linux)
		dtb_linux_gic(writer, layout, guest);
	else
		put_gic(writer, layout);
	put_devices(writer, layout, guest);
	if (linux)
		dtb_linux_links(writer, layout, guest);
	else
		put_links(writer, layout, guest);
	dtb_end(writer);
	dtb_check(writer, fdt_finish(writer->fdt));
}

static bool make_one(struct layout *layout, u32 guest)
{
	struct dtb_writer writer = {.fdt = calloc(1, LAYOUT_DTB_MAX)};

	if (!writer.fdt) {
		fputs("planc: out of memory\n", stderr);
		exit(1);
	}
	layout->dtb[guest] = writer.fdt;
	dtb_check(&writer, fdt_create(writer.fdt, LAYOUT_DTB_MAX));
	put_tree(&writer, layout, guest);
	if (writer.error) {
		diag_error(layout->model->source, layout->model->guest[guest].node, NULL,
			   "its device tree is larger than %llu bytes: give it fewer links",
			   (unsigned long long)LAYOUT_DTB_MAX);
		return false;
	}
	/* A kernel's tree fills its place, so that what lies behind it has one address. */
	layout->dtb_size[guest] = LAYOUT_DTB_MAX;
	if (!layout_is_linux(layout, guest))
		layout->dtb_size[guest] = fdt_totalsize(writer.fdt);
	return true;
}

bool dtb_make(struct layout *layout)
{
	bool good = true;

	for (u32 i = 0; layout->arch->trees && i < layout->plan.guest_count; i++)
		good &= make_one(layout, i);
	return good;
}
