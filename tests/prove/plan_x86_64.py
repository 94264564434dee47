"""The records and tables of an x86_64 image.

What VMX has lies at the offsets that arch/x86_64/vmx_plan.h asserts.
"""

from plan_image import ADDRESS, PAGE, Plan

MSI = 0
FIRST_GATE = 0x300
SLOT = 256


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
