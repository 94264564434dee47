/*
 * The console stream: see stream.h.
 */
#include "guests/lib/stream.h"

#include <string.h>

#include "guests/lib/inband.h"

#define RECORD_MAX (INBAND_HEADER_SIZE + INBAND_MAX)

static u8 *begin_record(struct stream *stream, u32 size)
{
	u8 *at = link_send_begin(stream->link, RECORD_MAX);

	if (!at)
		return NULL;
	at[0] = INBAND_ESCAPE;
	at[1] = INBAND_OPEN;
	at[2] = (u8)size;
	at[3] = (u8)(size >> 8);
	return at + INBAND_HEADER_SIZE;
}

static bool send(struct stream *stream, u32 kind, u32 sequence, const void *data, u32 size)
{
	u8 *at = begin_record(stream, PAYLOAD_HEADER_SIZE + size);

	if (!at)
		return false;
	if (data)
		payload_wrap(at, kind, sequence, data, size);
	else
		payload_fill(at, kind, sequence, size);
	link_send_end(stream->link, INBAND_HEADER_SIZE + PAYLOAD_HEADER_SIZE + size);
	return true;
}

static void reset(struct stream *stream, u32 blocks)
{
	*stream = (struct stream){.link = stream->link, .total = blocks};
}

bool stream_begin(struct stream *stream, struct link *link, u32 blocks)
{
	stream->link = link;
	reset(stream, blocks);
	return send(stream, STREAM_START, blocks, NULL, 0);
}

static bool took_all(const struct stream *stream)
{
	return stream->in.next + stream->in.corrupted >= stream->total;
}

static void take_block(struct stream *stream, const struct payload *header)
{
	bool before = took_all(stream);

	payload_count(&stream->in, header);
	if (stream->link->device && !before && took_all(stream)) {
		payload_finish(&stream->in, stream->total);
		stream->result_due = true;
	}
}

static void take_result(struct stream *stream, const struct payload *header, const u8 *data)
{
	if (header->size != sizeof(stream->result))
		return;
	memcpy(&stream->result, data, sizeof(stream->result));
	stream->result_came = true;
}

bool stream_record(struct stream *stream, const u8 *record, u32 size)
{
	struct payload header;

	if (!payload_check(&header, record, size)) {
		stream->in.corrupted++;
		return true;
	}
	switch (header.kind) {
	case STREAM_START:
		if (stream->link->device)
			reset(stream, header.sequence);
		return true;
	case STREAM_BLOCK:
		take_block(stream, &header);
		return true;
	case STREAM_RESULT:
		take_result(stream, &header, record + PAYLOAD_HEADER_SIZE);
		return true;
	default:
		return false;
	}
}

static bool pump_one(struct stream *stream)
{
	if (stream->sent < stream->total) {
		if (!send(stream, STREAM_BLOCK, stream->sent, NULL, STREAM_BLOCK_SIZE))
			return false;
		stream->sent++;
		return true;
	}
	if (!stream->result_due)
		return false;
	if (send(stream, STREAM_RESULT, 0, &stream->in, sizeof(stream->in)))
		stream->result_due = false;
	return !stream->result_due;
}

bool stream_pump(struct stream *stream)
{
	for (u32 i = 0; i < LINK_SHARE; i++)
		if (!pump_one(stream))
			return !(stream->sent < stream->total || stream->result_due) ||
			       !link_want_space(stream->link);
	return false;
}

bool stream_done(const struct stream *stream)
{
	if (stream->sent < stream->total || !took_all(stream))
		return false;
	return stream->link->device ? !stream->result_due : stream->result_came;
}
