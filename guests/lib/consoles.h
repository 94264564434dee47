/*
 * The console links of which this guest is the device side, on the UART that it owns: text goes
 * through the multiplexer, records to the console stream, and marks (marks.h) have snapshots of the
 * counters printed. Also prints the profile. Used by the hub, and by a program that stands in for it
 * where there is none.
 */
#ifndef GUESTS_LIB_CONSOLES_H
#define GUESTS_LIB_CONSOLES_H

#include "core/types.h"

/* Standard output goes through the multiplexer from here on, under this guest's own name. */
void consoles_start(void);

/*
 * Serves the links whose doorbell rang; cheap if none did. True: some did, and there may be more, so
 * look again before sleeping.
 */
bool consoles_poll(void);

/* The terminal: what was typed, and prompts that wait for the end of their line. */
void consoles_terminal(void);

/*
 * If this guest reports, and everybody whom the report waits for is finished, and it was not done
 * before: prints what waits, then the profile. True when it did.
 */
bool consoles_report(void);

#endif
