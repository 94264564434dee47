/*
 * Finds values that the deployment overrides. dtc merges silently: the last value wins, so a
 * deployment could change what its board file says by accident. Each included file that is a whole
 * tree is compiled alone, too, and what differs afterwards must be named by `override` in that
 * node. Called from schema.c.
 */
#include <libfdt.h>
#include <string.h>

#include "tools/planc/diag.h"
#include "tools/planc/source_internal.h"

#define NODE_PATH_MAX 1024

/* An included file, compiled alone. */
struct part {
	const struct source *source;
	const void *fdt;
	unsigned file; /* index in source->places->files */
};

/* Reported ones: a value that reaches the deployment through several files is reported once. */
struct overridden {
	const struct overridden *next;
	const char *property;
	int node;
};

static const struct overridden *reported;

static bool compile_part(struct part *part)
{
	const char *const arguments[] = {"dtc", "-q", "-I", "dts", "-O", "dtb", "-", NULL};
	struct source_dtc dtc = {.arguments = arguments};
	struct text wrapper = {0};

	text_format(&wrapper, "/dts-v1/;\n/include/ \"%s\"\n",
		    part->source->places->files[part->file].path);
	dtc.input = wrapper.data;
	/* A file that holds only a piece of a node, or refers to others' labels, is no tree. */
	if (!source_dtc_run(&dtc) || dtc.output.size < sizeof(struct fdt_header) ||
	    fdt_check_header(dtc.output.data) != 0)
		return false;
	part->fdt = dtc.output.data;
	return true;
}

/* An `override` that the part itself holds was written for what the part includes. */
static bool is_named(const struct part *part, int node, const char *property)
{
	const struct source *source = part->source;
	struct source_place place;

	if (fdt_stringlist_search(source->fdt, node, "override", property) < 0)
		return false;
	place = source_place(source, node, "override");
	return !source_is_within(source->places, place.file, part->file);
}

/* dtc invents phandles, and `override` is there to be different. */
static bool is_free(const char *property)
{
	return strcmp(property, "override") == 0 || strcmp(property, "phandle") == 0 ||
	       strcmp(property, "linux,phandle") == 0;
}

static bool is_new(int node, const char *property)
{
	struct overridden *new;

	for (const struct overridden *old = reported; old; old = old->next)
		if (old->node == node && strcmp(old->property, property) == 0)
			return false;
	new = memory_new(1, sizeof(*new));
	*new = (struct overridden){reported, property, node};
	reported = new;
	return true;
}

static void check_property(const struct part *part, int node, const char *name, const void *value,
			   int size)
{
	int new_size;
	const void *now = fdt_getprop(part->source->fdt, node, name, &new_size);

	if (!now || is_free(name))
		return; /* deleting is done by name */
	if (new_size == size && memcmp(now, value, (size_t)size) == 0)
		return;
	if (!is_named(part, node, name) && is_new(node, name))
		diag_error(part->source, node, name,
			   "%s overrides the value of %s: say so with override = \"%s\"; in this "
			   "node, or keep the value",
			   name, part->source->places->files[part->file].path, name);
}

static void check_node(const struct part *part, int part_node)
{
	char path[NODE_PATH_MAX];
	int node;
	int property;

	if (fdt_get_path(part->fdt, part_node, path, sizeof(path)) != 0)
		return;
	node = fdt_path_offset(part->source->fdt, path);
	if (node < 0)
		return;
	fdt_for_each_property_offset (property, part->fdt, part_node) {
		const char *name;
		int size;
		const void *value = fdt_getprop_by_offset(part->fdt, property, &name, &size);

		if (value)
			check_property(part, node, name, value, size);
	}
}

void source_override_check(const struct source *source)
{
	const struct source_places *places = source->places;

	/* From the innermost file on, so that the one which holds the value is named. */
	for (unsigned i = places->file_count - 1; i >= 1; i--) {
		struct part part = {.source = source, .file = i};

		if (!compile_part(&part))
			continue;
		for (int node = 0; node >= 0; node = fdt_next_node(part.fdt, node, NULL))
			check_node(&part, node);
	}
}
