/*
 * Rules about boards of x86_64, and what their guests can ring. Part of rules_check.
 */
#include "core/bits.h"
#include "tools/planc/diag.h"
#include "tools/planc/layout.h"
#include "tools/planc/rules.h"

#define LOW_END MIB(1)
#define MEMORY_END BIT(32) /* guests map what lies below to itself before they run C */

/* So a sender's word of a descriptor has vectors for all its gates: every eighth is left out. */
_Static_assert(LAYOUT_GATE_MAX <= 28, "vectors for all gates");

static void check_ram(const struct model *model)
{
	for (u32 i = 0; i < model->board.ram_count; i++) {
		const struct model_ram *ram = &model->board.ram[i];

		if (ram->range.base < LOW_END)
			diag_error(
				model->source, ram->node, "reg",
				"reg starts below 1 MiB, where boot has its own: give the memory "
				"above");
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

static u32 receiver_of(const struct model_link *link, u32 direction)
{
	return direction == PLAN_TO_DEVICE ? link->device : link->driver;
}

/* What rings one vCPU: events that the hypervisor posts, and guests that post by themselves. */
static void check_vectors(const struct model *model, u32 guest, u32 vcpu)
{
	u32 senders = 0;
	u32 events = 0;

	for (u32 i = 0; i < model->link_count; i++) {
		const struct model_link *link = &model->link[i];

		for (u32 d = PLAN_TO_DEVICE; d <= PLAN_TO_DRIVER; d++) {
			if (receiver_of(link, d) != guest || link->vcpu[d] != vcpu)
				continue;
			if (link->doorbell[d] == PLAN_DOORBELL_INJECT)
				events += count_events(link, d);
			if (link->doorbell[d] == PLAN_DOORBELL_MSI &&
			    sender_of(link, d) != PLAN_NONE)
				senders |= MODEL_BIT_OF(sender_of(link, d));
		}
	}
	if ((u32)__builtin_popcount(senders) > LAYOUT_WORD_COUNT)
		diag_error(
			model->source, model->guest[guest].node, NULL,
			"%d guests ring its vCPU %u by msi and there is room for %u: give it more "
			"vCPUs, or use other doorbells",
			__builtin_popcount(senders), vcpu, LAYOUT_WORD_COUNT);
	if (events > LAYOUT_POSTED_MAX)
		diag_error(
			model->source, model->guest[guest].node, NULL,
			"its vCPU %u has %u inject events and vectors for %u: set vectors of its "
			"links to shared, or give it more vCPUs",
			vcpu, events, LAYOUT_POSTED_MAX);
}

static bool overlap(const struct plan_range *a, const struct plan_range *b)
{
	return a->base < b->base + b->size && b->base < a->base + a->size;
}

static void check_ports(const struct model *model)
{
	const struct model_board *board = &model->board;
	struct plan_range power = {board->power_port, board->power_port ? 1 : 0};

	for (u32 i = 0; i < board->device_count; i++) {
		const struct model_device *device = &board->device[i];

		if (overlap(&device->ports, &power))
			diag_error(model->source, device->node, "ports",
				   "power-off-port 0x%x is one of them: correct one of them",
				   board->power_port);
		for (u32 j = 0; j < i; j++)
			if (overlap(&device->ports, &board->device[j].ports))
				diag_error(model->source, device->node, "ports",
					   "ports overlap those of %s: correct one of them",
					   board->device[j].name);
	}
}

static void check_guest(const struct model *model, u32 guest)
{
	check_gates(model, guest);
	for (u32 vcpu = 0; vcpu < model->guest[guest].cpu_count; vcpu++)
		check_vectors(model, guest, vcpu);
}

void rules_x86_64(const struct model *model)
{
	check_ram(model);
	check_ports(model);
	for (u32 i = 0; i < model->guest_count; i++)
		check_guest(model, i);
}
