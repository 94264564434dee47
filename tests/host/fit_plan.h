/*
 * A plan, a device tree that fits it, and the lines that a fit check prints: for the test and the
 * fuzzer of fit_tree.
 */
#ifndef TESTS_HOST_FIT_PLAN_H
#define TESTS_HOST_FIT_PLAN_H

#include "core/plan.h"

#define FIT_TREE_ADDRESS 0x48000000u /* where the tree says that it lies: in no claim */
#define FIT_CPUS 2u
#define FIT_CLAIMS 2u

/* The plan that fit_tree sees, but writable: other names of the same objects. */
extern struct plan fit_plan __asm__("plan");
extern struct plan_cpu fit_plan_cpus[FIT_CPUS] __asm__("plan_cpus");
extern struct plan_claim fit_plan_claims[FIT_CLAIMS] __asm__("plan_claims");

void fit_plan_reset(void);

/* A tree like that of QEMU's virt machine with GICv4 and 4 CPUs; writable by libfdt up to `size`. */
void fit_plan_tree(void *tree, int size);

/* Big-endian cells at /path's property. */
void fit_plan_set(void *tree, const char *path, const char *property, u32 count, const u32 *cells);

#define SET_CELLS(tree, path, property, ...)                                                       \
	fit_plan_set(tree, path, property, sizeof((u32[]){__VA_ARGS__}) / sizeof(u32),             \
		     (u32[]){__VA_ARGS__})

/* What fit_miss printed since fit_plan_reset, a line feed behind each, and how often. */
extern char fit_lines[16384];
extern u32 fit_misses;

#endif
