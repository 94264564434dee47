/*
 * Time, interrupts and the end of a guest on x86_64, see arch.h.
 */
#include <cpuid.h>

#include "guests/lib/arch.h"
#include "guests/lib/guest.h"

/* Leaves of the hypervisor: the highest, and the TSC's frequency in kHz. */
#define CPUID_HYPERVISOR 0x40000000u
#define CPUID_TSC_KHZ 0x40000010u

#define IA32_TSC_DEADLINE 0x6e0u
#define SVR_ENABLE BIT(8)		/* SDM 12.9 */
#define LVT_TSC_DEADLINE ((u64)2 << 17) /* SDM 12.5.4.1 */

/* What vectors.S does for a doorbell: by vCPU, then by vector. Every flag is valid. */
struct irq_source {
	volatile u32 *flag;
	u64 window;
};

_Static_assert(sizeof(struct irq_source) == 16, "vectors.S shifts by 4");

static struct irq_source sources[CPU_MAX][DOORBELL_VECTORS];
static volatile u32 nobody;
static u64 tsc_hz;

static u64 read_tsc_hz(void)
{
	u32 eax, ebx, ecx, edx;

	__cpuid(CPUID_HYPERVISOR, eax, ebx, ecx, edx);
	if (eax < CPUID_TSC_KHZ)
		return 0;
	__cpuid(CPUID_TSC_KHZ, eax, ebx, ecx, edx);
	return (u64)eax * 1000;
}

/* CPUID enters the hypervisor: asked once. Nothing can be timed without an answer. */
void arch_init(void)
{
	tsc_hz = read_tsc_hz();
	if (!tsc_hz) {
		guest_done(1);
		guest_off();
	}
	for (u32 i = 0; i < CPU_MAX; i++) {
		guest_cpus[i].sources = sources[i];
		for (u32 j = 0; j < DOORBELL_VECTORS; j++)
			sources[i][j].flag = &nobody;
	}
}

void arch_listen(const struct guest_doorbell *doorbell, volatile u32 *flag, u64 window)
{
	u32 index = doorbell->vector - DOORBELL_VECTOR_FIRST;

	if (index < DOORBELL_VECTORS)
		sources[doorbell->vcpu % CPU_MAX][index] = (struct irq_source){flag, window};
}

/* MFENCE: a WRMSR of the deadline must not pass the store of its mode, SDM 12.5.4.1. */
void arch_open(void)
{
	mmio_write32(APIC_BASE + APIC_SVR, SVR_ENABLE | SPURIOUS_VECTOR);
	mmio_write32(APIC_BASE + APIC_TPR, 0);
	mmio_write32(APIC_BASE + APIC_LVT_TIMER, LVT_TSC_DEADLINE | TIMER_VECTOR);
	mfence();
	irq_unmask();
}

void arch_release(u32 *released)
{
	__atomic_store_n(released, 1, __ATOMIC_RELEASE);
}

/* LFENCE: not before what comes before it. */
u64 guest_ticks(void)
{
	u32 low, high;

	__asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (u64)high << 32 | low;
}

u64 guest_ticks_per_second(void)
{
	return tsc_hz;
}

/* Each WRMSR enters the hypervisor. */
void arch_alarm(u64 ticks)
{
	struct guest_cpu *cpu = this_cpu();

	if (!ticks && !cpu->alarm)
		return;
	cpu->alarm = ticks;
	write_msr(IA32_TSC_DEADLINE, ticks);
}

void guest_off(void)
{
	HYPERCALL(ABI_CALL_OFF, 0);
	for (;;)
		cpu_pause();
}

u32 window_read(u64 window, u32 offset)
{
	return mmio_read32(window + offset);
}

u8 window_read8(u64 window, u32 offset)
{
	return mmio_read8(window + offset);
}

/* Stores are seen in order: rings and buffers before the register. */
void window_write(u64 window, u32 offset, u32 value)
{
	mmio_write32(window + offset, value);
}

const char *const arch_register_names[ARCH_REGISTERS] = {
	[REGISTER_RAX] = "rax",	   [REGISTER_RBX] = "rbx",	 [REGISTER_RCX] = "rcx",
	[REGISTER_RDX] = "rdx",	   [REGISTER_RSI] = "rsi",	 [REGISTER_RDI] = "rdi",
	[REGISTER_RBP] = "rbp",	   [REGISTER_RSP] = "rsp",	 [REGISTER_R8] = "r8",
	[REGISTER_R8 + 1] = "r9",  [REGISTER_R8 + 2] = "r10",	 [REGISTER_R8 + 3] = "r11",
	[REGISTER_R8 + 4] = "r12", [REGISTER_R8 + 5] = "r13",	 [REGISTER_R8 + 6] = "r14",
	[REGISTER_R8 + 7] = "r15", [REGISTER_RFLAGS] = "rflags",
};

const u64 *arch_registers(const struct guest_vcpu *vcpu)
{
	return guest_cpus[vcpu->index % CPU_MAX].registers;
}
