/*
 * Control registers: what a guest's CPU can do and what traps. Every register is written in full,
 * from DDI 0487 D17; nothing is left as reset or firmware made it. And the way into the guest.
 */
#include "core/cpu.h"
#include "arch/arm64/gic.h"
#include "arch/arm64/regs.h"
#include "arch/arm64/vgic.h"
#include "core/arch.h"
#include "core/plan.h"

_Noreturn void guest_enter(u64 x0, u64 x1);
_Noreturn void run_map_on(u64 stage1, u32 cpu);

/*
 * Trapped: identification (TID1, TID3), SMC, implementation-defined registers (TIDCP, TACR),
 * set/way maintenance (TSW), LORegions, error records. PAuth, MTE and what later versions added
 * trap with their bits at 0. WFI and WFE do not trap. Physical interrupts come to EL2.
 */
#define HCR_VALUE                                                                                  \
	(HCR_VM | HCR_SWIO | HCR_PTW | HCR_FMO | HCR_IMO | HCR_AMO | HCR_TID1 | HCR_TID3 |         \
	 HCR_TSC | HCR_TIDCP | HCR_TACR | HCR_TSW | HCR_RW)

#define VTCR_VALUE                                                                                 \
	(VTCR_RES1 | TCR_T0SZ_39 | VTCR_SL0_1 | TCR_IRGN0_WB | TCR_ORGN0_WB | TCR_SH0_INNER |      \
	 TCR_PS_40)

static bool has(u64 id, u64 field)
{
	return GET(field, id) != 0 && GET(field, id) != 0xf;
}

static u64 hcr_value(void)
{
	u64 value = HCR_VALUE;

	if (has(READ_REG(id_aa64pfr0_el1), PFR0_RAS))
		value |= HCR_TERR;
	if (has(READ_REG(id_aa64mmfr1_el1), MMFR1_LO))
		value |= HCR_TLOR;
	if (has(READ_REG(id_aa64pfr1_el1), PFR1_MTE))
		value |= HCR_TID5;
	return value;
}

/* Debug registers, the OS lock, performance monitors, statistical profiling and trace trap. */
static u64 mdcr_value(void)
{
	u64 dfr0 = READ_REG(id_aa64dfr0_el1);
	u64 value = MDCR_TDA | MDCR_TDOSA | MDCR_TDRA;

	if (has(dfr0, DFR0_PMUVER))
		value |= MDCR_TPM | MDCR_TPMCR | PUT(MDCR_HPMN, GET(PMCR_N, READ_REG(pmcr_el0)));
	if (has(dfr0, DFR0_PMUVER) && GET(DFR0_PMUVER, dfr0) >= 4)
		value |= MDCR_HPMD;
	if (has(dfr0, DFR0_PMSVER))
		value |= MDCR_TPMS;
	if (has(dfr0, DFR0_TRACEFILT))
		value |= MDCR_TTRF;
	if (has(READ_REG(id_aa64mmfr0_el1), MMFR0_FGT))
		value |= MDCR_TDCC;
	return value;
}

static u64 cptr_value(void)
{
	u64 value = CPTR_RES1 | CPTR_TZ | CPTR_TSM | CPTR_TTA;

	if (has(READ_REG(id_aa64pfr0_el1), PFR0_AMU))
		value |= CPTR_TAM;
	return value;
}

/* Positive traps off, those of newer features (nXX = 0) on. */
static void write_fine_grained_traps(void)
{
	u64 mmfr0 = READ_REG(id_aa64mmfr0_el1);

	if (!has(mmfr0, MMFR0_FGT))
		return;
	CLEAR_REGS(HFGRTR_EL2, HFGWTR_EL2, HFGITR_EL2, HDFGRTR_EL2, HDFGWTR_EL2);
	if (has(READ_REG(id_aa64pfr0_el1), PFR0_AMU))
		WRITE_REG(HAFGRTR_EL2, 0);
	if (GET(MMFR0_FGT, mmfr0) >= 2)
		CLEAR_REGS(HFGRTR2_EL2, HFGWTR2_EL2, HFGITR2_EL2, HDFGRTR2_EL2, HDFGWTR2_EL2);
}

/* A guest must not choose whose share of caches and bandwidth it uses. */
static void write_mpam_traps(void)
{
	if (!has(READ_REG(id_aa64pfr0_el1), PFR0_MPAM) &&
	    !has(READ_REG(id_aa64pfr1_el1), PFR1_MPAM_FRAC))
		return;
	WRITE_REG(MPAM2_EL2, MPAM2_TRAP);
	if (READ_REG(MPAMIDR_EL1) & MPAMIDR_HAS_HCR)
		WRITE_REG(MPAMHCR_EL2, MPAMHCR_TRAP_MPAMIDR);
}

static void write_traps(void)
{
	WRITE_REG(hcr_el2, hcr_value());
	WRITE_REG(mdcr_el2, mdcr_value());
	WRITE_REG(cptr_el2, cptr_value());
	/* The virtual timer and the counters are the guest's, the physical timer is not. */
	WRITE_REG(cnthctl_el2, CNTHCTL_EL1PCTEN);
	CLEAR_REGS(hstr_el2, hacr_el2, cnthp_ctl_el2, cntvoff_el2);
	if (has(READ_REG(id_aa64mmfr1_el1), MMFR1_HCX))
		WRITE_REG(HCRX_EL2, 0);
	write_fine_grained_traps();
	write_mpam_traps();
}

/* What EL1 finds: as after a reset, nothing of firmware's or of an earlier life's. */
static void write_el1_state(void)
{
	WRITE_REG(sctlr_el1, SCTLR_EL1_RES1);
	CLEAR_REGS(cpacr_el1, tcr_el1, ttbr0_el1, ttbr1_el1, mair_el1, amair_el1, vbar_el1,
		   contextidr_el1, tpidr_el0, tpidrro_el0, tpidr_el1, sp_el0, sp_el1, elr_el1,
		   spsr_el1, esr_el1, far_el1, afsr0_el1, afsr1_el1, par_el1, csselr_el1, mdscr_el1,
		   cntkctl_el1, cntv_ctl_el0, cntv_cval_el0, cntp_ctl_el0, cntp_cval_el0);
	if (has(READ_REG(id_aa64pfr1_el1), PFR1_SME))
		WRITE_REG(TPIDR2_EL0, 0);
}

void arch_cpu_init(u32 index)
{
	const struct plan_guest *guest = &plan_guests[plan_cpus[index].guest];

	write_traps();
	WRITE_REG(vpidr_el2, READ_REG(midr_el1));
	WRITE_REG(vmpidr_el2, MPIDR_RES1 | plan_cpus[index].vcpu);
	WRITE_REG(vtcr_el2, VTCR_VALUE);
	WRITE_REG(vttbr_el2, guest->stage2 | PUT(VTTBR_VMID, guest->vmid));
	gic_cpu_interface_init();
}

void arch_run(u32 index)
{
	run_map_on(plan_cpus[index].stage1, index);
}

void arch_enter(gpa_t entry, u64 x0, u64 x1)
{
	write_el1_state();
	gic_cpu_interface_init();
	if (this_cpu()->guest->flags & PLAN_GUEST_LINUX)
		vgic_sync();
	/* Whatever stood under this VMID before, in this CPU's TLB and instruction cache. */
	__asm__ volatile("tlbi vmalls12e1\n\tic iallu" ::: "memory");
	DSB(nsh);
	WRITE_REG(elr_el2, entry.v);
	WRITE_REG(spsr_el2, SPSR_EL1H | SPSR_DAIF);
	guest_enter(x0, x1);
}

void arch_entry_set(hpa_t entry, u64 value)
{
	/* Whoever walks by the entry sees the page as it was filled. */
	DSB(ishst);
	__atomic_store_n((u64 *)entry.v, value, __ATOMIC_RELAXED);
	/* Walkers see the entry, then the guest's access is made again (D8.13.1). */
	DSB(ishst);
	ISB();
}

void arch_entry_clear(hpa_t entry, u64 value, gpa_t page)
{
	__atomic_store_n((u64 *)entry.v, value, __ATOMIC_RELAXED);
	/*
	 * Stage 2 first, then what combines both stages (D8.13.5): the second DSB also waits for
	 * the accesses that any CPU of the guest made by the old entry.
	 */
	DSB(ishst);
	__asm__ volatile("tlbi ipas2e1is, %0" ::"r"(page.v >> 12) : "memory");
	DSB(ish);
	__asm__ volatile("tlbi vmalle1is" ::: "memory");
	DSB(ish);
	ISB();
}

u64 arch_counter(void)
{
	ISB();
	return READ_REG(cntpct_el0);
}

u64 arch_counter_hz(void)
{
	return READ_REG(cntfrq_el0);
}

void arch_relax(void)
{
	__asm__ volatile("yield" ::: "memory");
}
