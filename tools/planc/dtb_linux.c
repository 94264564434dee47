/*
 * The parts of a device tree that differ where the guest is a stock Linux kernel: it takes standard
 * bindings only, and its DMA addresses and interrupts from what surrounds a node. See dtb_write.h.
 */
#include <stdio.h>
#include <string.h>

#include "tools/planc/dtb.h"
#include "tools/planc/dtb_write.h"

#define SWIOTLB_SLOT 2048u

void dtb_linux_words(const struct plan_guest *guest, char text[DTB_WORDS_MAX])
{
	/* Its device is none that the kernel sees probed, and it would wait for that. */
	int used = snprintf(text, DTB_WORDS_MAX, "%s",
			    guest->pin_count ? " fw_devlink=permissive" : "");

	/* Half of the window for bounce buffers; the rest takes rings. */
	if (guest->dma_size)
		snprintf(text + used, DTB_WORDS_MAX - (size_t)used, " swiotlb=%llu cma=0",
			 (unsigned long long)(guest->dma_size / 2 / SWIOTLB_SLOT));
}

static void put_address(struct dtb_writer *writer, const char *name, u64 address)
{
	u32 value[] = {(u32)(address >> 32), (u32)address};

	dtb_cells(writer, name, value, 2);
}

void dtb_linux_chosen(struct dtb_writer *writer, const struct layout *layout, u32 guest)
{
	const struct plan_range *initrd = &layout->initrd[guest];
	char text[MODEL_ARGUMENTS_MAX + DTB_WORDS_MAX];
	char words[DTB_WORDS_MAX];

	dtb_linux_words(&layout->guest[guest], words);
	snprintf(text, sizeof(text), "%s%s", layout->model->guest[guest].arguments, words);
	dtb_string(writer, "bootargs", text);
	if (!initrd->size)
		return;
	put_address(writer, "linux,initrd-start", initrd->base);
	put_address(writer, "linux,initrd-end", initrd->base + initrd->size);
}

static void put_bank(struct dtb_writer *writer, u64 base, u64 size)
{
	dtb_begin_at(writer, "memory", base);
	dtb_string(writer, "device_type", "memory");
	dtb_range(writer, "reg", base, size);
	dtb_end(writer);
}

void dtb_linux_memory(struct dtb_writer *writer, const struct plan_guest *guest)
{
	u64 pins = layout_pin_page(guest) ? PLAN_PAGE : 0;

	if (guest->dma_size)
		put_bank(writer, guest->dma_base, guest->dma_size);
	put_bank(writer, guest->ram_base + guest->dma_size,
		 guest->ram_size - guest->dma_size - pins);
}

static void put_its(struct dtb_writer *writer, const struct plan_gic *gic)
{
	dtb_begin_at(writer, "msi-controller", gic->gits);
	dtb_string(writer, "compatible", "arm,gic-v3-its");
	dtb_bytes(writer, "msi-controller", NULL, 0);
	dtb_cell(writer, "#msi-cells", 1);
	dtb_cell(writer, "phandle", DTB_ITS);
	dtb_range(writer, "reg", gic->gits, LAYOUT_GITS_SIZE);
	dtb_end(writer);
}

void dtb_linux_gic(struct dtb_writer *writer, const struct layout *layout, u32 guest)
{
	const struct plan_gic *gic = &layout->plan.gic;
	u64 size = layout->guest[guest].vcpu_count * LAYOUT_GICR_SIZE;
	u32 reg[] = {
		(u32)(gic->gicd >> 32), (u32)gic->gicd, 0, (u32)LAYOUT_GICD_SIZE,
		(u32)(gic->gicr >> 32), (u32)gic->gicr, 0, (u32)size,
	};

	dtb_begin_at(writer, "interrupt-controller", gic->gicd);
	dtb_string(writer, "compatible", "arm,gic-v3");
	dtb_bytes(writer, "interrupt-controller", NULL, 0);
	dtb_cell(writer, "#interrupt-cells", 3);
	dtb_cell(writer, "#address-cells", 2);
	dtb_cell(writer, "#size-cells", 2);
	dtb_bytes(writer, "ranges", NULL, 0);
	dtb_cell(writer, "phandle", DTB_GIC);
	dtb_cells(writer, "reg", reg, 8);
	if (layout->guest[guest].pin_count)
		put_its(writer, gic);
	dtb_end(writer);
}

void dtb_linux_interrupts(struct dtb_writer *writer, const struct layout *layout,
			  const struct model_device *device)
{
	u32 cells[3 * 5];
	u32 count = 0;

	for (u32 i = 0; i < layout->plan.wired_count; i++)
		for (u32 d = 0; d < device->interrupt_count && count < 15; d++) {
			if (layout->wired[i].physical != device->interrupt[d])
				continue;
			cells[count++] = DTB_SPI;
			cells[count++] = layout->wired[i].intid - LAYOUT_SHARED_FIRST;
			cells[count++] = DTB_LEVEL_HIGH;
		}
	if (count)
		dtb_cells(writer, "interrupts", cells, count);
}

/*
 * An MSI for a device that only knows wires: each pin becomes an event of the ITS. Its other
 * registers trap, so that none of them is memory.
 */
_Static_assert(LAYOUT_PIN_FIRST + PLAN_PIN_MAX <= LAYOUT_PIN_END, "Linux refuses later pins");

static void put_pins(struct dtb_writer *writer, const struct plan_guest *guest)
{
	static const u32 parent[] = {DTB_ITS, 0};

	dtb_begin_at(writer, "mbigen", guest->mbigen);
	dtb_string(writer, "compatible", "hisilicon,mbigen-v2");
	dtb_range(writer, "reg", guest->mbigen, LAYOUT_MBIGEN_SIZE);
	dtb_begin(writer, "pins");
	dtb_cells(writer, "msi-parent", parent, 2);
	dtb_bytes(writer, "interrupt-controller", NULL, 0);
	dtb_cell(writer, "#interrupt-cells", 2);
	dtb_cell(writer, "num-pins", LAYOUT_PIN_END);
	dtb_cell(writer, "phandle", DTB_PINS);
	dtb_end(writer);
	dtb_end(writer);
}

static void put_interrupt(struct dtb_writer *writer, const struct layout *layout, u32 index)
{
	const struct plan_guest *guest = &layout->guest[layout->link[index].driver];
	u32 number = layout->link[index].queue[0].route_to_driver;
	u32 shared[] = {DTB_SPI, layout->route[number].intid - LAYOUT_SHARED_FIRST,
			DTB_EDGE_RISING};
	u32 pin[] = {LAYOUT_PIN_FIRST, DTB_EDGE_RISING};

	if (layout->route[number].kind != PLAN_DOORBELL_MSI) {
		dtb_cells(writer, "interrupts", shared, 3);
		return;
	}
	while (guest->pin[pin[0] - LAYOUT_PIN_FIRST] != number)
		pin[0]++;
	dtb_cell(writer, "interrupt-parent", DTB_PINS);
	dtb_cells(writer, "interrupts", pin, 2);
}

static void put_link(struct dtb_writer *writer, const struct layout *layout, u32 index)
{
	const struct plan_link *link = &layout->link[index];

	dtb_begin_at(writer, "virtio_mmio", link->window);
	dtb_string(writer, "compatible", "virtio,mmio");
	dtb_range(writer, "reg", link->window, ABI_WINDOW_SIZE);
	dtb_bytes(writer, "dma-coherent", NULL, 0);
	dtb_string(writer, "label", link->name);
	put_interrupt(writer, layout, index);
	dtb_end(writer);
}

/* Devices on this bus reach the window only, at its physical addresses. */
static void put_bus(struct dtb_writer *writer, const struct layout *layout, u32 guest)
{
	const struct plan_guest *owner = &layout->guest[guest];
	u32 window[] = {
		(u32)(owner->ram_base >> 32), (u32)owner->ram_base,
		(u32)(owner->dma_base >> 32), (u32)owner->dma_base,
		(u32)(owner->dma_size >> 32), (u32)owner->dma_size,
	};

	dtb_begin(writer, "links");
	dtb_string(writer, "compatible", "simple-bus");
	dtb_cell(writer, "#address-cells", 2);
	dtb_cell(writer, "#size-cells", 2);
	dtb_bytes(writer, "ranges", NULL, 0);
	dtb_cells(writer, "dma-ranges", window, 6);
	for (u32 i = 0; i < layout->plan.link_count; i++)
		if (layout->link[i].driver == guest)
			put_link(writer, layout, i);
	dtb_end(writer);
}

void dtb_linux_links(struct dtb_writer *writer, const struct layout *layout, u32 guest)
{
	if (layout->guest[guest].pin_count)
		put_pins(writer, &layout->guest[guest]);
	if (layout->guest[guest].dma_size)
		put_bus(writer, layout, guest);
}
