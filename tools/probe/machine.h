/*
 * What the probe finds out of a machine, and the steps that do: the device tree (tree*.c) says what
 * is there, registers (registers.c) say what it can do, board.c writes the board file.
 */
#ifndef PROBE_MACHINE_H
#define PROBE_MACHINE_H

#include "core/bits.h"
#include "tools/probe/ranges.h"

#define CPU_MAX 128u
#define REGION_MAX 8u
#define UART_MAX 8u
#define BASER_MAX 8u

/* Beside those of arch/arm64/gic_types.h */
#define GICD_PIDR2_ARCHREV BITS(7, 4)
#define GICR_TYPER_RVPEID BIT(7)
#define GICR_TYPER_VLPIS BIT(1)
#define GITS_TYPER_DEVBITS BITS(17, 13)
#define GITS_TYPER_VIRTUAL BIT(1)

struct cpu {
	u64 mpidr; /* affinity fields only */
	int core;  /* node of the tree whose threads its siblings are, or negative */
	u64 frame; /* of its Redistributor */
	u64 typer; /* its GICR_TYPER */
};

struct redistributor {
	u64 frame;
	u64 typer;
};

enum id { PFR0, PFR1, ZFR0, DFR0, ISAR0, ISAR1, MMFR0, MMFR1, MMFR2, IDS };

enum timer { TIMER_VIRTUAL, TIMER_PHYSICAL, TIMER_HYPERVISOR, TIMERS };

/* Raw values; 0 where the register is not there. */
struct registers {
	u64 midr, mpidr, ctr, cntfrq;
	u64 id[IDS]; /* ID_AA64<name>_EL1 */
	u64 ich_vtr;
	u32 gicd_typer, gicd_iidr;
	u64 gits_typer;
	u64 gits_baser[BASER_MAX];
};

struct machine {
	u64 level; /* exception level that the probe was entered at */
	struct ranges ram;
	u32 cpu_count;
	struct cpu cpu[CPU_MAX];
	struct range distributor, its; /* size 0: none */
	u32 region_count;
	struct range region[REGION_MAX]; /* of Redistributors */
	u64 stride;			 /* from Redistributor to Redistributor; 0: as they say */
	u32 redistributor_count;
	struct redistributor redistributor[CPU_MAX];
	u32 maintenance; /* INTIDs; 0: the tree does not say */
	u32 timer[TIMERS];
	u32 uart_count;
	struct range uart[UART_MAX]; /* [0] is the console */
	struct registers registers;
};

/* main.c, or a test: text for the board file, formatted as log_format does. Lines end in \n. */
void print(const char *format, ...);

/* A remark in the board file that keeps `probe --merge` from using it. */
#define PRINT_ERROR(format, ...) print("/* error: " format " */\n", __VA_ARGS__)

/* tree_node.c */
bool tree_says(const void *tree, int node, const char *property, const char *text);
bool tree_available(const void *tree, int node);
u32 tree_reg_count(const void *tree, int node);
/* Address as the CPU sees it and size of reg's entry; false when a bus on the way hides it. */
bool tree_reg(const void *tree, int node, u32 index, struct range *range);
/* The next available node behind `node` (-1: the first) of that kind; negative: none. */
int tree_next(const void *tree, int node, const char *compatible);
/* A property of one cell or two. */
u64 tree_number(const void *tree, int node, const char *property, u64 otherwise);

/* tree.c, tree_memory.c: `tree` has passed tree_fault. */
bool tree_console(const void *tree, struct range *uart);
bool tree_psci_by_hvc(const void *tree);
void tree_read(struct machine *machine, const void *tree);
void tree_memory(struct ranges *ram, const void *tree);

/* tree_memory.c: adds what is free after ExitBootServices. UEFI 2.10, section 7.2.3. */
void efi_memory(struct ranges *ram, const void *map, u64 size, u64 descriptor_size);

/* registers.c: this CPU's, then the frames that the tree named. */
void registers_read(struct machine *machine);

/* board.c */
void board_order_cpus(struct machine *machine);
void board_print(const struct machine *machine);

/* features.c */
void features_print(const struct registers *registers);

#endif
