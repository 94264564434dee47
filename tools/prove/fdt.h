/* Reads properties of a device tree blob, and lets dtc make one. For prove's deployment only. */
#ifndef TOOLS_PROVE_FDT_H
#define TOOLS_PROVE_FDT_H

#include "core/types.h"

/* The blob of a deployment file, checked by libfdt; freed by the caller. NULL after a finding. */
void *fdt_load(const char *path);

/* A file's bytes, freed by the caller; NULL where it cannot be read. */
u8 *fdt_read_file(const char *path, size_t *size);

/* Up to `room` cells; returns how many the property has, 0 without the property. */
u32 fdt_cells(const void *blob, int node, const char *name, u32 *cells, u32 room);
/* The property's single cell or pair of cells; `missing` where it is absent. */
u32 fdt_u32(const void *blob, int node, const char *name, u32 missing);
u64 fdt_u64(const void *blob, int node, const char *name, u64 missing);
/* A string property, or NULL. */
const char *fdt_text(const void *blob, int node, const char *name);
bool fdt_flag(const void *blob, int node, const char *name);

#endif
