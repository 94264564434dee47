/*
 * Rules about guests: what each is made of, and that nothing is owned twice. Part of rules_check.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/bits.h"
#include "tools/planc/diag.h"
#include "tools/planc/layout.h"
#include "tools/planc/rules.h"
#include "tools/planc/tree.h"

static void check_counts(const struct model *model)
{
	u32 cpus = 0;

	if (model->guest_count > PLAN_GUEST_MAX)
		diag_error(model->source, model->guest[PLAN_GUEST_MAX].node, NULL,
			   "the deployment has %u guests: use at most %u", model->guest_count,
			   PLAN_GUEST_MAX);
	for (u32 i = 0; i < model->board.cpu_count; i++)
		cpus += model->board.cpu[i].guest != PLAN_NONE;
	if (cpus > PLAN_CPU_MAX)
		diag_error(model->source, model->guests_node, NULL,
			   "the guests have %u CPUs together: use at most %u", cpus, PLAN_CPU_MAX);
}

/* planc runs in the project's top directory, as every tool does. */
static bool is_program(const char *name)
{
	char path[64];
	struct stat status;

	snprintf(path, sizeof(path), "guests/%s", name);
	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Exactly one of them. */
static void check_source(const struct model *model, const struct model_guest *guest)
{
	if (guest->program && guest->image.name)
		diag_error(model->source, guest->node, "image",
			   "there is both a program and an image: keep one");
	if (guest->kernel.name && (guest->program || guest->image.name))
		diag_error(model->source, guest->node, "kernel",
			   "there is both a kernel and %s: keep one",
			   guest->program ? "a program" : "an image");
	if (!guest->program && !guest->image.name && !guest->kernel.name)
		diag_error(model->source, guest->node, NULL,
			   "there is nothing to run: give it a program, an image or a kernel");
}

static void check_image(const struct model *model, const struct model_guest *guest)
{
	u64 tree = guest->flags & PLAN_GUEST_DTB ? LAYOUT_DTB_MAX : 0;
	struct stat status;

	if (guest->program && !is_program(guest->program))
		diag_error(model->source, guest->node, "program",
			   "there is no program %s: name a directory of guests/, or use image",
			   guest->program);
	if (!guest->image.name || guest->memory < tree)
		return;
	if (stat(guest->image.path, &status) || !S_ISREG(status.st_mode))
		diag_error(model->source, guest->node, "image",
			   "there is no file %s: name a file, relative to the deployment's",
			   guest->image.path);
	else if (!guest->image.size)
		diag_error(model->source, guest->node, "image",
			   "the file %s is empty: give a raw binary", guest->image.path);
	else if (guest->image.size > guest->memory - tree)
		diag_error(model->source, guest->node, "image",
			   "the image has %llu bytes and there is room for %llu: give the guest at "
			   "least 0x%llx bytes of memory",
			   (unsigned long long)guest->image.size,
			   (unsigned long long)(guest->memory - tree),
			   (unsigned long long)ALIGN_UP(guest->image.size + tree, MODEL_RAM_ALIGN));
}

static void check_cpu(const struct model *model, u32 index, u32 vcpu)
{
	const struct model_guest *guest = &model->guest[index];
	const struct model_board *board = &model->board;
	u32 number = guest->cpu[vcpu];

	if (number >= board->cpu_count)
		diag_error(model->source, guest->node, "cpus",
			   "the board has no CPU %u: use 0 to %u", number, board->cpu_count - 1);
	else if (board->cpu[number].guest != index)
		diag_error(model->source, guest->node, "cpus",
			   "CPU %u belongs to guest %s already: give each CPU to one guest", number,
			   model->guest[board->cpu[number].guest].name);
	else if (board->cpu[number].vcpu != vcpu)
		diag_error(model->source, guest->node, "cpus",
			   "CPU %u is named twice: give each vCPU its own", number);
}

/* Two CPUs of one core must not serve two guests: they share caches, buffers and predictors. */
static void check_siblings(const struct model *model)
{
	const struct model_board *board = &model->board;

	for (u32 i = 0; i < board->cpu_count; i++) {
		const struct model_cpu *cpu = &board->cpu[i];
		const struct model_cpu *other;

		if (cpu->sibling >= board->cpu_count || cpu->guest == PLAN_NONE)
			continue;
		other = &board->cpu[cpu->sibling];
		if (other->guest == PLAN_NONE || other->guest == cpu->guest)
			continue;
		/* Where both name each other, one message is enough. */
		if (other->sibling == i && other < cpu)
			continue;
		diag_error(
			model->source, model->guest[cpu->guest].node, "cpus",
			"CPU %u shares a core with CPU %u of guest %s: give both to one guest, or "
			"leave one unused",
			i, cpu->sibling, model->guest[other->guest].name);
	}
}

static void check_device(const struct model *model, u32 index, u32 which)
{
	const struct model_guest *guest = &model->guest[index];
	const struct model_device *device;
	const char *name = tree_string_at(model->source->fdt, guest->node, "devices", which);

	if (guest->device[which] == PLAN_NONE) {
		diag_error(model->source, guest->node, "devices",
			   "the board has no device \"%s\": name a device node of the board file",
			   name);
		return;
	}
	device = &model->board.device[guest->device[which]];
	if (device->guest != index)
		diag_error(model->source, guest->node, "devices",
			   "%s belongs to guest %s already: give each device to one guest", name,
			   model->guest[device->guest].name);
	if (device->dma && !guest->trusted_dma)
		diag_error(model->source, guest->node, "devices",
			   "%s can reach all memory by DMA: remove it, or accept that with "
			   "trusted-dma",
			   name);
}

static void check_devices(const struct model *model, u32 index)
{
	const struct model_guest *guest = &model->guest[index];

	if (guest->device_count > MODEL_OWN_DEVICE_MAX)
		diag_error(model->source, guest->node, "devices",
			   "the guest has %u devices: use at most %u", guest->device_count,
			   MODEL_OWN_DEVICE_MAX);
	for (u32 i = 0; i < guest->device_count && i < MODEL_OWN_DEVICE_MAX; i++)
		check_device(model, index, i);
}

/* What one guest only may do: `flag`, which `property` gives. */
static void check_only(const struct model *model, u32 index, u32 flag, const char *property)
{
	if (!(model->guest[index].flags & flag))
		return;
	for (u32 i = 0; i < index; i++)
		if (model->guest[i].flags & flag)
			diag_error(model->source, model->guest[index].node, property,
				   "guest %s %s already: keep one of the two", model->guest[i].name,
				   property);
}

/*
 * Who restarts must meet the other side again: the hypervisor takes the rings away for a driver side
 * with registers, and for nobody else.
 */
static void check_restart(const struct model *model, u32 index)
{
	const struct model_guest *guest = &model->guest[index];

	for (u32 i = 0; guest->restart && i < model->link_count; i++) {
		const struct model_link *link = &model->link[i];

		if (link->device == index)
			diag_error(model->source, guest->node, "restart",
				   "it is the device side of link %s: remove restart, or make it "
				   "the driver side",
				   link->name);
		else if (link->driver == index && link->transport == PLAN_TRANSPORT_STATIC &&
			 !rules_is_static_linux(model, link))
			diag_error(model->source, guest->node, "restart",
				   "link %s has transport static: restart needs lazy or trap",
				   link->name);
	}
}

static void check_arguments(const struct model *model, const struct model_guest *guest)
{
	bool kernel = guest->flags & PLAN_GUEST_LINUX;
	u32 most = (kernel ? MODEL_ARGUMENTS_MAX : MODEL_PROGRAM_ARGUMENTS_MAX) - 1;

	if (guest->argument_bytes <= most)
		return;
	diag_error(model->source, guest->node, "arguments",
		   "%sarguments %s %u characters: use at most %u",
		   model->options->argument_count ? "with those of the command line the " : "",
		   model->options->argument_count ? "have" : "has", guest->argument_bytes, most);
}

static void check_guest(const struct model *model, u32 index)
{
	const struct model_guest *guest = &model->guest[index];

	check_source(model, guest);
	check_image(model, guest);
	rules_linux_guest(model, index);
	for (u32 i = 0; i < guest->cpu_count && i < MODEL_OWN_CPU_MAX; i++)
		check_cpu(model, index, i);
	check_devices(model, index);
	check_only(model, index, PLAN_GUEST_REPORT, "reports");
	check_only(model, index, PLAN_GUEST_CONTROL, "controls");
	check_restart(model, index);
	check_arguments(model, guest);
}

void rules_guests(const struct model *model)
{
	check_counts(model);
	check_siblings(model);
	rules_wired(model);
	for (u32 i = 0; i < model->guest_count; i++)
		check_guest(model, i);
}
