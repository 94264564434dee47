/*
 * What the files of this architecture share.
 */
#ifndef X86_64_ARCH_TYPES_H
#define X86_64_ARCH_TYPES_H

#include "core/types.h"
#include "core/upcall.h"

/* Registers by the number that instructions and exit qualifications have for them. */
enum gpr { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, GPR_COUNT = 16 };

/* A guest's general registers as entry.S saved them; r[RSP] means nothing, it is in the VMCS. */
struct frame {
	u64 r[GPR_COUNT];
	u64 length; /* of an instruction that was decoded */
};

/* Selectors of every CPU's GDT. */
#define SELECTOR_CODE 8u
#define SELECTOR_DATA 16u
#define SELECTOR_TSS 24u

/*
 * One CPU's descriptor tables. Exceptions that may come at any time (#DF, NMI, #MC) take a stack of
 * their own, IST 1.
 */
struct cpu_tables {
	u64 gdt[5];
	u32 tss[26]; /* volume 3, figure 8-11 */
};
extern struct cpu_tables cpu_tables[];
extern u64 idt[];

/* tables.c: multiboot.S and ap.S, boot map, before anything else in C. Loads GDT, IDT and TR. */
void tables_load(u32 cpu);

/* Where IST 1 begins, from the bottom of a private area: its lowest page is a guard. */
#define IST_STACK 0x2000u
static inline void tables_set_ist(u32 cpu, u64 stack)
{
	u32 *ist1 = &cpu_tables[cpu].tss[9]; /* offset 36 */

	ist1[0] = (u32)stack;
	ist1[1] = (u32)(stack >> 32);
}

/*
 * cpu.c: entries that were taken away. Each exit, and before a guest is entered first: this CPU forgets
 * what it keeps of them.
 */
void cpu_forget_stale(void);

/* Does a CPU of this CPU's guest still have to? It was kicked, so it will soon. */
bool cpu_guest_stale(void);

/* cpuid.c */
enum exit cpuid_exit(struct frame *frame);

/* msr.c: RDMSR, WRMSR of what the plan's bitmap does not let through. */
enum exit msr_read(struct frame *frame);
enum exit msr_write(struct frame *frame);

#endif
