/*
 * Numbers the plan's CPUs, the routes of all links, and the interrupts and pins of guests with a
 * kernel. A step of layout_make: it needs no addresses.
 */
#include <string.h>

#include "core/bits.h"
#include "tools/planc/layout.h"

static void number_cpus(struct layout *layout)
{
	const struct model_board *board = &layout->model->board;

	for (u32 i = 0; i < board->cpu_count; i++) {
		const struct model_cpu *cpu = &board->cpu[i];
		u32 index = layout->plan.cpu_count;

		if (cpu->guest == PLAN_NONE)
			continue;
		layout->board_cpu[index] = i;
		layout->cpu[index].mpidr = cpu->mpidr;
		layout->cpu[index].guest = cpu->guest;
		layout->cpu[index].vcpu = cpu->vcpu;
		layout->plan.cpu_count++;
	}
}

static u32 cpu_of(const struct layout *layout, u32 guest, u32 vcpu)
{
	for (u32 i = 0; i < layout->plan.cpu_count; i++)
		if (layout->cpu[i].guest == guest && layout->cpu[i].vcpu == vcpu)
			return i;
	return PLAN_NONE;
}

static u32 add_route(struct layout *layout, u32 index, enum plan_direction direction)
{
	const struct model_link *link = &layout->model->link[index];
	bool to_device = direction == PLAN_TO_DEVICE;
	u32 number = layout->plan.route_count++;
	struct plan_route *route = &layout->route[number];

	route->link = index;
	route->direction = direction;
	route->kind = link->doorbell[direction];
	route->sender = to_device ? link->driver : link->device;
	route->receiver = to_device ? link->device : link->driver;
	route->cpu = cpu_of(layout, route->receiver, link->vcpu[direction]);
	route->intid = layout->arch->interrupt(layout, number);
	return number;
}

static void link_routes(struct layout *layout, u32 index)
{
	const struct model_link *from = &layout->model->link[index];
	struct plan_link *link = &layout->link[index];

	for (u32 q = 0; q < from->queue_count; q++) {
		struct plan_queue *queue = &link->queue[q];

		if (q && from->shared_vectors) {
			queue->route_to_device = link->queue[0].route_to_device;
			queue->route_to_driver = link->queue[0].route_to_driver;
			continue;
		}
		queue->route_to_device = add_route(layout, index, PLAN_TO_DEVICE);
		queue->route_to_driver = add_route(layout, index, PLAN_TO_DRIVER);
	}
	if (from->shared_vectors)
		link->route_config = link->queue[0].route_to_driver;
	else
		link->route_config = add_route(layout, index, PLAN_TO_DRIVER);
}

/* Linux takes its devices' interrupts as shared ones; other guests get none. */
static void wire_device(struct layout *layout, const struct model_device *device)
{
	if (device->guest == PLAN_NONE || !layout_is_linux(layout, device->guest))
		return;
	for (u32 i = 0; i < device->interrupt_count; i++) {
		struct plan_wired *wired = &layout->wired[layout->plan.wired_count++];

		wired->physical = device->interrupt[i];
		wired->intid = LAYOUT_SHARED_FIRST + layout->shared_count[device->guest]++;
		wired->guest = device->guest;
		wired->cpu = cpu_of(layout, device->guest, 0);
	}
}

void layout_routes(struct layout *layout)
{
	const struct model_board *board = &layout->model->board;

	number_cpus(layout);
	for (u32 i = 0; i < layout->plan.link_count; i++)
		link_routes(layout, i);
	for (u32 i = 0; i < board->device_count; i++)
		wire_device(layout, &board->device[i]);
}
