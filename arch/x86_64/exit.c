/*
 * Exits: decodes what the VMCS says, has core or a sibling handle it, acts on the answer. The only place
 * where a guest's instruction pointer moves. Intel SDM volume 3, chapters 26 and 28.
 */
#include "arch/x86_64/apic.h"
#include "arch/x86_64/arch_types.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/decode.h"
#include "arch/x86_64/fetch.h"
#include "arch/x86_64/vmx.h"
#include "arch/x86_64/vmx_plan.h"
#include "core/arch.h"
#include "core/count.h"

typedef enum exit exit_fn(struct frame *frame);

void exit_guest(struct frame *frame);
_Noreturn void exit_entry_failed(void);

/* The stack at an exception in the hypervisor, as entry.S and the processor left it. */
struct self_frame {
	u64 vector;
	u64 error;
	u64 rip;
};

_Noreturn void exit_self(const struct self_frame *frame);

/* Instructions of VMX, SMX and VM functions: not there. What else is denied gets #GP. */
#define UNDEFINED                                                                                  \
	(BIT(REASON_GETSEC) | BITS(REASON_VMXON, REASON_VMCLEAR) | BIT(REASON_INVEPT) |            \
	 BIT(REASON_INVVPID) | BIT(REASON_VMFUNC))
#define DENIED (UNDEFINED | BIT(REASON_RDPMC) | BIT(REASON_CR) | BIT(REASON_XSETBV))

static u64 syndrome(void)
{
	return vmcs_read(EXIT_REASON) | vmcs_read(EXIT_INTERRUPTION) << 32;
}

static enum exit stop_guest(void)
{
	u64 reason = vmcs_read(EXIT_REASON) & (REASON_BASIC | REASON_ENTRY_FAILURE);
	bool has_gpa = reason == REASON_EPT_VIOLATION || reason == REASON_EPT_MISCONFIGURATION;
	struct fault fault = {
		.pc = vmcs_read(GUEST_RIP),
		.syndrome = syndrome(),
		.address = vmcs_read(EXIT_QUALIFICATION),
		.gpa = has_gpa ? vmcs_read(GUEST_PHYSICAL_ADDRESS) : 0,
	};

	return core_fault(&fault);
}

static enum exit exit_unknown(void)
{
	count_entry(ABI_COUNT_UNKNOWN);
	return stop_guest();
}

static enum exit exit_fault(struct frame *frame)
{
	(void)frame;
	count_entry(ABI_COUNT_FAULT);
	return stop_guest();
}

static bool was_delivering(void)
{
	return vmcs_read(IDT_VECTORING) & INTERRUPTION_VALID;
}

static void inject(u32 vector, bool has_error)
{
	vmcs_write(ENTRY_INTERRUPTION, INTERRUPTION_VALID | PUT(INTERRUPTION_TYPE, TYPE_EXCEPTION) |
					       (has_error ? INTERRUPTION_ERROR : 0) | vector);
	vmcs_write(ENTRY_ERROR_CODE, 0);
}

/*
 * #AC goes back to the guest, whose business it is, but not if it came of delivering an event: that
 * may have no end. NMI and #MC are the machine's; the guest that ran stops, the others go on.
 */
static enum exit exit_exception(struct frame *frame)
{
	u64 vector = GET(INTERRUPTION_VECTOR, vmcs_read(EXIT_INTERRUPTION));

	if (vector == VECTOR_MC)
		write_msr(MSR_MCG_STATUS, 0); /* else the next one is a shutdown: 16.3.1.2 */
	if (vector != VECTOR_AC || was_delivering())
		return exit_fault(frame);
	count_entry(ABI_COUNT_FAULT);
	inject(VECTOR_AC, true);
	return EXIT_RESUME;
}

static enum exit exit_interrupt(struct frame *frame)
{
	u64 vector = GET(INTERRUPTION_VECTOR, vmcs_read(EXIT_INTERRUPTION));

	(void)frame;
	apic_end();
	if (vector == VMX_VECTOR_KICK) {
		count_entry(ABI_COUNT_KICK);
		return core_kick();
	}
	if (vector == VMX_VECTOR_TIMER) {
		count_entry(ABI_COUNT_TIMER);
		apic_timer_due();
		return EXIT_RESUME;
	}
	count_entry(ABI_COUNT_DEVICE); /* nobody's: acknowledged, and forgotten */
	return EXIT_RESUME;
}

static enum exit exit_vmcall(struct frame *frame)
{
	u32 call = (u32)frame->r[RAX];
	enum exit exit;

	/* Only a guest's kernel calls; its programs find no such instruction. */
	if (vmcs_read(GUEST_RIGHTS(SEG_SS)) & RIGHTS_DPL) {
		count_entry(ABI_COUNT_CALL);
		return EXIT_FAULT;
	}
	if (call == ABI_CALL_OFF) {
		count_entry(ABI_COUNT_CALL);
		return core_guest_off();
	}
	exit = core_call(call, frame->r[RDI], &frame->r[RAX]);
	return exit == EXIT_RESUME ? EXIT_ADVANCE : exit;
}

static enum exit exit_cpuid(struct frame *frame)
{
	count_entry(ABI_COUNT_SYSREG);
	return cpuid_exit(frame);
}

static enum exit exit_rdmsr(struct frame *frame)
{
	count_entry(ABI_COUNT_SYSREG);
	return msr_read(frame);
}

static enum exit exit_wrmsr(struct frame *frame)
{
	count_entry(ABI_COUNT_SYSREG);
	return msr_write(frame);
}

/* INVD, WBINVD: caches agree, and no device of a guest reads memory past them. Nothing to do. */
static enum exit exit_caches(struct frame *frame)
{
	(void)frame;
	count_entry(ABI_COUNT_SYSREG);
	return EXIT_ADVANCE;
}

static u64 get_gpr(const struct frame *frame, u32 gpr)
{
	if (gpr == DECODE_IMMEDIATE)
		return 0;
	return gpr == RSP ? vmcs_read(GUEST_RSP) : frame->r[gpr];
}

static void set_gpr(struct frame *frame, u32 gpr, u64 value)
{
	if (gpr == RSP)
		vmcs_write(GUEST_RSP, value);
	else
		frame->r[gpr] = value;
}

/* Debug registers are not offered: they read as after a reset, and what is written is lost. */
static enum exit exit_dr(struct frame *frame)
{
	u64 qualification = vmcs_read(EXIT_QUALIFICATION);
	u32 gpr = (u32)GET(QUALIFICATION_DR_REGISTER, qualification);
	u64 dr = GET(QUALIFICATION_DR, qualification);
	u64 value = dr < 4 ? 0 : dr & 1 ? DR7_FIRST : DR6_FIRST;

	count_entry(ABI_COUNT_SYSREG);
	if (!(qualification & QUALIFICATION_DR_READ))
		return EXIT_ADVANCE;
	set_gpr(frame, gpr, value);
	return EXIT_ADVANCE;
}

/*
 * Ports are denied by default: the plan's bitmap opens those of the guest's own devices, and all others
 * read all ones and take nothing.
 */
static enum exit exit_io(struct frame *frame)
{
	u64 qualification = vmcs_read(EXIT_QUALIFICATION);
	u32 bits = 8 * ((u32)GET(QUALIFICATION_IO_SIZE, qualification) + 1);

	count_entry(ABI_COUNT_SYSREG);
	if (qualification & QUALIFICATION_IO_STRING)
		return EXIT_FAULT;
	if (qualification & QUALIFICATION_IO_IN)
		frame->r[RAX] = (bits < 32 ? frame->r[RAX] : 0) | BITS(bits - 1, 0);
	return EXIT_ADVANCE;
}

/*
 * A register of the guest's APIC was written in its virtual-APIC page (30.4.3). The timer is looked at
 * when it is due; the ICR sends nothing, to nobody.
 */
static enum exit exit_apic_write(struct frame *frame)
{
	(void)frame;
	count_entry(ABI_COUNT_GIC);
	return EXIT_RESUME;
}

/* What is no register of it, and what the processor reads there to deliver an event. */
static enum exit exit_apic_access(struct frame *frame)
{
	(void)frame;
	count_entry(ABI_COUNT_GIC);
	return was_delivering() ? stop_guest() : EXIT_FAULT;
}

/*
 * Only who has such a link has its RAM mapped here. Its windows alone are looked for, so that nothing is
 * decoded for an access that stops the guest anyway.
 */
static bool is_window(u64 address)
{
	for (u32 i = 0; i < plan.link_count; i++)
		if (plan_links[i].driver == this_cpu()->guest_index &&
		    plan_links[i].transport != PLAN_TRANSPORT_STATIC &&
		    address - plan_links[i].window < ABI_WINDOW_SIZE)
			return true;
	return false;
}

/*
 * The instruction that made an access which EPT refused. False: none that a driver would use, and the
 * guest stops: no exception is what a processor raises there, so it could make nothing of one. Delivery
 * of an event, IRET (bit 12 of the qualification) and walks are no such instructions.
 */
static bool describe(struct decoded *decoded)
{
	const struct plan_guest *guest = this_cpu()->guest;
	struct fetch_space space = {guest->ram_base, guest->ram_size, vmcs_read(GUEST_CR3)};
	u64 qualification = vmcs_read(EXIT_QUALIFICATION);
	u64 rights = vmcs_read(GUEST_RIGHTS(SEG_CS));
	u64 linear = vmcs_read(GUEST_RIP);
	u8 code[DECODE_MAX];
	u32 length;

	if ((qualification & QUALIFICATION_EPT_DATA) != QUALIFICATION_EPT_DATA || was_delivering())
		return false;
	if (!(rights & (RIGHTS_L | RIGHTS_DB)))
		return false; /* 16-bit code, which decode does not know */
	if (!(rights & RIGHTS_L))
		linear = (u32)(linear + vmcs_read(GUEST_BASE(SEG_CS)));
	length = fetch(&space, linear, code, DECODE_MAX);
	return decode(code, length, rights & RIGHTS_L, decoded) &&
	       qualification & (decoded->write ? QUALIFICATION_EPT_WRITE : QUALIFICATION_EPT_READ);
}

/* Outside of what the guest's tables map: a window, or nothing. */
static enum exit exit_ept_violation(struct frame *frame)
{
	struct decoded decoded;
	struct mmio mmio = {.address = {vmcs_read(GUEST_PHYSICAL_ADDRESS)}};
	enum exit exit;
	u64 old;

	if (!is_window(mmio.address.v) || !describe(&decoded))
		return exit_fault(frame);
	/* A reset, and whatever follows it, waits here until no CPU of the guest has the old entry. */
	if (cpu_guest_stale()) {
		count_entry(decoded.write ? ABI_COUNT_TRAP_W : ABI_COUNT_TRAP_R);
		arch_relax();
		return EXIT_RESUME;
	}
	old = get_gpr(frame, decoded.gpr);
	mmio.size = decoded.size;
	mmio.write = decoded.write;
	mmio.value = decode_write(&decoded, old);
	exit = core_mmio(&mmio);
	if (exit == EXIT_STOP)
		return exit_fault(frame);
	if (exit == EXIT_ADVANCE && !mmio.write)
		set_gpr(frame, decoded.gpr, decode_read(&decoded, old, mmio.value));
	frame->length = decoded.length;
	return exit;
}

/* Indexed by basic exit reason. */
static exit_fn *const exits[REASON_MAX] = {
	[REASON_EXCEPTION] = exit_exception,
	[REASON_EXTERNAL_INTERRUPT] = exit_interrupt,
	[REASON_TRIPLE_FAULT] = exit_fault,
	[REASON_CPUID] = exit_cpuid,
	[REASON_INVD] = exit_caches,
	[REASON_VMCALL] = exit_vmcall,
	[REASON_DR] = exit_dr,
	[REASON_IO] = exit_io,
	[REASON_RDMSR] = exit_rdmsr,
	[REASON_WRMSR] = exit_wrmsr,
	[REASON_APIC_ACCESS] = exit_apic_access,
	[REASON_EPT_VIOLATION] = exit_ept_violation,
	[REASON_WBINVD] = exit_caches,
	[REASON_APIC_WRITE] = exit_apic_write,
};

/* What is in neither is an exit that this CPU should not make, or an entry that it refused. */
static enum exit exit_other(u64 reason)
{
	if (reason >= REASON_MAX || !(DENIED & BIT(reason)))
		return exit_unknown();
	count_entry(ABI_COUNT_SYSREG);
	return EXIT_FAULT;
}

/*
 * The instruction was carried out: 25.4.2 for what it ends, 27.7.3 for a single step over it. RF is 1
 * after an EPT violation, as a fault would save it (28.3.3), and 0 behind an instruction.
 */
static void advance(u64 length)
{
	u64 rip = vmcs_read(GUEST_RIP) + length;
	u64 flags = vmcs_read(GUEST_RFLAGS);
	u64 blocking = vmcs_read(GUEST_INTERRUPTIBILITY);

	if (!(vmcs_read(GUEST_RIGHTS(SEG_CS)) & RIGHTS_L))
		rip = (u32)rip;
	vmcs_write(GUEST_RIP, rip);
	if (blocking & BLOCKING_SHADOW)
		vmcs_write(GUEST_INTERRUPTIBILITY, blocking & ~BLOCKING_SHADOW);
	if (flags & RFLAGS_RF)
		vmcs_write(GUEST_RFLAGS, flags & ~RFLAGS_RF);
	if (flags & RFLAGS_TF)
		vmcs_write(GUEST_PENDING_DEBUG, vmcs_read(GUEST_PENDING_DEBUG) | PENDING_DEBUG_BS);
}

static bool is_undefined(u64 reason)
{
	return reason == REASON_VMCALL || (reason < REASON_MAX && UNDEFINED & BIT(reason));
}

/* An event whose delivery the exit cut short comes again: 28.2.4. */
static void redeliver(void)
{
	u64 event = vmcs_read(IDT_VECTORING);

	if (!(event & INTERRUPTION_VALID))
		return;
	vmcs_write(ENTRY_INTERRUPTION, event & INTERRUPTION_REDELIVER);
	vmcs_write(ENTRY_ERROR_CODE, vmcs_read(IDT_ERROR_CODE));
	vmcs_write(ENTRY_LENGTH, vmcs_read(EXIT_LENGTH));
}

void exit_guest(struct frame *frame)
{
	u64 reason = vmcs_read(EXIT_REASON) & (REASON_BASIC | REASON_ENTRY_FAILURE);
	exit_fn *fn = reason < REASON_MAX ? exits[reason] : NULL;
	enum exit exit;

	cpu_forget_stale();
	exit = fn ? fn(frame) : exit_other(reason);
	if (exit == EXIT_ADVANCE)
		/* VMX does not say it of EPT violations: 28.2.5. */
		advance(reason == REASON_EPT_VIOLATION ? frame->length : vmcs_read(EXIT_LENGTH));
	else if (exit == EXIT_FAULT)
		inject(is_undefined(reason) ? VECTOR_UD : VECTOR_GP, !is_undefined(reason));
	else if (exit == EXIT_STOP)
		core_park();
	else
		redeliver();
	cpu_remember_exit(syndrome());
}

/* entry.S: VMLAUNCH or VMRESUME went on behind itself, which a guest's state cannot cause (27.2). */
void exit_entry_failed(void)
{
	panic("VM entry fails: VM-instruction error %u", vmcs_read(INSTRUCTION_ERROR));
}

/* Once: the next one may come of what panic does. */
void exit_self(const struct self_frame *frame)
{
	static bool before;
	u64 cr2;

	while (__atomic_exchange_n(&before, true, __ATOMIC_RELAXED))
		__asm__ volatile("cli\n\thlt");
	__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	panic("exception %u in the hypervisor: pc %x error %x address %x", frame->vector,
	      frame->rip, frame->error, cr2);
}
