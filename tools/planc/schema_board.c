/* What the tables do not express of a board. Called from schema.c once the values have form. */
#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "core/plan.h"
#include "tools/planc/diag.h"
#include "tools/planc/schema.h"

/* Shared interrupts: IHI 0069 section 2.2.1. */
#define SPI_MIN 32u
#define SPI_MAX 1019u

/* Registers of an ns16550, and how many ports there are. */
#define PORT_COUNT 8u
#define PORT_END 0x10000u

#define GICR_STRIDE_V4 0x40000u /* four frames of 64 KiB, IHI 0069 section 12.10 */

static bool has_name(const struct source *source, int node, const char *name)
{
	size_t length = strlen(name);
	const char *found = fdt_get_name(source->fdt, node, NULL);

	return strncmp(found, name, length) == 0 && found[length] == '@';
}

static u64 unit_of(const struct source *source, int node, int base)
{
	const char *at = strchr(fdt_get_name(source->fdt, node, NULL), '@');

	return at ? strtoull(at + 1, NULL, base) : 0;
}

static void check_unit(const struct source *source, int node, const char *property, int cells)
{
	const char *at = strchr(fdt_get_name(source->fdt, node, NULL), '@');
	u64 base = schema_number(source, node, property, 0, cells);

	if (!fdt_getprop(source->fdt, node, property, NULL) || !at)
		return;
	if (unit_of(source, node, 16) != base ||
	    strspn(at + 1, "0123456789abcdef") != strlen(at + 1))
		diag_error(source, node, NULL,
			   "the name says @%s and %s says %#" PRIx64 ": name it @%" PRIx64, at + 1,
			   property, base, base);
}

void schema_unit_check(const struct source *source, int node)
{
	check_unit(source, node, "reg", 2);
}

/* Those of an ns16550. */
static void check_ports(const struct source *source, int node)
{
	int size = 0;
	u64 first = schema_number(source, node, "ports", 0, 1);
	u64 count = schema_number(source, node, "ports", 1, 1);

	if (!fdt_getprop(source->fdt, node, "ports", &size))
		return;
	if (size != 8 || count != PORT_COUNT || first > PORT_END - PORT_COUNT)
		diag_error(source, node, "ports",
			   "ports must be the first of %u ports and their number: write ports = "
			   "<0x3f8 %u>;",
			   PORT_COUNT, PORT_COUNT);
	check_unit(source, node, "ports", 1);
}

/* Whether another device in front of the node, or the cell before, has the interrupt. */
static bool is_taken(const struct source *source, int node, int index, u64 intid)
{
	int board = fdt_parent_offset(source->fdt, node);
	int child;

	for (int i = 0; i < index; i++)
		if (schema_number(source, node, "interrupts", i, 1) == intid)
			return true;
	fdt_for_each_subnode (child, source->fdt, board) {
		int size = 0;

		if (child == node)
			break;
		if (!fdt_getprop(source->fdt, child, "interrupts", &size))
			continue;
		for (int i = 0; i < size / 4; i++)
			if (schema_number(source, child, "interrupts", i, 1) == intid)
				return true;
	}
	return false;
}

void schema_device_check(const struct source *source, int node)
{
	int size = 0;

	schema_unit_check(source, node);
	check_ports(source, node);
	if (!fdt_getprop(source->fdt, node, "interrupts", &size))
		return;
	for (int i = 0; i < size / 4; i++) {
		u64 intid = schema_number(source, node, "interrupts", i, 1);

		if (intid < SPI_MIN || intid > SPI_MAX)
			diag_error(source, node, "interrupts",
				   "interrupts says %" PRIu64 ": give INTIDs from %u to %u", intid,
				   SPI_MIN, SPI_MAX);
		else if (is_taken(source, node, i, intid))
			diag_error(source, node, "interrupts",
				   "interrupts says %" PRIu64
				   ", which is taken already: give each interrupt to one device",
				   intid);
	}
}

/* The number of CPUs in front of the node, or of all when `node` is negative. */
static u64 count_cpus(const struct source *source, int board, int node)
{
	u64 count = 0;
	int child;

	fdt_for_each_subnode (child, source->fdt, board) {
		if (child == node)
			break;
		count += has_name(source, child, "cpu");
	}
	return count;
}

static void check_mpidr(const struct source *source, int board, int node)
{
	u64 mpidr = schema_number(source, node, "mpidr", 0, 2);
	int child;

	if (mpidr & 0xff000000)
		diag_error(source, node, "mpidr",
			   "mpidr is %#" PRIx64 ": give Aff3 in bits 39:32, Aff2 to Aff0 in 23:0",
			   mpidr);
	fdt_for_each_subnode (child, source->fdt, board) {
		if (child == node)
			break;
		if (has_name(source, child, "cpu") &&
		    schema_number(source, child, "mpidr", 0, 2) == mpidr)
			diag_error(source, node, "mpidr",
				   "mpidr is %#" PRIx64 " like that of %s: give each CPU its own",
				   mpidr, fdt_get_name(source->fdt, child, NULL));
	}
}

static void check_apic_id(const struct source *source, int board, int node)
{
	u64 id = schema_number(source, node, "apic-id", 0, 1);
	int child;

	fdt_for_each_subnode (child, source->fdt, board) {
		if (child == node)
			break;
		if (has_name(source, child, "cpu") &&
		    schema_number(source, child, "apic-id", 0, 1) == id)
			diag_error(source, node, "apic-id",
				   "apic-id is %" PRIu64 " like that of %s: give each CPU its own",
				   id, fdt_get_name(source->fdt, child, NULL));
	}
}

void schema_cpu_check(const struct source *source, int node)
{
	int board = fdt_parent_offset(source->fdt, node);
	u64 count = count_cpus(source, board, -1);
	u64 index = count_cpus(source, board, node);
	u64 sibling = schema_number(source, node, "sibling", 0, 1);
	const char *name = fdt_get_name(source->fdt, node, NULL);
	struct text right = {0};

	text_format(&right, "cpu@%" PRIu64, index);
	if (strcmp(name, right.data) != 0)
		diag_error(source, node, NULL,
			   "%s is CPU number %" PRIu64 " of the board: name it %s, in this order",
			   name, index, right.data);
	if (fdt_getprop(source->fdt, node, "mpidr", NULL))
		check_mpidr(source, board, node);
	if (fdt_getprop(source->fdt, node, "apic-id", NULL))
		check_apic_id(source, board, node);
	if (!fdt_getprop(source->fdt, node, "sibling", NULL))
		return;
	if (sibling >= count || sibling == index)
		diag_error(source, node, "sibling",
			   "sibling is %" PRIu64 ": give the number of another CPU of the board",
			   sibling);
}

static u64 cell_at(const struct source *source, int node, const char *property, int index)
{
	return schema_number(source, node, property, index, 1);
}

/* IHI 0069, GITS_BASER<n>: Type has three bits and 0 says "none", Entry_Size has five. */
static void check_its_table(const struct source *source, int node, int index)
{
	u64 type = cell_at(source, node, "its-tables", index);
	u64 bytes = cell_at(source, node, "its-tables", index + 1);

	if (type < 1 || type > 7 || bytes < 1 || bytes > 32)
		diag_error(source, node, "its-tables",
			   "its-tables says type %" PRIu64 " with entries of %" PRIu64
			   " bytes: give types from 1 to 7 with 1 to 32 bytes",
			   type, bytes);
	for (int i = 0; i < index; i += 2)
		if (cell_at(source, node, "its-tables", i) == type)
			diag_error(source, node, "its-tables",
				   "its-tables has type %" PRIu64 " twice: keep one", type);
}

void schema_gic_check(const struct source *source, int node)
{
	int size = 0;
	int cells;

	if (!fdt_getprop(source->fdt, node, "its-tables", &size))
		return;
	cells = size / 4;
	if (cells % 2)
		diag_error(
			source, node, "its-tables",
			"its-tables has %d cells: give pairs of a type and the bytes of an entry",
			cells);
	for (int i = 0; i + 1 < cells; i += 2)
		check_its_table(source, node, i);
}

/* One page, the same at every CPU. */
void schema_apic_check(const struct source *source, int node)
{
	u64 size = schema_number(source, node, "reg", 2, 2);

	if (size != PLAN_PAGE)
		diag_error(source, node, "reg",
			   "reg has %#" PRIx64 " bytes: the local APIC is one page, give %#x", size,
			   PLAN_PAGE);
}

void schema_features_check(const struct source *source, int node)
{
	u64 line = cell_at(source, node, "cache-line", 0);

	if (line & (line - 1))
		diag_error(source, node, "cache-line",
			   "cache-line is %" PRIu64 ": give the bytes of a line, a power of two",
			   line);
}

static bool has_msi(const struct source *source, int board)
{
	return fdt_stringlist_search(source->fdt, board, "doorbells", "msi") >= 0;
}

static void check_gic(const struct source *source, int board, int gic)
{
	static const char *const needed[] = {"msi-device", "event-bits"};
	const char *version = fdt_getprop(source->fdt, gic, "version", NULL);
	bool v4 = version && strcmp(version, "v4.0") == 0;

	if (v4 && !fdt_getprop(source->fdt, gic, "its", NULL))
		diag_error(source, gic, NULL,
			   "version v4.0 without its: give the ITS frames, or version \"v3\"");
	if (v4 && fdt_getprop(source->fdt, gic, "redistributors", NULL) &&
	    schema_number(source, gic, "redistributors", 2, 2) < GICR_STRIDE_V4)
		diag_error(source, gic, "redistributors",
			   "version v4.0 has four frames for each CPU: give a size of %#x at least",
			   GICR_STRIDE_V4);
	if (!has_msi(source, board))
		return;
	if (version && !v4)
		diag_error(source, board, "doorbells",
			   "msi needs a gic of version v4.0: remove \"msi\" from doorbells");
	for (size_t i = 0; v4 && i < ARRAY_SIZE(needed); i++)
		if (!fdt_getprop(source->fdt, gic, needed[i], NULL))
			diag_error(source, gic, NULL,
				   "%s is missing, doorbells has msi: add it, or remove \"msi\" "
				   "there",
				   needed[i]);
}

void schema_board_check(const struct source *source, int node)
{
	int gic = fdt_subnode_offset(source->fdt, node, "gic");

	if (gic >= 0 && strcmp(schema_arch(source), "arm64") == 0)
		check_gic(source, node, gic);
}
