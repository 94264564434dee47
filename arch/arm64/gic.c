/*
 * The interrupt controller at run time. IHI 0069, chapters 4, 6 and 12.
 */
#include "arch/arm64/gic.h"

#include "arch/arm64/regs.h"
#include "arch/arm64/vgic.h"
#include "core/abi.h"
#include "core/arch.h"
#include "core/count.h"
#include "core/plan.h"

void exit_irq(void);

#define PRIORITY 0xa0u
#define LIST_REGISTERS_USED 4u
#define TIMER_LR 0u /* its own: events that fill the others must not lose a tick */
#define FIRST_EVENT_LR 1u
#define PRIVATE_INTERRUPTS 32u

/* A register's number is part of the instruction. */
#define EACH_LR(action) action(0) action(1) action(2) action(3)

static u64 read_lr(u32 index)
{
#define READ_LR(n)                                                                                 \
	if (index == n)                                                                            \
		return READ_REG(ICH_LR(n));
	EACH_LR(READ_LR)
	return 0;
}

static inline void write_lr(u32 index, u64 value)
{
#define WRITE_LR(n)                                                                                \
	if (index == n)                                                                            \
		WRITE_REG(ICH_LR(n), value);
	EACH_LR(WRITE_LR)
}

/* Those for events, a bit each. The same on every CPU. */
static u64 event_registers;

static u32 list_registers(void)
{
	u32 count = 1 + (u32)GET(ICH_VTR_LISTREGS, READ_REG(ICH_VTR_EL2));

	return count < LIST_REGISTERS_USED ? count : LIST_REGISTERS_USED;
}

void arch_kick(u32 cpu)
{
	gic_kick(cpu);
}

/* Asks for PPI_MAINTENANCE when at most one list register is in use, or no more. */
static void set_underflow(bool on)
{
	WRITE_REG(ICH_HCR_EL2, ICH_HCR_EN | (on ? ICH_HCR_UIE : 0));
}

/* In a list register already? Then it is pending there. */
static __attribute__((noinline)) bool put_again(u64 full, u32 intid)
{
	for (; full; full &= full - 1) {
		u32 i = (u32)__builtin_ctzll(full);
		u64 lr = read_lr(i);

		if (GET(ICH_LR_VINTID, lr) == intid) {
			/* One that is the machine's is pending or active, not both (ICH_LR.State). */
			write_lr(i, lr & ICH_LR_HW ? lr : lr | ICH_LR_PENDING);
			return true;
		}
	}
	return false;
}

/* One INTID stands in one list register at most. Behind arch_leave there is no room. */
static inline bool put(u64 *empty, u64 lr)
{
	if (*empty != event_registers && put_again(event_registers & ~*empty, (u32)lr))
		return true;
	if (!*empty) {
		set_underflow(true);
		return false;
	}
	write_lr((u32)__builtin_ctzll(*empty), lr);
	*empty &= *empty - 1;
	return true;
}

bool gic_put(u32 intid, u32 priority, u32 physical)
{
	u64 empty = READ_REG(ICH_ELRSR_EL2) & event_registers;
	u64 lr = ICH_LR_PENDING | ICH_LR_GROUP1 | PUT(ICH_LR_PRIORITY, priority) | intid;

	if (physical)
		lr |= ICH_LR_HW | PUT(ICH_LR_PINTID, physical);
	return READ_REG(ICH_HCR_EL2) & ICH_HCR_EN && put(&empty, lr);
}

u64 gic_put_lines(u64 lines, const u8 *priority)
{
	u64 empty = READ_REG(ICH_ELRSR_EL2) & event_registers;

	for (; lines; lines &= lines - 1) {
		u64 line = (u64)__builtin_ctzll(lines);

		if (!put(&empty, ICH_LR_PENDING | ICH_LR_GROUP1 |
					 PUT(ICH_LR_PRIORITY, priority[line]) | line))
			break;
	}
	return lines;
}

/*
 * EOI in the guest deactivates the physical interrupt (HW = 1), and until then it does not come
 * again, so its list register is free.
 */
void gic_put_timer(u32 priority)
{
	write_lr(TIMER_LR, ICH_LR_PENDING | ICH_LR_GROUP1 | ICH_LR_HW |
				   PUT(ICH_LR_PRIORITY, priority) |
				   PUT(ICH_LR_PINTID, PPI_VIRTUAL_TIMER) |
				   PUT(ICH_LR_VINTID, PPI_VIRTUAL_TIMER));
}

u64 gic_take_back(u64 pending, u64 active)
{
	u32 count = list_registers();
	u64 taken = 0;

	for (u32 i = 0; i < count; i++) {
		u64 lr = read_lr(i);
		u64 line = GET(ICH_LR_VINTID, lr) < 64 ? BIT(GET(ICH_LR_VINTID, lr)) : 0;
		u64 off = (pending & line ? ICH_LR_PENDING : 0) |
			  (active & line ? ICH_LR_ACTIVE : 0);

		if (!(lr & off))
			continue;
		taken |= lr & off & ICH_LR_PENDING ? line : 0;
		if (lr & off & ICH_LR_ACTIVE && lr & ICH_LR_HW)
			gic_deactivate((u32)GET(ICH_LR_PINTID, lr));
		write_lr(i, lr & ~off);
	}
	return taken;
}

static bool has_vgic(void)
{
	return this_cpu()->guest->flags & PLAN_GUEST_LINUX;
}

bool arch_inject(u32 intid)
{
	if (!has_vgic())
		return gic_put(intid, PRIORITY, 0);
	vgic_route(intid);
	return true;
}

void arch_msi(u32 event)
{
	volatile u32 *translater =
		(volatile u32 *)(plan.gic.gits + GITS_TRANSLATION_FRAME + ABI_TRANSLATER_OFFSET);

	DSB(ishst);
	*translater = event;
}

static inline enum exit virtual_timer(void)
{
	count_entry(ABI_COUNT_TIMER);
	if (has_vgic())
		vgic_timer();
	else
		gic_put_timer(PRIORITY);
	return EXIT_RESUME;
}

/* Acknowledged before anybody looks: an SGI from now on is a new one (IHI 0069 4.1.1). */
static void end(u32 intid)
{
	DSB(sy);
	WRITE_REG(ICC_EOIR1_EL1, intid);
	gic_deactivate(intid);
}

/* Something was posted, or list registers became free. */
static inline enum exit look(enum abi_count class)
{
	enum exit exit = cpu_has_posts() ? core_kick() : EXIT_RESUME;

	if (has_vgic() && vgic_sync())
		class = ABI_COUNT_IPI;
	count_entry(class);
	return exit;
}

static bool is_spurious(u32 intid)
{
	return intid >= INTID_SPURIOUS && intid <= INTID_SPURIOUS_LAST;
}

/* A device's goes to its owner, who ends it, like the timer's. Nobody's ends here. */
static void route(u32 intid)
{
	WRITE_REG(ICC_EOIR1_EL1, intid);
	for (u32 i = 0; i < plan.wired_count; i++)
		if (plan_wired[i].physical == intid) {
			vgic_route(plan_wired[i].intid);
			return;
		}
	gic_deactivate(intid);
}

static enum exit device(u32 intid)
{
	count_entry(is_spurious(intid) ? ABI_COUNT_GIC : ABI_COUNT_DEVICE);
	if (is_spurious(intid))
		return EXIT_RESUME;
	route(intid);
	if (has_vgic())
		vgic_sync();
	return EXIT_RESUME;
}

/* EOIMode is 1: EOIR drops the priority, DIR deactivates. What comes most comes first. */
static inline enum exit take(u32 intid)
{
	switch (intid) {
	case PPI_VIRTUAL_TIMER:
		WRITE_REG(ICC_EOIR1_EL1, intid);
		return virtual_timer();
	case SGI_KICK:
		end(intid);
		return look(ABI_COUNT_KICK);
	case PPI_MAINTENANCE:
		set_underflow(false);
		end(intid);
		return look(ABI_COUNT_GIC);
	default:
		return device(intid);
	}
}

/* From vectors.S: an IRQ was taken from a guest. One interrupt an entry. */
void exit_irq(void)
{
	if (take((u32)READ_REG(ICC_IAR1_EL1)) == EXIT_STOP)
		core_park();
}

/*
 * No priority counts as active. There are 1, 2 or 4 registers of each kind for up to 5, 6 or 7 bits
 * of priority (12.2.2, 12.4.3); the virtual and the physical interface may differ.
 */
static void clear_priorities(void)
{
	u64 virtual = 1 + GET(ICH_VTR_PREBITS, READ_REG(ICH_VTR_EL2));
	u64 physical = 1 + GET(ICC_CTLR_PRIBITS, READ_REG(ICC_CTLR_EL1));

#define CLEAR_PRIORITIES(n, bits)                                                                  \
	if (virtual >= (bits)) {                                                                   \
		WRITE_REG(ICH_AP0R(n), 0);                                                         \
		WRITE_REG(ICH_AP1R(n), 0);                                                         \
	}                                                                                          \
	if (physical >= (bits))                                                                    \
		WRITE_REG(ICC_AP1R(n), 0);
	CLEAR_PRIORITIES(0, 1)
	CLEAR_PRIORITIES(1, 6)
	CLEAR_PRIORITIES(2, 7)
	CLEAR_PRIORITIES(3, 7)
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
	clear_priorities();
	for (u32 i = 0; i < list_registers(); i++)
		write_lr(i, 0);
	event_registers = BIT(list_registers()) - BIT(FIRST_EVENT_LR);
	set_underflow(false);
	ISB();
}

/*
 * Whatever it was in the middle of is over: the machine's interrupts behind it, too. Shared ones that
 * another vCPU is to take by now go there.
 */
void arch_leave(void)
{
	if (has_vgic())
		vgic_leave();
	WRITE_REG(cntv_ctl_el0, 0);
	WRITE_REG(ICH_HCR_EL2, 0);
	for (u32 i = 0; i < list_registers(); i++)
		write_lr(i, 0);
	gic_deactivate(PPI_VIRTUAL_TIMER);
	ISB();
}

/*
 * Interrupts are masked, which WFI does not mind: it ends at once if one is pending. Not PSCI's
 * CPU_OFF: firmware would power down a Redistributor that has a vPE resident.
 */
void arch_wait(void)
{
	u32 intid;

	__asm__ volatile("wfi" ::: "memory");
	intid = (u32)READ_REG(ICC_IAR1_EL1);
	if (intid < PRIVATE_INTERRUPTS)
		end(intid);
	else if (!is_spurious(intid))
		route(intid);
}
