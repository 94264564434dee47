"""Prints reports for people: one row per transport, then phases, CPUs and both witnesses."""

from counts import CLASSES
from report import PHASES

COLUMNS = (
    ("TRAP(R)", "TRAP_R"), ("TRAP(W)", "TRAP_W"), ("CHECK-IRQ(R)", "CHECK_IRQ"),
    ("ACK-IRQ(W)", "ACK_IRQ"), ("NOTIFY(W)", "NOTIFY"), ("IRQ", "IRQ"), ("MSI", "MSI"),
)
SHOWN = {name for _, name in COLUMNS}


def number(value, digits=2):
    """At most `digits` decimals, none if they are zero."""
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def per_round(count, rounds):
    return number(count / rounds) if rounds else "-"


def payload(report, phase=None):
    works = [w for w in report.works if phase is None or w["phase"] == phase]
    if not works:
        return "no report"
    bad = {k: sum(w[k] for w in works) for k in ("lost", "duplicated", "corrupted")}
    wrong = ", ".join(f"{n} {k}" for k, n in bad.items() if n)
    return wrong or "all held"


def instructions(report, phase):
    value = report.instructions(phase)
    return "-" if value is None else number(value, 1)


def summary(reports):
    """The table: entries of every kind for one round trip, all CPUs summed."""
    phase = 0
    rows = [["transport"] + [title for title, _ in COLUMNS]
            + ["others", "entries", "instructions", "payload"]]
    for report in reports:
        total, rounds = report.sum(phase), report.rounds(phase)
        others = [f"{name.lower()} {per_round(total[name], rounds)}"
                  for name in CLASSES if name not in SHOWN and total[name]]
        rows.append([report.transport]
                    + [per_round(total[name], rounds) for _, name in COLUMNS]
                    + [", ".join(others) or "0", per_round(total["ENTRIES"], rounds),
                       instructions(report, phase), payload(report)])
    return rows


# Debian 6.12's KVM and QEMU's virtio-mmio device for one guest, 200 pings from the guest to its host,
# under the same emulator: kvm_mmio's own record. 347 reads of InterruptStatus, 347 writes of
# InterruptACK, 201 of QueueNotify; what else entered the hypervisor was not recorded.
KVM_PING = {"TRAP_R": 347, "TRAP_W": 548, "CHECK_IRQ": 347, "ACK_IRQ": 347, "NOTIFY": 201}
KVM_PINGS = 200
KVM_SOURCE = ("KVM: one guest and its host by QEMU's virtio-mmio, Debian 6.12, 200 pings on the same "
              "emulator, by its tracepoint kvm_mmio")


def span_row(report, span):
    total, units = span.total(), span.units
    others = [f"{name.lower()} {per_round(total[name], units)}"
              for name in CLASSES if name not in SHOWN and total[name]]
    return ([f"{span.name} ({span.guest})", report.transport, str(units)]
            + [per_round(total[name], units) for _, name in COLUMNS]
            + [", ".join(others) or "0", per_round(total["ENTRIES"], units),
               "held" if units and not span.errors else f"{span.errors} errors"])


def kvm_row():
    return (["ping (KVM)", "trap", str(KVM_PINGS)]
            + [per_round(KVM_PING[name], KVM_PINGS) if name in KVM_PING else "-"
               for _, name in COLUMNS] + ["-", "-", "-"])


def workloads(reports):
    """The table of guests that say where their workloads begin and end: entries of each kind for one
    unit, all CPUs summed, the timers and the interrupt controller of Linux among the others.
    """
    rows = [["workload", "transport", "units"] + [title for title, _ in COLUMNS]
            + ["others", "entries", "work"]]
    rows += [span_row(report, span) for report in reports for span in report.spans]
    if any(span.name == "ping" for report in reports for span in report.spans):
        rows.append(kvm_row())
    return rows


def span_detail(report):
    """Each workload and CPU: what the hypervisor counted, what the emulator logged."""
    rows = [["workload", "CPU", "guest", "hypervisor", "emulator", "emulator's aborts", "by class"]]
    for span in report.spans:
        for cpu in span.cpus():
            logged = span.logged(report.witness, cpu)
            counts = span.counts(cpu)
            marks = span.entries(cpu) - counts["ENTRIES"]
            classes = ", ".join(f"{n.lower()} {counts[n]}" for n in CLASSES if counts[n])
            rows.append([f"{span.name} ({span.guest})", str(cpu), span.last.owner[cpu],
                         str(counts["ENTRIES"]),
                         "-" if logged is None else str(logged[0] - marks),
                         "-" if logged is None else str(logged[1]), classes or "-"])
    return rows


def detail(report):
    """Each phase and CPU: what the hypervisor counted, what the emulator logged."""
    rows = [["phase", "rounds", "CPU", "guest", "hypervisor", "emulator", "by class", "payload"]]
    for phase in report.phases():
        for cpu in sorted(report.counts):
            counted = report.delta(cpu, phase)
            if counted is None:
                continue
            logged = report.logged(cpu, phase)
            classes = ", ".join(f"{n.lower()} {counted[n]}" for n in CLASSES if counted[n])
            rows.append([PHASES[phase], str(report.rounds(phase)), str(cpu), report.owner[cpu],
                         str(counted["ENTRIES"]),
                         "-" if logged is None else str(sum(logged.values())),
                         classes or "-", payload(report, phase)])
    return rows


def whole_run(report):
    """All entries since the CPU was started; set-up, consoles and power-off too."""
    rows = [["CPU", "guest", "hypervisor, at report", "emulator, whole run", "by class"]]
    for cpu, marks in sorted(report.counts.items()):
        now = marks.get("now")
        if not now:
            continue
        logged = report.witness["cpus"].get(str(cpu), {}).get("entries", 0)
        classes = ", ".join(f"{n.lower()} {now[n]}" for n in CLASSES if now[n])
        rows.append([str(cpu), report.owner[cpu], str(now["ENTRIES"]), str(logged),
                     classes or "-"])
    return rows


def streams(report):
    """Throughput in the guests' own clock."""
    rows = [["workload", "guest", "messages", "bytes", "MiB/s of the emulated clock"]]
    for work in report.works:
        if "stream" not in work["kind"] or not work["received"]:
            continue
        seconds = work["ticks"] / work["frequency"] if work["frequency"] else 0
        rate = number(work["bytes"] / seconds / (1 << 20), 1) if seconds else "-"
        rows.append([work["kind"], work["guest"], str(work["received"]), str(work["bytes"]), rate])
    return rows


def show(rows, indent=""):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print((indent + "  ".join(cell.ljust(w) for cell, w in zip(row, widths))).rstrip())
