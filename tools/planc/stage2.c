/*
 * The guests' tables: their RAM, their sides of links, doorbells, devices, what they restart from
 * and, for the reporter, the counters. All but a DMA window and a pin page (alias.c) is mapped to
 * itself. A step of layout_make.
 */
#include "core/bits.h"
#include "tools/planc/layout.h"

static const struct tables_attributes ram = {TABLES_WRITE_BACK, TABLES_R | TABLES_W | TABLES_X};
static const struct tables_attributes shared = {TABLES_WRITE_BACK, TABLES_R | TABLES_W};
static const struct tables_attributes golden = {TABLES_WRITE_BACK, TABLES_R};
static const struct tables_attributes restart = {TABLES_WRITE_BACK, TABLES_R | TABLES_X};
static const struct tables_attributes read_only = {TABLES_WRITE_BACK, TABLES_R};
static const struct tables_attributes uncached = {TABLES_NON_CACHEABLE, TABLES_R | TABLES_W};
static const struct tables_attributes registers = {TABLES_DEVICE, TABLES_R | TABLES_W};

static bool map(struct tables_space *space, u64 base, u64 size, struct tables_attributes attributes)
{
	return tables_map(space, base, base, size, attributes);
}

static bool map_pages(const struct plan_link *link, struct tables_space *space, bool driver)
{
	return map(space, link->driver_page, PLAN_PAGE, driver ? shared : read_only) &&
	       map(space, link->device_page, PLAN_PAGE, driver ? read_only : shared) &&
	       map(space, link->hyp_page, PLAN_PAGE, read_only);
}

/* The links of a driver side with a DMA window share it as their region. */
static bool is_mapped(const struct layout *layout, u32 index)
{
	for (u32 i = 0; i < index; i++)
		if (layout->link[i].device == layout->link[index].device &&
		    layout->link[i].region == layout->link[index].region)
			return true;
	return false;
}

static bool map_region(const struct layout *layout, struct tables_space *space, u32 index)
{
	const struct plan_link *link = &layout->link[index];

	return is_mapped(layout, index) || map(space, link->region, link->region_size, shared);
}

/* ARCHITECTURE D4: the second page of a lazy window always traps, the first until DRIVER_OK. */
static bool map_driver_window(const struct layout *layout, struct plan_link *link,
			      struct tables_space *space)
{
	u64 window = ALIGN_DOWN(link->window, PLAN_PAGE);

	link->entry = 0;
	link->entry_trapped = 0;
	link->entry_ram = 0;
	switch (link->transport) {
	case PLAN_TRANSPORT_STATIC:
		return map(space, window, 2 * PLAN_PAGE, layout->arch->window);
	case PLAN_TRANSPORT_LAZY:
		link->entry = tables_slot_address(space, window);
		link->entry_ram = layout->arch->stage2->leaf(TABLES_LAST_LEVEL, window,
							     layout->arch->window);
		return link->entry != 0;
	default:
		return true;
	}
}

static bool map_device_window(const struct layout *layout, const struct plan_link *link,
			      struct tables_space *space)
{
	if (link->transport == PLAN_TRANSPORT_TRAP)
		return true;
	return map(space, ALIGN_DOWN(link->window, PLAN_PAGE), PLAN_PAGE, layout->arch->window);
}

/* Linux knows of no link pages, and its DMA window is RAM of its own. */
static bool map_driver(struct layout *layout, struct tables_space *space, u32 index)
{
	struct plan_link *link = &layout->link[index];

	if (!layout_is_linux(layout, link->driver) &&
	    !(map_pages(link, space, true) && map_region(layout, space, index)))
		return false;
	return map_driver_window(layout, link, space);
}

static bool map_device(struct layout *layout, struct tables_space *space, u32 index)
{
	const struct plan_link *link = &layout->link[index];

	return map_pages(link, space, false) && map_region(layout, space, index) &&
	       map_device_window(layout, link, space);
}

static bool map_links(struct layout *layout, struct tables_space *space, u32 guest)
{
	for (u32 i = 0; i < layout->plan.link_count; i++) {
		const struct plan_link *link = &layout->link[i];

		if (link->driver == guest && !map_driver(layout, space, i))
			return false;
		if (link->device == guest && !map_device(layout, space, i))
			return false;
	}
	return true;
}

/* Level 3 tables with an entry that changes must lie apart, before anything else uses them. */
static bool reserve(struct layout *layout, struct tables_space *space, u32 guest)
{
	for (u32 i = 0; i < layout->plan.link_count; i++) {
		const struct plan_link *link = &layout->link[i];

		if (link->driver == guest && link->transport == PLAN_TRANSPORT_LAZY &&
		    !tables_reserve(space, link->window))
			return false;
	}
	return true;
}

static bool map_words(const struct layout *layout, struct tables_space *space, u32 guest)
{
	if (layout->words[guest].size && !map(space, layout->words[guest].base, PLAN_PAGE, shared))
		return false;
	for (u32 i = 0; i < layout->plan.guest_count; i++) {
		if (!layout_sends_to(layout, guest, i, PLAN_DOORBELL_MONITOR))
			continue;
		if (!map(space, layout->words[i].base, PLAN_PAGE, layout->arch->word))
			return false;
	}
	return true;
}

static bool map_devices(struct layout *layout, struct tables_space *space, u32 guest)
{
	const struct model_board *board = &layout->model->board;
	const struct plan_range *counters = &layout->plan.part[PLAN_PART_COUNTERS];

	for (u32 i = 0; i < board->device_count; i++) {
		const struct plan_range *range = &board->device[i].range;

		if (board->device[i].guest == guest &&
		    !map(space, range->base, range->size, registers))
			return false;
	}
	if (!layout->arch->guest(layout, space, guest))
		return false;
	if (layout->guest[guest].flags & PLAN_GUEST_REPORT)
		return map(space, counters->base, counters->size, read_only);
	return true;
}

static bool map_ram(const struct plan_guest *guest, struct tables_space *space)
{
	u64 pins = layout_pin_page(guest);
	u64 size = guest->ram_size - guest->dma_size - (pins ? PLAN_PAGE : 0);

	if (guest->dma_size &&
	    !tables_map(space, guest->dma_base, guest->ram_base, guest->dma_size, ram))
		return false;
	if (pins &&
	    !tables_map(space, guest->mbigen + LAYOUT_MBIGEN_CLEAR, pins, PLAN_PAGE, uncached))
		return false;
	return map(space, guest->ram_base + guest->dma_size, size, ram);
}

static bool has_before(const struct layout *layout, u32 guest, u32 role)
{
	for (u32 i = 0; i < role; i++)
		if (layout->blob_of[guest][i] == layout->blob_of[guest][role])
			return true;
	return false;
}

static bool map_restart(const struct layout *layout, struct tables_space *space, u32 guest)
{
	if (!layout->model->guest[guest].restart)
		return true;
	for (u32 role = 0; role < LAYOUT_ROLE_COUNT; role++) {
		u32 index = layout->blob_of[guest][role];
		const struct layout_blob *blob;

		if (index == PLAN_NONE || has_before(layout, guest, role))
			continue;
		blob = &layout->blob[index];
		if (!map(space, blob->base, layout_span(blob),
			 role == LAYOUT_RESTART ? restart : golden))
			return false;
	}
	return true;
}

static bool guest_map(struct layout *layout, u32 index)
{
	struct plan_guest *guest = &layout->guest[index];
	struct tables_space *space = &layout->guest_space[index];

	space->name = guest->name;
	space->format = layout->arch->stage2;
	space->pool = &layout->tables;
	space->reserved = &layout->changing;
	if (!tables_create(space))
		return false;
	guest->stage2 = space->root;
	return reserve(layout, space, index) && map_ram(guest, space) &&
	       map_links(layout, space, index) && map_words(layout, space, index) &&
	       map_devices(layout, space, index) && map_restart(layout, space, index);
}

bool layout_stage2(struct layout *layout)
{
	for (u32 i = 0; i < layout->plan.guest_count; i++)
		if (!guest_map(layout, i))
			return false;
	return true;
}
