/*
 * vCPUs that go off with interrupts about: what waits for one in a list register goes to the vCPU that
 * the guest chose instead, and a device's interrupt finds its vCPU while the CPU that takes it is off.
 */
#include "tests/kernel/kernel.h"

#define LINE 40u	   /* a shared interrupt that nobody else uses */
#define DEVICE 32u	   /* the UART's, in this deployment */
#define PATIENCE 62500000u /* counter ticks */

#define ICC_HPPIR1_EL1 S3_0_C12_C12_2
#define ICC_IAR1_EL1 S3_0_C12_C12_0
#define ICC_EOIR1_EL1 S3_0_C12_C12_1
#define PSCI_CPU_OFF 0x84000002u
#define PSCI_AFFINITY_INFO 0xc4000004u
#define AFFINITY_OFF 1u

#define GICD_ISENABLER1 (GICD + 0x104u)
#define GICD_ISPENDR1 (GICD + 0x204u)
#define GICD_IROUTER(n) (GICD + 0x6000u + 8 * (n))
#define UARTIMSC (UART + 0x38u)
#define UART_TRANSMIT BIT(5)

static volatile u32 step;

static u64 highest_pending(void)
{
	u64 value;

	__asm__ volatile("isb\n\tmrs %0, " STRING(ICC_HPPIR1_EL1) : "=r"(value)::"memory");
	return value;
}

/* The interrupt becomes the one that this vCPU would take next. */
static bool comes(u64 intid)
{
	u64 begin = now();

	while (highest_pending() != intid)
		if (now() - begin > PATIENCE)
			return false;
	return true;
}

static void take(void)
{
	u64 intid;

	__asm__ volatile("mrs %0, " STRING(ICC_IAR1_EL1) : "=r"(intid)::"memory");
	WRITE(ICC_EOIR1_EL1, intid);
}

static void await_off(u64 vcpu)
{
	while (hvc0(PSCI_AFFINITY_INFO, vcpu, 0, 0) != AFFINITY_OFF)
		;
}

static void verdict(const char *what, bool good)
{
	put("hotplug: ");
	put(what);
	put(good ? " came\r\n" : " is lost\r\n");
	if (!good)
		done(1);
}

/* First life: takes the line into a list register and goes off with it. */
static void go_off_with_line(void)
{
	verdict("the line at its first target", comes(LINE));
	step = 1;
	while (step == 1)
		;
	hvc0(PSCI_CPU_OFF, 0, 0, 0);
}

void second(u64 vcpu)
{
	interrupts_on(vcpu);
	send(0, 1);
	if (step == 0)
		go_off_with_line();
	await_off(0);
	write64(GICD_IROUTER(DEVICE), 1);
	write32(GICD_ISENABLER1, BIT(DEVICE - 32));
	write32(UARTIMSC, UART_TRANSMIT);
	write32(UART, '\n');
	verdict("the device's interrupt", comes(DEVICE));
	done(0);
	for (;;)
		;
}

void first(const char *dtb)
{
	(void)dtb;
	distributor_on();
	interrupts_on(0);
	start_other();
	write64(GICD_IROUTER(LINE), 1);
	write32(GICD_ISENABLER1, BIT(LINE - 32));
	write32(GICD_ISPENDR1, BIT(LINE - 32));
	while (step == 0)
		;
	write64(GICD_IROUTER(LINE), 0);
	step = 2;
	await_off(1);
	verdict("the line at its second target", comes(LINE));
	take();
	hvc0(PSCI_CPU_ON, 1, (u64)start_second, 1);
	while (counts[0][1] < 2)
		WAIT();
	hvc0(PSCI_CPU_OFF, 0, 0, 0);
	for (;;)
		;
}
