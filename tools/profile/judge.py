"""What must hold of a run. Each function returns sentences, one for each thing that does not."""

from report import CLASSES, PHASES


def judge(report):
    faults = []
    for check in (the_run, the_guests, the_payload, the_sums, the_witness, the_promise):
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
    if not report.works:
        faults.append("no workload reported")
    return faults


def the_guests(report):
    faults = []
    for guest in report.guests:
        if guest["errors"]:
            faults.append(f"guest {guest['name']} ended with {guest['errors']} errors")
        if guest["state"] not in ("running", "done"):
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


def the_sums(report):
    """Each entry has exactly one class, in each snapshot."""
    faults = []
    for cpu, marks in sorted(report.counts.items()):
        for mark, counts in marks.items():
            total = sum(counts[name] for name in CLASSES)
            if total != counts["ENTRIES"]:
                faults.append(f"CPU {cpu}, mark {mark}: classes add up to {total}, "
                              f"entries are {counts['ENTRIES']}")
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


def the_promise(report):
    """No doorbell injected: no entry at all, on any CPU. Round trips: exactly what planc said."""
    faults = []
    if report.silent():
        faults = [
            f"CPU {cpu} ({report.owner[cpu]}), {PHASES[phase]}: "
            f"{report.delta(cpu, phase)['ENTRIES']} entries on the data path, expected none"
            for phase in report.phases() for cpu in sorted(report.counts)
            if (report.delta(cpu, phase) or {}).get("ENTRIES")
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
