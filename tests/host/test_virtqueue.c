/* links: guests/lib/virtqueue.c guests/lib/vq_driver.c guests/lib/vq_device.c */
/*
 * Both sides of the guests' split virtqueue, against each other and against nonsense.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/bits.h"
#include "guests/lib/virtqueue_internal.h"

#define SIZE 8u
#define REGION_SIZE 8192u
#define BUFFERS 4096u /* offset of the buffers in the region */
#define BUFFER_SIZE 256u

struct pair {
	u8 *memory;
	struct vq_region region;
	struct vq_rings rings;
	struct vq_driver driver;
	struct vq_device device;
};

static u32 seed;

static u32 random_number(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 8;
}

/* Behind the table is room for an entry that nobody may look at. */
static bool place(struct pair *pair, u32 size)
{
	u64 desc = pair->region.base;
	u64 driver = desc + 16 * ((u64)size + 1);
	u64 device = ALIGN_UP(driver + 6 + 2 * (u64)size, 8);

	return vq_rings_place(&pair->rings, &pair->region, desc, driver, device, size) &&
	       pair->rings.desc && pair->rings.avail && pair->rings.used;
}

static struct pair *make(bool event_idx)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	/* Exactly the region: one byte further is an error of the sanitizer's. */
	u8 *memory = aligned_alloc(4096, REGION_SIZE);

	if (!pair || !memory)
		abort();
	pair->memory = memory;
	memset(pair->memory, 0, REGION_SIZE);
	pair->region = (struct vq_region){(u64)(uintptr_t)pair->memory, REGION_SIZE};
	pair->rings.event_idx = event_idx;
	if (!place(pair, SIZE))
		abort();
	vq_driver_start(&pair->driver, &pair->rings, SIZE);
	vq_device_start(&pair->device, &pair->rings, &pair->region);
	return pair;
}

static void drop(struct pair *pair)
{
	free(pair->memory);
	free(pair);
}

static struct vq_segment buffer(struct pair *pair, u32 index, u32 size)
{
	return (struct vq_segment){pair->memory + BUFFERS + index * BUFFER_SIZE, size};
}

static void rings_must_fit(void **state)
{
	struct pair *pair = make(true);
	struct vq_rings rings = {0};
	u64 base = pair->region.base;

	(void)state;
	assert_true(vq_rings_place(&rings, &pair->region, base, base + 128, base + 256, 8));
	assert_false(vq_rings_place(&rings, &pair->region, base, base + 128, base + 256, 0));
	assert_false(vq_rings_place(&rings, &pair->region, base, base + 128, base + 256, 6));
	assert_false(vq_rings_place(&rings, &pair->region, base, base + 128, base + 256, 2048));
	assert_false(vq_rings_place(&rings, &pair->region, base + 8, base + 256, base + 512, 8));
	assert_false(vq_rings_place(&rings, &pair->region, base, base + 129, base + 256, 8));
	assert_false(vq_rings_place(&rings, &pair->region, base, base + 128, base + 258, 8));
	assert_false(vq_rings_place(&rings, &pair->region, base - 16, base + 128, base + 256, 8));
	assert_false(
		vq_rings_place(&rings, &pair->region, base + REGION_SIZE - 112, base, base, 8));
	assert_false(vq_rings_place(&rings, &pair->region, base, ~(u64)1, base + 256, 8));
	assert_false(vq_rings_place(&rings, &pair->region, base, base, base + REGION_SIZE - 68, 8));
	assert_true(vq_rings_place(&rings, &pair->region, base, base, base + REGION_SIZE - 72, 8));
	drop(pair);
}

static void one_message_there_and_back(void **state)
{
	struct pair *pair = make(true);
	struct vq_segment segments[2] = {buffer(pair, 0, 5), buffer(pair, 1, 100)};
	struct vq_chain chain;
	char text[8] = "";
	u32 written = 0;

	(void)state;
	assert_false(vq_device_take(&pair->device, &chain));
	memcpy(segments[0].memory, "hello", 5);
	assert_true(vq_driver_add(&pair->driver, segments, 1, 1));
	assert_false(vq_device_take(&pair->device, &chain));
	assert_true(vq_driver_publish(&pair->driver));
	assert_true(vq_device_take(&pair->device, &chain));
	assert_int_equal(chain.readable, 1);
	assert_int_equal(chain.writable, 1);
	assert_int_equal(chain.readable_size, 5);
	assert_int_equal(chain.writable_size, 100);
	assert_int_equal(vq_chain_get(&chain, 0, text, sizeof(text)), 5);
	assert_string_equal(text, "hello");
	assert_int_equal(vq_chain_put(&chain, 0, "back", 4), 4);
	assert_int_equal(vq_driver_take(&pair->driver, &written), -1);
	vq_device_put(&pair->device, chain.head, 4);
	assert_true(vq_device_should_notify(&pair->device));
	assert_int_equal(vq_driver_take(&pair->driver, &written), chain.head);
	assert_int_equal(written, 4);
	assert_memory_equal(segments[1].memory, "back", 4);
	assert_int_equal(pair->driver.free_count, SIZE);
	drop(pair);
}

static void descriptors_run_out_and_come_back(void **state)
{
	struct pair *pair = make(true);
	struct vq_chain chain;
	u32 written;

	(void)state;
	for (u32 round = 0; round < 20; round++) {
		struct vq_segment segments[3] = {buffer(pair, 0, 1), buffer(pair, 1, 1),
						 buffer(pair, 2, 1)};

		assert_true(vq_driver_add(&pair->driver, segments, 3, 0));
		assert_true(vq_driver_add(&pair->driver, segments, 1, 2));
		assert_false(vq_driver_add(&pair->driver, segments, 3, 0));
		assert_true(vq_driver_add(&pair->driver, segments, 2, 0));
		assert_false(vq_driver_add(&pair->driver, segments, 1, 0));
		vq_driver_publish(&pair->driver);
		while (vq_device_take(&pair->device, &chain))
			vq_device_put(&pair->device, chain.head, 0);
		while (vq_driver_take(&pair->driver, &written) >= 0)
			;
		assert_int_equal(pair->driver.free_count, SIZE);
	}
	assert_false(pair->driver.broken);
	assert_false(pair->device.broken);
	drop(pair);
}

/* Used out of order, and past the wrap of the 16-bit indices. */
static void indices_wrap(void **state)
{
	struct pair *pair = make(true);
	struct vq_chain first, second;
	u32 written;

	(void)state;
	for (u32 i = 0; i < 70000; i++) {
		struct vq_segment one = buffer(pair, 0, 1 + i % 7), two = buffer(pair, 1, 9);

		assert_true(vq_driver_add(&pair->driver, &one, 1, 0));
		assert_true(vq_driver_add(&pair->driver, &two, 0, 1));
		vq_driver_publish(&pair->driver);
		assert_true(vq_device_take(&pair->device, &first));
		assert_true(vq_device_take(&pair->device, &second));
		assert_int_equal(first.readable_size, 1 + i % 7);
		vq_device_put(&pair->device, second.head, i % 10);
		vq_device_put(&pair->device, first.head, 0);
		assert_int_equal(vq_driver_take(&pair->driver, &written), second.head);
		assert_int_equal(written, i % 10);
		assert_int_equal(vq_driver_take(&pair->driver, &written), first.head);
	}
	drop(pair);
}

/* Who asked is told once for each message; who did not ask is never told. */
static void notifications(void **state, bool event_idx)
{
	struct pair *pair = make(event_idx);
	struct vq_segment one = buffer(pair, 0, 1);
	struct vq_chain chain;
	u32 written;

	(void)state;
	for (u32 i = 0; i < 66000; i++) {
		bool kicks = i % 3 != 0, interrupts = i % 5 != 0;

		vq_device_want(&pair->device, kicks);
		vq_driver_want(&pair->driver, interrupts);
		assert_true(vq_driver_add(&pair->driver, &one, 1, 0));
		assert_int_equal(vq_driver_publish(&pair->driver), kicks);
		assert_true(vq_device_take(&pair->device, &chain));
		vq_device_put(&pair->device, chain.head, 0);
		assert_int_equal(vq_device_should_notify(&pair->device), interrupts);
		assert_true(vq_driver_take(&pair->driver, &written) >= 0);
	}
	drop(pair);
}

static void notifications_by_event_idx(void **state)
{
	notifications(state, true);
}

static void notifications_by_flags(void **state)
{
	notifications(state, false);
}

/* Wanting tells of what is there already: nobody would ring for it again. */
static void wanting_looks_again(void **state)
{
	struct pair *pair = make(true);
	struct vq_segment one = buffer(pair, 0, 1);
	struct vq_chain chain;

	(void)state;
	vq_device_want(&pair->device, false);
	vq_driver_want(&pair->driver, false);
	vq_driver_add(&pair->driver, &one, 1, 0);
	assert_false(vq_driver_publish(&pair->driver));
	assert_true(vq_device_want(&pair->device, true));
	assert_true(vq_device_take(&pair->device, &chain));
	assert_false(vq_device_want(&pair->device, true));
	assert_false(vq_driver_want(&pair->driver, true));
	vq_driver_want(&pair->driver, false);
	vq_device_put(&pair->device, chain.head, 0);
	assert_false(vq_device_should_notify(&pair->device));
	assert_true(vq_driver_want(&pair->driver, true));
	drop(pair);
}

static void need_event_is_the_manuals(void **state)
{
	(void)state;
	assert_true(vq_need_event(5, 6, 5));
	assert_false(vq_need_event(6, 6, 5));
	assert_false(vq_need_event(4, 6, 5));
	assert_true(vq_need_event(5, 9, 3));
	assert_true(vq_need_event(0xffff, 0, 0xffff));
	assert_true(vq_need_event(0xfffe, 2, 0xfffd));
	assert_false(vq_need_event(2, 2, 0xfffd));
	assert_false(vq_need_event(7, 7, 7));
}

static void chains_are_copied_piece_by_piece(void **state)
{
	struct pair *pair = make(true);
	struct vq_chain from = {.readable = 3}, to = {.readable = 1, .writable = 3};
	char text[32] = "";

	(void)state;
	from.segment[0] = buffer(pair, 0, 3);
	from.segment[1] = buffer(pair, 1, 0);
	from.segment[2] = buffer(pair, 2, 7);
	to.segment[0] = buffer(pair, 3, 50);
	to.segment[1] = buffer(pair, 4, 2);
	to.segment[2] = buffer(pair, 5, 4);
	to.segment[3] = buffer(pair, 6, 6);
	memcpy(from.segment[0].memory, "abc", 3);
	memcpy(from.segment[2].memory, "defghij", 7);
	assert_int_equal(vq_chain_get(&from, 0, text, 32), 10);
	assert_string_equal(text, "abcdefghij");
	memset(text, 0, sizeof(text));
	assert_int_equal(vq_chain_get(&from, 2, text, 3), 3);
	assert_string_equal(text, "cde");
	assert_int_equal(vq_chain_get(&from, 10, text, 3), 0);
	assert_int_equal(vq_chain_copy(&to, 1, &from, 1, 100), 9);
	assert_int_equal(to.segment[1].memory[1], 'b');
	assert_memory_equal(to.segment[2].memory, "cdef", 4);
	assert_memory_equal(to.segment[3].memory, "ghij", 4);
	assert_int_equal(vq_chain_put(&to, 10, "xyz", 3), 2);
	assert_int_equal(vq_chain_put(&to, 12, "xyz", 3), 0);
	drop(pair);
}

/* ---- the driver side is hostile ---- */

struct hostile {
	const char *name;
	struct virtq_desc desc[3]; /* addr is an offset in the region, unless it is large */
	u16 head;
	u16 idx;
	bool good;
};

static const struct hostile hostiles[] = {
	{"a good one", {{BUFFERS, 16, 0, 0}}, 0, 1, true},
	{"of no bytes", {{BUFFERS, 0, 0, 0}}, 0, 1, true},
	{"to the last byte", {{REGION_SIZE - 16, 16, 0, 0}}, 0, 1, true},
	{"index jumps", {{BUFFERS, 16, 0, 0}}, 0, SIZE + 1, false},
	{"index goes back", {{BUFFERS, 16, 0, 0}}, 0, 0xffff, false},
	{"head out of the table", {{BUFFERS, 16, 0, 0}}, SIZE, 1, false},
	{"head far out", {{BUFFERS, 16, 0, 0}}, 0xffff, 1, false},
	{"next out of the table", {{BUFFERS, 16, VIRTQ_DESC_F_NEXT, SIZE}}, 0, 1, false},
	{"loop of one", {{BUFFERS, 16, VIRTQ_DESC_F_NEXT, 0}}, 0, 1, false},
	{"loop of two",
	 {{BUFFERS, 16, VIRTQ_DESC_F_NEXT, 1}, {BUFFERS, 16, VIRTQ_DESC_F_NEXT, 0}},
	 0,
	 1,
	 false},
	{"indirect", {{BUFFERS, 16, VIRTQ_DESC_F_INDIRECT, 0}}, 0, 1, false},
	{"past the end", {{REGION_SIZE - 16, 17, 0, 0}}, 0, 1, false},
	{"behind the end", {{REGION_SIZE + 1, 0, 0, 0}}, 0, 1, false},
	{"before the start", {{~(u64)0, 16, 0, 0}}, 0, 1, false},
	{"sum wraps", {{~(u64)0 - 8, 0xffffffff, 0, 0}}, 0, 1, false},
	{"all of 32 bits", {{BUFFERS, 0xffffffff, 0, 0}}, 0, 1, false},
	{"readable behind writable",
	 {{BUFFERS, 16, VIRTQ_DESC_F_WRITE | VIRTQ_DESC_F_NEXT, 1}, {BUFFERS, 16, 0, 0}},
	 0,
	 1,
	 false},
	{"writable behind readable",
	 {{BUFFERS, 16, VIRTQ_DESC_F_NEXT, 2}, {0, 0, 0, 0}, {BUFFERS, 16, VIRTQ_DESC_F_WRITE, 0}},
	 0,
	 1,
	 true},
};

static void device_bounds_what_it_reads(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(hostiles); i++) {
		const struct hostile *hostile = &hostiles[i];
		struct pair *pair = make(true);
		struct vq_chain chain;
		bool taken;

		memcpy(pair->rings.desc, hostile->desc, sizeof(hostile->desc));
		for (u32 k = 0; k < ARRAY_SIZE(hostile->desc); k++)
			pair->rings.desc[k].addr += pair->region.base;
		pair->rings.desc[SIZE] = (struct virtq_desc){pair->region.base, 1, 0, 0};
		pair->rings.avail->ring[0] = hostile->head;
		pair->rings.avail->idx = hostile->idx;
		taken = vq_device_take(&pair->device, &chain);
		if (taken != hostile->good || pair->device.broken == hostile->good)
			fail_msg("%s", hostile->name);
		/* Broken stays broken. */
		if (!hostile->good)
			assert_false(vq_device_take(&pair->device, &chain));
		drop(pair);
	}
}

static void a_chain_has_a_bound(void **state)
{
	struct pair *pair = make(true);
	struct vq_chain chain;

	(void)state;
	for (u32 count = VQ_CHAIN_MAX; count <= VQ_CHAIN_MAX + 1; count++) {
		struct vq_rings *rings = &pair->rings;

		if (!place(pair, 32))
			abort();
		vq_device_start(&pair->device, rings, &pair->region);
		for (u32 i = 0; i < count; i++)
			rings->desc[i] = (struct virtq_desc){pair->region.base + BUFFERS, 1,
							     i + 1u < count ? VIRTQ_DESC_F_NEXT : 0,
							     (u16)(i + 1)};
		rings->avail->ring[0] = 0;
		rings->avail->idx = 1;
		assert_int_equal(vq_device_take(&pair->device, &chain), count == VQ_CHAIN_MAX);
	}
	drop(pair);
}

/* ---- the device side is hostile ---- */

static void driver_bounds_what_it_reads(void **state)
{
	static const struct {
		u32 id, len;
		u16 idx;
		bool good;
	} used[] = {
		{0, 10, 1, true},	 {0, 11, 1, false},	{0, 0xffffffff, 1, false},
		{1, 0, 1, false},	 {SIZE, 0, 1, false},	{0xffffffff, 0, 1, false},
		{0, 0, SIZE + 1, false}, {0, 0, 0xffff, false},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(used); i++) {
		struct pair *pair = make(true);
		struct vq_segment one = buffer(pair, 0, 10);
		u32 written;

		assert_true(vq_driver_add(&pair->driver, &one, 0, 1));
		vq_driver_publish(&pair->driver);
		pair->rings.used->ring[0] = (struct virtq_used_elem){used[i].id, used[i].len};
		pair->rings.used->idx = used[i].idx;
		assert_int_equal(vq_driver_take(&pair->driver, &written), used[i].good ? 0 : -1);
		assert_int_equal(pair->driver.broken, !used[i].good);
		assert_int_equal(vq_driver_add(&pair->driver, &one, 0, 1), used[i].good);
		drop(pair);
	}
}

static void a_chain_is_used_once(void **state)
{
	struct pair *pair = make(true);
	struct vq_segment one = buffer(pair, 0, 10);
	u32 written;

	(void)state;
	vq_driver_add(&pair->driver, &one, 0, 1);
	vq_driver_publish(&pair->driver);
	pair->rings.used->idx = 2;
	assert_int_equal(vq_driver_take(&pair->driver, &written), 0);
	assert_int_equal(vq_driver_take(&pair->driver, &written), -1);
	assert_true(pair->driver.broken);
	drop(pair);
}

/* ---- any ring ---- */

static void touch(const struct vq_chain *chain)
{
	static u8 bytes[REGION_SIZE];
	u32 size = vq_chain_get(chain, 0, bytes, sizeof(bytes));

	vq_chain_put(chain, 0, bytes, size);
}

/* Words of the rings become anything; the sanitizer watches what the device side touches. */
static void nonsense_is_survived(void **state)
{
	u32 broken = 0, taken = 0;

	(void)state;
	seed = 1;
	for (u32 round = 0; round < 3000; round++) {
		struct pair *pair = make(round % 2);
		struct vq_chain chain;

		for (u16 i = 0; i < SIZE; i++)
			pair->rings.desc[i] = (struct virtq_desc){
				pair->region.base + random_number() % REGION_SIZE,
				random_number() % 300, (u16)(random_number() % 4),
				(u16)(random_number() % (SIZE + 1))};
		for (u32 i = 0; i < 30; i++) {
			u16 *words = (u16 *)(void *)pair->memory;

			pair->rings.avail->idx = (u16)(pair->rings.avail->idx + 1);
			words[random_number() % (18 * SIZE / 2)] = (u16)random_number();
			if (vq_device_take(&pair->device, &chain)) {
				touch(&chain);
				vq_device_put(&pair->device, chain.head, chain.writable_size);
				vq_device_should_notify(&pair->device);
				taken++;
			}
		}
		broken += pair->device.broken;
		drop(pair);
	}
	assert_true(broken > 1000);
	assert_true(taken > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rings_must_fit),
		cmocka_unit_test(one_message_there_and_back),
		cmocka_unit_test(descriptors_run_out_and_come_back),
		cmocka_unit_test(indices_wrap),
		cmocka_unit_test(notifications_by_event_idx),
		cmocka_unit_test(notifications_by_flags),
		cmocka_unit_test(wanting_looks_again),
		cmocka_unit_test(need_event_is_the_manuals),
		cmocka_unit_test(chains_are_copied_piece_by_piece),
		cmocka_unit_test(device_bounds_what_it_reads),
		cmocka_unit_test(a_chain_has_a_bound),
		cmocka_unit_test(driver_bounds_what_it_reads),
		cmocka_unit_test(a_chain_is_used_once),
		cmocka_unit_test(nonsense_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
