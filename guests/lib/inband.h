/*
 * Records inside a console stream, beside text for people: ESC _ low high, then high * 256 + low
 * bytes. Everything else is text. A record that is longer than INBAND_MAX is no record: it passes
 * as text. Messages of the link may cut the stream anywhere.
 */
#ifndef GUESTS_LIB_INBAND_H
#define GUESTS_LIB_INBAND_H

#include "core/types.h"

#define INBAND_ESCAPE 0x1bu
#define INBAND_OPEN 0x5fu
#define INBAND_HEADER_SIZE 4u
#define INBAND_MAX 1040u

struct inband {
	u32 state; /* what the next byte is */
	u32 size;
	u32 filled;
	u8 record[INBAND_MAX];
};

struct inband_sink {
	void (*text)(void *context, const char *text, u32 size);
	void (*record)(void *context, const u8 *record, u32 size);
	void *context;
};

/*
 * Takes the next bytes of a stream. The other side may change them meanwhile: a record is copied
 * before it is looked at, and a sink of text reads each character once.
 */
void inband_feed(struct inband *inband, const struct inband_sink *sink, const u8 *data, u32 size);

#endif
