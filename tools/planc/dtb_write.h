/*
 * Writing a device tree, node by node, with numbers in the tree's byte order; and the parts of the
 * tree of a guest with a kernel. For dtb*.c only.
 */
#ifndef PLANC_DTB_WRITE_H
#define PLANC_DTB_WRITE_H

#include "tools/planc/layout.h"

/* A tree being written; the first error sticks. */
struct dtb_writer {
	void *fdt;
	int error;
};

/* phandles. */
#define DTB_GIC 1u
#define DTB_CLOCK 2u
#define DTB_ITS 3u
#define DTB_PINS 4u

/* Interrupt specifiers of arm,gic-v3: the kind, then the number, then the trigger. */
#define DTB_SPI 0u
#define DTB_PPI 1u
#define DTB_EDGE_RISING 1u
#define DTB_LEVEL_HIGH 4u

void dtb_check(struct dtb_writer *writer, int error);
void dtb_begin(struct dtb_writer *writer, const char *name);
void dtb_begin_at(struct dtb_writer *writer, const char *name, u64 address);
void dtb_end(struct dtb_writer *writer);
void dtb_cell(struct dtb_writer *writer, const char *name, u32 value);
void dtb_bytes(struct dtb_writer *writer, const char *name, const void *value, u32 size);
void dtb_string(struct dtb_writer *writer, const char *name, const char *value);
/* At most 16. */
void dtb_cells(struct dtb_writer *writer, const char *name, const u32 *value, u32 count);
/* Two numbers of two cells each. */
void dtb_range(struct dtb_writer *writer, const char *name, u64 base, u64 size);

/* dtb_linux.c: what differs where the guest is a kernel. */
void dtb_linux_chosen(struct dtb_writer *writer, const struct layout *layout, u32 guest);
void dtb_linux_memory(struct dtb_writer *writer, const struct plan_guest *guest);
void dtb_linux_gic(struct dtb_writer *writer, const struct layout *layout, u32 guest);
void dtb_linux_interrupts(struct dtb_writer *writer, const struct layout *layout,
			  const struct model_device *device);
void dtb_linux_links(struct dtb_writer *writer, const struct layout *layout, u32 guest);

#endif
