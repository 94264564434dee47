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

#define GIC_PHANDLE 1u
#define CLOCK_PHANDLE 2u
#define UART_CLOCK_HZ 24000000u

/* Interrupt specifiers of arm,gic-v3: 1 is PPI; 4 is level high. */
#define GIC_PPI 1u
#define GIC_LEVEL_HIGH 4u

/* A tree being written; the first error sticks. */
struct writer {
	void *fdt;
	int error;
};

static void check(struct writer *writer, int error)
{
	if (!writer->error)
		writer->error = error;
}

static void begin(struct writer *writer, const char *name)
{
	check(writer, fdt_begin_node(writer->fdt, name));
}

static void begin_at(struct writer *writer, const char *name, u64 address)
{
	char full[64];

	snprintf(full, sizeof(full), "%s@%llx", name, (unsigned long long)address);
	begin(writer, full);
}

static void end(struct writer *writer)
{
	check(writer, fdt_end_node(writer->fdt));
}

static void cell(struct writer *writer, const char *name, u32 value)
{
	check(writer, fdt_property_u32(writer->fdt, name, value));
}

static void bytes(struct writer *writer, const char *name, const void *value, u32 size)
{
	check(writer, fdt_property(writer->fdt, name, value, (int)size));
}

static void string(struct writer *writer, const char *name, const char *value)
{
	bytes(writer, name, value, (u32)strlen(value) + 1);
}

static void cells(struct writer *writer, const char *name, const u32 *value, u32 count)
{
	fdt32_t big[16];

	for (u32 i = 0; i < count; i++)
		big[i] = cpu_to_fdt32(value[i]);
	bytes(writer, name, big, count * (u32)sizeof(*big));
}

static void range(struct writer *writer, const char *name, u64 base, u64 size)
{
	u32 value[] = {(u32)(base >> 32), (u32)base, (u32)(size >> 32), (u32)size};

	cells(writer, name, value, 4);
}

static void put_root(struct writer *writer, const struct layout *layout, u32 guest)
{
	char model[2 * PLAN_NAME_MAX];

	snprintf(model, sizeof(model), "%s/%s", layout->plan.name, layout->guest[guest].name);
	cell(writer, "#address-cells", 2);
	cell(writer, "#size-cells", 2);
	cell(writer, "interrupt-parent", GIC_PHANDLE);
	string(writer, "model", model);
	string(writer, "compatible", "bulkhead,guest");
	begin(writer, "chosen");
	string(writer, "bootargs", layout->model->guest[guest].arguments);
	end(writer);
}

static void put_memory(struct writer *writer, const struct plan_guest *guest)
{
	begin_at(writer, "memory", guest->ram_base);
	string(writer, "device_type", "memory");
	range(writer, "reg", guest->ram_base, guest->ram_size);
	end(writer);
}

static void put_cpus(struct writer *writer, const struct layout *layout, u32 guest)
{
	begin(writer, "cpus");
	cell(writer, "#address-cells", 2);
	cell(writer, "#size-cells", 0);
	for (u32 i = 0; i < layout->guest[guest].vcpu_count; i++) {
		u64 mpidr = layout->cpu[layout->guest[guest].cpu[i]].mpidr;
		u32 reg[] = {(u32)(mpidr >> 32), (u32)mpidr};

		begin_at(writer, "cpu", mpidr);
		string(writer, "device_type", "cpu");
		string(writer, "compatible", "arm,armv8");
		string(writer, "enable-method", "psci");
		cells(writer, "reg", reg, 2);
		end(writer);
	}
	end(writer);
}

static void put_psci(struct writer *writer)
{
	static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2";

	begin(writer, "psci");
	bytes(writer, "compatible", compatible, sizeof(compatible));
	string(writer, "method", "hvc");
	end(writer);
}

static void put_timer(struct writer *writer)
{
	/* Secure, non-secure, virtual, hypervisor, as the binding orders them. */
	static const u32 interrupts[] = {
		GIC_PPI, 13, GIC_LEVEL_HIGH, GIC_PPI, 14, GIC_LEVEL_HIGH,
		GIC_PPI, 11, GIC_LEVEL_HIGH, GIC_PPI, 10, GIC_LEVEL_HIGH,
	};

	begin(writer, "timer");
	string(writer, "compatible", "arm,armv8-timer");
	cells(writer, "interrupts", interrupts, 12);
	bytes(writer, "always-on", NULL, 0);
	end(writer);
}

static void put_gic(struct writer *writer, const struct layout *layout)
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

	begin_at(writer, "interrupt-controller", distributor->base);
	string(writer, "compatible", "arm,gic-v3");
	bytes(writer, "interrupt-controller", NULL, 0);
	cell(writer, "#interrupt-cells", 3);
	cell(writer, "#address-cells", 0);
	cell(writer, "phandle", GIC_PHANDLE);
	cells(writer, "reg", reg, 8);
	end(writer);
}

/* The binding of a pl011 wants a clock that says its rate; nobody can change it. */
static void put_clock(struct writer *writer)
{
	begin(writer, "clock");
	string(writer, "compatible", "fixed-clock");
	cell(writer, "#clock-cells", 0);
	cell(writer, "clock-frequency", UART_CLOCK_HZ);
	cell(writer, "phandle", CLOCK_PHANDLE);
	end(writer);
}

static void put_uart(struct writer *writer, const struct model_device *device)
{
	static const char compatible[] = "arm,pl011\0arm,primecell";
	static const char names[] = "uartclk\0apb_pclk";
	static const u32 clocks[] = {CLOCK_PHANDLE, CLOCK_PHANDLE};

	begin_at(writer, "serial", device->range.base);
	bytes(writer, "compatible", compatible, sizeof(compatible));
	range(writer, "reg", device->range.base, device->range.size);
	cells(writer, "clocks", clocks, 2);
	bytes(writer, "clock-names", names, sizeof(names));
	end(writer);
}

static void put_devices(struct writer *writer, const struct layout *layout, u32 guest)
{
	const struct model_board *board = &layout->model->board;

	put_clock(writer);
	for (u32 i = 0; i < board->device_count; i++)
		if (board->device[i].guest == guest && !strcmp(board->device[i].type, "pl011"))
			put_uart(writer, &board->device[i]);
}

/* The events are ours: no standard binding names an LPI that nobody allocates. */
static void put_link(struct writer *writer, const struct plan_link *link)
{
	u32 events[1 + 2 * PLAN_QUEUE_MAX];
	u32 count = 0;

	events[count++] = link->route_config;
	for (u32 q = 0; q < link->queue_count; q++) {
		events[count++] = link->queue[q].route_to_device;
		events[count++] = link->queue[q].route_to_driver;
	}
	begin_at(writer, "virtio_mmio", link->window);
	string(writer, "compatible", "virtio,mmio");
	range(writer, "reg", link->window, ABI_WINDOW_SIZE);
	bytes(writer, "dma-coherent", NULL, 0);
	string(writer, "label", link->name);
	range(writer, "bulkhead,region", link->region, link->region_size);
	cells(writer, "bulkhead,events", events, count);
	end(writer);
}

static void put_tree(struct writer *writer, const struct layout *layout, u32 guest)
{
	check(writer, fdt_finish_reservemap(writer->fdt));
	begin(writer, "");
	put_root(writer, layout, guest);
	put_memory(writer, &layout->guest[guest]);
	put_cpus(writer, layout, guest);
	put_psci(writer);
	put_timer(writer);
	put_gic(writer, layout);
	put_devices(writer, layout, guest);
	for (u32 i = 0; i < layout->plan.link_count; i++)
		if (layout->link[i].driver == guest)
			put_link(writer, &layout->link[i]);
	end(writer);
	check(writer, fdt_finish(writer->fdt));
}

static bool make_one(struct layout *layout, u32 guest)
{
	struct writer writer = {.fdt = calloc(1, LAYOUT_DTB_MAX)};

	if (!writer.fdt) {
		fputs("planc: out of memory\n", stderr);
		exit(1);
	}
	layout->dtb[guest] = writer.fdt;
	check(&writer, fdt_create(writer.fdt, LAYOUT_DTB_MAX));
	put_tree(&writer, layout, guest);
	if (writer.error) {
		diag_error(layout->model->source, layout->model->guest[guest].node, NULL,
			   "its device tree is larger than %llu bytes: give it fewer links",
			   (unsigned long long)LAYOUT_DTB_MAX);
		return false;
	}
	layout->dtb_size[guest] = fdt_totalsize(writer.fdt);
	return true;
}

bool dtb_make(struct layout *layout)
{
	bool good = true;

	for (u32 i = 0; i < layout->plan.guest_count; i++)
		good &= make_one(layout, i);
	return good;
}
