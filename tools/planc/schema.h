/*
 * The form of a deployment as tables, which config/FORMAT.md puts into words. For schema*.c only;
 * the rest of planc calls schema_check of source.h.
 */
#ifndef PLANC_SCHEMA_H
#define PLANC_SCHEMA_H

#include "tools/planc/source_internal.h"

enum schema_shape {
	SCHEMA_FLAG,	/* no value */
	SCHEMA_STRING,	/* min to max characters */
	SCHEMA_STRINGS, /* min to max strings */
	SCHEMA_CELL,	/* a number from min to max */
	SCHEMA_CELLS,	/* min to max numbers */
	SCHEMA_LONG,	/* two cells, a number from min to max */
	SCHEMA_RANGE,	/* four cells, address and size; the size is at least min */
	SCHEMA_BYTES,	/* min bytes */
};

struct schema_property {
	const char *name;    /* NULL ends a table */
	const char *example; /* a whole statement for "write ..." */
	enum schema_shape shape;
	bool required;
	u64 min;
	u64 max;
	u64 align;		   /* of numbers and ranges; 0: none */
	const char *const *values; /* of strings, ends with NULL; or NULL: any */
	const char *characters;	   /* that strings may hold; NULL: printable ASCII */
	const char *arch;	   /* the architecture that has it; NULL: each */
};

enum schema_match {
	SCHEMA_EXACT,	 /* that name */
	SCHEMA_UNIT,	 /* that name, then @ and an address */
	SCHEMA_ANY_UNIT, /* any name, then @ and an address */
	SCHEMA_ANY,	 /* any name of the form that schema_name.c checks */
};

struct schema_node {
	const char *name; /* NULL ends a table */
	enum schema_match match;
	const char *missing; /* what to say when there is none; NULL: optional */
	const struct schema_property *properties;
	const struct schema_node *children;		      /* NULL: none */
	void (*check)(const struct source *source, int node); /* or NULL; values have their form */
	const char *arch;				      /* as of a property */
};

extern const struct schema_node schema_root;

#define SCHEMA_INTERRUPT_MAX 64	 /* of one device */
#define SCHEMA_ITT_ENTRY_MAX 16u /* GITS_TYPER.ITT_entry_size has four bits */

/*
 * schema_value.c: reports a value that is not as the table says. False if it has another form, or
 * is an unknown word, so that nothing can be said about what it would mean.
 */
bool schema_value_check(const struct source *source, int node, const struct schema_property *rule);

/* A number of `count` cells, one or two, at the cell `index` of a property. */
u64 schema_number(const struct source *source, int node, const char *property, int index,
		  int count);

/* The architecture that the board names; arm64 where it names none that is known. */
const char *schema_arch(const struct source *source);

/* schema_name.c: how many letters to insert, drop, change or swap; used for "did you mean". */
unsigned schema_distance(const char *a, const char *b);

/* Reports a guest's or link's name of a bad form. */
void schema_name_check(const struct source *source, int node);

/* schema_board.c: what a table does not express of /board and its children. */
void schema_board_check(const struct source *source, int node);
void schema_cpu_check(const struct source *source, int node);
void schema_device_check(const struct source *source, int node);
void schema_unit_check(const struct source *source, int node);
void schema_gic_check(const struct source *source, int node);
void schema_apic_check(const struct source *source, int node);
void schema_features_check(const struct source *source, int node);

#endif
