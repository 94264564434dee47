"""Workloads of guests that say on their console where they begin and end.

At each such line the hub copies all CPUs' counters (@snap, see guests/lib/snapshot.h) and sets a
mark, at which the emulator's witness keeps its own counts of all CPUs: two records of one moment.
"""

from counts import COUNTS

# Work that takes the driver away and brings it back, so registers are written in between.
REINITIALISES = {"reload", "unbind", "reboot", "kexec"}
# A moment may fall between an exception and its counting, at either end; where CPUs run at once, the
# hub says of some moments that it did not find them quiet.
SLACK, SLACK_LOOSE = 1, 8


class Snap:
    """One moment. counts[cpu] = {class: value}, owner[cpu] = guest."""

    def __init__(self, fields):
        self.mark, self.by, self.guest = int(fields["mark"]), fields["by"], fields["guest"]
        self.what = next(word for word in ("begin", "end", "done") if word in fields)
        self.name = fields[self.what]
        self.units, self.errors = int(fields.get("units", 0)), int(fields.get("errors", 0))
        self.loose = False
        self.counts, self.owner = {}, {}

    def add(self, fields, numbers):
        cpu = int(fields["cpu"])
        self.owner[cpu] = fields["owner"]
        self.loose |= "loose" in fields
        self.counts[cpu] = dict(zip(COUNTS, numbers))


class Span:
    """One workload: from its @begin to its @end."""

    def __init__(self, first, last):
        self.first, self.last = first, last
        self.guest, self.name = last.guest, last.name
        self.units, self.errors = last.units, last.errors

    def slack(self):
        return SLACK_LOOSE if self.first.loose or self.last.loose else SLACK

    def _delta(self, cpu):
        return {name: value - self.first.counts[cpu][name]
                for name, value in self.last.counts[cpu].items()}

    def counts(self, cpu):
        """What the hypervisor counted, without the marks of who measures, on its first CPU."""
        delta = self._delta(cpu)
        if cpu == min((c for c, guest in self.last.owner.items() if guest == self.last.by),
                      default=None):
            marks = self.last.mark - self.first.mark
            delta["ENTRIES"] -= marks
            delta["CALL"] -= marks
        return delta

    def cpus(self):
        return sorted(self.last.counts)

    def total(self):
        total = dict.fromkeys(COUNTS, 0)
        for cpu in self.cpus():
            for name, value in self.counts(cpu).items():
                total[name] += value
        return total

    def entries(self, cpu):
        """With the marks: what the witness has, too."""
        return self._delta(cpu)["ENTRIES"]

    def logged(self, witness, cpu):
        """(entries, stage-2 aborts) of the emulator, or None without its marks."""
        moments = next((seen["moments"] for number, seen in sorted(witness["cpus"].items())
                        if self.last.owner.get(int(number)) == self.last.by
                        and seen.get("moments")), [])
        if len(moments) < self.last.mark:
            return None
        first, last = (moments[snap.mark - 1].get(str(cpu), (0, 0))
                       for snap in (self.first, self.last))
        return last[0] - first[0], last[1] - first[1]


def pair(snaps):
    """Spans, and what began without an end or ended without a beginning: (spans, [sentences])."""
    spans, odd, begun = [], [], {}
    for snap in snaps:
        key = snap.guest, snap.name
        if snap.what == "begin":
            if key in begun:
                odd.append(unfinished(begun[key]))
            begun[key] = snap
        elif snap.what == "end" and key in begun:
            spans.append(Span(begun.pop(key), snap))
        elif snap.what == "end":
            odd.append(f"guest {snap.guest}: {snap.name} ended and did not begin")
    odd += map(unfinished, begun.values())
    return spans, [sentence for sentence in odd if sentence]


def unfinished(snap):
    """A guest that starts anew cannot say when; whatever else began must end."""
    if snap.name in REINITIALISES:
        return None
    return f"guest {snap.guest}: {snap.name} began and did not end"
