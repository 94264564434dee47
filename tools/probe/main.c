/*
 * The probe: a boot image that prints the board file of the machine it runs on, then switches the
 * machine off. Entered as the hypervisor is; entry.S calls probe_main. It trusts nothing of the
 * machine but the device tree, and names the register frame that does not answer.
 */
#include <libfdt.h>

#include "arch/arm64/arch_types.h"
#include "arch/arm64/regs.h"
#include "core/boot/tree.h"
#include "core/log.h"
#include "drivers/uart.h"
#include "tools/probe/machine.h"
#include "tools/probe/mmu.h"

#define TREE_MAX MIB(2) /* Linux's boot protocol */
#define LINE_MAX 256u

extern u8 image_start[], image_end[];

_Noreturn void probe_main(u64 tree, u64 level);
_Noreturn void probe_fault(void);

static struct machine machine;
static struct range uart; /* size 0: not known yet */
static bool by_hvc;
static const char *doing = "reading the device tree";

/* The UART wants \r\n. */
void print(const char *format, ...)
{
	char text[LINE_MAX];
	va_list arguments;

	if (!uart.size)
		return;
	va_start(arguments, format);
	log_format(text, sizeof(text), format, arguments);
	va_end(arguments);
	for (const char *c = text; *c; c++)
		uart_write((hpa_t){uart.base}, *c == '\n' ? "\r\n" : (char[]){*c, '\0'});
}

static void hvc_off(void)
{
	register u64 x0 __asm__("x0") = PSCI_SYSTEM_OFF;

	__asm__ volatile("hvc #0" : "+r"(x0)::"x1", "x2", "x3", "memory");
}

static _Noreturn void off(void)
{
	if (by_hvc && machine.level == 1)
		hvc_off();
	else if (!by_hvc)
		psci_firmware(PSCI_SYSTEM_OFF, 0, 0, 0);
	print("probe: done, but the firmware does not switch off: do it by hand\n");
	for (;;)
		__asm__ volatile("wfi");
}

/* vectors, on a fresh stack. A fault in here ends in silence. */
void probe_fault(void)
{
	static bool again;
	bool el2 = machine.level == 2;

	if (!again) {
		again = true;
		print("\nprobe: exception while %s: ESR %x, FAR %x, ELR %x, image at %x\n", doing,
		      el2 ? READ_REG(esr_el2) : READ_REG(esr_el1),
		      el2 ? READ_REG(far_el2) : READ_REG(far_el1),
		      el2 ? READ_REG(elr_el2) : READ_REG(elr_el1), (u64)image_start);
	}
	off();
}

/* Before the MMU is on: aligned reads only. */
static u64 tree_size(u64 tree)
{
	const volatile fdt32_t *header = (const volatile fdt32_t *)tree;

	return tree && tree % 8 == 0 && fdt32_to_cpu(header[0]) == FDT_MAGIC
		       ? fdt32_to_cpu(header[1])
		       : 0;
}

static void probe(const void *tree)
{
	print("\nprobe: begin\n");
	tree_read(&machine, tree);
	doing = "reading the GIC where the device tree says it is";
	registers_read(&machine);
	board_order_cpus(&machine);
	board_print(&machine);
	print("probe: end\n");
}

/* Without a good tree nobody knows where to say so. */
void probe_main(u64 tree, u64 level)
{
	u64 size = tree_size(tree);

	machine.level = level;
	if (!size || size > TREE_MAX || !mmu_normal(tree, size) ||
	    !mmu_normal((u64)image_start, (u64)image_end - (u64)image_start))
		off();
	mmu_on(level);
	if (tree_fault((const void *)tree, size))
		off();
	by_hvc = tree_psci_by_hvc((const void *)tree);
	if (tree_console((const void *)tree, &uart))
		probe((const void *)tree);
	off();
}
