/*
 * Network frames over a link: see net.h.
 */
#include "guests/lib/net.h"

#include <string.h>

#include "guests/lib/guest.h"

u8 *net_send_begin(struct link *link)
{
	u8 *buffer = link_send_begin(link, NET_HEADER_SIZE + NET_FRAME_MAX);

	return buffer ? buffer + NET_HEADER_SIZE : NULL;
}

void net_header(u8 header[NET_HEADER_SIZE], bool to_driver)
{
	memset(header, 0, NET_HEADER_SIZE);
	/* Section 5.1.6.4.1: 1 without MRG_RXBUF; the driver side writes 0. */
	header[NET_HEADER_BUFFERS] = to_driver;
}

void net_send_end(struct link *link, u32 size)
{
	if (size < NET_FRAME_MIN || size > NET_FRAME_MAX)
		return;
	net_header(link->send_memory, link->device);
	link_send_end(link, NET_HEADER_SIZE + size);
}

static bool plausible(u32 size)
{
	return size >= NET_HEADER_SIZE + NET_FRAME_MIN && size <= NET_HEADER_SIZE + NET_FRAME_MAX;
}

/* Frames that are none are given back; there are at most as many as the queue has entries. */
const u8 *net_receive_begin(struct link *link, u32 *size)
{
	const u8 *buffer;

	for (u32 i = 0; i < VQ_SIZE_MAX; i++) {
		buffer = link_receive_begin(link, size);
		if (!buffer)
			return NULL;
		if (plausible(*size)) {
			*size -= NET_HEADER_SIZE;
			return buffer + NET_HEADER_SIZE;
		}
		link_receive_end(link);
	}
	return NULL;
}

void net_address(const struct link *link, u8 address[NET_ADDRESS_SIZE])
{
	static const u8 device_side[NET_ADDRESS_SIZE] = {2, 0, 0, 0, 1, 0};

	memcpy(address, link->device ? device_side : link->plan->config, NET_ADDRESS_SIZE);
	if (link->device)
		address[NET_ADDRESS_SIZE - 1] = (u8)guest_plan.index;
}
