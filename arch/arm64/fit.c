/*
 * Does this machine fit the plan? Only what the plan relies on is compared, and at least what it
 * states must be there. Boot CPU, boot map.
 */
#include "arch/arm64/gic_frames.h"
#include "arch/arm64/offsets.h"
#include "arch/arm64/regs.h"
#include "core/arch.h"
#include "core/log.h"
#include "core/plan.h"

#define GICD_PIDR2 0xffe8u
#define GICD_PIDR2_ARCHREV BITS(7, 4)
#define GITS_TYPER 0x0008u
#define GITS_TYPER_VIRTUAL BIT(1)
#define GITS_TYPER_ITT_ENTRY BITS(7, 4)
#define GITS_TYPER_IDBITS BITS(12, 8)
#define GITS_TYPER_DEVBITS BITS(17, 13)
#define GITS_TYPER_SEIS BIT(18)
#define GITS_TYPER_PTA BIT(19)
#define GICD_TYPER 0x0004u
#define GICD_TYPER_IDBITS BITS(23, 19)
#define ITS_VMAPP 0x29u
#define ITS_COMMAND BITS(7, 0)
#define ITS_VMAPP_VPE BITS(47, 32)
#define ITS_VMAPP_RDBASE BITS(51, 16)
#define GICR_TYPER 0x0008u
#define GICR_TYPER_PLPIS BIT(0)
#define GICR_TYPER_VLPIS BIT(1)
#define GICR_TYPER_RVPEID BIT(7)
#define GICR_TYPER_NUMBER BITS(23, 8)
#define GICR_TYPER_AFFINITY BITS(63, 32)
#define ITT_SIZE KIB(4)

static u32 misfits;

static void want(bool fits, const char *what, u64 wanted, u64 found)
{
	if (fits)
		return;
	misfits++;
	log_line("plan wants %s %x, machine has %x", what, wanted, found);
}

/* Affinity as GICR_TYPER has it: Aff3.Aff2.Aff1.Aff0 in 32 bits. */
static u64 packed_affinity(u64 mpidr)
{
	return PUT(BITS(31, 24), GET(BITS(39, 32), mpidr)) | (mpidr & BITS(23, 0));
}

static void fit_its(void)
{
	u64 typer = frame_read64(plan.gic.gits + GITS_TYPER);
	u64 id_bits = 1 + GET(GICD_TYPER_IDBITS, frame_read32(plan.gic.gicd + GICD_TYPER));
	u64 itt = (GET(GITS_TYPER_ITT_ENTRY, typer) + 1) << plan.gic.event_bits;

	want(typer & GITS_TYPER_VIRTUAL, "GITS_TYPER.Virtual", 1, 0);
	want(!(typer & GITS_TYPER_PTA), "GITS_TYPER.PTA", 0, 1);
	/* An event that is not mapped must not become an SError at somebody else. */
	want(!(typer & GITS_TYPER_SEIS), "GITS_TYPER.SEIS", 0, 1);
	want(!(READ_REG(ICH_VTR_EL2) & ICH_VTR_NV4), "ICH_VTR_EL2.nV4", 0, 1);
	want(id_bits >= plan.gic.id_bits, "INTID bits >=", plan.gic.id_bits, id_bits);
	want(itt <= ITT_SIZE, "an ITT of at most (bytes)", ITT_SIZE, itt);
	want(GET(GITS_TYPER_IDBITS, typer) + 1 >= plan.gic.event_bits,
	     "EventID bits >=", plan.gic.event_bits, GET(GITS_TYPER_IDBITS, typer) + 1);
	want(plan.gic.msi_device >> (GET(GITS_TYPER_DEVBITS, typer) + 1) == 0, "DeviceID",
	     plan.gic.msi_device, GET(GITS_TYPER_DEVBITS, typer) + 1);
}

/* VMAPP names a Redistributor by its processor number. */
static void fit_vpes(void)
{
	for (u32 i = 0; i < plan.its_count; i++) {
		const u64 *dw = plan_its[i].dw;
		u64 typer;

		if (GET(ITS_COMMAND, dw[0]) != ITS_VMAPP)
			continue;
		typer = frame_read64(plan_cpus[GET(ITS_VMAPP_VPE, dw[1])].gicr + GICR_TYPER);
		want(GET(GICR_TYPER_NUMBER, typer) == GET(ITS_VMAPP_RDBASE, dw[2]),
		     "GICR_TYPER.Processor_Number", GET(ITS_VMAPP_RDBASE, dw[2]),
		     GET(GICR_TYPER_NUMBER, typer));
	}
}

static void fit_redistributor(const struct plan_cpu *cpu)
{
	u64 typer = frame_read64(cpu->gicr + GICR_TYPER);

	want(GET(GICR_TYPER_AFFINITY, typer) == packed_affinity(cpu->mpidr),
	     "a Redistributor for MPIDR", cpu->mpidr, GET(GICR_TYPER_AFFINITY, typer));
	if (!plan.gic.present)
		return;
	want(typer & GICR_TYPER_PLPIS, "GICR_TYPER.PLPIS", 1, 0);
	want(typer & GICR_TYPER_VLPIS, "GICR_TYPER.VLPIS", 1, 0);
	want(!(typer & GICR_TYPER_RVPEID), "GICR_TYPER.RVPEID", 0, 1);
}

void arch_fit(void)
{
	static const u8 pa_bits[] = {32, 36, 40, 42, 44, 48, 52};
	u64 range = GET(MMFR0_PARANGE, READ_REG(id_aa64mmfr0_el1));
	u64 bits = range < ARRAY_SIZE(pa_bits) ? pa_bits[range] : 52;
	u64 line = (u64)4 << GET(CTR_DMINLINE, READ_REG(ctr_el0));
	u64 revision = GET(GICD_PIDR2_ARCHREV, frame_read32(plan.gic.gicd + GICD_PIDR2));

	want(bits >= 40, "physical address bits >=", 40, bits);
	want(line >= CACHE_LINE_MIN, "data cache lines (bytes) >=", CACHE_LINE_MIN, line);
	want(arch_counter_hz() != 0, "CNTFRQ_EL0 >=", 1, 0);
	want(revision >= (plan.gic.present ? 4 : 3),
	     "GIC architecture >=", plan.gic.present ? 4 : 3, revision);
	/* One for the timer, and two, for with one alone "underflow" would hold at all times. */
	want(GET(ICH_VTR_LISTREGS, READ_REG(ICH_VTR_EL2)) >= 2, "list registers >=", 3,
	     1 + GET(ICH_VTR_LISTREGS, READ_REG(ICH_VTR_EL2)));
	if (plan.gic.present) {
		fit_its();
		fit_vpes();
	}
	for (u32 i = 0; i < plan.cpu_count; i++)
		fit_redistributor(&plan_cpus[i]);
	if (misfits)
		panic("this machine does not fit the plan %s: %u differences", plan.name,
		      (u64)misfits);
}
