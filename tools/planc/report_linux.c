/*
 * The lines of layout.txt about a guest with a kernel: what it starts from, what it sees at other
 * addresses, and the interrupt controller that is emulated for it.
 */
#include <inttypes.h>

#include "core/bits.h"
#include "tools/planc/dtb.h"
#include "tools/planc/report.h"

static void put_window(const struct layout *layout, u32 index, FILE *file)
{
	const struct plan_guest *guest = &layout->guest[index];
	u32 seen = 0;
	char size[32];

	if (!guest->dma_size)
		return;
	report_size(guest->dma_size, size);
	fprintf(file, "  DMA window 0x%" PRIx64 ", %s, seen at 0x%" PRIx64, guest->ram_base, size,
		guest->dma_base);
	for (u32 i = 0; i < layout->plan.link_count; i++) {
		const struct plan_link *link = &layout->link[i];

		if (link->driver != index || seen & 1u << link->device)
			continue;
		seen |= 1u << link->device;
		fprintf(file, "; %s reads and writes it", layout->guest[link->device].name);
	}
	fprintf(file, "\n");
}

static void put_controller(const struct layout *layout, u32 index, FILE *file)
{
	const struct plan_guest *guest = &layout->guest[index];
	const struct plan_gic *gic = &layout->plan.gic;

	fprintf(file,
		"  emulated: Distributor 0x%" PRIx64 ", Redistributors 0x%" PRIx64 " to 0x%" PRIx64,
		gic->gicd, gic->gicr, gic->gicr + guest->vcpu_count * LAYOUT_GICR_SIZE - 1);
	if (guest->pin_count)
		fprintf(file, ", ITS 0x%" PRIx64, gic->gits);
	fprintf(file, "\n");
	if (!guest->pin_count)
		return;
	fprintf(file,
		"  mbigen 0x%" PRIx64 "; its clear registers at 0x%" PRIx64
		" are the pin page 0x%" PRIx64 "\n",
		guest->mbigen, guest->mbigen + LAYOUT_MBIGEN_CLEAR, layout_pin_page(guest));
	fprintf(file,
		"  on its CPUs the hypervisor also reads its RAM but for the pin page, and maps the "
		"ITS's\n  first page, the ITS's queue and the guest's vLPI table 0x%" PRIx64 "\n",
		guest->vlpi_config);
}

static const char *device_of(const struct layout *layout, u32 physical)
{
	const struct model_board *board = &layout->model->board;

	for (u32 i = 0; i < board->device_count; i++)
		for (u32 k = 0; k < board->device[i].interrupt_count; k++)
			if (board->device[i].interrupt[k] == physical)
				return board->device[i].name;
	return "";
}

static void put_interrupts(const struct layout *layout, u32 index, FILE *file)
{
	for (u32 i = 0; i < layout->plan.route_count; i++) {
		const struct plan_route *route = &layout->route[i];

		if (route->receiver == index && route->kind == PLAN_DOORBELL_INJECT)
			fprintf(file, "  interrupt %u: link %s\n", route->intid,
				layout->link[route->link].name);
	}
	for (u32 i = 0; i < layout->plan.wired_count; i++) {
		const struct plan_wired *wired = &layout->wired[i];

		if (wired->guest == index)
			fprintf(file, "  interrupt %u: %s, the machine's %u\n", wired->intid,
				device_of(layout, wired->physical), wired->physical);
	}
}

void report_linux(const struct layout *layout, u32 guest, FILE *file)
{
	const struct model_file *initrd = &layout->model->guest[guest].initrd;
	char words[DTB_WORDS_MAX];

	if (!layout_is_linux(layout, guest))
		return;
	dtb_linux_words(&layout->guest[guest], words);
	if (words[0])
		fprintf(file, "  planc adds to the arguments:%s\n", words);
	if (initrd->name)
		fprintf(file, "  initrd 0x%" PRIx64 ": %s\n", layout->initrd[guest].base,
			initrd->name);
	put_window(layout, guest, file);
	put_controller(layout, guest, file);
	put_interrupts(layout, guest, file);
}
