"""What guests with a kernel rely on, broken in one way each, with the finding that must come of it.

For the plan of linux.dts. Each is (what, change, finding); a change gets the plan and returns
nothing.
"""

from plan_guests import (DMA_BASE, DMA_SIZE, ENTRY, MBIGEN, PIN, PIN_COUNT, PINS, RAM_BASE,
                         S1_READ_ONLY, S2_NC, S2_PAGE, S2_READ_WRITE, S2_WB, S2_WRITE, VLPI_CONFIG,
                         BLOCK, XN, add_guest, field, free_entry, guest, leaf, link, move_leaf,
                         put_guest, routes_to)
from plan_image import ADDRESS, PAGE


# ---- the DMA window and the rest of RAM --------------------------------------------------------

def window_elsewhere(plan):
    """The first block of the window is a block of the rest."""
    index, at = guest(plan, "left")
    move_leaf(plan, leaf(plan, "guest", index, plan.image.get(at + DMA_BASE)),
              plan.image.get(at + ENTRY))


def window_of_another(plan):
    index, at = guest(plan, "left")
    move_leaf(plan, leaf(plan, "guest", index, plan.image.get(at + DMA_BASE)),
              field(plan, "right", RAM_BASE))


def window_swapped(plan):
    """Its two blocks change places: reached, but not where the tree says."""
    index, at = guest(plan, "left")
    base = plan.image.get(at + DMA_BASE)
    a, b = (leaf(plan, "guest", index, base + i * BLOCK) for i in (0, 1))
    plan.image.put(a[0], b[1])
    plan.image.put(b[0], a[1])


def window_at_its_own_address(plan):
    """The window can also be reached where the rest of RAM is."""
    index, at = guest(plan, "left")
    base = plan.image.get(at + RAM_BASE)
    model = leaf(plan, "guest", index, plan.image.get(at + DMA_BASE))
    plan.image.put(free_entry(plan, "guest", index, base, 2), model[1] & ~ADDRESS | base)


def window_read_only(plan):
    index, at = guest(plan, "left")
    entry = leaf(plan, "guest", index, plan.image.get(at + DMA_BASE))
    plan.image.put(entry[0], entry[1] & ~S2_WRITE)


def device_side(name, driver, change):
    """What a device side maps of a kernel's RAM, changed."""
    def apply(plan):
        index = guest(plan, name)[0]
        change(plan, index, field(plan, driver, RAM_BASE), field(plan, driver, DMA_SIZE))
    return apply


def region_extended(plan, index, base, size):
    """The block behind the window, which is the kernel's own code."""
    model = leaf(plan, "guest", index, base)
    plan.image.put(free_entry(plan, "guest", index, base + size, 2),
                   model[1] & ~ADDRESS | base + size)


def region_shifted(plan, index, base, size):
    move_leaf(plan, leaf(plan, "guest", index, base), base + size)


def region_shortened(plan, index, base, size):
    plan.image.put(leaf(plan, "guest", index, base + size - BLOCK)[0], 0)


def region_executable(plan, index, base, _):
    entry = leaf(plan, "guest", index, base)
    plan.image.put(entry[0], entry[1] & ~XN)


def region_of_nobodys_driver(plan):
    """plain is device side of left; it gets right's window."""
    index = guest(plan, "plain")[0]
    move_leaf(plan, leaf(plan, "guest", index, field(plan, "left", RAM_BASE)),
              field(plan, "right", RAM_BASE))


def link_page(offset):
    """A kernel gets a page of its link's, for which it has no use."""
    def change(plan):
        index = guest(plan, "left")[0]
        page = plan.image.get(link(plan, "net-left") + offset)
        plan.image.put(free_entry(plan, "guest", index, page), S2_PAGE | S2_WB | XN | 1 << 6 | page)
    return change


def second_window_page(plan):
    index = guest(plan, "left")[0]
    page = (plan.image.get(link(plan, "net-left") + 32) & -PAGE) + PAGE
    plan.image.put(free_entry(plan, "guest", index, page),
                   S2_PAGE | S2_NC | XN | S2_READ_WRITE | page)


def link_field(name, offset, by):
    def change(plan):
        at = link(plan, name) + offset
        plan.image.put(at, plan.image.get(at) + by)
    return change


# ---- pins ----------------------------------------------------------------------------------------

def pin_leaf(plan, name="left"):
    index, at = guest(plan, name)
    return leaf(plan, "guest", index, plan.image.get(at + MBIGEN) + PINS)


def pins_cached(plan):
    entry = pin_leaf(plan)
    plan.image.put(entry[0], entry[1] | S2_WB)


def pins_elsewhere(plan):
    move_leaf(plan, pin_leaf(plan), field(plan, "left", ENTRY))


def pins_of_another(plan):
    move_leaf(plan, pin_leaf(plan), pin_leaf(plan, "right")[1] & ADDRESS)


def pins_executable(plan):
    entry = pin_leaf(plan)
    plan.image.put(entry[0], entry[1] & ~XN)


def pins_twice(plan):
    """The next page of the mbigen registers is the same memory."""
    entry = pin_leaf(plan)
    plan.image.put(entry[0] + 8, entry[1])


def pins_at_their_own_address(plan):
    entry = pin_leaf(plan)
    index = guest(plan, "left")[0]
    page = entry[1] & ADDRESS
    plan.image.put(free_entry(plan, "guest", index, page), entry[1])


def vectors_mapped(plan):
    """The registers that decide which event a pin is do not trap: any page of RAM instead."""
    entry = pin_leaf(plan)
    page = field(plan, "left", ENTRY)
    plan.image.put(entry[0] - 8 * (PINS // PAGE - 1), entry[1] & ~ADDRESS | page)


def pin(name, number, value):
    def change(plan):
        plan.image.put(guest(plan, name)[1] + PIN + 4 * number, value(plan), 4)
    return change


def pin_of(name, number):
    return lambda plan: plan.image.get(guest(plan, name)[1] + PIN + 4 * number, 4)


def pins_swapped(plan):
    a, b = (pin_of("left", i)(plan) for i in (0, 1))
    pin("left", 0, lambda _: b)(plan)
    pin("left", 1, lambda _: a)(plan)


def map_pin(plan):
    """Boot already decides what an event of a kernel becomes: a command instead of another."""
    route = pin_of("left", 0)(plan)
    for at in plan.records("plan_its"):
        if plan.image.get(at, 1) == 0x2A:
            plan.image.put(at + 8, route, 4)
            plan.image.put(at + 16, 8192 + route, 4)
            return
    raise KeyError("no VMAPTI")


def vlpi(offset, value):
    """A byte of left's own configuration table, or of the shared one before it."""
    def change(plan):
        plan.image.put(field(plan, "left", VLPI_CONFIG) + offset, value, 1)
    return change


def enable_pin(plan):
    plan.image.put(plan.part["vlpi"][0] + pin_of("left", 0)(plan), 0xA1, 1)


def share_vlpi(plan):
    put_guest("right", VLPI_CONFIG, field(plan, "left", VLPI_CONFIG))(plan)


def plain_vlpi(plan):
    put_guest("plain", VLPI_CONFIG, field(plan, "left", VLPI_CONFIG))(plan)


# ---- the hypervisor's maps ----------------------------------------------------------------------

def cpu_of(plan, name):
    return plan.image.get(guest(plan, name)[1] + 88, 4)


def run_leaf(plan, name, va):
    return leaf(plan, "run", cpu_of(plan, name), va)


def ram_writable(plan):
    entry = run_leaf(plan, "left", field(plan, "left", ENTRY))
    plan.image.put(entry[0], entry[1] & ~S1_READ_ONLY)


def window_writable(plan):
    entry = run_leaf(plan, "left", field(plan, "left", RAM_BASE))
    plan.image.put(entry[0], entry[1] & ~S1_READ_ONLY)


def ram_executable(plan):
    entry = run_leaf(plan, "left", field(plan, "left", ENTRY))
    plan.image.put(entry[0], entry[1] & ~XN)


def ram_of_another(name):
    def change(plan):
        move_leaf(plan, run_leaf(plan, "left", field(plan, "left", ENTRY)),
                  field(plan, name, ENTRY) & -BLOCK)
    return change


def ram_lost(plan):
    plan.image.put(run_leaf(plan, "left", field(plan, "left", ENTRY))[0], 0)


def pins_in_hypervisor(plan):
    page = pin_leaf(plan)[1] & ADDRESS
    last = run_leaf(plan, "left", page - PAGE)
    plan.image.put(free_entry(plan, "run", cpu_of(plan, "left"), page),
                   last[1] & ~ADDRESS | page)


def its_lost(plan):
    gits = plan.image.get(plan.root + 304 + 8)
    plan.image.put(run_leaf(plan, "left", gits)[0], 0)


def its_extended(plan):
    gits = plan.image.get(plan.root + 304 + 8)
    entry = run_leaf(plan, "left", gits)
    plan.image.put(entry[0] + 8, entry[1] + PAGE)


def queue_read_only(plan):
    queue = plan.image.get(plan.root + 304 + 40)
    entry = run_leaf(plan, "left", queue)
    plan.image.put(entry[0], entry[1] | S1_READ_ONLY)


def vlpi_of_another(plan):
    move_leaf(plan, run_leaf(plan, "left", field(plan, "left", VLPI_CONFIG)),
              field(plan, "right", VLPI_CONFIG))


# ---- interrupts ----------------------------------------------------------------------------------

INJECT = 2


def route(name, kind, number, offset, value):
    def change(plan):
        plan.image.put(routes_to(plan, name, kind)[number] + offset, value, 4)
    return change


def wired(offset, value, size=4):
    def change(plan):
        plan.image.put(plan.record("plan_wired", 0) + offset, value, size)
    return change


def poll_as(kind):
    """A route that nobody rings gets a ring."""
    def change(plan):
        at = next(a for a in plan.records("plan_routes") if plan.image.get(a + 8, 4) == 3)
        plan.image.put(at + 8, kind, 4)
    return change


BROKEN_LINUX = [
    ("window leads to the rest of RAM", window_elsewhere, "identity: guest left"),
    ("window leads to another guest", window_of_another, "isolation: "),
    ("window's blocks swapped", window_swapped, "identity: guest left"),
    ("window at its own address, too", window_at_its_own_address, "identity: guest left"),
    ("window not writable", window_read_only, "translation: guest left"),
    ("window's record elsewhere", add_guest("left", DMA_BASE, -BLOCK), "guest left.dma_base"),
    ("window's record a power lower", put_guest("left", DMA_BASE, 0x20000000 - 2 * BLOCK),
     "translation: guest left"),
    ("window longer than the deployment says", add_guest("left", DMA_SIZE, BLOCK),
     "guest left.dma_size"),
    ("window of a guest without kernel", put_guest("plain", DMA_SIZE, BLOCK),
     "guest plain.dma_size"),
    ("kernel at the window", add_guest("left", ENTRY, -BLOCK), "guest left.entry"),
    ("region extended", device_side("hub", "left", region_extended),
     "isolation: "),
    ("region behind the window", device_side("hub", "left", region_shifted),
     "(ram of left): guest hub has rw-, at most --- is allowed"),
    ("region shortened", device_side("hub", "left", region_shortened), "translation: guest hub"),
    ("region executable", device_side("hub", "left", region_executable),
     "guest hub has rwx, at most rw- is allowed"),
    ("window to who is no device side", region_of_nobodys_driver,
     "(DMA window of right): guest plain has rw-, at most --- is allowed"),
    ("driver's page to a kernel", link_page(40), "(net-left driver page): guest left has"),
    ("device side's page to a kernel", link_page(48), "(net-left device page): guest left has"),
    ("hypervisor's page to a kernel", link_page(56), "(net-left hypervisor page): guest left has"),
    ("window's second page to a kernel", second_window_page, "translation: guest left"),
    ("region elsewhere", link_field("net-left", 64, BLOCK), "link net-left.region:"),
    ("region's size", link_field("con-left", 72, PAGE), "link con-left.region_size"),

    ("pins cached", pins_cached, "translation: guest left"),
    ("pins in other RAM", pins_elsewhere, "identity: guest left"),
    ("pins of another", pins_of_another, "(pins of right): guest left has rw-"),
    ("pins executable", pins_executable, "(pins of left): guest left has rwx"),
    ("pins twice", pins_twice, "identity: guest left"),
    ("pins at their own address", pins_at_their_own_address, "identity: guest left"),
    ("pins' vectors do not trap", vectors_mapped, "translation: guest left"),
    ("mbigen elsewhere", add_guest("left", MBIGEN, -0x10000), "identity: guest left"),
    ("mbigen not aligned", add_guest("left", MBIGEN, PAGE), "guest left.mbigen"),
    ("mbigen in the ITS", put_guest("left", MBIGEN, 0x8090000), "overlaps its mbigen"),
    ("mbigen without pins", put_guest("trapped", MBIGEN, 0x3e000000), "guest trapped.mbigen"),
    ("a pin too many", put_guest("left", PIN_COUNT, 3, 4), "guest left.pin_count"),
    ("a pin too few", put_guest("left", PIN_COUNT, 1, 4), "guest left.pin_count"),
    ("pins of a guest without kernel", put_guest("plain", PIN_COUNT, 1, 4),
     "guest plain.pin_count"),
    ("more pins than there can be", put_guest("left", PIN_COUNT, 33, 4),
     "plan_guests[1].pin_count"),
    ("pin of another's event", pin("left", 0, pin_of("right", 0)), "is no msi to it"),
    ("pin of no event", pin("left", 0, lambda _: 4096), "plan_guests[1].pin[0]"),
    ("pin twice", pin("left", 1, pin_of("left", 0)), "guest left.pin[1]"),
    ("pin behind the last", pin("left", 2, lambda _: 1), "guest left.pin[2]"),
    ("pins not as in the tree", pins_swapped, "its interrupt is not what"),
    ("event of a pin mapped at boot", map_pin, "no route needs it"),
    ("event of a pin enabled at boot", enable_pin, "vlpi: table 0, INTID"),
    ("own table not empty", vlpi(0, 0xA1), "vlpi: table 1, INTID 8192"),
    ("own table not empty at its end", vlpi(8191, 0xA0), "vlpi: table 1, INTID 16383"),
    ("two guests with one table", share_vlpi, "overlaps vlpi of left"),
    ("own table is the shared one", add_guest("left", VLPI_CONFIG, -0x2000),
     "guest left.vlpi_config"),
    ("own table behind the part", add_guest("right", VLPI_CONFIG, 0x2000),
     "not where such a piece must be"),
    ("table of another", plain_vlpi, "guest plain.vlpi_config"),

    ("RAM writable for the hypervisor", ram_writable, "(ram of left): cpu 1 has rw-"),
    ("window writable for the hypervisor", window_writable, "(DMA window of left): cpu 1 has rw-"),
    ("RAM executable for the hypervisor", ram_executable, "(ram of left): cpu 1 has r-x"),
    ("RAM of another with pins", ram_of_another("right"), "(ram of right): cpu 1 has r--"),
    ("RAM of another without pins", ram_of_another("trapped"), "(ram of trapped): cpu 1 has r--"),
    ("RAM not there", ram_lost, "translation: cpu 1"),
    ("pins in the hypervisor", pins_in_hypervisor, "(pins of left): cpu 1 has r--"),
    ("ITS not there", its_lost, "translation: cpu 1"),
    ("more of the ITS", its_extended, "(gits): cpu 1 has rw-"),
    ("ITS queue read-only", queue_read_only, "translation: cpu 1"),
    ("configuration of another", vlpi_of_another, "(vlpi of right): cpu 1 has rw-"),

    ("shared interrupt too low", route("trapped", INJECT, 0, 24, 31), "INTID 31, guest trapped"),
    ("shared interrupt too high", route("trapped", INJECT, 0, 24, 64), "INTID 64, guest trapped"),
    ("shared interrupt of two links", route("trapped", INJECT, 0, 24, 33), "another source"),
    ("gap between shared interrupts", route("trapped", INJECT, 1, 24, 34), "without gaps"),
    ("shared interrupt of link and device", wired(4, 32), "another source"),
    ("shared interrupt as others count", route("trapped", INJECT, 0, 24, 8200), "INTID 8200"),
    ("pin with a number", route("left", 0, 0, 24, 8192), "interrupt: plan_routes["),
    ("wired interrupt of no device", wired(0, 34), "INTID 34 is of no device"),
    ("wired interrupt of another guest", wired(8, 1), "INTID 33 is of no device"),
    ("wired interrupt on another CPU", wired(12, 0), "plan_wired[0].cpu"),
    ("wired interrupt with another number", wired(4, 40), "without gaps"),
    ("wired interrupt of no guest", wired(8, 77), "plan_wired[0].guest"),
    ("wired interrupts lost", lambda plan: plan.image.put(plan.root + 416, 0, 4),
     "bytes behind the last record"),
    ("polled route rung by msi", poll_as(0), ".kind: 0x0, should be 0x3"),
    ("polled route rung by inject", poll_as(2), ".kind: 0x2, should be 0x3"),
    ("no such kind", poll_as(4), ".kind: 4, there are 4"),
]
