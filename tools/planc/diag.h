/*
 * Errors of a deployment. They are collected, so that all independent ones are shown at once, and
 * printed in the order of their lines as
 *	file:line: /node/path: what is wrong: what to do
 */
#ifndef PLANC_DIAG_H
#define PLANC_DIAG_H

#include "core/types.h"

struct source;

/*
 * Records an error at a property of a node, or at the node itself where property is NULL or
 * absent. `node` is an offset in source->fdt. `wrong` and `todo` come from one format: the text
 * must hold exactly one ": " between the two, e.g. "memory is 0 bytes: give a multiple of 2 MiB".
 */
void diag_error(const struct source *source, int node, const char *property, const char *format,
		...) __attribute__((format(printf, 4, 5)));

/* Records an error where there is no node: a missing file, a syntax error. `line` 0: none. */
void diag_error_at(const char *file, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* How many errors have been recorded. */
unsigned diag_count(void);

/* Prints all recorded errors to stderr, sorted by file and line, each text once. */
void diag_print(void);

#endif
