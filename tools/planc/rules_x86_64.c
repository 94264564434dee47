/*
 * Rules about boards of x86_64, and what their guests can ring and be rung by. Part of rules_check.
 */
#include "core/bits.h"
#include "tools/planc/diag.h"
#include "tools/planc/layout.h"
#include "tools/planc/rules.h"

#define MEMORY_END BIT(32) /* guests map what lies below to itself before they run C */
#define VECTOR_COUNT (VMX_GUEST_VECTOR_LAST - VMX_GUEST_VECTOR_FIRST + 1)

static void check_ram(const struct model *model)
{
	for (u32 i = 0; i < model->board.ram_count; i++) {
		const struct model_ram *ram = &model->board.ram[i];

		if (ram->range.base + ram->range.size > MEMORY_END)
			diag_error(model->source, ram->node, "reg",
				   "reg reaches above 4 GiB: give the memory below");
	}
}

/* Events of a link in one direction. */
static u32 count_events(const struct model_link *link, u32 direction)
{
	if (link->shared_vectors)
		return 1;
	return link->queue_count + (direction == PLAN_TO_DRIVER);
}

static u32 sender_of(const struct model_link *link, u32 direction)
{
	return direction == PLAN_TO_DEVICE ? link->driver : link->device;
}

static void check_gates(const struct model *model, u32 guest)
{
	u32 count = 0;

	for (u32 i = 0; i < model->link_count; i++) {
		const struct model_link *link = &model->link[i];

		for (u32 d = PLAN_TO_DEVICE; d <= PLAN_TO_DRIVER; d++)
			if (sender_of(link, d) == guest && link->doorbell[d] == PLAN_DOORBELL_MSI)
				count += count_events(link, d);
	}
	if (count > LAYOUT_GATE_MAX)
		diag_error(model->source, model->guest[guest].node, NULL,
			   "it rings %u msi doorbells and has gates for %u: set vectors of its "
			   "links to shared, or use other doorbells",
			   count, LAYOUT_GATE_MAX);
}

static void check_vectors(const struct model *model, u32 guest, u32 vcpu)
{
	u32 count = 0;

	for (u32 i = 0; i < model->link_count; i++) {
		const struct model_link *link = &model->link[i];

		for (u32 d = PLAN_TO_DEVICE; d <= PLAN_TO_DRIVER; d++)
			if (sender_of(link, !d) == guest && link->vcpu[d] == vcpu)
				count += count_events(link, d);
	}
	if (count > VECTOR_COUNT)
		diag_error(model->source, model->guest[guest].node, NULL,
			   "its vCPU %u is rung by %u events and has vectors for %u: set vectors "
			   "of its links to shared, or use other vCPUs",
			   vcpu, count, VECTOR_COUNT);
}

void rules_x86_64(const struct model *model)
{
	check_ram(model);
	for (u32 i = 0; i < model->guest_count; i++) {
		check_gates(model, i);
		for (u32 v = 0; v < model->guest[i].cpu_count && v < PLAN_CPU_MAX; v++)
			check_vectors(model, i, v);
	}
}
