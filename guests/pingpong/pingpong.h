/*
 * The workloads: ping leads, pong answers; both count what they receive.
 */
#ifndef GUESTS_PINGPONG_PINGPONG_H
#define GUESTS_PINGPONG_PINGPONG_H

#include "guests/lib/frame.h"

enum phase {
	PHASE_RTT_1024,	      /* 32 bytes out, 1024 back */
	PHASE_RTT_1,	      /* 1 byte out, 1 back */
	PHASE_NET_STREAM,     /* full frames one way */
	PHASE_CONSOLE_STREAM, /* blocks both ways over the console link */
	PHASE_BELL,	      /* doorbells alone, over a direct link */
	PHASE_RESET,	      /* the link goes down and up under traffic */
	PHASE_COUNT,
};

#define PHASES_MARKED 4u /* phases that have two of the ABI_MARKS marks: 2p and 2p + 1 */

struct options {
	bool pong;
	u32 rounds;
	u32 phases; /* bit p: run phase p */
	u32 bytes;  /* of the net stream; 0: as many frames as rounds */
	u32 resets;
	bool says; /* ping's marks are lines on its console (marks.h), and `@done` is said */
};

/* What a guest says about one phase. */
struct work {
	u32 phase;
	u32 rounds;
	u32 sent;
	u64 bytes; /* sent; what was received is added from the tally */
	u64 ticks;
	struct payload_tally in;
};

/* main.c */
extern struct link *net;
extern u32 errors;
extern bool says;

/*
 * A phase of so many rounds begins: how long silence is bearable. The watchdog must not fire within
 * it, since its interrupt would be counted.
 */
void expect_rounds(u32 rounds);

/* Sleeps. False: nothing came between two watchdogs; the caller gives up. */
bool wait_doorbell(void);

/*
 * Marks the start or the end of a phase on all CPUs of this guest, if the phase has marks. Where ping
 * says its marks, its line for the start, and print_work's for the end, stand for all CPUs.
 */
void mark_phase(u32 phase, bool end);

/* Prints the @work line and adds to errors. */
void print_work(const struct work *work);

/* secondary.c: the other vCPUs. */
void mark_everywhere(u32 mark);
void hammer(bool on);

/* ping.c, ping_reset.c, pong.c: each runs to its end. */
void ping_run(const struct options *options);
void ping_console(u32 blocks, struct work *work);
void ping_reset(u32 resets, struct work *work);
void pong_run(const struct options *options);

/* ping.c, for its phases: a message that is no data. */
struct mail {
	u32 kind; /* 0: none */
	u32 sequence;
	u32 size;
	u8 data[64];
};

extern struct mail mail;
extern u8 peer[NET_ADDRESS_SIZE];

/* Takes every frame that has come. */
void ping_drain(void);

#endif
