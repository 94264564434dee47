"""Finds and changes the records, table entries and payloads of guests by their names.

For the plan of linux.dts. A change gets the plan and returns nothing.
"""

from plan_image import ADDRESS

BLOCK = 1 << 21
XN = 1 << 54
S1_READ_ONLY = 1 << 7
S2_WRITE = 1 << 7
S2_READ_WRITE = 3 << 6
S2_PAGE = 3 | 1 << 10 | 3 << 8  # a valid page that was accessed, inner shareable
S2_WB, S2_NC = 0xF << 2, 0x5 << 2

# Offsets in the records.
RAM_BASE, ENTRY, DTB, PIN_COUNT = 40, 56, 64, 84
DMA_BASE, DMA_SIZE, MBIGEN, RESTART, VLPI_CONFIG, PIN = 120, 128, 136, 144, 152, 160
RECORD = 0xC00
PINS = 0xA000


def guest(plan, name):
    """Index and record of a guest."""
    for i, at in enumerate(plan.records("plan_guests")):
        if plan.text(at) == name:
            return i, at
    raise KeyError(name)


def link(plan, name):
    return next(at for at in plan.records("plan_links") if plan.text(at) == name)


def field(plan, name, offset):
    return plan.image.get(guest(plan, name)[1] + offset)


def routes_to(plan, name, kind):
    """Records of a guest's routes of a kind."""
    index = guest(plan, name)[0]
    return [at for at in plan.records("plan_routes")
            if plan.image.get(at + 16, 4) == index and plan.image.get(at + 8, 4) == kind]


def payloads_of(plan, name):
    index = guest(plan, name)[0]
    return [at for at in plan.records("plan_payloads") if plan.image.get(at + 24, 4) == index]


def leaf(plan, kind, index, va):
    """The entry that maps an address."""
    for entry in plan.leaves_of(kind, index):
        if entry[3] <= va < entry[3] + (1 << 39 - 9 * entry[2]):
            return entry
    raise KeyError(f"{kind} {index} {va:#x}")


def free_entry(plan, kind, index, va, level=3):
    """Address of the empty entry of an address in a table that is there."""
    table = next(t for k, i, _, t in plan.roots() if (k, i) == (kind, index))
    for at in range(1, level):
        table = plan.image.get(table + 8 * (va >> 39 - 9 * at & 511)) & ADDRESS
    at = table + 8 * (va >> 39 - 9 * level & 511)
    assert table and not plan.image.get(at), f"{kind} {index} {va:#x}"
    return at


def put_guest(name, offset, value, size=8):
    def change(plan):
        plan.image.put(guest(plan, name)[1] + offset, value, size)
    return change


def add_guest(name, offset, by, size=8):
    def change(plan):
        at = guest(plan, name)[1] + offset
        plan.image.put(at, plan.image.get(at, size) + by, size)
    return change


def move_leaf(plan, entry, target):
    plan.image.put(entry[0], entry[1] & ~ADDRESS | target)
