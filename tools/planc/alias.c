/*
 * Chooses the guest physical addresses that are not the physical ones: the DMA window of a guest
 * with a kernel, and its mbigen registers. A step of layout_make, when all else has its place.
 *
 * Linux takes memory for DMA from its zone DMA, which ends on a power of two in some releases, and
 * must be its lowest memory: so the window ends on one, below the rest of the guest's RAM.
 */
#include "core/bits.h"
#include "tools/planc/diag.h"
#include "tools/planc/layout.h"

static bool overlap(const struct plan_range *a, const struct plan_range *b)
{
	return a->base < b->base + b->size && b->base < a->base + a->size;
}

static bool meets_gic(const struct layout *layout, u32 index, const struct plan_range *range)
{
	const struct plan_gic *gic = &layout->plan.gic;
	const struct plan_range frames[] = {
		{gic->gicd, LAYOUT_GICD_SIZE},
		{gic->gicr, layout->guest[index].vcpu_count * LAYOUT_GICR_SIZE},
		{gic->gits, gic->gits ? LAYOUT_GITS_SIZE : 0},
	};

	for (u32 i = 0; i < ARRAY_SIZE(frames); i++)
		if (overlap(range, &frames[i]))
			return true;
	return false;
}

/* Whether the guest has something else there; its RAM is above. */
static bool meets(const struct layout *layout, u32 index, const struct plan_range *range)
{
	const struct model_board *board = &layout->model->board;

	if (overlap(range, &layout->image) || meets_gic(layout, index, range))
		return true;
	for (u32 i = 0; i < board->device_count; i++)
		if (board->device[i].guest == index && overlap(range, &board->device[i].range))
			return true;
	for (u32 i = 0; i < layout->plan.link_count; i++)
		if (layout->link[i].driver == index && overlap(range, &layout->block[i]))
			return true;
	return false;
}

static bool place_window(struct layout *layout, u32 index)
{
	struct plan_guest *guest = &layout->guest[index];

	for (u64 top = BIT(layout->arch->stage2->input_bits - 1); top > guest->dma_size;
	     top >>= 1) {
		struct plan_range range = {top - guest->dma_size, guest->dma_size};

		if (top > guest->ram_base || meets(layout, index, &range))
			continue;
		guest->dma_base = range.base;
		return true;
	}
	diag_error(layout->model->source, layout->model->guest[index].node, "address",
		   "its RAM is at 0x%llx, too low for a DMA window of 0x%llx bytes below: give it "
		   "another address, or a smaller dma-window",
		   (unsigned long long)guest->ram_base, (unsigned long long)guest->dma_size);
	return false;
}

static bool place_mbigen(struct layout *layout, u32 index)
{
	struct plan_guest *guest = &layout->guest[index];

	for (u64 at = guest->dma_base; at > LAYOUT_MBIGEN_SIZE; at -= LAYOUT_MBIGEN_SIZE) {
		struct plan_range range = {at - LAYOUT_MBIGEN_SIZE, LAYOUT_MBIGEN_SIZE};

		if (meets(layout, index, &range))
			continue;
		guest->mbigen = range.base;
		return true;
	}
	diag_error(layout->model->source, layout->model->guest[index].node, "address",
		   "there are no 64 KiB free below its DMA window at 0x%llx: give it another "
		   "address",
		   (unsigned long long)guest->dma_base);
	return false;
}

bool layout_aliases(struct layout *layout)
{
	bool good = true;

	for (u32 i = 0; i < layout->plan.guest_count; i++) {
		const struct plan_guest *guest = &layout->guest[i];

		if (guest->dma_size)
			good &= place_window(layout, i) &&
				(!guest->pin_count || place_mbigen(layout, i));
	}
	return good;
}

u64 layout_input(const struct plan_guest *guest, u64 address)
{
	if (address - guest->ram_base < guest->dma_size)
		return address - guest->ram_base + guest->dma_base;
	if (layout_pin_page(guest) && address == layout_pin_page(guest))
		return guest->mbigen + LAYOUT_MBIGEN_CLEAR;
	return address;
}
