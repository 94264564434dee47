/*
 * System registers and instructions that are not offered, by encoding: DDI 0487 D17 and C5. For
 * each what the deployment's guest must see.
 */
#include "core/bits.h"
#include "guests/rogue/arm64/attempt.h"

struct probe {
	u32 instruction;
	u32 ignored; /* 1: no exception, reads give 0; else undefined */
};

static void run_probes(const struct probe *probes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct probe *probe = &probes[i];
		u64 value;
		enum outcome outcome = execute(probe->instruction, 0, 0, &value);

		settle("instruction", probe->instruction, outcome,
		       probe->ignored ? OUTCOME_NOTHING : OUTCOME_UNDEFINED);
		if (probe->ignored && (probe->instruction & READ_BIT))
			expect("value", value, value == 0);
	}
}

#define BOTH(...)                                                                                  \
	{MRS(__VA_ARGS__), 0},                                                                     \
	{                                                                                          \
		MSR(__VA_ARGS__), 0                                                                \
	}
#define BOTH_IGNORED(...)                                                                          \
	{MRS(__VA_ARGS__), 1},                                                                     \
	{                                                                                          \
		MSR(__VA_ARGS__), 1                                                                \
	}

#define PROBES(name, ...)                                                                          \
	static void name(void)                                                                     \
	{                                                                                          \
		static const struct probe probes[] = {__VA_ARGS__};                                \
                                                                                                   \
		run_probes(probes, ARRAY_SIZE(probes));                                            \
	}

PROBES(debug, BOTH(2, 0, 0, 1, 4),  /* DBGBVR1_EL1 */
       BOTH(2, 0, 0, 1, 5),	    /* DBGBCR1_EL1 */
       BOTH(2, 0, 0, 1, 6),	    /* DBGWVR1_EL1 */
       BOTH(2, 0, 0, 3, 2),	    /* OSDTRTX_EL1 */
       BOTH(2, 0, 0, 6, 2),	    /* OSECCR_EL1 */
       {MRS(2, 0, 1, 0, 0), 0},	    /* MDRAR_EL1 */
       {MRS(2, 0, 1, 1, 4), 0},	    /* OSLSR_EL1 */
       {MRS(2, 0, 7, 14, 6), 0},    /* DBGAUTHSTATUS_EL1 */
       {MRS(2, 3, 0, 1, 0), 0},	    /* MDCCSR_EL0 */
       BOTH(2, 3, 0, 4, 0),	    /* DBGDTR_EL0 */
       BOTH_IGNORED(2, 0, 0, 2, 2), /* MDSCR_EL1 */
       {MSR(2, 0, 1, 0, 4), 1},	    /* OSLAR_EL1 */
       BOTH_IGNORED(2, 0, 1, 3, 4), /* OSDLR_EL1 */
       BOTH_IGNORED(2, 0, 0, 0, 5)) /* DBGBCR0_EL1 */

PROBES(pmu, BOTH(3, 3, 9, 12, 0), /* PMCR_EL0 */
       BOTH(3, 3, 9, 12, 1),	  /* PMCNTENSET_EL0 */
       BOTH(3, 3, 9, 12, 3),	  /* PMOVSCLR_EL0 */
       BOTH(3, 3, 9, 13, 0),	  /* PMCCNTR_EL0 */
       BOTH(3, 3, 9, 14, 0),	  /* PMUSERENR_EL0 */
       BOTH(3, 0, 9, 14, 1),	  /* PMINTENSET_EL1 */
       BOTH(3, 3, 14, 8, 0),	  /* PMEVCNTR0_EL0 */
       BOTH(3, 3, 14, 15, 7),	  /* PMCCFILTR_EL0 */
       BOTH(3, 0, 9, 9, 0),	  /* PMSCR_EL1 */
       BOTH(3, 0, 9, 10, 0))	  /* PMBLIMITR_EL1 */

PROBES(cntp, BOTH(3, 3, 14, 2, 0), /* CNTP_TVAL_EL0 */
       BOTH(3, 3, 14, 2, 1),	   /* CNTP_CTL_EL0 */
       BOTH(3, 3, 14, 2, 2),	   /* CNTP_CVAL_EL0 */
       BOTH(3, 4, 14, 2, 1),	   /* CNTHP_CTL_EL2 */
       BOTH(3, 7, 14, 2, 1),	   /* CNTPS_CTL_EL1 */
       {MSR(3, 4, 14, 0, 3), 0})   /* CNTVOFF_EL2 */

PROBES(set_way, {MSR(1, 0, 7, 6, 2), 0}, /* DC ISW */
       {MSR(1, 0, 7, 10, 2), 0},	 /* DC CSW */
       {MSR(1, 0, 7, 14, 2), 0})	 /* DC CISW */

PROBES(features_probes, {0x04bf5020, 0}, /* RDVL x0, #1: SVE */
       {0x2518e3e0, 0},			 /* PTRUE p0.b */
       BOTH(3, 0, 1, 2, 0),		 /* ZCR_EL1 */
       {0xd503477f, 0},			 /* SMSTART: SME */
       BOTH(3, 3, 4, 2, 2),		 /* SVCR */
       {0xdac10020, 0},			 /* PACIA x0, x1: PAuth */
       {0xdac11020, 0},			 /* AUTIA x0, x1 */
       BOTH(3, 0, 2, 1, 0),		 /* APIAKeyLo_EL1 */
       BOTH(3, 0, 2, 3, 0),		 /* APGAKeyLo_EL1 */
       BOTH(3, 0, 1, 0, 5),		 /* RGSR_EL1: MTE */
       BOTH(3, 0, 1, 0, 6),		 /* GCR_EL1 */
       BOTH(3, 0, 5, 6, 0),		 /* TFSR_EL1 */
       {MSR(1, 0, 7, 6, 4), 0},		 /* DC IGSW */
       {0xf83fd002, 0},			 /* LD64B x2, [x0]: LS64 */
       BOTH(3, 0, 10, 4, 3),		 /* LORC_EL1 */
       BOTH(3, 0, 10, 5, 1),		 /* MPAM0_EL1 */
       BOTH(3, 3, 13, 2, 0),		 /* AMCR_EL0 */
       BOTH(3, 0, 5, 3, 0),		 /* ERRIDR_EL1 */
       BOTH(3, 0, 5, 3, 1),		 /* ERRSELR_EL1 */
       BOTH(2, 1, 0, 1, 0),		 /* TRCPRGCTLR */
       BOTH(3, 0, 1, 2, 1),		 /* TRFCR_EL1 */
       BOTH(3, 0, 2, 0, 3))		 /* TCR2_EL1 */

/* With all that a guest can do at EL1 to have them: CPACR_EL1, SCTLR_EL1.EnIA to EnDB. */
static void features(void)
{
	u64 sctlr = READ_REG(sctlr_el1);
	u64 cpacr = READ_REG(cpacr_el1);

	WRITE_REG(cpacr_el1, cpacr | BITS(17, 16) | BITS(25, 24));
	WRITE_REG(sctlr_el1, sctlr | BIT(31) | BIT(30) | BIT(27) | BIT(13));
	isb();
	features_probes();
	WRITE_REG(sctlr_el1, sctlr);
	WRITE_REG(cpacr_el1, cpacr);
	isb();
}

/* Undefined; or, where an emulator does not know HCR_EL2.TIDCP, a constant that nobody can change. */
static void impdef(void)
{
	static const u32 registers[] = {
		MSR(3, 1, 15, 0, 0), MSR(3, 1, 15, 2, 0),  MSR(3, 1, 15, 2, 1),
		MSR(3, 0, 15, 0, 0), MSR(3, 3, 15, 12, 0), MSR(3, 0, 11, 0, 0),
		MSR(3, 1, 11, 0, 2), MSR(3, 0, 1, 0, 1),   MSR(1, 0, 15, 0, 0),
	};

	for (size_t i = 0; i < ARRAY_SIZE(registers); i++) {
		u64 before, after;
		enum outcome outcome = execute(registers[i] | READ_BIT, 0, 0, &before);

		execute(registers[i], ~before, 0, NULL);
		settle("register", registers[i], execute(registers[i] | READ_BIT, 0, 0, &after),
		       outcome);
		expect("changed", registers[i], after == before);
	}
}

PROBES(hypervisor_registers, BOTH(3, 4, 1, 1, 0), /* HCR_EL2 */
       BOTH(3, 4, 2, 1, 0),			  /* VTTBR_EL2 */
       BOTH(3, 4, 12, 0, 0),			  /* VBAR_EL2 */
       BOTH(3, 4, 4, 0, 1),			  /* ELR_EL2 */
       BOTH(3, 4, 12, 11, 0),			  /* ICH_HCR_EL2 */
       BOTH(3, 4, 12, 12, 0),			  /* ICH_LR0_EL2 */
       BOTH(3, 5, 1, 0, 0),			  /* SCTLR_EL12 */
       BOTH(3, 6, 1, 1, 0),			  /* SCR_EL3 */
       {MSR(1, 4, 8, 7, 4), 0},			  /* TLBI ALLE1 */
       {MSR(1, 4, 8, 4, 1), 0},			  /* TLBI IPAS2E1 */
       {MSR(1, 4, 7, 8, 4), 0})			  /* AT S12E1R */

PROBES(sgi, {MSR(3, 0, 12, 11, 5), 0}, /* ICC_SGI1R_EL1 */
       {MSR(3, 0, 12, 11, 6), 0},      /* ICC_ASGI1R_EL1 */
       {MSR(3, 0, 12, 11, 7), 0})      /* ICC_SGI0R_EL1 */

struct absent {
	u32 crm, op2;
	u64 mask;
};

/* What sysreg.def promises to hide. */
static const struct absent absent[] = {
	{4, 0, BITS(15, 8) | BITS(47, 28)},		   /* PFR0: EL2, EL3, RAS, SVE to AMU */
	{4, 1, BITS(43, 8)},				   /* PFR1: MTE, RAS, MPAM, SME, ... */
	{4, 4, ~(u64)0},				   /* ZFR0 */
	{4, 5, ~(u64)0},				   /* SMFR0 */
	{5, 0, BITS(11, 4) | BITS(43, 32)},		   /* DFR0: trace, PMU, SPE, TraceFilt */
	{6, 0, BITS(27, 24)},				   /* ISAR0: TME */
	{6, 1, BITS(11, 4) | BITS(31, 24) | BITS(63, 60)}, /* ISAR1: PAuth, LS64 */
	{6, 2, BITS(15, 8) | BITS(31, 28)},		   /* ISAR2: PAuth */
	{7, 0, BITS(63, 56)},				   /* MMFR0: ECV, FGT */
	{7, 1, BITS(11, 8) | BITS(19, 16) | BITS(43, 40)}, /* MMFR1: VH, LO, HCX */
	{7, 2, BITS(27, 24)},				   /* MMFR2: NV */
	{1, 0, ~(u64)0},				   /* ID_PFR0_EL1: AArch32 */
};

static void ids(void)
{
	u64 value;

	for (u32 crm = 0; crm < 8; crm++)
		for (u32 op2 = 0; op2 < 8; op2++) {
			enum outcome outcome = execute(MRS(3, 0, 0, crm, op2), 0, 0, &value);
			bool named = crm || op2 == 0 || op2 == 5 || op2 == 6;

			/* FEAT_IDST: what is not allocated may be another exception. */
			settle("identification", crm << 4 | op2, outcome,
			       named ? OUTCOME_NOTHING : outcome);
			expect("allocated", crm << 4 | op2, named || outcome != OUTCOME_NOTHING);
		}
	for (size_t i = 0; i < ARRAY_SIZE(absent); i++) {
		execute(MRS(3, 0, 0, absent[i].crm, absent[i].op2), 0, 0, &value);
		expect("offered", absent[i].crm << 4 | absent[i].op2, !(value & absent[i].mask));
	}
	execute(MRS(3, 0, 0, 4, 0), 0, 0, &value);
	expect("AArch32 at EL0 or EL1", value, (value & 0xff) == 0x11);
	execute(MRS(3, 0, 0, 0, 5), 0, 0, &value);
	expect("MPIDR_EL1", value, value == BIT(31));
}

const struct attack attacks_register[] = {
	{.name = "debug", .run = debug},
	{.name = "pmu", .run = pmu},
	{.name = "cntp", .run = cntp},
	{.name = "impdef", .run = impdef},
	{.name = "set-way", .run = set_way},
	{.name = "features", .run = features},
	{.name = "hypervisor-registers", .run = hypervisor_registers},
	{.name = "sgi", .run = sgi},
	{.name = "ids", .run = ids},
	{0},
};
