"""Prints reports for people: one row per transport, then phases, CPUs and both witnesses."""

from report import CLASSES, PHASES

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
