/*
 * What the machine's own registers say against the plan: those of this CPU, then the GIC's frames.
 * Part of the fit check, see fit.c; runs with the firmware's translation, too.
 */
#include "arch/arm64/arch_types.h"
#include "arch/arm64/fit.h"
#include "arch/arm64/regs.h"
#include "arch/arm64/wants.h"
#include "core/arch.h"
#include "core/plan.h"
#include "core/registers.h"

static void want(bool fits, const char *what, u64 wanted, u64 found)
{
	if (!fits)
		fit_miss("plan wants %s %u, machine has %u", what, wanted, found);
}

/* Firmware may not have turned them on; boot has, when it asks. */
static bool has_ich_registers(void)
{
	return GET(PFR0_GIC, READ_REG(id_aa64pfr0_el1)) && READ_REG(ICC_SRE_EL2) & ICC_SRE_SRE;
}

/* False where nobody answers for that CPU, and so where no Redistributor may be looked at. */
static bool fit_cpu(const struct plan_cpu *cpu)
{
	bool known = psci_firmware(PSCI_AFFINITY_INFO, cpu->mpidr, 0, 0) >= 0;

	if (!known)
		fit_miss("plan wants a CPU with MPIDR %x, machine has none", cpu->mpidr);
	return known;
}

void fit_cpu_registers(void)
{
	static const u8 pa_bits[] = {32, 36, 40, 42, 44, 48, 52};
	u64 range = GET(MMFR0_PARANGE, READ_REG(id_aa64mmfr0_el1));
	u64 bits = range < ARRAY_SIZE(pa_bits) ? pa_bits[range] : 52;
	u64 line = (u64)4 << GET(CTR_DMINLINE, READ_REG(ctr_el0));
	u64 registers;

	want(bits >= WANT_ADDRESS_BITS, "physical address bits >=", WANT_ADDRESS_BITS, bits);
	want(line >= WANT_CACHE_LINE, "data cache lines of bytes >=", WANT_CACHE_LINE, line);
	want(arch_counter_hz() != 0, "CNTFRQ_EL0 >=", 1, 0);
	/* The tables and control registers are those of E2H = 0. */
	want(!GET(MMFR4_E2H0, READ_REG(ID_AA64MMFR4_EL1)), "ID_AA64MMFR4_EL1.E2H0", 0,
	     GET(MMFR4_E2H0, READ_REG(ID_AA64MMFR4_EL1)));
	if (!GET(PFR0_GIC, READ_REG(id_aa64pfr0_el1)))
		fit_miss("plan wants a GICv3, this CPU has no registers of one");
	if (!has_ich_registers())
		return;
	registers = 1 + GET(ICH_VTR_LISTREGS, READ_REG(ICH_VTR_EL2));
	/* One for the timer, and two, for with one alone "underflow" would hold at all times. */
	want(registers >= WANT_LIST_REGISTERS, "list registers >=", WANT_LIST_REGISTERS, registers);
}

/* Firmware does not map every frame; what it does not show is looked at under the boot map. */
void fit_frames(void)
{
	registers_go(PLAN_PHASE_FIT, PLAN_NONE, fit_miss);
	if (plan.gic.present && has_ich_registers())
		want(!(READ_REG(ICH_VTR_EL2) & ICH_VTR_NV4), "ICH_VTR_EL2.nV4", 0, 1);
	for (u32 i = 0; i < plan.cpu_count; i++)
		if (fit_cpu(&plan_cpus[i]))
			registers_go(PLAN_PHASE_FIT, i, fit_miss);
}
