/*
 * Memory that is mapped, but not for that; what the CPU fetches by itself; accesses to a window that no
 * syndrome describes. And EL0, where a guest's own kernel would be in between.
 */
#include "core/bits.h"
#include "guests/lib/guest.h"
#include "guests/rogue/arm64/attempt.h"

#define GITS_TYPER_OFFSET 0x8 /* in the control frame, 64 KiB before GITS_TRANSLATER's */
#define GITS_FRAME_SIZE 0x10000u

#define SPSR_EL0T 0x3c0u /* DAIF */
#define SPSR_A32 0x1d0u	 /* User mode, AIF */
#define PFR0_EL0 BITS(3, 0)
#define PFR0_EL0_AARCH32 2u
#define ATTEMPTS_64 14u
#define ATTEMPTS_32 10u

/*
 * EL0, AArch64 and AArch32, with vectors of its own: SVC ends it, whatever else comes up is counted
 * and skipped; interrupts stay masked. el0_run(code, SPSR, argument in x2 at EL0).
 */
__asm__("\t.macro vector target\n"
	"\t.balign 128\n"
	"\tb \\target\n"
	"\t.endm\n"
	"\t.text\n"
	"\t.balign 2048\n"
	"el0_vectors:\n"
	"\t.rept 8\n"
	"\tvector .\n"
	"\t.endr\n"
	"\tvector el0_trap\n"
	"\t.rept 3\n"
	"\tvector .\n"
	"\t.endr\n"
	"\tvector el0_trap\n"
	"\t.rept 3\n"
	"\tvector .\n"
	"\t.endr\n"
	/* EL0 keeps its registers but x0 and x1. */
	"\t.balign 64\n"
	"el0_trap:\n"
	"\tmrs x0, esr_el1\n"
	"\tlsr x0, x0, #26\n"
	"\tcmp x0, #0x11\n"
	"\tb.eq el0_leave\n"
	"\tcmp x0, #0x15\n"
	"\tb.eq el0_leave\n"
	"\tadrp x1, el0_counts\n"
	"\tadd x1, x1, :lo12:el0_counts\n"
	"\tcmp x0, #0\n"
	"\tb.eq 1f\n"
	"\tadd x1, x1, #4\n"
	"\t1: ldr w0, [x1]\n"
	"\tadd w0, w0, #1\n"
	"\tstr w0, [x1]\n"
	"\tmrs x0, elr_el1\n"
	"\tadd x0, x0, #4\n"
	"\tmsr elr_el1, x0\n"
	"\teret\n"
	/* void el0_run(u64 code, u64 spsr, u64 argument in x2 at EL0) */
	"\t.global el0_run\n"
	"el0_run:\n"
	"\tstp x29, x30, [sp, #-112]!\n"
	"\tstp x19, x20, [sp, #16]\n"
	"\tstp x21, x22, [sp, #32]\n"
	"\tstp x23, x24, [sp, #48]\n"
	"\tstp x25, x26, [sp, #64]\n"
	"\tstp x27, x28, [sp, #80]\n"
	"\tmrs x3, vbar_el1\n"
	"\tmrs x4, daif\n"
	"\tstp x3, x4, [sp, #96]\n"
	"\tmsr daifset, #15\n"
	"\tadrp x3, el0_vectors\n"
	"\tadd x3, x3, :lo12:el0_vectors\n"
	"\tmsr vbar_el1, x3\n"
	"\tmsr elr_el1, x0\n"
	"\tmsr spsr_el1, x1\n"
	"\tisb\n"
	"\teret\n"
	"el0_leave:\n"
	"\tldp x3, x4, [sp, #96]\n"
	"\tmsr vbar_el1, x3\n"
	"\tmsr daif, x4\n"
	"\tisb\n"
	"\tldp x27, x28, [sp, #80]\n"
	"\tldp x25, x26, [sp, #64]\n"
	"\tldp x23, x24, [sp, #48]\n"
	"\tldp x21, x22, [sp, #32]\n"
	"\tldp x19, x20, [sp, #16]\n"
	"\tldp x29, x30, [sp], #112\n"
	"\tret\n"
	/* 14 attempts, each undefined at EL1. */
	"\t.balign 64\n"
	"\t.global el0_code64\n"
	"el0_code64:\n"
	"\thvc #0\n"
	"\thvc #3\n"
	"\tsmc #0\n"
	"\tmrs x5, vbar_el1\n"
	"\tmsr ttbr0_el1, x5\n"
	"\tmrs x5, s3_4_c1_c1_0\n"  /* HCR_EL2 */
	"\tmrs x5, s3_0_c0_c4_0\n"  /* ID_AA64PFR0_EL1 */
	"\tmrs x5, s2_0_c0_c1_4\n"  /* DBGBVR1_EL1 */
	"\tmrs x5, s3_3_c9_c12_0\n" /* PMCR_EL0 */
	"\tmsr s3_3_c14_c2_1, x5\n" /* CNTP_CTL_EL0 */
	"\tmrs x5, s3_1_c15_c0_0\n"
	"\tmsr s3_0_c12_c11_5, x5\n"  /* ICC_SGI1R_EL1 */
	"\tsys #0, c7, c14, #2, x5\n" /* DC CISW */
	"\tsys #0, c8, c7, #0\n"      /* TLBI VMALLE1 */
	"\tsvc #0\n"
	"\t.balign 64\n"
	"\t.global el0_peer\n"
	"el0_peer:\n"
	"\tstr x2, [x2]\n"
	"\tsvc #0\n"
	/* A32, by encoding: 10 attempts. */
	"\t.balign 64\n"
	"\t.global el0_code32\n"
	"el0_code32:\n"
	"\t.inst 0xe1400070\n" /* HVC #0 */
	"\t.inst 0xe1600070\n" /* SMC #0 */
	"\t.inst 0xee105f10\n" /* MRC p15, 0, r5, c0, c0, 0: MIDR */
	"\t.inst 0xee115f10\n" /* MRC p15, 0, r5, c1, c0, 0: SCTLR */
	"\t.inst 0xee195f1c\n" /* MRC p15, 0, r5, c9, c12, 0: PMCR */
	"\t.inst 0xee0e5f32\n" /* MCR p15, 0, r5, c14, c2, 1: CNTP_CTL */
	"\t.inst 0xee075f5e\n" /* MCR p15, 0, r5, c7, c14, 2: DCCISW */
	"\t.inst 0xee105e10\n" /* MRC p14, 0, r5, c0, c0, 0: DBGDIDR */
	"\t.inst 0xec565f0c\n" /* MRRC p15, 0, r5, r6, c12: ICC_SGI1R */
	"\t.inst 0xeef85a10\n" /* VMRS r5, FPEXC */
	"\t.inst 0xef000000\n" /* SVC #0 */);

void el0_run(u64 code, u64 spsr, u64 argument);

extern u8 el0_code64[], el0_code32[], el0_peer[];
extern volatile u32 el0_counts[2];
volatile u32 el0_counts[2]; /* undefined, other exceptions */

static void load(u64 address)
{
	__asm__ volatile("ldr xzr, [%0]\n\tdsb sy" : : "r"(address) : "memory");
}

static void store(u64 address)
{
	__asm__ volatile("str %0, [%0]\n\tdsb sy" : : "r"(address) : "memory");
}

static void gic_frame(void)
{
	load(guest_plan.doorbell_frame - GITS_FRAME_SIZE + GITS_TYPER_OFFSET);
}

static void translater_read(void)
{
	__asm__ volatile("ldr wzr, [%0]"
			 :
			 : "r"(guest_plan.doorbell_frame + ABI_TRANSLATER_OFFSET));
}

/* Stage 1 walks by an address that is not ours. */
static void walk_peer(void)
{
	__asm__ volatile("msr ttbr0_el1, %0\n\tisb\n\ttlbi vmalle1\n\tdsb ish\n\tisb"
			 :
			 : "r"(targets.peer)
			 : "memory");
}

/* What is injected goes to where VBAR_EL1 says. */
static void vectors_peer(void)
{
	WRITE_REG(vbar_el1, targets.peer);
	isb();
	__asm__ volatile("smc #0");
}

/* Code that the other side of the link may write. */
static void exec_region(void)
{
	volatile u32 *code = (volatile u32 *)guest_plan.links[0].buffers;

	code[0] = 0xd65f03c0; /* RET */
	__asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb\n\tblr %0"
			 :
			 : "r"(code)
			 : "x30", "memory");
}

/* A store that the ITS does not know. Emulators differ: it has no effect, or aborts at EL1. */
static void translater_64bit(void)
{
	enum outcome outcome;

	if (!guest_plan.doorbell_frame)
		return;
	guest_survive();
	store(guest_plan.doorbell_frame + ABI_TRANSLATER_OFFSET);
	outcome = survived();
	settle("64-bit store", 0, outcome, outcome == OUTCOME_OTHER ? outcome : OUTCOME_NOTHING);
}

static void run_el0(const u8 *code, u64 spsr, u64 argument)
{
	el0_counts[0] = 0;
	el0_counts[1] = 0;
	el0_run((u64)code + ALIAS_EL0, spsr, argument);
}

static void settle_el0(void)
{
	for (u32 i = 0; i < el0_counts[0]; i++)
		settle("EL0", i, OUTCOME_UNDEFINED, OUTCOME_UNDEFINED);
	for (u32 i = 0; i < el0_counts[1]; i++)
		settle("EL0", i, OUTCOME_OTHER, OUTCOME_OTHER);
}

static void el0(void)
{
	run_el0(el0_code64, SPSR_EL0T, 0);
	settle_el0();
	expect("attempts at EL0", el0_counts[0], el0_counts[0] + el0_counts[1] == ATTEMPTS_64);
}

static void el0_32(void)
{
	run_el0(el0_code32, SPSR_A32, 0);
	settle_el0();
	expect("attempts in A32", el0_counts[0], el0_counts[0] + el0_counts[1] == ATTEMPTS_32);
}

static void el0_writes_peer(void)
{
	run_el0(el0_peer, SPSR_EL0T, targets.peer + ALIAS_EL0);
}

/* A register that traps with lazy and trap. */
static u64 trapped_register(void)
{
	return guest_plan.links[0].window + ABI_VIRTIO_STATUS;
}

static void window_pair(void)
{
	__asm__ volatile("stp xzr, xzr, [%0]" : : "r"(trapped_register()) : "memory");
}

static void window_writeback(void)
{
	u64 address = trapped_register();

	__asm__ volatile("str wzr, [%0], #4" : "+r"(address) : : "memory");
}

static void window_exclusive(void)
{
	__asm__ volatile("ldxr w9, [%0]" : : "r"(trapped_register()) : "x9", "memory");
}

static void window_zero(void)
{
	__asm__ volatile("dc zva, %0" : : "r"(trapped_register()) : "memory");
}

static void window_fetch(void)
{
	__asm__ volatile("blr %0" : : "r"(trapped_register()) : "x30", "memory");
}

const struct attack attacks_arm64_memory[] = {
	{.name = "gic-frame", .run = gic_frame, .fatal = true},
	{.name = "translater-read", .run = translater_read, .fatal = true},
	{.name = "walk-peer", .run = walk_peer, .fatal = true},
	{.name = "vectors-peer", .run = vectors_peer, .fatal = true},
	{.name = "exec-region", .run = exec_region, .fatal = true},
	{.name = "translater-64bit", .run = translater_64bit},
	{.name = "el0-access", .run = el0},
	{.name = "el0-a32", .run = el0_32},
	{.name = "el0-peer", .run = el0_writes_peer, .fatal = true},
	{.name = "window-pair", .run = window_pair, .fatal = true},
	{.name = "window-writeback", .run = window_writeback, .fatal = true},
	{.name = "window-exclusive", .run = window_exclusive, .fatal = true},
	{.name = "window-zero", .run = window_zero, .fatal = true},
	{.name = "window-fetch", .run = window_fetch, .fatal = true},
	{0},
};
