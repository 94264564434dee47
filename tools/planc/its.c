/*
 * What the interrupt controller is told: the ITS command list and the virtual LPI configuration
 * bytes. A step of layout_make. Arm IHI 0069, section 5.3 (commands), 5.1.1 (configuration byte).
 */
#include <string.h>

#include "core/bits.h"
#include "tools/planc/its.h"
#include "tools/planc/layout.h"

#define ITS_VALID BIT(63)
#define ITS_NO_DOORBELL 1023u
#define ITS_RDBASE BITS(51, 16) /* with GITS_TYPER.PTA = 0: the processor number */

#define LPI_PRIORITY 0xa0u
#define LPI_ENABLE 0x01u

static struct plan_its_command *add(struct layout *layout, u64 dw0)
{
	struct plan_its_command *command = &layout->its[layout->plan.its_count++];

	memset(command, 0, sizeof(*command));
	command->dw[0] = dw0;
	return command;
}

static void add_mapd(struct layout *layout)
{
	const struct plan_gic *gic = &layout->plan.gic;
	struct plan_its_command *command = add(layout, ITS_MAPD | (u64)gic->msi_device << 32);

	command->dw[1] = gic->event_bits - 1;
	command->dw[2] = ITS_VALID | gic->itt;
}

static void add_vmapp(struct layout *layout, u32 index)
{
	const struct plan_cpu *cpu = &layout->cpu[index];
	struct plan_its_command *command = add(layout, ITS_VMAPP);

	command->dw[1] = (u64)index << 32;
	command->dw[2] = ITS_VALID | PUT(ITS_RDBASE, layout->board_cpu[index]);
	command->dw[3] = cpu->vlpi_pending | (layout->plan.gic.id_bits - 1);
}

static void add_vmapti(struct layout *layout, u32 event)
{
	const struct plan_route *route = &layout->route[event];
	u64 device = layout->plan.gic.msi_device;
	struct plan_its_command *command = add(layout, ITS_VMAPTI | device << 32);

	command->dw[1] = (u64)route->cpu << 32 | event;
	command->dw[2] = (u64)ITS_NO_DOORBELL << 32 | route->intid;
}

static void add_for_vpe(struct layout *layout, u64 dw0, u32 index)
{
	add(layout, dw0)->dw[1] = (u64)index << 32;
}

void layout_its(struct layout *layout)
{
	const struct plan *root = &layout->plan;

	memset(layout->vlpi, LPI_PRIORITY, sizeof(layout->vlpi));
	layout->plan.its_count = 0;
	if (!root->gic.present)
		return;
	add_mapd(layout);
	for (u32 i = 0; i < root->cpu_count; i++)
		add_vmapp(layout, i);
	for (u32 i = 0; i < root->route_count; i++) {
		/* Without an INTID the guest chooses, and the hypervisor maps it then. */
		if (layout->route[i].kind != PLAN_DOORBELL_MSI || !layout->route[i].intid)
			continue;
		add_vmapti(layout, i);
		layout->vlpi[layout->route[i].intid - ABI_INTID_BASE] = LPI_PRIORITY | LPI_ENABLE;
	}
	for (u32 i = 0; i < root->cpu_count; i++)
		add_for_vpe(layout, ITS_VINVALL, i);
	for (u32 i = 0; i < root->cpu_count; i++)
		add_for_vpe(layout, ITS_VSYNC, i);
}
