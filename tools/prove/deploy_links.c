/* Reads /links of the deployment. See deploy.h. */
#include <libfdt.h>
#include <string.h>

#include "core/abi.h"
#include "tools/prove/deploy_parts.h"
#include "tools/prove/fdt.h"
#include "tools/prove/finding.h"

/* A kernel's links; it knows virtio, and neither the link pages nor other doorbells. */
#define KERNEL_QUEUE_SIZE_MAX 256

/* An msi of arm64 is a store to the ITS; one of x86_64 is a gate, which rings what it must only. */
static bool has_msi(const struct deployment *deployment, bool accepted)
{
	if (deployment->arch == DEPLOY_X86_64)
		return true;
	return accepted ? deployment->accept_msi_flood : deployment->gic.msi_cited;
}

static bool runs_kernel(const struct deployment *deployment, u32 guest)
{
	return guest != PLAN_NONE && deployment->guest[guest].flags & PLAN_GUEST_LINUX;
}

static u32 read_transport(const void *blob, int node, u32 override, bool kernel)
{
	const char *name = fdt_text(blob, node, "transport");

	if (override != PLAN_NONE)
		return override;
	if (name)
		return deploy_transport(name);
	return kernel ? PLAN_TRANSPORT_LAZY : PLAN_TRANSPORT_STATIC;
}

static u32 default_kind(const struct deployment *deployment, u32 direction, bool kernel)
{
	bool msi = deployment->board_has[PLAN_DOORBELL_MSI];

	if (kernel && direction == PLAN_TO_DEVICE)
		return PLAN_DOORBELL_POLL;
	/* Others are refused without these; a kernel takes what there is. */
	if (kernel)
		msi &= deployment->gic.its.size && deployment->gic.msi_cited &&
		       deployment->accept_msi_flood;
	return msi ? PLAN_DOORBELL_MSI : PLAN_DOORBELL_INJECT;
}

static void read_kinds(const struct deployment *deployment, struct deploy_link *link,
		       const void *blob, int node)
{
	static const char *const properties[] = {"doorbell-to-device", "doorbell-to-driver"};
	bool kernel = runs_kernel(deployment, link->driver);

	for (u32 i = 0; i < ARRAY_SIZE(link->kind); i++) {
		const char *name = fdt_text(blob, node, properties[i]);

		if (link->transport == PLAN_TRANSPORT_TRAP)
			link->kind[i] = PLAN_DOORBELL_INJECT;
		else
			link->kind[i] = name ? deploy_doorbell(name)
					     : default_kind(deployment, i, kernel);
	}
}

static void check_kinds(const struct deployment *deployment, const struct deploy_link *link)
{
	for (u32 i = 0; i < ARRAY_SIZE(link->kind); i++) {
		if (link->kind[i] == PLAN_DOORBELL_POLL && i == PLAN_TO_DEVICE)
			continue;
		if (link->kind[i] >= PLAN_DOORBELL_POLL || !deployment->board_has[link->kind[i]])
			finding("deployment", link->name, "the board has no doorbell \"%s\"",
				deploy_doorbell_name(link->kind[i]));
		else if (link->kind[i] == PLAN_DOORBELL_MSI && !has_msi(deployment, false))
			finding("deployment", link->name, "msi without msi-device-source");
		else if (link->kind[i] == PLAN_DOORBELL_MSI && !has_msi(deployment, true))
			finding("deployment", link->name, "msi without accept-msi-flood");
	}
}

/* Everything that a kernel's driver could not know, or that would show a device side too much. */
static void check_kernel(const struct deployment *deployment, const struct deploy_link *link)
{
	if (runs_kernel(deployment, link->device))
		finding("deployment", link->name, "a kernel at the device side");
	if (!runs_kernel(deployment, link->driver))
		return;
	if (link->transport == PLAN_TRANSPORT_STATIC)
		finding("deployment", link->name, "static, with a kernel at the driver side");
	if (link->transport == PLAN_TRANSPORT_LAZY &&
	    link->kind[PLAN_TO_DEVICE] != PLAN_DOORBELL_POLL)
		finding("deployment", link->name, "a kernel that shall ring by \"%s\"",
			deploy_doorbell_name(link->kind[PLAN_TO_DEVICE]));
	if (link->kind[PLAN_TO_DRIVER] == PLAN_DOORBELL_MONITOR)
		finding("deployment", link->name, "monitor doorbells to a kernel");
	if (!link->shared_vectors || link->region_size || link->queue_size > KERNEL_QUEUE_SIZE_MAX)
		finding("deployment", link->name,
			"a kernel's link has shared vectors, no region-size, and at most %u entries",
			KERNEL_QUEUE_SIZE_MAX);
}

/* What starts anew knows nothing of the rings of before: its links must be told to begin again. */
static void check_restart(const struct deployment *deployment, const struct deploy_link *link)
{
	if (deployment->guest[link->device].restart)
		finding("deployment", link->name, "its device side restarts");
	if (deployment->guest[link->driver].restart && link->transport == PLAN_TRANSPORT_STATIC)
		finding("deployment", link->name, "static, and its driver side restarts");
}

static void check_link(const struct deployment *deployment, const struct deploy_link *link)
{
	u32 size = link->queue_size;

	if (link->driver == PLAN_NONE || link->device == PLAN_NONE || link->driver == link->device)
		finding("deployment", link->name, "does not join two guests");
	else if (link->vcpu[PLAN_TO_DEVICE] >= deployment->guest[link->device].cpu_count ||
		 link->vcpu[PLAN_TO_DRIVER] >= deployment->guest[link->driver].cpu_count)
		finding("deployment", link->name, "a doorbell to a vCPU that is not there");
	if (link->device_id == 0 || link->transport == PLAN_NONE)
		finding("deployment", link->name, "unknown type or transport");
	if (size < 2 || size > 1024 || (size & (size - 1)) != 0)
		finding("deployment", link->name, "queue-size %u", size);
	check_kinds(deployment, link);
	if (link->driver != PLAN_NONE && link->device != PLAN_NONE)
		check_restart(deployment, link);
	check_kernel(deployment, link);
}

static void read_link(struct deployment *deployment, const void *blob, int node, u32 override)
{
	struct deploy_link *link = &deployment->link[deployment->link_count - 1];
	const char *type = fdt_text(blob, node, "type");
	const char *vectors = fdt_text(blob, node, "vectors");
	bool kernel;

	if (type && strcmp(type, "net") == 0)
		link->device_id = ABI_DEVICE_NET;
	else if (type && strcmp(type, "console") == 0)
		link->device_id = ABI_DEVICE_CONSOLE;
	link->driver = deploy_guest_index(deployment, fdt_text(blob, node, "driver"));
	link->device = deploy_guest_index(deployment, fdt_text(blob, node, "device"));
	kernel = runs_kernel(deployment, link->driver);
	link->transport = read_transport(blob, node, override, kernel);
	read_kinds(deployment, link, blob, node);
	link->vcpu[PLAN_TO_DEVICE] = fdt_u32(blob, node, "device-vcpu", 0);
	link->vcpu[PLAN_TO_DRIVER] = fdt_u32(blob, node, "driver-vcpu", 0);
	link->shared_vectors = vectors ? strcmp(vectors, "shared") == 0 : kernel;
	link->queue_size = fdt_u32(blob, node, "queue-size", 64);
	link->region_size = fdt_u64(blob, node, "region-size", 0);
	link->address = fdt_u64(blob, node, "address", 0);
	link->reset_timeout_ms = fdt_u32(blob, node, "reset-timeout-ms", 2000);
	check_link(deployment, link);
}

void deploy_read_links(struct deployment *deployment, const void *blob, u32 transport)
{
	int parent = fdt_path_offset(blob, "/links");
	int node;

	if (parent < 0)
		return;
	fdt_for_each_subnode (node, blob, parent) {
		const char *name = fdt_get_name(blob, node, NULL);
		u32 index = deployment->link_count;

		if (index == PLAN_LINK_MAX || !deploy_name(deployment->link[index].name, name)) {
			finding("deployment", "/links", "more than %u links, or a long name",
				PLAN_LINK_MAX);
			return;
		}
		deployment->link_count++;
		read_link(deployment, blob, node, transport);
	}
}
