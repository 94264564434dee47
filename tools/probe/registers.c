/*
 * Reads the registers that say what the machine can do: this CPU's, then the GIC's frames that the
 * device tree named. Changes nothing but ICC_SRE_EL2, so that ICH_VTR_EL2 can be read.
 */
#include "arch/arm64/gic_frames.h"
#include "arch/arm64/gic_types.h"
#include "arch/arm64/regs.h"
#include "core/bits.h"
#include "tools/probe/machine.h"

#define ID_AA64ZFR0_EL1 S3_0_C0_C4_4
#define ID_AA64MMFR2_EL1 S3_0_C0_C7_2

/* IHI 0069, sections 12.9, 12.11 and 12.19 */
#define GICD_IIDR 0x0008u
#define GICR_FRAMES KIB(128)
#define GICR_FRAMES_V4 KIB(256)

static void read_cpu(struct registers *registers, bool el2)
{
	*registers = (struct registers){
		.midr = READ_REG(midr_el1),
		.mpidr = READ_REG(mpidr_el1),
		.ctr = READ_REG(ctr_el0),
		.cntfrq = READ_REG(cntfrq_el0),
		.id[PFR0] = READ_REG(id_aa64pfr0_el1),
		.id[PFR1] = READ_REG(id_aa64pfr1_el1),
		.id[ZFR0] = READ_REG(ID_AA64ZFR0_EL1),
		.id[DFR0] = READ_REG(id_aa64dfr0_el1),
		.id[ISAR0] = READ_REG(id_aa64isar0_el1),
		.id[ISAR1] = READ_REG(id_aa64isar1_el1),
		.id[MMFR0] = READ_REG(id_aa64mmfr0_el1),
		.id[MMFR1] = READ_REG(id_aa64mmfr1_el1),
		.id[MMFR2] = READ_REG(ID_AA64MMFR2_EL1),
	};
	if (!el2 || !GET(PFR0_GIC, registers->id[PFR0]))
		return;
	WRITE_REG(ICC_SRE_EL2, READ_REG(ICC_SRE_EL2) | 1 | ICC_SRE_ENABLE);
	ISB();
	registers->ich_vtr = READ_REG(ICH_VTR_EL2);
}

static void read_distributor(struct registers *registers, u64 base)
{
	u64 revision = GET(GICD_PIDR2_ARCHREV, frame_read32(base + GICD_PIDR2));

	if (revision < 3)
		PRINT_ERROR("GICD at %x: of revision %u: the hypervisor needs a GICv3", base,
			    revision);
	registers->gicd_typer = frame_read32(base + GICD_TYPER);
	registers->gicd_iidr = frame_read32(base + GICD_IIDR);
}

/* Frames follow each other until one says that it is the last of its region. */
static void read_region(struct machine *machine, const struct range *region)
{
	u64 frame = region->base;
	u64 left = region->size;
	u64 typer = 0;

	while (left >= GICR_FRAMES && !(typer & GICR_TYPER_LAST)) {
		u64 stride = machine->stride;

		if (machine->redistributor_count == CPU_MAX) {
			PRINT_ERROR("Redistributors: more than %u: raise CPU_MAX", (u64)CPU_MAX);
			return;
		}
		typer = frame_read64(frame + GICR_TYPER);
		machine->redistributor[machine->redistributor_count++] =
			(struct redistributor){frame, typer};
		if (!stride)
			stride = typer & GICR_TYPER_VLPIS ? GICR_FRAMES_V4 : GICR_FRAMES;
		if (stride > left)
			return;
		frame += stride;
		left -= stride;
	}
}

void registers_read(struct machine *machine)
{
	struct registers *registers = &machine->registers;

	read_cpu(registers, machine->level == 2);
	if (machine->distributor.size)
		read_distributor(registers, machine->distributor.base);
	for (u32 i = 0; i < machine->region_count; i++)
		read_region(machine, &machine->region[i]);
	if (!machine->its.size)
		return;
	registers->gits_typer = frame_read64(machine->its.base + GITS_TYPER);
	for (u32 i = 0; i < BASER_MAX; i++)
		registers->gits_baser[i] = frame_read64(machine->its.base + GITS_BASER(i));
}
