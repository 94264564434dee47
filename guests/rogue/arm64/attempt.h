/*
 * Attempts on arm64: one instruction each.
 */
#ifndef GUESTS_ROGUE_ARM64_ATTEMPT_H
#define GUESTS_ROGUE_ARM64_ATTEMPT_H

#include "guests/lib/arm64/cpu.h"
#include "guests/rogue/rogue.h"

extern const struct attack attacks_register[], attacks_arm64_call[], attacks_arm64_memory[];

/* Ends what guest_survive began. */
enum outcome survived(void);

/* Executes one instruction with x0 and x1 as given and x2 = 0; result: x0. */
enum outcome execute(u32 instruction, u64 x0, u64 x1, u64 *result);

/*
 * arch_setup's stage 1: all RAM read, write and execute at EL1, devices below it. An alias of all RAM,
 * ALIAS_EL0 higher, belongs to EL0.
 */
#define ALIAS_EL0 0x40000000u
/* An instruction with a system register, DDI 0487 C4.1.66; the register is x0. */
#define SYSTEM(op0, op1, crn, crm, op2)                                                            \
	(0xd5000000u | (u32)(op0) << 19 | (u32)(op1) << 16 | (u32)(crn) << 12 | (u32)(crm) << 8 |  \
	 (u32)(op2) << 5)
#define READ_BIT 0x200000u
#define MSR(...) SYSTEM(__VA_ARGS__)
#define MRS(...) (SYSTEM(__VA_ARGS__) | READ_BIT)
#define HVC(imm) (0xd4000002u | (u32)(imm) << 5)
#define SMC(imm) (0xd4000003u | (u32)(imm) << 5)

#endif
