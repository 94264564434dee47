/*
 * The frames that the project's own programs exchange: Ethernet header, then a payload. The hub's
 * station answers some of them, so its program and pingpong share this file.
 */
#ifndef GUESTS_LIB_FRAME_H
#define GUESTS_LIB_FRAME_H

#include "guests/lib/net.h"
#include "guests/lib/payload.h"

#define FRAME_TYPE 0x88b5u /* IEEE 802 local experimental */
#define FRAME_HEADER_SIZE 14u
#define FRAME_DATA_MAX (NET_FRAME_MAX - FRAME_HEADER_SIZE - PAYLOAD_HEADER_SIZE)

enum frame_kind {
	FRAME_HELLO = 0x42480000, /* broadcast: who is the other one? */
	FRAME_HELLO_OK,
	FRAME_MARK,    /* to the hub's station: struct frame_mark */
	FRAME_MARK_OK, /* by the hub, or by the other one where there is none */
	FRAME_START,   /* struct frame_start */
	FRAME_STARTED,
	FRAME_DATA,   /* numbered from 0 */
	FRAME_REPLY,  /* to the data of the same number */
	FRAME_CREDIT, /* number: data received so far */
	FRAME_END,    /* number: data sent */
	FRAME_END_OK, /* struct payload_tally of the receiver */
	FRAME_NOISE,  /* to be sent back, or lost */
	FRAME_ECHO,
	FRAME_PROBE,
	FRAME_PROBE_OK,
	FRAME_BYE,
};

/*
 * The hub's station sets mark[i] on its CPU when it is about to forward the frame of that count,
 * from the answer on: count[0] first, then count[1] more. Before and not after, because whoever
 * receives the frame acts at once, and its next doorbell may reach the hub's CPU before the mark.
 */
struct frame_mark {
	u32 mark[2];
	u32 count[2];
};

struct frame_start {
	u32 phase;
	u32 rounds;	/* FRAME_DATA to come */
	u32 reply_size; /* bytes in each FRAME_REPLY */
	u32 batch;	/* data per FRAME_CREDIT */
};

extern const u8 frame_station[NET_ADDRESS_SIZE]; /* the hub's own: 02:00:00:00:00:fe */
extern const u8 frame_broadcast[NET_ADDRESS_SIZE];

/* A received frame of ours: `data` is behind the payload's header. */
struct frame {
	u8 from[NET_ADDRESS_SIZE];
	struct payload payload;
	const u8 *data;
};

enum frame_result { FRAME_FOREIGN, FRAME_CORRUPT, FRAME_GOOD };

enum frame_result frame_parse(struct frame *frame, const u8 *bytes, u32 size);

/* Copies a frame's data of exactly that size. */
bool frame_data(const struct frame *frame, void *to, u32 size);

/* Each sends one frame. False: no buffer now. */
bool frame_send_pattern(struct link *link, const u8 *to, u32 kind, u32 sequence, u32 size);
bool frame_send(struct link *link, const u8 *to, u32 kind, u32 sequence, const void *data,
		u32 size);

/* Writes a whole frame with these bytes; returns its size. */
u32 frame_write(u8 *at, const u8 *to, const u8 *from, const struct payload *head, const void *data);

#endif
