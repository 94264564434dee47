/*
 * Writes what was found as a board file: config/FORMAT.md. The GIC's fields are those of IHI 0069.
 */
#include "arch/arm64/gic_types.h"
#include "core/bits.h"
#include "tools/probe/machine.h"

#define PAGE KIB(4)
#define GIC_PAGE KIB(64)

#define GICR_STRIDE 0x20000u
#define GICR_STRIDE_V4 0x40000u
#define ITS_FRAMES KIB(128)
#define ICH_VTR_LISTREGS BITS(4, 0)
#define ICH_VTR_NV4 BIT(20)
#define MPIDR_MT BIT(24)
#define MPIDR_ABOVE_THREAD (~BITS(7, 0))

#define HIGH(value) ((value) >> 32)
#define LOW(value) ((value)&0xffffffff)

static u64 processor_number(const struct cpu *cpu)
{
	return GET(GICR_TYPER_NUMBER, cpu->typer);
}

/* Affinity as GICR_TYPER has it: Aff3.Aff2.Aff1.Aff0 in 32 bits. */
static u64 packed_affinity(u64 mpidr)
{
	return PUT(BITS(31, 24), GET(BITS(39, 32), mpidr)) | (mpidr & BITS(23, 0));
}

static bool find_redistributor(struct machine *machine, struct cpu *cpu)
{
	for (u32 i = 0; i < machine->redistributor_count; i++) {
		const struct redistributor *redistributor = &machine->redistributor[i];

		if (GET(GICR_TYPER_AFFINITY, redistributor->typer) != packed_affinity(cpu->mpidr))
			continue;
		cpu->frame = redistributor->frame;
		cpu->typer = redistributor->typer;
		return true;
	}
	PRINT_ERROR("CPU with MPIDR %x: no Redistributor: it is left out", cpu->mpidr);
	return false;
}

/* Keeps the CPUs that have a Redistributor, by its processor number. */
void board_order_cpus(struct machine *machine)
{
	u32 kept = 0;

	for (u32 i = 0; i < machine->cpu_count; i++) {
		struct cpu cpu = machine->cpu[i];
		u32 place = kept;

		if (!find_redistributor(machine, &cpu))
			continue;
		for (; place && processor_number(&machine->cpu[place - 1]) > processor_number(&cpu);
		     place--)
			machine->cpu[place] = machine->cpu[place - 1];
		machine->cpu[place] = cpu;
		kept++;
	}
	machine->cpu_count = kept;
}

static bool all_cpus(const struct machine *machine, u64 bits, u64 value)
{
	bool all = machine->cpu_count != 0;

	for (u32 i = 0; i < machine->cpu_count; i++)
		all = all && (machine->cpu[i].typer & bits) == value;
	return all;
}

static bool is_v4(const struct machine *machine)
{
	return machine->level == 2 && machine->its.size &&
	       machine->registers.gits_typer & GITS_TYPER_VIRTUAL &&
	       !(machine->registers.ich_vtr & ICH_VTR_NV4) &&
	       all_cpus(machine, GICR_TYPER_VLPIS | GICR_TYPER_RVPEID, GICR_TYPER_VLPIS);
}

/* From CPU to CPU, 0 if they do not stand in a row by their numbers from 0. */
static u64 row_stride(const struct machine *machine)
{
	const struct cpu *cpu = machine->cpu;
	u64 least = all_cpus(machine, GICR_TYPER_VLPIS, GICR_TYPER_VLPIS) ? GICR_STRIDE_V4
									  : GICR_STRIDE;
	u64 stride = machine->cpu_count > 1 ? cpu[1].frame - cpu[0].frame : least;

	for (u32 i = 0; i < machine->cpu_count; i++)
		if (processor_number(&cpu[i]) != i || cpu[i].frame != cpu[0].frame + i * stride)
			return 0;
	return stride >= least ? stride : 0;
}

static bool are_siblings(const struct machine *machine, const struct cpu *a, const struct cpu *b)
{
	if (a->core >= 0 && b->core >= 0)
		return a->core == b->core;
	return machine->registers.mpidr & MPIDR_MT && !((a->mpidr ^ b->mpidr) & MPIDR_ABOVE_THREAD);
}

static void print_range(const char *name, u64 base, u64 size)
{
	print("%s = <%x %x %x %x>;", name, HIGH(base), LOW(base), HIGH(size), LOW(size));
}

/* A node's name has its address without 0x. */
static void print_unit(const char *name, u64 address)
{
	char digits[17];
	u32 at = sizeof(digits) - 1;

	digits[at] = '\0';
	do
		digits[--at] = "0123456789abcdef"[address % 16];
	while (address /= 16);
	print("\n\t\t%s@%s {\n", name, &digits[at]);
}

static void print_ram(const struct ranges *ram)
{
	for (u32 i = 0; i < ram->count; i++) {
		print_unit("ram", ram->range[i].base);
		print_range("\t\t\treg", ram->range[i].base, ram->range[i].size);
		print("\n\t\t};\n");
	}
	if (!ram->count)
		PRINT_ERROR("%s: none is free: the hypervisor needs some", "memory");
}

static void print_sibling(const struct machine *machine, u32 index)
{
	for (u32 i = 0; i < machine->cpu_count; i++)
		if (i != index && are_siblings(machine, &machine->cpu[i], &machine->cpu[index])) {
			print(" sibling = <%u>;", (u64)i);
			return;
		}
}

static void print_cpus(const struct machine *machine)
{
	print("\n");
	for (u32 i = 0; i < machine->cpu_count; i++) {
		const struct cpu *cpu = &machine->cpu[i];

		print("\t\tcpu@%u { mpidr = <%x %x>;", (u64)i, HIGH(cpu->mpidr), LOW(cpu->mpidr));
		print_sibling(machine, i);
		print(" };\t/* GICR_TYPER %x at %x */\n", cpu->typer, cpu->frame);
	}
}

static void print_tables(const u64 *baser)
{
	u32 printed = 0;

	for (u32 i = 0; i < BASER_MAX; i++)
		if (GET(GITS_BASER_TYPE, baser[i]))
			print("%s%u %u", printed++ ? " " : "\t\t\tits-tables = <",
			      GET(GITS_BASER_TYPE, baser[i]), GET(GITS_BASER_ENTRY, baser[i]) + 1);
	print(printed ? ">;\n" : "");
}

static void print_its(const struct machine *machine)
{
	u64 typer = machine->registers.gits_typer;
	u64 size = ALIGN_UP(machine->its.size, GIC_PAGE);

	if (!machine->its.size)
		return;
	print("\t\t\t/* GITS_TYPER %x */\n", typer);
	print_range("\t\t\tits", machine->its.base, size < ITS_FRAMES ? ITS_FRAMES : size);
	print("\n\t\t\tits-event-bits = <%u>;\n", GET(GITS_TYPER_IDBITS, typer) + 1);
	print("\t\t\tits-device-bits = <%u>;\n", GET(GITS_TYPER_DEVBITS, typer) + 1);
	print("\t\t\tits-itt-entry = <%u>;\n", GET(GITS_TYPER_ITT_ENTRY, typer) + 1);
	print_tables(machine->registers.gits_baser);
}

static void print_interrupt(const char *name, u32 intid)
{
	if (intid)
		print("\t\t\t%s = <%u>;\n", name, (u64)intid);
}

static void print_gic(const struct machine *machine)
{
	const struct registers *registers = &machine->registers;
	u64 stride = row_stride(machine);

	if (!machine->distributor.size)
		return;
	print("\n\t\tgic {\n\t\t\tversion = \"%s\";\n", is_v4(machine) ? "v4.0" : "v3");
	print("\t\t\t/* GICD_TYPER %x, GICD_IIDR %x */\n", (u64)registers->gicd_typer,
	      (u64)registers->gicd_iidr);
	print_range("\t\t\tdistributor", machine->distributor.base,
		    ALIGN_UP(machine->distributor.size, GIC_PAGE));
	print("\n\t\t\tid-bits = <%u>;\n", GET(GICD_TYPER_IDBITS, registers->gicd_typer) + 1);
	if (stride && machine->cpu_count) {
		print_range("\t\t\tredistributors", machine->cpu[0].frame, stride);
		print("\t/* of cpu@0; one for each CPU */\n");
	} else {
		PRINT_ERROR("%s: not in a row by Processor_Number from 0: the plan wants one",
			    "Redistributors");
	}
	if (machine->level == 2)
		print("\t\t\tlist-registers = <%u>;\n",
		      GET(ICH_VTR_LISTREGS, registers->ich_vtr) + 1);
	print_interrupt("maintenance-interrupt", machine->maintenance);
	print_its(machine);
	print("\t\t};\n");
}

static void print_timer(const struct machine *machine)
{
	print("\n\t\ttimer {\n");
	print_interrupt("virtual-interrupt", machine->timer[TIMER_VIRTUAL]);
	print_interrupt("physical-interrupt", machine->timer[TIMER_PHYSICAL]);
	print_interrupt("hypervisor-interrupt", machine->timer[TIMER_HYPERVISOR]);
	if (machine->registers.cntfrq)
		print("\t\t\tfrequency = <%u>;\n", machine->registers.cntfrq);
	print("\t\t};\n");
}

static void print_uarts(const struct machine *machine)
{
	for (u32 i = 0; i < machine->uart_count; i++) {
		const struct range *uart = &machine->uart[i];

		print_unit(i ? "uart" : "uart: uart", uart->base);
		print("\t\t\ttype = \"pl011\";\n");
		print_range("\t\t\treg", uart->base, ALIGN_UP(uart->size, PAGE));
		print("\n\t\t};\n");
	}
}

void board_print(const struct machine *machine)
{
	print("/ {\n\tboard {\n\t\t#address-cells = <2>;\n\t\t#size-cells = <2>;\n");
	if (is_v4(machine))
		print("\t\t/*\n\t\t * \"msi\" in doorbells is for a person to add, with msi-device, "
		      "msi-device-source and\n\t\t * event-bits in gic: no register says which "
		      "DeviceID a CPU's store to GITS_TRANSLATER carries.\n\t\t */\n");
	print("\t\tarch = \"arm64\";\n");
	if (machine->level != 2)
		PRINT_ERROR("entered at EL%u: the hypervisor needs EL2: turn it on in the firmware",
			    machine->level);
	print_ram(&machine->ram);
	print_cpus(machine);
	print_gic(machine);
	print_timer(machine);
	features_print(&machine->registers);
	print_uarts(machine);
	print("\t};\n};\n");
}
