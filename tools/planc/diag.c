/* Collects and prints the errors of a deployment; called from every file of planc. */
#include "tools/planc/diag.h"

#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/planc/source.h"
#include "tools/planc/source_text.h"

#define ERROR_MAX 500u /* more than a person reads; keeps planc quick on garbage */
#define PATH_MAX_BYTES 1024

struct error {
	const char *file;
	const char *text;
	unsigned line;
	unsigned order; /* keeps the order of what stands in one line */
};

static struct error errors[ERROR_MAX];
static unsigned error_count; /* more than ERROR_MAX when some were dropped */

/* What a deployment's strings put into a message must not move the terminal's cursor. */
static void make_printable(struct text *text)
{
	for (size_t i = 0; i < text->size; i++)
		if ((unsigned char)text->data[i] < 0x20 || text->data[i] == 0x7f)
			text->data[i] = '?';
}

static void record(const char *file, unsigned line, struct text *text)
{
	struct error *error = &errors[error_count];

	make_printable(text);
	error->file = memory_string(file, strlen(file));
	error->text = text->data ? text->data : "";
	error->line = line;
	error->order = error_count++;
}

void diag_error(const struct source *source, int node, const char *property, const char *format,
		...)
{
	struct source_place place;
	char path[PATH_MAX_BYTES];
	struct text text = {0};
	va_list arguments;

	if (error_count >= ERROR_MAX) {
		error_count++;
		return;
	}
	place = source_place(source, node, property);
	if (fdt_get_path(source->fdt, node, path, sizeof(path)) != 0)
		snprintf(path, sizeof(path), "%s", fdt_get_name(source->fdt, node, NULL));
	text_format(&text, "%s: ", path);
	va_start(arguments, format);
	text_vformat(&text, format, arguments);
	va_end(arguments);
	record(place.file ? place.file : source->path, place.line, &text);
}

void diag_error_at(const char *file, unsigned line, const char *format, ...)
{
	struct text text = {0};
	va_list arguments;

	if (error_count >= ERROR_MAX) {
		error_count++;
		return;
	}
	va_start(arguments, format);
	text_vformat(&text, format, arguments);
	va_end(arguments);
	record(file, line, &text);
}

unsigned diag_count(void)
{
	return error_count;
}

static int compare(const void *a, const void *b)
{
	const struct error *left = a;
	const struct error *right = b;
	int files = strcmp(left->file, right->file);

	if (files != 0)
		return files;
	if (left->line != right->line)
		return left->line < right->line ? -1 : 1;
	return left->order < right->order ? -1 : left->order > right->order;
}

/* Whether an error of the same line, printed before, said the same. */
static bool is_repeated(unsigned index)
{
	const struct error *error = &errors[index];

	for (unsigned i = index; i-- > 0;) {
		if (errors[i].line != error->line || strcmp(errors[i].file, error->file) != 0)
			return false;
		if (strcmp(errors[i].text, error->text) == 0)
			return true;
	}
	return false;
}

void diag_print(void)
{
	unsigned shown = error_count < ERROR_MAX ? error_count : ERROR_MAX;

	qsort(errors, shown, sizeof(errors[0]), compare);
	for (unsigned i = 0; i < shown; i++) {
		if (is_repeated(i))
			continue;
		if (errors[i].line)
			fprintf(stderr, "%s:%u: %s\n", errors[i].file, errors[i].line,
				errors[i].text);
		else
			fprintf(stderr, "%s: %s\n", errors[i].file, errors[i].text);
	}
	if (error_count > shown)
		fprintf(stderr, "planc: %u more errors are not shown: mend these first\n",
			error_count - shown);
}
