/*
 * The ITS of a Linux guest with pins. Its commands are read from its queue, a few an entry, and what
 * they ask of the machine's ITS is built anew from the plan: the guest chooses which of its LPIs a
 * pin becomes, and at which vCPU; the event, the vPE and the tables are the plan's. IHI 0069 chapter
 * 5; `hisilicon,mbigen-v2` for the pins. There is one device, 0, with fewer events than there are
 * numbers below the first LPI, so that MAPI maps nothing; a command that is not known does nothing.
 */
#include "arch/arm64/gic_frames.h"
#include "arch/arm64/gic_types.h"
#include "arch/arm64/vgic.h"
#include "core/count.h"
#include "core/log.h"
#include "core/spinlock.h"

#define COMMANDS_PER_ENTRY 8u
#define EVENTS PLAN_PIN_MAX
#define LPI_FIRST 8192u

/* GITS_* */
#define CTLR 0x0u
#define CTLR_ENABLED BIT(0)
#define CTLR_QUIESCENT BIT(31)
#define TYPER_PHYSICAL BIT(0)
#define TYPER_COLLECTIONS BITS(31, 24)
#define CBASER 0x80u
#define CBASER_VALID BIT(63)
#define CBASER_PAGES BITS(7, 0)
#define DEVICE_TABLE (PUT(GITS_BASER_TYPE, 1) | PUT(GITS_BASER_ENTRY, 7))
#define ADDRESS BITS(51, 12)

/* Commands, 5.3; those that begin with V are for the machine's ITS. */
enum its_command {
	ITS_MOVI = 0x01,
	ITS_INT = 0x03,
	ITS_CLEAR = 0x04,
	ITS_MAPD = 0x08,
	ITS_MAPC = 0x09,
	ITS_MAPTI = 0x0a,
	ITS_INV = 0x0c,
	ITS_INVALL = 0x0d,
	ITS_DISCARD = 0x0f,
	ITS_VMOVI = 0x21,
	ITS_VSYNC = 0x25,
	ITS_VMAPTI = 0x2a,
};
#define DW0_COMMAND BITS(7, 0)
#define DW0_DEVICE BITS(63, 32)
#define DW1_EVENT BITS(31, 0)
#define DW1_INTID BITS(63, 32)
#define DW1_VPE BITS(47, 32)
#define DW2_COLLECTION BITS(15, 0)
#define DW2_RDBASE BITS(50, 16)
#define DW2_VALID BIT(63)
#define DW2_NO_DOORBELL PUT(BITS(63, 32), 1023)

/* A byte of an LPI's configuration: priority, RES1, enable */
#define LPI_FROM_GUEST (BITS(7, 2) | BIT(0))
#define LPI_RES1 BIT(1)

/* mbigen: the registers of the pins, whose bits [21:12] are their events. */
#define PIN_VECTOR 0x1200u
#define PIN_EVENT BITS(21, 12)

/* What the machine's ITS has for a pin. */
struct bound {
	u32 intid; /* 0: nothing */
	u32 vpe;
};

struct vits {
	struct spinlock lock;
	u32 ctlr;
	u64 baser;
	u64 cbaser;
	u64 creadr;
	u64 cwriter;
	u32 vcpu[PLAN_CPU_MAX]; /* of each collection */
	u32 intid[EVENTS];	/* 0: not mapped */
	u32 collection[EVENTS];
	u32 vector[PLAN_PIN_MAX]; /* as written */
	struct bound bound[PLAN_PIN_MAX];
};

static struct vits vits[PLAN_GUEST_MAX];

/* ---- the machine's ITS ---- */

/* Its registers know where the queue stands. It, not a guest, decides how long it takes. */
static void play(const struct plan_its_command *commands, u32 count)
{
	static struct spinlock lock;
	u64 gits = plan.gic.gits;
	u64 writer;
	u32 polls = 0;

	spin_lock(&lock);
	writer = frame_read64(gits + GITS_CWRITER);
	for (u32 i = 0; i < count; i++) {
		*(struct plan_its_command *)(plan.gic.its_queue + writer) = commands[i];
		writer = (writer + sizeof(*commands)) % ITS_QUEUE_SIZE;
	}
	frame_write64(gits + GITS_CWRITER, writer);
	while (frame_read64(gits + GITS_CREADR) != writer)
		if (++polls == FRAME_POLLS)
			panic("GIC: the ITS stopped at run time");
	spin_unlock(&lock);
}

/* A command on a pin's event, then VSYNC, so that it has its effect before the guest goes on. */
static void command(enum its_command number, const u32 *route, u32 vpe, u64 dw1, u64 dw2)
{
	struct plan_its_command commands[] = {
		{{number | PUT(DW0_DEVICE, plan.gic.msi_device), dw1 | *route, dw2, 0}},
		{{ITS_VSYNC, PUT(DW1_VPE, vpe), 0, 0}},
	};

	play(commands, ARRAY_SIZE(commands));
}

/* Carries out a command on the pins that are bound to an LPI of the guest's. */
static void on_pins(const struct vits *its, const struct plan_guest *guest, enum its_command number,
		    u32 intid)
{
	for (u32 pin = 0; pin < guest->pin_count; pin++)
		if (intid && its->bound[pin].intid == intid)
			command(number, &guest->pin[pin], its->bound[pin].vpe, 0, 0);
}

/*
 * Gives a pin what the guest said of it, in commands and in the pin's register. A move keeps what is
 * pending; another interrupt number is another interrupt.
 */
static void bind(struct vits *its, const struct plan_guest *guest, u32 pin)
{
	u32 event = (u32)GET(PIN_EVENT, its->vector[pin]);
	u32 intid = event < EVENTS ? its->intid[event] : 0;
	u32 vcpu = intid ? its->vcpu[its->collection[event]] : 0;
	struct bound new = {intid, guest->cpu[vcpu]};
	struct bound old = its->bound[pin];
	u64 target = PUT(DW1_VPE, new.vpe);

	if (new.intid == old.intid && (new.vpe == old.vpe || !intid))
		return;
	its->bound[pin] = new;
	if (new.intid == old.intid) {
		command(ITS_VMOVI, &guest->pin[pin], new.vpe, target, DW2_NO_DOORBELL);
		return;
	}
	if (old.intid)
		command(ITS_DISCARD, &guest->pin[pin], old.vpe, 0, 0);
	if (intid) {
		command(ITS_VMAPTI, &guest->pin[pin], new.vpe, target, DW2_NO_DOORBELL | intid);
		command(ITS_INV, &guest->pin[pin], new.vpe, 0, 0);
	}
}

/* ---- the guest's memory ---- */

/* The physical address of guest memory, 0 where not all of it is; the pins' page, its last, is none. */
static u64 guest_ram(const struct plan_guest *guest, u64 address, u64 size)
{
	u64 window = address - guest->dma_base;
	u64 rest = guest->ram_size - guest->dma_size - PLAN_PAGE;
	u64 offset = address - guest->ram_base - guest->dma_size;

	if (window < guest->dma_size && size <= guest->dma_size - window)
		return guest->ram_base + window;
	return offset < rest && size <= rest - offset ? address : 0;
}

/* An event's configuration goes from the guest's table to the one that the machine reads. */
static void copy_config(const struct vits *its, const struct plan_guest *guest, u32 event)
{
	u32 intid = its->intid[event];
	u64 table = vgic_propbaser(this_cpu()->guest_index) & ADDRESS;
	u64 from = guest_ram(guest, table + intid - LPI_FIRST, 1);

	if (intid && from)
		*(volatile u8 *)(guest->vlpi_config + intid - LPI_FIRST) =
			(u8)((*(volatile const u8 *)from & LPI_FROM_GUEST) | LPI_RES1);
}

static void invalidate_all(const struct vits *its, const struct plan_guest *guest)
{
	for (u32 event = 0; event < EVENTS; event++)
		copy_config(its, guest, event);
	for (u32 pin = 0; pin < guest->pin_count; pin++)
		if (its->bound[pin].intid)
			command(ITS_INV, &guest->pin[pin], its->bound[pin].vpe, 0, 0);
}

/* ---- the guest's commands ---- */

static void map_event(struct vits *its, u32 event, u64 intid, u64 collection)
{
	if (intid < LPI_FIRST || intid >= BIT(plan.gic.id_bits) || collection >= PLAN_CPU_MAX)
		return;
	its->intid[event] = (u32)intid;
	its->collection[event] = (u32)collection;
}

static void event_command(struct vits *its, const struct plan_guest *guest, const u64 *dw)
{
	enum its_command number = (enum its_command)GET(DW0_COMMAND, dw[0]);
	u64 event = GET(DW1_EVENT, dw[1]);
	u64 collection = GET(DW2_COLLECTION, dw[2]);

	if (event >= EVENTS || GET(DW0_DEVICE, dw[0]))
		return;
	if (number == ITS_MAPTI)
		map_event(its, (u32)event, GET(DW1_INTID, dw[1]), collection);
	else if (number == ITS_MOVI)
		map_event(its, (u32)event, its->intid[event], collection);
	else if (number == ITS_DISCARD)
		its->intid[event] = 0;
	else if (number == ITS_INT || number == ITS_CLEAR)
		on_pins(its, guest, number, its->intid[event]);
	if (number == ITS_MAPTI || number == ITS_INV) {
		copy_config(its, guest, (u32)event);
		on_pins(its, guest, ITS_INV, its->intid[event]);
	}
}

static void guest_command(struct vits *its, const struct plan_guest *guest, const u64 *dw)
{
	u64 collection = GET(DW2_COLLECTION, dw[2]);
	u64 vcpu = GET(DW2_RDBASE, dw[2]);

	switch (GET(DW0_COMMAND, dw[0])) {
	case ITS_MAPC:
		if (collection < PLAN_CPU_MAX && vcpu < guest->vcpu_count)
			its->vcpu[collection] = (u32)vcpu;
		break;
	case ITS_MAPD:
		if (!(dw[2] & DW2_VALID))
			__builtin_memset(its->intid, 0, sizeof(its->intid));
		break;
	case ITS_INVALL:
		invalidate_all(its, guest);
		break;
	default:
		event_command(its, guest, dw);
	}
	for (u32 pin = 0; pin < guest->pin_count; pin++)
		bind(its, guest, pin);
}

/* What is left is done when the guest asks how far we are. Each command is copied once. */
static void work(struct vits *its, const struct plan_guest *guest)
{
	u64 size = (GET(CBASER_PAGES, its->cbaser) + 1) * PLAN_PAGE;
	u64 queue = guest_ram(guest, its->cbaser & ADDRESS, size);

	if (!(its->ctlr & CTLR_ENABLED) || !(its->cbaser & CBASER_VALID) || !queue)
		return;
	for (u32 i = 0; i < COMMANDS_PER_ENTRY && its->creadr != its->cwriter; i++) {
		const volatile u64 *at = (const volatile u64 *)(queue + its->creadr);
		u64 dw[] = {at[0], at[1], at[2], at[3]};

		guest_command(its, guest, dw);
		its->creadr = (its->creadr + sizeof(dw)) % size;
	}
}

/* ---- registers ---- */

static u64 read_register(const struct vits *its, const struct plan_guest *guest, u64 offset)
{
	u64 typer = TYPER_PHYSICAL | PUT(GITS_TYPER_ITT_ENTRY, 7) | PUT(GITS_TYPER_IDBITS, 7) |
		    PUT(TYPER_COLLECTIONS, guest->vcpu_count);

	switch (offset) {
	case CTLR:
		return its->ctlr | CTLR_QUIESCENT;
	case GITS_TYPER:
	case GITS_TYPER + 4:
		return typer >> (8 * (offset - GITS_TYPER));
	case CBASER:
		return its->cbaser;
	case GITS_CWRITER:
		return its->cwriter;
	case GITS_CREADR:
		return its->creadr;
	case GITS_BASER(0):
		return its->baser | DEVICE_TABLE;
	default:
		return 0;
	}
}

static void write_register(struct vits *its, u64 offset, u64 value)
{
	if (offset == CTLR)
		its->ctlr = (u32)(value & CTLR_ENABLED);
	else if (offset == GITS_BASER(0))
		its->baser = value & ~(GITS_BASER_TYPE | GITS_BASER_ENTRY);
	else if (offset == GITS_CWRITER)
		its->cwriter = value & BITS(19, 5);
	if (offset == CBASER)
		its->cbaser = value;
	if (offset == CBASER || its->cwriter >= (GET(CBASER_PAGES, its->cbaser) + 1) * PLAN_PAGE)
		its->creadr = its->cwriter = 0;
}

void vits_mmio(u64 offset, struct mmio *mmio)
{
	const struct plan_guest *guest = this_cpu()->guest;
	struct vits *its = &vits[this_cpu()->guest_index];

	spin_lock(&its->lock);
	if (mmio->write)
		write_register(its, offset, mmio->value);
	work(its, guest);
	if (!mmio->write)
		mmio->value = read_register(its, guest, offset);
	spin_unlock(&its->lock);
}

void vits_pin_mmio(u64 offset, struct mmio *mmio)
{
	const struct plan_guest *guest = this_cpu()->guest;
	struct vits *its = &vits[this_cpu()->guest_index];
	u64 pin = (offset - PIN_VECTOR) / 4;

	if (offset < PIN_VECTOR || pin >= guest->pin_count)
		return;
	spin_lock(&its->lock);
	if (mmio->write) {
		its->vector[pin] = (u32)mmio->value;
		bind(its, guest, (u32)pin);
	}
	mmio->value = its->vector[pin];
	spin_unlock(&its->lock);
}

void vits_reset(u32 index)
{
	const struct plan_guest *guest = &plan_guests[index];
	struct vits *its = &vits[index];

	__builtin_memset(its->intid, 0, sizeof(its->intid));
	for (u32 pin = 0; pin < guest->pin_count; pin++)
		bind(its, guest, pin);
	*its = (struct vits){0};
	__builtin_memset((void *)guest->vlpi_config, 0, BIT(plan.gic.id_bits) - LPI_FIRST);
}
