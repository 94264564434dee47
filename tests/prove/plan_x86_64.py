"""The records and tables of an x86_64 image, and gates that a gate page may hold.

What VMX has lies at the offsets that arch/x86_64/vmx_plan.h asserts.
"""

from plan_image import ADDRESS, PAGE, Plan

LEVEL_LARGE = 2
MSI = 0
ON = 256
ICR_LOW = 0x300
ALL_BUT_SELF = 0x000C40F2
APIC_PAGES = 0x17E
POSTED_PAGES = 0x18E
SLOT = 128
CLC = b"\xf8"
ENTER = bytes.fromhex("31c0f8 31c9f8 b101f8f8 0f01d4")
LEAVE = bytes.fromhex("31c0f8 31c9f8 0f01d4 c3")
# First bytes of a displacement that could do harm before one of 0xd0 to 0xff: pushes, strings,
# far jumps, groups; and types of interrupt gates.
BAD_FIRST = {*range(0x50, 0x58), 0x0F, 0x62, 0x68, 0x6A, 0x6C, 0x6D, 0x8E, 0x8F, 0x9C,
             *range(0xA2, 0xA6), 0xAA, 0xAB, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xCA, 0xCB, 0xCE, 0xCF,
             0xE8, 0xEE, 0xEF, 0xFE, 0xFF, 0xAE, 0xAF}
BAD_SECOND = {0xE8, 0xEE, 0xEF}
# By the bits that count of an immediate, 5 of 8, an opcode that is harmless.
IMMEDIATE = [*range(0xE0, 0xE8), 0xA8, 0xA9, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x2F,
             *range(0x90, 0x98), 0x98, 0x99, 0x1A, 0x1B, 0x1C, 0x1D, 0x9E, 0x9F]


class PlanX86(Plan):
    """struct plan has the same records on all architectures."""

    def vmx(self, guest):
        """I/O bitmaps, EPTP list, gate page."""
        at = self.image.symbols["vmx_plan_guests"][0] + 24 * guest
        return tuple(self.image.get(at + field) for field in (0, 8, 16))

    def msr_bitmap(self):
        return self.image.get(self.image.symbols["vmx_plan"][0] + 16)

    def senders(self):
        return [g for g in range(self.count["plan_guests"]) if self.vmx(g)[1]]

    def entries(self, table, level=0, va=0):
        """(address of the entry, its value, level, input address) of every one that is in use."""
        for i in range(512):
            at = table + 8 * i
            entry = self.image.get(at)
            here = va + (i << (39 - 9 * level))
            if not entry:
                continue
            yield at, entry, level, here
            if level < 3 and not (level >= 1 and entry & 0x80):
                yield from self.entries(entry & ADDRESS, level + 1, here)

    def ept(self, guest, view):
        return self.image.get(self.vmx(guest)[1] + 8 * view) & ADDRESS

    def translate(self, root, gpa):
        table = root
        for level in range(4):
            entry = self.image.get(table + 8 * (gpa >> (39 - 9 * level) & 511))
            table = entry & ADDRESS
            if level < 3 and entry & 0x80:
                break
        return table

    def gate_tables(self, guest):
        """PML4, PDPT, PD, PT of a gate view: where the image has them."""
        root = self.ept(guest, 1)
        ram = self.image.get(self.record("plan_guests", guest) + 40)
        tables = [self.translate(root, ram)]
        for _ in range(3):
            first = next(e for e in (self.image.get(tables[-1] + 8 * i) for i in range(512)) if e)
            tables.append(self.translate(root, first & ADDRESS))
        return tables

    def msi_routes(self, guest):
        """(cpu, vector) of what a guest rings by gates, in their order."""
        for at in self.records("plan_routes"):
            _, _, kind, sender, _, cpu, vector = (self.image.get(at + 4 * i, 4) for i in range(7))
            if kind == MSI and sender == guest:
                yield cpu, vector

    def apic(self):
        return self.image.get(self.image.symbols["vmx_plan"][0])

    def posted(self, cpu):
        return self.image.get(self.image.symbols["vmx_plan_cpus"][0] + 8 * cpu) + 3 * PAGE


def reference(code, opcode, immediate, pages, offset):
    """Appends an instruction that refers to a byte of another page, whatever page this is."""
    for _ in range(PAGE):
        end = len(code) + len(opcode) + 4 + len(immediate)
        distance = ((0xD8 << 24 | 0xC0 << 16) + pages * PAGE + offset - end) % (1 << 32)
        bytes_of = distance.to_bytes(4, "little")
        if bytes_of[0] not in BAD_FIRST and bytes_of[1] not in BAD_SECOND:
            return code + opcode + bytes_of + immediate
        code += CLC
    raise AssertionError("no displacement will do")


def gate(at, posted, apic, vector):
    """The code of one slot that begins at `at`: pages are distances from the gate page."""
    code = bytes(at) + ENTER
    for bit in (vector, ON):
        code = reference(code, b"\xf0\x0f\xba\x2d", bytes([IMMEDIATE[bit % 32]]), posted,
                         bit // 32 * 4)
    done = reference(code + b"\x72\x00" + CLC, b"\xc7\x05", ALL_BUT_SELF.to_bytes(4, "little"),
                     apic, ICR_LOW) + CLC
    while (len(done) - len(code) - 2) % 8 not in (2, 3, 4, 5):  # OR, ADC, SBB, AND: reads
        done += CLC
    done = done[:len(code) + 1] + bytes([len(done) - len(code) - 2]) + done[len(code) + 2:]
    return (done + LEAVE)[at:]


def make_gates(plan, guest):
    """Gates that nobody can misuse, with the tables for them: addresses from 4 GiB on only."""
    image = plan.image
    page = plan.vmx(guest)[2]
    tables = plan.gate_tables(guest)
    leaves = {}
    for at, entry, level, va in plan.entries(plan.ept(guest, 1)):
        if level == 3:
            leaves[entry & ADDRESS] = va
    cpus = sorted({cpu for cpu, _ in plan.msi_routes(guest)})
    index = page // PAGE % 512
    distances = {cpu: POSTED_PAGES + 16 * n for n, cpu in enumerate(cpus)}
    image.put(tables[0], 0)
    for i in range(512):
        image.put(tables[3] + 8 * i, 0)
    image.put(tables[3] + 8 * index, page | 0x21)
    for pages, pa in [(APIC_PAGES, plan.apic())] + [(distances[c], plan.posted(c)) for c in cpus]:
        image.put(tables[3] + 8 * ((index + pages) % 512), leaves[pa] | 0x63)
    code = bytearray(b"\xcc" * PAGE)
    for slot, (cpu, vector) in enumerate(plan.msi_routes(guest)):
        own = gate(SLOT * slot, distances[cpu], APIC_PAGES, vector)
        assert len(own) <= SLOT, len(own)
        code[SLOT * slot:SLOT * slot + len(own)] = own
    at = image.offset(page)
    image.data[at:at + PAGE] = code
