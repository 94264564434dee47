"""Corruptions that mean something: what a bug in the compiler of the plan would do.

Each function changes the image and says what it did; None where the plan has nothing to change.
"""

from plan_image import ADDRESS, PAGE, TREE_ENTRIES

XN = 1 << 54
S1_READ_ONLY = 1 << 7
S2_READ = 1 << 6
MSI = 0
VMAPTI = 0x2A


def pick(rng, items):
    items = list(items)
    return rng.choice(items) if items else None


def two(rng, items):
    """Two different ones, or (None, None)."""
    items = list(items)
    return rng.sample(items, 2) if len(items) > 1 else (None, None)


def page_of(rng, base, size):
    return base + rng.randrange(size // PAGE) * PAGE


def swap(image, a, b, size):
    x, y = image.get(a, size), image.get(b, size)
    image.put(a, y, size)
    image.put(b, x, size)


def swap_entries(image, plan, rng):
    page = rng.choice(plan.backed("tables"))
    used = [page + at for at in range(0, PAGE, 8) if image.get(page + at)]
    if not used:
        return None  # the device tree's window
    a, b = rng.choice(used), page + 8 * rng.randrange(512)
    swap(image, a, b, 8)
    return f"entries 0x{a:x} and 0x{b:x}"


def swap_records(image, plan, rng):
    """Two records of a kind change places."""
    symbol = pick(rng, (s for s, n in plan.count.items() if n > 1))
    if symbol is None:
        return None
    size = plan.range_of(symbol)[1] // plan.count[symbol]
    a, b = rng.sample(plan.records(symbol), 2)
    for at in range(0, size, 8):
        swap(image, a + at, b + at, 8)
    return f"{symbol} 0x{a:x} and 0x{b:x}"


def retarget_event(image, plan, rng):
    command = pick(rng, (c for c in plan.records("plan_its") if image.get(c, 1) == VMAPTI))
    if command is None:
        return None
    field, size, limit = rng.choice([(8, 4, 64), (12, 2, plan.count["plan_cpus"]), (16, 4, 8256),
                                     (20, 4, 8256), (4, 4, 4)])
    value = rng.randrange(limit)
    image.put(command + field, value, size)
    return f"command 0x{command:x}, field {field} = {value}"


def drop_command(image, plan, rng):
    """A command is replaced by a copy of another."""
    a, b = two(rng, plan.records("plan_its"))
    if a is None:
        return None
    for at in range(0, 32, 8):
        image.put(a + at, image.get(b + at))
    return f"command 0x{a:x} = command 0x{b:x}"


def change_register(image, plan, rng):
    """Another register, bit, CPU, phase or comparison."""
    a, b = two(rng, plan.records("plan_registers"))
    field, size, values = rng.choice([(0, 8, (4, -4, 0x20000)), (8, 8, (1, 1 << 31)),
                                      (16, 8, (1, 1 << 31)), (24, 8, (1, 7 << 56)), (32, 4, (1,)),
                                      (36, 2, (1,)), (38, 2, (1,)), (40, 1, (1, 2)),
                                      (41, 1, (1, 2)), (42, 1, (4,)), (43, 1, (1,))])
    value = rng.choice([image.get(b + field, size),
                        *(image.get(a + field, size) ^ value for value in values)])
    image.put(a + field, value, size)
    return f"register 0x{a:x}, field {field} = {value:#x}"


def lose_register(image, plan, rng):
    """The accesses behind it move up, and the count agrees."""
    records = plan.records("plan_registers")
    first = rng.randrange(len(records))
    for at in records[first:]:
        for field in range(at, at + 48, 8):
            image.put(field, image.get(field + 48) if at != records[-1] else 0)
    image.put(plan.root + 420, len(records) - 1, 4)
    return f"register {first} of {len(records)}"


def retarget_route(image, plan, rng):
    route = pick(rng, plan.records("plan_routes"))
    if route is None:
        return None
    field = rng.choice([0, 4, 8, 12, 16, 20, 24])
    value = rng.randrange(4) + (8192 if field == 24 else 0)
    image.put(route + field, value, 4)
    return f"route 0x{route:x}, field {field} = {value}"


def enable_interrupt(image, plan, rng):
    at = plan.part["vlpi"][0] + rng.randrange(1 + 2 * plan.count["plan_routes"])
    image.put(at, image.get(at, 1) ^ 1, 1)
    return f"configuration byte 0x{at:x}"


def leak_page(image, plan, rng):
    """A page of a guest now lies in another guest's RAM."""
    guests = plan.records("plan_guests")
    a, b = two(rng, range(len(guests)))
    if a is None:
        return None
    entry = pick(rng, plan.leaves_of("guest", a))
    base, size = image.get(guests[b] + 40), image.get(guests[b] + 48)
    shift = 39 - 9 * entry[2]
    target = page_of(rng, base, size) >> shift << shift
    image.put(entry[0], entry[1] & ~ADDRESS | target)
    return f"guest {a}, 0x{entry[3]:x} -> 0x{target:x} of guest {b}"


def add_page(image, plan, rng):
    """An unused last-level entry of a guest maps the same address, which may be anybody's."""
    guest = rng.randrange(plan.count["plan_guests"])
    model = pick(rng, (e for e in plan.leaves_of("guest", guest) if e[2] == 3))
    if model is None:
        return None
    table, va = model[0] & ~(PAGE - 1), model[3] & ~((1 << 21) - 1)
    index = pick(rng, (i for i in range(512) if not image.get(table + 8 * i)))
    if index is None:
        return None
    target = va + index * PAGE
    image.put(table + 8 * index, model[1] & ~ADDRESS | target)
    return f"guest {guest} gets 0x{target:x}"


def reach_hypervisor(image, plan, rng):
    """A page of a guest now lies in the hypervisor's image."""
    guest = rng.randrange(plan.count["plan_guests"])
    entry = pick(rng, plan.leaves_of("guest", guest))
    part = rng.choice([p for p, (_, size) in plan.part.items() if size])
    shift = 39 - 9 * entry[2]
    target = page_of(rng, *plan.part[part]) >> shift << shift
    image.put(entry[0], entry[1] & ~ADDRESS | target)
    return f"guest {guest}, 0x{entry[3]:x} -> 0x{target:x} of {part}"


def writable_executable(image, plan, rng):
    kind = rng.choice(["boot", "run"])
    entry = pick(rng, plan.leaves_of(kind))
    value = entry[1] & ~XN & ~S1_READ_ONLY
    image.put(entry[0], value)
    return f"{kind}, 0x{entry[3]:x}: 0x{value:x}"


def change_memory(image, plan, rng):
    """The memory attributes of one mapping, not those of its aliases."""
    kind = rng.choice(["run", "guest"])
    entry = pick(rng, plan.leaves_of(kind))
    values = {"run": (2, 3, (0, 1, 2)), "guest": (2, 4, (0x1, 0x5, 0xF, 0x0))}
    shift, bits, choices = values[kind]
    value = entry[1] & ~((1 << bits) - 1 << shift) | rng.choice(choices) << shift
    image.put(entry[0], value)
    return f"{kind}, 0x{entry[3]:x}: 0x{value:x}"


def change_rights(image, plan, rng):
    kind = rng.choice(["boot", "run", "guest"])
    entry = pick(rng, plan.leaves_of(kind))
    value = entry[1] ^ rng.choice([XN, S1_READ_ONLY, S2_READ])
    image.put(entry[0], value)
    return f"{kind}, 0x{entry[3]:x}: 0x{value:x}"


def share_private(image, plan, rng):
    """A CPU sees another CPU's private data."""
    cpus = plan.records("plan_cpus")
    a, b = two(rng, range(len(cpus)))
    if a is None:
        return None
    entry = pick(rng, (e for e in plan.leaves_of("run", a) if e[3] >= 0x7FC0000000))
    target = image.get(cpus[b] + 16) + rng.randrange(4) * PAGE
    image.put(entry[0], entry[1] & ~ADDRESS | target)
    return f"cpu {a}, 0x{entry[3]:x} -> 0x{target:x} of cpu {b}"


def change_root(image, plan, rng):
    a, b = rng.sample(plan.roots(), 2)
    image.put(a[2], b[3])
    return f"the root of {a[0]} {a[1]} is that of {b[0]} {b[1]}"


def share_table(image, plan, rng):
    """A table entry of one tree leads into another tree, or back to its own root."""
    a, b = rng.sample(plan.roots(), 2)
    at = pick(rng, (a[3] + 8 * i for i in range(512) if image.get(a[3] + 8 * i)))
    other = rng.choice([b[3], a[3], *(image.get(b[3] + 8 * i) & ADDRESS for i in range(512)
                                      if image.get(b[3] + 8 * i))])
    image.put(at, other | 3)
    return f"entry 0x{at:x} -> table 0x{other:x}"


def change_mutable(image, plan, rng):
    """The other state of a data-path page."""
    link = pick(rng, (at for at in plan.records("plan_links") if image.get(at + 80)))
    if link is None:
        return None
    field = rng.choice([80, 88, 96])
    bit = rng.randrange(64)
    image.put(link + field, image.get(link + field) ^ 1 << bit)
    return f"link 0x{link:x}, field {field}, bit {bit}"


def change_payload(image, plan, rng):
    """A payload of another guest, at another place, of another length."""
    a, b = two(rng, plan.records("plan_payloads"))
    if a is None:
        return None
    field, size = rng.choice([(0, 8), (8, 8), (16, 8), (24, 4), (28, 4)])
    swap(image, a + field, b + field, size)
    return f"payloads 0x{a:x} and 0x{b:x}, field {field}"


def shrink_clear(image, plan, rng):
    clear = rng.choice(plan.records("plan_clears"))
    field = rng.choice([0, 8])
    image.put(clear + field, image.get(clear + field) + rng.choice([PAGE, -PAGE, 1 << 21]))
    return f"clear 0x{clear:x}, field {field}"


def change_claim(image, plan, rng):
    """A claim that is too short, too long or elsewhere, always whole pages."""
    at = rng.choice(plan.records("plan_claims"))
    field, by = rng.choice([0, 8]), PAGE * rng.choice([1, -1, 16, -16, 512, -512])
    image.put(at + field, image.get(at + field) + by)
    return f"claim 0x{at:x}, field {field} by {by:#x}"


def lose_claim(image, plan, rng):
    """The claims behind it move up, and the counts agree."""
    claims = plan.records("plan_claims")
    first = rng.randrange(len(claims))
    for at in claims[first:]:
        for field in (at, at + 8):
            image.put(field, image.get(field + 16) if at != claims[-1] else 0)
    image.put(plan.root + 300, len(claims) - 1, 4)
    image.put(plan.part["init"][0] + 92, len(claims) - 1, 4)
    return f"claim {first} of {len(claims)}"


def fill_window(image, plan, rng):
    """A good entry of the boot map, in the device tree's window or beside it."""
    entry = pick(rng, plan.leaves_of("boot"))
    at = plan.tree_table() + 8 * (rng.randrange(126, 132) if rng.random() < 0.5
                                  else rng.randrange(512))
    image.put(at, entry[1])
    return f"0x{at:x} = 0x{entry[1]:x}"


def move_window(image, plan, rng):
    """The window in any table, or beside where it should be."""
    page = rng.choice(plan.backed("tables"))
    entry = rng.choice([page + 8 * rng.randrange(512), page + 8 * 128,
                        plan.tree_table() + 8 * rng.randrange(512)])
    image.put(plan.root + TREE_ENTRIES, entry)
    return f"entries 0x{entry:x}"


def kernels(plan):
    """Indices of guests with a DMA window."""
    return [i for i, at in enumerate(plan.records("plan_guests")) if plan.image.get(at + 128)]


def add_alias(image, plan, rng):
    """A block or page of a kernel's RAM at another guest physical address of anybody's."""
    kernel = pick(rng, kernels(plan))
    if kernel is None:
        return None
    guest = rng.choice([kernel, rng.randrange(plan.count["plan_guests"])])
    model = pick(rng, plan.leaves_of("guest", kernel))
    level = model[2]
    place = pick(rng, (e for e in plan.leaves_of("guest", guest) if e[2] == level))
    if place is None:
        return None
    table, va = place[0] & ~(PAGE - 1), place[3]
    index = pick(rng, (i for i in range(512) if not image.get(table + 8 * i)))
    if index is None:
        return None
    image.put(table + 8 * index, model[1])
    return f"guest {guest} gets 0x{model[3]:x} of guest {kernel}, beside 0x{va:x}"


def change_restart(image, plan, rng):
    """A word of a restart page's record, or what follows it."""
    page = pick(rng, (image.get(at + 144) for at in plan.records("plan_guests")
                      if image.get(at + 144)))
    if page is None:
        return None
    at = page + rng.randrange(0xC00, rng.choice([0xC80, PAGE]), 8)
    image.put(at, rng.choice([0, 1, image.get(at) + rng.choice([1, -1, PAGE]), page]))
    return f"word 0x{at:x}"


def change_kernel(image, plan, rng):
    """A field that guests with a kernel, pins or restarts have."""
    guests = plan.records("plan_guests")
    a, b = rng.choice(guests), rng.choice(guests)
    field, size = rng.choice([(76, 4), (84, 4), (120, 8), (128, 8), (136, 8), (144, 8), (152, 8),
                              (160, 4), (164, 4)])
    value = image.get(a + field, size)
    image.put(a + field, rng.choice([image.get(b + field, size), value + 1, value + PAGE,
                                     value - (1 << 21), 0]), size)
    return f"guest 0x{a:x}, field {field}"


def change_wired(image, plan, rng):
    at = pick(rng, plan.records("plan_wired"))
    if at is None:
        return None
    field = rng.choice([0, 4, 8, 12])
    image.put(at + field, rng.choice([rng.randrange(8), rng.randrange(30, 66)]), 4)
    return f"wired 0x{at:x}, field {field}"


SEMANTIC = {
    "two table entries swapped": swap_entries,
    "two records swapped": swap_records,
    "event retargeted": retarget_event,
    "its command lost": drop_command,
    "register changed": change_register,
    "register lost": lose_register,
    "route retargeted": retarget_route,
    "interrupt enabled or disabled": enable_interrupt,
    "page of another guest": leak_page,
    "page added to a guest": add_page,
    "page of the hypervisor": reach_hypervisor,
    "writable and executable": writable_executable,
    "memory attributes": change_memory,
    "access rights": change_rights,
    "private data of another cpu": share_private,
    "root of another": change_root,
    "table of another": share_table,
    "mutable entry": change_mutable,
    "payloads mixed up": change_payload,
    "clear too little or too much": shrink_clear,
    "claim too short or too long": change_claim,
    "claim lost": lose_claim,
    "entry in the window's table": fill_window,
    "window elsewhere": move_window,
    "kernel's RAM at another address": add_alias,
    "restart record": change_restart,
    "kernel's record": change_kernel,
    "wired interrupt": change_wired,
}
