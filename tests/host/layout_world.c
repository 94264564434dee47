/* The model of layout_world.h, and the end of what errors say. */
#include "tests/host/layout_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/bits.h"
#include "tools/planc/diag.h"

struct model_ram ram[RAM_RANGES];
struct model_guest guests[GUESTS];
struct model_link links[LINKS];
struct model model;
unsigned errors;

static struct model_cpu cpus[4];
static struct model_device uart;
static struct options options;
static struct source source;

void diag_error(const struct source *from, int node, const char *property, const char *format, ...)
{
	(void)from;
	(void)node;
	(void)property;
	(void)format;
	errors++;
}

static void make_board(void)
{
	ram[0].range = (struct plan_range){RAM_BASE, MIB(32)};
	ram[1].range = (struct plan_range){0x80000000, MIB(64)};
	for (u32 i = 0; i < ARRAY_SIZE(cpus); i++) {
		cpus[i].mpidr = i << 8;
		cpus[i].sibling = PLAN_NONE;
		cpus[i].guest = PLAN_NONE;
	}
	uart = (struct model_device){
		.name = "uart", .type = "pl011", .range = {0x9000000, PLAN_PAGE}, .guest = 0};
	model.board = (struct model_board){.arch = "arm64",
					   .doorbells = 7,
					   .ram_count = ARRAY_SIZE(ram),
					   .cpu_count = ARRAY_SIZE(cpus),
					   .device_count = 1,
					   .ram = ram,
					   .cpu = cpus,
					   .device = &uart};
	model.board.gic = (struct model_gic){.v4 = true,
					     .distributor = {0x8000000, 0x10000},
					     .redistributors = {0x80a0000, 0x40000},
					     .its = {0x8080000, 0x20000},
					     .has_msi_device = true,
					     .msi_device_source = "test",
					     .event_bits = 6};
}

/* The hub has CPU 0, left CPUs 3 and 1 in this order, right CPU 2. */
static void make_guests(void)
{
	static const char *const names[] = {"hub", "left", "right"};
	static const u32 owned[GUESTS][2] = {{0}, {3, 1}, {2}};

	for (u32 i = 0; i < GUESTS; i++) {
		guests[i] = (struct model_guest){
			.name = names[i], .program = "test", .memory = MIB(4), .node = 1};
		guests[i].cpu_count = i == 1 ? 2 : 1;
		for (u32 v = 0; v < guests[i].cpu_count; v++) {
			cpus[owned[i][v]].guest = i;
			cpus[owned[i][v]].vcpu = v;
		}
	}
	guests[0].flags = PLAN_GUEST_REPORT | PLAN_GUEST_UART;
	guests[2].flags = PLAN_GUEST_DTB;
}

static void make_links(u32 transport, u32 to_device, u32 to_driver)
{
	static const char *const names[] = {"net-left", "net-right", "con-left", "con-right"};

	for (u32 i = 0; i < LINKS; i++)
		links[i] = (struct model_link){.name = names[i],
					       .device_id = i < 2 ? ABI_DEVICE_NET
								  : ABI_DEVICE_CONSOLE,
					       .driver = 1 + i % 2,
					       .transport = transport,
					       .doorbell = {to_device, to_driver},
					       .shared_vectors = i == 3,
					       .queue_count = 2,
					       .queue_size = 64,
					       .vcpu = {0, i == 0 ? 1 : 0},
					       .node = 2};
}

void make_model(u32 transport, u32 to_device, u32 to_driver)
{
	memset(&model, 0, sizeof(model));
	make_board();
	make_guests();
	make_links(transport, to_device, to_driver);
	options.transport = PLAN_NONE;
	model.source = &source;
	model.options = &options;
	model.guest = guests;
	model.guest_count = GUESTS;
	model.link = links;
	model.link_count = LINKS;
	errors = 0;
}

void make_x86_64(u32 transport, u32 to_device, u32 to_driver)
{
	make_model(transport, to_device, to_driver);
	for (u32 i = 0; i < ARRAY_SIZE(cpus); i++)
		cpus[i].mpidr = 2 * i;
	uart = (struct model_device){
		.name = "uart", .type = "ns16550", .ports = {0x3f8, 8}, .guest = 0};
	model.board.arch = "x86_64";
	model.board.gic = (struct model_gic){.v4 = false};
	model.board.apic = (struct plan_range){0xfee00000, PLAN_PAGE};
	model.board.machine.frequency = 50000000;
	model.board.power_port = 0x8900;
	guests[2].flags = 0;
}

void make_linux(u32 transport, u32 to_driver)
{
	bool trap = transport == PLAN_TRANSPORT_TRAP;
	static char kernel[] = "Image";
	static char initrd[] = "initrd.img";

	make_model(transport, trap ? PLAN_DOORBELL_INJECT : PLAN_DOORBELL_POLL, to_driver);
	guests[1].program = NULL;
	guests[1].kernel = (struct model_file){kernel, kernel, 0x123456};
	guests[1].initrd = (struct model_file){initrd, initrd, 0x23457};
	guests[1].kernel_memory = MIB(4);
	guests[1].memory = MIB(12);
	guests[1].dma_window = MIB(4);
	guests[1].flags = PLAN_GUEST_LINUX | PLAN_GUEST_DTB;
	guests[1].restart = true;
	strcpy(guests[1].arguments, "console=hvc0");
	links[0].shared_vectors = true;
	links[2].shared_vectors = true;
	guests[0].flags &= ~(u32)PLAN_GUEST_UART;
	uart.guest = 1;
	uart.interrupt_count = 2;
	uart.interrupt[0] = 33;
	uart.interrupt[1] = 40;
}

void make_layout(struct layout *made)
{
	assert_true(layout_make(made, &model));
	assert_int_equal(errors, 0);
}

void release_layout(struct layout *made)
{
	free(made->tables.table);
	free(made->tables.info);
	free(made->changing.table);
	free(made->changing.info);
	for (u32 i = 0; i < GUESTS; i++)
		free(made->dtb[i]);
}
