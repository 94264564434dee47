/* Names: their form, and which known one a misspelled one is nearest to. For schema.c. */
#include <libfdt.h>
#include <string.h>

#include "core/plan.h"
#include "tools/planc/diag.h"
#include "tools/planc/schema.h"

#define COMPARED_MAX 63 /* letters; what is longer is no misspelling */

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned two = a < b ? a : b;

	return two < c ? two : c;
}

/* Optimal string alignment: three rows of the matrix are enough. */
unsigned schema_distance(const char *a, const char *b)
{
	unsigned rows[3][COMPARED_MAX + 1];
	unsigned a_length = (unsigned)strnlen(a, COMPARED_MAX);
	unsigned b_length = (unsigned)strnlen(b, COMPARED_MAX);

	for (unsigned j = 0; j <= b_length; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= a_length; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *above = rows[(i + 2) % 3];

		row[0] = i;
		for (unsigned j = 1; j <= b_length; j++) {
			unsigned change = above[j - 1] + (a[i - 1] != b[j - 1]);

			row[j] = least(above[j] + 1, row[j - 1] + 1, change);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], row[j], rows[(i + 1) % 3][j - 2] + 1);
		}
	}
	return rows[a_length % 3][b_length];
}

void schema_name_check(const struct source *source, int node)
{
	const char *name = fdt_get_name(source->fdt, node, NULL);
	size_t length = strlen(name);

	if (length >= PLAN_NAME_MAX)
		diag_error(source, node, NULL, "the name has %zu characters: use at most %u",
			   length, PLAN_NAME_MAX - 1);
	if (name[0] < 'a' || name[0] > 'z')
		diag_error(source, node, NULL,
			   "the name starts with \"%c\": start with a letter of a-z", name[0]);
	else if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != length)
		diag_error(source, node, NULL, "the name holds \"%c\": use a-z, 0-9 and - only",
			   name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")]);
}
