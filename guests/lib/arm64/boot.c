/*
 * Time, interrupts and the end of a guest on arm64, see arch.h.
 */
#include "guests/lib/arch.h"
#include "guests/lib/guest.h"

#define REST_PER_SECOND 10000u

/* The event stream ends a WFE now and then: EVNTI selects a counter bit, DDI 0487 D11.2.5. */
static void start_event_stream(void)
{
	u64 bit = 0;

	while (bit < 15 && ((u64)2 << bit) * REST_PER_SECOND < guest_ticks_per_second())
		bit++;
	WRITE_REG(cntkctl_el1, bit << 4 | BIT(2));
}

void arch_open(void)
{
	start_event_stream();
	WRITE_SYSREG(S3_0_C4_C6_0, 0xf0); /* ICC_PMR_EL1 */
	WRITE_SYSREG(S3_0_C12_C12_7, 1);  /* ICC_IGRPEN1_EL1 */
	isb();
	irq_unmask();
}

/* The others read it with their MMU off: it must reach memory. */
void arch_release(u32 *released)
{
	__atomic_store_n(released, 1, __ATOMIC_RELEASE);
	__asm__ volatile("dc civac, %0\n\tdsb sy\n\tsev" : : "r"(released) : "memory");
}

u64 guest_ticks(void)
{
	isb();
	return READ_REG(cntvct_el0);
}

u64 guest_ticks_per_second(void)
{
	return READ_REG(cntfrq_el0);
}

void arch_alarm(u64 ticks)
{
	WRITE_REG(cntv_ctl_el0, 0);
	if (!ticks)
		return;
	WRITE_REG(cntv_cval_el0, ticks);
	WRITE_REG(cntv_ctl_el0, 1);
}

void guest_off(void)
{
	psci(PSCI_SYSTEM_OFF);
	for (;;)
		wfi();
}

const char *const arch_register_names[ARCH_REGISTERS] = {
	"x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",	 "x7",	"x8",  "x9",  "x10",
	"x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",
	"x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "lr",  "sp",
};

const u64 *arch_registers(const struct guest_vcpu *vcpu)
{
	return guest_cpus[vcpu->index % CPU_MAX].x;
}
