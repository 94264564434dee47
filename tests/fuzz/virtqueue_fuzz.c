/*
 * Fuzzes both sides of the guests' virtqueue: the input is a list of stores into shared memory and of
 * calls. Whatever stands in the rings, nothing outside of the region is touched, and every call ends.
 *
 *	clang -g -O1 -I. -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
 *		-o /tmp/virtqueue_fuzz tests/fuzz/virtqueue_fuzz.c guests/lib/virtqueue.c \
 *		guests/lib/vq_driver.c guests/lib/vq_device.c
 *	/tmp/virtqueue_fuzz -max_len=512 -max_total_time=60
 */
#include <stdlib.h>
#include <string.h>

#include "guests/lib/virtqueue.h"

#define SIZE 8u
#define RINGS_SIZE 256u /* the stores go here */
#define REGION_SIZE 1024u

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

struct world {
	u8 *memory; /* exactly the region: one byte further is an error of the sanitizer's */
	struct vq_region region;
	struct vq_driver driver;
	struct vq_device device;
	struct vq_chain chain;
};

/* Addresses in descriptors count from the region's start, so that inputs do not depend on it. */
static void relocate(struct world *world, u8 index)
{
	struct virtq_desc *desc = &world->device.rings.desc[index % SIZE];

	if (desc->addr < 2 * (u64)REGION_SIZE)
		desc->addr += world->region.base;
}

static void use(struct world *world)
{
	u8 bytes[REGION_SIZE];
	u32 got, at = 0;

	vq_device_moved(&world->device);
	if (!vq_device_take(&world->device, &world->chain))
		return;
	got = vq_chain_get(&world->chain, 0, bytes, sizeof(bytes));
	/* Piece by piece, as consoles do: as many bytes as the chain said there are. */
	for (u32 i = 0; i <= VQ_CHAIN_MAX * REGION_SIZE / 100; i++)
		at += vq_chain_get(&world->chain, at, bytes, 100);
	if (at != world->chain.readable_size)
		abort();
	vq_chain_put(&world->chain, 0, bytes, got);
	vq_chain_copy(&world->chain, 1, &world->chain, 0, REGION_SIZE);
	vq_device_put(&world->device, world->chain.head, world->chain.writable_size);
	vq_device_should_notify(&world->device);
}

static void offer(struct world *world, u8 shape)
{
	struct vq_segment segments[4];

	for (u32 i = 0; i < 4; i++)
		segments[i] = (struct vq_segment){world->memory + RINGS_SIZE + 64 * i, shape & 63u};
	vq_driver_add(&world->driver, segments, shape % 3, shape / 3 % 3);
	vq_driver_publish(&world->driver);
}

static void step(struct world *world, const u8 *op)
{
	u32 written;

	switch (op[0] % 8) {
	case 0:
		use(world);
		break;
	case 1:
		offer(world, op[1]);
		break;
	case 2:
		if (vq_driver_take(&world->driver, &written) >= 0 && written > REGION_SIZE)
			abort();
		break;
	case 3:
		relocate(world, op[1]);
		break;
	case 4:
		vq_device_want(&world->device, op[1] & 1);
		vq_driver_want(&world->driver, op[1] & 2);
		break;
	default:
		world->memory[op[1] % RINGS_SIZE] = op[2];
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct world world = {0};
	struct vq_rings rings = {.event_idx = size && (data[0] & 1)};
	u64 base;

	world.memory = aligned_alloc(64, REGION_SIZE);
	if (!world.memory)
		return 0;
	memset(world.memory, 0, REGION_SIZE);
	base = (u64)(uintptr_t)world.memory;
	world.region = (struct vq_region){base, REGION_SIZE};
	if (vq_rings_place(&rings, &world.region, base, base + 128, base + 152, SIZE)) {
		vq_driver_start(&world.driver, &rings, SIZE);
		vq_device_start(&world.device, &rings, &world.region);
		for (size_t at = 0; at + 3 <= size; at += 3)
			step(&world, data + at);
	}
	free(world.memory);
	return 0;
}
