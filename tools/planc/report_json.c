/*
 * Writes layout.json: what layout.txt says, for programs. Addresses are strings in hexadecimal,
 * because JSON's readers may not hold 64 bits; sizes and numbers are numbers.
 */
#include <inttypes.h>

#include "tools/planc/emit.h"
#include "tools/planc/report.h"

/* Writes a comma before all but the first element of a list. */
static void separate(FILE *file, u32 index)
{
	fputs(index ? ",\n" : "\n", file);
}

static void put_string(const char *name, const char *text, FILE *file)
{
	fprintf(file, "\"%s\": \"", name);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', file);
		fputc(*text, file);
	}
	fputs("\", ", file);
}

static void put_hex(const char *name, u64 value, FILE *file)
{
	fprintf(file, "\"%s\": \"0x%" PRIx64 "\", ", name, value);
}

static void put_cpus(const struct layout *layout, FILE *file)
{
	fputs("  \"cpus\": [", file);
	for (u32 i = 0; i < layout->plan.cpu_count; i++) {
		const struct plan_cpu *cpu = &layout->cpu[i];

		separate(file, i);
		fputs("    {", file);
		put_hex(report_words(layout)->cpu_name, cpu->mpidr, file);
		put_string("guest", layout->guest[cpu->guest].name, file);
		fprintf(file, "\"board\": %u, \"vcpu\": %u}", layout->board_cpu[i], cpu->vcpu);
	}
	fputs("\n  ],\n", file);
}

static void put_rights(const struct layout *layout, u64 address, FILE *file)
{
	char text[REPORT_ACCESS_MAX];

	fputs("\"access\": {", file);
	report_access(layout, &layout->boot, address, text);
	put_string("boot", text, file);
	report_access(layout, report_common(layout), address, text);
	fprintf(file, "\"run\": \"%s\", \"guests\": {", text);
	for (u32 i = 0; i < layout->plan.guest_count; i++) {
		report_access(layout, &layout->guest_space[i], address, text);
		fprintf(file, "%s\"%s\": \"%s\"", i ? ", " : "", layout->guest[i].name, text);
	}
	fputs("}}", file);
}

static void put_memory(const struct layout *layout, FILE *file)
{
	static struct report_row row[REPORT_ROW_MAX];
	u32 count = report_rows(layout, row);

	fputs("  \"memory\": [", file);
	for (u32 i = 0; i < count; i++) {
		separate(file, i);
		fputs("    {", file);
		put_hex("base", row[i].range.base, file);
		fprintf(file, "\"size\": %" PRIu64 ", ", row[i].range.size);
		put_string("what", row[i].name, file);
		put_rights(layout, row[i].range.base, file);
		fputs("}", file);
	}
	fputs("\n  ],\n", file);
}

static void put_claim(const struct layout *layout, u32 index, FILE *file)
{
	fputs("    {", file);
	put_hex("base", layout->claim[index].base, file);
	fprintf(file, "\"size\": %" PRIu64 "}", layout->claim[index].size);
}

/* What only a guest with a kernel has, and the restart page, which others may have. */
static void put_linux(const struct layout *layout, u32 index, FILE *file)
{
	const struct plan_guest *guest = &layout->guest[index];
	const struct model_file *initrd = &layout->model->guest[index].initrd;

	if (guest->restart)
		put_hex("restart", guest->restart, file);
	if (!layout_is_linux(layout, index))
		return;
	if (initrd->name)
		put_string("initrd", initrd->name, file);
	put_hex("dma_base", guest->dma_base, file);
	put_hex("mbigen", guest->mbigen, file);
	fprintf(file, "\"dma_size\": %" PRIu64 ", \"pins\": [", guest->dma_size);
	for (u32 i = 0; i < guest->pin_count; i++)
		fprintf(file, "%s%u", i ? ", " : "", guest->pin[i]);
	fputs("], ", file);
}

static void put_guest(const struct layout *layout, u32 index, FILE *file)
{
	const struct plan_guest *guest = &layout->guest[index];
	const struct model_guest *from = &layout->model->guest[index];

	fputs("    {", file);
	put_string("name", guest->name, file);
	put_string(model_guest_kind(from), model_guest_file(from), file);
	put_string("arguments", from->arguments, file);
	put_hex("ram", guest->ram_base, file);
	put_hex("entry", guest->entry, file);
	put_hex("device_tree", guest->dtb, file);
	put_hex("stage2", guest->stage2, file);
	fprintf(file, "\"ram_size\": %" PRIu64 ", \"vmid\": %u, \"vcpus\": %u, ", guest->ram_size,
		guest->vmid, guest->vcpu_count);
	put_linux(layout, index, file);
	fprintf(file, "\"workload\": %s, \"reports\": %s, \"uart\": %s}",
		guest->flags & PLAN_GUEST_WORKLOAD ? "true" : "false",
		guest->flags & PLAN_GUEST_REPORT ? "true" : "false",
		guest->flags & PLAN_GUEST_UART ? "true" : "false");
}

static void put_queues(const struct layout *layout, u32 index, FILE *file)
{
	const struct plan_link *link = &layout->link[index];

	fputs("\"queues\": [", file);
	for (u32 q = 0; q < link->queue_count; q++) {
		const struct plan_queue *queue = &link->queue[q];

		fputs(q ? ", {" : "{", file);
		put_hex("descriptors", layout->rings[index][q].desc, file);
		put_hex("available", layout->rings[index][q].driver, file);
		put_hex("used", layout->rings[index][q].device, file);
		fprintf(file, "\"size\": %u, \"to_device\": %u, \"to_driver\": %u}", queue->size,
			queue->route_to_device, queue->route_to_driver);
	}
	fputs("]", file);
}

static void put_link(const struct layout *layout, u32 index, FILE *file)
{
	const struct plan_link *link = &layout->link[index];

	fputs("    {", file);
	put_string("name", link->name, file);
	put_string("type", model_type_name(link->device_id), file);
	put_string("transport", model_transport_name(link->transport), file);
	put_string("driver", layout->guest[link->driver].name, file);
	put_string("device", layout->guest[link->device].name, file);
	put_hex("window", link->window, file);
	put_hex("driver_page", link->driver_page, file);
	put_hex("device_page", link->device_page, file);
	put_hex("hypervisor_page", link->hyp_page, file);
	put_hex("region", link->region, file);
	put_hex("buffers", layout->buffers[index], file);
	put_hex("features", link->features, file);
	put_hex("entry", link->entry, file);
	put_hex("entry_trapped", link->entry_trapped, file);
	put_hex("entry_ram", link->entry_ram, file);
	fprintf(file, "\"region_size\": %" PRIu64 ", \"configuration\": %u, ", link->region_size,
		link->route_config);
	put_queues(layout, index, file);
	fputs("}", file);
}

static void put_route(const struct layout *layout, u32 index, FILE *file)
{
	const struct plan_route *route = &layout->route[index];

	fputs("    {", file);
	put_string("link", layout->link[route->link].name, file);
	put_string("kind", model_doorbell_name(route->kind), file);
	put_string("sender", layout->guest[route->sender].name, file);
	put_string("receiver", layout->guest[route->receiver].name, file);
	put_hex("word", layout_word(layout, route), file);
	fprintf(file, "\"event\": %u, \"%s\": %u, \"cpu\": %u}", index,
		report_words(layout)->interrupt_name, route->intid, layout->board_cpu[route->cpu]);
}

static void put_wired(const struct layout *layout, u32 index, FILE *file)
{
	const struct plan_wired *wired = &layout->wired[index];

	fputs("    {", file);
	put_string("guest", layout->guest[wired->guest].name, file);
	fprintf(file, "\"physical\": %u, \"intid\": %u, \"cpu\": %u}", wired->physical,
		wired->intid, layout->board_cpu[wired->cpu]);
}

static void put_path(const struct layout *layout, const struct report_path *path, FILE *file)
{
	const struct plan_link *first = &layout->link[path->link[0]];
	u32 to = first->device;

	fprintf(file, "    {\"links\": [\"%s\"", first->name);
	if (path->link[1] != PLAN_NONE) {
		to = layout->link[path->link[1]].driver;
		fprintf(file, ", \"%s\"", layout->link[path->link[1]].name);
	}
	fputs("], ", file);
	put_string("from", layout->guest[first->driver].name, file);
	if (path->link[1] != PLAN_NONE)
		put_string("through", layout->guest[first->device].name, file);
	put_string("to", layout->guest[to].name, file);
	fprintf(file,
		"\"entries\": %u, \"trap_r\": %u, \"trap_w\": %u, \"check_irq\": %u, "
		"\"ack_irq\": %u, \"notify\": %u, \"irq\": %u, \"msi\": %u, \"kick\": %u}",
		path->entries, path->trap_read, path->trap_write, path->trap_read, path->ack_irq,
		path->notify, path->irq, path->msi, path->kick);
}

static void put_paths(const struct layout *layout, FILE *file)
{
	static struct report_path path[REPORT_PATH_MAX];
	u32 count = report_paths(layout, path);

	fputs("  \"round_trips\": [", file);
	for (u32 i = 0; i < count; i++) {
		separate(file, i);
		put_path(layout, &path[i], file);
	}
	fputs("\n  ]\n", file);
}

static void put_list(const struct layout *layout, const char *name, u32 count,
		     void (*put)(const struct layout *layout, u32 index, FILE *file), FILE *file)
{
	fprintf(file, "  \"%s\": [", name);
	for (u32 i = 0; i < count; i++) {
		separate(file, i);
		put(layout, i, file);
	}
	fputs("\n  ],\n", file);
}

void report_json(const struct layout *layout, struct out *out)
{
	FILE *file = out_open(out, "layout.json");
	u32 forced = layout->model->options->transport;

	fputs("{\n  ", file);
	put_string("name", layout->plan.name, file);
	put_string("transport", forced == PLAN_NONE ? "deployed" : model_transport_name(forced),
		   file);
	put_hex("stage1_boot", layout->plan.stage1_boot, file);
	put_hex("private_va", PLAN_PRIVATE_VA, file);
	put_hex("uart", layout->plan.uart, file);
	fprintf(file, "\"power_off_when_done\": %s,\n",
		layout->plan.flags & PLAN_POWER_OFF_WHEN_DONE ? "true" : "false");
	put_cpus(layout, file);
	put_memory(layout, file);
	put_list(layout, "claims", layout->plan.claim_count, put_claim, file);
	fprintf(file, "  \"staging\": %" PRIu64 ",\n  \"largest_free\": %" PRIu64 ",\n",
		layout->staging, layout->largest_free);
	put_list(layout, "guests", layout->plan.guest_count, put_guest, file);
	put_list(layout, "links", layout->plan.link_count, put_link, file);
	put_list(layout, "routes", layout->plan.route_count, put_route, file);
	if (layout->plan.wired_count)
		put_list(layout, "wired", layout->plan.wired_count, put_wired, file);
	put_paths(layout, file);
	fputs("}\n", file);
}
