/*
 * The net link as lwIP's network interface: see lwip.h. Frames are copied once in each direction, and
 * only the copy is looked at: the other side may change what lies in the link.
 */
#include <stdio.h>
#include <stdlib.h>

#include <lwip/etharp.h>
#include <lwip/netif.h>
#include <netif/ethernet.h>

#include "guests/lib/net.h"
#include "guests/lwip/lwip.h"

#define MTU 1500u
#define PREFIX_MAX 30u

static struct link *link;
static struct netif interface;

/* Who finds no buffer is told, and tries again by its own timers. */
static err_t send(struct netif *netif, struct pbuf *frame)
{
	u8 *at;

	(void)netif;
	if (frame->tot_len < NET_FRAME_MIN || frame->tot_len > NET_FRAME_MAX)
		return ERR_VAL;
	at = net_send_begin(link);
	if (!at)
		return ERR_MEM;
	pbuf_copy_partial(frame, at, frame->tot_len, 0);
	net_send_end(link, frame->tot_len);
	return ERR_OK;
}

static err_t setup(struct netif *netif)
{
	netif->name[0] = 'b';
	netif->name[1] = 'h';
	netif->mtu = MTU;
	netif->hwaddr_len = NET_ADDRESS_SIZE;
	net_address(link, netif->hwaddr);
	netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
	netif->output = etharp_output;
	netif->linkoutput = send;
	return ERR_OK;
}

/* A.B.C.D/N */
static bool parse(const char *text, ip4_addr_t *address, ip4_addr_t *mask)
{
	char host[IP4ADDR_STRLEN_MAX];
	const char *slash = text;
	unsigned long prefix;
	char *end;

	while (*slash && *slash != '/')
		slash++;
	if (*slash != '/' || slash - text >= (ptrdiff_t)sizeof(host))
		return false;
	snprintf(host, sizeof(host), "%.*s", (int)(slash - text), text);
	prefix = strtoul(slash + 1, &end, 10);
	if (*end || !prefix || prefix > PREFIX_MAX)
		return false;
	mask->addr = lwip_htonl(~0u << (32 - prefix));
	return ip4addr_aton(host, address);
}

static struct link *find(void)
{
	struct link *driver = link_find(ABI_DEVICE_NET, GUEST_DRIVER_SIDE);

	return driver ? driver : link_find(ABI_DEVICE_NET, GUEST_DEVICE_SIDE);
}

bool ethernet_start(const char *address)
{
	ip4_addr_t own, mask;

	link = find();
	if (!link || !parse(address, &own, &mask) || (!link->device && !link_start(link)))
		return false;
	if (!netif_add(&interface, &own, &mask, IP4_ADDR_ANY4, NULL, setup, ethernet_input))
		return false;
	netif_set_default(&interface);
	netif_set_up(&interface);
	netif_set_link_up(&interface);
	return true;
}

static void take(const u8 *bytes, u32 size)
{
	struct pbuf *frame = pbuf_alloc(PBUF_RAW, (u16)size, PBUF_POOL);

	if (!frame)
		return; /* lost, as on any network */
	if (pbuf_take(frame, bytes, (u16)size) != ERR_OK ||
	    interface.input(frame, &interface) != ERR_OK)
		pbuf_free(frame);
}

bool ethernet_poll(void)
{
	const u8 *bytes;
	u32 size;

	if (!link_poll(link))
		return false;
	for (u32 i = 0; i < LINK_SHARE; i++) {
		bytes = net_receive_begin(link, &size);
		if (!bytes)
			return false;
		take(bytes, size);
		link_receive_end(link);
	}
	link_again(link);
	return true;
}
