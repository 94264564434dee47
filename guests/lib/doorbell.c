/*
 * Doorbells and sleep, see guest.h. Interrupts set their flags by the architecture's vectors.S;
 * monitor words are looked at here.
 */
#include "guests/lib/arch.h"
#include "guests/lib/guest.h"

#define MICROSECONDS 1000000u
#define MONITORS 16u /* pairs of word and flag; the words lie in one 64-byte granule */

struct monitor {
	volatile u32 *word;
	volatile u32 *flag;
};

struct watch {
	const volatile u64 *word;
	volatile u32 *flag;
	u64 seen;
};

static struct watch watches[CPU_MAX][MONITORS];
static u32 watch_count[CPU_MAX];
static struct monitor monitors[CPU_MAX][MONITORS];
static u32 monitor_count[CPU_MAX];

static void listen_word(const struct guest_doorbell *doorbell, volatile u32 *flag)
{
	u32 vcpu = doorbell->vcpu % CPU_MAX;
	struct monitor *list = monitors[vcpu];
	volatile u32 *word = (volatile u32 *)doorbell->word;

	/* Several queues share a word and a flag. */
	for (u32 i = 0; i < monitor_count[vcpu]; i++)
		if (list[i].word == word && list[i].flag == flag)
			return;
	if (monitor_count[vcpu] < MONITORS)
		list[monitor_count[vcpu]++] = (struct monitor){word, flag};
}

void doorbell_listen(const struct guest_doorbell *doorbell, volatile u32 *flag, u64 window)
{
	if (doorbell->kind == GUEST_POLL)
		guest_cpus[doorbell->vcpu % CPU_MAX].vcpu.polls = true;
	else if (doorbell->kind == GUEST_MONITOR)
		listen_word(doorbell, flag);
	else
		arch_listen(doorbell, flag, window);
}

void doorbell_watch(const struct guest_doorbell *doorbell, const u64 *word, volatile u32 *flag)
{
	u32 vcpu = doorbell->vcpu % CPU_MAX;
	u32 count = watch_count[vcpu];

	if (doorbell->kind != GUEST_MONITOR || count == MONITORS)
		return;
	if (count && watches[vcpu][count - 1].flag == flag)
		return;
	watches[vcpu][watch_count[vcpu]++] = (struct watch){word, flag, *word};
}

void doorbell_ring(const struct guest_doorbell *doorbell)
{
	switch (doorbell->kind) {
	case GUEST_MSI:
		arch_ring(doorbell);
		break;
	case GUEST_MONITOR:
		__atomic_store_n((u32 *)doorbell->word, 1, __ATOMIC_RELEASE);
		break;
	case GUEST_POLL:
		break;
	default:
		HYPERCALL(ABI_CALL_RING, doorbell->event);
	}
}

static void raise(const struct monitor *list, u32 count, const volatile u32 *word)
{
	for (u32 i = 0; i < count; i++)
		if (list[i].word == word)
			*list[i].flag = 1;
}

/*
 * Words that were stored to become flags; one word may stand for several links. A store after the 0
 * is seen the next time.
 */
static bool look_at_words(u32 vcpu)
{
	struct monitor *list = monitors[vcpu];
	u32 count = monitor_count[vcpu];
	bool any = false;

	for (u32 i = 0; i < count; i++) {
		if (!*list[i].word)
			continue;
		*list[i].word = 0;
		raise(list, count, list[i].word);
		any = true;
	}
	return any;
}

static bool look_at_watches(u32 vcpu)
{
	bool any = false;

	for (u32 i = 0; i < watch_count[vcpu]; i++) {
		struct watch *watch = &watches[vcpu][i];
		u64 value = *watch->word;

		if (value == watch->seen)
			continue;
		watch->seen = value;
		*watch->flag = 1;
		any = true;
	}
	return any;
}

static void wait_monitor(struct guest_vcpu *vcpu)
{
	u32 index = vcpu->index;

	for (;;) {
		arch_arm(monitors[index][0].word);
		if (look_at_words(index) || look_at_watches(index) || vcpu->event)
			break;
		arch_wait_armed(vcpu);
	}
	arch_disarm();
}

void guest_busy(void)
{
	this_vcpu()->idle_since = 0;
}

/* True from the first call on that comes GUEST_IDLE_US after the last sign of work. */
static bool idle_for_long(struct guest_vcpu *vcpu, u64 now)
{
	if (vcpu->event)
		vcpu->idle_since = 0;
	if (!vcpu->idle_since)
		vcpu->idle_since = now;
	return now - vcpu->idle_since >= guest_ticks_per_second() / MICROSECONDS * GUEST_IDLE_US;
}

/* Words that are monitored do not end a wait for interrupts: there guest_rest is the bound. */
static bool wait_polling(struct guest_vcpu *vcpu)
{
	u64 now, end;

	/* Where one host thread plays all CPUs, the others go on here. */
	arch_pause();
	if (!guest_plan.poll_us)
		return false;
	now = guest_ticks();
	if (!idle_for_long(vcpu, now))
		return false;
	if (monitor_count[vcpu->index]) {
		guest_rest();
		return true;
	}
	end = now + guest_ticks_per_second() * guest_plan.poll_us / MICROSECONDS;
	arch_alarm(vcpu->watchdog && vcpu->watchdog < end ? vcpu->watchdog : end);
	arch_wait_interrupt(vcpu);
	arch_alarm(vcpu->watchdog);
	return true;
}

bool guest_wait(void)
{
	struct guest_vcpu *vcpu = this_vcpu();
	bool slept = true;

	if (vcpu->polls)
		slept = wait_polling(vcpu);
	else if (monitor_count[vcpu->index])
		wait_monitor(vcpu);
	else
		arch_wait_interrupt(vcpu);
	/* The caller looks at flags, not at this: an interrupt right here is not lost. */
	vcpu->event = 0;
	return slept;
}

void guest_rest(void)
{
	u32 vcpu = this_vcpu()->index;
	bool word, watch;

	arch_rest();
	word = look_at_words(vcpu);
	watch = look_at_watches(vcpu);
	/* Taken here, so guest_wait must not sleep before the caller looked at its flags. */
	if (word || watch)
		this_vcpu()->event = 1;
}
