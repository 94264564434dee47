"""A finished image as bytes by physical address, and the plan's records in it.

Used by the mutation test to change an image in place. Offsets are those that core/plan.h asserts.
"""

import struct

PARTS = ("init", "text", "rodata", "tables", "mutable", "vlpi", "data", "payloads", "bss",
         "private", "counters", "gic", "vmx")
RECORDS = {  # symbol: (size of a record, offset of its count in struct plan)
    "plan_cpus": (64, 272),
    "plan_guests": (288, 276),
    "plan_links": (224, 280),
    "plan_routes": (32, 284),
    "plan_payloads": (32, 288),
    "plan_clears": (16, 292),
    "plan_its": (32, 296),
    "plan_claims": (16, 300),
    "plan_wired": (16, 416),
    "plan_registers": (48, 420),
}
PLAN_SIZE = 424
TREE_ENTRIES = 408
PAGE = 4096
ADDRESS = 0x0000FFFFFFFFF000


class Image:
    """Reads and writes the loaded bytes of an ELF file; nothing else of it changes."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = bytearray(file.read())
        self.segments = []
        self.symbols = {}
        self._read_segments()
        self._read_symbols()

    def _read_segments(self):
        offset, = struct.unpack_from("<Q", self.data, 0x20)
        size, count = struct.unpack_from("<HH", self.data, 0x36)
        for i in range(count):
            kind, _, at, vaddr, _, filesz = struct.unpack_from("<IIQQQQ", self.data,
                                                               offset + i * size)
            if kind == 1 and filesz:
                self.segments.append((vaddr, filesz, at))

    def is_x86(self):
        return struct.unpack_from("<H", self.data, 0x12)[0] == 62  # EM_X86_64

    def _sections(self):
        offset, = struct.unpack_from("<Q", self.data, 0x28)
        size, count = struct.unpack_from("<HH", self.data, 0x3A)
        for i in range(count):
            yield struct.unpack_from("<IIQQQQIIQQ", self.data, offset + i * size)

    def _read_symbols(self):
        sections = list(self._sections())
        table = next(s for s in sections if s[1] == 2)
        strings = sections[table[6]]
        for at in range(table[4], table[4] + table[5], 24):
            name, _, _, _, value, size = struct.unpack_from("<IBBHQQ", self.data, at)
            start = strings[4] + name
            end = self.data.index(0, start)
            self.symbols[self.data[start:end].decode()] = (value, size)

    def offset(self, address):
        """File offset of an address, or None where the file has no byte for it."""
        for vaddr, size, at in self.segments:
            if vaddr <= address < vaddr + size:
                return at + address - vaddr
        return None

    def get(self, address, size=8):
        at = self.offset(address)
        return int.from_bytes(self.data[at:at + size], "little")

    def put(self, address, value, size=8):
        at = self.offset(address)
        self.data[at:at + size] = (value % (1 << 8 * size)).to_bytes(size, "little")


class Plan:
    """Where the plan's records and tables lie in an image."""

    def __init__(self, image):
        self.image = image
        self.root = image.symbols["plan"][0]
        self.part = {name: (image.get(self.root + 48 + 16 * i),
                            image.get(self.root + 56 + 16 * i))
                     for i, name in enumerate(PARTS)}
        self.count = {symbol: image.get(self.root + at, 4) for symbol, (_, at) in RECORDS.items()}

    def text(self, address):
        """A record's name."""
        at = self.image.offset(address)
        return self.image.data[at:at + 32].split(b"\0")[0].decode()

    def record(self, symbol, index):
        return self.image.symbols[symbol][0] + index * RECORDS[symbol][0]

    def records(self, symbol):
        return [self.record(symbol, i) for i in range(self.count[symbol])]

    def range_of(self, symbol):
        """Address and size of all records of a kind."""
        if symbol == "plan":
            return self.root, PLAN_SIZE
        return self.image.symbols[symbol][0], self.count[symbol] * RECORDS[symbol][0]

    def backed(self, part):
        """The pages of a part that the file holds."""
        base, size = self.part[part]
        return [page for page in range(base, base + size, PAGE)
                if self.image.offset(page) is not None]

    def roots(self):
        """(kind, index, address of the field that holds it, root table)"""
        found = [("boot", 0, self.root + 256)]
        found += [("run", i, at + 8) for i, at in enumerate(self.records("plan_cpus"))]
        found += [("guest", i, at + 32) for i, at in enumerate(self.records("plan_guests"))]
        return [(kind, i, field, self.image.get(field)) for kind, i, field in found]

    def tree_table(self):
        """The boot map's level 2 table of the last GiB, where the device tree's window lies."""
        return self.image.get(self.image.get(self.root + 256) + 511 * 8) & ADDRESS

    def leaves(self, table, level=1, va=0):
        """(entry's address, its value, level, input address) of every block and page."""
        shift = 39 - 9 * level
        for i in range(512):
            at = table + 8 * i
            entry = self.image.get(at)
            if not entry & 1:
                continue
            if level < 3 and entry & 2:
                yield from self.leaves(entry & ADDRESS, level + 1, va + (i << shift))
            else:
                yield at, entry, level, va + (i << shift)

    def leaves_of(self, kind, index=None):
        for its_kind, i, _, table in self.roots():
            if its_kind == kind and index in (None, i):
                yield from self.leaves(table)
