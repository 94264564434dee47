/* Reads /links of the deployment. See deploy.h. */
#include <libfdt.h>
#include <string.h>

#include "core/abi.h"
#include "tools/prove/deploy_parts.h"
#include "tools/prove/fdt.h"
#include "tools/prove/finding.h"

static u32 read_transport(const void *blob, int node, u32 override)
{
	const char *name = fdt_text(blob, node, "transport");

	if (override != PLAN_NONE)
		return override;
	return name ? deploy_transport(name) : (u32)PLAN_TRANSPORT_STATIC;
}

static u32 read_kind(const struct deployment *deployment, const void *blob, int node,
		     const char *property, bool trap)
{
	const char *name = fdt_text(blob, node, property);

	if (trap)
		return PLAN_DOORBELL_INJECT;
	if (name)
		return deploy_doorbell(name);
	return deployment->board_has[PLAN_DOORBELL_MSI] ? PLAN_DOORBELL_MSI : PLAN_DOORBELL_INJECT;
}

static void check_kinds(const struct deployment *deployment, const struct deploy_link *link)
{
	for (u32 i = 0; i < ARRAY_SIZE(link->kind); i++) {
		if (link->kind[i] > PLAN_DOORBELL_INJECT || !deployment->board_has[link->kind[i]])
			finding("deployment", link->name, "the board has no doorbell \"%s\"",
				deploy_doorbell_name(link->kind[i]));
		else if (link->kind[i] == PLAN_DOORBELL_MSI && !deployment->gic.msi_cited)
			finding("deployment", link->name, "msi without msi-device-source");
		else if (link->kind[i] == PLAN_DOORBELL_MSI && !deployment->accept_msi_flood)
			finding("deployment", link->name, "msi without accept-msi-flood");
	}
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
}

static void read_link(struct deployment *deployment, const void *blob, int node, u32 override)
{
	struct deploy_link *link = &deployment->link[deployment->link_count - 1];
	const char *type = fdt_text(blob, node, "type");
	const char *vectors = fdt_text(blob, node, "vectors");
	bool trap;

	if (type && strcmp(type, "net") == 0)
		link->device_id = ABI_DEVICE_NET;
	else if (type && strcmp(type, "console") == 0)
		link->device_id = ABI_DEVICE_CONSOLE;
	link->driver = deploy_guest_index(deployment, fdt_text(blob, node, "driver"));
	link->device = deploy_guest_index(deployment, fdt_text(blob, node, "device"));
	link->transport = read_transport(blob, node, override);
	trap = link->transport == PLAN_TRANSPORT_TRAP;
	link->kind[PLAN_TO_DEVICE] = read_kind(deployment, blob, node, "doorbell-to-device", trap);
	link->kind[PLAN_TO_DRIVER] = read_kind(deployment, blob, node, "doorbell-to-driver", trap);
	link->vcpu[PLAN_TO_DEVICE] = fdt_u32(blob, node, "device-vcpu", 0);
	link->vcpu[PLAN_TO_DRIVER] = fdt_u32(blob, node, "driver-vcpu", 0);
	link->shared_vectors = vectors && strcmp(vectors, "shared") == 0;
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
