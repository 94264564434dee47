/*
 * Does this machine fit the plan? What the firmware's device tree says (fit_tree.c) and what
 * registers say (fit_registers.c) is compared with what the plan relies on; each difference is a
 * line, and nothing starts if there was one.
 *
 * A loader that can still give the machine back calls image_check where it stages the image. So
 * these files, and what they call, run at any address: they find data by PC, hold no table of
 * pointers, and write to .data and the stack alone. Boot asks again, with all frames mapped.
 */
#include "arch/arm64/fit.h"
#include "arch/arm64/regs.h"
#include "arch/arm64/wants.h"
#include "core/arch.h"
#include "core/boot/check.h"
#include "core/log.h"
#include "core/plan.h"
#include "drivers/uart.h"

#define LINE_MAX 192
#define TREE_HEADER 8u /* bytes: magic and size, never across a block */

/* A level-2 block of stage 1: Normal write-back inner shareable, read-only, never executed. */
#define TREE_BLOCK_ENTRY                                                                           \
	(BIT(54) | BIT(10) | PUT(BITS(9, 8), 3) | PUT(BITS(7, 6), 3) | BIT(2) | BIT(0))

image_check_fn image_check;

/* entry.S, on some stack with the MMU off: says why this is the end. */
_Noreturn void fit_wrong_level(u64 level);
_Noreturn void fit_no_first_cpu(void);

extern const u8 image_start[];
/* Of link.lds: addresses that the linker wrote down for libfdt, which was built to be moved. */
extern u64 fit_got[], fit_got_end[];

static struct report {
	image_print_fn *print; /* NULL: the hypervisor's own log */
	void *context;
	u64 misses;
} report __attribute__((section(".data")));

void fit_miss(const char *format, ...)
{
	char line[LINE_MAX];
	va_list arguments;

	va_start(arguments, format);
	log_format(line, sizeof(line), format, arguments);
	va_end(arguments);
	report.misses++;
	if (report.print)
		report.print(report.context, line);
	else
		log_line("%s", line);
}

/*
 * Frames of CPUs or of a GIC that are not there may not answer at all: registers in memory are read
 * only where nothing else speaks against the plan.
 */
static void fit(const void *tree, u64 size, u64 address)
{
	fit_cpu_registers();
	fit_tree(tree, size, address);
	if (!report.misses)
		fit_frames();
}

static void move_got(u64 distance)
{
	for (u64 entry = (u64)fit_got; entry < (u64)fit_got_end; entry += sizeof(u64))
		*(u64 *)entry += distance;
}

u32 image_check(const void *tree, u64 size_bytes, image_print_fn *print, void *context)
{
	u64 moved = (u64)image_start - plan.part[PLAN_PART_INIT].base;
	u64 misses;

	move_got(moved);
	report = (struct report){print, context, 0};
	fit(tree, size_bytes, (u64)tree);
	misses = report.misses;
	report = (struct report){0};
	move_got(-moved);
	return (u32)misses;
}

static bool meets_image(u64 base, u64 size)
{
	const struct plan_range *last = &plan.part[PLAN_PART_GIC];

	return base + size > plan.part[PLAN_PART_INIT].base - PLAN_PAGE &&
	       base < last->base + last->size;
}

/* Invalid to valid, so no break-before-make. */
static void map_tree_block(u32 block, u64 base)
{
	((u64 *)plan.tree_entries)[block] = base | TREE_BLOCK_ENTRY;
	DSB(ishst);
	ISB();
}

static u32 big_endian(const u8 *bytes)
{
	return (u32)bytes[0] << 24 | (u32)bytes[1] << 16 | (u32)bytes[2] << 8 | bytes[3];
}

/*
 * The tree lies anywhere: it is shown at PLAN_TREE_VA, and not a block further than it says that
 * it is long. Linux's boot protocol limits it to 2 MiB.
 */
static const void *map_tree(hpa_t tree, u64 *size)
{
	u64 base = ALIGN_DOWN(tree.v, PLAN_TREE_BLOCK);
	const u8 *bytes = (const u8 *)(PLAN_TREE_VA + (tree.v - base));

	if (!tree.v)
		panic("plan wants a device tree, machine has none: have the loader pass one in x0");
	if (tree.v % 8 || tree.v >> WANT_ADDRESS_BITS)
		panic("plan wants a device tree, machine has %x in x0", tree.v);
	if (meets_image(tree.v, TREE_HEADER))
		panic("the device tree at %x is where the hypervisor goes: load it elsewhere",
		      tree.v);
	map_tree_block(0, base);
	*size = big_endian(bytes + 4);
	if (*size < TREE_HEADER || *size > PLAN_TREE_BLOCK)
		panic("plan wants a device tree, machine has one of %u bytes at %x", *size, tree.v);
	if (meets_image(tree.v, *size))
		panic("the device tree at %x ends where the hypervisor goes: load it elsewhere",
		      tree.v);
	if (tree.v + *size > base + PLAN_TREE_BLOCK)
		map_tree_block(1, base + PLAN_TREE_BLOCK);
	return bytes;
}

/* Without them ICH_VTR_EL2 is undefined (IHI 0069, 12.2.44), and loaders need not turn them on. */
static void want_gic_registers(void)
{
	if (!GET(PFR0_GIC, READ_REG(id_aa64pfr0_el1)))
		return;
	WRITE_REG(ICC_SRE_EL2, ICC_SRE_ALL | ICC_SRE_ENABLE);
	ISB();
	if (!(READ_REG(ICC_SRE_EL2) & ICC_SRE_SRE))
		fit_miss("plan wants ICC_SRE_EL2.SRE 1, machine has 0");
}

void arch_fit(hpa_t tree)
{
	const void *bytes;
	u64 size;

	/* libfdt is compiled for FP and SIMD; arch_cpu_init writes the guests' value. */
	WRITE_REG(cptr_el2, CPTR_RES1);
	ISB();
	want_gic_registers();
	bytes = map_tree(tree, &size);
	fit(bytes, size, tree.v);
	if (report.misses)
		panic("this machine does not fit the plan %s: %u differences", plan.name,
		      report.misses);
}

static _Noreturn void say(const char *line)
{
	if (plan.uart)
		uart_write((hpa_t){plan.uart}, line);
	for (;;)
		__asm__ volatile("wfi");
}

void fit_wrong_level(u64 level)
{
	if (level == 1)
		say("bulkhead: plan wants EL2, machine has EL1: turn on virtualization\r\n");
	say("bulkhead: plan wants EL2, machine has EL3: boot through firmware\r\n");
}

void fit_no_first_cpu(void)
{
	say("bulkhead: plan wants other CPUs: this one is not among them, and PSCI does not start "
	    "the first\r\n");
}
