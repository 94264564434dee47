/*
 * Registers and instructions of arm64 that C cannot say. For guests/lib only.
 */
#ifndef GUESTS_LIB_ARM64_CPU_H
#define GUESTS_LIB_ARM64_CPU_H

#include "core/abi.h"
#include "core/bits.h"
#include "guests/lib/arm64/layout.h"
#include "guests/lib/guest_plan.h"
#include "guests/lib/vcpu.h"

#define READ_REG(name)                                                                             \
	({                                                                                         \
		u64 value_;                                                                        \
		__asm__ volatile("mrs %0, " #name : "=r"(value_));                                 \
		value_;                                                                            \
	})
#define WRITE_REG(name, value)                                                                     \
	__asm__ volatile("msr " #name ", %0" : : "r"((u64)(value)) : "memory")

/* GIC CPU interface, Arm IHI 0069 section 12.2, by encoding: assemblers differ in the names. */
#define ICC_PMR_EL1 S3_0_C4_C6_0
#define ICC_IGRPEN1_EL1 S3_0_C12_C12_7
#define READ_SYSREG(name) READ_REG(name)
#define WRITE_SYSREG(name, value) WRITE_REG(name, value)

#define ARCH_FAULT_TEXT "esr %#lx elr %#lx far %#lx"
#define ARCH_REGISTERS 32u
#define ARCH_CRASH_SYNDROME "esr"
#define ARCH_CRASH_ADDRESS "far"

/* Per vCPU; TPIDR_EL1 points to it. layout.h has the offsets. */
struct guest_cpu {
	struct guest_vcpu vcpu; /* syndrome, address, pc: ESR_EL1, FAR_EL1, ELR_EL1 */
	u64 x[ARCH_REGISTERS];	/* of the last fault; x[31]: SP */
};

_Static_assert(offsetof(struct guest_cpu, vcpu.event) == CPU_EVENT, "guest_vcpu.event");
_Static_assert(offsetof(struct guest_cpu, vcpu.fired) == CPU_FIRED, "guest_vcpu.fired");
_Static_assert(offsetof(struct guest_cpu, vcpu.index) == CPU_INDEX, "guest_vcpu.index");
_Static_assert(offsetof(struct guest_cpu, vcpu.survive) == CPU_SURVIVE, "guest_vcpu.survive");
_Static_assert(offsetof(struct guest_cpu, vcpu.syndrome) == CPU_SYNDROME, "guest_vcpu.syndrome");
_Static_assert(offsetof(struct guest_cpu, vcpu.address) == CPU_SYNDROME + 8, "guest_vcpu.address");
_Static_assert(offsetof(struct guest_cpu, vcpu.pc) == CPU_SYNDROME + 16, "guest_vcpu.pc");
_Static_assert(offsetof(struct guest_cpu, x) == CPU_X, "guest_cpu.x");
_Static_assert(sizeof(struct guest_cpu) == CPU_STRUCT_SIZE, "guest_cpu");

extern struct guest_cpu guest_cpus[CPU_MAX];

static inline struct guest_vcpu *this_vcpu(void)
{
	struct guest_vcpu *vcpu;

	__asm__("mrs %0, tpidr_el1" : "=r"(vcpu));
	return vcpu;
}

/* HVC #call, see abi.h: x0 is the result, all other registers are kept. */
#define HYPERCALL(call, argument)                                                                  \
	({                                                                                         \
		register u64 x0_ __asm__("x0");                                                    \
		register u64 x1_ __asm__("x1") = (argument);                                       \
		__asm__ volatile("hvc %1" : "=r"(x0_) : "i"(call), "r"(x1_) : "memory");           \
		(int64_t) x0_;                                                                     \
	})

static inline int64_t psci(u32 function)
{
	register u64 x0 __asm__("x0") = function;

	__asm__ volatile("hvc %1" : "+r"(x0) : "i"(ABI_CALL_PSCI) : "x1", "x2", "x3", "memory");
	return (int64_t)x0;
}

#define PSCI_SYSTEM_OFF 0x84000008u

static inline void irq_mask(void)
{
	__asm__ volatile("msr daifset, #2" : : : "memory");
}

/* ISB: a pending interrupt is taken here and not later. */
static inline void irq_unmask(void)
{
	__asm__ volatile("msr daifclr, #2\n\tisb" : : : "memory");
}

static inline void isb(void)
{
	__asm__ volatile("isb" : : : "memory");
}

static inline void dsb_sy(void)
{
	__asm__ volatile("dsb sy" : : : "memory");
}

static inline void wfi(void)
{
	__asm__ volatile("wfi" : : : "memory");
}

static inline void wfe(void)
{
	__asm__ volatile("wfe" : : : "memory");
}

/* Loads and stores in the shape whose syndrome a hypervisor can read: base register, no writeback. */
static inline u32 mmio_read32(u64 address)
{
	u32 value;

	__asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
	return value;
}

static inline u8 mmio_read8(u64 address)
{
	u32 value;

	__asm__ volatile("ldrb %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
	return (u8)value;
}

static inline void mmio_write32(u64 address, u32 value)
{
	__asm__ volatile("str %w0, [%1]" : : "rZ"(value), "r"(address) : "memory");
}

/* ---- see arch.h ---- */

static inline void arch_ring(const struct guest_doorbell *doorbell)
{
	__asm__ volatile("dsb ishst" : : : "memory");
	mmio_write32(guest_plan.doorbell_frame + ABI_TRANSLATER_OFFSET, doorbell->event);
}

static inline void arch_pause(void)
{
	__asm__ volatile("yield" : : : "memory");
}

/* The event stream is the bound. */
static inline void arch_rest(void)
{
	wfe();
}

static inline void arch_arm(const volatile u32 *word)
{
	u32 value;

	__asm__ volatile("ldaxr %w0, [%1]" : "=&r"(value) : "r"(word) : "memory");
}

/* An interrupt taken between the look and WFE ends WFE too: its return sets the event register. */
static inline void arch_wait_armed(const struct guest_vcpu *vcpu)
{
	(void)vcpu;
	wfe();
}

static inline void arch_disarm(void)
{
	__asm__ volatile("clrex" : : : "memory");
}

static inline void arch_wait_interrupt(const struct guest_vcpu *vcpu)
{
	irq_mask();
	if (!vcpu->event)
		wfi();
	irq_unmask();
}

/* A store's abort may be reported late. */
static inline void arch_settle(void)
{
	dsb_sy();
	isb();
}

/* mmu.c: called by start.S with the MMU off. */
void mmu_enable(void);

#endif
