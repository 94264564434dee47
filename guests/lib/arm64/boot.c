/*
 * From start.S to main, and the calls of guest.h about time and the guest's end.
 */
#include <stdlib.h>

#include "guests/lib/arm64/cpu.h"
#include "guests/lib/guest.h"
#include "guests/lib/link.h"
#include "guests/lib/stdio_link.h"

#define ARGUMENTS_MAX 32
#define ARGUMENT_BYTES 256
#define REST_PER_SECOND 10000u

struct guest_cpu guest_cpus[CPU_MAX];

extern u64 guest_dtb;
u64 guest_dtb; /* for programs that parse a device tree */

/* In .data: vCPUs that wait read it before .bss is cleared. */
extern u32 guest_released;
__attribute__((section(".data"))) u32 guest_released;

/* The event stream ends a WFE now and then: EVNTI selects a counter bit, DDI 0487 D11.2.5. */
static void start_event_stream(void)
{
	u64 bit = 0;

	while (bit < 15 && ((u64)2 << bit) * REST_PER_SECOND < guest_ticks_per_second())
		bit++;
	WRITE_REG(cntkctl_el1, bit << 4 | BIT(2));
}

static void open_interrupts(void)
{
	start_event_stream();
	WRITE_SYSREG(S3_0_C4_C6_0, 0xf0); /* ICC_PMR_EL1 */
	WRITE_SYSREG(S3_0_C12_C12_7, 1);  /* ICC_IGRPEN1_EL1 */
	isb();
	irq_unmask();
}

/* The others read it with their MMU off: it must reach memory. */
static void release_others(void)
{
	__atomic_store_n(&guest_released, 1, __ATOMIC_RELEASE);
	__asm__ volatile("dc civac, %0\n\tdsb sy\n\tsev" : : "r"(&guest_released) : "memory");
}

static int split_arguments(char *text, char **argv, int max)
{
	int argc = 0;

	while (*text && argc < max) {
		while (*text == ' ')
			*text++ = 0;
		if (*text)
			argv[argc++] = text;
		while (*text && *text != ' ')
			text++;
	}
	argv[argc] = NULL;
	return argc;
}

static void copy_text(char *to, const char *from, size_t size)
{
	size_t i;

	for (i = 0; i + 1 < size && from[i]; i++)
		to[i] = from[i];
	to[i] = 0;
}

void guest_boot(void)
{
	static char name[32];
	static char text[ARGUMENT_BYTES];
	static char *argv[ARGUMENTS_MAX + 2];
	int argc;

	copy_text(name, guest_plan.name, sizeof(name));
	copy_text(text, guest_plan.arguments ? guest_plan.arguments : "", sizeof(text));
	argv[0] = name;
	argc = 1 + split_arguments(text, argv + 1, ARGUMENTS_MAX);
	doorbell_init();
	open_interrupts();
	link_init_all();
	stdio_start();
	release_others();
	exit(main(argc, argv));
}

void guest_boot_secondary(u32 vcpu)
{
	open_interrupts();
	guest_secondary(vcpu);
	for (;;)
		wfi();
}

__attribute__((weak)) void guest_secondary(u32 vcpu)
{
	(void)vcpu;
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

void guest_alarm(u64 ticks)
{
	WRITE_REG(cntv_ctl_el0, 0);
	if (!ticks)
		return;
	WRITE_REG(cntv_cval_el0, ticks);
	WRITE_REG(cntv_ctl_el0, 1);
}

void guest_watchdog(u32 seconds)
{
	struct guest_cpu *cpu = this_cpu();

	guest_alarm(0);
	cpu->fired = 0;
	cpu->watchdog = seconds ? guest_ticks() + seconds * guest_ticks_per_second() : 0;
	guest_alarm(cpu->watchdog);
}

/* The timer is also the alarm of who sleeps between two looks. */
bool guest_watchdog_fired(void)
{
	struct guest_cpu *cpu = this_cpu();

	if (!cpu->fired)
		return false;
	cpu->fired = 0;
	if (!cpu->watchdog || guest_ticks() < cpu->watchdog)
		return false;
	cpu->watchdog = 0;
	return true;
}

u32 guest_mark(u32 mark)
{
	static u32 marks;

	HYPERCALL(ABI_CALL_MARK, mark);
	return __atomic_add_fetch(&marks, 1, __ATOMIC_RELAXED);
}

void guest_done(u64 errors)
{
	HYPERCALL(ABI_CALL_DONE, errors);
}

int64_t guest_stop(u32 guest)
{
	return HYPERCALL(ABI_CALL_STOP, guest);
}

int64_t guest_start(u32 guest)
{
	return HYPERCALL(ABI_CALL_START, guest);
}

void guest_off(void)
{
	psci(PSCI_SYSTEM_OFF);
	for (;;)
		wfi();
}
