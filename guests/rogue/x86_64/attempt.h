/*
 * Attempts on x86_64: code that runs with registers, segments and paging of the attacker's choice, until
 * it returns or an exception ends it. Whatever that did to the stack does not matter.
 */
#ifndef GUESTS_ROGUE_X86_64_ATTEMPT_H
#define GUESTS_ROGUE_X86_64_ATTEMPT_H

/* Offsets of struct attempt, and vectors, for attempt.S, too. */
#define ATTEMPT_REGISTERS 0
#define ATTEMPT_RSP 32
#define ATTEMPT_CODE 128
#define ATTEMPT_FLAGS 136
#define ATTEMPT_CS 144
#define ATTEMPT_SS 152
#define ATTEMPT_CR3 160
#define ATTEMPT_VECTOR 168
#define ATTEMPT_ERROR 176
#define ATTEMPT_ADDRESS 184
#define ATTEMPT_RIP 192

#define VECTOR_NONE 256 /* it returned */

#ifndef __ASSEMBLER__

#include "guests/lib/x86_64/cpu.h"
#include "guests/rogue/rogue.h"

extern const struct attack attacks_gate[], attacks_gate_end[], attacks_apic[], attacks_control[];
extern const struct attack attacks_io[], attacks_place[];

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI };
enum { DB = 1, BP = 3, UD = 6, NM = 7, TS = 10, NP = 11, SS = 12, GP = 13, PF = 14, AC = 17 };

struct attempt {
	u64 r[16]; /* as instructions number them; afterwards RAX, RCX, RDX, RBX as they were left */
	u64 code;  /* linear address */
	u64 flags;
	u64 cs, ss; /* selectors */
	u64 cr3;
	/* What came of it. */
	u64 vector, error, address, rip;
};

_Static_assert(offsetof(struct attempt, code) == ATTEMPT_CODE, "attempt.code");
_Static_assert(offsetof(struct attempt, cr3) == ATTEMPT_CR3, "attempt.cr3");
_Static_assert(offsetof(struct attempt, rip) == ATTEMPT_RIP, "attempt.rip");

/* 64-bit mode, CPL 0, interrupts masked, a stack on which only return addresses are; registers 0. */
struct attempt attempt_at(u64 code);

/* Makes it, with an IDT that survives every exception. Returns its vector. */
u64 attempt_make(struct attempt *attempt);

/* Bytes that are executed, then a return. */
struct attempt attempt_of(const u8 *bytes, size_t count);
#define ATTEMPT(...)                                                                               \
	({                                                                                         \
		static const u8 bytes_[] = {__VA_ARGS__};                                          \
		attempt_of(bytes_, sizeof(bytes_));                                                \
	})

/* Makes it and counts it, whatever it does. */
u64 attempt_count(struct attempt *attempt);

/* Makes it, counts it, and says whether it ended by this vector. */
void attempt_settle(const char *what, u64 value, struct attempt *attempt, u64 vector);

/* arch_setup's map: 512 GiB to themselves, all rights, user's too. The last level is in pages of 1 GiB. */
extern u64 everything[512];
/* The page directory of this 1 GiB, from now on in pages of 2 MiB. */
u64 *everything_split(u32 gigabyte);

/* Our GDT: these selectors, which attempts may use. The entry `free` is the attacker's. */
#define SELECTOR_CODE32 0x30 /* base 0 */
#define SELECTOR_USER_CODE 0x3b
#define SELECTOR_USER_DATA 0x43
#define SELECTOR_FREE 0x48
void attempt_descriptor(u64 descriptor); /* of SELECTOR_FREE */

struct table_register {
	u16 limit;
	u64 base;
} __attribute__((packed));

#endif
#endif
