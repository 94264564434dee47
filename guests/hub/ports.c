/*
 * The ports of the switch: one for each net link of which this guest is the device side. A frame is
 * copied once, from its sender's buffers to its receiver's.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "guests/hub/hub.h"
#include "guests/hub/switch.h"
#include "guests/lib/guest.h"

#define LIFETIME_SECONDS 300u

static struct port ports[LINK_MAX];
static u32 port_count;
static struct switch_table table;
static u64 hold_ticks;

void ports_start(void)
{
	table.lifetime = LIFETIME_SECONDS * guest_ticks_per_second();
	hold_ticks = guest_ticks_per_second() / 1000 * guest_plan.hold_ms;
	for (u32 i = 0; i < link_count(); i++) {
		struct link *link = link_get(i);

		if (link->device && link->plan->device_id == ABI_DEVICE_NET)
			ports[port_count++].link = link;
	}
}

/*
 * The device's header is ours, and the Ethernet header the one that was checked: nothing of the
 * first, and no second look at the other, reaches the receiver.
 */
static bool fill(const struct vq_chain *to, const struct port *from, u32 size)
{
	const u32 ahead = NET_HEADER_SIZE + PORT_HEAD_SIZE;
	u8 header[NET_HEADER_SIZE];

	if (to->writable_size < NET_HEADER_SIZE + size)
		return false;
	net_header(header, true);
	vq_chain_put(to, 0, header, NET_HEADER_SIZE);
	vq_chain_put(to, NET_HEADER_SIZE, from->head, PORT_HEAD_SIZE);
	return vq_chain_copy(to, ahead, &from->held, ahead, size - PORT_HEAD_SIZE) ==
	       size - PORT_HEAD_SIZE;
}

enum passed { PASSED, REFUSED, NO_BUFFER };

/*
 * Nobody there takes frames, perhaps for as long as a kernel boots. One that waited for that would
 * hold up what its sender has for others.
 */
static bool is_away(const struct port *port)
{
	return !port->link->up || port->link->ending;
}

static enum passed pass(struct port *to, const struct port *from, u32 size)
{
	struct vq_chain space;
	bool filled;

	if (is_away(to))
		return REFUSED;
	/* A look at its ring may break the link. */
	if (!link_device_space(to->link, &space))
		return is_away(to) ? REFUSED : NO_BUFFER;
	filled = fill(&space, from, size);
	link_device_sent(to->link, space.head, filled ? NET_HEADER_SIZE + size : 0);
	return filled ? PASSED : REFUSED;
}

bool port_send(struct port *port, const u8 *frame, u32 size)
{
	u8 *at = net_send_begin(port->link);

	if (!at)
		return false;
	memcpy(at, frame, size);
	net_send_end(port->link, size);
	return true;
}

static void settle(struct port *port, bool forwarded)
{
	if (forwarded)
		port->forwarded++;
	else
		port->dropped++;
}

/* Everywhere else; who has no buffer, or is not there yet, misses it. */
static void flood(struct port *from, u32 size)
{
	for (u32 i = 0; i < port_count; i++)
		if (&ports[i] != from)
			pass(&ports[i], from, size);
	settle(from, true);
}

static bool expired(const struct port *port, u64 now)
{
	return port->holding && now - port->held_since >= hold_ticks;
}

/* To one port. False: it has no buffer, the frame shall wait. */
static bool unicast(struct port *from, struct port *to, u32 size)
{
	enum passed result = pass(to, from, size);

	/* Ask for its doorbell, then look once more: it may have come meanwhile. */
	if (result == NO_BUFFER && link_want_space(to->link))
		result = pass(to, from, size);
	if (result == NO_BUFFER && !expired(from, guest_ticks()))
		return false;
	if (result == PASSED && to->link->wants_space) {
		to->link->wants_space = false;
		vq_device_want(&to->link->queue[to->link->sends].device, false);
	}
	settle(from, result == PASSED);
	return true;
}

/* The port whose driver side the plan gave this address; those are never learned. */
static u32 owner_of(const u8 *address)
{
	for (u32 i = 0; i < port_count; i++) {
		const struct guest_link *plan = ports[i].link->plan;

		if (plan->features & ABI_FEATURE_NET_MAC &&
		    memcmp(plan->config, address, NET_ADDRESS_SIZE) == 0)
			return i;
	}
	return SWITCH_NO_PORT;
}

/* Looks at a frame that was just taken. False: its sender claims to be somebody else. */
static bool inspect(struct port *from, u32 index)
{
	const u8 *source = from->head + NET_ADDRESS_SIZE;
	u32 owner;

	vq_chain_get(&from->held, NET_HEADER_SIZE, from->head, PORT_HEAD_SIZE);
	owner = owner_of(source);
	if (owner == SWITCH_NO_PORT && memcmp(source, frame_station, NET_ADDRESS_SIZE) != 0)
		switch_learn(&table, source, index, guest_ticks());
	else if (owner != index)
		return false;
	return true;
}

static u32 destination(const u8 *address)
{
	u32 owner = owner_of(address);

	if (switch_is_group(address))
		return SWITCH_NO_PORT;
	return owner != SWITCH_NO_PORT ? owner : switch_find(&table, address, guest_ticks());
}

/* False: the frame waits. */
static bool forward(struct port *from)
{
	u32 size = from->held.readable_size - NET_HEADER_SIZE;
	u32 index = (u32)(from - ports);
	u32 to;

	if (from->held.readable_size < NET_HEADER_SIZE + NET_FRAME_MIN || size > NET_FRAME_MAX ||
	    (!from->holding && !inspect(from, index))) {
		settle(from, false);
		return true;
	}
	if (memcmp(from->head, frame_station, NET_ADDRESS_SIZE) == 0) {
		station_receive(from, &from->held, size);
		return true;
	}
	if (!from->holding)
		station_count();
	to = destination(from->head);
	if (to == SWITCH_NO_PORT)
		flood(from, size);
	else if (to == index)
		settle(from, false);
	else
		return unicast(from, &ports[to], size);
	return true;
}

/* A link that went down took its rings with it, and the frame that was held in one. */
static void notice_ups(struct port *port)
{
	if (port->ups != port->link->ups || !port->link->up)
		port->holding = false;
	if (port->link->ending || port->link->broken) {
		switch_forget(&table, (u32)(port - ports));
		station_give_up(port);
	}
	port->ups = port->link->ups;
}

static void serve(struct port *port)
{
	for (u32 i = 0; i < LINK_SHARE; i++) {
		if (!port->holding && !link_device_receive(port->link, &port->held))
			return;
		if (!forward(port)) {
			if (!port->holding)
				port->held_since = guest_ticks();
			port->holding = true;
			return;
		}
		port->holding = false;
		link_device_received(port->link, port->held.head);
	}
	link_again(port->link);
}

bool ports_poll(void)
{
	bool again = false;

	/* All of them before the first frame: who just came up is not away any more. */
	for (u32 i = 0; i < port_count; i++) {
		ports[i].rung = link_poll(ports[i].link);
		if (ports[i].rung)
			notice_ups(&ports[i]);
	}
	for (u32 i = 0; i < port_count; i++) {
		struct port *port = &ports[i];

		if (port->rung || port->holding)
			serve(port);
		again |= port->holding || port->link->flag;
	}
	return again;
}

void ports_print(void)
{
	for (u32 i = 0; i < port_count; i++)
		if (ports[i].dropped)
			printf("%s: %" PRIu64 " frames forwarded, %" PRIu64 " dropped\n",
			       ports[i].link->plan->name, ports[i].forwarded, ports[i].dropped);
}
