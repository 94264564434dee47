/*
 * Records inside a console stream: see inband.h.
 */
#include "guests/lib/inband.h"

#include <string.h>

enum { AT_TEXT, AT_OPEN, AT_LOW, AT_HIGH, AT_RECORD };

static void text(const struct inband_sink *sink, char character)
{
	sink->text(sink->context, &character, 1);
}

static void end_header(struct inband *inband, const struct inband_sink *sink, u8 byte)
{
	inband->size |= (u32)byte << 8;
	inband->filled = 0;
	inband->state = inband->size && inband->size <= INBAND_MAX ? AT_RECORD : AT_TEXT;
	if (inband->state == AT_TEXT)
		text(sink, '?');
}

/* As much of a record as there is. */
static u32 take_record(struct inband *inband, const struct inband_sink *sink, const u8 *data,
		       u32 size)
{
	u32 left = inband->size - inband->filled;
	u32 step = size < left ? size : left;

	memcpy(inband->record + inband->filled, data, step);
	inband->filled += step;
	if (step == left) {
		inband->state = AT_TEXT;
		sink->record(sink->context, inband->record, inband->size);
	}
	return step;
}

/* Text up to the next escape. Whether it still is none when the sink reads it matters to nobody. */
static u32 take_text(struct inband *inband, const struct inband_sink *sink, const u8 *data,
		     u32 size)
{
	const u8 *escape = memchr(data, INBAND_ESCAPE, size);
	u32 step = escape ? (u32)(escape - data) : size;

	if (step)
		sink->text(sink->context, (const char *)data, step);
	if (!escape)
		return step;
	inband->state = AT_OPEN;
	return step + 1;
}

static void take_header(struct inband *inband, const struct inband_sink *sink, u8 byte)
{
	switch (inband->state) {
	case AT_OPEN:
		inband->state = byte == INBAND_OPEN ? AT_LOW : AT_TEXT;
		if (inband->state == AT_TEXT) {
			text(sink, INBAND_ESCAPE);
			text(sink, (char)byte);
		}
		break;
	case AT_LOW:
		inband->size = byte;
		inband->state = AT_HIGH;
		break;
	default:
		end_header(inband, sink, byte);
	}
}

void inband_feed(struct inband *inband, const struct inband_sink *sink, const u8 *data, u32 size)
{
	u32 step;

	for (u32 at = 0; at < size; at += step) {
		if (inband->state == AT_TEXT) {
			step = take_text(inband, sink, data + at, size - at);
		} else if (inband->state == AT_RECORD) {
			step = take_record(inband, sink, data + at, size - at);
		} else {
			take_header(inband, sink, __atomic_load_n(&data[at], __ATOMIC_RELAXED));
			step = 1;
		}
	}
}
