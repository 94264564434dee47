/*
 * Instructions and system registers that a guest has no business with. Each must be refused (UNDEF)
 * or do nothing that anybody else could notice.
 */
#include <stdio.h>

#include "guests/lib/arm64/cpu.h"
#include "guests/rogue/rogue.h"

/* One instruction, by itself: whether it faults is told. */
#define TRY(what, instruction)                                                                     \
	do {                                                                                       \
		u64 value_ = 0, syndrome_;                                                         \
		u32 faults_;                                                                       \
		guest_survive();                                                                   \
		__asm__ volatile(instruction : "+r"(value_) : : "memory");                         \
		faults_ = guest_survived(&syndrome_);                                              \
		tell(what, 1, faults_, syndrome_);                                                 \
		printf("%s: value 0x%lx\n", what, (unsigned long)value_);                          \
	} while (0)

void attack_smc(const struct target *target)
{
	register u64 x0 __asm__("x0") = PSCI_SYSTEM_OFF;
	u64 syndrome;
	u32 faults;

	(void)target;
	guest_survive();
	__asm__ volatile("smc #0" : "+r"(x0) : : "x1", "x2", "x3", "memory");
	faults = guest_survived(&syndrome);
	tell("smc SYSTEM_OFF", 1, faults, syndrome);
}

void attack_set_way(const struct target *target)
{
	(void)target;
	TRY("dc isw", "dc isw, %0");
	TRY("dc csw", "dc csw, %0");
	TRY("dc cisw", "dc cisw, %0");
}

void attack_debug(const struct target *target)
{
	(void)target;
	TRY("oslar_el1", "msr oslar_el1, %0");
	TRY("osdlr_el1", "msr osdlr_el1, %0");
	TRY("dbgbvr0_el1", "msr dbgbvr0_el1, %0");
	TRY("dbgbcr0_el1", "msr dbgbcr0_el1, %0");
	TRY("dbgwvr0_el1", "msr dbgwvr0_el1, %0");
	TRY("dbgwcr0_el1", "msr dbgwcr0_el1, %0");
	TRY("mdscr_el1", "msr mdscr_el1, %0");
	TRY("dbgbcr0_el1 read", "mrs %0, dbgbcr0_el1");
}

void attack_pmu(const struct target *target)
{
	(void)target;
	TRY("pmcr_el0", "msr pmcr_el0, %0");
	TRY("pmccfiltr_el0", "msr pmccfiltr_el0, %0");
	TRY("pmcntenset_el0", "msr pmcntenset_el0, %0");
	TRY("pmintenset_el1", "msr pmintenset_el1, %0");
	TRY("pmccntr_el0 read", "mrs %0, pmccntr_el0");
	TRY("pmuserenr_el0", "msr pmuserenr_el0, %0");
}

void attack_physical_timer(const struct target *target)
{
	(void)target;
	TRY("cntp_ctl_el0", "msr cntp_ctl_el0, %0");
	TRY("cntp_cval_el0", "msr cntp_cval_el0, %0");
	TRY("cntp_tval_el0", "msr cntp_tval_el0, %0");
	TRY("cntp_ctl_el0 read", "mrs %0, cntp_ctl_el0");
	TRY("cntpct_el0 read", "mrs %0, cntpct_el0");
}

void attack_implementation_defined(const struct target *target)
{
	(void)target;
	TRY("s3_1_c15_c2_0", "msr s3_1_c15_c2_0, %0");
	TRY("s3_0_c15_c0_0 read", "mrs %0, s3_0_c15_c0_0");
	TRY("s3_1_c11_c0_2 read", "mrs %0, s3_1_c11_c0_2");
	TRY("sys #1, c15", "sys #1, c15, c0, #0, %0");
}

/* Every SGI to every CPU: ICC_SGI1R_EL1 with IRM, then Group 0. */
void attack_sgi(const struct target *target)
{
	(void)target;
	for (u64 sgi = 0; sgi < 16; sgi++) {
		u64 value = sgi << 24 | BIT(40);
		u64 syndrome;
		u32 faults;

		guest_survive();
		__asm__ volatile("msr s3_0_c12_c11_5, %0\n\tisb" : : "r"(value) : "memory");
		__asm__ volatile("msr s3_0_c12_c11_6, %0\n\tisb" : : "r"(value) : "memory");
		__asm__ volatile("msr s3_0_c12_c11_7, %0\n\tisb" : : "r"(value) : "memory");
		faults = guest_survived(&syndrome);
		tell("sgi", 3, faults, syndrome);
	}
}

/* With everything masked: nobody may have to wait for this CPU. */
void attack_hang(const struct target *target)
{
	u64 seconds = target->count ? target->count : 2;
	u64 end = guest_ticks() + seconds * guest_ticks_per_second();

	__asm__ volatile("msr daifset, #15" : : : "memory");
	WRITE_REG(S3_0_C4_C6_0, 0);
	while (guest_ticks() < end)
		;
	WRITE_REG(S3_0_C4_C6_0, 0xf0);
	__asm__ volatile("msr daifclr, #2" : : : "memory");
}
