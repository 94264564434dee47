/*
 * Collects what the reports print; see report.h.
 */
#include <stdlib.h>
#include <string.h>

#include "core/bits.h"
#include "tools/planc/report.h"
#include "tools/planc/tree.h"

/* The list under construction. */
struct rows {
	const struct layout *layout;
	struct report_row *row;
	u32 count;
};

static void add(struct rows *rows, u64 base, u64 size, enum report_kind kind, u32 index,
		const char *name)
{
	struct report_row *row;

	if (!size || rows->count == REPORT_ROW_MAX)
		return;
	row = &rows->row[rows->count++];
	row->range.base = base;
	row->range.size = size;
	row->kind = kind;
	row->index = index;
	snprintf(row->name, sizeof(row->name), "%s", name);
}

/* What is read-only for those who restart from it. */
static void add_blobs(struct rows *rows)
{
	static const char *const roles[] = {
		[LAYOUT_IMAGE] = "image",
		[LAYOUT_INITRD] = "initrd",
		[LAYOUT_TREE] = "device tree",
		[LAYOUT_RESTART] = "restart page",
	};
	const struct layout *layout = rows->layout;
	const struct plan_range *part = &layout->plan.part[PLAN_PART_PAYLOADS];
	char name[REPORT_NAME_MAX];
	u64 at = part->base;

	for (u32 i = 0; i < layout->blob_count; i++) {
		const struct layout_blob *blob = &layout->blob[i];

		snprintf(name, sizeof(name), "hypervisor PAYLOADS, %s of %s", roles[blob->role],
			 layout->guest[blob->guest].name);
		add(rows, blob->base, layout_span(blob), REPORT_HYPERVISOR, PLAN_PART_PAYLOADS,
		    name);
		at = blob->base + layout_span(blob);
	}
	add(rows, at, part->base + part->size - at, REPORT_HYPERVISOR, PLAN_PART_PAYLOADS,
	    "hypervisor PAYLOADS, rest");
}

static bool any_restart(const struct layout *layout)
{
	for (u32 i = 0; i < layout->plan.guest_count; i++)
		if (layout->guest[i].restart)
			return true;
	return false;
}

/* Pages of two parts that a guest maps, too: its gates, and what is behind its APIC. */
static void add_part(struct rows *rows, u32 index, const char *name)
{
	const struct layout *layout = rows->layout;
	const struct plan_range *part = &layout->plan.part[index];
	u64 access = layout->vmx.apic_access;
	u64 at = part->base;
	char gates[REPORT_NAME_MAX];

	for (u32 i = 0; index == PLAN_PART_TABLES && i < layout->plan.guest_count; i++) {
		u64 gate = layout->vmx_guest[i].gate;

		if (!gate)
			continue;
		snprintf(gates, sizeof(gates), "hypervisor TABLES, gate page of %s",
			 layout->guest[i].name);
		add(rows, at, gate - at, REPORT_HYPERVISOR, index, name);
		add(rows, gate, PLAN_PAGE, REPORT_HYPERVISOR, index, gates);
		at = gate + PLAN_PAGE;
	}
	if (index == PLAN_PART_VMX && access) {
		add(rows, at, access - at, REPORT_HYPERVISOR, index, name);
		add(rows, access, PLAN_PAGE, REPORT_HYPERVISOR, index,
		    "hypervisor VMX, APIC-access page");
		at = access + PLAN_PAGE;
	}
	add(rows, at, part->base + part->size - at, REPORT_HYPERVISOR, index, name);
}

static void add_image(struct rows *rows)
{
	const struct layout *layout = rows->layout;
	char name[REPORT_NAME_MAX];
	u64 at = layout->image.base;

	for (u32 i = 0; i < PLAN_PART_COUNT; i++) {
		const struct plan_range *part = &layout->plan.part[i];

		if (part->size)
			add(rows, at, part->base - at, REPORT_HYPERVISOR, PLAN_NONE,
			    "hypervisor, unused");
		snprintf(name, sizeof(name), "hypervisor %s", layout_part_name(i));
		if (i == PLAN_PART_PAYLOADS && any_restart(layout))
			add_blobs(rows);
		else
			add_part(rows, i, name);
		if (part->size)
			at = part->base + part->size;
	}
}

/* A DMA window belongs to the links of its guest. */
static void add_window(struct rows *rows, u32 guest)
{
	const struct layout *layout = rows->layout;
	enum report_kind kind = REPORT_GUEST;
	u32 index = guest;
	char name[REPORT_NAME_MAX];

	for (u32 i = layout->plan.link_count; i-- > 0;) {
		if (layout->link[i].driver != guest)
			continue;
		kind = REPORT_LINK;
		index = i;
	}
	snprintf(name, sizeof(name), "guest %s, DMA window", layout->guest[guest].name);
	add(rows, layout->ram[guest].base, layout->guest[guest].dma_size, kind, index, name);
}

static void add_ram(struct rows *rows, u32 index)
{
	const struct plan_guest *guest = &rows->layout->guest[index];
	u64 pins = layout_pin_page(guest);
	u64 base = guest->ram_base + guest->dma_size;
	u64 end = pins ? pins : guest->ram_base + guest->ram_size;
	char name[REPORT_NAME_MAX];

	add_window(rows, index);
	snprintf(name, sizeof(name), "guest %s", guest->name);
	add(rows, base, end - base, REPORT_GUEST, index, name);
	snprintf(name, sizeof(name), "guest %s, pin page", guest->name);
	add(rows, pins, pins ? PLAN_PAGE : 0, REPORT_GUEST, index, name);
}

static void add_guests(struct rows *rows)
{
	const struct layout *layout = rows->layout;
	char name[REPORT_NAME_MAX];

	for (u32 i = 0; i < layout->plan.guest_count; i++) {
		add_ram(rows, i);
		snprintf(name, sizeof(name), "doorbell words of %s", layout->guest[i].name);
		add(rows, layout->words[i].base, layout->words[i].size, REPORT_WORDS, i, name);
	}
}

static void add_link_pages(struct rows *rows, u32 index)
{
	static const struct {
		u64 offset;
		const char *name;
	} pages[] = {
		{LAYOUT_BLOCK_WINDOW, "window, notify"},
		{LAYOUT_BLOCK_WINDOW + PLAN_PAGE, "window, control"},
		{LAYOUT_BLOCK_DRIVER, "driver page"},
		{LAYOUT_BLOCK_DEVICE, "device page"},
		{LAYOUT_BLOCK_HYP, "hypervisor page"},
	};
	const struct layout *layout = rows->layout;
	const struct plan_link *link = &layout->link[index];
	u64 base = layout->block[index].base;
	char name[REPORT_NAME_MAX];

	for (u32 i = 0; i < ARRAY_SIZE(pages); i++) {
		snprintf(name, sizeof(name), "link %s %s", link->name, pages[i].name);
		add(rows, base + pages[i].offset, PLAN_PAGE, REPORT_LINK, index, name);
	}
	if (layout_is_linux(layout, link->driver))
		return;
	snprintf(name, sizeof(name), "link %s rings", link->name);
	add(rows, link->region, layout->buffers[index] - link->region, REPORT_LINK, index, name);
	snprintf(name, sizeof(name), "link %s buffers", link->name);
	add(rows, layout->buffers[index], link->region + link->region_size - layout->buffers[index],
	    REPORT_LINK, index, name);
}

static void add_link_blocks(struct rows *rows)
{
	const struct layout *layout = rows->layout;
	char name[REPORT_NAME_MAX];

	for (u32 i = 0; i < layout->plan.link_count; i++) {
		snprintf(name, sizeof(name), "link %s", layout->link[i].name);
		add(rows, layout->block[i].base, layout->block[i].size, REPORT_LINK, i, name);
	}
}

static void add_gic(struct rows *rows)
{
	const struct layout *layout = rows->layout;
	const struct model_gic *gic = &layout->model->board.gic;
	u64 frame = layout_doorbell_frame(layout);
	char name[REPORT_NAME_MAX];

	add(rows, gic->distributor.base, gic->distributor.size, REPORT_DEVICE, PLAN_NONE,
	    "GIC distributor");
	if (gic->its.size) {
		add(rows, gic->its.base, frame - gic->its.base, REPORT_DEVICE, PLAN_NONE,
		    "ITS control frame");
		add(rows, frame, PLAN_PAGE, REPORT_DEVICE, PLAN_NONE, "ITS doorbell page");
		add(rows, frame + PLAN_PAGE, gic->its.base + gic->its.size - frame - PLAN_PAGE,
		    REPORT_DEVICE, PLAN_NONE, "ITS translation frame, rest");
	}
	add(rows, layout->vmx.apic, layout->vmx.apic ? PLAN_PAGE : 0, REPORT_DEVICE, PLAN_NONE,
	    "local APIC");
	for (u32 i = 0; i < layout->model->board.cpu_count; i++) {
		snprintf(name, sizeof(name), "GIC redistributor of CPU %u", i);
		add(rows, gic->redistributors.base + i * gic->redistributors.size,
		    gic->redistributors.size, REPORT_DEVICE, PLAN_NONE, name);
	}
}

static void add_devices(struct rows *rows)
{
	const struct model_board *board = &rows->layout->model->board;

	for (u32 i = 0; i < board->device_count; i++)
		add(rows, board->device[i].range.base, board->device[i].range.size, REPORT_DEVICE,
		    i, board->device[i].name);
}

static int compare(const void *a, const void *b)
{
	const struct report_row *left = a;
	const struct report_row *right = b;

	return left->range.base < right->range.base ? -1 : left->range.base > right->range.base;
}

static void sort(struct rows *rows)
{
	qsort(rows->row, rows->count, sizeof(*rows->row), compare);
}

/* Adds the gaps of one RAM range; the rows are sorted, new ones come behind them. */
static void add_free(struct rows *rows, const struct plan_range *ram)
{
	u32 count = rows->count;
	u64 at = ram->base;
	u64 end = ram->base + ram->size;

	for (u32 i = 0; i < count; i++) {
		const struct plan_range *range = &rows->row[i].range;

		if (range->base < ram->base || range->base >= end)
			continue;
		add(rows, at, range->base - at, REPORT_FREE, PLAN_NONE, "free");
		at = range->base + range->size;
	}
	add(rows, at, end - at, REPORT_FREE, PLAN_NONE, "free");
}

static u32 finish(struct rows *rows)
{
	const struct model_board *board = &rows->layout->model->board;

	for (u32 i = 0; i < board->ram_count; i++) {
		sort(rows);
		add_free(rows, &board->ram[i].range);
	}
	sort(rows);
	return rows->count;
}

u32 report_rows(const struct layout *layout, struct report_row *row)
{
	struct rows rows = {layout, row, 0};

	add_image(&rows);
	add_guests(&rows);
	for (u32 i = 0; i < layout->plan.link_count; i++)
		add_link_pages(&rows, i);
	add_gic(&rows);
	add_devices(&rows);
	return finish(&rows);
}

u32 report_blocks(const struct layout *layout, struct report_row *row)
{
	struct rows rows = {layout, row, 0};

	add_image(&rows);
	add_guests(&rows);
	add_link_blocks(&rows);
	add_devices(&rows);
	return finish(&rows);
}

/* Whether the address is the page of a lazy window that becomes the driver side's at DRIVER_OK. */
static const struct plan_link *changing_page(const struct layout *layout,
					     const struct tables_space *space, u64 address)
{
	for (u32 i = 0; i < layout->plan.link_count; i++) {
		const struct plan_link *link = &layout->link[i];

		if (link->entry && space == &layout->guest_space[link->driver] &&
		    ALIGN_DOWN(link->window, PLAN_PAGE) == address)
			return link;
	}
	return NULL;
}

/* A guest has the APIC-access page where the APIC is, and the APIC nowhere. */
static u64 guest_input(const struct layout *layout, u32 guest, u64 address)
{
	if (layout->vmx.apic && address == layout->vmx.apic)
		return ~(u64)0;
	if (layout->vmx.apic && address == layout->vmx.apic_access)
		return layout->vmx.apic;
	return layout_input(&layout->guest[guest], address);
}

/* Where whoever has the space sees a physical page. */
static u64 input_of(const struct layout *layout, const struct tables_space *space, u64 address)
{
	for (u32 i = 0; i < layout->plan.guest_count; i++)
		if (space == &layout->guest_space[i])
			return guest_input(layout, i, address);
	return address;
}

void report_access(const struct layout *layout, const struct tables_space *space, u64 address,
		   char text[REPORT_ACCESS_MAX])
{
	static const char *const memory[] = {
		[TABLES_DEVICE] = "d", [TABLES_WRITE_BACK] = "", [TABLES_NON_CACHEABLE] = "n"};
	const struct plan_link *changing = changing_page(layout, space, address);
	u64 input = input_of(layout, space, address);
	struct tables_attributes found = tables_find(space, input);

	if (changing)
		found = layout->arch->stage2->attributes(changing->entry_ram);
	if (!found.rights) {
		snprintf(text, REPORT_ACCESS_MAX, ".");
		return;
	}
	snprintf(text, REPORT_ACCESS_MAX, "%c%c%c%s%s%s", found.rights & TABLES_R ? 'r' : '-',
		 found.rights & TABLES_W ? 'w' : '-', found.rights & TABLES_X ? 'x' : '-',
		 memory[found.memory], changing ? "*" : "", input == address ? "" : "@");
}

const struct tables_space *report_common(const struct layout *layout)
{
	for (u32 i = 0; i < layout->plan.cpu_count; i++)
		if (!layout->guest[layout->cpu[i].guest].pin_count)
			return &layout->run[i];
	return &layout->run[0];
}

bool report_has_windows(const struct layout *layout)
{
	if (layout->vmx.apic)
		return true;
	for (u32 i = 0; i < layout->plan.guest_count; i++)
		if (layout->guest[i].dma_size)
			return true;
	return false;
}

const struct report_words *report_words(const struct layout *layout)
{
	static const struct report_words arm64 = {"MPIDR", "mpidr", "INTID",
						  "intid", "VMID",  "stage 2"};
	static const struct report_words x86_64 = {"APIC ID", "apic_id", "vector",
						   "vector",  "VPID",	 "EPT"};

	return layout->vmx.apic ? &x86_64 : &arm64;
}

void report_size(u64 size, char text[32])
{
	const char *unit = "bytes";

	if (size % KIB(1) == 0) {
		size >>= 10;
		unit = "KiB";
	}
	if (size % 1024 == 0 && size) {
		size >>= 10;
		unit = "MiB";
	}
	snprintf(text, 32, "%llu %s", (unsigned long long)size, unit);
}
