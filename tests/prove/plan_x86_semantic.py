"""Corruptions of an x86_64 image that mean something; see plan_semantic.py.

Besides, images that are broken in one way, each with what prove must hold against it.
"""

from plan_image import ADDRESS, PAGE
from plan_x86_64 import FIRST_GATE, SLOT

RIGHTS = (1, 2, 4)
NO_EXECUTE = 1 << 63
USER = 4
IGNORE_PAT = 1 << 6


def flip(image, at, bit):
    byte = at + bit // 8
    image.put(byte, image.get(byte, 1) ^ 1 << bit % 8, 1)


def bitmap(pages):
    """A bit of one of these pages."""
    def change(image, plan, rng):
        page = rng.choice(pages(plan))
        bit = rng.randrange(PAGE * 8)
        flip(image, page, bit)
        return f"bit {bit} of page 0x{page:x}"
    return change


def msr_bitmaps(plan):
    return [plan.msr_bitmap()]


def io_bitmaps(plan):
    return [plan.vmx(g)[0] + at for g in range(plan.count["plan_guests"]) for at in (0, PAGE)]


def eptp_list(image, plan, rng):
    page = plan.vmx(rng.choice(plan.senders()))[1]
    at = page + 8 * rng.choice([0, 1, 2, rng.randrange(512)])
    other = plan.vmx(rng.choice(plan.senders()))[1] + 8 * rng.randrange(2)
    old = image.get(at)
    image.put(at, rng.choice([image.get(other), 0, old ^ 1 << rng.randrange(64), old + PAGE]))
    return f"EPTP 0x{at:x} = 0x{image.get(at):x}"


def gate_code(image, plan, rng):
    """A byte of a gate becomes another; what is behind a gate's end is as good a place."""
    page = plan.vmx(rng.choice(plan.senders()))[2]
    at = page + (rng.randrange(PAGE) if rng.random() < 0.3 else
                 FIRST_GATE + rng.randrange(2 * SLOT))
    image.put(at, rng.choice([0, 0x0F, 0x88, 0x8E, 0x50, 0xC7, rng.randrange(256)]), 1)
    return f"gate byte 0x{at:x}"


def gate_store(image, plan, rng):
    """A constant or a distance of an instruction that writes."""
    page = plan.vmx(rng.choice(plan.senders()))[2]
    code = bytes(image.get(page + i, 1) for i in range(PAGE))
    at, size = rng.choice([(i + n, size) for what, n, size in
                           ((b"\xf0\x0f\xba\x2d", 4, 5), (b"\xc7\x05", 2, 8))
                           for i in range(PAGE) if code[i:i + len(what)] == what])
    flip(image, page + at, rng.randrange(8 * size))
    return f"operand of gate 0x{page + at:x}"


def gate_tables(image, plan, rng):
    table = rng.choice(plan.gate_tables(rng.choice(plan.senders())))
    at = table + 8 * rng.randrange(512)
    used = [table + 8 * i for i in range(512) if image.get(table + 8 * i)]
    if rng.random() < 0.3:
        image.put(at, image.get(rng.choice(used)))
    else:
        at = rng.choice(used)
        flip(image, at, rng.randrange(64))
    return f"gate table entry 0x{at:x} = 0x{image.get(at):x}"


def ept(view):
    """Rights, type or address of an entry of a guest's tables."""
    def change(image, plan, rng):
        guest = rng.choice(plan.senders())
        at, entry, _, va = rng.choice(list(plan.entries(plan.ept(guest, view))))
        image.put(at, entry ^ (1 << rng.choice([0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 21, 52, 63])))
        return f"view {view} of guest {guest}, 0x{va:x}: 0x{image.get(at):x}"
    return change


def ept_extra(view):
    """Another page of memory in a guest's tables."""
    def change(image, plan, rng):
        guest = rng.choice(plan.senders())
        last = [e for e in plan.entries(plan.ept(guest, view)) if e[2] == 3]
        at, entry, _, va = rng.choice(last)
        at = at // PAGE * PAGE + 8 * rng.randrange(512)
        image.put(at, entry & ~ADDRESS | plan.part[rng.choice(["text", "tables", "vmx"])][0])
        return f"view {view} of guest {guest}, near 0x{va:x}: entry 0x{at:x}"
    return change


def hypervisor_entry(image, plan, rng):
    """Of the boot or a run map: executable, user, another address."""
    _, _, _, root = rng.choice([r for r in plan.roots() if r[0] != "guest"])
    at, entry, _, va = rng.choice(list(plan.entries(root)))
    image.put(at, entry ^ rng.choice([NO_EXECUTE, USER, 2, 8, 16, 32, 64, 0x80, 0x100, PAGE]))
    return f"va 0x{va:x}: 0x{image.get(at):x}"


def share_view(image, plan, rng):
    """One guest gets a view of another."""
    if len(plan.senders()) < 2:
        return None
    a, b = rng.sample(plan.senders(), 2)
    view = rng.randrange(2)
    image.put(plan.vmx(a)[1] + 8 * view, image.get(plan.vmx(b)[1] + 8 * view))
    return f"view {view} of guest {a} is that of guest {b}"


def swap_gates(image, plan, rng):
    """Two slots change places: a guest would ring something else than it thinks."""
    guest = rng.choice(plan.senders())
    page, count = plan.vmx(guest)[2], len(list(plan.msi_routes(guest)))
    if count < 2:
        return None
    a, b = (page + FIRST_GATE + SLOT * n for n in rng.sample(range(count), 2))
    for at in range(0, SLOT, 8):
        x, y = image.get(a + at), image.get(b + at)
        image.put(a + at, y)
        image.put(b + at, x)
    return f"gates 0x{a:x} and 0x{b:x}"


def of_gates(change):
    """Without msi doorbells nobody has a gate."""
    return lambda image, plan, rng: change(image, plan, rng) if plan.senders() else None


SEMANTIC_X86 = {
    "MSR bitmap": bitmap(msr_bitmaps),
    "I/O bitmaps": bitmap(io_bitmaps),
    "EPTP lists": of_gates(eptp_list),
    "gate code": of_gates(gate_code),
    "gate operands": of_gates(gate_store),
    "gate paging": of_gates(gate_tables),
    "main views": of_gates(ept(0)),
    "gate views": of_gates(ept(1)),
    "main views, another page": of_gates(ept_extra(0)),
    "gate views, another page": of_gates(ept_extra(1)),
    "hypervisor's maps": hypervisor_entry,
    "shared views": of_gates(share_view),
    "swapped gates": of_gates(swap_gates),
}


def put_gate(at, code):
    """Bytes behind the gates of the first sender."""
    def change(plan):
        page = plan.vmx(plan.senders()[0])[2]
        for i, byte in enumerate(bytes.fromhex(code)):
            plan.image.put(page + at + i, byte, 1)
    return change


def other_vector(plan):
    """A store to the interrupt command register sends the vector that is an exit."""
    page = plan.vmx(plan.senders()[0])[2]
    code = bytes(plan.image.get(page + i, 1) for i in range(PAGE))
    plan.image.put(page + code.index(b"\xf2\x40"), 0xF1, 1)


def pml4_entry(plan):
    tables = plan.gate_tables(plan.senders()[0])
    plan.image.put(tables[0], plan.image.get(tables[0] + 8 * 511))


def allow_msr(msr):
    def change(plan):
        flip(plan.image, plan.msr_bitmap() + 2048, msr)
    return change


def allow_port(port):
    def change(plan):
        flip(plan.image, plan.vmx(plan.senders()[0])[0], port)
    return change


def third_view(plan):
    page = plan.vmx(plan.senders()[0])[1]
    plan.image.put(page + 16, plan.image.get(page))


def set_vector(plan):
    at = plan.record("plan_routes", 1) + 24
    plan.image.put(at, plan.image.get(at, 4) + 1, 4)


def vmx_word(at, value):
    def change(plan):
        plan.image.put(plan.image.symbols["vmx_plan"][0] + at, value)
    return change


def ram_in_gate_view(plan):
    """A page of the guest's RAM is itself there, with page tables that the guest could write."""
    guest = plan.senders()[0]
    ram = plan.image.get(plan.record("plan_guests", guest) + 40)
    at = next(e[0] for e in plan.entries(plan.ept(guest, 1)) if e[2] == 3 and e[3] == ram + PAGE)
    plan.image.put(at, ram + PAGE | 0x71)


def without_ignore_pat(plan):
    at, entry, _, _ = next(e for e in plan.entries(plan.ept(plan.senders()[0], 0)) if e[2] == 3)
    plan.image.put(at, entry ^ IGNORE_PAT)


def zeros(plan):
    """What pads a page so easily: ADD to memory at RAX."""
    put_gate(PAGE - 64, "00" * 64)(plan)


BROKEN_X86 = [
    ("store of a register", put_gate(PAGE - 64, "8908"), "+ 0xfc0: 89 08 in 64-bit mode"),
    ("padding of zeros", zeros, "+ 0xfc0: 00 00 in 64-bit mode"),
    ("push", put_gate(PAGE - 64, "50"), "50 cc in 64-bit mode"),
    ("far jump", put_gate(PAGE - 64, "ff2d11223344"), "ff 2d in 64-bit mode"),
    ("another command to the APIC", other_vector, "40f1 to 0x"),
    ("an interrupt gate", put_gate(PAGE - 64, "1110080000ee"),
     "byte 0xfc5 could be the type of an interrupt gate"),
    ("an instruction over the page's end", put_gate(PAGE - 1, "89"), None),
    ("addresses below 4 GiB", pml4_entry, "in 32-bit compatibility mode"),
    ("TSC_AUX", allow_msr(0x2103), "a guest's write of 0xc0000103 should exit"),
    ("timer", allow_msr(0x6E0), "a guest's write of 0x6e0 should exit"),
    ("power-off port", allow_port(0x604), "port 0x604 should exit"),
    ("third view", third_view, "a third view"),
    ("vector of another route", set_vector, "plan_routes[1].intid"),
    ("another APIC", vmx_word(0, 0xFEE01000), "vmx_plan.apic: "),
    ("APIC-access page elsewhere", vmx_word(8, 0x4000000), "vmx_plan.apic_access"),
    ("RAM in a gate view", ram_in_gate_view, "the gate view of "),
    ("type of the guest's choice", without_ignore_pat, "without ignore-PAT"),
]
