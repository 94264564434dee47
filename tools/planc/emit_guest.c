/*
 * Writes what the guests are built with: guests.mk, and guests/<name>.c, .ld and .dtb.
 */
#include <inttypes.h>
#include <string.h>

#include "core/bits.h"
#include "tools/planc/dtb.h"
#include "tools/planc/emit.h"

static FILE *open_guest(const struct layout *layout, struct out *out, u32 guest, const char *ending)
{
	char name[OUT_NAME_MAX];

	snprintf(name, sizeof(name), "guests/%s.%s", layout->guest[guest].name, ending);
	return out_open(out, name);
}

static void put_file(const char *variable, const struct model_guest *guest,
		     const struct model_file *from, FILE *file)
{
	if (from->name)
		fprintf(file, "%s_%s := %s\n", variable, guest->name, from->path);
}

void emit_guests_make(const struct layout *layout, struct out *out)
{
	const struct model *model = layout->model;
	FILE *file = out_open(out, "guests.mk");

	fprintf(file, "# Written by planc.\nARCH := %s\nGUESTS :=", model->board.arch);
	for (u32 i = 0; i < model->guest_count; i++)
		fprintf(file, " %s", model->guest[i].name);
	fprintf(file, "\n");
	for (u32 i = 0; i < model->guest_count; i++) {
		const struct model_guest *guest = &model->guest[i];

		if (guest->program)
			fprintf(file, "PROGRAM_%s := %s\n", guest->name, guest->program);
		put_file("IMAGE", guest, &guest->image, file);
		put_file("KERNEL", guest, &guest->kernel, file);
		put_file("INITRD", guest, &guest->initrd, file);
	}
	fprintf(file, "RESTARTS :=");
	for (u32 i = 0; i < model->guest_count; i++)
		if (model->guest[i].restart)
			fprintf(file, " %s", model->guest[i].name);
	fprintf(file, "\n");
	fprintf(file, "EMULATOR := %s\nEMULATOR_CPU := %s\n",
		model->board.emulator ? model->board.emulator : "",
		model->board.emulator_cpu ? model->board.emulator_cpu : "");
}

void emit_guest_linker(const struct layout *layout, struct out *out)
{
	for (u32 i = 0; i < layout->plan.guest_count; i++) {
		const struct plan_guest *guest = &layout->guest[i];
		FILE *file = open_guest(layout, out, i, "ld");
		u64 size = guest->dtb ? guest->dtb - guest->ram_base : guest->ram_size;

		fprintf(file, "/* Where guest %s runs; written by planc. */\n", guest->name);
		fprintf(file, "GUEST_RAM_BASE = 0x%" PRIx64 ";\n", guest->ram_base);
		fprintf(file, "GUEST_RAM_SIZE = 0x%" PRIx64 ";\n", size);
	}
}

void emit_guest_dtbs(const struct layout *layout, struct out *out)
{
	for (u32 i = 0; i < layout->plan.guest_count; i++) {
		FILE *file = layout->dtb[i] ? open_guest(layout, out, i, "dtb") : NULL;

		if (!file)
			continue;

		fwrite(layout->dtb[i], 1, layout->dtb_size[i], file);
	}
}

static void emit_doorbell_record(const struct layout *layout, u32 guest, const char *name,
				 u32 index, FILE *file)
{
	static const char *const kinds[] = {
		[PLAN_DOORBELL_MSI] = "GUEST_MSI",
		[PLAN_DOORBELL_MONITOR] = "GUEST_MONITOR",
		[PLAN_DOORBELL_INJECT] = "GUEST_INJECT",
		[PLAN_DOORBELL_POLL] = "GUEST_POLL",
	};
	const struct plan_route *route = &layout->route[index];

	fprintf(file, "\t\t\t\t.%s = {.kind = %s, .event = %u, .word = 0x%" PRIx64 ", .vcpu = %u",
		name, kinds[route->kind], index, layout_word(layout, route),
		layout->cpu[route->cpu].vcpu);
	if (layout->vmx.apic)
		fprintf(file, ",\n\t\t\t\t\t.vector = 0x%x, .gate = 0x%" PRIx64, route->intid,
			route->sender == guest ? layout_gate(layout, index) : 0);
	fprintf(file, "},\n");
}

static void emit_queue(const struct layout *layout, u32 guest, u32 link, u32 q, FILE *file)
{
	const struct plan_queue *queue = &layout->link[link].queue[q];
	const struct layout_rings *rings = &layout->rings[link][q];

	fprintf(file, "\t\t\t[%u] = {\n\t\t\t\t.size = %u,\n", q, queue->size);
	fprintf(file, "\t\t\t\t.desc = 0x%" PRIx64 ",\n", rings->desc);
	fprintf(file, "\t\t\t\t.driver = 0x%" PRIx64 ",\n", rings->driver);
	fprintf(file, "\t\t\t\t.device = 0x%" PRIx64 ",\n", rings->device);
	emit_doorbell_record(layout, guest, "to_device", queue->route_to_device, file);
	emit_doorbell_record(layout, guest, "to_driver", queue->route_to_driver, file);
	fprintf(file, "\t\t\t},\n");
}

static void emit_config(const struct model_link *link, FILE *file)
{
	if (link->device_id != ABI_DEVICE_NET)
		return;
	fprintf(file, "\t\t.config_size = %u,\n\t\t.config = {", MODEL_MAC_SIZE);
	for (u32 i = 0; i < MODEL_MAC_SIZE; i++)
		fprintf(file, "%s0x%02x", i ? ", " : "", link->mac[i]);
	fprintf(file, "},\n");
}

static void emit_link(const struct layout *layout, u32 guest, u32 index, FILE *file)
{
	static const char *const transports[] = {
		[PLAN_TRANSPORT_STATIC] = "GUEST_STATIC",
		[PLAN_TRANSPORT_LAZY] = "GUEST_LAZY",
		[PLAN_TRANSPORT_TRAP] = "GUEST_TRAP",
	};
	const struct plan_link *link = &layout->link[index];
	bool driver = link->driver == guest;

	fprintf(file, "\t{\n\t\t.name = \"%s\",\n\t\t.peer = \"%s\",\n", link->name,
		layout->guest[driver ? link->device : link->driver].name);
	fprintf(file, "\t\t.side = %s,\n", driver ? "GUEST_DRIVER_SIDE" : "GUEST_DEVICE_SIDE");
	fprintf(file, "\t\t.transport = %s,\n", transports[link->transport]);
	fprintf(file, "\t\t.device_id = %s,\n",
		link->device_id == ABI_DEVICE_NET ? "ABI_DEVICE_NET" : "ABI_DEVICE_CONSOLE");
	fprintf(file, "\t\t.queue_count = %u,\n", link->queue_count);
	fprintf(file, "\t\t.window = 0x%" PRIx64 ",\n", link->window);
	fprintf(file, "\t\t.driver_page = 0x%" PRIx64 ",\n", link->driver_page);
	fprintf(file, "\t\t.device_page = 0x%" PRIx64 ",\n", link->device_page);
	fprintf(file, "\t\t.hyp_page = 0x%" PRIx64 ",\n", link->hyp_page);
	fprintf(file, "\t\t.region = 0x%" PRIx64 ",\n", link->region);
	fprintf(file, "\t\t.region_size = 0x%" PRIx64 ",\n", link->region_size);
	fprintf(file, "\t\t.buffers = 0x%" PRIx64 ",\n", layout->buffers[index]);
	fprintf(file, "\t\t.features = 0x%" PRIx64 ",\n", link->features);
	fprintf(file, "\t\t.config_event = %u,\n", link->route_config);
	if (layout->vmx.apic)
		fprintf(file, "\t\t.config_vector = 0x%x,\n",
			layout->route[link->route_config].intid);
	emit_config(&layout->model->link[index], file);
	fprintf(file, "\t\t.queue = {\n");
	for (u32 q = 0; q < link->queue_count; q++)
		emit_queue(layout, guest, index, q, file);
	fprintf(file, "\t\t},\n\t},\n");
}

static u32 emit_links(const struct layout *layout, u32 guest, FILE *file)
{
	u32 count = 0;

	for (u32 i = 0; i < layout->plan.link_count; i++) {
		const struct plan_link *link = &layout->link[i];

		if (link->driver != guest && link->device != guest)
			continue;
		if (!count++)
			fprintf(file, "static const struct guest_link links[] = {\n");
		emit_link(layout, guest, i, file);
	}
	if (count)
		fprintf(file, "};\n\n");
	return count;
}

static void emit_names(const struct layout *layout, FILE *file)
{
	fprintf(file, "static const char *const guest_names[] = {");
	for (u32 i = 0; i < layout->plan.guest_count; i++)
		fprintf(file, "%s\"%s\"", i ? ", " : "", layout->guest[i].name);
	fprintf(file, "};\n\nstatic const u32 cpu_guest[] = {");
	for (u32 i = 0; i < layout->plan.cpu_count; i++)
		fprintf(file, "%s%u", i ? ", " : "", layout->cpu[i].guest);
	fprintf(file, "};\n\nstatic const u32 guest_workload[] = {");
	for (u32 i = 0; i < layout->plan.guest_count; i++)
		fprintf(file, "%s%u", i ? ", " : "",
			layout->guest[i].flags & PLAN_GUEST_WORKLOAD ? 1u : 0u);
	fprintf(file, "};\n\n");
}

static void emit_string(const char *name, const char *text, FILE *file)
{
	fprintf(file, "\t.%s = \"", name);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', file);
		fputc(*text, file);
	}
	fprintf(file, "\",\n");
}

static u64 own_uart(const struct layout *layout, u32 guest)
{
	const struct model_board *board = &layout->model->board;

	for (u32 i = 0; i < board->device_count; i++)
		if (board->device[i].guest == guest && model_is_uart(&board->device[i]))
			return model_address(&board->device[i]);
	return 0;
}

static void emit_guest(const struct layout *layout, u32 index, FILE *file)
{
	const struct plan_guest *guest = &layout->guest[index];
	const struct model_guest *from = &layout->model->guest[index];
	const struct plan_range *counters = &layout->plan.part[PLAN_PART_COUNTERS];
	bool msi = layout_sends(layout, index, PLAN_DOORBELL_MSI);
	u32 links;

	fprintf(file, "/*\n * What guest %s of %s knows of the plan; written by planc.\n */\n",
		guest->name, layout->plan.name);
	fprintf(file, "#include \"guests/lib/guest_plan.h\"\n\n");
	emit_names(layout, file);
	links = emit_links(layout, index, file);
	fprintf(file, "const struct guest_plan guest_plan = {\n");
	emit_string("name", guest->name, file);
	emit_string("arguments", from->arguments, file);
	fprintf(file, "\t.ram_base = 0x%" PRIx64 ",\n", guest->ram_base);
	fprintf(file, "\t.ram_size = 0x%" PRIx64 ",\n", guest->ram_size);
	fprintf(file, "\t.doorbell_frame = 0x%" PRIx64 ",\n",
		msi ? layout_doorbell_frame(layout) : 0);
	fprintf(file, "\t.uart = 0x%" PRIx64 ",\n", own_uart(layout, index));
	if (layout->vmx_guest[index].gate)
		fprintf(file, "\t.gate = 0x%" PRIx64 ",\n", layout->vmx_guest[index].gate);
	fprintf(file, "\t.counters = 0x%" PRIx64 ",\n",
		guest->flags & PLAN_GUEST_REPORT ? counters->base : 0);
	fprintf(file, "\t.vcpu_count = %u,\n\t.index = %u,\n\t.hold_ms = %u,\n\t.poll_us = %u,\n",
		guest->vcpu_count, index, from->hold_ms, from->poll_us);
	fprintf(file, "\t.link_count = %u,\n\t.links = %s,\n", links, links ? "links" : "NULL");
	fprintf(file, "\t.guest_count = %u,\n\t.cpu_count = %u,\n", layout->plan.guest_count,
		layout->plan.cpu_count);
	fprintf(file, "\t.guest_names = guest_names,\n\t.cpu_guest = cpu_guest,\n"
		      "\t.guest_workload = guest_workload,\n};\n");
}

void emit_guest_plans(const struct layout *layout, struct out *out)
{
	for (u32 i = 0; i < layout->plan.guest_count; i++)
		emit_guest(layout, i, open_guest(layout, out, i, "c"));
}
