/*
 * Registers and instructions of x86_64 that C cannot say. For guests/lib only, and for programs that
 * provoke faults. "SDM": Intel's, volume 3 where no other is named.
 */
#ifndef GUESTS_LIB_X86_64_CPU_H
#define GUESTS_LIB_X86_64_CPU_H

#include "core/abi.h"
#include "core/bits.h"
#include "guests/lib/guest_plan.h"
#include "guests/lib/vcpu.h"
#include "guests/lib/x86_64/layout.h"

#define ARCH_FAULT_TEXT "code %#lx rip %#lx address %#lx"
#define ARCH_REGISTERS REGISTER_COUNT
#define ARCH_CRASH_SYNDROME "exit"
#define ARCH_CRASH_ADDRESS "qualification"

#define IRQ_STACK_SIZE 512u
#define FAULT_STACK_SIZE 512u
#define TSS_WORDS 26u

struct irq_source;

/* Per vCPU; the base of GS. layout.h has the offsets. */
struct guest_cpu {
	struct guest_vcpu vcpu; /* `event` lies in a line of its own that MONITOR may watch */
	u64 registers[ARCH_REGISTERS]; /* of the last fault */
	struct guest_vcpu *self;
	struct irq_source *sources; /* by vector from DOORBELL_VECTOR_FIRST on */
	u64 alarm;		    /* that is programmed; 0: none */
	u64 gdt[GDT_ENTRIES];
	u32 tss[TSS_WORDS]; /* SDM 8.7 */
	/* Interrupts and faults: whatever they interrupt, nothing is written below its RSP. */
	u8 irq_stack[IRQ_STACK_SIZE] __attribute__((aligned(16)));
	u8 fault_stack[FAULT_STACK_SIZE] __attribute__((aligned(16)));
} __attribute__((aligned(64)));

_Static_assert(offsetof(struct guest_cpu, vcpu.event) == CPU_EVENT, "guest_vcpu.event");
_Static_assert(offsetof(struct guest_cpu, vcpu.fired) == CPU_FIRED, "guest_vcpu.fired");
_Static_assert(offsetof(struct guest_cpu, vcpu.index) == CPU_INDEX, "guest_vcpu.index");
_Static_assert(offsetof(struct guest_cpu, vcpu.survive) == CPU_SURVIVE, "guest_vcpu.survive");
_Static_assert(offsetof(struct guest_cpu, vcpu.syndrome) == CPU_SYNDROME, "guest_vcpu.syndrome");
_Static_assert(offsetof(struct guest_cpu, vcpu.address) == CPU_ADDRESS, "guest_vcpu.address");
_Static_assert(offsetof(struct guest_cpu, vcpu.pc) == CPU_PC, "guest_vcpu.pc");
_Static_assert(offsetof(struct guest_cpu, registers) == CPU_REGISTERS, "guest_cpu.registers");
_Static_assert(offsetof(struct guest_cpu, self) == CPU_SELF, "guest_cpu.self");
_Static_assert(offsetof(struct guest_cpu, sources) == CPU_SOURCES, "guest_cpu.sources");

extern struct guest_cpu guest_cpus[CPU_MAX];

static inline struct guest_vcpu *this_vcpu(void)
{
	struct guest_vcpu *vcpu;

	__asm__("movq %%gs:%c1, %0" : "=r"(vcpu) : "i"(CPU_SELF));
	return vcpu;
}

static inline struct guest_cpu *this_cpu(void)
{
	return &guest_cpus[this_vcpu()->index];
}

/* VMCALL, see abi.h: RAX is the result, all other registers are kept. */
#define HYPERCALL(call, argument)                                                                  \
	({                                                                                         \
		int64_t rax_;                                                                      \
		__asm__ volatile("vmcall"                                                          \
				 : "=a"(rax_)                                                      \
				 : "a"((u64)(call)), "D"((u64)(argument))                          \
				 : "cc", "memory");                                                \
		rax_;                                                                              \
	})

/*
 * An instruction, as a string in inline assembly, that guest_survive lets fault. The table, in
 * section .fixups, says where to go on: behind it.
 */
#define GUEST_MAY_FAULT(instruction)                                                               \
	"7701:\t" instruction "\n7702:\n"                                                          \
	"\t.pushsection .fixups, \"a\"\n\t.balign 8\n\t.quad 7701b, 7702b\n\t.popsection\n"

static inline void irq_mask(void)
{
	__asm__ volatile("cli" : : : "memory");
}

static inline void irq_unmask(void)
{
	__asm__ volatile("sti" : : : "memory");
}

static inline void cpu_pause(void)
{
	__asm__ volatile("pause" : : : "memory");
}

static inline void mfence(void)
{
	__asm__ volatile("mfence" : : : "memory");
}

static inline void write_msr(u32 msr, u64 value)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32)) : "memory");
}

/* Loads and stores that a hypervisor can decode: MOV between one register and memory. */
static inline u32 mmio_read32(u64 address)
{
	u32 value;

	__asm__ volatile("movl (%1), %0" : "=r"(value) : "r"(address) : "memory");
	return value;
}

static inline u8 mmio_read8(u64 address)
{
	u8 value;

	__asm__ volatile("movb (%1), %0" : "=q"(value) : "r"(address) : "memory");
	return value;
}

static inline void mmio_write32(u64 address, u32 value)
{
	__asm__ volatile("movl %0, (%1)" : : "r"(value), "r"(address) : "memory");
}

/* vectors.S: MWAIT, unless *event is set; see there. */
void guest_doze(const volatile u32 *event);

/* ---- see arch.h ---- */

/* Within a gate there is no stack and no IDT: interrupts must wait. */
static inline void arch_ring(const struct guest_doorbell *doorbell)
{
	__asm__ volatile("pushfq\n\tcli\n\tcall *%0\n\tpopfq"
			 :
			 : "r"(doorbell->gate)
			 : "rax", "rcx", "cc", "memory");
}

static inline void arch_pause(void)
{
	cpu_pause();
}

/* Some microseconds; a PAUSE takes from 10 to 140 cycles. */
static inline void arch_rest(void)
{
	for (u32 i = 0; i < 64; i++)
		cpu_pause();
}

static inline void arch_arm(const volatile u32 *word)
{
	__asm__ volatile("monitor" : : "a"(word), "c"(0), "d"(0) : "memory");
}

static inline void arch_wait_armed(const struct guest_vcpu *vcpu)
{
	guest_doze(&vcpu->event);
}

static inline void arch_disarm(void)
{
}

static inline void arch_wait_interrupt(const struct guest_vcpu *vcpu)
{
	arch_arm(&vcpu->event);
	guest_doze(&vcpu->event);
}

/* Faults are precise. */
static inline void arch_settle(void)
{
	__asm__ volatile("" : : : "memory");
}

/* cpu.c: called by start.S: segments, interrupt table, and what this_vcpu needs. */
void guest_cpu_setup(u32 index);

/* mmu.c: called by start.S once pages_build is done. */
void mmu_enable(void);

#endif
