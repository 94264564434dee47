/*
 * Rules about links: their sides, doorbells, queues and addresses. Part of rules_check.
 */
#include <stdio.h>
#include <string.h>

#include "core/bits.h"
#include "tools/planc/diag.h"
#include "tools/planc/rules.h"

#define TEXT_MAX 320

static const char *const doorbell_property[] = {
	[PLAN_TO_DEVICE] = "doorbell-to-device",
	[PLAN_TO_DRIVER] = "doorbell-to-driver",
};

static const char *const vcpu_property[] = {
	[PLAN_TO_DEVICE] = "device-vcpu",
	[PLAN_TO_DRIVER] = "driver-vcpu",
};

/* Where the hub's own frames come from and go to. */
static const u8 hub_mac[MODEL_MAC_SIZE] = {0x02, 0x00, 0x00, 0x00, 0x00, 0xfe};

static void append(char *text, const char *more)
{
	size_t used = strlen(text);

	snprintf(text + used, TEXT_MAX - used, "%s", more);
}

static void guest_names(const struct model *model, char *text)
{
	text[0] = 0;
	for (u32 i = 0; i < model->guest_count; i++) {
		append(text, i ? ", " : "");
		append(text, model->guest[i].name);
	}
}

static void check_side(const struct model *model, const struct model_link *link,
		       const char *property, const char *name, u32 guest)
{
	char names[TEXT_MAX];

	if (guest != PLAN_NONE)
		return;
	guest_names(model, names);
	diag_error(model->source, link->node, property, "there is no guest \"%s\": name one of %s",
		   name, names);
}

static void check_sides(const struct model *model, const struct model_link *link)
{
	check_side(model, link, "driver", link->driver_name, link->driver);
	check_side(model, link, "device", link->device_name, link->device);
	if (link->driver != PLAN_NONE && link->driver == link->device)
		diag_error(model->source, link->node, "device",
			   "guest %s is at both sides: a link joins two guests", link->driver_name);
}

/* "a or b" of a set of doorbell kinds. */
static void doorbell_names(u32 set, char *text)
{
	text[0] = 0;
	for (u32 kind = PLAN_DOORBELL_MSI; kind <= PLAN_DOORBELL_POLL; kind++) {
		if (!(set & MODEL_BIT_OF(kind)))
			continue;
		append(text, text[0] ? " or " : "");
		append(text, model_doorbell_name(kind));
	}
	if (!text[0])
		append(text, "another board, this one has no doorbell for it");
}

/* D5: what a transport can deliver, on any board. Linux rings by a store to RAM, which nobody hears. */
static u32 transport_doorbells(const struct model *model, const struct model_link *link,
			       u32 direction)
{
	u32 set = MODEL_BIT_OF(PLAN_DOORBELL_MSI) | MODEL_BIT_OF(PLAN_DOORBELL_INJECT);
	u32 poll = MODEL_BIT_OF(PLAN_DOORBELL_POLL);
	bool to_device = direction == PLAN_TO_DEVICE;

	if (link->transport == PLAN_TRANSPORT_TRAP)
		return MODEL_BIT_OF(PLAN_DOORBELL_INJECT);
	if (model_linux_drives(model, link))
		return to_device ? poll : set;
	return set | MODEL_BIT_OF(PLAN_DOORBELL_MONITOR) | (to_device ? poll : 0);
}

/* What to advise: polling costs the device side a CPU, so only where nothing else works. */
static u32 advised_doorbells(const struct model *model, u32 possible)
{
	u32 usable = possible & model_usable_doorbells(model);

	return usable ? usable : possible & MODEL_BIT_OF(PLAN_DOORBELL_POLL);
}

static void check_doorbell(const struct model *model, const struct model_link *link, u32 direction)
{
	u32 kind = link->doorbell[direction];
	u32 possible = transport_doorbells(model, link, direction);
	u32 board = model_board_doorbells(model);
	char works[TEXT_MAX];

	if (rules_is_static_linux(model, link))
		return; /* wrong already, and with another transport perhaps this is right */
	doorbell_names(advised_doorbells(model, possible), works);
	if (!(possible & MODEL_BIT_OF(kind)))
		diag_error(model->source, link->node, doorbell_property[direction],
			   "transport %s %scannot have %s %s: use %s",
			   model_transport_name(link->transport),
			   model_linux_drives(model, link) ? "with a kernel " : "",
			   doorbell_property[direction], model_doorbell_name(kind), works);
	else if (!(board & MODEL_BIT_OF(kind)))
		diag_error(model->source, link->node, doorbell_property[direction],
			   "%s is %s, which the board does not have: use %s",
			   doorbell_property[direction], model_doorbell_name(kind), works);
}

bool rules_want_msi(const struct model *model)
{
	u32 msi = PLAN_DOORBELL_MSI;

	if (!(model->board.doorbells & MODEL_BIT_OF(msi)))
		return false;
	for (u32 i = 0; i < model->link_count; i++)
		if (model->link[i].doorbell[PLAN_TO_DEVICE] == msi ||
		    model->link[i].doorbell[PLAN_TO_DRIVER] == msi)
			return true;
	return false;
}

/* What msi takes beside the board's word for it; once, not for each link. */
static void check_msi(const struct model *model)
{
	const struct model_gic *gic = &model->board.gic;
	char works[TEXT_MAX];

	if (!rules_want_msi(model) || model_is_x86_64(model))
		return;
	doorbell_names(model_usable_doorbells(model) & ~MODEL_BIT_OF(PLAN_DOORBELL_MSI), works);
	if (!model->accept_msi_flood)
		diag_error(model->source,
			   model->hypervisor_node < 0 ? model->links_node : model->hypervisor_node,
			   NULL,
			   "with msi doorbells every sender can ring every event without limit: "
			   "accept that with /hypervisor accept-msi-flood, or use %s",
			   works);
	if (!gic->msi_device_source)
		diag_error(model->source, gic->node, "msi-device",
			   "nothing says that a CPU's store carries DeviceID %u: cite it in "
			   "msi-device-source, or use %s",
			   gic->msi_device, works);
}

static void check_events(const struct model *model)
{
	u64 most = (u64)1 << model->board.gic.event_bits;
	u32 first = 0;

	for (u32 i = 0; i < model->link_count && i < PLAN_LINK_MAX; i++) {
		const struct model_link *link = &model->link[i];
		u32 count = model_route_count(link);
		bool msi = link->doorbell[PLAN_TO_DEVICE] == PLAN_DOORBELL_MSI ||
			   link->doorbell[PLAN_TO_DRIVER] == PLAN_DOORBELL_MSI;

		if (msi && first < most && first + count > most)
			diag_error(model->source, link->node, "vectors",
				   "its events are number %u to %u and the board has %llu: set "
				   "vectors to shared, or use other doorbells",
				   first, first + count - 1, (unsigned long long)most);
		first += count;
	}
}

static void check_queue(const struct model *model, const struct model_link *link)
{
	u32 size = link->queue_size;
	u32 below = 2;
	u64 need = model_default_region(link);

	if (size < 2 || size > 1024)
		return; /* the schema has said so */
	while (below * 2 <= size)
		below *= 2;
	if (size != below)
		diag_error(model->source, link->node, "queue-size",
			   "queue-size is %u, not a power of two: use %u or %u", size, below,
			   below * 2 > 1024 ? 512 : below * 2);
	else if (link->region_size && link->region_size < need)
		diag_error(
			model->source, link->node, "region-size",
			"%u queues of %u with %u bytes for each entry do not fit into 0x%llx: give "
			"at least 0x%llx, or a smaller queue-size",
			link->queue_count, size, MODEL_BUFFER_SIZE,
			(unsigned long long)link->region_size, (unsigned long long)need);
}

static void mac_text(const u8 *mac, char *text)
{
	snprintf(text, TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		 mac[4], mac[5]);
}

static void check_mac_value(const struct model *model, u32 index)
{
	static const u8 zero[MODEL_MAC_SIZE];
	const struct model_link *link = &model->link[index];
	char text[TEXT_MAX];

	mac_text(link->mac, text);
	if ((link->mac[0] & 1) || !memcmp(link->mac, zero, MODEL_MAC_SIZE))
		diag_error(model->source, link->node, "mac",
			   "%s is not a station's address: give one like 02:00:00:00:00:01", text);
	if (!memcmp(link->mac, hub_mac, MODEL_MAC_SIZE))
		diag_error(model->source, link->node, "mac", "%s is the hub's own: give another",
			   text);
	for (u32 i = 0; i < index; i++)
		if (model->link[i].has_mac &&
		    !memcmp(link->mac, model->link[i].mac, MODEL_MAC_SIZE))
			diag_error(model->source, link->node, "mac",
				   "link %s has %s already: give each link its own",
				   model->link[i].name, text);
}

static void check_mac(const struct model *model, u32 index)
{
	const struct model_link *link = &model->link[index];

	if (link->device_id == ABI_DEVICE_NET && !link->has_mac)
		diag_error(model->source, link->node, NULL,
			   "a net link has no mac: write mac = [02 00 00 00 00 %02x];", index + 1);
	else if (link->device_id != ABI_DEVICE_NET && link->has_mac)
		diag_error(model->source, link->node, "mac",
			   "a console link has no mac: remove it, or make the type net");
	else if (link->has_mac)
		check_mac_value(model, index);
}

static void check_vcpu(const struct model *model, const struct model_link *link, u32 direction)
{
	u32 guest = direction == PLAN_TO_DEVICE ? link->device : link->driver;
	u32 count;

	if (guest == PLAN_NONE)
		return;
	count = model->guest[guest].cpu_count;
	if (link->vcpu[direction] >= count)
		diag_error(model->source, link->node, vcpu_property[direction],
			   "guest %s has no vCPU %u: it has %u, counted from 0",
			   model->guest[guest].name, link->vcpu[direction], count);
}

static void check_link(const struct model *model, u32 index)
{
	const struct model_link *link = &model->link[index];

	check_sides(model, link);
	check_doorbell(model, link, PLAN_TO_DEVICE);
	check_doorbell(model, link, PLAN_TO_DRIVER);
	check_queue(model, link);
	rules_linux_link(model, link);
	check_mac(model, index);
	check_vcpu(model, link, PLAN_TO_DEVICE);
	check_vcpu(model, link, PLAN_TO_DRIVER);
}

void rules_links(const struct model *model)
{
	if (model->link_count > PLAN_LINK_MAX)
		diag_error(model->source, model->link[PLAN_LINK_MAX].node, NULL,
			   "the deployment has %u links: use at most %u", model->link_count,
			   PLAN_LINK_MAX);
	check_msi(model);
	if (rules_want_msi(model) && model->board.gic.event_bits)
		check_events(model);
	for (u32 i = 0; i < model->link_count; i++)
		check_link(model, i);
}
