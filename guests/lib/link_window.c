/*
 * The driver side of the lazy and trap transports: device initialisation by the registers of
 * virtio-mmio, virtio 1.2 sections 3.1.1 and 4.2.3.1.
 */
#include "guests/lib/guest.h"
#include "guests/lib/link_internal.h"

#define FEATURES_NEEDED ABI_FEATURE_VERSION_1
#define FEATURES_WANTED                                                                            \
	(FEATURES_NEEDED | ABI_FEATURE_EVENT_IDX | ABI_FEATURE_NET_MAC |                           \
	 ABI_FEATURE_ACCESS_PLATFORM)

static u32 read32(const struct link *link, u32 offset)
{
	return window_read(link->plan->window, offset);
}

static void write32(const struct link *link, u32 offset, u32 value)
{
	window_write(link->plan->window, offset, value);
}

static void add_status(const struct link *link, u32 bit)
{
	write32(link, ABI_VIRTIO_STATUS, read32(link, ABI_VIRTIO_STATUS) | bit);
}

static bool identified(const struct link *link)
{
	return read32(link, ABI_VIRTIO_MAGIC_VALUE) == ABI_VIRTIO_MAGIC &&
	       read32(link, ABI_VIRTIO_VERSION) == ABI_VIRTIO_VERSION_2 &&
	       read32(link, ABI_VIRTIO_DEVICE_ID) == link->plan->device_id;
}

/* Section 2.4: the reset is complete when Status reads 0. */
bool link_window_reset(struct link *link)
{
	u64 deadline = guest_ticks() + LINK_PATIENCE_SECONDS * guest_ticks_per_second();

	write32(link, ABI_VIRTIO_STATUS, 0);
	while (read32(link, ABI_VIRTIO_STATUS) != 0) {
		if (guest_ticks() > deadline)
			return false;
		guest_rest();
	}
	return true;
}

static u64 read_features(const struct link *link)
{
	u64 features;

	write32(link, ABI_VIRTIO_DEVICE_FEATURES_SEL, 1);
	features = (u64)read32(link, ABI_VIRTIO_DEVICE_FEATURES) << 32;
	write32(link, ABI_VIRTIO_DEVICE_FEATURES_SEL, 0);
	return features | read32(link, ABI_VIRTIO_DEVICE_FEATURES);
}

static void write_features(const struct link *link, u64 features)
{
	write32(link, ABI_VIRTIO_DRIVER_FEATURES_SEL, 1);
	write32(link, ABI_VIRTIO_DRIVER_FEATURES, (u32)(features >> 32));
	write32(link, ABI_VIRTIO_DRIVER_FEATURES_SEL, 0);
	write32(link, ABI_VIRTIO_DRIVER_FEATURES, (u32)features);
}

/* The device side may start later than we do: it fills its configuration before generation 1. */
static bool wait_config(const struct link *link)
{
	u64 deadline = guest_ticks() + LINK_PATIENCE_SECONDS * guest_ticks_per_second();

	while (read32(link, ABI_VIRTIO_CONFIG_GENERATION) == 0) {
		if (guest_ticks() > deadline)
			return false;
		guest_rest();
	}
	return true;
}

static bool check_config(const struct link *link)
{
	if (!wait_config(link))
		return false;
	for (u32 i = 0; i < link->plan->config_size; i++)
		if (window_read8(link->plan->window, ABI_VIRTIO_CONFIG + i) !=
		    link->plan->config[i])
			return false;
	return true;
}

bool link_window_negotiate(struct link *link)
{
	if (!identified(link))
		return false;
	add_status(link, ABI_STATUS_ACKNOWLEDGE);
	add_status(link, ABI_STATUS_DRIVER);
	link->features = read_features(link) & FEATURES_WANTED;
	if (!(link->features & FEATURES_NEEDED))
		return false;
	write_features(link, link->features);
	add_status(link, ABI_STATUS_FEATURES_OK);
	return (read32(link, ABI_VIRTIO_STATUS) & ABI_STATUS_FEATURES_OK) && check_config(link);
}

static void write64(const struct link *link, u32 low, u64 value)
{
	write32(link, low, (u32)value);
	write32(link, low + 4, (u32)(value >> 32));
}

static bool publish_queue(const struct link *link, u32 index)
{
	const struct guest_queue *queue = &link->plan->queue[index];

	write32(link, ABI_VIRTIO_QUEUE_SEL, index);
	if (read32(link, ABI_VIRTIO_QUEUE_READY) ||
	    read32(link, ABI_VIRTIO_QUEUE_NUM_MAX) < queue->size)
		return false;
	write32(link, ABI_VIRTIO_QUEUE_NUM, queue->size);
	write64(link, ABI_VIRTIO_QUEUE_DESC_LOW, queue->desc);
	write64(link, ABI_VIRTIO_QUEUE_DRIVER_LOW, queue->driver);
	write64(link, ABI_VIRTIO_QUEUE_DEVICE_LOW, queue->device);
	write32(link, ABI_VIRTIO_QUEUE_READY, 1);
	return read32(link, ABI_VIRTIO_QUEUE_READY) == 1;
}

bool link_window_go(struct link *link)
{
	for (u32 i = 0; i < link->plan->queue_count; i++)
		if (!publish_queue(link, i))
			return false;
	add_status(link, ABI_STATUS_DRIVER_OK);
	return !(read32(link, ABI_VIRTIO_STATUS) & (ABI_STATUS_FAILED | ABI_STATUS_NEEDS_RESET));
}
