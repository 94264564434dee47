/*
 * The output files: written to memory first, and to the directory only when all of them are
 * complete, so that a failed run leaves nothing behind. Used by planc.c and the emitters.
 */
#ifndef PLANC_OUT_H
#define PLANC_OUT_H

#include <stdio.h>

#include "core/types.h"

#define OUT_FILE_MAX 64u
#define OUT_NAME_MAX 64u

struct out_file {
	char name[OUT_NAME_MAX]; /* relative to the directory; may name one subdirectory */
	FILE *stream;
	char *bytes;
	size_t size;
};

struct out {
	u32 count;
	struct out_file file[OUT_FILE_MAX];
};

/* Starts a file. The stream belongs to `out`; write errors are found by out_commit. */
FILE *out_open(struct out *out, const char *name);

/*
 * Writes all files below `directory`, which is made if it does not exist. A file whose content
 * is there already keeps its time stamp, so that make rebuilds nothing, except the first one.
 * False: nothing was changed, and the reason was printed.
 */
bool out_commit(struct out *out, const char *directory);

/* Frees everything, committed or not. */
void out_close(struct out *out);

#endif
