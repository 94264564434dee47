"""Bochs's record of a CPU: its VM exits in their order, with their reasons.

It has no marks. None is needed: the hypervisor counts each exit once, so a copy of its counters with n
entries was made at the n-th exit, and the reasons of the first n exits must give its classes. A class
does not tell one reason, nor a reason one class; groups of both do.
"""

from collections import Counter

# Intel SDM vol. 3, appendix C.
EXTERNAL_INTERRUPT, VMCALL, WRMSR, APIC_WRITE = 1, 18, 32, 56
# (what, reasons, the classes that the hypervisor counts them as); all other reasons are one group more.
GROUPS = (
    ("calls", {VMCALL}, ("CALL", "MSI", "PSCI")),
    ("interrupts", {EXTERNAL_INTERRUPT, 52}, ("KICK", "TIMER", "DEVICE")),
    # APIC access, virtualised EOI, APIC write
    ("interrupt-controller accesses", {44, 45, APIC_WRITE}, ("GIC", "IPI")),
    # EPT violation and misconfiguration, exception, triple fault
    ("memory accesses and faults", {48, 49, 0, 2}, ("TRAP_R", "TRAP_W", "FAULT")),
)
OTHERS = ("instructions", ("SYSREG", "UNKNOWN"))
# What may come after the last copy: a guest says that it is done, its CPUs are told to stop. Guests
# that run may set a timer once more. (most, reasons)
END = 4, {VMCALL, EXTERNAL_INTERRUPT}
END_RUNNING = 16, {VMCALL, EXTERNAL_INTERRUPT, WRMSR, APIC_WRITE}


class Exits:
    """The exits of one CPU. runs = [[reason, how often in a row]]"""

    def __init__(self, runs):
        self.runs = runs
        self.total = sum(times for _, times in runs)

    def first(self, number):
        """The first so many: ({reason: n}, the last one's reason), or None where there are fewer."""
        found, last = Counter(), None
        if number > self.total:
            return None
        for reason, times in self.runs:
            if not number:
                break
            taken = min(times, number)
            found[reason] += taken
            number -= taken
            last = reason
        return found, last

    def between(self, first, last):
        """{reason: n} of what came after the first-th exit, the last-th included; None: fewer."""
        before, after = self.first(first), self.first(last)
        return None if before is None or after is None else after[0] - before[0]


def grouped(logged):
    """[(group, n, its classes)] of {reason: n}."""
    rows = [(what, sum(logged[r] for r in reasons), classes) for what, reasons, classes in GROUPS]
    rest = sum(logged.values()) - sum(number for _, number, _ in rows)
    return [*rows, (OTHERS[0], rest, OTHERS[1])]


def disagreements(counts, logged, slack):
    """(group, counted, logged) of each group in which the two differ."""
    for what, number, classes in grouped(logged):
        counted = sum(counts[name] for name in classes)
        if abs(counted - number) > slack:
            yield what, counted, number


def end_fault(exits, entries, running):
    """What speaks against the exits that came after the last copy, or None."""
    most, reasons = END_RUNNING if running else END
    rest = exits.between(entries, exits.total)
    if set(rest) <= reasons and sum(rest.values()) <= most:
        return None
    return ", ".join(f"{times} of reason {reason}" for reason, times in sorted(rest.items()))
