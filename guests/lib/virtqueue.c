/*
 * Split virtqueues: what both sides need, see virtqueue.h.
 */
#include <string.h>

#include "guests/lib/virtqueue_internal.h"

static bool part_fits(const struct vq_region *region, u64 address, u64 size, u64 alignment)
{
	return (address & (alignment - 1)) == 0 && vq_region_holds(region, address, size);
}

bool vq_rings_place(struct vq_rings *rings, const struct vq_region *region, u64 desc, u64 driver,
		    u64 device, u32 size)
{
	if (size == 0 || size > VQ_SIZE_MAX || (size & (size - 1)) != 0)
		return false;
	if (!part_fits(region, desc, 16 * (u64)size, 16) ||
	    !part_fits(region, driver, 6 + 2 * (u64)size, 2) ||
	    !part_fits(region, device, 6 + 8 * (u64)size, 4))
		return false;
	rings->desc = vq_pointer(desc);
	rings->avail = vq_pointer(driver);
	rings->used = vq_pointer(device);
	rings->size = (u16)size;
	return true;
}

/* A walk over some segments of a chain: what is left of the current one, then the next. */
struct cursor {
	const struct vq_segment *segment;
	u32 left; /* segments, the current one included */
	u32 offset;
};

static struct cursor cursor_at(const struct vq_segment *segments, u32 count, u32 offset)
{
	struct cursor at = {segments, count, offset};

	while (at.left && at.offset >= at.segment->size) {
		at.offset -= at.segment->size;
		at.segment++;
		at.left--;
	}
	return at;
}

static struct cursor cursor_readable(const struct vq_chain *chain, u32 offset)
{
	return cursor_at(chain->segment, chain->readable, offset);
}

static struct cursor cursor_writable(const struct vq_chain *chain, u32 offset)
{
	return cursor_at(chain->segment + chain->readable, chain->writable, offset);
}

static u32 cursor_room(const struct cursor *at)
{
	return at->left ? at->segment->size - at->offset : 0;
}

static u8 *cursor_memory(const struct cursor *at)
{
	return at->segment->memory + at->offset;
}

static void cursor_advance(struct cursor *at, u32 size)
{
	*at = cursor_at(at->segment, at->left, at->offset + size);
}

static u32 least(u32 a, u32 b)
{
	return a < b ? a : b;
}

u32 vq_chain_get(const struct vq_chain *chain, u32 offset, void *to, u32 size)
{
	struct cursor at = cursor_readable(chain, offset);
	u32 done = 0;

	while (done < size && cursor_room(&at)) {
		u32 step = least(size - done, cursor_room(&at));

		memcpy((u8 *)to + done, cursor_memory(&at), step);
		cursor_advance(&at, step);
		done += step;
	}
	return done;
}

u32 vq_chain_put(const struct vq_chain *chain, u32 offset, const void *from, u32 size)
{
	struct cursor at = cursor_writable(chain, offset);
	u32 done = 0;

	while (done < size && cursor_room(&at)) {
		u32 step = least(size - done, cursor_room(&at));

		memcpy(cursor_memory(&at), (const u8 *)from + done, step);
		cursor_advance(&at, step);
		done += step;
	}
	return done;
}

u32 vq_chain_copy(const struct vq_chain *to, u32 to_offset, const struct vq_chain *from,
		  u32 from_offset, u32 size)
{
	struct cursor source = cursor_readable(from, from_offset);
	struct cursor target = cursor_writable(to, to_offset);
	u32 done = 0;

	while (done < size) {
		u32 step = least(size - done, least(cursor_room(&source), cursor_room(&target)));

		if (step == 0)
			break;
		/* Both sides of one link could name the same bytes. */
		memmove(cursor_memory(&target), cursor_memory(&source), step);
		cursor_advance(&source, step);
		cursor_advance(&target, step);
		done += step;
	}
	return done;
}
