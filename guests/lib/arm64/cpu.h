/*
 * Registers and instructions of arm64 that C cannot say. For guests/lib only.
 */
#ifndef GUESTS_LIB_ARM64_CPU_H
#define GUESTS_LIB_ARM64_CPU_H

#include "core/abi.h"
#include "core/bits.h"
#include "guests/lib/arm64/layout.h"

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

/* Per vCPU; TPIDR_EL1 points to it. layout.h has the offsets. */
struct guest_cpu {
	volatile u32 event; /* an interrupt was taken */
	volatile u32 fired; /* the watchdog's */
	u32 index;
	volatile u32 survive; /* 1 + faults that were skipped; 0: a fault is fatal */
	u64 esr;	      /* of the last fault */
	u64 far;
	u64 elr;
	u64 x[31];
	u64 sp;
	u64 watchdog;	/* ticks; 0: none */
	u64 idle_since; /* ticks; 0: not idle */
	bool polls;	/* receives by looking */
};

_Static_assert(offsetof(struct guest_cpu, fired) == CPU_FIRED, "guest_cpu.fired");
_Static_assert(offsetof(struct guest_cpu, index) == CPU_INDEX, "guest_cpu.index");
_Static_assert(offsetof(struct guest_cpu, survive) == CPU_SURVIVE, "guest_cpu.survive");
_Static_assert(offsetof(struct guest_cpu, esr) == CPU_ESR, "guest_cpu.esr");
_Static_assert(offsetof(struct guest_cpu, x) == CPU_X, "guest_cpu.x");
_Static_assert(offsetof(struct guest_cpu, sp) == CPU_SP, "guest_cpu.sp");
_Static_assert(sizeof(struct guest_cpu) == CPU_STRUCT_SIZE, "guest_cpu");

extern struct guest_cpu guest_cpus[CPU_MAX];

static inline struct guest_cpu *this_cpu(void)
{
	struct guest_cpu *cpu;

	__asm__("mrs %0, tpidr_el1" : "=r"(cpu));
	return cpu;
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

static inline void cpu_yield(void)
{
	__asm__ volatile("yield" : : : "memory");
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

/* mmu.c: called by start.S with the MMU off. */
void mmu_build(void);
void mmu_enable(void);

/* The program's; called by boot.c. */
int main(int argc, char **argv);

/* boot.c: called by start.S. */
_Noreturn void guest_boot(void);
_Noreturn void guest_boot_secondary(u32 vcpu);

/* doorbell.c */
void doorbell_init(void);

/* boot.c: the virtual timer; 0 stops it. Its interrupt sets `fired`. */
void guest_alarm(u64 ticks);

/* fault.c: called by vectors.S on the emergency stack. */
_Noreturn void guest_fault(const struct guest_cpu *cpu, u32 vector);

#endif
