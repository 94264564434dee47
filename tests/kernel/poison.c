/*
 * A driver that takes its rings back under traffic: one vCPU keeps sending broadcasts out of one net
 * link, which the hub floods into the other; the other vCPU resets that one, fills rings and buffers
 * with a pattern at once, and looks a while later whether somebody wrote there. The device side never
 * touches a ring after the driver freed it (virtio 1.2, 2.1: a reset device), whatever races.
 */
#include "tests/kernel/kernel.h"

#define ROUNDS 100u
#define FRAMES 8u	   /* that come in before a reset */
#define PATIENCE 62500000u /* counter ticks: nothing comes any more */
#define AFTERMATH 100000u  /* counter ticks in which a late write would come */
#define DMA_SIZE MIB(8)	   /* of the deployment */
#define SIZE 16u	   /* entries of a queue */
#define BUFFER 2048u
#define LINK_SIZE MIB(1) /* of the DMA window, for each link */
#define QUEUE_SIZE KIB(64)
#define AVAIL 0x1000u
#define USED 0x2000u
#define BUFFERS 0x4000u
#define PATTERN 0xa5a5a5a5a5a5a5a5u
#define FRAME_SIZE 200u /* header of virtio-net included */

#define DESC_WRITE 2u
#define RX 0u
#define TX 1u

extern __attribute__((visibility("hidden"))) char image_start[];

struct device {
	u64 window;
	u64 memory; /* as this CPU sees it */
	u64 bus;    /* as descriptors have it */
};

static struct device victim, pump;
static volatile u32 errors;

static void reg(const struct device *device, u32 offset, u32 value)
{
	__asm__ volatile("dsb sy" ::: "memory");
	write32(device->window + offset, value);
}

static void fill(u64 base, u64 size, u64 value)
{
	for (u64 at = base; at < base + size; at += 8)
		write64(at, value);
}

static u64 queue_at(u64 base, u32 queue)
{
	return base + queue * QUEUE_SIZE;
}

static void set_desc(const struct device *device, u32 queue, u32 index, u32 length, u16 flags)
{
	u64 at = queue_at(device->memory, queue) + 16 * index;

	write64(at, queue_at(device->bus, queue) + BUFFERS + index * BUFFER);
	write32(at + 8, length);
	write16(at + 12, flags);
	write16(at + 14, 0);
}

static u16 avail_idx(const struct device *device, u32 queue)
{
	return read16(queue_at(device->memory, queue) + AVAIL + 2);
}

static u16 used_idx(const struct device *device, u32 queue)
{
	return read16(queue_at(device->memory, queue) + USED + 2);
}

/* Makes the next entry available: chain `index`. */
static void publish(const struct device *device, u32 queue, u32 index)
{
	u64 avail = queue_at(device->memory, queue) + AVAIL;
	u16 idx = avail_idx(device, queue);

	write16(avail + 4 + 2 * (idx % SIZE), (u16)index);
	__asm__ volatile("dsb sy" ::: "memory");
	write16(avail + 2, (u16)(idx + 1));
}

static void set_queue(const struct device *device, u32 queue)
{
	u64 bus = queue_at(device->bus, queue);
	const u64 parts[] = {bus, bus + AVAIL, bus + USED};

	reg(device, ABI_VIRTIO_QUEUE_SEL, queue);
	if (read32(device->window + ABI_VIRTIO_QUEUE_READY))
		errors++;
	reg(device, ABI_VIRTIO_QUEUE_NUM, SIZE);
	for (u32 i = 0; i < 3; i++) {
		reg(device, ABI_VIRTIO_QUEUE_DESC_LOW + 16 * i, (u32)parts[i]);
		reg(device, ABI_VIRTIO_QUEUE_DESC_HIGH + 16 * i, (u32)(parts[i] >> 32));
	}
	reg(device, ABI_VIRTIO_QUEUE_READY, 1);
}

static void start(const struct device *device)
{
	fill(device->memory, 2 * QUEUE_SIZE, 0);
	for (u32 i = 0; i < SIZE; i++) {
		set_desc(device, RX, i, BUFFER, DESC_WRITE);
		publish(device, RX, i);
	}
	reg(device, ABI_VIRTIO_STATUS, 3);
	reg(device, ABI_VIRTIO_DRIVER_FEATURES_SEL, 1);
	reg(device, ABI_VIRTIO_DRIVER_FEATURES, 3); /* VERSION_1, ACCESS_PLATFORM */
	reg(device, ABI_VIRTIO_DRIVER_FEATURES_SEL, 0);
	reg(device, ABI_VIRTIO_DRIVER_FEATURES, 0);
	reg(device, ABI_VIRTIO_STATUS, 11);
	set_queue(device, RX);
	set_queue(device, TX);
	reg(device, ABI_VIRTIO_STATUS, 15);
	if (read32(device->window + ABI_VIRTIO_STATUS) != 15)
		errors++;
}

/* For ever: a broadcast for each that came back. */
static _Noreturn void pump_frames(void)
{
	u64 frame = queue_at(pump.memory, TX) + BUFFERS;

	for (u32 i = 0; i < SIZE; i++) {
		fill(frame + i * BUFFER, 256, 0);
		for (u32 n = 0; n < 6; n++)
			write8(frame + i * BUFFER + 12 + n, 0xff);
		write8(frame + i * BUFFER + 12 + 6, 0x02); /* 02:00:00:00:00:71, the plan's */
		write8(frame + i * BUFFER + 12 + 11, 0x71);
		set_desc(&pump, TX, i, FRAME_SIZE, 0);
	}
	for (;;)
		if ((u16)(avail_idx(&pump, TX) - used_idx(&pump, TX)) < SIZE)
			publish(&pump, TX, avail_idx(&pump, TX) % SIZE);
}

static void await_frames(void)
{
	u64 begin = now();

	while (used_idx(&victim, RX) < FRAMES)
		if (now() - begin > PATIENCE) {
			put("poison: no frame comes\r\n");
			errors++;
			return;
		}
}

static void check_pattern(void)
{
	u64 end = victim.memory + 2 * QUEUE_SIZE;
	u64 begin = now();

	while (now() - begin < AFTERMATH)
		;
	for (u64 at = victim.memory; at < end; at += 8)
		if (read64(at) != PATTERN) {
			errors++;
			return;
		}
}

void second(u64 vcpu)
{
	interrupts_on(vcpu);
	send(0, 1);
	start(&pump);
	pump_frames();
}

void first(const char *dtb)
{
	u64 window = node_address(dtb, "memory@", 0);
	u64 bus = (u64)image_start - DMA_SIZE;

	victim = (struct device){node_address(dtb, "virtio_mmio@", 0), window, bus};
	pump = (struct device){node_address(dtb, "virtio_mmio@", 1), window + LINK_SIZE,
			       bus + LINK_SIZE};
	distributor_on();
	interrupts_on(0);
	start_other();
	for (u32 i = 0; i < ROUNDS && !errors; i++) {
		start(&victim);
		await_frames();
		reg(&victim, ABI_VIRTIO_STATUS, 0);
		/* The used ring first: what is written there late is later than this. */
		fill(victim.memory + USED, BUFFERS - USED, PATTERN);
		fill(victim.memory, USED, PATTERN);
		fill(victim.memory + BUFFERS, 2 * QUEUE_SIZE - BUFFERS, PATTERN);
		check_pattern();
	}
	done(errors);
	for (;;)
		;
}
