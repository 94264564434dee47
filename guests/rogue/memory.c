/*
 * Memory that is not this guest's, or not for this use. Stage 1 is ours, so it is opened first: only
 * stage 2 is left to refuse.
 */
#include <stdio.h>

#include "guests/lib/arm64/cpu.h"
#include "guests/rogue/rogue.h"

#define PAGE 4096u
#define RET 0xd65f03c0u

/* Without an address: right before our own RAM, which is another guest's or nobody's. */
static u64 address_of(const struct target *target)
{
	return target->address ? target->address : guest_plan.ram_base - PAGE;
}

static void open_page(u64 address, enum guest_memory kind)
{
	guest_map(ALIGN_DOWN(address, PAGE), PAGE, kind);
}

static void write_page(const char *what, u64 address)
{
	u64 syndrome;
	u32 faults;

	open_page(address, GUEST_MEMORY_DATA);
	guest_survive();
	mmio_write32(address, 0xdeadbeef);
	faults = guest_survived(&syndrome);
	tell(what, 1, faults, syndrome);
}

void attack_write(const struct target *target)
{
	write_page("write", address_of(target));
}

void attack_peer_page(const struct target *target)
{
	(void)target;
	write_page("write to the device side's link page", victim_link()->plan->device_page);
}

void attack_hypervisor_page(const struct target *target)
{
	(void)target;
	write_page("write to the hypervisor's link page", victim_link()->plan->hyp_page);
}

void attack_read(const struct target *target)
{
	u64 address = address_of(target);
	u64 syndrome;
	u32 faults, value;

	open_page(address, GUEST_MEMORY_DATA);
	guest_survive();
	value = mmio_read32(address);
	faults = guest_survived(&syndrome);
	tell("read", 1, faults, syndrome);
	printf("read 0x%lx\n", (unsigned long)value);
}

static void execute(const char *what, u64 address)
{
	u64 syndrome;
	u32 faults;

	open_page(address, GUEST_MEMORY_CODE);
	guest_survive();
	((void (*)(void))(uintptr_t)address)();
	faults = guest_survived(&syndrome);
	tell(what, 1, faults, syndrome);
}

void attack_execute(const struct target *target)
{
	execute("execute", address_of(target));
}

void attack_execute_region(const struct target *target)
{
	u64 address = victim_link()->plan->buffers;

	(void)target;
	*(volatile u32 *)address = RET;
	__asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb"
			 :
			 : "r"(address)
			 : "memory");
	execute("execute from the link's region", address);
}

void attack_device(const struct target *target)
{
	u64 address = target->address ? target->address : 0x08000000; /* GICD of QEMU's virt */
	u64 syndrome;
	u32 faults;

	open_page(address, GUEST_MEMORY_DEVICE);
	guest_survive();
	mmio_write32(address, 0);
	faults = guest_survived(&syndrome);
	tell("write to a device", 1, faults, syndrome);
}
