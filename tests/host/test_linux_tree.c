/* links: tests/host/layout_world.c arch/arm64/pte.c arch/x86_64/pte.c tools/planc/alias.c */
/* links: tools/planc/blob.c tools/planc/dtb.c tools/planc/dtb_linux.c tools/planc/dtb_write.c */
/* links: tools/planc/gate.c tools/planc/its.c tools/planc/kernel.c tools/planc/layout.c */
/* links: tools/planc/layout_arm64.c tools/planc/layout_x86_64.c tools/planc/model.c */
/* links: tools/planc/model_board.c tools/planc/model_guest.c tools/planc/place.c */
/* links: tools/planc/records.c tools/planc/registers.c tools/planc/routes.c tools/planc/stage1.c */
/* links: tools/planc/stage2.c tools/planc/staging.c tools/planc/tables.c tools/planc/tree.c */
/*
 * The device tree of a guest that is a Linux kernel says what the layout says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/host/layout_world.h"
#include "tools/planc/dtb.h"

#include <cmocka.h>
#include <libfdt.h>

#include "core/bits.h"

#define LEFT 1u

static struct layout layout;

static void assert_layout(u32 transport, u32 to_driver)
{
	make_linux(transport, to_driver);
	assert_true(layout_make(&layout, &model));
	assert_true(dtb_make(&layout));
	assert_int_equal(errors, 0);
}

static u64 number(const char *path, const char *name, int cell, int cells)
{
	const void *fdt = layout.dtb[LEFT];
	int size = 0;
	int node = fdt_path_offset(fdt, path);
	const fdt32_t *value = fdt_getprop(fdt, node, name, &size);
	u64 found = 0;

	assert_true(value && size >= 4 * (cell + cells));
	for (int i = cell; i < cell + cells; i++)
		found = found << 32 | fdt32_to_cpu(value[i]);
	return found;
}

static const char *words(const char *path, const char *name)
{
	const char *text = fdt_getprop(layout.dtb[LEFT], fdt_path_offset(layout.dtb[LEFT], path),
				       name, NULL);

	assert_non_null(text);
	return text;
}

static u64 memory(u64 address, int cell)
{
	char path[64];

	snprintf(path, sizeof(path), "/memory@%llx", (unsigned long long)address);
	return number(path, "reg", cell, 2);
}

static void check_tree(bool pins)
{
	const struct plan_guest *left = &layout.guest[LEFT];
	const char *gic = "/interrupt-controller@8000000";
	u64 main_ram = left->ram_base + left->dma_size;

	assert_int_equal(layout.dtb_size[LEFT], KIB(16));
	assert_int_equal(memory(left->dma_base, 0), left->dma_base);
	assert_int_equal(memory(left->dma_base, 2), left->dma_size);
	assert_int_equal(memory(main_ram, 2),
			 left->ram_size - left->dma_size - (pins ? PLAN_PAGE : 0));
	assert_int_equal(number("/links", "dma-ranges", 0, 2), left->ram_base);
	assert_int_equal(number("/links", "dma-ranges", 2, 2), left->dma_base);
	assert_int_equal(number("/links", "dma-ranges", 4, 2), left->dma_size);
	assert_int_equal(number("/chosen", "linux,initrd-start", 0, 2), layout.initrd[LEFT].base);
	assert_int_equal(number("/chosen", "linux,initrd-end", 0, 2),
			 layout.initrd[LEFT].base + layout.initrd[LEFT].size);
	/* vCPU numbers, not those of the machine, which are 0x300 and 0x100. */
	assert_int_equal(number("/cpus/cpu@0", "reg", 0, 2), 0);
	assert_int_equal(number("/cpus/cpu@1", "reg", 0, 2), 1);
	assert_int_equal(number(gic, "reg", 4, 2), 0x80a0000);
	assert_int_equal(number(gic, "reg", 6, 2), 2 * KIB(128));
	/* Two shared interrupts of its links come first where there are no pins. */
	assert_int_equal(number("/serial@9000000", "interrupts", 1, 1), pins ? 0 : 2);
	assert_int_equal(number("/serial@9000000", "interrupts", 2, 1), 4);
	assert_int_equal(number("/serial@9000000", "interrupts", 4, 1), pins ? 1 : 3);
}

static void check_node(u32 link, u32 first, u32 second, u32 third)
{
	char path[64];
	const u32 cells[] = {first, second, third};

	snprintf(path, sizeof(path), "/links/virtio_mmio@%llx",
		 (unsigned long long)layout.link[link].window);
	assert_string_equal(words(path, "compatible"), "virtio,mmio");
	assert_int_equal(number(path, "reg", 2, 2), ABI_WINDOW_SIZE);
	words(path, "dma-coherent");
	for (int i = 0; i < 3 && cells[i] != PLAN_NONE; i++)
		assert_int_equal(number(path, "interrupts", i, 1), cells[i]);
}

static void tree_with_pins(void **state)
{
	char path[64];

	(void)state;
	assert_layout(PLAN_TRANSPORT_LAZY, PLAN_DOORBELL_MSI);
	check_tree(true);
	assert_string_equal(words("/chosen", "bootargs"),
			    "console=hvc0 fw_devlink=permissive swiotlb=1024 cma=0");
	snprintf(path, sizeof(path), "/mbigen@%llx", (unsigned long long)layout.guest[LEFT].mbigen);
	assert_string_equal(words(path, "compatible"), "hisilicon,mbigen-v2");
	strcat(path, "/pins");
	assert_int_equal(number(path, "num-pins", 0, 1), 128);
	assert_int_equal(
		number(path, "msi-parent", 0, 1),
		number("/interrupt-controller@8000000/msi-controller@8080000", "phandle", 0, 1));
	check_node(0, 64, 1, PLAN_NONE);
	check_node(2, 65, 1, PLAN_NONE);
	release_layout(&layout);
}

static void tree_with_shared_interrupts(void **state)
{
	(void)state;
	assert_layout(PLAN_TRANSPORT_TRAP, PLAN_DOORBELL_INJECT);
	check_tree(false);
	assert_string_equal(words("/chosen", "bootargs"), "console=hvc0 swiotlb=1024 cma=0");
	check_node(0, 0, 0, 1);
	check_node(2, 0, 1, 1);
	assert_true(fdt_path_offset(layout.dtb[LEFT],
				    "/interrupt-controller@8000000/msi-controller@8080000") < 0);
	release_layout(&layout);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree_with_pins),
		cmocka_unit_test(tree_with_shared_interrupts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
