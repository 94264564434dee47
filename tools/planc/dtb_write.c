/* Writes the pieces of a device tree; see dtb_write.h. */
#include "tools/planc/dtb_write.h"

#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#define CELL_MAX 16u

void dtb_check(struct dtb_writer *writer, int error)
{
	if (!writer->error)
		writer->error = error;
}

void dtb_begin(struct dtb_writer *writer, const char *name)
{
	dtb_check(writer, fdt_begin_node(writer->fdt, name));
}

void dtb_begin_at(struct dtb_writer *writer, const char *name, u64 address)
{
	char full[64];

	snprintf(full, sizeof(full), "%s@%llx", name, (unsigned long long)address);
	dtb_begin(writer, full);
}

void dtb_end(struct dtb_writer *writer)
{
	dtb_check(writer, fdt_end_node(writer->fdt));
}

void dtb_cell(struct dtb_writer *writer, const char *name, u32 value)
{
	dtb_check(writer, fdt_property_u32(writer->fdt, name, value));
}

void dtb_bytes(struct dtb_writer *writer, const char *name, const void *value, u32 size)
{
	dtb_check(writer, fdt_property(writer->fdt, name, value, (int)size));
}

void dtb_string(struct dtb_writer *writer, const char *name, const char *value)
{
	dtb_bytes(writer, name, value, (u32)strlen(value) + 1);
}

void dtb_cells(struct dtb_writer *writer, const char *name, const u32 *value, u32 count)
{
	fdt32_t big[CELL_MAX];

	for (u32 i = 0; i < count; i++)
		big[i] = cpu_to_fdt32(value[i]);
	dtb_bytes(writer, name, big, count * (u32)sizeof(*big));
}

void dtb_range(struct dtb_writer *writer, const char *name, u64 base, u64 size)
{
	u32 value[] = {(u32)(base >> 32), (u32)base, (u32)(size >> 32), (u32)size};

	dtb_cells(writer, name, value, 4);
}
