/*
 * The check of a device tree: see tree.h. Runs at any address (arch.mk: HV_MOVABLE).
 */
#include "core/boot/tree.h"

#include <libfdt.h>

#define TREE_VERSION 17u /* older ones do not say where their structure ends */

/* libfdt 1.6 follows a property of negative length back to where it began, for ever. */
static int check_lengths(const void *tree)
{
	int length;
	int next = 0;
	u32 tag;

	do {
		int at = next;

		tag = fdt_next_tag(tree, at, &next);
		if (next < 0)
			return next;
		if (tag != FDT_PROP)
			continue;
		if (!fdt_getprop_by_offset(tree, at, NULL, &length) || length < 0)
			return -FDT_ERR_BADSTRUCTURE;
	} while (tag != FDT_END);
	return 0;
}

/* 0 or an error of libfdt's. */
static int check(const void *tree, u64 size)
{
	int error;

	if (size < sizeof(struct fdt_header))
		return -FDT_ERR_TRUNCATED;
	error = fdt_check_header(tree);
	if (error)
		return error;
	if (fdt_totalsize(tree) > size)
		return -FDT_ERR_TRUNCATED;
	if (fdt_version(tree) < TREE_VERSION)
		return -FDT_ERR_BADVERSION;
	/* libfdt loads whole words. */
	if (fdt_off_mem_rsvmap(tree) % 8 || fdt_off_dt_struct(tree) % 4)
		return -FDT_ERR_ALIGNMENT;
	error = check_lengths(tree);
	return error ? error : fdt_check_full(tree, size);
}

/* fdt_strerror has a table of pointers. */
static const char *word(int error)
{
	switch (-error) {
	case FDT_ERR_TRUNCATED:
		return "FDT_ERR_TRUNCATED";
	case FDT_ERR_BADMAGIC:
		return "FDT_ERR_BADMAGIC";
	case FDT_ERR_BADVERSION:
		return "FDT_ERR_BADVERSION";
	case FDT_ERR_ALIGNMENT:
		return "FDT_ERR_ALIGNMENT";
	default:
		return "FDT_ERR_BADSTRUCTURE";
	}
}

const char *tree_fault(const void *tree, u64 size_bytes)
{
	int error = check(tree, size_bytes);

	return error ? word(error) : NULL;
}
