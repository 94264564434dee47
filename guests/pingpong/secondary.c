/*
 * Every vCPU but the first: marks the phases on its own CPU too, and, while the first one resets the
 * link, uses the window's registers as drivers on several CPUs do.
 */
#include "guests/lib/guest.h"
#include "guests/pingpong/pingpong.h"

static u32 marks_wanted; /* 1 + the latest mark that every vCPU shall set */
static u32 marks_set;	 /* vCPUs that did */
static u32 hammering;

void hammer(bool on)
{
	__atomic_store_n(&hammering, on, __ATOMIC_RELEASE);
}

void mark_everywhere(u32 mark)
{
	u32 others = guest_plan.vcpu_count - 1;

	__atomic_store_n(&marks_set, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&marks_wanted, mark + 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&marks_set, __ATOMIC_ACQUIRE) < others)
		guest_rest();
	guest_mark(mark);
}

static void use_window(void)
{
	window_write(net->plan->window, ABI_VIRTIO_QUEUE_NOTIFY, LINK_RECEIVEQ);
	window_read(net->plan->window, ABI_VIRTIO_INTERRUPT_STATUS);
}

void guest_secondary(u32 vcpu)
{
	u32 seen = 0;

	(void)vcpu;
	for (;;) {
		u32 wanted = __atomic_load_n(&marks_wanted, __ATOMIC_ACQUIRE);

		if (wanted != seen) {
			guest_mark(wanted - 1);
			seen = wanted;
			__atomic_add_fetch(&marks_set, 1, __ATOMIC_RELEASE);
		}
		if (__atomic_load_n(&hammering, __ATOMIC_ACQUIRE))
			use_window();
		else
			guest_rest();
	}
}
