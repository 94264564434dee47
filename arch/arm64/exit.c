/*
 * Exits: decodes what vectors.S saved, has core or a sibling handle it, acts on the answer. The only
 * place where a guest's program counter moves. Interrupts go to gic.c.
 */
#include "arch/arm64/arch_types.h"
#include "arch/arm64/gic.h"
#include "arch/arm64/regs.h"
#include "arch/arm64/vgic.h"
#include "core/arch.h"
#include "core/count.h"
#include "core/log.h"

typedef enum exit exit_fn(struct frame *frame, u64 esr);

void exit_sync(struct frame *frame);
void exit_fiq(void);
void exit_serror(void);
_Noreturn void exit_self(u64 vector);

/* FAR_EL2 and HPFAR_EL2 hold what the syndrome says they hold; else 0 is kept. */
static enum exit stop_guest(u64 esr)
{
	u32 class = (u32)GET(ESR_EC, esr);
	bool abort = class == EC_DATA_ABORT || class == EC_INSTRUCTION_ABORT;
	bool has_gpa = abort && (GET(DFSC_TYPE, esr) <= DFSC_ACCESS_FLAG || esr & ISS_S1PTW);
	struct fault fault = {
		.pc = READ_REG(elr_el2),
		.syndrome = esr,
		.address = abort && !(esr & ISS_FNV) ? READ_REG(far_el2) : 0,
		.gpa = has_gpa ? GET(HPFAR_FIPA, READ_REG(hpfar_el2)) << 12 : 0,
	};

	return core_fault(&fault);
}

static enum exit exit_unknown(u64 esr)
{
	count_entry(ABI_COUNT_UNKNOWN);
	return stop_guest(esr);
}

/* An access that is not offered. DDI 0487 D1.3.4: EL1 sees an exception of unknown reason. */
static enum exit exit_denied(void)
{
	count_entry(ABI_COUNT_SYSREG);
	return EXIT_FAULT;
}

static enum exit exit_hvc(struct frame *frame, u64 esr)
{
	u32 call = (u32)GET(BITS(15, 0), esr);

	if (call == ABI_CALL_PSCI)
		return psci_exit(frame);
	return core_call(call, frame->x[1], &frame->x[0]);
}

static enum exit exit_sysreg(struct frame *frame, u64 esr)
{
	if ((esr & ISS_SYSREG) == ISS_WRITE_SGI1R)
		return vgic_sgi(frame->x[GET(ISS_RT, esr)]);
	count_entry(ABI_COUNT_SYSREG);
	return sysreg_exit(frame, (u32)GET(ESR_ISS, esr));
}

static enum exit exit_instruction_abort(struct frame *frame, u64 esr)
{
	(void)frame;
	count_entry(ABI_COUNT_FAULT);
	return stop_guest(esr);
}

static u64 sign_extend(u64 value, u32 size, bool wide)
{
	u64 sign = BIT(8 * size - 1);

	value = (value ^ sign) - sign;
	return wide ? value : (u32)value;
}

static void finish_read(struct frame *frame, u64 esr, const struct mmio *mmio)
{
	u64 value = mmio->value;

	if (esr & ISS_SSE && mmio->size < 8)
		value = sign_extend(value, mmio->size, esr & ISS_SF);
	frame->x[GET(ISS_SRT, esr)] = value;
}

/* Stage 2 refused a load or store. Only a translation fault with a full syndrome is a window. */
static enum exit exit_data_abort(struct frame *frame, u64 esr)
{
	const u64 described = ISS_ISV | PUT(DFSC_TYPE, DFSC_TRANSLATION);
	struct mmio mmio = {
		.address = {GET(HPFAR_FIPA, READ_REG(hpfar_el2)) << 12 |
			    (READ_REG(far_el2) & BITS(11, 0))},
		.size = 1u << GET(ISS_SAS, esr),
		.write = esr & ISS_WNR,
		.value = frame->x[GET(ISS_SRT, esr)],
	};
	enum exit exit;

	if ((esr & (ISS_ISV | ISS_S1PTW | DFSC_TYPE)) != described) {
		count_entry(ABI_COUNT_FAULT);
		return stop_guest(esr);
	}
	exit = core_mmio(&mmio);
	if (exit == EXIT_STOP)
		exit = vgic_mmio(&mmio);
	if (exit == EXIT_STOP) {
		count_entry(ABI_COUNT_FAULT);
		return stop_guest(esr);
	}
	if (exit == EXIT_ADVANCE && !mmio.write)
		finish_read(frame, esr, &mmio);
	return exit;
}

/* Indexed by ESR_EL2.EC. */
static exit_fn *const exits[64] = {
	[EC_HVC64] = exit_hvc,
	[EC_SYSREG] = exit_sysreg,
	[EC_INSTRUCTION_ABORT] = exit_instruction_abort,
	[EC_DATA_ABORT] = exit_data_abort,
};

/* What is in neither is an exit that this CPU should not make. */
static enum exit exit_other(u32 class, u64 esr)
{
	return EC_DENIED & BIT(class) ? exit_denied() : exit_unknown(esr);
}

static bool offers_pan(void)
{
	return GET(MMFR1_PAN, READ_REG(id_aa64mmfr1_el1)) != 0;
}

/* Where EL1 takes a synchronous exception, from VBAR_EL1. DDI 0487 D1.3.1. */
static u64 vector_offset(u64 spsr)
{
	if (spsr & SPSR_M_AARCH32)
		return 0x600;
	if (!(spsr & SPSR_M_EL))
		return 0x400;
	return spsr & SPSR_M_SP ? 0x200 : 0;
}

/* PSTATE as exception entry makes it, D1.3.2. AArch32 keeps DIT in another place. */
static u64 entry_pstate(u64 spsr)
{
	u64 sctlr = READ_REG(sctlr_el1);
	u64 pstate = SPSR_EL1H | SPSR_DAIF | (spsr & SPSR_PAN);

	if (!(spsr & SPSR_M_AARCH32))
		pstate |= spsr & (SPSR_NZCV | SPSR_DIT);
	if (!(sctlr & SCTLR_EL1_SPAN) && offers_pan())
		pstate |= SPSR_PAN;
	if (sctlr & SCTLR_EL1_DSSBS)
		pstate |= SPSR_SSBS;
	return pstate;
}

static __attribute__((noinline)) void inject_undefined(void)
{
	u64 spsr = READ_REG(spsr_el2);

	WRITE_REG(esr_el1, ESR_IL | PUT(ESR_EC, EC_UNKNOWN));
	WRITE_REG(elr_el1, READ_REG(elr_el2));
	WRITE_REG(spsr_el1, spsr);
	WRITE_REG(elr_el2, READ_REG(vbar_el1) + vector_offset(spsr));
	WRITE_REG(spsr_el2, entry_pstate(spsr));
}

/* The instruction was carried out. AArch32 code (EL0) would need its IT state moved: not offered. */
static void advance(void)
{
	u64 spsr = READ_REG(spsr_el2);

	if (spsr & SPSR_M_AARCH32) {
		inject_undefined();
		return;
	}
	WRITE_REG(elr_el2, READ_REG(elr_el2) + 4);
	WRITE_REG(spsr_el2, spsr & ~SPSR_BTYPE);
}

static inline __attribute__((always_inline)) void act(enum exit exit)
{
	/* First what happens most. */
	if (exit == EXIT_ADVANCE)
		advance();
	else if (exit == EXIT_FAULT)
		inject_undefined();
	else if (exit == EXIT_STOP)
		core_park();
}

void exit_sync(struct frame *frame)
{
	u64 esr = READ_REG(esr_el2);
	u32 class = (u32)GET(ESR_EC, esr);
	exit_fn *fn = exits[class];

	act(__builtin_expect(!fn, false) ? exit_other(class, esr) : fn(frame, esr));
	cpu_remember_exit(esr);
}

/* No FIQ is routed to the hypervisor: Group 0 is off. */
void exit_fiq(void)
{
	act(exit_unknown(0));
}

/* SError policy: the guest that ran when it arrived is stopped, the others go on. */
void exit_serror(void)
{
	act(exit_unknown(READ_REG(esr_el2)));
}

/* Once: the next one may come of what panic does. No atomic access, for the MMU may be off. */
void exit_self(u64 vector)
{
	static volatile bool before;

	while (before)
		__asm__ volatile("wfi");
	before = true;
	panic("exception %u in the hypervisor: pc %x syndrome %x address %x", vector,
	      READ_REG(elr_el2), READ_REG(esr_el2), READ_REG(far_el2));
}
