/* The links' records against the deployment. See prove.h. */
#include "core/bits.h"
#include "tools/prove/finding.h"
#include "tools/prove/prove.h"

/*
 * Where the rings of a queue must be: each part follows the one before, in cache lines of its own,
 * which is more than the alignments of virtio 1.2 section 2.7.
 */
#define RING_ALIGN 64

struct rings {
	u64 desc;
	u64 driver;
	u64 device;
	u64 end;
};

static struct rings lay_rings(u64 at, u32 size)
{
	struct rings rings;

	rings.desc = ALIGN_UP(at, RING_ALIGN);
	rings.driver = ALIGN_UP(rings.desc + 16 * (u64)size, RING_ALIGN);
	rings.device = ALIGN_UP(rings.driver + 6 + 2 * (u64)size, RING_ALIGN);
	rings.end = rings.device + 6 + 8 * (u64)size;
	return rings;
}

static u64 features(const struct deploy_link *wanted)
{
	u64 bits = ABI_FEATURE_EVENT_IDX | ABI_FEATURE_VERSION_1 | ABI_FEATURE_ACCESS_PLATFORM;

	return wanted->device_id == ABI_DEVICE_NET ? bits | ABI_FEATURE_NET_MAC : bits;
}

static void check_queue(const struct prove *p, u32 i, u32 q, struct rings rings)
{
	const struct plan_link *link = &p->link[i];
	const struct plan_queue *queue = &link->queue[q];
	const char *where = text("link %s.queue[%u]", link->name, q);
	bool fixed = link->transport == PLAN_TRANSPORT_STATIC;

	check_value("plan", text("%s.desc", where), queue->desc, fixed ? rings.desc : 0);
	check_value("plan", text("%s.driver", where), queue->driver, fixed ? rings.driver : 0);
	check_value("plan", text("%s.device", where), queue->device, fixed ? rings.device : 0);
	check_value("plan", text("%s.size", where), queue->size, p->wanted_link[i]->queue_size);
	check_value("plan", text("%s.reserved", where), queue->reserved, 0);
}

static void check_queues(const struct prove *p, u32 i)
{
	const struct plan_link *link = &p->link[i];
	const struct deploy_link *wanted = p->wanted_link[i];
	struct rings rings = {.end = link->region};
	u64 fits;

	/* virtio 1.2 sections 5.1.2 and 5.3.2: one receive and one transmit queue */
	check_value("plan", text("link %s.queue_count", link->name), link->queue_count, 2);
	for (u32 q = 0; q < link->queue_count; q++) {
		rings = lay_rings(rings.end, wanted->queue_size);
		check_queue(p, i, q, rings);
	}
	if (is_linux(p, wanted->driver))
		fits = dma_window(p, wanted->driver).size;
	else
		fits = ALIGN_UP(rings.end - link->region +
					link->queue_count * (u64)wanted->queue_size * 2048,
				PLAN_PAGE);
	check_value("plan", text("link %s.region_size", link->name), link->region_size,
		    wanted->region_size ? wanted->region_size : fits);
	if (rings.end - link->region > link->region_size)
		finding("plan", text("link %s", link->name), "its rings do not fit its region");
}

/* One block: two window pages, the three link pages, the region; a kernel's is its DMA window. */
static void check_block(const struct prove *p, u32 i)
{
	const struct plan_link *link = &p->link[i];
	const char *where = text("link %s", link->name);
	u64 block = link->window - ABI_WINDOW_OFFSET;
	u32 driver = p->wanted_link[i]->driver;
	u64 region = is_linux(p, driver) ? dma_window(p, driver).base : block + 5 * PLAN_PAGE;

	if (block % PLAN_PAGE)
		finding("plan", text("%s.window", where),
			"0x%llx: register 0x70 is not at the start of a page",
			(unsigned long long)link->window);
	if (p->wanted_link[i]->address)
		check_value("plan", text("%s block", where), block, p->wanted_link[i]->address);
	check_value("plan", text("%s.driver_page", where), link->driver_page,
		    block + 2 * PLAN_PAGE);
	check_value("plan", text("%s.device_page", where), link->device_page,
		    block + 3 * PLAN_PAGE);
	check_value("plan", text("%s.hyp_page", where), link->hyp_page, block + 4 * PLAN_PAGE);
	check_value("plan", text("%s.region", where), link->region, region);
	if (link->region_size == 0 || link->region_size % PLAN_PAGE ||
	    link->region_size > MIB(1024))
		finding("plan", text("%s.region_size", where), "0x%llx",
			(unsigned long long)link->region_size);
}

static void check_entry(const struct prove *p, u32 i)
{
	const struct plan_link *link = &p->link[i];
	const char *where = text("link %s", link->name);

	/* All zero: any other invalid entry would be a state that nobody decodes. */
	check_value("plan", text("%s.entry_trapped", where), link->entry_trapped, 0);
	if (link->transport == PLAN_TRANSPORT_LAZY)
		return; /* the entry itself: walk.c */
	check_value("plan", text("%s.entry", where), link->entry, 0);
	check_value("plan", text("%s.entry_ram", where), link->entry_ram, 0);
}

static void check_link(const struct prove *p, u32 i)
{
	const struct plan_link *link = &p->link[i];
	const struct deploy_link *wanted = p->wanted_link[i];
	const char *where = text("link %s", link->name);

	check_value("plan", text("%s.transport", where), link->transport, wanted->transport);
	check_value("plan", text("%s.device_id", where), link->device_id, wanted->device_id);
	check_value("plan", text("%s.driver", where), link->driver, wanted->driver);
	check_value("plan", text("%s.device", where), link->device, wanted->device);
	check_value("plan", text("%s.features", where), link->features, features(wanted));
	check_value("plan", text("%s.reset_timeout_ms", where), link->reset_timeout_ms,
		    wanted->reset_timeout_ms);
	check_value("plan", text("%s.reserved", where), link->reserved, 0);
	check_block(p, i);
	check_entry(p, i);
	check_queues(p, i);
}

void links_check(const struct prove *p)
{
	for (u32 i = 0; i < p->plan.link_count; i++)
		check_link(p, i);
}
