/* links: tools/probe/board.c tools/probe/features.c tools/probe/ranges.c tools/probe/tree.c
 * links: tools/probe/tree_memory.c tools/probe/tree_node.c core/log.c */
/*
 * What the probe writes of a machine whose tree and registers are known here: buses that translate,
 * siblings, CPUs in the GIC's order, memory that firmware keeps; and what it says where the plan
 * could not use the machine.
 */
#include <libfdt.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"

#include <cmocka.h>

#include "core/arch.h"
#include "core/bits.h"
#include "core/plan.h"
#include "drivers/uart.h"
#include "tools/probe/machine.h"

#define TREE_SIZE 8192
#define GIC_HANDLE 1u

const struct plan plan;
static char printed[16384];
static _Alignas(8) char tree[TREE_SIZE];

void uart_write(hpa_t base, const char *text)
{
	(void)base;
	(void)text;
}

void arch_power_off(void)
{
	abort();
}

void print(const char *format, ...)
{
	size_t at = strlen(printed);
	va_list arguments;

	va_start(arguments, format);
	log_format(printed + at, sizeof(printed) - at, format, arguments);
	va_end(arguments);
}

static void cells(const char *name, u32 count, ...)
{
	fdt32_t cell[16];
	va_list arguments;

	va_start(arguments, count);
	for (u32 i = 0; i < count; i++)
		cell[i] = cpu_to_fdt32(va_arg(arguments, u32));
	va_end(arguments);
	assert_int_equal(fdt_property(tree, name, cell, (int)(4 * count)), 0);
}

static void text(const char *name, const char *value)
{
	assert_int_equal(fdt_property(tree, name, value, (int)strlen(value) + 1), 0);
}

static void begin(const char *name, u32 address_cells, u32 size_cells)
{
	assert_int_equal(fdt_begin_node(tree, name), 0);
	if (!address_cells)
		return;
	cells("#address-cells", 1, address_cells);
	cells("#size-cells", 1, size_cells);
}

static void end(void)
{
	assert_int_equal(fdt_end_node(tree), 0);
}

static void add_memory(bool bad_reserve)
{
	begin("memory@80000000", 0, 0);
	text("device_type", "memory");
	cells("reg", 8, 0, 0x80000000, 0, 0x10000000, 1, 0, 0, 0x20000000);
	end();
	begin("reserved-memory", 1, 1);
	if (!bad_reserve)
		cells("ranges", 0);
	begin("firmware@80000000", 0, 0);
	cells("reg", 2, 0x80000000, 0x200800);
	end();
	begin("unused@88000000", 0, 0);
	text("status", "disabled");
	cells("reg", 2, 0x88000000, 0x1000);
	end();
	end();
}

static void add_cpu(u32 aff1, u32 aff0, const char *status)
{
	char name[] = "cpu@000";

	name[4] = (char)('0' + aff1);
	name[6] = (char)('0' + aff0);
	begin(name, 0, 0);
	text("device_type", "cpu");
	cells("reg", 2, 0, aff1 << 8 | aff0);
	cells("phandle", 1, 0x100 + 2 * aff1 + aff0);
	if (status)
		text("status", status);
	end();
}

static void add_cpus(void)
{
	begin("cpus", 2, 0);
	for (u32 core = 0; core < 2; core++) {
		add_cpu(core, 0, NULL);
		add_cpu(core, 1, "okay");
	}
	add_cpu(2, 0, "disabled");
	begin("cpu-map", 0, 0);
	for (u32 core = 0; core < 2; core++) {
		begin(core ? "core1" : "core0", 0, 0);
		for (u32 thread = 0; thread < 2; thread++) {
			begin(thread ? "thread1" : "thread0", 0, 0);
			cells("cpu", 1, 0x100 + 2 * core + thread);
			end();
		}
		end();
	}
	end();
	end();
}

/* Devices have addresses of their bus; 0x10000000 is added on the way up. */
static void add_devices(void)
{
	static const char names[] = "virt\0phys\0hyp-phys";

	begin("soc", 1, 1);
	cells("ranges", 4, 0x1000, 0, 0x10001000, 0x7ffff000);
	begin("serial@2000", 0, 0);
	text("compatible", "arm,pl011");
	cells("reg", 2, 0x2000, 0x100);
	end();
	begin("serial@3000", 0, 0);
	assert_int_equal(fdt_property(tree, "compatible", "soc,uart\0arm,pl011", 19), 0);
	cells("reg", 2, 0x3000, 0x1000);
	end();
	begin("serial@4000", 0, 0);
	text("compatible", "arm,pl011");
	text("status", "disabled");
	cells("reg", 2, 0x4000, 0x1000);
	end();
	begin("serial@f00", 0, 0); /* not to be seen from outside of the bus */
	text("compatible", "arm,pl011");
	cells("reg", 2, 0xf00, 0x100);
	end();
	begin("gic@100000", 1, 1);
	text("compatible", "arm,gic-v3");
	cells("reg", 4, 0x100000, 0x10000, 0x200000, 0x100000);
	cells("#interrupt-cells", 1, 3);
	cells("interrupts", 3, 1, 9, 4);
	cells("ranges", 0);
	cells("phandle", 1, GIC_HANDLE);
	begin("its@180000", 0, 0);
	text("compatible", "arm,gic-v3-its");
	cells("reg", 2, 0x180000, 0x20000);
	end();
	end();
	end();
	begin("timer", 0, 0);
	text("compatible", "arm,armv8-timer");
	assert_int_equal(fdt_property(tree, "interrupt-names", names, sizeof(names)), 0);
	cells("interrupts", 9, 1, 11, 4, 1, 14, 4, 1, 10, 4);
	end();
}

static void make_tree(bool bad_reserve)
{
	assert_int_equal(fdt_create(tree, TREE_SIZE), 0);
	assert_int_equal(fdt_add_reservemap_entry(tree, 0x8f000000, 0x1000000), 0);
	assert_int_equal(fdt_add_reservemap_entry(tree, (u64)tree, 0x1000), 0);
	assert_int_equal(fdt_finish_reservemap(tree), 0);
	begin("", 2, 2);
	begin("aliases", 0, 0);
	text("console0", "/soc/serial@3000");
	end();
	begin("chosen", 0, 0);
	text("stdout-path", "console0:115200n8");
	end();
	add_memory(bad_reserve);
	add_cpus();
	add_devices();
	end();
	assert_int_equal(fdt_finish(tree), 0);
	assert_int_equal(fdt_check_full(tree, TREE_SIZE), 0);
}

/* Processor numbers run against the affinities. */
static struct machine fake(void)
{
	struct machine machine = {
		.level = 2,
		.redistributor_count = 4,
		.registers =
			{
				.ctr = 0x8444c004,
				.cntfrq = 25000000,
				.id = {[PFR0] = 0xff0011, [ISAR0] = 0x211120, [MMFR0] = 2},
				.ich_vtr = 0x90080003,
				.gicd_typer = 0x37e0007,
				.gicd_iidr = 0x43b,
				.gits_typer = 0x3f0001efb3,
				.gits_baser = {0x0107000000000000, 0, 0x0203000000000000},
			},
	};

	for (u64 i = 0; i < 4; i++) {
		u64 affinity = (3 - i) / 2 << 8 | (3 - i) % 2;

		machine.redistributor[i] = (struct redistributor){0x10200000 + i * 0x40000,
								  affinity << 32 | i << 8 | 2};
	}
	return machine;
}

static const char *probe(struct machine *machine)
{
	printed[0] = '\0';
	tree_read(machine, tree);
	board_order_cpus(machine);
	board_print(machine);
	return printed;
}

static const char expected[] =
	"/ {\n"
	"\tboard {\n"
	"\t\t#address-cells = <2>;\n"
	"\t\t#size-cells = <2>;\n"
	"\t\t/*\n"
	"\t\t * \"msi\" in doorbells is for a person to add, with msi-device, msi-device-source and\n"
	"\t\t * event-bits in gic: no register says which DeviceID a CPU's store to GITS_TRANSLATER carries.\n"
	"\t\t */\n"
	"\t\tarch = \"arm64\";\n"
	"\n"
	"\t\tram@80201000 {\n"
	"\t\t\treg = <0x0 0x80201000 0x0 0x7dff000>;\n"
	"\t\t};\n"
	"\n"
	"\t\tram@88001000 {\n"
	"\t\t\treg = <0x0 0x88001000 0x0 0x6fff000>;\n"
	"\t\t};\n"
	"\n"
	"\t\tram@100000000 {\n"
	"\t\t\treg = <0x1 0x0 0x0 0x20000000>;\n"
	"\t\t};\n"
	"\n"
	"\t\tcpu@0 { mpidr = <0x0 0x101>; sibling = <1>; };"
	"\t/* GICR_TYPER 0x10100000002 at 0x10200000 */\n"
	"\t\tcpu@1 { mpidr = <0x0 0x100>; sibling = <0>; };"
	"\t/* GICR_TYPER 0x10000000102 at 0x10240000 */\n"
	"\t\tcpu@2 { mpidr = <0x0 0x1>; sibling = <3>; };"
	"\t/* GICR_TYPER 0x100000202 at 0x10280000 */\n"
	"\t\tcpu@3 { mpidr = <0x0 0x0>; sibling = <2>; };"
	"\t/* GICR_TYPER 0x302 at 0x102c0000 */\n"
	"\n"
	"\t\tgic {\n"
	"\t\t\tversion = \"v4.0\";\n"
	"\t\t\t/* GICD_TYPER 0x37e0007, GICD_IIDR 0x43b */\n"
	"\t\t\tdistributor = <0x0 0x10100000 0x0 0x10000>;\n"
	"\t\t\tid-bits = <16>;\n"
	"\t\t\tredistributors = <0x0 0x10200000 0x0 0x40000>;\t/* of cpu@0; one for each CPU */\n"
	"\t\t\tlist-registers = <4>;\n"
	"\t\t\tmaintenance-interrupt = <25>;\n"
	"\t\t\t/* GITS_TYPER 0x3f0001efb3 */\n"
	"\t\t\tits = <0x0 0x10180000 0x0 0x20000>;\n"
	"\t\t\tits-event-bits = <16>;\n"
	"\t\t\tits-device-bits = <16>;\n"
	"\t\t\tits-itt-entry = <12>;\n"
	"\t\t\tits-tables = <1 8 2 4>;\n"
	"\t\t};\n"
	"\n"
	"\t\ttimer {\n"
	"\t\t\tvirtual-interrupt = <27>;\n"
	"\t\t\tphysical-interrupt = <30>;\n"
	"\t\t\thypervisor-interrupt = <26>;\n"
	"\t\t\tfrequency = <25000000>;\n"
	"\t\t};\n"
	"\n"
	"\t\tfeatures {\t/* of the CPU that the probe ran on */\n"
	"\t\t\taddress-bits = <40>;\n"
	"\t\t\tcache-line = <64>;\n"
	"\t\t\tisa = \"aes\", \"pmull\", \"sha1\", \"sha2\", \"crc32\", \"lse\";\n"
	"\t\t};\n"
	"\n"
	"\t\tuart: uart@10003000 {\n"
	"\t\t\ttype = \"pl011\";\n"
	"\t\t\treg = <0x0 0x10003000 0x0 0x1000>;\n"
	"\t\t};\n"
	"\n"
	"\t\tuart@10002000 {\n"
	"\t\t\ttype = \"pl011\";\n"
	"\t\t\treg = <0x0 0x10002000 0x0 0x1000>;\n"
	"\t\t};\n"
	"\t};\n"
	"};\n";

static void a_whole_board(void **state)
{
	struct machine machine = fake();

	(void)state;
	make_tree(false);
	assert_string_equal(probe(&machine), expected);
}

/* Each of these alone makes it a v3. */
static void v4_needs_all_of_it(void **state)
{
	(void)state;
	make_tree(false);
	for (u32 i = 0; i < 5; i++) {
		struct machine machine = fake();

		if (i == 1)
			machine.redistributor[2].typer |= BIT(7); /* RVPEID */
		if (i == 2)
			machine.redistributor[3].typer &= ~BIT(1); /* VLPIS */
		if (i == 3)
			machine.registers.gits_typer &= ~BIT(1); /* Virtual */
		if (i == 4)
			machine.registers.ich_vtr |= BIT(20); /* nV4 */
		assert_non_null(strstr(probe(&machine), i ? "\"v3\"" : "\"v4.0\""));
	}
}

static void rows_with_holes_are_said(void **state)
{
	struct machine machine = fake();

	(void)state;
	make_tree(false);
	machine.redistributor[3].frame += 0x40000;
	assert_non_null(strstr(probe(&machine), "/* error: Redistributors: "));
	assert_null(strstr(printed, "redistributors ="));
	machine = fake();
	machine.redistributor[3].typer += (u64)7 << 8;
	assert_non_null(strstr(probe(&machine), "/* error: Redistributors: "));
	machine = fake();
	machine.redistributor_count = 3;
	assert_non_null(strstr(probe(&machine), "/* error: CPU with MPIDR 0x0: "));
	assert_null(strstr(printed, "cpu@3"));
}

static void without_el2_it_says_so(void **state)
{
	struct machine machine = fake();

	(void)state;
	make_tree(false);
	machine.level = 1;
	assert_non_null(strstr(probe(&machine), "/* error: entered at EL1: "));
	assert_null(strstr(printed, "list-registers"));
}

static void a_reservation_nobody_can_place_is_said(void **state)
{
	struct machine machine = fake();

	(void)state;
	make_tree(true);
	assert_non_null(strstr(probe(&machine), "/* error: firmware@80000000: "));
}

static void siblings_by_mpidr(void **state)
{
	struct machine machine = fake();

	(void)state;
	make_tree(false);
	tree_read(&machine, tree);
	for (u32 i = 0; i < machine.cpu_count; i++)
		machine.cpu[i].core = -1;
	board_order_cpus(&machine);
	printed[0] = '\0';
	board_print(&machine);
	assert_null(strstr(printed, "sibling"));
	machine.registers.mpidr = BIT(31) | BIT(24);
	board_print(&machine);
	assert_non_null(strstr(printed, "cpu@2 { mpidr = <0x0 0x1>; sibling = <3>; }"));
}

/* type, pad, base, virtual base, pages, attribute, and 8 bytes that newer firmware adds */
static void only_what_uefi_gives_up_is_free(void **state)
{
	static const u64 map[][6] = {
		{7, 0x10000000, 0, 1, 8, 0},	       /* conventional */
		{4, 0x10001000, 0, 1, 0xf, 0},	       /* boot services data, adjacent */
		{1, 0x10010000, 0, 1, 8, 0},	       /* the loader's code */
		{7, 0x20000000, 0, 1, 1, 0},	       /* conventional, but not cached */
		{7, 0x20002000, 0, 1, 8 | BIT(63), 0}, /* kept at run time */
		{7, 0x20004000, 0, 1, 8 | BIT(18), 0}, /* for a special purpose */
		{6, 0x20006000, 0, 1, 8, 0},	       /* runtime services data */
		{9, 0x20008000, 0, 1, 8, 0},	       /* ACPI */
		{0, 0x2000a000, 0, 1, 8, 0},	       /* reserved */
		{0x80000007, 0x2000c000, 0, 1, 8, 0},  /* of the OEM's own type */
	};
	struct ranges ram = {0};

	(void)state;
	printed[0] = '\0';
	efi_memory(&ram, map, sizeof(map), sizeof(map[0]));
	assert_int_equal(ram.count, 2);
	assert_int_equal(ram.range[0].base, 0x10000000);
	assert_int_equal(ram.range[0].size, 0x2000);
	assert_int_equal(ram.range[1].base, 0x10010000);
	assert_string_equal(printed, "");
	efi_memory(&ram, map, sizeof(map), 32);
	assert_non_null(strstr(printed, "/* error: linux,uefi-mmap: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_board),
		cmocka_unit_test(v4_needs_all_of_it),
		cmocka_unit_test(rows_with_holes_are_said),
		cmocka_unit_test(without_el2_it_says_so),
		cmocka_unit_test(a_reservation_nobody_can_place_is_said),
		cmocka_unit_test(siblings_by_mpidr),
		cmocka_unit_test(only_what_uefi_gives_up_is_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
