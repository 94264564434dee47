/* links: core/link.c */
/*
 * The window's state machine: negotiation by the rules of virtio 1.2, hand-over, reset that waits
 * for the device side, and a driver that lies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/arch.h"
#include "core/bits.h"
#include "core/cpu.h"
#include "core/link.h"

#define FEATURES (ABI_FEATURE_VERSION_1 | ABI_FEATURE_EVENT_IDX)
#define PAGE PLAN_PAGE

enum { DRIVER, DEVICE };
enum { LAZY, STATIC, TRAP };
enum { ROUTE_TO_DEVICE, ROUTE_TO_DRIVER };

/* One block for each link: 2 window pages, driver, device and hypervisor page, region. */
static _Alignas(4096) u8 blocks[3][16 * PAGE];
static u64 entries[3];
static u64 now;
static u32 rung[2];
static unsigned entry_sets, entry_clears;

const struct plan plan = {.link_count = 3, .route_count = 2};

#define LINK(index, how)                                                                           \
	{                                                                                          \
		.window = 0, .transport = how, .device_id = ABI_DEVICE_NET, .driver = DRIVER,      \
		.device = DEVICE, .features = FEATURES, .queue_count = 2,                          \
		.reset_timeout_ms = 1000, .region_size = 11 * PAGE, .entry_ram = 0x703,            \
		.queue = {{.size = 64, .route_to_device = 0, .route_to_driver = 1},                \
			  {.size = 64, .route_to_device = 0, .route_to_driver = 1}},               \
	}

/* Not const here: addresses are known when the test starts. */
extern struct plan_link test_links[3] __asm__("plan_links");
struct plan_link test_links[3] = {LINK(0, PLAN_TRANSPORT_LAZY), LINK(1, PLAN_TRANSPORT_STATIC),
				  LINK(2, PLAN_TRANSPORT_TRAP)};

const struct plan_route plan_routes[] = {
	{.link = TRAP, .direction = PLAN_TO_DEVICE, .kind = PLAN_DOORBELL_INJECT, .sender = DRIVER},
	{.link = TRAP, .direction = PLAN_TO_DRIVER, .kind = PLAN_DOORBELL_INJECT, .sender = DEVICE},
};

void arch_kick(u32 cpu)
{
	(void)cpu;
}

void arch_msi(u32 event)
{
	rung[event]++;
}

void cpu_post_event(u32 cpu, u32 event)
{
	(void)cpu;
	rung[event]++;
}

void arch_entry_set(hpa_t entry, u64 value)
{
	*(u64 *)entry.v = value;
	entry_sets++;
}

void arch_entry_clear(hpa_t entry, u64 value, gpa_t page)
{
	assert_int_equal(page.v & (PAGE - 1), 0);
	*(u64 *)entry.v = value;
	entry_clears++;
}

void arch_relax(void)
{
}

u64 arch_counter(void)
{
	return now;
}

u64 arch_counter_hz(void)
{
	return 1000;
}

static struct abi_link_hyp *hyp(u32 link)
{
	return (struct abi_link_hyp *)test_links[link].hyp_page;
}

static struct abi_link_device *device(u32 link)
{
	return (struct abi_link_device *)test_links[link].device_page;
}

static const volatile u32 *window_of(u32 link)
{
	return (const volatile u32 *)test_links[link].window;
}

/* Each test starts from links that were reset to their first state. */
static int setup(void **state)
{
	(void)state;
	for (u32 i = 0; i < 3; i++) {
		u64 base = (u64)blocks[i];

		test_links[i].window = base + ABI_WINDOW_OFFSET;
		test_links[i].driver_page = base + 2 * PAGE;
		test_links[i].device_page = base + 3 * PAGE;
		test_links[i].hyp_page = base + 4 * PAGE;
		test_links[i].region = base + 5 * PAGE;
		test_links[i].entry = (u64)&entries[i];
	}
	link_init();
	for (u32 i = 0; i < 3; i++) {
		if (hyp(i)->lead.state == ABI_LINK_BROKEN)
			hyp(i)->lead.state = ABI_LINK_UP;
		device(i)->epoch = hyp(i)->lead.epoch + (hyp(i)->lead.state == ABI_LINK_UP);
		while (link_write(i, ABI_VIRTIO_STATUS, 0) == EXIT_RESUME)
			now += 1;
	}
	link_init();
	memset(rung, 0, sizeof(rung));
	entry_sets = entry_clears = 0;
	return 0;
}

/* What a register reads as; the page that holds it must not be RAM. */
static u64 read_register(u32 link, u32 offset, u32 size)
{
	u64 value = ~(u64)0;

	assert_int_equal(link_read(link, offset, size, &value), EXIT_ADVANCE);
	return value;
}

/* An access to this register of the first page would be run again. */
static bool handed_over(u32 link, u32 offset)
{
	u64 value;

	return link_read(link, offset, 4, &value) == EXIT_RESUME;
}

static void negotiate(u32 link, u64 features)
{
	link_write(link, ABI_VIRTIO_STATUS, ABI_STATUS_ACKNOWLEDGE);
	link_write(link, ABI_VIRTIO_STATUS, ABI_STATUS_ACKNOWLEDGE | ABI_STATUS_DRIVER);
	for (u32 i = 0; i < 2; i++) {
		link_write(link, ABI_VIRTIO_DRIVER_FEATURES_SEL, i);
		link_write(link, ABI_VIRTIO_DRIVER_FEATURES, (u32)(features >> (32 * i)));
	}
	link_write(link, ABI_VIRTIO_STATUS,
		   ABI_STATUS_ACKNOWLEDGE | ABI_STATUS_DRIVER | ABI_STATUS_FEATURES_OK);
}

static void put_address(u32 link, u32 low, u64 address)
{
	link_write(link, low, (u32)address);
	link_write(link, low + 4, (u32)(address >> 32));
}

static void set_queue(u32 link, u32 queue, u32 size, u64 base)
{
	link_write(link, ABI_VIRTIO_QUEUE_SEL, queue);
	link_write(link, ABI_VIRTIO_QUEUE_NUM, size);
	put_address(link, ABI_VIRTIO_QUEUE_DESC_LOW, base);
	put_address(link, ABI_VIRTIO_QUEUE_DRIVER_LOW, base + 1024);
	put_address(link, ABI_VIRTIO_QUEUE_DEVICE_LOW, base + 2048);
	link_write(link, ABI_VIRTIO_QUEUE_READY, 1);
}

static void driver_ok(u32 link)
{
	link_write(link, ABI_VIRTIO_STATUS, 15);
}

static void bring_up(u32 link)
{
	negotiate(link, FEATURES);
	set_queue(link, 0, 64, test_links[link].region);
	set_queue(link, 1, 64, test_links[link].region + PAGE);
	driver_ok(link);
	assert_int_equal(hyp(link)->lead.state, ABI_LINK_UP);
}

static void identity_is_the_plans(void **state)
{
	(void)state;
	assert_int_equal(read_register(LAZY, ABI_VIRTIO_MAGIC_VALUE, 4), ABI_VIRTIO_MAGIC);
	assert_int_equal(read_register(LAZY, ABI_VIRTIO_VERSION, 4), 2);
	assert_int_equal(read_register(LAZY, ABI_VIRTIO_DEVICE_ID, 4), ABI_DEVICE_NET);
	assert_int_equal(read_register(LAZY, ABI_VIRTIO_QUEUE_NUM_MAX, 4), 64);
	link_write(LAZY, ABI_VIRTIO_DEVICE_FEATURES_SEL, 1);
	assert_int_equal(read_register(LAZY, ABI_VIRTIO_DEVICE_FEATURES, 4), FEATURES >> 32);
	link_write(LAZY, ABI_VIRTIO_DEVICE_FEATURES_SEL, 2);
	assert_int_equal(read_register(LAZY, ABI_VIRTIO_DEVICE_FEATURES, 4), 0);
}

static void hand_over_publishes_then_opens_the_page(void **state)
{
	const volatile u32 *window = window_of(LAZY);

	(void)state;
	assert_false(handed_over(LAZY, ABI_VIRTIO_QUEUE_NOTIFY));
	bring_up(LAZY);
	assert_int_equal(entries[LAZY], 0x703);
	assert_true(handed_over(LAZY, ABI_VIRTIO_QUEUE_NOTIFY));
	assert_false(handed_over(LAZY, ABI_VIRTIO_STATUS));
	assert_int_equal(rung[ROUTE_TO_DEVICE], 1);
	assert_int_equal(hyp(LAZY)->queue[1].desc, test_links[LAZY].region + PAGE);
	assert_int_equal(hyp(LAZY)->features, FEATURES);
	assert_int_equal(window[ABI_VIRTIO_INTERRUPT_STATUS / 4], 1);
	assert_int_equal(window[ABI_VIRTIO_DEVICE_ID / 4], ABI_DEVICE_NET);
	assert_int_equal(window[ABI_VIRTIO_QUEUE_READY / 4], 0);
}

static void trap_never_hands_over(void **state)
{
	(void)state;
	bring_up(TRAP);
	assert_int_equal(entry_sets, 0);
	assert_false(handed_over(TRAP, ABI_VIRTIO_QUEUE_NOTIFY));
	rung[ROUTE_TO_DEVICE] = 0;
	link_write(TRAP, ABI_VIRTIO_QUEUE_NOTIFY, 1);
	assert_int_equal(rung[ROUTE_TO_DEVICE], 1);
	link_write(TRAP, ABI_VIRTIO_QUEUE_NOTIFY, 2);
	assert_int_equal(rung[ROUTE_TO_DEVICE], 1);
}

static void interrupt_status_follows_ring_and_ack(void **state)
{
	(void)state;
	bring_up(TRAP);
	assert_int_equal(link_ring_call(DRIVER, ROUTE_TO_DRIVER), ABI_EPERM);
	assert_int_equal(read_register(TRAP, ABI_VIRTIO_INTERRUPT_STATUS, 4), 0);
	assert_int_equal(link_ring_call(DEVICE, ROUTE_TO_DRIVER), ABI_OK);
	assert_int_equal(rung[ROUTE_TO_DRIVER], 1);
	assert_int_equal(read_register(TRAP, ABI_VIRTIO_INTERRUPT_STATUS, 4), 1);
	link_write(TRAP, ABI_VIRTIO_INTERRUPT_ACK, 1);
	assert_int_equal(read_register(TRAP, ABI_VIRTIO_INTERRUPT_STATUS, 4), 0);
}

static void reset_resumes_until_acknowledged(void **state)
{
	u32 epoch;

	(void)state;
	bring_up(LAZY);
	epoch = hyp(LAZY)->lead.epoch;
	assert_int_equal(link_write(LAZY, ABI_VIRTIO_STATUS, 0), EXIT_RESUME);
	assert_int_equal(entries[LAZY], 0);
	assert_int_equal(entry_clears, 1);
	assert_false(handed_over(LAZY, ABI_VIRTIO_QUEUE_NOTIFY));
	assert_int_equal(hyp(LAZY)->lead.epoch, epoch + 1);
	assert_int_equal(hyp(LAZY)->lead.state, ABI_LINK_RESET_ASKED);
	assert_int_equal(link_write(LAZY, ABI_VIRTIO_STATUS, 0), EXIT_RESUME);
	assert_int_equal(hyp(LAZY)->lead.epoch, epoch + 1);
	device(LAZY)->epoch = epoch + 1;
	assert_int_equal(link_write(LAZY, ABI_VIRTIO_STATUS, 0), EXIT_ADVANCE);
	assert_int_equal(hyp(LAZY)->lead.state, ABI_LINK_DOWN);
	link_write(LAZY, ABI_VIRTIO_QUEUE_SEL, 0);
	assert_int_equal(read_register(LAZY, ABI_VIRTIO_QUEUE_READY, 4), 0);
	bring_up(LAZY);
	assert_int_equal(entry_sets, 2);
}

/* Not even then: an architecture may need an entry more to take the page away from all CPUs. */
static void reset_runs_again_when_it_was_acknowledged_before(void **state)
{
	(void)state;
	bring_up(LAZY);
	device(LAZY)->epoch = hyp(LAZY)->lead.epoch + 1;
	assert_int_equal(link_write(LAZY, ABI_VIRTIO_STATUS, 0), EXIT_RESUME);
	assert_int_equal(link_write(LAZY, ABI_VIRTIO_STATUS, 0), EXIT_ADVANCE);
	assert_int_equal(hyp(LAZY)->lead.state, ABI_LINK_DOWN);
}

static void reset_that_nobody_answers_breaks_the_link(void **state)
{
	(void)state;
	bring_up(LAZY);
	assert_int_equal(link_write(LAZY, ABI_VIRTIO_STATUS, 0), EXIT_RESUME);
	now += 999;
	assert_int_equal(link_write(LAZY, ABI_VIRTIO_STATUS, 0), EXIT_RESUME);
	now += 1;
	assert_int_equal(link_write(LAZY, ABI_VIRTIO_STATUS, 0), EXIT_ADVANCE);
	assert_int_equal(hyp(LAZY)->lead.state, ABI_LINK_BROKEN);
	assert_true(read_register(LAZY, ABI_VIRTIO_STATUS, 4) & ABI_STATUS_NEEDS_RESET);
	driver_ok(LAZY);
	assert_int_equal(hyp(LAZY)->lead.state, ABI_LINK_BROKEN);
}

static void features_not_offered_are_refused(void **state)
{
	(void)state;
	negotiate(LAZY, FEATURES | BIT(40));
	assert_false(read_register(LAZY, ABI_VIRTIO_STATUS, 4) & ABI_STATUS_FEATURES_OK);
	driver_ok(LAZY);
	assert_int_equal(hyp(LAZY)->lead.state, ABI_LINK_NEGOTIATING);
	assert_int_equal(entry_sets, 0);
}

static void version_1_is_required(void **state)
{
	(void)state;
	negotiate(LAZY, ABI_FEATURE_EVENT_IDX);
	assert_false(read_register(LAZY, ABI_VIRTIO_STATUS, 4) & ABI_STATUS_FEATURES_OK);
}

static void rings_outside_the_region_are_refused(void **state)
{
	const struct plan_link *link = &test_links[LAZY];
	const u64 bad[] = {0,
			   link->region - 16,
			   link->region + link->region_size,
			   link->region + link->region_size - 2048,
			   link->region + 8,
			   ~(u64)0 - 15,
			   (u64)1 << 63};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		setup(NULL);
		negotiate(LAZY, FEATURES);
		set_queue(LAZY, 0, 64, bad[i]);
		assert_int_equal(read_register(LAZY, ABI_VIRTIO_QUEUE_READY, 4), 0);
		driver_ok(LAZY);
		assert_int_equal(hyp(LAZY)->lead.state, ABI_LINK_NEGOTIATING);
	}
}

static void queue_sizes_are_bounded(void **state)
{
	const u32 bad[] = {0, 3, 65, 128, 0x80000000u, ~0u};

	(void)state;
	negotiate(LAZY, FEATURES);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		link_write(LAZY, ABI_VIRTIO_QUEUE_SEL, 0);
		link_write(LAZY, ABI_VIRTIO_QUEUE_NUM, bad[i]);
		assert_true(hyp(LAZY)->queue[0].size <= 64);
	}
	link_write(LAZY, ABI_VIRTIO_QUEUE_SEL, 2);
	link_write(LAZY, ABI_VIRTIO_QUEUE_NUM, 8);
	assert_int_equal(read_register(LAZY, ABI_VIRTIO_QUEUE_NUM_MAX, 4), 0);
}

static void live_rings_do_not_change(void **state)
{
	u64 desc;

	(void)state;
	bring_up(LAZY);
	desc = hyp(LAZY)->queue[0].desc;
	set_queue(LAZY, 0, 8, test_links[LAZY].region + 2 * PAGE);
	link_write(LAZY, ABI_VIRTIO_QUEUE_READY, 0);
	assert_int_equal(hyp(LAZY)->queue[0].desc, desc);
	assert_int_equal(hyp(LAZY)->queue[0].size, 64);
	assert_int_equal(hyp(LAZY)->queue[0].ready, 1);
}

static void garbage_never_brings_a_bad_ring_up(void **state)
{
	(void)state;
	srand(1);
	for (unsigned i = 0; i < 200000; i++) {
		u32 offset = (u32)rand() % (ABI_WINDOW_SIZE / 4) * 4;
		u32 value = rand() % 3 ? (u32)rand() % 16 : (u32)rand() * 2654435761u;

		if (rand() % 4)
			offset %= 0x100;
		link_write(LAZY, offset, value);
		link_read(LAZY, offset, 4, &(u64){0});
		if (rand() % 64 == 0)
			device(LAZY)->epoch = hyp(LAZY)->lead.epoch;
		now += 1;
		for (u32 q = 0; q < 2; q++) {
			const struct abi_queue *queue = &hyp(LAZY)->queue[q];

			if (!queue->ready)
				continue;
			assert_true(queue->desc >= test_links[LAZY].region);
			assert_true(queue->device + 6 + 8 * queue->size <=
				    test_links[LAZY].region + test_links[LAZY].region_size);
		}
		if (hyp(LAZY)->lead.state == ABI_LINK_BROKEN)
			setup(NULL);
	}
}

static void a_static_link_is_up_from_the_start(void **state)
{
	const volatile u32 *status =
		(const volatile u32 *)(test_links[STATIC].window + ABI_VIRTIO_STATUS);

	(void)state;
	assert_int_equal(hyp(STATIC)->lead.state, ABI_LINK_UP);
	assert_int_equal(hyp(STATIC)->magic, ABI_LINK_MAGIC);
	assert_int_equal(*status, 15);
}

static void a_stopped_guest_breaks_its_links_and_its_peers_are_rung(void **state)
{
	(void)state;
	bring_up(LAZY);
	memset(rung, 0, sizeof(rung));
	for (u32 i = 0; i < 3; i++)
		test_links[i].route_config = ROUTE_TO_DRIVER;
	link_guest_stopped(DEVICE);
	assert_int_equal(hyp(LAZY)->lead.state, ABI_LINK_BROKEN);
	assert_int_equal(hyp(STATIC)->lead.state, ABI_LINK_BROKEN);
	assert_int_equal(rung[ROUTE_TO_DRIVER], 3);
	assert_true(window_of(LAZY)[ABI_VIRTIO_INTERRUPT_STATUS / 4] & ABI_INTERRUPT_CONFIG);
	assert_true(read_register(LAZY, ABI_VIRTIO_STATUS, 4) & ABI_STATUS_NEEDS_RESET);
	assert_int_equal(rung[ROUTE_TO_DEVICE], 0);
}

static void configuration_space_is_the_device_sides(void **state)
{
	(void)state;
	memcpy(device(LAZY)->config, "\x02\x00\x00\x00\x00\x07", 6);
	assert_int_equal(read_register(LAZY, ABI_VIRTIO_CONFIG, 4), 2);
	assert_int_equal(read_register(LAZY, ABI_VIRTIO_CONFIG + 5, 1), 7);
	assert_int_equal(read_register(LAZY, ABI_VIRTIO_CONFIG + 4, 2), 0x700);
	assert_int_equal(read_register(LAZY, ABI_VIRTIO_CONFIG + ABI_CONFIG_SIZE, 4), 0);
	assert_int_equal(read_register(LAZY, ABI_WINDOW_SIZE - 4, 4), 0);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(identity_is_the_plans),
		TEST(hand_over_publishes_then_opens_the_page),
		TEST(trap_never_hands_over),
		TEST(interrupt_status_follows_ring_and_ack),
		TEST(reset_resumes_until_acknowledged),
		TEST(reset_runs_again_when_it_was_acknowledged_before),
		TEST(reset_that_nobody_answers_breaks_the_link),
		TEST(features_not_offered_are_refused),
		TEST(version_1_is_required),
		TEST(rings_outside_the_region_are_refused),
		TEST(queue_sizes_are_bounded),
		TEST(live_rings_do_not_change),
		TEST(garbage_never_brings_a_bad_ring_up),
		TEST(a_static_link_is_up_from_the_start),
		TEST(a_stopped_guest_breaks_its_links_and_its_peers_are_rung),
		TEST(configuration_space_is_the_device_sides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
