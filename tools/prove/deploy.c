/* Reads the deployment: names, files, the hypervisor's and the guests' nodes. See deploy.h. */
#include "tools/prove/deploy.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/prove/deploy_parts.h"
#include "tools/prove/fdt.h"
#include "tools/prove/finding.h"
#include "tools/prove/words.h"

static const char *const transports[] = {"static", "lazy", "trap"};
static const char *const doorbells[] = {"msi", "monitor", "inject", "poll"};

#define DMA_WINDOW_DEFAULT MIB(16)
#define DMA_WINDOW_LEAST MIB(4)

static u32 find(const char *const *names, u32 count, const char *name)
{
	for (u32 i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return PLAN_NONE;
}

u32 deploy_transport(const char *name)
{
	return find(transports, ARRAY_SIZE(transports), name);
}

const char *deploy_transport_name(u32 transport)
{
	return transport < ARRAY_SIZE(transports) ? transports[transport] : "?";
}

u32 deploy_doorbell(const char *name)
{
	return find(doorbells, ARRAY_SIZE(doorbells), name);
}

const char *deploy_doorbell_name(u32 kind)
{
	return kind < ARRAY_SIZE(doorbells) ? doorbells[kind] : "?";
}

bool deploy_name(char *to, const char *name)
{
	size_t length = strlen(name);

	if (length >= DEPLOY_NAME_MAX)
		return false;
	memcpy(to, name, length + 1);
	return true;
}

u32 deploy_guest_index(const struct deployment *deployment, const char *name)
{
	for (u32 i = 0; name && i < deployment->guest_count; i++)
		if (strcmp(deployment->guest[i].name, name) == 0)
			return i;
	return PLAN_NONE;
}

static struct deploy_device *find_device(struct deployment *deployment, const char *name)
{
	for (u32 i = 0; i < deployment->device_count; i++)
		if (strcmp(deployment->device[i].name, name) == 0)
			return &deployment->device[i];
	return NULL;
}

static void own_devices(struct deployment *deployment, const void *blob, int node, u32 index)
{
	struct deploy_guest *guest = &deployment->guest[index];
	int count = fdt_stringlist_count(blob, node, "devices");

	for (int i = 0; i < count; i++) {
		const char *name = fdt_stringlist_get(blob, node, "devices", i, NULL);
		struct deploy_device *device = name ? find_device(deployment, name) : NULL;

		if (!device || device->owner != PLAN_NONE) {
			finding("deployment", guest->name, "device \"%s\" is unknown or taken",
				name ? name : "");
			continue;
		}
		device->owner = index;
		if (device->dma && !guest->trusted_dma)
			finding("deployment", guest->name, "device \"%s\" can master the bus: %s",
				name, "the guest needs trusted-dma");
	}
}

/* Empty where the property is absent. */
static void read_text(const struct deploy_guest *guest, const void *blob, int node,
		      const char *name, char *to, size_t room)
{
	const char *value = fdt_text(blob, node, name);

	if (!value)
		return;
	if (strlen(value) < room)
		memcpy(to, value, strlen(value) + 1);
	else
		finding("deployment", guest->name, "%s is too long", name);
}

static u32 flag(const void *blob, int node, const char *name, enum plan_guest_flag bit)
{
	return fdt_flag(blob, node, name) ? (u32)bit : 0;
}

/* What only a kernel has, and which of the files the guest runs. */
static void read_files(struct deploy_guest *guest, const void *blob, int node)
{
	bool kernel = fdt_flag(blob, node, "kernel");

	read_text(guest, blob, node, kernel ? "kernel" : "image", guest->image,
		  sizeof(guest->image));
	if (!kernel)
		return;
	guest->flags |= PLAN_GUEST_LINUX | PLAN_GUEST_DTB;
	guest->dma_size = fdt_u64(blob, node, "dma-window", 0);
	read_text(guest, blob, node, "initrd", guest->initrd, sizeof(guest->initrd));
	read_text(guest, blob, node, "arguments", guest->arguments, sizeof(guest->arguments));
	if (!words_apply(guest->arguments, sizeof(guest->arguments)))
		finding("deployment", guest->name, "its arguments are longer than prove reads");
}

static void read_guest(struct deployment *deployment, const void *blob, int node, u32 index)
{
	struct deploy_guest *guest = &deployment->guest[index];

	guest->cpu_count = fdt_cells(blob, node, "cpus", guest->cpu, PLAN_CPU_MAX);
	guest->memory = fdt_u64(blob, node, "memory", 0);
	guest->address = fdt_u64(blob, node, "address", 0);
	guest->trusted_dma = fdt_flag(blob, node, "trusted-dma");
	guest->restart = fdt_flag(blob, node, "restart");
	guest->flags = flag(blob, node, "workload", PLAN_GUEST_WORKLOAD) |
		       flag(blob, node, "reports", PLAN_GUEST_REPORT) |
		       flag(blob, node, "device-tree", PLAN_GUEST_DTB) |
		       flag(blob, node, "controls", PLAN_GUEST_CONTROL);
	read_files(guest, blob, node);
	own_devices(deployment, blob, node, index);
	if (guest->cpu_count == 0 || guest->cpu_count > PLAN_CPU_MAX) {
		finding("deployment", guest->name, "has %u CPUs", guest->cpu_count);
		guest->cpu_count = 0;
	}
	for (u32 i = 0; i < guest->cpu_count; i++)
		if (guest->cpu[i] >= deployment->cpu_count)
			finding("deployment", guest->name, "the board has no CPU %u",
				guest->cpu[i]);
}

static void read_guests(struct deployment *deployment, const void *blob)
{
	int parent = fdt_path_offset(blob, "/guests");
	int node;

	if (parent < 0)
		return;
	fdt_for_each_subnode (node, blob, parent) {
		const char *name = fdt_get_name(blob, node, NULL);
		u32 index = deployment->guest_count;

		if (index == PLAN_GUEST_MAX || !name ||
		    !deploy_name(deployment->guest[index].name, name)) {
			finding("deployment", "/guests", "more than %u guests, or a long name",
				PLAN_GUEST_MAX);
			return;
		}
		deployment->guest_count++;
		read_guest(deployment, blob, node, index);
	}
}

/* The owner of a board CPU, or PLAN_NONE. A CPU with two owners is a finding. */
static u32 cpu_owner(const struct deployment *deployment, u32 cpu)
{
	u32 owner = PLAN_NONE;

	for (u32 g = 0; g < deployment->guest_count; g++) {
		for (u32 i = 0; i < deployment->guest[g].cpu_count; i++) {
			if (deployment->guest[g].cpu[i] != cpu)
				continue;
			if (owner != PLAN_NONE)
				finding("deployment", text("cpu@%u", cpu), "given away twice");
			owner = g;
		}
	}
	return owner;
}

static void check_cpus(const struct deployment *deployment)
{
	for (u32 i = 0; i < deployment->cpu_count; i++) {
		u32 owner = cpu_owner(deployment, i);
		u32 sibling = deployment->cpu[i].sibling;
		u32 other;

		if (owner == PLAN_NONE || sibling >= deployment->cpu_count)
			continue;
		other = cpu_owner(deployment, sibling);
		if (other != PLAN_NONE && other != owner)
			finding("deployment", text("cpu@%u", i),
				"shares a core with cpu@%u of another guest", sibling);
	}
}

static void at_most_one(const struct deployment *deployment, enum plan_guest_flag flag,
			const char *does)
{
	u32 count = 0;

	for (u32 i = 0; i < deployment->guest_count; i++)
		count += (deployment->guest[i].flags & flag) != 0;
	if (count > 1)
		finding("deployment", "/guests", "more than one guest %s", does);
}

static bool drives(const struct deployment *deployment, u32 guest)
{
	for (u32 i = 0; i < deployment->link_count; i++)
		if (deployment->link[i].driver == guest)
			return true;
	return false;
}

/* The window is what the links of a kernel need it for. */
static void size_windows(struct deployment *deployment)
{
	for (u32 i = 0; i < deployment->guest_count; i++) {
		struct deploy_guest *guest = &deployment->guest[i];

		if (!(guest->flags & PLAN_GUEST_LINUX))
			continue;
		if (guest->dma_size == 0 && drives(deployment, i))
			guest->dma_size = DMA_WINDOW_DEFAULT;
		if (guest->dma_size &&
		    (guest->dma_size % MIB(2) || guest->dma_size < DMA_WINDOW_LEAST ||
		     guest->dma_size >= guest->memory))
			finding("deployment", guest->name, "dma-window 0x%llx of memory 0x%llx",
				(unsigned long long)guest->dma_size,
				(unsigned long long)guest->memory);
	}
}

static void name_deployment(struct deployment *deployment, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *file = slash ? slash + 1 : path;
	const char *dot = strrchr(file, '.');
	size_t length = dot ? (size_t)(dot - file) : strlen(file);

	if (length >= sizeof(deployment->name))
		length = sizeof(deployment->name) - 1;
	memcpy(deployment->name, file, length);
	snprintf(deployment->folder, sizeof(deployment->folder), "%.*s",
		 slash ? (int)(slash - path) : 1, slash ? path : ".");
}

bool deploy_read(struct deployment *deployment, const char *path, u32 transport)
{
	void *blob = fdt_load(path);
	int node;

	if (!blob)
		return false;
	memset(deployment, 0, sizeof(*deployment));
	name_deployment(deployment, path);
	node = fdt_path_offset(blob, "/hypervisor");
	if (node >= 0) {
		deployment->base = fdt_u64(blob, node, "base", 0);
		deployment->power_off_when_done = fdt_flag(blob, node, "power-off-when-done");
		deployment->accept_msi_flood = fdt_flag(blob, node, "accept-msi-flood");
	}
	deploy_read_board(deployment, blob);
	read_guests(deployment, blob);
	deploy_read_links(deployment, blob, transport);
	check_cpus(deployment);
	size_windows(deployment);
	at_most_one(deployment, PLAN_GUEST_REPORT, "reports");
	at_most_one(deployment, PLAN_GUEST_CONTROL, "controls others");
	free(blob);
	return finding_count() == 0;
}
