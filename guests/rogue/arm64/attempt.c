/*
 * How one attempt is made: by an instruction that is written to memory, executed, and survived.
 */
#include "guests/rogue/arm64/attempt.h"
#include "guests/lib/guest.h"

#define RET 0xd65f03c0u
#define SCTLR_WXN BIT(19)
#define BLOCK_1G ((u64)1 | BIT(10)) /* AF */
#define BLOCK_MEMORY ((u64)1 << 2 | (u64)3 << 8)
#define BLOCK_EL0 BIT(6)
#define BLOCK_PXN BIT(53)
#define BLOCK_UXN BIT(54)

const struct attack *const arch_attacks[] = {attacks_register, attacks_arm64_call,
					     attacks_arm64_memory, NULL};

static u64 root[512] __attribute__((aligned(4096)));
static u32 stub[2] __attribute__((aligned(64)));

void arch_setup(void)
{
	root[0] = BLOCK_1G | BLOCK_PXN | BLOCK_UXN;
	root[1] = 0x40000000 | BLOCK_1G | BLOCK_MEMORY | BLOCK_UXN;
	/* What EL0 may write, EL1 may not execute (DDI 0487 D8.4.2): so an alias. */
	root[2] = 0x40000000 | BLOCK_1G | BLOCK_MEMORY | BLOCK_EL0 | BLOCK_PXN;
	dsb_sy();
	__asm__ volatile("msr sctlr_el1, %0\n\tmsr ttbr0_el1, %1\n\tisb\n\t"
			 "tlbi vmalle1\n\tdsb ish\n\tisb"
			 :
			 : "r"(READ_REG(sctlr_el1) & ~SCTLR_WXN), "r"(root)
			 : "memory");
}

enum outcome survived(void)
{
	u64 syndrome;

	if (!guest_survived(&syndrome))
		return OUTCOME_NOTHING;
	return GET(BITS(31, 26), syndrome) == 0 ? OUTCOME_UNDEFINED : OUTCOME_OTHER;
}

static void write_stub(u32 instruction)
{
	stub[0] = instruction;
	stub[1] = RET;
	__asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb"
			 :
			 : "r"(stub)
			 : "memory");
}

/* In a function of its own: a call in between would spoil the registers. */
static u64 call_stub(u64 x0, u64 x1)
{
	register u64 r0 __asm__("x0") = x0;
	register u64 r1 __asm__("x1") = x1;
	register u64 r2 __asm__("x2") = 0;
	register u32 *code __asm__("x9") = stub;

	__asm__ volatile("blr %3"
			 : "+r"(r0), "+r"(r1), "+r"(r2)
			 : "r"(code)
			 : "x3", "x4", "x5", "x6", "x7", "x8", "x10", "x11", "x12", "x13", "x14",
			   "x15", "x16", "x17", "x18", "x30", "cc", "memory");
	return r0;
}

enum outcome execute(u32 instruction, u64 x0, u64 x1, u64 *result)
{
	u64 value;

	write_stub(instruction);
	guest_survive();
	value = call_stub(x0, x1);
	if (result)
		*result = value;
	return survived();
}

void arch_access(u64 address, u64 value)
{
	static const u32 instructions[] = {
		0x39000001, 0x79000001, 0xb9000001,
		0xf9000001, /* STRB STRH STR(w) STR(x) x1, [x0] */
		0x39400000, 0x79400000, 0xb9400000,
		0xf9400000,			    /* LDRB LDRH LDR(w) LDR(x) x0, [x0] */
		0x39800000, 0x79800000, 0xb9800000, /* LDRSB LDRSH LDRSW x0, [x0] */
	};

	execute(instructions[random_next() % ARRAY_SIZE(instructions)], address, value, NULL);
}
