/*
 * Accesses that stage 2 refused: whose window is it?
 */
#include "core/bits.h"
#include "core/count.h"
#include "core/link.h"

static void count_window(u32 offset, bool write)
{
	if (!write) {
		count_entry(ABI_COUNT_TRAP_R);
		if (offset == ABI_VIRTIO_INTERRUPT_STATUS)
			count_extra(ABI_COUNT_CHECK_IRQ);
		return;
	}
	count_entry(ABI_COUNT_TRAP_W);
	if (offset == ABI_VIRTIO_QUEUE_NOTIFY)
		count_extra(ABI_COUNT_NOTIFY);
	if (offset == ABI_VIRTIO_INTERRUPT_ACK)
		count_extra(ABI_COUNT_ACK_IRQ);
}

/* The link in whose window, with the driver side in this CPU's guest, an address lies. */
static u32 find_link(u64 address)
{
	for (u32 i = 0; i < plan.link_count; i++) {
		const struct plan_link *link = &plan_links[i];

		if (link->driver == this_cpu()->guest_index &&
		    address - link->window < ABI_WINDOW_SIZE)
			return i;
	}
	return PLAN_NONE;
}

/* virtio 1.2 section 4.2.2.2: registers are 32 bits wide, configuration space is 8 to 32. */
static bool shape_allowed(u32 offset, u32 size)
{
	if (offset & (size - 1))
		return false;
	return size == 4 || (offset >= ABI_VIRTIO_CONFIG && size < 4);
}

enum exit core_mmio(struct mmio *mmio)
{
	u32 link = find_link(mmio->address.v);
	u32 offset;

	if (link == PLAN_NONE) {
		count_entry(ABI_COUNT_FAULT);
		return EXIT_STOP;
	}
	offset = (u32)(mmio->address.v - plan_links[link].window);
	count_window(offset, mmio->write);
	if (!shape_allowed(offset, mmio->size)) {
		mmio->value = 0;
		return EXIT_ADVANCE;
	}
	if (mmio->write)
		return link_write(link, offset, (u32)mmio->value);
	return link_read(link, offset, mmio->size, &mmio->value);
}
