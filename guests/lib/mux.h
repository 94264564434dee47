/*
 * The console multiplexer: lines of several sources on one terminal, each with its source's name in
 * front; whole lines never interleave, an overlong one is split. What is typed goes to the selected
 * source. Ctrl-] is the escape: then a digit (place in the list) or a name's first letter selects,
 * ? shows the list, . sends Ctrl-C, which ends an emulator, Ctrl-] sends itself. With mux.control, s
 * and r stop and start the selected source. Pure: the terminal is a function.
 *
 * A source that was typed to is live: its characters pass at once and as they are, escape sequences
 * too, until another is selected. But its name still stands in front of each of its lines, behind a
 * carriage return too, so what it says cannot be taken for somebody else's.
 */
#ifndef GUESTS_LIB_MUX_H
#define GUESTS_LIB_MUX_H

#include "core/types.h"

#define MUX_SOURCES 16u
#define MUX_LINE_SIZE 512u
#define MUX_ESCAPE 0x1d	   /* Ctrl-] */
#define MUX_INTERRUPT 0x03 /* Ctrl-C */

struct mux_source {
	const char *name;
	u32 length;
	bool fresh;    /* nothing of the present line is on the terminal */
	bool returned; /* live: a carriage return waits for what follows it */
	u64 since;     /* when the first waiting character came */
	char line[MUX_LINE_SIZE];
};

struct mux {
	void (*put)(char character);		   /* to the terminal */
	void (*input)(u32 source, char character); /* typed for a source */
	void (*control)(u32 source, char key);	   /* s or r; NULL: they are letters */
	u64 patience; /* ticks that an unfinished line waits for its end before it is shown */
	u64 now;      /* ticks; set by mux_tick */
	u32 count;
	u32 selected;
	u32 live; /* 1 + source whose characters pass as they come; 0: none */
	u32 open; /* 1 + source whose unfinished line the cursor is on; 0: none */
	bool escaped;
	struct mux_source source[MUX_SOURCES];
};

/* Adds a source; returns its number, or MUX_SOURCES if there are too many. */
u32 mux_add(struct mux *mux, const char *name);

/*
 * A source wrote. Control characters other than tab and newline are shown as dots, unless it is
 * live. The text may change meanwhile.
 */
void mux_output(struct mux *mux, u32 source, const char *text, size_t size);

/* Somebody typed. */
void mux_typed(struct mux *mux, char character);

/* Time goes by: shows unfinished lines (prompts) that waited long enough. */
void mux_tick(struct mux *mux, u64 now);

/* Shows everything that waits, each as a line. */
void mux_flush(struct mux *mux);

/* A line of the multiplexer's owner, without a name. */
void mux_line(struct mux *mux, const char *text);

#endif
