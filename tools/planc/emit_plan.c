/*
 * Writes plan.c: the records of core/plan.h as named initialisers, each with a comment that says
 * which guest or link it is.
 */
#include <inttypes.h>

#include "core/bits.h"
#include "tools/planc/emit.h"
#include "tools/planc/its.h"

static const char *const doorbells[] = {
	[PLAN_DOORBELL_MSI] = "PLAN_DOORBELL_MSI",
	[PLAN_DOORBELL_MONITOR] = "PLAN_DOORBELL_MONITOR",
	[PLAN_DOORBELL_INJECT] = "PLAN_DOORBELL_INJECT",
	[PLAN_DOORBELL_POLL] = "PLAN_DOORBELL_POLL",
};

static const char *const transports[] = {
	[PLAN_TRANSPORT_STATIC] = "PLAN_TRANSPORT_STATIC",
	[PLAN_TRANSPORT_LAZY] = "PLAN_TRANSPORT_LAZY",
	[PLAN_TRANSPORT_TRAP] = "PLAN_TRANSPORT_TRAP",
};

static const char *const directions[] = {
	[PLAN_TO_DEVICE] = "PLAN_TO_DEVICE",
	[PLAN_TO_DRIVER] = "PLAN_TO_DRIVER",
};

static void hex(FILE *file, const char *indent, const char *name, u64 value)
{
	fprintf(file, "%s.%s = 0x%" PRIx64 ",\n", indent, name, value);
}

static void number(FILE *file, const char *indent, const char *name, u32 value)
{
	fprintf(file, "%s.%s = %" PRIu32 ",\n", indent, name, value);
}

static void emit_head(const struct layout *layout, FILE *file)
{
	fprintf(file,
		"/*\n * The plan of %s, written by planc: change the deployment, not this file.\n"
		" */\n%s#include \"core/plan.h\"\n\n"
		"#define INIT __attribute__((section(\".plan.init\"), used))\n"
		"#define RODATA __attribute__((section(\".plan.rodata\"), used))\n",
		layout->plan.name, layout->vmx.apic ? "#include \"arch/x86_64/vmx_plan.h\"\n" : "");
}

static void emit_gic(const struct plan_gic *gic, FILE *file)
{
	const char *indent = "\t\t";

	fprintf(file, "\t.gic = {\n");
	hex(file, indent, "gicd", gic->gicd);
	hex(file, indent, "gits", gic->gits);
	hex(file, indent, "its_device_table", gic->its_device_table);
	hex(file, indent, "its_collection_table", gic->its_collection_table);
	hex(file, indent, "its_vpe_table", gic->its_vpe_table);
	hex(file, indent, "its_queue", gic->its_queue);
	hex(file, indent, "itt", gic->itt);
	hex(file, indent, "lpi_config", gic->lpi_config);
	hex(file, indent, "vlpi_config", gic->vlpi_config);
	number(file, indent, "present", gic->present);
	number(file, indent, "id_bits", gic->id_bits);
	number(file, indent, "msi_device", gic->msi_device);
	number(file, indent, "event_bits", gic->event_bits);
	number(file, indent, "vpe_count", gic->vpe_count);
	hex(file, indent, "gicr", gic->gicr);
	fprintf(file, "\t},\n");
}

static void emit_root(const struct layout *layout, FILE *file)
{
	const struct plan *root = &layout->plan;

	fprintf(file, "\nRODATA const struct plan plan = {\n\t.magic = PLAN_MAGIC,\n"
		      "\t.version = PLAN_VERSION,\n");
	fprintf(file, "\t.flags = %s%s%s,\n",
		root->flags & PLAN_POWER_OFF_WHEN_DONE ? "PLAN_POWER_OFF_WHEN_DONE" : "0",
		root->flags & PLAN_UART_OWNED ? " | PLAN_UART_OWNED" : "",
		root->flags & PLAN_POSTED ? " | PLAN_POSTED" : "");
	fprintf(file, "\t.name = \"%s\",\n\t.part = {\n", root->name);
	for (u32 i = 0; i < PLAN_PART_COUNT; i++)
		fprintf(file, "\t\t[PLAN_PART_%s] = {0x%" PRIx64 ", 0x%" PRIx64 "},\n",
			layout_part_name(i), root->part[i].base, root->part[i].size);
	fprintf(file, "\t},\n");
	hex(file, "\t", "stage1_boot", root->stage1_boot);
	hex(file, "\t", "uart", root->uart);
	number(file, "\t", "cpu_count", root->cpu_count);
	number(file, "\t", "guest_count", root->guest_count);
	number(file, "\t", "link_count", root->link_count);
	number(file, "\t", "route_count", root->route_count);
	number(file, "\t", "payload_count", root->payload_count);
	number(file, "\t", "clear_count", root->clear_count);
	number(file, "\t", "its_count", root->its_count);
	number(file, "\t", "claim_count", root->claim_count);
	emit_gic(&root->gic, file);
	hex(file, "\t", "tree_entries", root->tree_entries);
	number(file, "\t", "wired_count", root->wired_count);
	number(file, "\t", "register_count", root->register_count);
	fprintf(file, "};\n");
}

static void emit_cpus(const struct layout *layout, FILE *file)
{
	const char *indent = "\t\t";

	fprintf(file, "\nRODATA const struct plan_cpu plan_cpus[] = {\n");
	for (u32 i = 0; i < layout->plan.cpu_count; i++) {
		const struct plan_cpu *cpu = &layout->cpu[i];

		fprintf(file, "\t[%u] = { /* the board's CPU %u: %s, vCPU %u */\n", i,
			layout->board_cpu[i], layout->guest[cpu->guest].name, cpu->vcpu);
		hex(file, indent, "mpidr", cpu->mpidr);
		hex(file, indent, "stage1", cpu->stage1);
		hex(file, indent, "private_hpa", cpu->private_hpa);
		hex(file, indent, "gicr", cpu->gicr);
		hex(file, indent, "lpi_pending", cpu->lpi_pending);
		hex(file, indent, "vlpi_pending", cpu->vlpi_pending);
		number(file, indent, "guest", cpu->guest);
		number(file, indent, "vcpu", cpu->vcpu);
		hex(file, indent, "sgi1r", cpu->sgi1r);
		fprintf(file, "\t},\n");
	}
	fprintf(file, "};\n");
}

static void emit_flags(u32 flags, FILE *file)
{
	static const char *const names[] = {"WORKLOAD", "REPORT", "UART",
					    "DTB",	"LINUX",  "CONTROL"};
	const char *before = "";

	fprintf(file, "\t\t.flags = ");
	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(flags & 1u << i))
			continue;
		fprintf(file, "%sPLAN_GUEST_%s", before, names[i]);
		before = " | ";
	}
	fprintf(file, "%s,\n", *before ? "" : "0");
}

/* What only a guest with a kernel has. */
static void emit_linux(const struct plan_guest *guest, FILE *file)
{
	const char *indent = "\t\t";

	if (!(guest->flags & PLAN_GUEST_LINUX))
		return;
	hex(file, indent, "dma_base", guest->dma_base);
	hex(file, indent, "dma_size", guest->dma_size);
	hex(file, indent, "mbigen", guest->mbigen);
	number(file, indent, "pin_count", guest->pin_count);
	fprintf(file, "\t\t.pin = {");
	for (u32 i = 0; i < guest->pin_count; i++)
		fprintf(file, "%s%u", i ? ", " : "", guest->pin[i]);
	fprintf(file, "},\n");
}

static void emit_guests(const struct layout *layout, FILE *file)
{
	const char *indent = "\t\t";

	fprintf(file, "\nRODATA const struct plan_guest plan_guests[] = {\n");
	for (u32 i = 0; i < layout->plan.guest_count; i++) {
		const struct plan_guest *guest = &layout->guest[i];

		fprintf(file, "\t[%u] = {\n\t\t.name = \"%s\",\n", i, guest->name);
		hex(file, indent, "stage2", guest->stage2);
		hex(file, indent, "ram_base", guest->ram_base);
		hex(file, indent, "ram_size", guest->ram_size);
		hex(file, indent, "entry", guest->entry);
		hex(file, indent, "dtb", guest->dtb);
		number(file, indent, "vmid", guest->vmid);
		emit_flags(guest->flags, file);
		number(file, indent, "vcpu_count", guest->vcpu_count);
		fprintf(file, "\t\t.cpu = {");
		for (u32 v = 0; v < PLAN_CPU_MAX; v++) {
			fputs(v ? ", " : "", file);
			if (guest->cpu[v] == PLAN_NONE)
				fputs("PLAN_NONE", file);
			else
				fprintf(file, "%u", guest->cpu[v]);
		}
		fprintf(file, "},\n");
		emit_linux(guest, file);
		hex(file, indent, "restart", guest->restart);
		hex(file, indent, "vlpi_config", guest->vlpi_config);
		fprintf(file, "\t},\n");
	}
	fprintf(file, "};\n");
}

static void emit_queue(const struct plan_queue *queue, u32 q, FILE *file)
{
	const char *indent = "\t\t\t\t";

	fprintf(file, "\t\t\t[%u] = {\n", q);
	hex(file, indent, "desc", queue->desc);
	hex(file, indent, "driver", queue->driver);
	hex(file, indent, "device", queue->device);
	number(file, indent, "size", queue->size);
	number(file, indent, "route_to_device", queue->route_to_device);
	number(file, indent, "route_to_driver", queue->route_to_driver);
	fprintf(file, "\t\t\t},\n");
}

static void emit_link(const struct layout *layout, u32 i, FILE *file)
{
	const struct plan_link *link = &layout->link[i];
	const char *indent = "\t\t";

	fprintf(file, "\t[%u] = { /* %s: driver %s, device %s */\n", i,
		model_type_name(link->device_id), layout->guest[link->driver].name,
		layout->guest[link->device].name);
	fprintf(file, "\t\t.name = \"%s\",\n", link->name);
	hex(file, indent, "window", link->window);
	hex(file, indent, "driver_page", link->driver_page);
	hex(file, indent, "device_page", link->device_page);
	hex(file, indent, "hyp_page", link->hyp_page);
	hex(file, indent, "region", link->region);
	hex(file, indent, "region_size", link->region_size);
	hex(file, indent, "entry", link->entry);
	hex(file, indent, "entry_trapped", link->entry_trapped);
	hex(file, indent, "entry_ram", link->entry_ram);
	hex(file, indent, "features", link->features);
	fprintf(file, "\t\t.transport = %s,\n", transports[link->transport]);
	number(file, indent, "device_id", link->device_id);
	number(file, indent, "driver", link->driver);
	number(file, indent, "device", link->device);
	number(file, indent, "queue_count", link->queue_count);
	number(file, indent, "route_config", link->route_config);
	number(file, indent, "reset_timeout_ms", link->reset_timeout_ms);
	fprintf(file, "\t\t.queue = {\n");
	for (u32 q = 0; q < link->queue_count; q++)
		emit_queue(&link->queue[q], q, file);
	fprintf(file, "\t\t},\n\t},\n");
}

static void emit_links(const struct layout *layout, FILE *file)
{
	fprintf(file, "\nRODATA const struct plan_link plan_links[] = {\n");
	for (u32 i = 0; i < layout->plan.link_count; i++)
		emit_link(layout, i, file);
	if (!layout->plan.link_count)
		fprintf(file, "\t{.transport = 0}, /* none; C wants an element */\n");
	fprintf(file, "};\n");
}

static void emit_routes(const struct layout *layout, FILE *file)
{
	fprintf(file, "\nRODATA const struct plan_route plan_routes[] = {\n");
	for (u32 i = 0; i < layout->plan.route_count; i++) {
		const struct plan_route *route = &layout->route[i];

		fprintf(file, "\t[%u] = { /* %s: %s rings %s */\n", i,
			layout->link[route->link].name, layout->guest[route->sender].name,
			layout->guest[route->receiver].name);
		fprintf(file,
			"\t\t.link = %u, .direction = %s, .kind = %s,\n"
			"\t\t.sender = %u, .receiver = %u, .cpu = %u, .intid = %u,\n\t},\n",
			route->link, directions[route->direction], doorbells[route->kind],
			route->sender, route->receiver, route->cpu, route->intid);
	}
	if (!layout->plan.route_count)
		fprintf(file, "\t{.link = 0}, /* none; C wants an element */\n");
	fprintf(file, "};\n");
}

static void emit_wired(const struct layout *layout, FILE *file)
{
	fprintf(file, "\nRODATA const struct plan_wired plan_wired[] = {\n");
	for (u32 i = 0; i < layout->plan.wired_count; i++) {
		const struct plan_wired *wired = &layout->wired[i];

		fprintf(file, "\t{.physical = %u, .intid = %u, .guest = %u, .cpu = %u}, /* %s */\n",
			wired->physical, wired->intid, wired->guest, wired->cpu,
			layout->guest[wired->guest].name);
	}
	if (!layout->plan.wired_count)
		fprintf(file, "\t{.physical = 0}, /* none; C wants an element */\n");
	fprintf(file, "};\n");
}

static void emit_payload_records(const struct layout *layout, FILE *file)
{
	fprintf(file, "\nINIT const struct plan_payload plan_payloads[] = {\n");
	for (u32 i = 0; i < layout->plan.payload_count; i++) {
		const struct plan_payload *payload = &layout->payload[i];

		fprintf(file,
			"\t{ /* %s */\n\t\t.source = 0x%" PRIx64 ", .target = 0x%" PRIx64
			", .size = 0x%" PRIx64 ",\n\t\t.guest = %u, .crc32 = 0x%08x,\n\t},\n",
			layout->guest[payload->guest].name, payload->source, payload->target,
			payload->size, payload->guest, payload->crc32);
	}
	fprintf(file, "};\n");
}

static void emit_clears(const struct layout *layout, FILE *file)
{
	fprintf(file, "\nINIT const struct plan_clear plan_clears[] = {\n");
	for (u32 i = 0; i < layout->plan.clear_count; i++)
		fprintf(file, "\t{.base = 0x%" PRIx64 ", .size = 0x%" PRIx64 "}, /* %s */\n",
			layout->clear[i].base, layout->clear[i].size, layout->clear_name[i]);
	fprintf(file, "};\n");
}

static void emit_claims(const struct layout *layout, FILE *file)
{
	fprintf(file, "\nINIT const struct plan_claim plan_claims[] = {\n");
	for (u32 i = 0; i < layout->plan.claim_count; i++)
		fprintf(file, "\t{.base = 0x%" PRIx64 ", .size = 0x%" PRIx64 "},\n",
			layout->claim[i].base, layout->claim[i].size);
	fprintf(file, "};\n");
}

static const char *command_name(u64 dw0)
{
	switch (dw0 & 0xff) {
	case ITS_MAPD:
		return "MAPD";
	case ITS_VSYNC:
		return "VSYNC";
	case ITS_VMAPP:
		return "VMAPP";
	case ITS_VMAPTI:
		return "VMAPTI";
	case ITS_VINVALL:
		return "VINVALL";
	default:
		return "?";
	}
}

static void emit_its(const struct layout *layout, FILE *file)
{
	fprintf(file, "\nINIT const struct plan_its_command plan_its[] = {\n");
	for (u32 i = 0; i < layout->plan.its_count; i++) {
		const u64 *dw = layout->its[i].dw;

		fprintf(file,
			"\t{{0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64
			"}}, /* %s */\n",
			dw[0], dw[1], dw[2], dw[3], command_name(dw[0]));
	}
	if (!layout->plan.its_count)
		fprintf(file, "\t{{0}}, /* none; C wants an element */\n");
	fprintf(file, "};\n");
}

/* A line for each string; a hint may have quotes. */
static void emit_text(const struct layout *layout, FILE *file)
{
	fprintf(file, "\nINIT _Alignas(8) const char plan_text[] =\n\t\"");
	if (!layout->text_size)
		fputs("\";\n", file);
	for (u32 i = 0; i < layout->text_size; i++) {
		char c = layout->text[i];

		if (c == '\0')
			fputs(i + 1 < layout->text_size ? "\\0\"\n\t\"" : "\";\n", file);
		else
			fprintf(file, c == '"' ? "\\%c" : "%c", c);
	}
}

static void emit_register(const struct layout *layout, const struct plan_register *reg, FILE *file)
{
	static const char *const phases[] = {"FIT", "MACHINE", "CPU", "ROUTES", "RESIDE"};
	static const char *const ops[] = {"WRITE", "EQUAL", "LEAST", "MOST"};

	fprintf(file,
		"\t{ /* %s */\n\t\t.phase = PLAN_PHASE_%s, .op = PLAN_REGISTER_%s, .size = %u, "
		".count = %u,\n\t\t",
		&layout->text[reg->name], phases[reg->phase], ops[reg->op], reg->size, reg->count);
	if (reg->cpu == PLAN_NONE)
		fprintf(file, ".cpu = PLAN_NONE, ");
	else
		fprintf(file, ".cpu = %u, ", reg->cpu);
	fprintf(file,
		".address = 0x%" PRIx64 ", .value = 0x%" PRIx64 ",\n\t\t.mask = 0x%" PRIx64
		", .where = 0x%" PRIx64 ", .name = %u, .hint = %u,\n\t},\n",
		reg->address, reg->value, reg->mask, reg->where, reg->name, reg->hint);
}

static void emit_registers(const struct layout *layout, FILE *file)
{
	fprintf(file, "\nINIT const struct plan_register plan_registers[] = {\n");
	for (u32 i = 0; i < layout->plan.register_count; i++)
		emit_register(layout, &layout->reg[i], file);
	if (!layout->plan.register_count)
		fprintf(file, "\t{.phase = 0}, /* none; C wants an element */\n");
	fprintf(file, "};\n");
}

void emit_plan(const struct layout *layout, struct out *out)
{
	FILE *file = out_open(out, "plan.c");

	emit_head(layout, file);
	emit_root(layout, file);
	emit_cpus(layout, file);
	emit_guests(layout, file);
	emit_links(layout, file);
	emit_routes(layout, file);
	emit_wired(layout, file);
	emit_vmx(layout, file);
	emit_payload_records(layout, file);
	emit_clears(layout, file);
	emit_claims(layout, file);
	emit_its(layout, file);
	emit_registers(layout, file);
	emit_text(layout, file);
	emit_tables(layout, file);
}
