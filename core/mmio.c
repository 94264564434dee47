/*
 * Accesses that stage 2 refused: whose window is it?
 */
#include "core/bits.h"
#include "core/count.h"
#include "core/link.h"

/*
 * The link in whose window, with the driver side in this CPU's guest, an address lies. The search
 * starts where the last one on this CPU ended: a driver comes back to the same device.
 */
static u32 find_link(u64 address)
{
	struct cpu *cpu = this_cpu();
	u32 index = cpu->last_link;

	for (u32 left = plan.link_count; left; left--) {
		const struct plan_link *link = &plan_links[index];

		if (address - link->window < ABI_WINDOW_SIZE && link->driver == cpu->guest_index) {
			cpu->last_link = index;
			return index;
		}
		if (++index == plan.link_count)
			index = 0;
	}
	return PLAN_NONE;
}

/* virtio 1.2 section 4.2.2.2: registers are 32 bits wide, configuration space is 8 to 32. */
static bool shape_allowed(u32 offset, u32 size)
{
	if (size == 4)
		return !(offset & 3);
	return size < 4 && offset >= ABI_VIRTIO_CONFIG && !(offset & (size - 1));
}

static enum exit read_window(u32 link, u32 offset, struct mmio *mmio)
{
	count_entry(ABI_COUNT_TRAP_R);
	if (offset == ABI_VIRTIO_INTERRUPT_STATUS)
		count_extra(ABI_COUNT_CHECK_IRQ);
	mmio->value = 0;
	if (!shape_allowed(offset, mmio->size))
		return EXIT_ADVANCE;
	return link_read(link, offset, mmio->size, &mmio->value);
}

static enum exit write_window(u32 link, u32 offset, const struct mmio *mmio)
{
	count_entry(ABI_COUNT_TRAP_W);
	if (offset == ABI_VIRTIO_INTERRUPT_ACK)
		count_extra(ABI_COUNT_ACK_IRQ);
	else if (offset == ABI_VIRTIO_QUEUE_NOTIFY)
		count_extra(ABI_COUNT_NOTIFY);
	if (!shape_allowed(offset, mmio->size))
		return EXIT_ADVANCE;
	return link_write(link, offset, (u32)mmio->value);
}

enum exit core_mmio(struct mmio *mmio)
{
	u32 link = find_link(mmio->address.v);
	u32 offset;

	if (link == PLAN_NONE)
		return EXIT_STOP;
	offset = (u32)(mmio->address.v - plan_links[link].window);
	return mmio->write ? write_window(link, offset, mmio) : read_window(link, offset, mmio);
}
