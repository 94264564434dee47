/*
 * Reads what a probe prints of the machine (/board/gic's facts, /board/timer, /board/features) and
 * refuses what the hypervisor was not made for. A fact that is not there is not held against it.
 * See deploy.h.
 */
#include <libfdt.h>
#include <string.h>

#include "core/bits.h"
#include "tools/prove/deploy_parts.h"
#include "tools/prove/fdt.h"
#include "tools/prove/finding.h"

/* FORMAT.md, /board. */
#define MAINTENANCE_INTERRUPT 25u
#define VIRTUAL_TIMER_INTERRUPT 27u
#define LIST_REGISTERS 3u
#define ADDRESS_BITS 40u
#define CACHE_LINE 64u
#define ITT_ENTRY_MAX 16u

/* GITS_BASERn.Type has three bits, Entry_Size five: IHI 0069 12.19. */
#define TABLE_ENTRY_MAX 32u

/* A number that is there, or `missing`. Cells that are not one number are a finding. */
static u32 read_fact(const void *blob, int node, const char *name, u32 missing)
{
	if (!fdt_flag(blob, node, name))
		return missing;
	if (fdt_cells(blob, node, name, &(u32){0}, 1) != 1)
		finding("deployment", fdt_get_name(blob, node, NULL), "%s is not one cell", name);
	return fdt_u32(blob, node, name, missing);
}

static void exactly(const void *blob, int node, const char *name, u32 wanted)
{
	u32 is = read_fact(blob, node, name, wanted);

	if (is != wanted)
		finding("deployment", fdt_get_name(blob, node, NULL), "%s is %u, should be %u",
			name, is, wanted);
}

static void at_least(const void *blob, int node, const char *name, u32 wanted)
{
	u32 is = read_fact(blob, node, name, wanted);

	if (is < wanted)
		finding("deployment", fdt_get_name(blob, node, NULL), "%s is %u, at least %u: %s",
			name, is, wanted, "the hypervisor needs them");
}

static void read_tables(struct deploy_gic *gic, const void *blob, int node)
{
	u32 cells[2 * ARRAY_SIZE(gic->its_table)];
	u32 count = fdt_cells(blob, node, "its-tables", cells, ARRAY_SIZE(cells));

	gic->its_tables = count != 0;
	if (count > ARRAY_SIZE(cells) || count % 2) {
		finding("deployment", "/board/gic", "its-tables has %u cells: not pairs", count);
		return;
	}
	for (u32 i = 0; i < count; i += 2) {
		u32 type = cells[i];
		u32 bytes = cells[i + 1];

		if (type == 0 || type >= ARRAY_SIZE(gic->its_table) || gic->its_table[type] ||
		    bytes == 0 || bytes > TABLE_ENTRY_MAX) {
			finding("deployment", "/board/gic",
				"its-tables: type %u, %u bytes: no such table, or again", type,
				bytes);
			continue;
		}
		gic->its_table[type] = bytes;
	}
}

void deploy_read_gic_facts(struct deploy_gic *gic, const void *blob, int node)
{
	gic->id_bits = read_fact(blob, node, "id-bits", 0);
	gic->its_event_bits = read_fact(blob, node, "its-event-bits", 0);
	gic->its_device_bits = read_fact(blob, node, "its-device-bits", 0);
	gic->itt_entry = read_fact(blob, node, "its-itt-entry", ITT_ENTRY_MAX);
	if (gic->itt_entry == 0 || gic->itt_entry > ITT_ENTRY_MAX) {
		finding("deployment", "/board/gic", "its-itt-entry is %u", gic->itt_entry);
		gic->itt_entry = ITT_ENTRY_MAX;
	}
	at_least(blob, node, "list-registers", LIST_REGISTERS);
	exactly(blob, node, "maintenance-interrupt", MAINTENANCE_INTERRUPT);
	read_tables(gic, blob, node);
}

void deploy_read_timer(const void *blob, int node)
{
	exactly(blob, node, "virtual-interrupt", VIRTUAL_TIMER_INTERRUPT);
}

void deploy_read_features(struct deployment *deployment, const void *blob, int node)
{
	at_least(blob, node, "address-bits", ADDRESS_BITS);
	at_least(blob, node, "cache-line", CACHE_LINE);
	deployment->address_bits = read_fact(blob, node, "address-bits", 0);
}
