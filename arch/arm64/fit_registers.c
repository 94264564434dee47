/*
 * What the machine's own registers say against the plan: those of this CPU, then the GIC's frames.
 * Part of the fit check, see fit.c; runs with the firmware's translation, too.
 */
#include "arch/arm64/arch_types.h"
#include "arch/arm64/fit.h"
#include "arch/arm64/gic_frames.h"
#include "arch/arm64/gic_types.h"
#include "arch/arm64/regs.h"
#include "arch/arm64/wants.h"
#include "core/arch.h"
#include "core/plan.h"

#define ITS_VMAPP 0x29u
#define ITS_COMMAND BITS(7, 0)
#define ITS_VMAPP_VPE BITS(47, 32)
#define ITS_VMAPP_RDBASE BITS(51, 16)

static void want(bool fits, const char *what, u64 wanted, u64 found)
{
	if (!fits)
		fit_miss("plan wants %s %u, machine has %u", what, wanted, found);
}

static void want_address(bool fits, const char *what, u64 wanted, u64 found)
{
	if (!fits)
		fit_miss("plan wants %s %x, machine has %x", what, wanted, found);
}

/* Affinity as GICR_TYPER has it: Aff3.Aff2.Aff1.Aff0 in 32 bits. */
static u64 packed_affinity(u64 mpidr)
{
	return PUT(BITS(31, 24), GET(BITS(39, 32), mpidr)) | (mpidr & BITS(23, 0));
}

/* Firmware may not have turned them on; boot has, when it asks. */
static bool has_ich_registers(void)
{
	return GET(PFR0_GIC, READ_REG(id_aa64pfr0_el1)) && READ_REG(ICC_SRE_EL2) & ICC_SRE_SRE;
}

static void fit_its(void)
{
	u64 typer = frame_read64(plan.gic.gits + GITS_TYPER);
	u64 id_bits = 1 + GET(GICD_TYPER_IDBITS, frame_read32(plan.gic.gicd + GICD_TYPER));
	u64 itt = (GET(GITS_TYPER_ITT_ENTRY, typer) + 1) << plan.gic.event_bits;

	if (!(typer & GITS_TYPER_VIRTUAL))
		fit_miss("plan wants GITS_TYPER.Virtual 1 for msi doorbells, machine has 0: "
			 "doorbell-to-device and doorbell-to-driver \"inject\" in each link, or "
			 "\"monitor\", do without");
	want(!(typer & GITS_TYPER_PTA), "GITS_TYPER.PTA", 0, 1);
	/* An event that is not mapped must not become an SError at somebody else. */
	want(!(typer & GITS_TYPER_SEIS), "GITS_TYPER.SEIS", 0, 1);
	want(!has_ich_registers() || !(READ_REG(ICH_VTR_EL2) & ICH_VTR_NV4), "ICH_VTR_EL2.nV4", 0,
	     1);
	want(id_bits >= plan.gic.id_bits, "INTID bits >=", plan.gic.id_bits, id_bits);
	want(itt <= WANT_ITT_BYTES, "an ITT of at most (bytes)", WANT_ITT_BYTES, itt);
	want(GET(GITS_TYPER_IDBITS, typer) + 1 >= plan.gic.event_bits,
	     "EventID bits >=", plan.gic.event_bits, GET(GITS_TYPER_IDBITS, typer) + 1);
	want(plan.gic.msi_device >> (GET(GITS_TYPER_DEVBITS, typer) + 1) == 0, "DeviceID",
	     plan.gic.msi_device, GET(GITS_TYPER_DEVBITS, typer) + 1);
}

/* The processor number by which VMAPP names the Redistributor of a vPE. */
static u64 planned_number(u32 vpe)
{
	for (u32 i = 0; i < plan.its_count; i++) {
		const u64 *dw = plan_its[i].dw;

		if (GET(ITS_COMMAND, dw[0]) == ITS_VMAPP && GET(ITS_VMAPP_VPE, dw[1]) == vpe)
			return GET(ITS_VMAPP_RDBASE, dw[2]);
	}
	return 0;
}

/* False where nobody answers for that CPU, and so where no Redistributor may be looked at. */
static bool fit_cpu(const struct plan_cpu *cpu)
{
	bool known = psci_firmware(PSCI_AFFINITY_INFO, cpu->mpidr, 0, 0) >= 0;

	if (!known)
		fit_miss("plan wants a CPU with MPIDR %x, machine has none", cpu->mpidr);
	return known;
}

static void fit_redistributor(u32 index)
{
	const struct plan_cpu *cpu = &plan_cpus[index];
	u64 typer = frame_read64(cpu->gicr + GICR_TYPER);

	want_address(GET(GICR_TYPER_AFFINITY, typer) == packed_affinity(cpu->mpidr),
		     "a Redistributor for affinity", packed_affinity(cpu->mpidr),
		     GET(GICR_TYPER_AFFINITY, typer));
	if (!plan.gic.present)
		return;
	want(typer & GICR_TYPER_PLPIS, "GICR_TYPER.PLPIS", 1, 0);
	want(typer & GICR_TYPER_VLPIS, "GICR_TYPER.VLPIS", 1, 0);
	want(!(typer & GICR_TYPER_RVPEID), "GICR_TYPER.RVPEID", 0, 1);
	want(GET(GICR_TYPER_NUMBER, typer) == planned_number(index), "GICR_TYPER.Processor_Number",
	     planned_number(index), GET(GICR_TYPER_NUMBER, typer));
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

/* Firmware does not map every device; what it does not show is looked at under the boot map. */
static bool mapped(u64 address)
{
	u64 par;

	__asm__ volatile("at s1e2r, %0" ::"r"(address));
	ISB();
	par = READ_REG(par_el1);
	return !(par & PAR_F) && ((par ^ address) & PAR_PA) == 0;
}

static void fit_distributor(void)
{
	u64 wanted = plan.gic.present ? WANT_GIC_VERSION_MSI : WANT_GIC_VERSION;
	u64 found = GET(GICD_PIDR2_ARCHREV, frame_read32(plan.gic.gicd + GICD_PIDR2));

	want(found >= wanted, "GIC architecture version >=", wanted, found);
}

void fit_frames(void)
{
	if (mapped(plan.gic.gicd + GICD_PIDR2))
		fit_distributor();
	if (plan.gic.present && mapped(plan.gic.gits) && mapped(plan.gic.gicd))
		fit_its();
	for (u32 i = 0; i < plan.cpu_count; i++)
		if (fit_cpu(&plan_cpus[i]) && mapped(plan_cpus[i].gicr))
			fit_redistributor(i);
}
