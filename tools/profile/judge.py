"""What must hold of a run. Each function returns sentences, one for each thing that does not."""

from counts import CLASSES, CLASSES_ABORT, CLASSES_ABORT_ALL
from exits import VMCALL, disagreements, end_fault
from report import PHASES
from span import REINITIALISES, SLACK


def judge(report):
    faults = []
    checks = [the_run, the_guests, the_payload, the_sums]
    if report.exits is not None:
        checks += [the_exits, the_end]
        checks += [the_spans, the_spans_promise] if report.snaps else [the_witness, the_promise]
    else:
        checks += [the_spans, the_spans_witness, the_spans_promise] if report.snaps else [
            the_witness, the_promise]
    for check in checks:
        faults += check(report)
    return [f"{report.transport}: {fault}" for fault in faults]


def the_run(report):
    faults = [f"not a line of the profile: {line}" for line in report.malformed]
    if report.witness.get("error"):
        faults.append(report.witness["error"])
    for bug, times in report.witness.get("hypervisor_bugs", {}).items():
        faults.append(f"the hypervisor itself faulted: {bug}, {times} times")
    if not report.counts:
        faults.append("the guests printed no counters")
    if not report.works and not report.spans:
        faults.append("no workload reported")
    return faults


def the_guests(report):
    faults = []
    for guest in report.guests:
        if guest["errors"]:
            faults.append(f"guest {guest['name']} ended with {guest['errors']} errors")
        if guest["state"] not in ("running", "done") and not (
                guest["state"] == "off" and guest.get("said") == "done"):
            faults.append(f"guest {guest['name']} is {guest['state']}")
    for crash in report.crashes:
        details = " ".join(f"{k}={v}" for k, v in crash.items() if k != "guest")
        faults.append(f"guest {crash.get('guest')} was stopped: {details}")
    return faults


def the_payload(report):
    faults = []
    for work in report.works:
        where = f"{work['guest']}, {work['kind']}"
        for kind in ("lost", "duplicated", "corrupted"):
            if work[kind]:
                faults.append(f"{where}: {work[kind]} {kind}")
    return faults


def copies(report):
    """Each copy of a CPU's counters: (CPU, mark, counts, whether entries went on meanwhile)."""
    running = {guest["name"] for guest in report.guests if guest["state"] == "running"}
    for cpu, marks in sorted(report.counts.items()):
        for mark, counts in marks.items():
            yield cpu, mark, counts, mark == "now" and report.owner[cpu] in running
    for mark, snap in sorted(report.snaps.items()):
        for cpu, counts in sorted(snap.counts.items()):
            yield cpu, mark, counts, True


def the_sums(report):
    """Each entry has exactly one class, in each copy of the counters.

    Of a CPU that was not asked, the copy may be made between the entry's count and its class's.
    """
    faults = []
    for cpu, mark, counts, moving in copies(report):
        total = sum(counts[name] for name in CLASSES)
        if not 0 <= counts["ENTRIES"] - total <= (SLACK if moving else 0):
            faults.append(f"CPU {cpu}, mark {mark}: classes add up to {total}, "
                          f"entries are {counts['ENTRIES']}")
    return faults


def the_exits(report):
    """Where the emulator logs each exit in its order: every copy of the counters is what the log
    has up to there, reason by reason, and a mark is a call.
    """
    faults = []
    for cpu, mark, counts, moving in copies(report):
        entries = counts["ENTRIES"]
        if not entries:
            continue
        logged = report.exits[cpu].first(entries) if cpu in report.exits else None
        if logged is None:
            faults.append(f"CPU {cpu}, mark {mark}: the hypervisor counted {entries} entries, the "
                          f"emulator {report.exits[cpu].total if cpu in report.exits else 0}")
            continue
        faults += [f"CPU {cpu}, mark {mark}: the hypervisor counted {counted} {what}, the emulator "
                   f"{number}" for what, counted, number in
                   disagreements(counts, logged[0], SLACK if moving else 0)]
        if mark != "now" and not moving and logged[1] != VMCALL:
            faults.append(f"CPU {cpu}, mark {mark}: the emulator's {entries}-th exit is no call, "
                          f"its reason is {logged[1]}")
    return faults


def the_end(report):
    """Nothing that the hypervisor did not count was left when the machine ended."""
    running = {guest["name"] for guest in report.guests if guest["state"] == "running"}
    faults = []
    for cpu, marks in sorted(report.counts.items()):
        exits, last = report.exits.get(cpu), marks.get("now")
        if exits and last and last["ENTRIES"] <= exits.total:
            fault = end_fault(exits, last["ENTRIES"], report.owner[cpu] in running)
            if fault:
                faults.append(f"CPU {cpu}: the emulator logged more than the {last['ENTRIES']} "
                              f"entries that the hypervisor counted: {fault}")
    return faults


def the_witness(report):
    """The hypervisor's count of each phase equals the emulator's."""
    if not report.witness.get("witness"):
        return []
    faults = []
    for phase in report.phases():
        for cpu in sorted(report.counts):
            counted = report.delta(cpu, phase)
            if counted is None:
                # Every CPU has a part in a round trip; a stream may pass it by.
                if PHASES[phase].startswith("rtt"):
                    faults.append(f"CPU {cpu}, {PHASES[phase]}: not bracketed by its marks")
                continue
            logged = report.logged(cpu, phase)
            if logged is None:
                faults.append(f"CPU {cpu}, {PHASES[phase]}: no marks in the emulator's log")
            elif sum(logged.values()) != counted["ENTRIES"]:
                faults.append(f"CPU {cpu}, {PHASES[phase]}: the hypervisor counted "
                              f"{counted['ENTRIES']} entries, the emulator {logged}")
    return faults


def the_spans(report):
    """What the guests said of their workloads."""
    faults = list(report.odd)
    for span in report.spans:
        if span.errors:
            faults.append(f"guest {span.guest}: {span.name} reports {span.errors} errors")
        if not span.units:
            faults.append(f"guest {span.guest}: {span.name} did nothing")
    return faults


def the_spans_witness(report):
    """Of each CPU: all entries, and the stage-2 aborts among them, as the emulator has them."""
    if not report.witness.get("witness"):
        return []
    faults = []
    for span in report.spans:
        for cpu in span.cpus():
            where = f"CPU {cpu} ({span.last.owner[cpu]}), {span.guest}'s {span.name}"
            logged = span.logged(report.witness, cpu)
            if logged is None:
                faults.append(f"{where}: no marks in the emulator's log")
                continue
            if abs(logged[0] - span.entries(cpu)) > span.slack():
                faults.append(f"{where}: the hypervisor counted {span.entries(cpu)} entries, "
                              f"the emulator {logged[0]}")
            low, high = (sum(span.counts(cpu)[name] for name in classes)
                         for classes in (CLASSES_ABORT_ALL, CLASSES_ABORT))
            if not low - span.slack() <= logged[1] <= high + span.slack():
                faults.append(f"{where}: the hypervisor counted {low} to {high} accesses that it "
                              f"emulated, the emulator {logged[1]} aborts")
    return faults


def the_spans_promise(report):
    """No doorbell injected: no register of a link and no doorbell comes to the hypervisor."""
    if not report.silent():
        return []
    return [
        f"CPU {cpu} ({span.last.owner[cpu]}), {span.guest}'s {span.name}: {name.lower()} is "
        f"{span.counts(cpu)[name]} on the data path, expected 0"
        for span in report.spans if span.name not in REINITIALISES for cpu in span.cpus()
        for name in ("TRAP_R", "TRAP_W", "MSI", "IRQ") if span.counts(cpu)[name]
    ]


def the_promise(report):
    """No doorbell injected: no entry at all, on any CPU. Round trips: exactly what planc said.

    Who looks instead of being rung may sleep between two looks, which costs its timer.
    """
    faults = []
    if report.silent():
        asleep = "TIMER" if report.polled() else None
        faults = [
            f"CPU {cpu} ({report.owner[cpu]}), {PHASES[phase]}: "
            f"{entries} entries on the data path, expected none"
            for phase in report.phases() for cpu in sorted(report.counts)
            if (delta := report.delta(cpu, phase))
            and (entries := delta["ENTRIES"] - delta.get(asleep, 0))
        ]
    for phase in (p for p in report.phases() if PHASES[p].startswith("rtt")):
        faults += the_prediction(report, phase)
    return faults


def the_prediction(report, phase):
    predicted, counted, rounds = report.prediction(phase), report.sum(phase), report.rounds(phase)
    if predicted is None:
        return [f"{PHASES[phase]}: the plan predicts nothing for these guests"]
    # CPUs that run at once: a doorbell may still be on its way when its receiver sets a mark,
    # because the receiver had already seen what it tells.
    slack = 0 if report.witness.get("icount") or report.silent() else len(report.counts)
    return [
        f"{PHASES[phase]}: {name} is {counted[name]} in {rounds} round trips, "
        f"the plan says {each} each"
        for name, each in predicted.items() if abs(counted[name] - each * rounds) > slack
    ]
