/*
 * The GIC's Distributor and Redistributors, while booting. IHI 0069 chapters 12.9 to 12.13.
 */
#include "arch/arm64/gic.h"
#include "arch/arm64/gic_frames.h"
#include "arch/arm64/gic_types.h"
#include "arch/arm64/regs.h"
#include "core/arch.h"
#include "core/log.h"
#include "core/plan.h"

#define GICD_CTLR 0x0000u
#define GICD_CTLR_RWP ((u32)1 << 31)
#define GICD_CTLR_ARE_NS ((u32)1 << 4)
#define GICD_CTLR_ENABLES ((u32)7)
#define GICD_CTLR_ENABLE_GRP1 ((u32)1 << 1)
#define GICD_TYPER_LINES BITS(4, 0)
#define GICD_IGROUPR(n) (0x0080u + 4 * (n))
#define GICD_ISENABLER(n) (0x0100u + 4 * (n))
#define GICD_ICENABLER(n) (0x0180u + 4 * (n))
#define GICD_IPRIORITYR(n) (0x0400u + 4 * (n))
#define GICD_IROUTER(n) (0x6000u + 8 * (n))

/* RD_base, SGI_base and VLPI_base frames of one Redistributor */
#define GICR_CTLR 0x0000u
#define GICR_CTLR_ENABLE_LPIS ((u32)1 << 0)
#define GICR_CTLR_RWP ((u32)1 << 3)
#define GICR_WAKER 0x0014u
#define GICR_WAKER_PROCESSOR_SLEEP ((u32)1 << 1)
#define GICR_WAKER_CHILDREN_ASLEEP ((u32)1 << 2)
#define GICR_PROPBASER 0x0070u
#define GICR_PENDBASER 0x0078u
#define GICR_PENDBASER_PTZ BIT(62)
#define GICR_IGROUPR0 0x10080u
#define GICR_ISENABLER0 0x10100u
#define GICR_ICENABLER0 0x10180u
#define GICR_ICPENDR0 0x10280u
#define GICR_ICACTIVER0 0x10380u
#define GICR_IPRIORITYR 0x10400u
#define GICR_VPROPBASER 0x20070u
#define GICR_VPENDBASER 0x20078u
#define GICR_VPENDBASER_VALID BIT(63)
#define GICR_VPENDBASER_IDAI BIT(62)
#define GICR_VPENDBASER_DIRTY BIT(60)

#define LPI_TABLE_ATTRIBUTES (PUT(BITS(9, 7), 7) | PUT(BITS(11, 10), 1))
#define TABLE_ADDRESS BITS(51, 12)
#define TABLE_SHAREABILITY BITS(11, 10)
#define TABLE_ID_BITS BITS(4, 0)
#define PRIORITIES 0xa0a0a0a0u

/* Reads until the bits are clear: a device, not a guest, decides how long; then it is broken. */
static void wait_clear32(u64 address, u32 bits, const char *what)
{
	for (u32 i = 0; i < FRAME_POLLS; i++)
		if (!(frame_read32(address) & bits))
			return;
	panic("GIC: %s at %x does not clear %x", what, address, (u64)bits);
}

/* Firmware may have left shared interrupts on; one that nobody handles would storm a guest's CPU. */
static void disable_shared_interrupts(u64 gicd)
{
	u64 lines = GET(GICD_TYPER_LINES, frame_read32(gicd + GICD_TYPER));

	for (u32 n = 1; n <= lines; n++)
		frame_write32(gicd + GICD_ICENABLER(n), 0xffffffff);
}

/* Those of devices that guests own, level or edge as firmware found them to be. */
static void enable_wired(u64 gicd)
{
	for (u32 i = 0; i < plan.wired_count; i++) {
		u32 intid = plan_wired[i].physical;

		frame_write64(gicd + GICD_IROUTER(intid), plan_cpus[plan_wired[i].cpu].mpidr);
		frame_write32(gicd + GICD_IPRIORITYR(intid / 4), PRIORITIES);
		frame_write32(gicd + GICD_IGROUPR(intid / 32),
			      frame_read32(gicd + GICD_IGROUPR(intid / 32)) | (u32)BIT(intid % 32));
		frame_write32(gicd + GICD_ISENABLER(intid / 32), (u32)BIT(intid % 32));
	}
}

/* ARE_NS never goes from 1 to 0: that is UNPREDICTABLE (12.9.4). */
void arch_gic_init(void)
{
	u64 gicd = plan.gic.gicd;

	frame_write32(gicd + GICD_CTLR, frame_read32(gicd + GICD_CTLR) & ~GICD_CTLR_ENABLES);
	wait_clear32(gicd + GICD_CTLR, GICD_CTLR_RWP, "GICD_CTLR.RWP");
	frame_write32(gicd + GICD_CTLR, GICD_CTLR_ARE_NS);
	disable_shared_interrupts(gicd);
	wait_clear32(gicd + GICD_CTLR, GICD_CTLR_RWP, "GICD_CTLR.RWP");
	enable_wired(gicd);
	frame_write32(gicd + GICD_CTLR, GICD_CTLR_ARE_NS | GICD_CTLR_ENABLE_GRP1);
	if (plan.gic.present)
		its_init();
}

static void wake(u64 gicr)
{
	frame_write32(gicr + GICR_WAKER,
		      frame_read32(gicr + GICR_WAKER) & ~GICR_WAKER_PROCESSOR_SLEEP);
	wait_clear32(gicr + GICR_WAKER, GICR_WAKER_CHILDREN_ASLEEP, "GICR_WAKER");
}

/* SGIs and PPIs: Group 1, one priority, only those that the hypervisor takes enabled. */
static void init_private_interrupts(u64 gicr)
{
	frame_write32(gicr + GICR_ICENABLER0, 0xffffffff);
	wait_clear32(gicr + GICR_CTLR, GICR_CTLR_RWP, "GICR_CTLR.RWP");
	frame_write32(gicr + GICR_ICPENDR0, 0xffffffff);
	frame_write32(gicr + GICR_ICACTIVER0, 0xffffffff);
	frame_write32(gicr + GICR_IGROUPR0, 0xffffffff);
	for (u32 i = 0; i < 32; i += 4)
		frame_write32(gicr + GICR_IPRIORITYR + i, PRIORITIES);
	frame_write32(gicr + GICR_ISENABLER0,
		      (u32)(BIT(SGI_KICK) | BIT(PPI_MAINTENANCE) | BIT(PPI_VIRTUAL_TIMER)));
}

/* Writes a table register and sees that the GIC took address, size and shareability. */
static void set_table(u64 address, u64 value, u64 write_only)
{
	u64 found;

	frame_write64(address, value);
	found = frame_read64(address);
	if ((found ^ value) & ~write_only & (TABLE_ADDRESS | TABLE_SHAREABILITY | TABLE_ID_BITS))
		panic("GIC: the table register at %x reads %x, plan wants %x", address, found,
		      value);
}

/* Firmware may have used LPIs; not every Redistributor lets go of its tables (12.11.2). */
static void disable_lpis(u64 gicr)
{
	if (!(frame_read32(gicr + GICR_CTLR) & GICR_CTLR_ENABLE_LPIS))
		return;
	frame_write32(gicr + GICR_CTLR, 0);
	wait_clear32(gicr + GICR_CTLR, GICR_CTLR_RWP, "GICR_CTLR.RWP");
	if (frame_read32(gicr + GICR_CTLR) & GICR_CTLR_ENABLE_LPIS)
		panic("GIC: firmware turned LPIs on in the Redistributor at %x, which cannot turn "
		      "them off: keep firmware from using LPIs",
		      gicr);
}

static void init_lpis(const struct plan_cpu *cpu)
{
	u64 propbaser = plan.gic.lpi_config | LPI_TABLE_ATTRIBUTES | (plan.gic.id_bits - 1);

	set_table(cpu->gicr + GICR_PROPBASER, propbaser, 0);
	set_table(cpu->gicr + GICR_PENDBASER,
		  cpu->lpi_pending | LPI_TABLE_ATTRIBUTES | GICR_PENDBASER_PTZ, GICR_PENDBASER_PTZ);
	frame_write32(cpu->gicr + GICR_CTLR, GICR_CTLR_ENABLE_LPIS);
	/* Read back: it has arrived before another CPU hears of it. */
	wait_clear32(cpu->gicr + GICR_CTLR, GICR_CTLR_RWP, "GICR_CTLR.RWP");
}

void arch_gic_cpu_init(u32 index)
{
	const struct plan_cpu *cpu = &plan_cpus[index];

	wake(cpu->gicr);
	disable_lpis(cpu->gicr);
	init_private_interrupts(cpu->gicr);
	if (plan.gic.present)
		init_lpis(cpu);
	gic_cpu_interface_init();
}

void arch_gic_reside(u32 index)
{
	const struct plan_cpu *cpu = &plan_cpus[index];

	if (!plan.gic.present)
		return;
	frame_write64(cpu->gicr + GICR_VPROPBASER, plan_guests[cpu->guest].vlpi_config |
							   LPI_TABLE_ATTRIBUTES |
							   (plan.gic.id_bits - 1));
	frame_write64(cpu->gicr + GICR_VPENDBASER, GICR_VPENDBASER_VALID | GICR_VPENDBASER_IDAI |
							   cpu->vlpi_pending |
							   LPI_TABLE_ATTRIBUTES);
	for (u32 i = 0; i < FRAME_POLLS; i++)
		if (!(frame_read64(cpu->gicr + GICR_VPENDBASER) & GICR_VPENDBASER_DIRTY))
			return;
	panic("GIC: vPE %u does not become resident", (u64)index);
}
