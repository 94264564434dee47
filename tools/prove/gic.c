/*
 * The GIC's part of the plan: its memory, the ITS command list (IHI 0069, 5.3) and the virtual LPI
 * configuration table (5.2), each derived again from the routes. See prove.h.
 */
#include <string.h>

#include "core/bits.h"
#include "tools/prove/finding.h"
#include "tools/prove/prove.h"

#define ITS_VMAPTI 0x2au
#define ITS_VMAPP 0x29u
#define ITS_VINVALL 0x2du
#define ITS_VSYNC 0x25u
#define ITS_MAPD 0x08u

#define ITS_VALID BIT(63)
#define ITS_NO_DOORBELL 1023u
#define LPI_ID_BITS 14u
#define LPI_FIRST 8192u
#define LPI_DISABLED 0xa0u
#define LPI_ENABLED 0xa1u

static struct plan_its_command mapd(const struct prove *p)
{
	const struct plan_gic *gic = &p->plan.gic;

	return (struct plan_its_command){{ITS_MAPD | (u64)p->deployment.gic.msi_device << 32,
					  gic->event_bits - 1, gic->itt | ITS_VALID, 0}};
}

static struct plan_its_command vmapp(const struct prove *p, u32 vpe)
{
	return (struct plan_its_command){{ITS_VMAPP, (u64)vpe << 32,
					  (u64)p->board_cpu[vpe] << 16 | ITS_VALID,
					  p->cpu[vpe].vlpi_pending | (p->plan.gic.id_bits - 1)}};
}

static struct plan_its_command vmapti(const struct prove *p, u32 event)
{
	return (struct plan_its_command){{ITS_VMAPTI | (u64)p->deployment.gic.msi_device << 32,
					  (u64)p->route[event].cpu << 32 | event,
					  (u64)ITS_NO_DOORBELL << 32 | (LPI_FIRST + event), 0}};
}

static struct plan_its_command of_vpe(u32 command, u32 vpe)
{
	return (struct plan_its_command){{command, (u64)vpe << 32, 0, 0}};
}

/* Later phases rely on what earlier ones have mapped. */
static u32 phase(const struct plan_its_command *command)
{
	switch (GET(BITS(7, 0), command->dw[0])) {
	case ITS_MAPD:
	case ITS_VMAPP:
		return 0;
	case ITS_VMAPTI:
		return 1;
	case ITS_VINVALL:
		return 2;
	default:
		return 3;
	}
}

struct its_list {
	struct plan_its_command want[PROVE_ITS_MAX];
	const char *name[PROVE_ITS_MAX];
	bool met[PROVE_ITS_MAX];
	u32 count;
};

static void want(struct its_list *list, struct plan_its_command command, const char *name)
{
	if (list->count == PROVE_ITS_MAX)
		return;
	list->want[list->count] = command;
	list->name[list->count] = name;
	list->count++;
}

/*
 * By the deployment; route.c compares the route's own kind with it. What an event to a kernel
 * becomes, the kernel says when it runs.
 */
static bool is_mapped(const struct prove *p, u32 event)
{
	const struct plan_route *route = &p->route[event];
	const struct deploy_link *link = p->wanted_link[route->link];

	return link->kind[route->direction] == PLAN_DOORBELL_MSI &&
	       !(route->direction == PLAN_TO_DRIVER && is_linux(p, link->driver));
}

static void want_all(const struct prove *p, struct its_list *list)
{
	want(list, mapd(p), "MAPD");
	for (u32 i = 0; i < p->plan.cpu_count; i++) {
		want(list, vmapp(p, i), "VMAPP");
		want(list, of_vpe(ITS_VINVALL, i), "VINVALL");
		want(list, of_vpe(ITS_VSYNC, i), "VSYNC");
	}
	for (u32 i = 0; i < p->plan.route_count; i++)
		if (is_mapped(p, i))
			want(list, vmapti(p, i), "VMAPTI");
}

static bool meet(struct its_list *list, const struct plan_its_command *command)
{
	for (u32 i = 0; i < list->count; i++) {
		if (list->met[i] || memcmp(&list->want[i], command, sizeof(*command)) != 0)
			continue;
		list->met[i] = true;
		return true;
	}
	return false;
}

static void check_commands(const struct prove *p)
{
	static struct its_list list;
	u32 reached = 0;

	if (uses_msi(p))
		want_all(p, &list);
	for (u32 i = 0; i < p->plan.its_count; i++) {
		const struct plan_its_command *command = &p->its[i];
		const char *where = text("plan_its[%u]", i);

		if (!meet(&list, command))
			finding("its", where, "%016llx %016llx %016llx %016llx: no route needs it",
				(unsigned long long)command->dw[0],
				(unsigned long long)command->dw[1],
				(unsigned long long)command->dw[2],
				(unsigned long long)command->dw[3]);
		if (phase(command) < reached)
			finding("its", where, "comes too late: what precedes it relies on it");
		reached = phase(command);
	}
	for (u32 i = 0; i < list.count; i++)
		if (!list.met[i])
			finding("its", list.name[i], "%016llx %016llx %016llx %016llx is missing",
				(unsigned long long)list.want[i].dw[0],
				(unsigned long long)list.want[i].dw[1],
				(unsigned long long)list.want[i].dw[2],
				(unsigned long long)list.want[i].dw[3]);
}

static void check_vlpi(const struct prove *p)
{
	const struct plan_range *part = &p->plan.part[PLAN_PART_VLPI];
	const u8 *table = image_at(&p->image, part->base, part->size);

	if (!table) {
		finding("vlpi", "part vlpi", "not in the image");
		return;
	}
	for (u32 i = 0; i < part->size; i++) {
		bool mapped = i < p->plan.route_count && is_mapped(p, i);
		u32 should = mapped ? LPI_ENABLED : LPI_DISABLED;

		if (i >= PROVE_VLPI_SIZE)
			should = 0; /* a kernel's own, which it fills by its ITS commands */
		if (table[i] != should)
			finding("vlpi",
				text("table %u, INTID %u", i / PROVE_VLPI_SIZE,
				     LPI_FIRST + i % PROVE_VLPI_SIZE),
				"0x%x, should be 0x%x", table[i], should);
	}
}

/* A table that hardware reads or writes: aligned, inside part gic, apart from the others. */
struct table {
	const char *name;
	u64 base;
	u64 size;
	u64 align;
};

static void check_tables(const struct prove *p, const struct table *table, u32 count)
{
	const struct plan_range *part = &p->plan.part[PLAN_PART_GIC];

	for (u32 i = 0; i < count; i++) {
		if (table[i].base % table[i].align)
			finding("gic", table[i].name, "0x%llx is not aligned to 0x%llx",
				(unsigned long long)table[i].base,
				(unsigned long long)table[i].align);
		if (table[i].base < part->base || table[i].size > part->size ||
		    table[i].base - part->base > part->size - table[i].size)
			finding("gic", table[i].name, "0x%llx does not lie in part gic",
				(unsigned long long)table[i].base);
		taken_need(p, table[i].base, table[i].size, table[i].name);
		for (u32 j = 0; j < i; j++)
			if (ranges_overlap(table[i].base, table[i].size, table[j].base,
					   table[j].size))
				finding("gic", table[i].name, "overlaps %s", table[j].name);
	}
}

static void check_memory(const struct prove *p)
{
	const struct plan_gic *gic = &p->plan.gic;
	struct table table[7 + 2 * PLAN_CPU_MAX] = {
		{"its_device_table", gic->its_device_table, KIB(64), KIB(64)},
		{"its_collection_table", gic->its_collection_table, KIB(64), KIB(64)},
		{"its_vpe_table", gic->its_vpe_table, KIB(64), KIB(64)},
		{"its_queue", gic->its_queue, KIB(64), KIB(64)},
		{"itt", gic->itt, p->deployment.gic.itt_entry << p->deployment.gic.event_bits,
		 PLAN_PAGE},
		{"lpi_config", gic->lpi_config, BIT(LPI_ID_BITS) - LPI_FIRST, PLAN_PAGE},
	};
	u32 count = 6;

	for (u32 i = 0; i < p->plan.cpu_count; i++) {
		table[count++] = (struct table){text("plan_cpus[%u].lpi_pending", i),
						p->cpu[i].lpi_pending, BIT(LPI_ID_BITS) / 8,
						KIB(64)};
		table[count++] = (struct table){text("plan_cpus[%u].vlpi_pending", i),
						p->cpu[i].vlpi_pending, BIT(LPI_ID_BITS) / 8,
						KIB(64)};
	}
	check_tables(p, table, count);
}

/* Without msi there is no ITS to the plan, and it gives it no memory. */
static void check_absent(const struct prove *p)
{
	const struct plan_gic *gic = &p->plan.gic;
	const u64 fields[] = {gic->its_device_table,
			      gic->its_collection_table,
			      gic->its_vpe_table,
			      gic->its_queue,
			      gic->itt,
			      gic->lpi_config};

	for (u32 i = 0; i < ARRAY_SIZE(fields); i++)
		check_value("gic", "plan.gic without msi", fields[i], 0);
	for (u32 i = 0; i < p->plan.cpu_count; i++)
		check_value("gic", text("plan_cpus[%u] pending tables without msi", i),
			    p->cpu[i].lpi_pending | p->cpu[i].vlpi_pending, 0);
	check_value("gic", "part gic size without msi", p->plan.part[PLAN_PART_GIC].size, 0);
}

void gic_check(const struct prove *p)
{
	const struct deploy_gic *wanted = &p->deployment.gic;
	const struct plan_gic *gic = &p->plan.gic;
	bool msi = uses_msi(p);

	check_value("gic", "plan.gic.gicd", gic->gicd, wanted->distributor.base);
	check_value("gic", "plan.gic.present", gic->present, msi);
	check_value("gic", "plan.gic.reserved", gic->reserved, 0);
	check_value("gic", "plan.gic.gits", gic->gits, wanted->its.base);
	check_value("gic", "plan.gic.gicr", gic->gicr, wanted->redistributors.base);
	check_value("gic", "plan.gic.vlpi_config", gic->vlpi_config,
		    p->plan.part[PLAN_PART_VLPI].base);
	check_value("gic", "plan.gic.id_bits", gic->id_bits, LPI_ID_BITS);
	check_value("gic", "plan.gic.msi_device", gic->msi_device, msi ? wanted->msi_device : 0);
	check_value("gic", "plan.gic.event_bits", gic->event_bits, msi ? wanted->event_bits : 0);
	check_value("gic", "plan.gic.vpe_count", gic->vpe_count, msi ? p->plan.cpu_count : 0);
	if (msi) {
		check_memory(p);
		gic_board_check(p);
	} else {
		check_absent(p);
	}
	check_commands(p);
	check_vlpi(p);
}
