/*
 * Loads a deployment: see source.h. main calls source_load once; every check asks source_place
 * through diag_error.
 */
#include "tools/planc/source.h"

#include <libfdt.h>
#include <string.h>

#include "tools/planc/diag.h"
#include "tools/planc/source_internal.h"

#define NODE_PATH_MAX 1024

static void *compile(const char *path)
{
	/* Without -q: one of dtc's warnings is an error here. */
	const char *const arguments[] = {"dtc", "-I", "dts", "-O", "dtb", "--", path, NULL};
	struct source_dtc dtc = {.arguments = arguments};
	bool good = source_dtc_run(&dtc);
	const char *fatal;
	void *fdt;

	if (source_dtc_report(dtc.errors.data))
		return NULL;
	if (!good) {
		fatal = strstr(dtc.errors.data, "FATAL ERROR: ");
		fatal = fatal ? fatal + strlen("FATAL ERROR: ") : dtc.errors.data;
		diag_error_at(path, 0, "dtc refuses it (%.*s): mend what it names",
			      (int)strcspn(fatal, "\n"), fatal);
		return NULL;
	}
	fdt = dtc.output.data;
	if (dtc.output.size < sizeof(struct fdt_header) || fdt_check_header(fdt) != 0 ||
	    fdt_totalsize(fdt) > dtc.output.size)
		return NULL;
	return fdt;
}

static bool annotate(const char *path, struct source_places *places)
{
	const char *const arguments[] = {"dtc", "-q", "-I", "dts", "-O", "dts",
					 "-T",	"-T", "--", path,  NULL};
	struct source_dtc dtc = {.arguments = arguments};

	if (!source_dtc_run(&dtc))
		return false;
	source_places_read(places, dtc.output.data);
	return true;
}

bool source_load(struct source *source, const char *path)
{
	struct source_places *places = memory_new(1, sizeof(*places));
	unsigned before = diag_count();

	*source = (struct source){.path = path, .places = places};
	if (!source_scan(path, places))
		return false;
	source->fdt = compile(path);
	if (!source->fdt || !annotate(path, places)) {
		if (diag_count() == before)
			diag_error_at(path, 0, "dtc gave no tree: check that dtc works");
		return false;
	}
	return true;
}

struct source_place source_place(const struct source *source, int node, const char *property)
{
	struct source_place nowhere = {source->path, 0};
	const struct source_item *item = NULL;
	char path[NODE_PATH_MAX];

	if (fdt_get_path(source->fdt, node, path, sizeof(path)) != 0)
		return nowhere;
	if (property)
		item = source_item(source->places, path, property);
	if (!item || !item->place.file)
		item = source_item(source->places, path, NULL);
	return item && item->place.file ? item->place : nowhere;
}
