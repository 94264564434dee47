/*
 * A model made by hand for the layout's tests: a hub and two guests on four CPUs, with four links,
 * on a board with two ranges of RAM and every doorbell. make_model sets it back to that; a test
 * changes it before it makes the layout.
 */
#ifndef TESTS_HOST_LAYOUT_WORLD_H
#define TESTS_HOST_LAYOUT_WORLD_H

#include "tools/planc/layout.h"

#define GUESTS 3u
#define LINKS 4u
#define RAM_RANGES 2u
#define RAM_BASE 0x40000000u

extern struct model_ram ram[RAM_RANGES];
extern struct model_guest guests[GUESTS];
extern struct model_link links[LINKS];
extern struct model model;
extern unsigned errors; /* calls of diag_error since then */

void make_model(u32 transport, u32 to_device, u32 to_driver);

/* The same on a board of x86_64, whose APIC IDs are twice the CPUs' numbers. */
void make_x86_64(u32 transport, u32 to_device, u32 to_driver);

/*
 * The same with a kernel as left, which restarts: 12 MiB, a DMA window of 4 MiB, and the UART with
 * two interrupts. Its links, and those of right, are polled by the hub unless the transport is trap.
 */
void make_linux(u32 transport, u32 to_driver);

/* The layout of the model, which must have one, and none of it may be an error. */
void make_layout(struct layout *made);

/* What layout_make allocated. */
void release_layout(struct layout *made);

#endif
