/*
 * What the small kernels here share: they run by Linux's protocol, on a PSCI and a GICv3, without an
 * MMU, under the hypervisor as a guest with `kernel`, and on a bare QEMU at EL1, too. start.S calls.
 */
#ifndef TESTS_KERNEL_KERNEL_H
#define TESTS_KERNEL_KERNEL_H

#include "core/abi.h"
#include "core/bits.h"
#include "tests/kernel/psci.h"

#define GICD 0x08000000u /* board qemu-virt-arm64 */
#define GICR 0x080a0000u
#define UART 0x09000000u
#define INTID_TIMER 27u

#define ICC_PMR_EL1 S3_0_C4_C6_0
#define ICC_SGI1R_EL1 S3_0_C12_C11_5
#define ICC_SRE_EL1 S3_0_C12_C12_5
#define ICC_IGRPEN1_EL1 S3_0_C12_C12_7

#define STRING_(x) #x
#define STRING(x) STRING_(x)
#define WRITE(reg, value) __asm__ volatile("msr " STRING(reg) ", %0" ::"r"((u64)(value)) : "memory")
#define WAIT()                                                                                     \
	__asm__ volatile("dsb sy\n\twfi\n\tmsr daifclr, #2\n\tisb\n\tmsr daifset, #2" ::: "memory")

/* The two vCPUs; the second one starts when the first asks PSCI for it. */
_Noreturn void first(const char *dtb);
_Noreturn void second(u64 vcpu);
__attribute__((visibility("hidden"))) void start_second(void);

/* An exception that no kernel here expects. */
_Noreturn void fault(u64 vector);

/* Interrupts that were taken, by vCPU and INTID. */
extern __attribute__((visibility("hidden"))) volatile u64 counts[2][32];

static inline u64 ticks_per_second(void)
{
	u64 value;

	__asm__("mrs %0, cntfrq_el0" : "=r"(value));
	return value;
}

static inline u64 now(void)
{
	u64 value;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value)::"memory");
	return value;
}

/* One plain load or store each: what a hypervisor gets a description of. */
#define ACCESSORS(bits, type, size, width)                                                         \
	static inline void write##bits(u64 address, type value)                                    \
	{                                                                                          \
		__asm__ volatile("str" size " %" width "0, [%1]" ::"r"(value), "r"(address)        \
				 : "memory");                                                      \
	}                                                                                          \
	static inline type read##bits(u64 address)                                                 \
	{                                                                                          \
		type value;                                                                        \
                                                                                                   \
		__asm__ volatile("ldr" size " %" width "0, [%1]"                                   \
				 : "=r"(value)                                                     \
				 : "r"(address)                                                    \
				 : "memory");                                                      \
		return value;                                                                      \
	}
ACCESSORS(8, u8, "b", "w")
ACCESSORS(16, u16, "h", "w")
ACCESSORS(32, u32, "", "w")
ACCESSORS(64, u64, "", "")

static inline void mark(u64 number)
{
	register u64 x0 __asm__("x0") = 0;
	register u64 x1 __asm__("x1") = number;

	__asm__ volatile("hvc #%2" : "+r"(x0) : "r"(x1), "i"(ABI_CALL_MARK) : "memory");
}

static inline void done(u64 errors)
{
	register u64 x0 __asm__("x0") = 0;
	register u64 x1 __asm__("x1") = errors;

	__asm__ volatile("hvc #%2" : "+r"(x0) : "r"(x1), "i"(ABI_CALL_DONE) : "memory");
	hvc0(PSCI_SYSTEM_OFF, 0, 0, 0);
}

static inline void put(const char *text)
{
	for (; *text; text++)
		write32(UART, (u8)*text);
}

static inline void put_number(u64 value)
{
	char digits[21];
	u32 at = 20;

	digits[at] = 0;
	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	put(digits + at);
}

static inline void distributor_on(void)
{
	write32(GICD, 0x10);
	write32(GICD, 0x12);
}

/* SGIs 0 and 1 and the timer of this vCPU; taken by WAIT only. */
static inline void interrupts_on(u64 vcpu)
{
	u64 gicr = GICR + vcpu * (read32(GICR + 8) & 2 ? 0x40000 : 0x20000);

	WRITE(tpidr_el1, counts[vcpu]);
	write32(gicr + 0x14, 0);
	while (read32(gicr + 0x14) & 4)
		;
	write32(gicr + 0x10080, 0xffffffff);
	write32(gicr + 0x10100, (u32)(BIT(0) | BIT(1) | BIT(INTID_TIMER)));
	WRITE(ICC_SRE_EL1, 7);
	__asm__ volatile("isb");
	WRITE(ICC_PMR_EL1, 0xf0);
	WRITE(ICC_IGRPEN1_EL1, 1);
	__asm__ volatile("isb");
}

/* SGI `intid` to a vCPU; what was stored before is there. */
static inline void send(u64 vcpu, u64 intid)
{
	__asm__ volatile("dsb ishst" ::: "memory");
	WRITE(ICC_SGI1R_EL1, intid << 24 | BIT(vcpu));
	__asm__ volatile("isb");
}

/* Returns when the second vCPU has sent SGI 1. */
static inline void start_other(void)
{
	hvc0(PSCI_CPU_ON, 1, (u64)start_second, 1);
	while (counts[0][1] == 0)
		WAIT();
}

/* The unit address of the device tree's n-th node whose name begins so; 0: none. */
static inline u64 node_address(const char *dtb, const char *name, u32 n)
{
	u64 size = __builtin_bswap32(*(const u32 *)(const void *)(dtb + 4));

	for (u64 at = 0; at < size; at++) {
		u64 i = 0, number = 0;

		while (name[i] && dtb[at + i] == name[i])
			i++;
		if (name[i] || n--)
			continue;
		for (const char *c = dtb + at + i; *c; c++)
			number = number * 16 + (u64)(*c <= '9' ? *c - '0' : *c - 'a' + 10);
		return number;
	}
	return 0;
}

#endif
