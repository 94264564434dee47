/*
 * Doorbells and sleep on arm64, see guest.h. vectors.S sets the flags of interrupts; monitor words
 * are looked at here.
 */
#include "guests/lib/arm64/cpu.h"
#include "guests/lib/guest.h"

#define IRQ_SOURCES 256u
#define MICROSECONDS 1000000u
#define MONITORS 16u /* pairs of word and flag; the words lie in one 64-byte granule */

/* By EventID; vectors.S indexes it. Every flag is valid. */
struct irq_source {
	volatile u32 *flag;
	u64 window;
};

_Static_assert(sizeof(struct irq_source) == 16, "vectors.S shifts by 4");

extern struct irq_source irq_sources[IRQ_SOURCES];
struct irq_source irq_sources[IRQ_SOURCES];

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
static volatile u32 nobody;

void doorbell_init(void)
{
	for (u32 i = 0; i < IRQ_SOURCES; i++)
		irq_sources[i].flag = &nobody;
}

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
		guest_cpus[doorbell->vcpu % CPU_MAX].polls = true;
	else if (doorbell->kind == GUEST_MONITOR)
		listen_word(doorbell, flag);
	else if (doorbell->event < IRQ_SOURCES)
		irq_sources[doorbell->event] = (struct irq_source){flag, window};
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
		__asm__ volatile("dsb ishst" : : : "memory");
		mmio_write32(guest_plan.doorbell_frame + ABI_TRANSLATER_OFFSET, doorbell->event);
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

static void arm_monitor(const volatile u32 *word)
{
	u32 value;

	__asm__ volatile("ldaxr %w0, [%1]" : "=&r"(value) : "r"(word) : "memory");
}

/* An interrupt taken between the look and WFE ends WFE too: its return sets the event register. */
static void wait_monitor(struct guest_cpu *cpu)
{
	u32 vcpu = cpu->index;

	for (;;) {
		arm_monitor(monitors[vcpu][0].word);
		if (look_at_words(vcpu) || look_at_watches(vcpu) || cpu->event)
			break;
		wfe();
	}
	__asm__ volatile("clrex" : : : "memory");
}

static void wait_interrupt(struct guest_cpu *cpu)
{
	irq_mask();
	if (!cpu->event)
		wfi();
	irq_unmask();
}

void guest_busy(void)
{
	this_cpu()->idle_since = 0;
}

/* True from the first call on that comes GUEST_IDLE_US after the last sign of work. */
static bool idle_for_long(struct guest_cpu *cpu, u64 now)
{
	if (cpu->event)
		cpu->idle_since = 0;
	if (!cpu->idle_since)
		cpu->idle_since = now;
	return now - cpu->idle_since >= guest_ticks_per_second() / MICROSECONDS * GUEST_IDLE_US;
}

/* Words that are monitored wake nobody from WFI: there the event stream is the bound. */
static bool wait_polling(struct guest_cpu *cpu)
{
	u64 now, end;

	/* Where one host thread plays all CPUs, the others go on here. */
	cpu_yield();
	if (!guest_plan.poll_us)
		return false;
	now = guest_ticks();
	if (!idle_for_long(cpu, now))
		return false;
	if (monitor_count[cpu->index]) {
		guest_rest();
		return true;
	}
	end = now + guest_ticks_per_second() * guest_plan.poll_us / MICROSECONDS;
	guest_alarm(cpu->watchdog && cpu->watchdog < end ? cpu->watchdog : end);
	wait_interrupt(cpu);
	guest_alarm(cpu->watchdog);
	return true;
}

bool guest_wait(void)
{
	struct guest_cpu *cpu = this_cpu();
	bool slept = true;

	if (cpu->polls)
		slept = wait_polling(cpu);
	else if (monitor_count[cpu->index])
		wait_monitor(cpu);
	else
		wait_interrupt(cpu);
	/* The caller looks at flags, not at this: an interrupt right here is not lost. */
	cpu->event = 0;
	return slept;
}

void guest_rest(void)
{
	u32 vcpu = this_cpu()->index;

	bool word, watch;

	wfe();
	word = look_at_words(vcpu);
	watch = look_at_watches(vcpu);
	/* Taken here, so guest_wait must not sleep before the caller looked at its flags. */
	if (word || watch)
		this_cpu()->event = 1;
}

u32 window_read(u64 window, u32 offset)
{
	return mmio_read32(window + offset);
}

u8 window_read8(u64 window, u32 offset)
{
	return mmio_read8(window + offset);
}

void window_write(u64 window, u32 offset, u32 value)
{
	/* Rings and buffers before the register. */
	__asm__ volatile("dmb oshst" : : : "memory");
	mmio_write32(window + offset, value);
}
