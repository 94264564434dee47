"""What a loader and boot rely on, broken in one way each, with the finding that must come of it.

BROKEN changes an image, SEALED the sealed file of a good one. Each is (what, change, finding); a
change gets its object and returns nothing.
"""

import struct
import zlib

from plan_image import PAGE, TREE_ENTRIES

GIB = 1 << 30
WINDOW = 128  # index of the first entry of PLAN_TREE_VA in its table
FILE_SIZE, CRC32, NAME = 72, 80, 96


def claim(plan, index):
    """Base and size of a claim; -1 is the last."""
    at = plan.records("plan_claims")[index]
    return plan.image.get(at), plan.image.get(at + 8)


def put_claim(plan, index, base, size):
    at = plan.records("plan_claims")[index]
    plan.image.put(at, base)
    plan.image.put(at + 8, size)


def change_claim(index, base, size):
    """Adds to base and size of a claim."""
    def change(plan):
        old = claim(plan, index)
        put_claim(plan, index, old[0] + base, old[1] + size)
    return change


def set_count(plan, count):
    plan.image.put(plan.root + 300, count, 4)
    plan.image.put(plan.part["init"][0] + 92, count, 4)


def lose_last(plan):
    put_claim(plan, -1, 0, 0)
    set_count(plan, plan.count["plan_claims"] - 1)


def lose_all(plan):
    for i in range(plan.count["plan_claims"]):
        put_claim(plan, i, 0, 0)
    set_count(plan, 0)


def double(plan):
    put_claim(plan, 1, *claim(plan, 0))


def swap(plan):
    first, second = claim(plan, 0), claim(plan, 1)
    put_claim(plan, 0, *second)
    put_claim(plan, 1, *first)


def join(plan):
    """The first two, with what lies between them."""
    base = claim(plan, 0)[0]
    put_claim(plan, 0, base, claim(plan, 1)[0] - base)


def without_gap(plan):
    """One claim as two that touch."""
    base, size = claim(plan, 0)
    put_claim(plan, 0, base, PAGE)
    put_claim(plan, 1, base + PAGE, size - PAGE)


def no_addresses(plan):
    put_claim(plan, 0, (1 << 64) - PAGE, 2 * PAGE)


def end_with_file(plan):
    base = claim(plan, 1)[0]
    end = max(at + size for at, size, _ in plan.image.segments)
    put_claim(plan, 1, base, end + -end % PAGE - base)


def move_window(by):
    def change(plan):
        plan.image.put(plan.root + TREE_ENTRIES, plan.image.get(plan.root + TREE_ENTRIES) + by)
    return change


def no_window(plan):
    plan.image.put(plan.root + TREE_ENTRIES, 0)


def no_table(plan):
    plan.image.put(plan.image.get(plan.root + 256) + 511 * 8, 0)


def fill_window(index, entry):
    def change(plan):
        plan.image.put(plan.tree_table() + 8 * index, entry)
    return change


def share_window(kind):
    """The last GiB of another map is the window's table."""
    def change(plan):
        root = next(table for its, _, _, table in plan.roots() if its == kind)
        plan.image.put(root + 511 * 8, plan.tree_table() | 3)
    return change


def window_elsewhere(part):
    def change(plan):
        plan.image.put(plan.image.get(plan.root + 256) + 511 * 8, plan.part[part][0] | 3)
    return change


def head(offset, size, value):
    def change(plan):
        plan.image.put(plan.part["init"][0] + offset, value, size)
    return change


def add_head(offset, size, value):
    def change(plan):
        at = plan.part["init"][0] + offset
        plan.image.put(at, plan.image.get(at, size) + value, size)
    return change


def register(name, nth, field, size, value):
    """A field of the nth access to a register, by the name that a panic gives it."""
    def change(plan):
        text = plan.image.symbols["plan_text"][0]
        named = [at for at in plan.records("plan_registers")
                 if plan.text(text + plan.image.get(at + 36, 2)) == name]
        plan.image.put(named[nth] + field, value, size)
    return change


def swap_registers(plan):
    """The ITS is turned on, then it gets its queue's first index."""
    a, b = plan.records("plan_registers")[first_of(plan, "GITS_CWRITER"):][:2]
    for at in range(0, 48, 8):
        one, other = plan.image.get(a + at), plan.image.get(b + at)
        plan.image.put(a + at, other)
        plan.image.put(b + at, one)


def first_of(plan, name):
    text = plan.image.symbols["plan_text"][0]
    return next(i for i, at in enumerate(plan.records("plan_registers"))
                if plan.text(text + plan.image.get(at + 36, 2)) == name)


def text_without_end(plan):
    at, size = plan.image.symbols["plan_text"]
    plan.image.put(at + size - 1, 0x20, 1)


BLOCK = 0x40000000 | 1 << 54 | 1 << 10 | 3 << 8 | 1 << 7 | 1 << 6 | 1 << 2 | 1  # read-only, wb

BROKEN = [
    ("guest's claim starts late", change_claim(0, PAGE, -PAGE), "maps ram of zeta"),
    ("memory that boot clears", change_claim(0, PAGE, -PAGE), "claim: plan_clears["),
    ("memory that boot copies to", change_claim(0, PAGE, -PAGE), "claim: target of plan_payloads["),
    ("links' claim shortened", change_claim(0, 0, -PAGE), "maps inject region"),
    ("image's claim starts late", change_claim(1, PAGE, -PAGE), "claim: spare page: "),
    ("image's claim shortened", change_claim(1, 0, -PAGE), "claim: image: "),
    ("code not claimed", change_claim(1, 0x20000, -0x20000), "claim: cpu 0 maps text: "),
    ("claim ends with the file", end_with_file, "claim: page behind the file"),
    ("claim widened", change_claim(-1, 0, PAGE), "is claimed, but nothing uses it"),
    ("claim starts early", change_claim(0, -PAGE, PAGE), "is claimed, but nothing uses it"),
    ("claim moved", change_claim(1, PAGE, 0), "is claimed, but nothing uses it"),
    ("claims joined", join, "is claimed, but nothing uses it"),
    ("claim not whole pages", change_claim(0, 0, 8), "not whole pages"),
    ("claim of nothing", lambda plan: put_claim(plan, 0, claim(plan, 0)[0], 0),
     "not whole pages"),
    ("claim past the end of addresses", no_addresses, "not whole pages of any memory"),
    ("claim past the board's memory", change_claim(-1, 0, GIB), "is not memory of the board"),
    ("claim of a device", lambda plan: put_claim(plan, 0, 0x9000000, PAGE),
     "0x9000000 is not memory of the board"),
    ("last claim lost", lose_last, "lies in no plan_claims"),
    ("all claims lost", lose_all, "translation table: "),
    ("count alone changed", add_head(92, 4, 1), "image_header.claim_count"),
    ("count of the plan alone", lambda plan: plan.image.put(plan.root + 300, 1, 4),
     "bytes behind the last record are not zero"),
    ("more claims than loaders take", lambda plan: set_count(plan, 257), "257 records"),
    ("claim twice", double, "does not lie behind plan_claims[0]"),
    ("claims unsorted", swap, "does not lie behind plan_claims[0]"),
    ("claims that touch", without_gap, "does not lie behind plan_claims[0], with a gap"),
    ("SError for events of nobody's", register("GITS_TYPER.SEIS", 0, 8, 8, 1 << 18),
     "phase 0 needs here: GITS_TYPER.SEIS"),
    ("firmware's interrupts left on", register("GICD_ICENABLERn", 0, 43, 1, 30),
     "phase 1 needs here: GICD_ICENABLERn"),
    ("vPEs' table at the device table's register", register("GITS_BASERn", 3, 8, 8, 0),
     "phase 1 needs here: GITS_BASERn"),
    ("table that the GIC need not take", register("GICR_PENDBASER", 1, 16, 8, 0),
     "phase 2 needs here: GICR_PENDBASER"),
    ("a private interrupt more", register("GICR_ISENABLER0", 0, 8, 8, 0x0b000001),
     "phase 2 needs here: GICR_ISENABLER0"),
    ("another guest's pending table", register("GICR_VPENDBASER", 0, 8, 8, 0),
     "phase 4 needs here: GICR_VPENDBASER"),
    ("a CPU that is not made resident", register("GICR_VPENDBASER", 0, 32, 4, 77),
     "are of no phase and CPU"),
    ("a phase that boot has not", register("GITS_CWRITER", 0, 40, 1, 9),
     "are of no phase and CPU"),
    ("on before it has a queue", swap_registers, "phase 1 needs here: GITS_CWRITER"),
    ("no name for what differs", register("GICR_CTLR.RWP", 0, 36, 2, 0xffff),
     "phase 2 needs here: GICR_CTLR.RWP"),
    ("texts without an end", text_without_end, "plan_text: the last string has no end"),
    ("no window", no_window, "plan.tree_entries: 0x0, should be"),
    ("window one entry on", move_window(8), "plan.tree_entries"),
    ("window in another table", move_window(-PAGE), "plan.tree_entries"),
    ("no table for the window", no_table, "tree: boot: no level 2 table"),
    ("entry in the window", fill_window(WINDOW, BLOCK), "boot must find it empty"),
    ("entry at the window's end", fill_window(WINDOW + 1, BLOCK), "boot must find it empty"),
    ("garbage in the window", fill_window(WINDOW, 2), "boot must find it empty"),
    ("entry before the window", fill_window(WINDOW - 1, BLOCK), "nothing may be beside it"),
    ("entry behind the window", fill_window(WINDOW + 2, BLOCK), "nothing may be beside it"),
    ("window in a map of the hypervisor", share_window("run"), "a map that stays"),
    ("window in a guest's map", share_window("guest"), "is part of a guest's map"),
    ("window in what stays mapped", window_elsewhere("bss"), "does not lie in part tables"),
    ("no branch", head(0, 4, 0xd503201f), "linux.code0"),
    ("branch to the headers", head(0, 4, 0x14000010), "linux.code0"),
    ("branch backwards", head(0, 4, 0x17ffffff), "linux.code0"),
    ("branch out of part init", head(0, 4, 0x14004000), "linux.code0"),
    ("no headers", lambda plan: plan.image.put(plan.root + 48, 0x4a000000), "no bytes at"),
    ("second instruction", head(4, 4, 0xd503201f), "linux.code1"),
    ("Linux's reserved words", head(32, 8, 1), "linux.reserved:"),
    ("Linux's last word", head(60, 4, 64), "linux.reserved_last"),
    ("text_offset", head(8, 8, 0x80000), "linux.text_offset"),
    ("image_size too small", add_head(16, 8, -PAGE), "linux.image_size"),
    ("flags of another kernel", head(24, 8, 0x2), "linux.flags"),
    ("Linux's magic", head(56, 4, 0), "linux.magic"),
    ("magic", head(64, 8, 0x3230474d49484b42), "image_header.magic"),
    ("file_size before seal", head(72, 8, PAGE), "image_header.file_size"),
    ("crc32 before seal", head(80, 4, 1), "image_header.crc32"),
    ("flag", head(84, 4, 1), "image_header.flags"),
    ("claims elsewhere", add_head(88, 4, 16), "image_header.claims_offset"),
    ("name before seal", head(96, 1, 65), "image_header.name"),
    ("reserved word", head(132, 4, 1), "image_header.reserved"),
    ("own check is data", head(128, 4, 64), "image_header.check_offset"),
    ("own check outside", head(128, 4, 0x10000000), "image_header.check_offset"),
]


def seal(data):
    """A checksum that is right again: what is wrong must be found by what it is."""
    struct.pack_into("<I", data, CRC32, 0)
    struct.pack_into("<I", data, CRC32, zlib.crc32(data))


def flip(at, sealed):
    def change(data):
        data[at] ^= 1
        if sealed:
            seal(data)
    return change


def cut(size):
    def change(data):
        del data[-size:]
    return change


def cut_and_say_so(data):
    del data[-PAGE:]
    struct.pack_into("<Q", data, FILE_SIZE, len(data))
    seal(data)


def longer(data):
    data += bytes(PAGE)
    struct.pack_into("<Q", data, FILE_SIZE, len(data))
    seal(data)


def in_gap(data):
    """The first byte of the file that no section has."""
    data[0x10000 - 1] ^= 1
    seal(data)


def rename(data):
    data[NAME] ^= 1
    seal(data)


def resize(data):
    struct.pack_into("<Q", data, FILE_SIZE, len(data) + PAGE)
    seal(data)


SEALED = [
    ("last byte lost", cut(1), "file length"),
    ("last page lost", cut(PAGE), "file length"),
    ("half of it", lambda data: data.__delitem__(slice(len(data) // 2, None)), "file length"),
    ("nothing but a header", lambda data: data.__delitem__(slice(136, None)), "is not in it"),
    ("not even that", lambda data: data.__delitem__(slice(100, None)), "cannot be read"),
    ("shorter, and says so", cut_and_say_so, "file length"),
    ("longer, and says so", longer, "file length"),
    ("bit flipped", flip(0x30000, False), "image_header.crc32"),
    ("last bit flipped", flip(-1, False), "image_header.crc32"),
    ("bit flipped, checksum right", flip(0x30000, True), "byte 0x30000 is"),
    ("gap filled, checksum right", in_gap, "byte 0xffff is"),
    ("claims offset, checksum right", flip(88, True), "byte 0x58 is"),
    ("another name", rename, "image_header.name"),
    ("another size", resize, "image_header.file_size"),
    ("another checksum", flip(CRC32, False), "image_header.crc32"),
]
