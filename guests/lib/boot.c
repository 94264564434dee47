/*
 * From start.S to main, and the calls of guest.h about the watchdog and the guest's end.
 */
#include <stdlib.h>

#include "guests/lib/arch.h"
#include "guests/lib/guest.h"
#include "guests/lib/link.h"
#include "guests/lib/stdio_link.h"

#define ARGUMENTS_MAX 32
#define ARGUMENT_BYTES 256

struct guest_cpu guest_cpus[CPU_MAX];

extern u64 guest_dtb;
u64 guest_dtb; /* for programs that parse a device tree */

/* In .data: vCPUs that wait read it before .bss is cleared. */
extern u32 guest_released;
__attribute__((section(".data"))) u32 guest_released;

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
	arch_init();
	arch_open();
	link_init_all();
	stdio_start();
	arch_release(&guest_released);
	exit(main(argc, argv));
}

void guest_boot_secondary(u32 vcpu)
{
	arch_open();
	guest_secondary(vcpu);
	for (;;) {
		arch_wait_interrupt(this_vcpu());
		this_vcpu()->event = 0;
	}
}

__attribute__((weak)) void guest_secondary(u32 vcpu)
{
	(void)vcpu;
}

void guest_watchdog(u32 seconds)
{
	struct guest_vcpu *vcpu = this_vcpu();

	/* The alarm before this one may still fire: then guest_watchdog_fired finds it too early. */
	vcpu->fired = 0;
	vcpu->watchdog = seconds ? guest_ticks() + seconds * guest_ticks_per_second() : 0;
	arch_alarm(vcpu->watchdog);
}

/* The alarm is also that of who sleeps between two looks. */
bool guest_watchdog_fired(void)
{
	struct guest_vcpu *vcpu = this_vcpu();

	if (!vcpu->fired)
		return false;
	vcpu->fired = 0;
	if (!vcpu->watchdog || guest_ticks() < vcpu->watchdog)
		return false;
	vcpu->watchdog = 0;
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
