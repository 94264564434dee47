/*
 * Records inside a console stream: see inband.h.
 */
#include "guests/lib/inband.h"

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

static void take_record(struct inband *inband, const struct inband_sink *sink, u8 byte)
{
	inband->record[inband->filled++] = byte;
	if (inband->filled < inband->size)
		return;
	inband->state = AT_TEXT;
	sink->record(sink->context, inband->record, inband->size);
}

static void take(struct inband *inband, const struct inband_sink *sink, u8 byte)
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
	case AT_HIGH:
		end_header(inband, sink, byte);
		break;
	case AT_RECORD:
		take_record(inband, sink, byte);
		break;
	default:
		if (byte == INBAND_ESCAPE)
			inband->state = AT_OPEN;
		else
			text(sink, (char)byte);
	}
}

void inband_feed(struct inband *inband, const struct inband_sink *sink, const u8 *data, u32 size)
{
	for (u32 i = 0; i < size; i++)
		take(inband, sink, __atomic_load_n(&data[i], __ATOMIC_RELAXED));
}
