/*
 * The project's own frames: see frame.h.
 */
#include "guests/lib/frame.h"

#include <string.h>

const u8 frame_station[NET_ADDRESS_SIZE] = {0x02, 0, 0, 0, 0, 0xfe};
const u8 frame_broadcast[NET_ADDRESS_SIZE] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

enum frame_result frame_parse(struct frame *frame, const u8 *bytes, u32 size)
{
	if (size < FRAME_HEADER_SIZE + PAYLOAD_HEADER_SIZE)
		return FRAME_FOREIGN;
	if (bytes[12] != FRAME_TYPE >> 8 || bytes[13] != (FRAME_TYPE & 0xff))
		return FRAME_FOREIGN;
	memcpy(frame->from, bytes + NET_ADDRESS_SIZE, NET_ADDRESS_SIZE);
	frame->data = bytes + FRAME_HEADER_SIZE + PAYLOAD_HEADER_SIZE;
	if (!payload_check(&frame->payload, bytes + FRAME_HEADER_SIZE, size - FRAME_HEADER_SIZE))
		return FRAME_CORRUPT;
	return FRAME_GOOD;
}

bool frame_data(const struct frame *frame, void *to, u32 size)
{
	if (frame->payload.size != size)
		return false;
	memcpy(to, frame->data, size);
	return true;
}

static void address(u8 *at, const u8 *to, const u8 *from)
{
	memcpy(at, to, NET_ADDRESS_SIZE);
	memcpy(at + NET_ADDRESS_SIZE, from, NET_ADDRESS_SIZE);
	at[12] = FRAME_TYPE >> 8;
	at[13] = FRAME_TYPE & 0xff;
}

u32 frame_write(u8 *at, const u8 *to, const u8 *from, const struct payload *head, const void *data)
{
	address(at, to, from);
	payload_wrap(at + FRAME_HEADER_SIZE, head->kind, head->sequence, data, head->size);
	return FRAME_HEADER_SIZE + PAYLOAD_HEADER_SIZE + head->size;
}

bool frame_send_pattern(struct link *link, const u8 *to, u32 kind, u32 sequence, u32 size)
{
	u8 own[NET_ADDRESS_SIZE];
	u8 *at = net_send_begin(link);

	if (!at || size > FRAME_DATA_MAX)
		return false;
	net_address(link, own);
	address(at, to, own);
	payload_fill(at + FRAME_HEADER_SIZE, kind, sequence, size);
	net_send_end(link, FRAME_HEADER_SIZE + PAYLOAD_HEADER_SIZE + size);
	return true;
}

bool frame_send(struct link *link, const u8 *to, u32 kind, u32 sequence, const void *data, u32 size)
{
	struct payload head = {.kind = kind, .sequence = sequence, .size = size};
	u8 own[NET_ADDRESS_SIZE];
	u8 *at = net_send_begin(link);

	if (!at || size > FRAME_DATA_MAX)
		return false;
	net_address(link, own);
	net_send_end(link, frame_write(at, to, own, &head, data));
	return true;
}
