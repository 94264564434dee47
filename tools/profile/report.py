"""What the guests printed (console.txt) and what the emulator logged (witness.json), as data."""

import json
import os
import re

from counts import COUNTS
from exits import Exits, VMCALL
from span import Snap, pair

PHASES = ("rtt-32-1024", "rtt-1-1", "net-stream", "console-stream")
# What firmware left unfinished on the line where the hypervisor's world begins: colours, cursor.
LEFTOVER = r"(?:\x1b\[[0-9;?=]*[A-Za-z]|\r)*"
LINE = re.compile(rf"^{LEFTOVER}(?:([a-z][a-z0-9-]*): )?@(count|guest|work|crash|boot|snap) (.*)$")
FIELD = re.compile(r"^[a-z_]+=")


class Malformed(Exception):
    """A line of the profile that does not have its documented shape."""


def parse_line(text):
    """'@work a=1 b=2 7 8' -> ('work', {'a': '1', 'b': '2'}, [7, 8]), or None.

    Behind a guest's name, which the multiplexer writes, a line speaks for that guest alone: its own
    work. Whatever else it says there is text.
    """
    match = LINE.match(text.strip("\r\n"))
    if not match:
        return None
    name, kind, rest = match.groups()
    fields, numbers = {}, []
    for word in rest.split():
        if FIELD.match(word):
            key, _, value = word.partition("=")
            fields[key] = value
        else:
            numbers.append(int(word, 0))
    if name and (kind != "work" or fields.get("guest") != name):
        return None
    return kind, fields, numbers


class Report:
    """One run of one transport. Attributes:
    counts[cpu][mark] = {class: value}, with marks 0..7 and 'now'
    owner[cpu] = guest; boot = ticks of the boot phase; guests = [fields]
    works = [fields, numbers as int]; crashes = [fields]
    snaps[mark] = Snap; spans = [Span], odd = [what is wrong with them]
    witness = witness.json; layout = layout.json
    exits[cpu] = Exits, where the emulator logs them in their order; None: it has marks instead
    """

    def __init__(self, folder):
        self.folder = folder
        self.transport = os.path.basename(os.path.normpath(folder))
        self.counts, self.owner, self.boot = {}, {}, None
        self.guests, self.works, self.crashes, self.malformed = [], [], [], []
        self.snaps = {}
        with open(os.path.join(folder, "witness.json"), encoding="utf-8") as file:
            self.witness = json.load(file)
        self.exits = self._exits()
        path = os.path.join(folder, "console.txt")
        # A carriage return inside of a line is somebody's text, and ends no line.
        with open(path, encoding="utf-8", errors="replace", newline="\n") as file:
            for line in file:
                self._take(line)
        self.spans, self.odd = pair(snap for _, snap in sorted(self.snaps.items()))
        self.layout = self._layout()

    def _take(self, line):
        try:
            parsed = parse_line(line)
            if parsed:
                getattr(self, "_" + parsed[0])(parsed[1], parsed[2])
        except (KeyError, ValueError, StopIteration, Malformed):
            self.malformed.append(line.strip())

    def _count(self, fields, numbers):
        if len(numbers) != len(COUNTS):
            raise Malformed
        cpu = int(fields["cpu"])
        mark = fields["mark"] if fields["mark"] == "now" else int(fields["mark"])
        self.owner[cpu] = fields["guest"]
        self.counts.setdefault(cpu, {})[mark] = dict(zip(COUNTS, numbers))

    def _snap(self, fields, numbers):
        if len(numbers) != len(COUNTS):
            raise Malformed
        snap = self.snaps.setdefault(int(fields["mark"]), Snap(fields))
        snap.add(fields, numbers)

    def _guest(self, fields, _numbers):
        fields["errors"] = int(fields["errors"])
        self.guests.append({"name": fields["name"], "state": fields["state"], **fields})

    def _work(self, fields, _numbers):
        work = {"guest": fields["guest"], "kind": fields["kind"]}
        for key in ("phase", "rounds", "sent", "received", "lost", "duplicated", "corrupted",
                    "bytes", "ticks", "frequency"):
            work[key] = int(fields[key])
        self.works.append(work)

    def _crash(self, fields, _numbers):
        self.crashes.append(fields)

    def _boot(self, fields, _numbers):
        """Ticks from the hypervisor's first instruction to the last guest's, and parts of it.

        started is the counter at that first instruction: what the machine did before; or None.
        """
        self.boot = {key: int(fields[key]) for key in (
            "frequency", "ticks", "clear_ticks", "clear_bytes", "payload_ticks", "payload_bytes",
            "fit_ticks")}
        self.boot["started"] = int(fields["started"]) if "started" in fields else None

    def _exits(self):
        if "reasons" not in self.witness or not self.witness.get("witness"):
            return None
        return {int(cpu): Exits(seen["exits"]) for cpu, seen in self.witness["cpus"].items()}

    def _layout(self):
        """layout.json: what planc decided and predicts."""
        path = os.path.join(self.folder, "plan", "layout.json")
        if not os.path.exists(path):
            return {}
        with open(path, encoding="utf-8") as file:
            return json.load(file)

    def silent(self):
        """Whether nothing at all may enter the hypervisor on the data path of any link."""
        return self.transport in ("static", "lazy") and all(
            route["kind"] != "inject" for route in self.layout.get("routes", []))

    def polled(self):
        """Whether some guest looks for what nobody rings for."""
        return any(route["kind"] == "poll" for route in self.layout.get("routes", []))

    def prediction(self, phase):
        """{class: entries per round trip} between the guests that report the phase, or None."""
        ends = {work["guest"] for work in self.works if work["phase"] == phase}
        for trip in self.layout.get("round_trips", []):
            if {trip["from"], trip["to"]} == ends:
                return {name: trip[name.lower()] for name in COUNTS if name.lower() in trip}
        return None

    def phases(self):
        """Phases that some CPU bracketed."""
        return [p for p in range(len(PHASES)) if any(
            self.delta(cpu, p) is not None for cpu in self.counts)]

    def delta(self, cpu, phase):
        """The hypervisor's counts of a phase; the second mark's own call is taken off."""
        marks = self.counts[cpu]
        first, last = marks.get(2 * phase), marks.get(2 * phase + 1)
        if not first or not last or not first["ENTRIES"] or not last["ENTRIES"]:
            return None
        delta = {name: last[name] - first[name] for name in COUNTS}
        delta["ENTRIES"] -= 1
        delta["CALL"] -= 1
        return delta

    def sum(self, phase):
        total = dict.fromkeys(COUNTS, 0)
        for cpu in self.counts:
            for name, value in (self.delta(cpu, phase) or {}).items():
                total[name] += value
        return total

    def logged(self, cpu, phase):
        """The emulator's counts of a phase {exception: n}, or None without its marks.

        QEMU's log does not show which mark a hypercall set. A CPU's marks come in the order of their
        numbers, so the k-th marker hypercall is the k-th mark that the CPU has.
        """
        if self.exits is not None:
            return self._logged_exits(cpu, phase)
        seen = self.witness["cpus"].get(str(cpu))
        used = sorted(m for m, c in self.counts[cpu].items() if m != "now" and c["ENTRIES"])
        if not seen or 2 * phase not in used or seen["marks"] != len(used):
            return None
        return seen["between"][used.index(2 * phase) + 1]

    def _logged_exits(self, cpu, phase):
        first, last = (self.counts[cpu][2 * phase + end]["ENTRIES"] for end in (0, 1))
        found = self.exits[cpu].between(first, last) if cpu in self.exits else None
        if found is None:
            return None
        found[VMCALL] -= 1
        return {self.witness["reasons"].get(str(reason), str(reason)): times
                for reason, times in sorted(found.items()) if times}

    def rounds(self, phase):
        """Round trips, or for streams messages, of a phase: the most that a guest reports."""
        return max((w["rounds"] for w in self.works if w["phase"] == phase), default=0)

    def instructions(self, phase):
        """Instructions per round: with -icount shift=0 a nanosecond is an instruction."""
        works = [w for w in self.works
                 if w["phase"] == phase and w["rounds"] and w["ticks"] and w["frequency"]]
        if not self.witness.get("icount") or not works:
            return None
        work = max(works, key=lambda w: w["rounds"])
        return work["ticks"] * 1e9 / work["frequency"] / work["rounds"]
