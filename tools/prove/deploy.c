/* Reads the deployment: names, files, the hypervisor's and the guests' nodes. See deploy.h. */
#include "tools/prove/deploy.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/prove/deploy_parts.h"
#include "tools/prove/fdt.h"
#include "tools/prove/finding.h"

static const char *const transports[] = {"static", "lazy", "trap"};
static const char *const doorbells[] = {"msi", "monitor", "inject"};

static u32 find(const char *const *names, const char *name)
{
	for (u32 i = 0; i < 3; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return PLAN_NONE;
}

u32 deploy_transport(const char *name)
{
	return find(transports, name);
}

const char *deploy_transport_name(u32 transport)
{
	return transport < ARRAY_SIZE(transports) ? transports[transport] : "?";
}

u32 deploy_doorbell(const char *name)
{
	return find(doorbells, name);
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

static void read_guest(struct deployment *deployment, const void *blob, int node, u32 index)
{
	struct deploy_guest *guest = &deployment->guest[index];
	const char *image = fdt_text(blob, node, "image");

	guest->cpu_count = fdt_cells(blob, node, "cpus", guest->cpu, PLAN_CPU_MAX);
	guest->memory = fdt_u64(blob, node, "memory", 0);
	guest->address = fdt_u64(blob, node, "address", 0);
	guest->trusted_dma = fdt_flag(blob, node, "trusted-dma");
	guest->flags = (fdt_flag(blob, node, "workload") ? (u32)PLAN_GUEST_WORKLOAD : 0) |
		       (fdt_flag(blob, node, "reports") ? (u32)PLAN_GUEST_REPORT : 0) |
		       (fdt_flag(blob, node, "device-tree") ? (u32)PLAN_GUEST_DTB : 0);
	if (image && strlen(image) < sizeof(guest->image))
		memcpy(guest->image, image, strlen(image) + 1);
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

static void check_reporters(const struct deployment *deployment)
{
	u32 reporters = 0;

	for (u32 i = 0; i < deployment->guest_count; i++)
		reporters += (deployment->guest[i].flags & PLAN_GUEST_REPORT) != 0;
	if (reporters > 1)
		finding("deployment", "/guests", "more than one guest reports");
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
	check_reporters(deployment);
	free(blob);
	return finding_count() == 0;
}
