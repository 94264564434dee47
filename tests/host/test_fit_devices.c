/* links: arch/arm64/fit_tree.c core/boot/tree.c arch/arm64/fit_node.c arch/arm64/fit_memory.c */
/* links: arch/arm64/fit_devices.c tests/host/fit_case.c tests/host/fit_plan.c core/log.c */
/*
 * The CPUs, the firmware interface and the devices of a device tree fit the plan, or each one that
 * does not is one line.
 */
#include <string.h>

#include "tests/host/fit_case.h"

static void too_few_cpus(void **state)
{
	(void)state;
	drop_node("/cpus/cpu@1");
	gives("plan wants a CPU with MPIDR 0x1, machine has none\n");
	drop_node("/cpus/cpu@2");
	drop_node("/cpus/cpu@3");
	gives("plan wants a CPU with MPIDR 0x1, machine has none\n"
	      "plan wants 2 CPUs, machine has 1\n");
	set_string("/cpus/cpu@0", "status", "fail");
	gives("plan wants a CPU with MPIDR 0x0, machine has cpu@0 with status fail\n"
	      "plan wants a CPU with MPIDR 0x1, machine has none\n"
	      "plan wants 2 CPUs, machine has 0\n");
	drop_node("/cpus");
	set_string("/", "device_type", "cpu");
	SET_CELLS(tree, "/", "reg", 0, 1);
	gives("plan wants a CPU with MPIDR 0x0, machine has none\n"
	      "plan wants a CPU with MPIDR 0x1, machine has none\n"
	      "plan wants 2 CPUs, machine has 0\n");
}

static void a_cpu_that_is_not_okay(void **state)
{
	(void)state;
	set_string("/cpus/cpu@1", "status", "disabled");
	gives("plan wants a CPU with MPIDR 0x1, machine has cpu@1 with status disabled\n");
	set_string("/cpus/cpu@1", "status", "okay");
	set_string("/cpus/cpu@1", "device_type", "cache");
	gives("plan wants a CPU with MPIDR 0x1, machine has none\n");
	set_string("/cpus/cpu@1", "device_type", "cpu");
	SET_CELLS(tree, "/cpus/cpu@1", "reg", 0, 1);
	gives("plan wants a device tree, machine has a damaged one: reg of cpu@1\n"
	      "plan wants a CPU with MPIDR 0x1, machine has none\n");
}

static void a_cpu_that_psci_does_not_start(void **state)
{
	(void)state;
	set_string("/cpus/cpu@1", "enable-method", "spin-table");
	gives("plan wants enable-method psci of the CPU with MPIDR 0x1, machine has spin-table\n");
	drop_property("/cpus/cpu@1", "enable-method");
	gives("plan wants enable-method psci of the CPU with MPIDR 0x1, machine has none\n");
	fit_plan.cpu_count = 1;
	drop_property("/cpus/cpu@0", "enable-method");
	gives("");
	fit_plan.cpu_count = 2;
	drop_node("/cpus/cpu@1");
	drop_node("/cpus/cpu@2");
	drop_node("/cpus/cpu@3");
	gives("plan wants a CPU with MPIDR 0x1, machine has none\n"
	      "plan wants 2 CPUs, machine has 1\n");
}

static void an_mpidr_in_two_cells(void **state)
{
	(void)state;
	fit_plan_cpus[1].mpidr = 0x100000201;
	SET_CELLS(tree, "/cpus", "#address-cells", 2);
	SET_CELLS(tree, "/cpus/cpu@0", "reg", 0, 0);
	SET_CELLS(tree, "/cpus/cpu@1", "reg", 1, 0x201);
	SET_CELLS(tree, "/cpus/cpu@2", "reg", 0, 0x201);
	SET_CELLS(tree, "/cpus/cpu@3", "reg", 1, 0);
	gives("");
	drop_property("/cpus", "#address-cells");
	gives("");
	SET_CELLS(tree, "/cpus/cpu@1", "reg", 2, 0x201);
	gives("plan wants a CPU with MPIDR 0x100000201, machine has none\n");
}

static void no_psci(void **state)
{
	(void)state;
	set_string("/psci", "compatible", "arm,psci-0.2");
	gives("");
	set_string("/psci", "method", "hvc");
	gives("plan wants PSCI by smc, machine has it by hvc\n");
	set_string("/psci", "compatible", "arm,psci");
	gives("plan wants PSCI 0.2 or later, machine has none\n");
}

static void a_gic_elsewhere(void **state)
{
	(void)state;
	SET_CELLS(tree, "/intc@8000000", "reg", 0, 0x3000000, 0, 0x10000, 0, 0x80a0000, 0,
		  0xf60000);
	gives("plan wants a GICv3 Distributor at 0x8000000, machine has one at 0x3000000\n");
	drop_property("/intc@8000000", "reg");
	gives("plan wants a device tree, machine has a damaged one: reg of intc@8000000\n"
	      "plan wants a Redistributor of 0x40000 bytes at 0x80a0000, machine has none\n"
	      "plan wants a Redistributor of 0x40000 bytes at 0x80e0000, machine has none\n");
}

static void a_gicv2(void **state)
{
	(void)state;
	set_string("/intc@8000000", "compatible", "arm,cortex-a15-gic");
	gives("plan wants a GICv3, machine has a GICv2: intc@8000000\n");
	set_string("/intc@8000000", "compatible", "arm,gic-400");
	gives("plan wants a GICv3, machine has a GICv2: intc@8000000\n");
	drop_node("/intc@8000000");
	gives("plan wants a GICv3, machine has none\n");
}

static void redistributors(void **state)
{
	(void)state;
	SET_CELLS(tree, "/intc@8000000", "reg", 0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0, 0x7ffff);
	gives("plan wants a Redistributor of 0x40000 bytes at 0x80e0000, machine has none\n");
	fit_plan.gic.present = 0;
	gives("");
	fit_plan.gic.present = 1;
	SET_CELLS(tree, "/intc@8000000", "reg", 0, 0x8000000, 0, 0x10000, 0, 0x80e0000, 0, 0x40000,
		  0, 0x80a0000, 0, 0x40000);
	gives("plan wants a Redistributor of 0x40000 bytes at 0x80a0000, machine has none\n");
	SET_CELLS(tree, "/intc@8000000", "#redistributor-regions", 0xffffffff);
	gives("");
	drop_property("/intc@8000000", "#redistributor-regions");
	gives("plan wants a Redistributor of 0x40000 bytes at 0x80a0000, machine has none\n");
}

/* The first entry is the Distributor; what follows reg in the tree is none of its entries. */
static void redistributors_end_with_reg(void **state)
{
	static const char lines[] =
		"plan wants a Redistributor of 0x40000 bytes at 0x80a0000, machine has none\n"
		"plan wants a Redistributor of 0x40000 bytes at 0x80e0000, machine has none\n";

	(void)state;
	drop_property("/intc@8000000", "reg");
	SET_CELLS(tree, "/intc@8000000", "behind", 0, 0, 0x80a0000, 0, 0xf60000);
	SET_CELLS(tree, "/intc@8000000", "reg", 0, 0x8000000, 0, 0x2000000);
	SET_CELLS(tree, "/intc@8000000", "#redistributor-regions", 4);
	gives(lines);
	SET_CELLS(tree, "/intc@8000000", "reg", 0, 0x8000000, 0, 0x10000, 0, 0x80f0000, 0xffffffff,
		  0xffffffff);
	gives(lines);
}

static void no_its(void **state)
{
	(void)state;
	SET_CELLS(tree, "/intc@8000000/its@8080000", "reg", 0, 0x8090000, 0, 0x20000);
	gives("plan wants an ITS at 0x8080000, machine has one at 0x8090000\n");
	drop_node("/intc@8000000/its@8080000");
	gives("plan wants an ITS at 0x8080000, machine has none\n");
	fit_plan.gic.present = 0;
	gives("");
}

static void other_interrupts(void **state)
{
	(void)state;
	SET_CELLS(tree, "/intc@8000000", "interrupts", 0, 9, 4);
	gives("plan wants GIC maintenance at interrupt 25, machine has 41\n");
	drop_property("/intc@8000000", "interrupts");
	gives("plan wants GIC maintenance at interrupt 25, machine has none\n");
	SET_CELLS(tree, "/intc@8000000", "interrupts", 2, 9, 4);
	gives("plan wants GIC maintenance at interrupt 25, machine has none\n");
	SET_CELLS(tree, "/intc@8000000", "#interrupt-cells", 3, 3);
	gives("plan wants a device tree, machine has a damaged one: #interrupt-cells of "
	      "intc@8000000\n");
	SET_CELLS(tree, "/intc@8000000", "#interrupt-cells", 2);
	gives("plan wants a device tree, machine has a damaged one: #interrupt-cells of "
	      "intc@8000000\n");
}

static void interrupts_of_four_cells(void **state)
{
	(void)state;
	SET_CELLS(tree, "/intc@8000000", "#interrupt-cells", 4);
	SET_CELLS(tree, "/intc@8000000", "interrupts", 1, 9, 4, 0);
	SET_CELLS(tree, "/timer", "interrupts", 1, 13, 4, 0, 1, 14, 4, 0, 1, 11, 4, 0);
	gives("");
}

static void another_timer_interrupt(void **state)
{
	(void)state;
	SET_CELLS(tree, "/timer", "interrupts", 1, 13, 4, 1, 11, 4, 1, 14, 4);
	gives("plan wants the virtual timer at interrupt 27, machine has 30\n");
	set_bytes("/timer", "interrupt-names", "sec-phys\0virt\0phys", 19);
	gives("");
	set_string("/timer", "interrupt-names", "phys");
	gives("plan wants the virtual timer at interrupt 27, machine has none\n");
	drop_property("/timer", "interrupt-names");
	SET_CELLS(tree, "/timer", "interrupts", 1, 13, 4, 1, 11, 4, 1, 11);
	gives("plan wants the virtual timer at interrupt 27, machine has none\n");
	drop_node("/timer");
	gives("plan wants a timer arm,armv8-timer, machine has none\n");
}

static void no_uart(void **state)
{
	(void)state;
	set_string("/pl011@9000000", "status", "disabled");
	gives("plan wants a PL011 at 0x9000000, machine has pl011@9000000 with status disabled\n");
	SET_CELLS(tree, "/pl011@9000000", "reg", 0, 0x9040000, 0, 0x1000);
	gives("plan wants a PL011 at 0x9000000, machine has one at 0x9040000\n");
	set_string("/pl011@9000000", "compatible", "ns16550a");
	gives("plan wants a PL011 at 0x9000000, machine has none\n");
	fit_plan.uart = 0;
	gives("");
}

static void the_right_one_of_several(void **state)
{
	(void)state;
	add_node("/", "serial@1");
	set_string("/serial@1", "compatible", "arm,pl011");
	SET_CELLS(tree, "/serial@1", "reg", 0, 0x9000000, 0, 0x1000);
	set_string("/serial@1", "status", "disabled");
	add_node("/", "serial@2");
	set_string("/serial@2", "compatible", "arm,pl011");
	gives("");
	drop_node("/pl011@9000000");
	gives("plan wants a PL011 at 0x9000000, machine has serial@1 with status disabled\n");
	drop_node("/serial@1");
	gives("plan wants a device tree, machine has a damaged one: reg of serial@2\n");
}

/* A string without its end at the end of a property is no string. */
static void strings_end_in_their_property(void **state)
{
	(void)state;
	set_bytes("/pl011@9000000", "compatible", "arm,pl011", 9);
	gives("plan wants a PL011 at 0x9000000, machine has none\n");
	set_bytes("/pl011@9000000", "compatible", "x\0arm,pl011\0y", 14);
	set_bytes("/pl011@9000000", "status", "okay", 4);
	gives("plan wants a PL011 at 0x9000000, machine has pl011@9000000 with status none\n");
}

static void buses_translate(void **state)
{
	(void)state;
	drop_node("/pl011@9000000");
	add_node("/", "soc");
	add_node("/soc", "bus");
	add_node("/soc/bus", "serial@1000");
	set_string("/soc/bus/serial@1000", "compatible", "arm,pl011");
	SET_CELLS(tree, "/soc/bus/serial@1000", "reg", 0x1000, 0x1000);
	SET_CELLS(tree, "/soc", "#address-cells", 2);
	SET_CELLS(tree, "/soc", "#size-cells", 1);
	SET_CELLS(tree, "/soc/bus", "#address-cells", 1);
	SET_CELLS(tree, "/soc/bus", "#size-cells", 1);
	gives("plan wants a device tree, machine has a damaged one: reg of serial@1000\n");
	set_bytes("/soc", "ranges", "", 0);
	SET_CELLS(tree, "/soc/bus", "ranges", 0x8000, 0, 0x5000000, 0x1000, 0, 0, 0x8fff000,
		  0x2000);
	gives("");
	set_bytes("/soc/bus", "ranges", "", 0);
	gives("plan wants a PL011 at 0x9000000, machine has one at 0x1000\n");
	SET_CELLS(tree, "/soc/bus", "ranges", 0, 0, 0x8fff000, 0x1fff);
	gives("plan wants a device tree, machine has a damaged one: reg of serial@1000\n");
	SET_CELLS(tree, "/soc/bus", "ranges", 0, 0, 0x8fff000, 0x800);
	gives("plan wants a device tree, machine has a damaged one: reg of serial@1000\n");
	SET_CELLS(tree, "/soc/bus", "ranges", 0, 0, 0x8fff000, 0x1000);
	gives("plan wants a device tree, machine has a damaged one: reg of serial@1000\n");
	SET_CELLS(tree, "/soc/bus", "ranges", 0, 0xffffffff, 0xfffff000, 0x2000);
	gives("plan wants a device tree, machine has a damaged one: reg of serial@1000\n");
}

/* Two cells for an address, one for a size. */
static void a_bus_that_leaves_cells_out(void **state)
{
	(void)state;
	drop_node("/pl011@9000000");
	add_node("/", "soc");
	SET_CELLS(tree, "/soc", "ranges", 1, 0, 0, 0x8000000, 0x2000000);
	add_node("/soc", "serial");
	set_string("/soc/serial", "compatible", "arm,pl011");
	SET_CELLS(tree, "/soc/serial", "reg", 1, 0x1000000, 0x1000);
	gives("");
}

static void no_bus_is_deeper_than_the_bound(void **state)
{
	char path[256] = "";

	(void)state;
	drop_node("/pl011@9000000");
	for (u32 i = 0; i < 20; i++) {
		add_node(i ? path : "/", "b");
		strcat(path, "/b");
		set_bytes(path, "ranges", "", 0);
		SET_CELLS(tree, path, "#address-cells", 2);
		SET_CELLS(tree, path, "#size-cells", 2);
		if (i == 14 || i == 15)
			SET_CELLS(tree, path, "reg", 0, 0x9000000, 0, 0x1000);
	}
	path[2 * 16] = '\0';
	set_string(path, "compatible", "arm,pl011");
	gives("plan wants a PL011 at 0x9000000, machine has none\n");
	path[2 * 15] = '\0';
	set_string(path, "compatible", "arm,pl011");
	gives("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIT_CASE(too_few_cpus),
		FIT_CASE(a_cpu_that_is_not_okay),
		FIT_CASE(a_cpu_that_psci_does_not_start),
		FIT_CASE(an_mpidr_in_two_cells),
		FIT_CASE(no_psci),
		FIT_CASE(a_gic_elsewhere),
		FIT_CASE(a_gicv2),
		FIT_CASE(redistributors),
		FIT_CASE(redistributors_end_with_reg),
		FIT_CASE(no_its),
		FIT_CASE(other_interrupts),
		FIT_CASE(interrupts_of_four_cells),
		FIT_CASE(another_timer_interrupt),
		FIT_CASE(no_uart),
		FIT_CASE(the_right_one_of_several),
		FIT_CASE(strings_end_in_their_property),
		FIT_CASE(buses_translate),
		FIT_CASE(a_bus_that_leaves_cells_out),
		FIT_CASE(no_bus_is_deeper_than_the_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
