/*
 * What the tests of fit_tree share: a tree that fits the plan, changed by one step after the other.
 * A step that fails ends the test.
 */
#ifndef TESTS_HOST_FIT_CASE_H
#define TESTS_HOST_FIT_CASE_H

#include <setjmp.h>
#include <stdarg.h>

#include "arch/arm64/fit.h"

#include <cmocka.h>
#include <libfdt.h>

#include "tests/host/fit_plan.h"

#define TREE_SIZE 0x10000
#define BIG_TREE_SIZE 0x200000 /* as large as Linux's boot protocol allows */

#define FIT_CASE(name) cmocka_unit_test_setup(name, fit_case_setup)

extern u8 tree[BIG_TREE_SIZE];

int fit_case_setup(void **state);

/* fit_tree over a copy behind which no memory is: libfdt itself has no sanitizer. */
void fit_case_block(const void *bytes, size_t size);

/* `tree` is read and gives exactly these lines, each with its line feed. */
void gives(const char *lines);

int node_at(const char *path);
void add_node(const char *path, const char *name);
void set_string(const char *path, const char *property, const char *string);
void set_bytes(const char *path, const char *property, const char *bytes, int size);
void drop_node(const char *path);
void drop_property(const char *path, const char *property);
void add_memory(const char *path, u32 base, u32 size); /* with 2 cells each */

#endif
