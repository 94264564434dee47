/* links: tests/host/layout_world.c arch/arm64/pte.c arch/x86_64/pte.c tools/planc/alias.c */
/* links: tools/planc/blob.c tools/planc/gate.c tools/planc/its.c tools/planc/kernel.c */
/* links: tools/planc/layout.c tools/planc/layout_arm64.c tools/planc/layout_x86_64.c */
/* links: tools/planc/model.c tools/planc/model_board.c tools/planc/model_guest.c */
/* links: tools/planc/place.c tools/planc/records.c tools/planc/registers.c tools/planc/routes.c */
/* links: tools/planc/stage1.c tools/planc/stage2.c tools/planc/staging.c tools/planc/tables.c */
/* links: tools/planc/tree.c */
/*
 * Layouts with a guest that is a Linux kernel: where it sees its memory, who else does, how its
 * interrupts are numbered, and what it restarts from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "tests/host/layout_world.h"

#include <cmocka.h>

#include "core/bits.h"

#define HUB 0u
#define LEFT 1u
#define RIGHT 2u
#define NOWHERE (~(u64)0)

static struct layout layout;

static void assert_layout(u32 transport, u32 to_driver)
{
	make_linux(transport, to_driver);
	make_layout(&layout);
}

static const u64 *table_at(u64 address)
{
	const u64 *table = tables_at(&layout.tables, address);

	if (!table)
		table = tables_at(&layout.changing, address);
	assert_non_null(table);
	return table;
}

/* A walk of its own: where an input address leads, or NOWHERE. */
static u64 output_of(const struct tables_space *space, u64 input)
{
	u64 table = space->root;

	for (u32 shift = 30;; shift -= 9) {
		u64 entry = table_at(table)[input >> shift & 511];

		if (!(entry & 1))
			return NOWHERE;
		if (shift == 12 || !(entry & 2))
			return (entry & BITS(47, 12) & ~(BIT(shift) - 1)) |
			       (input & (BIT(shift) - 1));
		table = entry & BITS(47, 12);
	}
}

/* Which input address of a space leads to a page, looked for where any may be. */
static u64 input_of(const struct tables_space *space, u64 page)
{
	for (u64 at = 0; at < 0x90000000; at += PLAN_PAGE)
		if (output_of(space, at) == page)
			return at;
	return NOWHERE;
}

static bool within(u64 address, u64 base, u64 size)
{
	return address - base < size;
}

static u64 pin_page(void)
{
	return layout.ram[LEFT].base + layout.ram[LEFT].size - PLAN_PAGE;
}

/* Every page that left sees, and nothing but what it must. */
static void check_pages_of_left(bool pins)
{
	const struct plan_guest *left = &layout.guest[LEFT];
	const struct plan_range *part = &layout.plan.part[PLAN_PART_PAYLOADS];
	const struct tables_space *space = &layout.guest_space[LEFT];
	u64 pages = 0;

	for (u64 at = 0; at < 0x90000000; at += PLAN_PAGE) {
		u64 output = output_of(space, at);
		struct tables_attributes found = tables_find(space, at);

		if (output == NOWHERE)
			continue;
		if (within(at, left->dma_base, left->dma_size)) {
			assert_int_equal(output, left->ram_base + at - left->dma_base);
			assert_int_equal(found.rights, TABLES_R | TABLES_W | TABLES_X);
			assert_int_equal(found.memory, TABLES_WRITE_BACK);
			pages++;
		} else if (pins && at == left->mbigen + 0xa000) {
			assert_int_equal(output, pin_page());
			assert_int_equal(found.rights, TABLES_R | TABLES_W);
			assert_int_equal(found.memory, TABLES_NON_CACHEABLE);
			pages++;
		} else {
			assert_int_equal(output, at);
			if (within(at, left->ram_base, left->ram_size)) {
				assert_true(at >= left->ram_base + left->dma_size);
				assert_int_equal(found.rights, TABLES_R | TABLES_W | TABLES_X);
				pages++;
			} else if (within(at, part->base, part->size)) {
				assert_int_equal(found.rights, at == left->restart
								       ? TABLES_R | TABLES_X
								       : TABLES_R);
			} else {
				assert_int_equal(at, 0x9000000); /* its UART */
			}
		}
	}
	assert_int_equal(pages, left->ram_size / PLAN_PAGE);
}

static void check_window_place(void)
{
	const struct plan_guest *left = &layout.guest[LEFT];
	u64 end = left->dma_base + left->dma_size;

	assert_int_equal(left->dma_size, MIB(4));
	assert_int_equal(end & (end - 1), 0);
	assert_true(end <= left->ram_base && end > left->ram_base / 2);
	assert_int_equal(left->entry, left->ram_base + left->dma_size);
}

/* The tail of its RAM, from the end, with the kernel far below. */
static void check_tail(bool pins)
{
	const struct plan_guest *left = &layout.guest[LEFT];
	u64 end = left->ram_base + left->ram_size - (pins ? PLAN_PAGE : 0);
	const struct plan_range *initrd = &layout.initrd[LEFT];

	assert_int_equal(left->dtb, end - KIB(16));
	assert_int_equal(initrd->base % PLAN_PAGE, 0);
	assert_int_equal(initrd->size, 0x23457);
	assert_true(initrd->base + initrd->size <= left->dtb);
	assert_true(initrd->base + initrd->size + PLAN_PAGE > left->dtb);
	assert_true(left->entry + MIB(4) <= initrd->base);
}

static void lazy_with_pins(void **state)
{
	const struct plan_guest *left = &layout.guest[LEFT];

	(void)state;
	assert_layout(PLAN_TRANSPORT_LAZY, PLAN_DOORBELL_MSI);
	check_window_place();
	check_tail(true);
	check_pages_of_left(true);
	assert_int_equal(left->mbigen % KIB(64), 0);
	assert_true(left->mbigen + KIB(64) <= left->dma_base);
	/* Its links' events, in their order, and no interrupt but those of its device. */
	assert_int_equal(left->pin_count, 2);
	assert_int_equal(left->pin[0], layout.link[0].queue[1].route_to_driver);
	assert_int_equal(left->pin[1], layout.link[2].queue[0].route_to_driver);
	assert_int_equal(layout.route[left->pin[1]].intid, 0);
	assert_int_equal(layout.route[layout.link[0].queue[0].route_to_device].kind,
			 PLAN_DOORBELL_POLL);
	assert_int_equal(layout.plan.wired_count, 2);
	assert_int_equal(layout.wired[0].physical, 33);
	assert_int_equal(layout.wired[0].intid, 32);
	assert_int_equal(layout.wired[1].intid, 33);
	assert_int_equal(layout.wired[1].cpu, left->cpu[0]);
	release_layout(&layout);
}

static void trap_with_shared_interrupts(void **state)
{
	(void)state;
	assert_layout(PLAN_TRANSPORT_TRAP, PLAN_DOORBELL_INJECT);
	check_window_place();
	check_tail(false);
	check_pages_of_left(false);
	assert_int_equal(layout.guest[LEFT].pin_count, 0);
	assert_int_equal(layout.guest[LEFT].mbigen, 0);
	assert_int_equal(layout.guest[LEFT].vlpi_config, 0);
	assert_int_equal(layout.route[layout.link[0].route_config].intid, 32);
	assert_int_equal(layout.route[layout.link[2].route_config].intid, 33);
	assert_int_equal(layout.wired[0].intid, 34);
	/* Other guests' interrupts stay what they were. */
	assert_int_equal(layout.route[layout.link[1].route_config].intid,
			 ABI_INTID_BASE + layout.link[1].route_config);
	assert_int_equal(layout.route[0].intid, ABI_INTID_BASE);
	release_layout(&layout);
}

/* The hub is the device side of both links of left: it has the window once, and no other page. */
static void device_side_sees_the_window(void **state)
{
	const struct plan_range *ram_of_left = &layout.ram[LEFT];

	(void)state;
	assert_layout(PLAN_TRANSPORT_LAZY, PLAN_DOORBELL_MSI);
	for (u64 at = 0; at < ram_of_left->size; at += PLAN_PAGE) {
		u64 page = ram_of_left->base + at;

		assert_int_equal(output_of(&layout.guest_space[HUB], page),
				 at < MIB(4) ? page : NOWHERE);
		if (at < MIB(4))
			assert_int_equal(tables_find(&layout.guest_space[HUB], page).rights,
					 TABLES_R | TABLES_W);
		assert_int_equal(output_of(&layout.guest_space[RIGHT], page), NOWHERE);
	}
	assert_int_equal(input_of(&layout.guest_space[HUB], pin_page()), NOWHERE);
	for (u32 i = 0; i < LINKS; i += 2) {
		assert_int_equal(layout.link[i].region, ram_of_left->base);
		assert_int_equal(layout.link[i].region_size, MIB(4));
		assert_int_equal(layout.block[i].size, 5 * PLAN_PAGE);
		assert_int_equal(layout.link[i].queue[1].size, 64);
		assert_int_equal(layout.rings[i][0].desc, 0);
		assert_true(layout.link[i].features & ABI_FEATURE_ACCESS_PLATFORM);
		assert_int_equal(
			tables_find(&layout.guest_space[HUB], layout.link[i].device_page).rights,
			TABLES_R | TABLES_W);
	}
	release_layout(&layout);
}

/* Only the CPUs of left read its RAM, and have what an ITS takes. */
static void run_maps_differ(void **state)
{
	(void)state;
	assert_layout(PLAN_TRANSPORT_LAZY, PLAN_DOORBELL_MSI);
	for (u32 cpu = 0; cpu < layout.plan.cpu_count; cpu++) {
		const struct plan_gic *gic = &layout.plan.gic;
		const struct tables_space *run = &layout.run[cpu];
		bool own = layout.cpu[cpu].guest == LEFT;
		u32 writes = own ? TABLES_R | TABLES_W : 0;

		for (u32 g = 0; g < GUESTS; g++)
			for (u64 at = 0; at < layout.ram[g].size; at += PLAN_PAGE) {
				u64 page = layout.ram[g].base + at;
				bool reads = own && g == LEFT && page != pin_page();

				assert_int_equal(tables_find(run, page).rights,
						 reads ? TABLES_R : 0);
			}
		assert_int_equal(tables_find(run, gic->gits).rights, writes);
		assert_int_equal(tables_find(run, gic->gits + PLAN_PAGE).rights, 0);
		assert_int_equal(tables_find(run, gic->its_queue).rights, writes);
		assert_int_equal(tables_find(run, gic->its_queue + KIB(64)).rights, 0);
		assert_int_equal(tables_find(run, gic->its_queue - PLAN_PAGE).rights, 0);
		assert_int_equal(tables_find(run, layout.guest[LEFT].vlpi_config).rights, writes);
		assert_int_equal(tables_find(run, gic->vlpi_config).rights, 0);
		/* And the rest is the same. */
		assert_int_equal(tables_find(run, layout.plan.part[PLAN_PART_TEXT].base).rights,
				 TABLES_R | TABLES_X);
		assert_int_equal(output_of(run, PLAN_PRIVATE_VA + PLAN_PAGE),
				 layout.cpu[cpu].private_hpa + PLAN_PAGE);
	}
	assert_int_equal(layout.guest[LEFT].vlpi_config, layout.plan.gic.vlpi_config + KIB(8));
	assert_int_equal(layout.guest[HUB].vlpi_config, layout.plan.gic.vlpi_config);
	assert_int_equal(layout.plan.part[PLAN_PART_VLPI].size, KIB(16));
	release_layout(&layout);
}

/* Left maps its events itself; those of right are the plan's. */
static void its_leaves_pins_out(void **state)
{
	u32 mapped = 0;

	(void)state;
	assert_layout(PLAN_TRANSPORT_LAZY, PLAN_DOORBELL_MSI);
	for (u32 i = 0; i < layout.plan.its_count; i++) {
		u32 event = (u32)layout.its[i].dw[1];

		if ((layout.its[i].dw[0] & 0xff) != 0x2a)
			continue;
		assert_int_equal(layout.route[event].receiver, RIGHT);
		mapped++;
	}
	/* net-right rings for each queue and for its configuration, con-right once. */
	assert_int_equal(mapped, 3 + 1);
	release_layout(&layout);
}

/* What left starts from is one piece each, in whole pages, and stays readable for it alone. */
static void restarts_from_its_own(void **state)
{
	(void)state;
	assert_layout(PLAN_TRANSPORT_LAZY, PLAN_DOORBELL_MSI);
	for (u32 role = 0; role < LAYOUT_ROLE_COUNT; role++) {
		const struct layout_blob *blob = &layout.blob[layout.blob_of[LEFT][role]];

		for (u64 at = 0; at < layout_span(blob); at += PLAN_PAGE) {
			assert_int_equal(
				tables_find(&layout.guest_space[LEFT], blob->base + at).rights,
				role == LAYOUT_RESTART ? TABLES_R | TABLES_X : TABLES_R);
			assert_int_equal(
				tables_find(&layout.guest_space[HUB], blob->base + at).rights, 0);
			assert_int_equal(tables_find(&layout.run[0], blob->base + at).rights, 0);
		}
	}
	assert_int_equal(layout.guest[LEFT].restart,
			 layout.blob[layout.blob_of[LEFT][LAYOUT_RESTART]].base);
	assert_int_equal(layout.guest[HUB].restart, 0);
	assert_int_equal(layout.blob_of[HUB][LAYOUT_RESTART], PLAN_NONE);
	release_layout(&layout);
}

/* Two guests name one kernel: its bytes are there once, and both can read them. */
static void files_are_shared(void **state)
{
	u64 before;

	(void)state;
	assert_layout(PLAN_TRANSPORT_LAZY, PLAN_DOORBELL_MSI);
	before = layout_blob_bytes(&layout);
	release_layout(&layout);
	make_linux(PLAN_TRANSPORT_LAZY, PLAN_DOORBELL_MSI);
	guests[2].program = NULL;
	guests[2].kernel = guests[1].kernel;
	guests[2].flags = PLAN_GUEST_LINUX | PLAN_GUEST_DTB;
	guests[2].memory = MIB(12);
	guests[2].dma_window = MIB(4);
	guests[2].restart = true;
	links[1].shared_vectors = true;
	assert_true(layout_make(&layout, &model));
	assert_int_equal(layout.blob_of[RIGHT][LAYOUT_IMAGE], layout.blob_of[LEFT][LAYOUT_IMAGE]);
	assert_int_not_equal(layout.guest[LEFT].restart, layout.guest[RIGHT].restart);
	assert_int_equal(tables_find(&layout.guest_space[RIGHT],
				     layout.blob[layout.blob_of[LEFT][LAYOUT_IMAGE]].base)
				 .rights,
			 TABLES_R);
	assert_int_equal(tables_find(&layout.guest_space[RIGHT],
				     layout.blob[layout.blob_of[LEFT][LAYOUT_INITRD]].base)
				 .rights,
			 0);
	/* Right's program is gone, a restart page has come. */
	assert_int_equal(layout_blob_bytes(&layout), before - MIB(2) + PLAN_PAGE);
	release_layout(&layout);
}

/* When a program's size is known its tables change, and no address of a part. */
static void program_restarts(void **state)
{
	struct plan_range part[PLAN_PART_COUNT];
	struct layout_blob *image;
	u64 page;

	(void)state;
	make_model(PLAN_TRANSPORT_LAZY, PLAN_DOORBELL_MSI, PLAN_DOORBELL_MSI);
	guests[RIGHT].restart = true;
	assert_true(layout_make(&layout, &model));
	memcpy(part, layout.plan.part, sizeof(part));
	for (u32 i = 0; i < layout.blob_count; i++)
		layout.blob[i].size = layout.blob[i].role == LAYOUT_IMAGE ? 5000 : PLAN_PAGE;
	layout_blob_bases(&layout);
	assert_true(layout_tables(&layout));
	assert_memory_equal(part, layout.plan.part, sizeof(part));
	image = &layout.blob[layout.blob_of[RIGHT][LAYOUT_IMAGE]];
	page = image->base;
	assert_int_equal(tables_find(&layout.guest_space[RIGHT], page).rights, TABLES_R);
	assert_int_equal(tables_find(&layout.guest_space[RIGHT], page + PLAN_PAGE).rights,
			 TABLES_R);
	assert_int_equal(tables_find(&layout.guest_space[RIGHT], page - PLAN_PAGE).rights, 0);
	assert_int_equal(
		tables_find(&layout.guest_space[RIGHT], layout.guest[RIGHT].restart).rights,
		TABLES_R | TABLES_X);
	assert_int_equal(
		tables_find(&layout.guest_space[RIGHT], layout.guest[RIGHT].restart + PLAN_PAGE)
			.rights,
		0);
	release_layout(&layout);
}

/* RAM at 4 MiB has no room for a window of 4 MiB that ends on a power of two. */
static void says_when_the_window_has_no_place(void **state)
{
	(void)state;
	make_linux(PLAN_TRANSPORT_LAZY, PLAN_DOORBELL_MSI);
	ram[0].range.base = MIB(4);
	guests[LEFT].pinned = true;
	guests[LEFT].address = MIB(4);
	assert_false(layout_make(&layout, &model));
	assert_int_equal(errors, 1);
	release_layout(&layout);
	/* One power of two higher there is, and the emulated frames are not in the way. */
	make_linux(PLAN_TRANSPORT_LAZY, PLAN_DOORBELL_MSI);
	ram[0].range.base = MIB(8);
	guests[LEFT].pinned = true;
	guests[LEFT].address = MIB(8);
	assert_true(layout_make(&layout, &model));
	assert_int_equal(layout.guest[LEFT].dma_base, MIB(4));
	release_layout(&layout);
}

/* The window keeps clear of what else the guest has: here the ITS, at the power of two. */
static void window_avoids_devices(void **state)
{
	(void)state;
	make_linux(PLAN_TRANSPORT_LAZY, PLAN_DOORBELL_MSI);
	model.board.gic.its.base = 0x40000000 - 0x20000;
	assert_true(layout_make(&layout, &model));
	assert_int_equal(layout.guest[LEFT].dma_base + layout.guest[LEFT].dma_size, 0x20000000);
	release_layout(&layout);
	make_linux(PLAN_TRANSPORT_LAZY, PLAN_DOORBELL_MSI);
	model.board.gic.its.base = 0x40000000 - MIB(4) - 0x20000;
	assert_true(layout_make(&layout, &model));
	assert_int_equal(layout.guest[LEFT].dma_base, 0x40000000 - MIB(4));
	assert_int_equal(layout.guest[LEFT].mbigen, 0x40000000 - MIB(4) - 0x30000);
	release_layout(&layout);
}

/* Nor does it take a link's block, or the image. */
static void window_avoids_links_and_image(void **state)
{
	(void)state;
	make_linux(PLAN_TRANSPORT_LAZY, PLAN_DOORBELL_MSI);
	ram[0].range.base = 0x3e000000;
	ram[1].range.base = 0x7f000000;
	guests[LEFT].pinned = true;
	guests[LEFT].address = 0x80000000;
	assert_true(layout_make(&layout, &model));
	assert_int_equal(layout.guest[LEFT].dma_base, 0x80000000 - MIB(4));
	release_layout(&layout);
	links[2].pinned = true;
	links[2].address = 0x7fff0000;
	assert_true(layout_make(&layout, &model));
	assert_int_equal(layout.guest[LEFT].dma_base, 0x40000000 - MIB(4));
	release_layout(&layout);
	model.base_pinned = true;
	model.base = 0x3f600000;
	assert_true(layout_make(&layout, &model));
	assert_int_equal(layout.guest[LEFT].dma_base, 0x20000000 - MIB(4));
	release_layout(&layout);
}

/* However many tables there are, eight are left for when the program's size is known. */
static void restart_keeps_spare_tables(void **state)
{
	(void)state;
	for (u32 apart = 0; apart <= LINKS; apart++) {
		make_model(PLAN_TRANSPORT_LAZY, PLAN_DOORBELL_MSI, PLAN_DOORBELL_MSI);
		guests[RIGHT].restart = true;
		for (u32 i = 0; i < apart; i++) {
			links[i].pinned = true;
			links[i].address = 0x82000000 + i * MIB(2);
		}
		assert_true(layout_make(&layout, &model));
		assert_true(layout.tables.count + 8 <= layout.tables.max);
		release_layout(&layout);
	}
}

/* Two device sides: each has the window, and both are links of left. */
static void each_device_side_has_the_window(void **state)
{
	u64 window;

	(void)state;
	make_linux(PLAN_TRANSPORT_LAZY, PLAN_DOORBELL_MSI);
	links[2].device = RIGHT;
	assert_true(layout_make(&layout, &model));
	window = layout.ram[LEFT].base;
	assert_int_equal(output_of(&layout.guest_space[HUB], window), window);
	assert_int_equal(output_of(&layout.guest_space[RIGHT], window), window);
	release_layout(&layout);
}

/* Other guests do without: nobody takes their devices' interrupts. */
static void bare_metal_is_not_wired(void **state)
{
	(void)state;
	make_linux(PLAN_TRANSPORT_LAZY, PLAN_DOORBELL_MSI);
	model.board.device[0].guest = HUB;
	assert_true(layout_make(&layout, &model));
	assert_int_equal(layout.plan.wired_count, 0);
	release_layout(&layout);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lazy_with_pins),
		cmocka_unit_test(trap_with_shared_interrupts),
		cmocka_unit_test(device_side_sees_the_window),
		cmocka_unit_test(run_maps_differ),
		cmocka_unit_test(its_leaves_pins_out),
		cmocka_unit_test(restarts_from_its_own),
		cmocka_unit_test(files_are_shared),
		cmocka_unit_test(program_restarts),
		cmocka_unit_test(says_when_the_window_has_no_place),
		cmocka_unit_test(window_avoids_devices),
		cmocka_unit_test(window_avoids_links_and_image),
		cmocka_unit_test(restart_keeps_spare_tables),
		cmocka_unit_test(each_device_side_has_the_window),
		cmocka_unit_test(bare_metal_is_not_wired),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
