/* Device tree access. See fdt.h. */
#include "tools/prove/fdt.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/prove/finding.h"

static u8 *read_all(FILE *file, size_t *size)
{
	size_t room = KIB(64);
	u8 *bytes = malloc(room);
	size_t got;

	*size = 0;
	while (bytes && (got = fread(bytes + *size, 1, room - *size, file)) > 0) {
		*size += got;
		if (*size == room) {
			u8 *more = realloc(bytes, room *= 2);

			if (!more)
				free(bytes);
			bytes = more;
		}
	}
	return bytes;
}

u8 *fdt_read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	u8 *bytes;

	if (!file)
		return NULL;
	bytes = read_all(file, size);
	fclose(file);
	return bytes;
}

static _Noreturn void run_dtc(const char *path, int output)
{
	if (dup2(output, STDOUT_FILENO) < 0)
		_exit(126);
	execlp("dtc", "dtc", "-q", "-I", "dts", "-O", "dtb", "-o", "-", path, (char *)NULL);
	_exit(127);
}

static u8 *compile(const char *path, size_t *size)
{
	int ends[2];
	int status;
	pid_t child;
	FILE *file;
	u8 *bytes = NULL;

	if (pipe(ends))
		return NULL;
	child = fork();
	if (child == 0)
		run_dtc(path, ends[1]);
	close(ends[1]);
	file = fdopen(ends[0], "rb");
	if (file) {
		bytes = read_all(file, size);
		fclose(file);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
		free(bytes);
		return NULL;
	}
	return bytes;
}

void *fdt_load(const char *path)
{
	size_t size = 0;
	u8 *bytes = compile(path, &size);

	if (!bytes || fdt_check_full(bytes, size)) {
		finding("deployment", path, "dtc makes no device tree of it");
		free(bytes);
		return NULL;
	}
	return bytes;
}

u32 fdt_cells(const void *blob, int node, const char *name, u32 *cells, u32 room)
{
	int length = 0;
	const void *value = fdt_getprop(blob, node, name, &length);
	u32 count;

	if (!value || length < 0)
		return 0;
	count = (u32)length / 4;
	for (u32 i = 0; i < count && i < room; i++)
		cells[i] = fdt32_ld((const fdt32_t *)value + i);
	return count;
}

u32 fdt_u32(const void *blob, int node, const char *name, u32 missing)
{
	u32 cell;

	return fdt_cells(blob, node, name, &cell, 1) == 1 ? cell : missing;
}

u64 fdt_u64(const void *blob, int node, const char *name, u64 missing)
{
	u32 cells[2];

	if (fdt_cells(blob, node, name, cells, 2) != 2)
		return missing;
	return (u64)cells[0] << 32 | cells[1];
}

const char *fdt_text(const void *blob, int node, const char *name)
{
	return fdt_stringlist_get(blob, node, name, 0, NULL);
}

bool fdt_flag(const void *blob, int node, const char *name)
{
	return fdt_getprop(blob, node, name, NULL) != NULL;
}
