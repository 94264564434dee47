/*
 * Rules about what the machine's registers say, of arm64, where the board file tells it: what boot would
 * refuse is refused here. Part of rules_check.
 */
#include "arch/arm64/wants.h"
#include "core/bits.h"
#include "tools/planc/diag.h"
#include "tools/planc/layout.h"
#include "tools/planc/rules.h"
#include "tools/planc/schema.h"

/* So its-itt-entry needs no rule. */
_Static_assert(SCHEMA_ITT_ENTRY_MAX << LAYOUT_EVENT_BITS <= WANT_ITT_BYTES, "every ITT fits");

/* 0 means that the board does not say. */
static void check_least(const struct model *model, int node, const char *property, u32 found,
			u32 wanted)
{
	if (found && found < wanted)
		diag_error(model->source, node, property,
			   "%s is %u and the hypervisor needs %u at least: use another machine",
			   property, found, wanted);
}

static void check_equal(const struct model *model, int node, const char *property, u32 found,
			u32 wanted)
{
	if (found && found != wanted)
		diag_error(model->source, node, property,
			   "%s is %u and the hypervisor takes %u: use another machine", property,
			   found, wanted);
}

static void check_its_numbers(const struct model *model)
{
	const struct model_gic *gic = &model->board.gic;

	if (gic->its_event_bits && gic->event_bits > gic->its_event_bits)
		diag_error(model->source, gic->node, "event-bits",
			   "event-bits is %u and its-event-bits %u: give %u at most",
			   gic->event_bits, gic->its_event_bits, gic->its_event_bits);
	if (gic->its_device_bits && (u64)gic->msi_device >> gic->its_device_bits)
		diag_error(model->source, gic->node, "msi-device",
			   "msi-device is %u and its-device-bits %u: give a DeviceID below %llu",
			   gic->msi_device, gic->its_device_bits, 1ull << gic->its_device_bits);
}

/* IHI 0069, GITS_BASER<n>.Type. Each table is flat, and indexed from 0. */
static void check_its_tables(const struct model *model)
{
	const struct model_gic *gic = &model->board.gic;
	const struct {
		const char *name;
		u32 type;
		u64 entries;
	} tables[] = {
		{"DeviceIDs", 1, (u64)gic->msi_device + 1},
		{"vPEs", 2, PLAN_CPU_MAX},
		{"collections", 4, PLAN_CPU_MAX},
	};

	for (u32 i = 0; i < ARRAY_SIZE(tables); i++) {
		u32 bytes = gic->its_table_entry[tables[i].type];

		if (!bytes)
			diag_error(model->source, gic->node, "its-tables",
				   "its-tables has none of type %u, for %s, which msi doorbells "
				   "need: use other doorbells",
				   tables[i].type, tables[i].name);
		else if (tables[i].entries * bytes > WANT_TABLE_BYTES)
			diag_error(model->source, gic->node, "its-tables",
				   "%llu %s of %u bytes do not fit into a table of %u, which msi "
				   "doorbells need: use other doorbells",
				   (unsigned long long)tables[i].entries, tables[i].name, bytes,
				   WANT_TABLE_BYTES);
	}
}

static void check_msi(const struct model *model)
{
	const struct model_gic *gic = &model->board.gic;

	if (!rules_want_msi(model))
		return;
	if (gic->id_bits && gic->id_bits < LAYOUT_ID_BITS)
		diag_error(model->source, gic->node, "id-bits",
			   "id-bits is %u and msi doorbells need %u at least: use other doorbells",
			   gic->id_bits, LAYOUT_ID_BITS);
	if (gic->has_its_tables)
		check_its_tables(model);
	else if (gic->msi_device >= WANT_TABLE_BYTES)
		diag_error(model->source, gic->node, "msi-device",
			   "msi-device is %u and the ITS gets a table for %u DeviceIDs: use other "
			   "doorbells",
			   gic->msi_device, WANT_TABLE_BYTES);
}

void rules_machine(const struct model *model)
{
	const struct model_gic *gic = &model->board.gic;
	const struct model_machine *machine = &model->board.machine;

	check_least(model, gic->node, "list-registers", gic->list_registers, WANT_LIST_REGISTERS);
	check_equal(model, gic->node, "maintenance-interrupt", gic->maintenance_interrupt,
		    WANT_MAINTENANCE_INTERRUPT);
	check_equal(model, machine->timer_node, "virtual-interrupt", machine->virtual_timer,
		    WANT_VIRTUAL_TIMER_INTERRUPT);
	check_least(model, machine->features_node, "address-bits", machine->address_bits,
		    WANT_ADDRESS_BITS);
	check_least(model, machine->features_node, "cache-line", machine->cache_line,
		    WANT_CACHE_LINE);
	check_its_numbers(model);
	check_msi(model);
}
