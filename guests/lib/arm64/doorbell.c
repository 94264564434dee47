/*
 * What vectors.S knows of doorbells, and the registers of windows.
 */
#include "guests/lib/arch.h"
#include "guests/lib/guest.h"

#define IRQ_SOURCES 256u

/* By EventID; vectors.S indexes it. Every flag is valid. */
struct irq_source {
	volatile u32 *flag;
	u64 window;
};

_Static_assert(sizeof(struct irq_source) == 16, "vectors.S shifts by 4");

extern struct irq_source irq_sources[IRQ_SOURCES];
struct irq_source irq_sources[IRQ_SOURCES];

static volatile u32 nobody;

void arch_init(void)
{
	for (u32 i = 0; i < IRQ_SOURCES; i++)
		irq_sources[i].flag = &nobody;
}

void arch_listen(const struct guest_doorbell *doorbell, volatile u32 *flag, u64 window)
{
	if (doorbell->event < IRQ_SOURCES)
		irq_sources[doorbell->event] = (struct irq_source){flag, window};
}

u32 window_read(u64 window, u32 offset)
{
	return mmio_read32(window + offset);
}

u8 window_read8(u64 window, u32 offset)
{
	return mmio_read8(window + offset);
}

void window_write(u64 window, u32 offset, u32 value)
{
	/* Rings and buffers before the register. */
	__asm__ volatile("dmb oshst" : : : "memory");
	mmio_write32(window + offset, value);
}
