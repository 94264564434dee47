/*
 * Reads /guests. Part of model_read.
 */
#include <libfdt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/planc/kernel.h"
#include "tools/planc/model_read.h"
#include "tools/planc/tree.h"

/* Joins the directory of the deployment's file and a name relative to it. */
static char *beside(const char *deployment, const char *name)
{
	const char *slash = strrchr(deployment, '/');
	int directory = slash && name[0] != '/' ? (int)(slash - deployment) + 1 : 0;
	size_t size = (size_t)directory + strlen(name) + 1;
	char *path = model_array((u32)size, 1);

	snprintf(path, size, "%.*s%s", directory, deployment, name);
	return path;
}

/* Takes "folder/../" out of a path, so that make and planc call a file by one name. */
static void tidy(char *path)
{
	char *up = path;

	while ((up = strstr(up, "/../"))) {
		char *from = up;

		while (from > path && from[-1] != '/')
			from--;
		if (from == up || !strncmp(from, "./", 2) || !strncmp(from, "../", 3)) {
			up += 3;
			continue;
		}
		memmove(from, up + 4, strlen(up + 4) + 1);
		up = path;
	}
}

static void add_word(struct model_guest *guest, const char *word, size_t length)
{
	size_t used = strlen(guest->arguments);
	size_t need = (used ? 1 : 0) + length;

	guest->argument_bytes += (u32)need;
	if (used + need >= MODEL_ARGUMENTS_MAX)
		return;
	if (used)
		guest->arguments[used++] = ' ';
	memcpy(guest->arguments + used, word, length);
	guest->arguments[used + length] = 0;
}

/* The --argument that has the key of a word, or NULL. */
static const char *replacement(const struct options *options, const char *word, size_t length)
{
	const char *equals = memchr(word, '=', length);
	size_t key = equals ? (size_t)(equals - word) + 1 : 0;

	for (u32 i = 0; key && i < options->argument_count; i++)
		if (!strncmp(options->argument[i], word, key))
			return options->argument[i];
	return NULL;
}

static bool has_key(const struct model_guest *guest, const char *argument)
{
	size_t key = (size_t)(strchr(argument, '=') - argument) + 1;
	const char *word = guest->arguments;

	while (word) {
		word += *word == ' ';
		if (!strncmp(word, argument, key))
			return true;
		word = strchr(word, ' ');
	}
	return false;
}

/* An --argument replaces the word with its key; workloads without such a word get it added. */
static void read_arguments(const struct model *model, struct model_guest *guest)
{
	const struct options *options = model->options;
	const char *text = tree_string(model->source->fdt, guest->node, "arguments", "");

	for (size_t length; *text; text += length) {
		const char *other;

		length = strcspn(text, " ");
		if (!length) {
			length = 1;
			continue;
		}
		other = replacement(options, text, length);
		add_word(guest, other ? other : text, other ? strlen(other) : length);
	}
	for (u32 i = 0; guest->flags & PLAN_GUEST_WORKLOAD && i < options->argument_count; i++)
		if (!has_key(guest, options->argument[i]))
			add_word(guest, options->argument[i], strlen(options->argument[i]));
}

/* The first guest that names a CPU or a device is its owner; the rules reject the second. */
static void read_cpus(struct model *model, struct model_guest *guest)
{
	const void *fdt = model->source->fdt;

	guest->cpu_count = tree_cell_count(fdt, guest->node, "cpus");
	for (u32 i = 0; i < guest->cpu_count && i < MODEL_OWN_CPU_MAX; i++) {
		u32 number = tree_cell_at(fdt, guest->node, "cpus", i);
		struct model_cpu *cpu;

		guest->cpu[i] = number;
		if (number >= model->board.cpu_count)
			continue;
		cpu = &model->board.cpu[number];
		if (cpu->guest != PLAN_NONE)
			continue;
		cpu->guest = (u32)(guest - model->guest);
		cpu->vcpu = i;
	}
}

static u32 find_device(const struct model *model, const char *name)
{
	for (u32 i = 0; name && i < model->board.device_count; i++)
		if (!strcmp(model->board.device[i].name, name))
			return i;
	return PLAN_NONE;
}

static void read_devices(struct model *model, struct model_guest *guest)
{
	const void *fdt = model->source->fdt;
	u32 count = tree_string_count(fdt, guest->node, "devices");

	guest->device_count = count;
	for (u32 i = 0; i < count && i < MODEL_OWN_DEVICE_MAX; i++) {
		u32 number = find_device(model, tree_string_at(fdt, guest->node, "devices", i));
		struct model_device *device;

		guest->device[i] = number;
		if (number == PLAN_NONE)
			continue;
		device = &model->board.device[number];
		if (device->guest != PLAN_NONE)
			continue;
		device->guest = (u32)(guest - model->guest);
		if (number == model->board.uart)
			guest->flags |= PLAN_GUEST_UART;
	}
}

static void read_file(const struct model *model, const struct model_guest *guest,
		      const char *property, struct model_file *file)
{
	struct stat status;

	file->name = tree_string(model->source->fdt, guest->node, property, NULL);
	if (!file->name)
		return;
	file->path = beside(model->source->path, file->name);
	tidy(file->path);
	if (!stat(file->path, &status) && S_ISREG(status.st_mode))
		file->size = (u64)status.st_size;
}

static void read_files(struct model *model, struct model_guest *guest)
{
	guest->program = tree_string(model->source->fdt, guest->node, "program", NULL);
	read_file(model, guest, "image", &guest->image);
	read_file(model, guest, "kernel", &guest->kernel);
	read_file(model, guest, "initrd", &guest->initrd);
	if (!guest->kernel.name)
		return;
	guest->flags |= PLAN_GUEST_LINUX | PLAN_GUEST_DTB;
	if (guest->kernel.size)
		guest->kernel_memory = kernel_memory(guest->kernel.path);
}

static void read_guest(struct model *model, struct model_guest *guest, int node)
{
	const void *fdt = model->source->fdt;

	guest->node = node;
	guest->name = tree_name(fdt, node);
	guest->memory = tree_u64(fdt, node, "memory", 0);
	guest->pinned = tree_has(fdt, node, "address");
	guest->address = tree_u64(fdt, node, "address", 0);
	guest->poll_us = tree_cell(fdt, node, "poll-us", 0);
	guest->has_dma_window = tree_has(fdt, node, "dma-window");
	guest->dma_window = tree_u64(fdt, node, "dma-window", 0);
	guest->restart = tree_has(fdt, node, "restart");
	guest->hold_ms = tree_cell(fdt, node, "hold-ms", 10);
	guest->trusted_dma = tree_has(fdt, node, "trusted-dma");
	if (tree_has(fdt, node, "reports"))
		guest->flags |= PLAN_GUEST_REPORT;
	if (tree_has(fdt, node, "workload"))
		guest->flags |= PLAN_GUEST_WORKLOAD;
	if (tree_has(fdt, node, "device-tree"))
		guest->flags |= PLAN_GUEST_DTB;
	if (tree_has(fdt, node, "controls"))
		guest->flags |= PLAN_GUEST_CONTROL;
	read_files(model, guest);
	read_arguments(model, guest);
	read_cpus(model, guest);
	read_devices(model, guest);
}

void model_read_guests(struct model *model)
{
	const void *fdt = model->source->fdt;
	int node;

	model->guests_node = tree_node(fdt, "/guests");
	model->guest = model_array(tree_child_count(fdt, model->guests_node),
				   sizeof(*model->guest));
	if (model->guests_node < 0)
		return;
	fdt_for_each_subnode (node, fdt, model->guests_node)
		read_guest(model, &model->guest[model->guest_count++], node);
}
