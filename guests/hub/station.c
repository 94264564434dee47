/*
 * The hub's own station, 02:00:00:00:00:fe: sets marks on this CPU when so many frames were
 * forwarded, see frame.h.
 */
#include <string.h>

#include "guests/hub/hub.h"
#include "guests/lib/guest.h"

#define PATIENCE_SECONDS 30u
#define FRAMES_PER_SECOND 100u /* on the slowest machine that is worth waiting for */
#define PATIENCE_MAX_SECONDS 600u

static struct frame_mark request;
static u32 next; /* of the request's marks; 2: none is left */
static u32 left; /* frames until it */
static const struct port *requester;
static u32
	marks_set; /* bits: a mark is set once, so nobody can have us enter the hypervisor often */

bool station_measuring(void)
{
	return request.count[0] && next < ARRAY_SIZE(request.mark);
}

void station_give_up(const struct port *port)
{
	if (port && port != requester)
		return;
	request = (struct frame_mark){0};
}

u32 station_patience(void)
{
	u32 seconds = PATIENCE_SECONDS + request.count[1] / FRAMES_PER_SECOND;

	return seconds < PATIENCE_MAX_SECONDS ? seconds : PATIENCE_MAX_SECONDS;
}

void station_count(void)
{
	if (!station_measuring() || --left)
		return;
	marks_set |= 1u << request.mark[next];
	guest_mark(request.mark[next++]);
	if (next < ARRAY_SIZE(request.mark))
		left = request.count[next];
}

static bool mark_allowed(u32 mark)
{
	return mark < ABI_MARKS && !(marks_set & 1u << mark);
}

/* One measurement at a time, of whoever asked first; it may ask again. */
static bool accept(const struct port *port, const struct frame_mark *mark)
{
	if (station_measuring() && port != requester)
		return false;
	if (!mark->count[0] || !mark->count[1] || mark->mark[0] == mark->mark[1])
		return false;
	if (!mark_allowed(mark->mark[0]) || !mark_allowed(mark->mark[1]))
		return false;
	request = *mark;
	requester = port;
	next = 0;
	left = request.count[0];
	return true;
}

static void answer(struct port *port, const struct frame *frame)
{
	const u32 is_hub = 1;
	struct payload head = {
		.kind = FRAME_MARK_OK, .sequence = frame->payload.sequence, .size = sizeof(is_hub)};
	u8 bytes[FRAME_HEADER_SIZE + PAYLOAD_HEADER_SIZE + sizeof(is_hub)];

	port_send(port, bytes, frame_write(bytes, frame->from, frame_station, &head, &is_hub));
}

void station_receive(struct port *port, const struct vq_chain *chain, u32 size)
{
	static u8 bytes[NET_FRAME_MAX];
	struct frame frame;
	struct frame_mark mark;

	vq_chain_get(chain, NET_HEADER_SIZE, bytes, size);
	if (frame_parse(&frame, bytes, size) != FRAME_GOOD || frame.payload.kind != FRAME_MARK ||
	    !frame_data(&frame, &mark, sizeof(mark)))
		return;
	if (accept(port, &mark))
		answer(port, &frame);
}
