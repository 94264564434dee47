/*
 * The console stream: numbered, checked blocks in both directions at once over one console link, as
 * records (inband.h) beside the text. The driver side starts it, the device side answers.
 */
#ifndef GUESTS_LIB_STREAM_H
#define GUESTS_LIB_STREAM_H

#include "guests/lib/link.h"
#include "guests/lib/payload.h"

#define STREAM_BLOCK_SIZE 1000u /* bytes behind the payload header */

enum stream_kind {
	STREAM_START = 0x42530000, /* sequence: blocks that each side will send */
	STREAM_BLOCK,
	STREAM_RESULT, /* struct payload_tally of the device side */
};

struct stream {
	struct link *link;
	u32 total; /* blocks in each direction; 0: no stream */
	u32 sent;
	bool result_due;  /* device side */
	bool result_came; /* driver side */
	struct payload_tally in;
	struct payload_tally result;
};

/* Driver side: false if there is no buffer now. */
bool stream_begin(struct stream *stream, struct link *link, u32 blocks);

/* A record of the link came. Returns true when it was ours. */
bool stream_record(struct stream *stream, const u8 *record, u32 size);

/*
 * Sends while there are buffers, at most LINK_SHARE times, then asks for a doorbell. False: could go
 * on at once.
 */
bool stream_pump(struct stream *stream);

/* Nothing more to send, nothing more to come. */
bool stream_done(const struct stream *stream);

#endif
