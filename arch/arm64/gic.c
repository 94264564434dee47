/*
 * The interrupt controller at run time. IHI 0069, chapters 4, 6 and 12.
 */
#include "arch/arm64/gic.h"

#include "arch/arm64/regs.h"
#include "core/abi.h"
#include "core/arch.h"
#include "core/count.h"
#include "core/plan.h"

#define PRIORITY 0xa0u
#define LIST_REGISTERS_USED 4u
#define TIMER_LR 0u /* its own: events that fill the others must not lose a tick */
#define FIRST_EVENT_LR 1u

static u64 read_lr(u32 index)
{
	switch (index) {
	case 0:
		return READ_REG(ICH_LR0_EL2);
	case 1:
		return READ_REG(ICH_LR1_EL2);
	case 2:
		return READ_REG(ICH_LR2_EL2);
	default:
		return READ_REG(ICH_LR3_EL2);
	}
}

static void write_lr(u32 index, u64 value)
{
	switch (index) {
	case 0:
		WRITE_REG(ICH_LR0_EL2, value);
		break;
	case 1:
		WRITE_REG(ICH_LR1_EL2, value);
		break;
	case 2:
		WRITE_REG(ICH_LR2_EL2, value);
		break;
	default:
		WRITE_REG(ICH_LR3_EL2, value);
	}
}

static u32 list_registers(void)
{
	u32 count = 1 + (u32)GET(ICH_VTR_LISTREGS, READ_REG(ICH_VTR_EL2));

	return count < LIST_REGISTERS_USED ? count : LIST_REGISTERS_USED;
}

/* Asks for PPI_MAINTENANCE when at most one list register is in use, or no more. */
static void set_underflow(bool on)
{
	WRITE_REG(ICH_HCR_EL2, ICH_HCR_EN | (on ? ICH_HCR_UIE : 0));
}

/* One INTID stands in one list register at most. */
bool arch_inject(u32 intid)
{
	u32 free = LIST_REGISTERS_USED;
	u32 count = list_registers();

	for (u32 i = FIRST_EVENT_LR; i < count; i++) {
		u64 lr = read_lr(i);

		if (!(lr & (ICH_LR_PENDING | ICH_LR_ACTIVE))) {
			free = i;
		} else if (GET(ICH_LR_VINTID, lr) == intid) {
			write_lr(i, lr | ICH_LR_PENDING);
			return true;
		}
	}
	if (free == LIST_REGISTERS_USED) {
		set_underflow(true);
		return false;
	}
	write_lr(free, ICH_LR_PENDING | ICH_LR_GROUP1 | PUT(ICH_LR_PRIORITY, PRIORITY) |
			       PUT(ICH_LR_VINTID, intid));
	return true;
}

/* ICC_SGI1R_EL1, IHI 0069 section 12.2.37 */
void arch_kick(u32 cpu)
{
	u64 mpidr = plan_cpus[cpu].mpidr;
	u64 aff0 = GET(BITS(7, 0), mpidr);

	/* The CPU that takes the SGI sees all stores before it. */
	DSB(ishst);
	WRITE_REG(ICC_SGI1R_EL1,
		  PUT(BITS(55, 48), GET(BITS(39, 32), mpidr)) | PUT(BITS(47, 44), aff0 >> 4) |
			  PUT(BITS(39, 32), GET(BITS(23, 16), mpidr)) |
			  PUT(BITS(27, 24), SGI_KICK) | PUT(BITS(23, 16), GET(BITS(15, 8), mpidr)) |
			  BIT(aff0 & 15));
	ISB();
}

void arch_msi(u32 event)
{
	volatile u32 *translater =
		(volatile u32 *)(plan.gic.gits + GITS_TRANSLATION_FRAME + ABI_TRANSLATER_OFFSET);

	DSB(ishst);
	*translater = event;
}

/*
 * The guest's own timer: EOI in the guest deactivates the physical interrupt (HW = 1), and until
 * then it does not come again, so its list register is free.
 */
static enum exit virtual_timer(void)
{
	count_entry(ABI_COUNT_TIMER);
	write_lr(TIMER_LR, ICH_LR_PENDING | ICH_LR_GROUP1 | ICH_LR_HW |
				   PUT(ICH_LR_PRIORITY, PRIORITY) |
				   PUT(ICH_LR_PINTID, PPI_VIRTUAL_TIMER) |
				   PUT(ICH_LR_VINTID, PPI_VIRTUAL_TIMER));
	return EXIT_RESUME;
}

static enum exit maintenance(void)
{
	count_entry(ABI_COUNT_GIC);
	set_underflow(false);
	return core_kick();
}

static enum exit kick(void)
{
	count_entry(ABI_COUNT_KICK);
	return core_kick();
}

/* EOIMode is 1: EOIR drops the priority, DIR deactivates. */
enum exit gic_irq(void)
{
	u32 intid = (u32)READ_REG(ICC_IAR1_EL1);
	enum exit exit;

	/* Acknowledged before core_kick looks: an SGI from now on is a new one (IHI 0069 4.1.1). */
	DSB(sy);
	if (intid >= INTID_SPURIOUS && intid <= INTID_SPURIOUS_LAST) {
		count_entry(ABI_COUNT_GIC);
		return EXIT_RESUME;
	}
	WRITE_REG(ICC_EOIR1_EL1, intid);
	if (intid == PPI_VIRTUAL_TIMER)
		return virtual_timer();
	WRITE_REG(ICC_DIR_EL1, intid);
	ISB();
	switch (intid) {
	case SGI_KICK:
		exit = kick();
		break;
	case PPI_MAINTENANCE:
		exit = maintenance();
		break;
	default:
		count_entry(ABI_COUNT_DEVICE);
		exit = EXIT_RESUME;
	}
	return exit;
}

/*
 * No priority counts as active. There are 1, 2 or 4 registers of each kind for up to 5, 6 or 7 bits
 * of priority (12.2.2, 12.4.3); the virtual and the physical interface may differ.
 */
static void clear_virtual_priorities(u64 bits)
{
	WRITE_REG(ICH_AP0R0_EL2, 0);
	WRITE_REG(ICH_AP1R0_EL2, 0);
	if (bits < 6)
		return;
	WRITE_REG(ICH_AP0R1_EL2, 0);
	WRITE_REG(ICH_AP1R1_EL2, 0);
	if (bits < 7)
		return;
	WRITE_REG(ICH_AP0R2_EL2, 0);
	WRITE_REG(ICH_AP1R2_EL2, 0);
	WRITE_REG(ICH_AP0R3_EL2, 0);
	WRITE_REG(ICH_AP1R3_EL2, 0);
}

static void clear_physical_priorities(u64 bits)
{
	WRITE_REG(ICC_AP1R0_EL1, 0);
	if (bits < 6)
		return;
	WRITE_REG(ICC_AP1R1_EL1, 0);
	if (bits < 7)
		return;
	WRITE_REG(ICC_AP1R2_EL1, 0);
	WRITE_REG(ICC_AP1R3_EL1, 0);
}

void gic_cpu_interface_init(void)
{
	/* ICC_SRE_EL2 first: the other registers exist only with it (12.2.44). */
	WRITE_REG(ICC_SRE_EL2, ICC_SRE_ALL | ICC_SRE_ENABLE);
	ISB();
	WRITE_REG(ICC_SRE_EL1, ICC_SRE_ALL);
	ISB();
	WRITE_REG(ICC_PMR_EL1, 0xff);
	WRITE_REG(ICC_BPR1_EL1, 0);
	WRITE_REG(ICC_CTLR_EL1, ICC_CTLR_EOIMODE);
	WRITE_REG(ICC_IGRPEN0_EL1, 0);
	WRITE_REG(ICC_IGRPEN1_EL1, 1);
	WRITE_REG(ICH_VMCR_EL2, 0);
	clear_virtual_priorities(1 + GET(ICH_VTR_PREBITS, READ_REG(ICH_VTR_EL2)));
	clear_physical_priorities(1 + GET(ICC_CTLR_PRIBITS, READ_REG(ICC_CTLR_EL1)));
	for (u32 i = 0; i < list_registers(); i++)
		write_lr(i, 0);
	set_underflow(false);
	ISB();
}

void gic_cpu_interface_off(void)
{
	WRITE_REG(ICC_IGRPEN1_EL1, 0);
	WRITE_REG(ICH_HCR_EL2, 0);
	ISB();
}
