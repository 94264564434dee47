/*
 * Lines of a console by which a guest that makes no hypercalls says where its workloads begin and
 * end, and that it is finished:
 *	@begin NAME
 *	@end NAME units=N errors=E
 *	@done errors=E
 * NAME has 1 to 31 of the characters a-z A-Z 0-9 . _ -, N and E are decimal. Every other line is no
 * mark. Pure.
 */
#ifndef GUESTS_LIB_MARKS_H
#define GUESTS_LIB_MARKS_H

#include "core/types.h"

#define MARKS_NAME_SIZE 32u
#define MARKS_LINE_SIZE 96u /* a longer line is no mark */

enum marks_kind { MARKS_BEGIN, MARKS_END, MARKS_DONE };

struct marks_mark {
	enum marks_kind kind;
	char name[MARKS_NAME_SIZE];
	u64 units;
	u64 errors;
};

/* One stream of text. */
struct marks {
	u32 length; /* of the present line; MARKS_LINE_SIZE: too long */
	char line[MARKS_LINE_SIZE];
};

/* Takes one character. True: it ended a line that is this mark. */
bool marks_take(struct marks *marks, char character, struct marks_mark *mark);

#endif
