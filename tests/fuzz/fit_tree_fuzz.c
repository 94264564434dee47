/*
 * Fuzzes the fit check's reading of a device tree: the input is the tree. Whatever it holds, no byte
 * outside of it is read, none is written, the check ends, and a damaged tree is exactly one line.
 * Inputs start from a tree that fits; what is changed is mostly the value of a property, so that
 * most inputs stay readable.
 *
 *	clang -g -O2 -I. -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
 *		-o /tmp/fit_tree_fuzz tests/fuzz/fit_tree_fuzz.c tests/host/fit_plan.c core/log.c \
 *		arch/arm64/fit_tree.c core/boot/tree.c arch/arm64/fit_node.c arch/arm64/fit_memory.c \
 *		arch/arm64/fit_devices.c -lfdt
 *	/tmp/fit_tree_fuzz -max_len=4096 -timeout=10 -max_total_time=60
 *
 * A distribution's libfdt is not instrumented: with the sources of the same version in place of
 * -lfdt the sanitizers watch it, too.
 */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arm64/fit.h"
#include "core/boot/image.h"
#include "tests/host/fit_plan.h"

#define TREE_MAX 4096
#define TAGS_MAX 2048u

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerMutate(u8 *data, size_t size, size_t max_size);

static const u32 numbers[] = {
	0,	    1,		2,	    3,	       4,	  27,
	0xffffffff, 0x7fffffff, 0x8000000,  0x8080000, 0x80a0000, 0x80e0000,
	0x9000000,  0x40000000, 0x401ff000, 0x1e01000, 0x2000000, 0x800000,
	0x44000000, 0x44400000, 0xfffff000, 0x20000,   0x40000,	  0x10000,
};

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u8 *tree = malloc(size ? size : 1);

	if (!tree)
		return 0;
	memcpy(tree, data, size);
	fit_plan_reset();
	fit_plan.gic.present = size ? data[size - 1] & 1 : 0;
	fit_tree(tree, size, FIT_TREE_ADDRESS);
	if (memcmp(tree, data, size) != 0)
		abort();
	if (tree_fault(tree, size) && fit_misses != 1)
		abort();
	free(tree);
	return 0;
}

static u32 pick(u32 *state, u32 below)
{
	*state = *state * 1664525 + 1013904223;
	return (u32)(((u64)(*state ^ *state >> 15) * below) >> 32);
}

static bool readable(const u8 *data, size_t size)
{
	return size >= sizeof(struct fdt_header) && !fdt_check_header(data) &&
	       fdt_totalsize(data) <= size && fdt_off_dt_struct(data) % 4 == 0;
}

/* The offset of some tag of that kind, or -1. Tags that lead back are damage that is kept. */
static int some_tag(const u8 *tree, u32 *state, u32 kind)
{
	int found[TAGS_MAX];
	u32 count = 0;
	int next = 0;
	u32 tag = 0;

	for (u32 i = 0; i < TAGS_MAX && tag != FDT_END; i++) {
		int at = next;

		tag = fdt_next_tag(tree, at, &next);
		if (next < 0)
			break;
		if (tag == kind)
			found[count++] = at;
	}
	return count ? found[pick(state, count)] : -1;
}

static struct fdt_property *some_property(u8 *tree, u32 *state)
{
	int at = some_tag(tree, state, FDT_PROP);

	return at < 0 ? NULL : (struct fdt_property *)(tree + fdt_off_dt_struct(tree) + (u32)at);
}

static void change_cell(u8 *tree, u32 *state)
{
	struct fdt_property *property = some_property(tree, state);
	u32 cells = property ? fdt32_ld(&property->len) / 4 : 0;
	fdt32_t *cell;

	if (!cells || cells > TREE_MAX)
		return;
	cell = (fdt32_t *)property->data + pick(state, cells);
	*cell = cpu_to_fdt32(numbers[pick(state, ARRAY_SIZE(numbers))] + pick(state, 3) - 1);
}

static void change_value(u8 *tree, u32 *state)
{
	struct fdt_property *property = some_property(tree, state);
	u32 length = property ? fdt32_ld(&property->len) : 0;

	if (length && length < TREE_MAX)
		LLVMFuzzerMutate((u8 *)property->data, length, length);
}

static void change_property(u8 *tree, u32 *state)
{
	struct fdt_property *property = some_property(tree, state);
	struct fdt_property *other = some_property(tree, state);

	if (!property)
		return;
	if (pick(state, 2))
		property->nameoff = other->nameoff;
	else
		property->len = cpu_to_fdt32(fdt32_ld(&property->len) + pick(state, 33) - 16);
}

/* A node's begin or end, or a property's header, becomes nothing, or nothing becomes a node's end. */
static void change_tag(u8 *tree, u32 *state)
{
	static const u32 kinds[] = {FDT_BEGIN_NODE, FDT_END_NODE, FDT_PROP, FDT_NOP};
	int at = some_tag(tree, state, kinds[pick(state, 4)]);

	if (at >= 0)
		*(fdt32_t *)(tree + fdt_off_dt_struct(tree) + (u32)at) =
			cpu_to_fdt32(pick(state, 2) ? FDT_NOP : FDT_END_NODE);
}

static void change_header(u8 *tree, u32 *state)
{
	fdt32_t *field = (fdt32_t *)tree + pick(state, sizeof(struct fdt_header) / 4);

	*field = cpu_to_fdt32(fdt32_ld(field) + 4 * (pick(state, 9) - 4));
}

/* Whole trees again, with libfdt's help: what is added is a copy of what another node has. */
static size_t add_something(u8 *tree, size_t size, u32 *state)
{
	static const char *const names[] = {
		"a",	  "reserved-memory",	 "memory@1",	   "chosen", "status",
		"ranges", IMAGE_CLAIMS_COMPARED, "interrupt-names"};
	const char *name = names[pick(state, ARRAY_SIZE(names))];
	static _Alignas(8) u8 larger[TREE_MAX];
	int at = some_tag(tree, state, FDT_BEGIN_NODE);
	u8 value[16] = {0};

	if (at < 0 || fdt_check_full(tree, size) || fdt_open_into(tree, larger, TREE_MAX))
		return size;
	LLVMFuzzerMutate(value, 8, sizeof(value));
	if (pick(state, 2))
		fdt_add_subnode(larger, at, name);
	else
		fdt_setprop(larger, at, name, value, (int)(4 * pick(state, 5)));
	if (pick(state, 4) == 0)
		fdt_add_mem_rsv(larger, numbers[pick(state, ARRAY_SIZE(numbers))],
				numbers[pick(state, ARRAY_SIZE(numbers))]);
	fdt_pack(larger);
	memcpy(tree, larger, fdt_totalsize(larger));
	return fdt_totalsize(larger);
}

/* libfdt's writers must not meet what check_lengths of tree.c refuses. */
static bool writable(const u8 *tree, size_t size)
{
	return !tree_fault(tree, size);
}

static size_t mutate(u8 *data, size_t size, size_t max_size, u32 *state)
{
	switch (pick(state, 16)) {
	case 0:
		return LLVMFuzzerMutate(data, size, max_size);
	case 1:
		change_header(data, state);
		return size;
	case 2:
		change_tag(data, state);
		return size;
	case 3:
	case 4:
		change_property(data, state);
		return size;
	case 5:
	case 6:
	case 7:
		change_value(data, state);
		return size;
	case 8:
	case 9:
		return writable(data, size) && max_size >= TREE_MAX
			       ? add_something(data, size, state)
			       : size;
	default:
		change_cell(data, state);
		return size;
	}
}

size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max_size, unsigned int seed)
{
	static _Alignas(8) u8 tree[TREE_MAX];
	u32 state = seed;

	if (max_size < TREE_MAX)
		return LLVMFuzzerMutate(data, size, max_size);
	if (readable(memcpy(tree, data, size), size)) {
		if (pick(&state, 64) == 0)
			return LLVMFuzzerMutate(data, size, max_size);
	} else {
		fit_plan_tree(tree, TREE_MAX);
		fdt_pack(tree);
		size = fdt_totalsize(tree);
	}
	do {
		size = mutate(tree, size, TREE_MAX, &state);
	} while (readable(tree, size) && pick(&state, 3));
	memcpy(data, tree, size);
	return size;
}
