/*
 * See fit_plan.h.
 */
#include "tests/host/fit_plan.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arm64/fit.h"
#include "core/arch.h"
#include "core/log.h"
#include "drivers/uart.h"

struct plan fit_plan;
struct plan_cpu fit_plan_cpus[FIT_CPUS];
struct plan_claim fit_plan_claims[FIT_CLAIMS];
char fit_lines[16384];
u32 fit_misses;

/* core/log.c wants them. */
void uart_write(hpa_t base, const char *text)
{
	(void)base;
	(void)text;
}

void arch_power_off(void)
{
	abort();
}

/* As fit.c cuts it. What does not fit any more is counted only. */
void fit_miss(const char *format, ...)
{
	char line[192];
	va_list arguments;

	va_start(arguments, format);
	log_format(line, sizeof(line), format, arguments);
	va_end(arguments);
	fit_misses++;
	if (strlen(fit_lines) + strlen(line) + 2 > sizeof(fit_lines))
		return;
	strcat(fit_lines, line);
	strcat(fit_lines, "\n");
}

void fit_plan_reset(void)
{
	fit_lines[0] = '\0';
	fit_misses = 0;
	fit_plan = (struct plan){
		.magic = PLAN_MAGIC,
		.version = PLAN_VERSION,
		.uart = 0x9000000,
		.cpu_count = FIT_CPUS,
		.claim_count = FIT_CLAIMS,
		.gic = {.gicd = 0x8000000, .gits = 0x8080000, .present = 1},
	};
	fit_plan_cpus[0] = (struct plan_cpu){.mpidr = 0, .gicr = 0x80a0000};
	fit_plan_cpus[1] = (struct plan_cpu){.mpidr = 1, .gicr = 0x80e0000};
	fit_plan_claims[0] = (struct plan_claim){0x401ff000, 0x1e01000};
	fit_plan_claims[1] = (struct plan_claim){0x44000000, 0x800000};
}

/* Bugs of a test, not of what it tests. */
static int must(int result)
{
	if (result < 0)
		abort();
	return result;
}

void fit_plan_set(void *tree, const char *path, const char *property, u32 count, const u32 *cells)
{
	int node = must(fdt_path_offset(tree, path));

	must(fdt_setprop(tree, node, property, NULL, 0));
	for (u32 i = 0; i < count; i++)
		must(fdt_appendprop_u32(tree, node, property, cells[i]));
}

static void set_string(void *tree, int node, const char *property, const char *string)
{
	must(fdt_setprop(tree, node, property, string, (int)strlen(string) + 1));
}

static int add(void *tree, int parent, const char *name, const char *compatible)
{
	int node = must(fdt_add_subnode(tree, parent, name));

	if (compatible)
		set_string(tree, node, "compatible", compatible);
	return node;
}

static void add_cpu(void *tree, u32 number)
{
	char name[] = "/cpus/cpu@0";
	int node;

	name[sizeof(name) - 2] = (char)('0' + number);
	node = add(tree, must(fdt_path_offset(tree, "/cpus")), name + strlen("/cpus/"), NULL);
	set_string(tree, node, "device_type", "cpu");
	set_string(tree, node, "enable-method", "psci");
	SET_CELLS(tree, name, "reg", number);
}

static void add_cpus(void *tree)
{
	add(tree, 0, "cpus", NULL);
	SET_CELLS(tree, "/cpus", "#address-cells", 1);
	SET_CELLS(tree, "/cpus", "#size-cells", 0);
	for (u32 i = 0; i < 4; i++)
		add_cpu(tree, i);
}

static void add_gic(void *tree)
{
	int gic = add(tree, 0, "intc@8000000", "arm,gic-v3");

	add(tree, gic, "its@8080000", "arm,gic-v3-its");
	SET_CELLS(tree, "/intc@8000000/its@8080000", "reg", 0, 0x8080000, 0, 0x20000);
	SET_CELLS(tree, "/intc@8000000", "#address-cells", 2);
	SET_CELLS(tree, "/intc@8000000", "#size-cells", 2);
	SET_CELLS(tree, "/intc@8000000", "#interrupt-cells", 3);
	SET_CELLS(tree, "/intc@8000000", "#redistributor-regions", 1);
	SET_CELLS(tree, "/intc@8000000", "reg", 0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0,
		  0xf60000);
	SET_CELLS(tree, "/intc@8000000", "interrupts", 1, 9, 4);
	must(fdt_setprop_empty(tree, must(fdt_path_offset(tree, "/intc@8000000")), "ranges"));
}

void fit_plan_tree(void *tree, int size)
{
	must(fdt_create_empty_tree(tree, size));
	SET_CELLS(tree, "/", "#address-cells", 2);
	SET_CELLS(tree, "/", "#size-cells", 2);
	add(tree, 0, "chosen", NULL);
	add(tree, 0, "timer", "arm,armv8-timer");
	SET_CELLS(tree, "/timer", "interrupts", 1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4);
	add(tree, 0, "pl011@9000000", "arm,primecell");
	must(fdt_setprop(tree, must(fdt_path_offset(tree, "/pl011@9000000")), "compatible",
			 "arm,pl011\0arm,primecell", sizeof("arm,pl011\0arm,primecell")));
	SET_CELLS(tree, "/pl011@9000000", "reg", 0, 0x9000000, 0, 0x1000);
	add_gic(tree);
	add_cpus(tree);
	add(tree, 0, "memory@40000000", NULL);
	set_string(tree, must(fdt_path_offset(tree, "/memory@40000000")), "device_type", "memory");
	SET_CELLS(tree, "/memory@40000000", "reg", 0, 0x40000000, 0, 0x40000000);
	set_string(tree, add(tree, 0, "psci", "arm,psci-1.0"), "method", "smc");
}
