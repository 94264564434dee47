/*
 * Writes layout.txt, which a person reviews and config/golden keeps: nothing in it depends on the
 * guests' images.
 */
#include <inttypes.h>
#include <string.h>

#include "core/bits.h"
#include "tools/planc/emit.h"
#include "tools/planc/report.h"

#define COLUMN_MIN 6

static void put_head(const struct layout *layout, FILE *file)
{
	const struct model *model = layout->model;
	u32 forced = model->options->transport;

	fprintf(file, "Layout of %s, transport %s\n\n", layout->plan.name,
		forced == PLAN_NONE ? "as deployed" : model_transport_name(forced));
	fprintf(file, "Addresses are physical; guests see the same numbers%s.\n",
		report_has_windows(layout) ? ", but for what is marked @" : "");
}

static int column(const char *name)
{
	int length = (int)strlen(name);

	return length < COLUMN_MIN ? COLUMN_MIN : length;
}

static void put_access(const struct layout *layout, u64 address, FILE *file)
{
	char text[REPORT_ACCESS_MAX];

	report_access(layout, &layout->boot, address, text);
	fprintf(file, "  %-*s", COLUMN_MIN, text);
	report_access(layout, report_common(layout), address, text);
	fprintf(file, "  %-*s", COLUMN_MIN, text);
	for (u32 i = 0; i < layout->plan.guest_count; i++) {
		bool last = i + 1 == layout->plan.guest_count;

		report_access(layout, &layout->guest_space[i], address, text);
		fprintf(file, "  %-*s", last ? 0 : column(layout->guest[i].name), text);
	}
	fprintf(file, "\n");
}

static void put_memory(const struct layout *layout, FILE *file)
{
	static struct report_row row[REPORT_ROW_MAX];
	u32 count = report_rows(layout, row);
	int width = 4;

	for (u32 i = 0; i < count; i++)
		if ((int)strlen(row[i].name) > width)
			width = (int)strlen(row[i].name);
	fprintf(file,
		"\nMemory: who may read, write, execute. No letter behind it: write-back memory;\n"
		"n: non-cacheable; d: device; *: traps until DRIVER_OK. boot and run: the hypervisor.\n"
		"%s\n%-12s  %-12s  %11s  %-*s  %-*s  %-*s",
		report_has_windows(layout)
			? "@: at another address; see the guest. run: what all CPUs map.\n"
			: "",
		"from", "to", "size", width, "what", COLUMN_MIN, "boot", COLUMN_MIN, "run");
	for (u32 i = 0; i < layout->plan.guest_count; i++)
		fprintf(file, "  %-*s",
			i + 1 == layout->plan.guest_count ? 0 : column(layout->guest[i].name),
			layout->guest[i].name);
	fprintf(file, "\n");
	for (u32 i = 0; i < count; i++) {
		char size[32];

		report_size(row[i].range.size, size);
		fprintf(file, "0x%010" PRIx64 "  0x%010" PRIx64 "  %11s  %-*s", row[i].range.base,
			row[i].range.base + row[i].range.size - 1, size, width, row[i].name);
		put_access(layout, row[i].range.base, file);
	}
	fprintf(file,
		"\nEach CPU maps its own %u KiB of hypervisor PRIVATE at 0x%" PRIx64
		" while guests run,\nwithout the lowest page.\n",
		PLAN_PRIVATE_SIZE >> 10, (u64)PLAN_PRIVATE_VA);
	if (!layout->staging)
		return;
	fprintf(file,
		"\nA loader stages up to %" PRIu64
		" KiB outside of all this; the largest free range has %" PRIu64 " KiB.\n",
		layout->staging >> 10, layout->largest_free >> 10);
}

static void put_cpus(const struct layout *layout, FILE *file)
{
	const struct model_board *board = &layout->model->board;

	fprintf(file, "\nCPUs\n\n%-5s  %-12s  %-4s  %s\n", "board", report_words(layout)->cpu,
		"plan", "runs");
	for (u32 i = 0; i < board->cpu_count; i++) {
		u32 index = PLAN_NONE;

		for (u32 c = 0; c < layout->plan.cpu_count; c++)
			if (layout->board_cpu[c] == i)
				index = c;
		if (index == PLAN_NONE)
			fprintf(file, "%-5u  0x%010" PRIx64 "  %-4s  nothing\n", i,
				board->cpu[i].mpidr, "-");
		else
			fprintf(file, "%-5u  0x%010" PRIx64 "  %-4u  %s, vCPU %u\n", i,
				board->cpu[i].mpidr, index,
				layout->guest[layout->cpu[index].guest].name,
				layout->cpu[index].vcpu);
	}
}

static void put_devices(const struct layout *layout, u32 guest, FILE *file)
{
	const struct model_board *board = &layout->model->board;

	for (u32 i = 0; i < board->device_count; i++)
		if (board->device[i].guest == guest)
			fprintf(file, "  device %s, 0x%" PRIx64 "%s\n", board->device[i].name,
				model_address(&board->device[i]),
				board->device[i].dma ? ", trusted with DMA to all memory" : "");
}

static void put_guest(const struct layout *layout, u32 index, FILE *file)
{
	const struct plan_guest *guest = &layout->guest[index];
	const struct model_guest *from = &layout->model->guest[index];
	const struct report_words *words = report_words(layout);
	char size[32];

	report_size(guest->ram_size, size);
	fprintf(file, "\n%s, %s %u: %s %s\n", guest->name, words->tag, guest->vmid,
		model_guest_kind(from), model_guest_file(from));
	if (from->arguments[0])
		fprintf(file, "  arguments %s\n", from->arguments);
	fprintf(file, "  RAM 0x%" PRIx64 ", %s; entry 0x%" PRIx64 "\n", guest->ram_base, size,
		guest->entry);
	if (guest->dtb)
		fprintf(file, "  device tree 0x%" PRIx64 "\n", guest->dtb);
	fprintf(file, "  %s 0x%" PRIx64 "\n", words->stage2, guest->stage2);
	put_devices(layout, index, file);
	report_linux(layout, index, file);
	if (guest->restart)
		fprintf(file, "  restarts at 0x%" PRIx64 ", from its own payloads\n",
			guest->restart);
	if (guest->flags & PLAN_GUEST_CONTROL)
		fprintf(file, "  controls: stops and starts other guests\n");
	if (from->poll_us)
		fprintf(file, "  polls; when all is idle it sleeps up to %u us\n", from->poll_us);
	if (guest->flags & PLAN_GUEST_WORKLOAD)
		fprintf(file, "  workload: power-off waits for it\n");
	if (guest->flags & PLAN_GUEST_REPORT)
		fprintf(file, "  reports: reads the counters\n");
	if (layout->vmx.apic)
		fprintf(file, "  local APIC 0x%" PRIx64 ": the APIC-access page\n",
			layout->vmx.apic);
	if (layout->vmx_guest[index].gate)
		fprintf(file, "  gates 0x%" PRIx64 ": it rings its own msi doorbells only\n",
			layout->vmx_guest[index].gate);
	else if (layout_sends(layout, index, PLAN_DOORBELL_MSI))
		fprintf(file, "  can ring every msi event, without limit\n");
}

static void put_link(const struct layout *layout, u32 index, FILE *file)
{
	const struct plan_link *link = &layout->link[index];
	const struct model_link *from = &layout->model->link[index];
	char size[32];

	report_size(link->region_size, size);
	fprintf(file, "\n%s, %s, %s: driver %s, device %s\n", link->name,
		model_type_name(link->device_id), model_transport_name(link->transport),
		layout->guest[link->driver].name, layout->guest[link->device].name);
	fprintf(file, "  doorbells %s to the device, %s to the driver; vectors %s\n",
		model_doorbell_name(from->doorbell[PLAN_TO_DEVICE]),
		model_doorbell_name(from->doorbell[PLAN_TO_DRIVER]),
		from->shared_vectors ? "shared" : "per queue");
	if (from->has_mac)
		fprintf(file, "  MAC %02x:%02x:%02x:%02x:%02x:%02x\n", from->mac[0], from->mac[1],
			from->mac[2], from->mac[3], from->mac[4], from->mac[5]);
	fprintf(file, "  window 0x%" PRIx64 ", features 0x%" PRIx64 "\n", link->window,
		link->features);
	if (layout_is_linux(layout, link->driver))
		fprintf(file,
			"  region 0x%" PRIx64 ", %s: the DMA window of %s; queues of %u entries\n",
			link->region, size, layout->guest[link->driver].name, link->queue[0].size);
	else
		fprintf(file, "  region 0x%" PRIx64 ", %s, buffers from 0x%" PRIx64 "\n",
			link->region, size, layout->buffers[index]);
	for (u32 q = 0; q < link->queue_count && !layout_is_linux(layout, link->driver); q++) {
		const struct layout_rings *rings = &layout->rings[index][q];

		fprintf(file,
			"  queue %u: %u entries, descriptors 0x%" PRIx64 ", available 0x%" PRIx64
			", used 0x%" PRIx64 "\n",
			q, link->queue[q].size, rings->desc, rings->driver, rings->device);
	}
	if (link->transport != PLAN_TRANSPORT_STATIC)
		fprintf(file, "  reset waits %u ms\n", link->reset_timeout_ms);
	if (link->entry)
		fprintf(file, "  entry 0x%" PRIx64 ": 0x%" PRIx64 " traps, 0x%" PRIx64 " is RAM\n",
			link->entry, link->entry_trapped, link->entry_ram);
}

/* What a route is for: "queue 1, available", "all queues, used and configuration". */
static void route_purpose(const struct layout *layout, u32 number, char *text, size_t size)
{
	const struct plan_route *route = &layout->route[number];
	const struct plan_link *link = &layout->link[route->link];
	const char *what = route->direction == PLAN_TO_DEVICE ? "available" : "used";

	if (layout->model->link[route->link].shared_vectors) {
		snprintf(text, size, "all queues, %s%s", what,
			 route->direction == PLAN_TO_DRIVER ? " and configuration" : "");
		return;
	}
	snprintf(text, size, "configuration");
	for (u32 q = 0; q < link->queue_count; q++)
		if (link->queue[q].route_to_device == number ||
		    link->queue[q].route_to_driver == number)
			snprintf(text, size, "queue %u, %s", q, what);
}

/* Where the guest chooses it is a pin's; where nobody rings there is none. */
static void route_intid(const struct layout *layout, u32 number, char *text, size_t size)
{
	const struct plan_route *route = &layout->route[number];
	const struct plan_guest *guest = &layout->guest[route->receiver];

	if (route->kind == PLAN_DOORBELL_POLL)
		snprintf(text, size, "-");
	else
		snprintf(text, size, "%u", route->intid);
	for (u32 i = 0; i < guest->pin_count; i++)
		if (guest->pin[i] == number)
			snprintf(text, size, "pin%u", LAYOUT_PIN_FIRST + i);
}

static void put_routes(const struct layout *layout, FILE *file)
{
	fprintf(file, "\nRoutes: who rings whom\n\n%-5s  %-5s  %-7s  %s\n", "event",
		report_words(layout)->interrupt, "kind", "what");
	for (u32 i = 0; i < layout->plan.route_count; i++) {
		const struct plan_route *route = &layout->route[i];
		u64 word = layout_word(layout, route);
		char purpose[64];
		char intid[16];

		route_purpose(layout, i, purpose, sizeof(purpose));
		route_intid(layout, i, intid, sizeof(intid));
		fprintf(file, "%-5u  %-5s  %-7s  %s to %s, vCPU %u on CPU %u: link %s, %s", i,
			intid, model_doorbell_name(route->kind), layout->guest[route->sender].name,
			layout->guest[route->receiver].name, layout->cpu[route->cpu].vcpu,
			layout->board_cpu[route->cpu], layout->link[route->link].name, purpose);
		if (word)
			fprintf(file, ", word 0x%" PRIx64, word);
		fprintf(file, "\n");
	}
}

static void put_path(const struct layout *layout, const struct report_path *path, FILE *file)
{
	const struct plan_link *first = &layout->link[path->link[0]];
	char name[4 * PLAN_NAME_MAX];

	if (path->link[1] == PLAN_NONE) {
		snprintf(name, sizeof(name), "%s - %s (link %s)", layout->guest[first->driver].name,
			 layout->guest[first->device].name, first->name);
	} else {
		const struct plan_link *second = &layout->link[path->link[1]];

		snprintf(name, sizeof(name), "%s - %s - %s", layout->guest[first->driver].name,
			 layout->guest[first->device].name, layout->guest[second->driver].name);
	}
	fprintf(file, "%7u  %7u  %7u  %9u  %7u  %7u  %3u  %3u  %4u  %s\n", path->entries,
		path->trap_read, path->trap_write, path->trap_read, path->ack_irq, path->notify,
		path->irq, path->msi, path->kick, name);
}

static void put_paths(const struct layout *layout, FILE *file)
{
	static struct report_path path[REPORT_PATH_MAX];
	u32 count = report_paths(layout, path);

	fprintf(file,
		"\nPredicted entries into the hypervisor, all CPUs together, for one frame there and\n"
		"one back; entries = TRAP(R) + TRAP(W) + MSI + KICK\n\n"
		"%7s  %7s  %7s  %9s  %7s  %7s  %3s  %3s  %4s  %s\n",
		"entries", "TRAP(R)", "TRAP(W)", "CHECK-IRQ", "ACK-IRQ", "NOTIFY", "IRQ", "MSI",
		"KICK", "between");
	for (u32 i = 0; i < count; i++)
		put_path(layout, &path[i], file);
	if (!count)
		fprintf(file, "there is no net link\n");
}

void report_text(const struct layout *layout, struct out *out)
{
	FILE *file = out_open(out, "layout.txt");

	put_head(layout, file);
	put_cpus(layout, file);
	put_memory(layout, file);
	report_machine(layout, file);
	fprintf(file, "\nGuests\n");
	for (u32 i = 0; i < layout->plan.guest_count; i++)
		put_guest(layout, i, file);
	fprintf(file, "\nLinks\n");
	for (u32 i = 0; i < layout->plan.link_count; i++)
		put_link(layout, i, file);
	put_routes(layout, file);
	put_paths(layout, file);
}
