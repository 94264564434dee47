"""tools/profile and what tools/run counts on made-up input: what they must find, and must not."""

import json
import os
import re
import time

import pytest
from counts import COUNTS
from emulators import bochs
from emulators.qemu import Witness
from judge import judge
from report import Report, parse_line
from steps import Trace
from table import summary, workloads


def entry(name, cpu, esr=0, source=1, target=2):
    return (f"Taking exception 1 [{name}] on CPU {cpu}\n...from EL{source} to EL{target}\n"
            f"...with ESR {esr >> 26:#x}/{esr:#x}\n...with ELR 0x40000000\n"
            f"...to EL{target} PC 0x40400c00 PSTATE 0x3c9\n"
            f"Exception return from AArch64 EL2 to AArch64 EL1 PC 0x40000bb0\n")


MARK = 0x5A000002
RING = 0x5A000001
FAULT = 0x93820046


def test_counts_follow_the_abi():
    with open("core/abi.h", encoding="utf-8") as file:
        body = re.search(r"enum abi_count \{(.*?)\};", file.read(), re.DOTALL)[1]
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.DOTALL)
    assert tuple(re.findall(r"ABI_COUNT_(\w+)", body)[:-1]) == COUNTS


def test_witness_counts_between_marks():
    log = (entry("Hypervisor Call", 0, RING) + entry("Hypervisor Call", 0, MARK)
           + entry("Data Abort", 0, FAULT) + entry("IRQ", 0, MARK) + entry("IRQ", 1, MARK)
           + entry("Virtual IRQ", 0, MARK, target=1) + entry("Supervisor Call", 0, 0, 0, 1)
           + entry("Hypervisor Call", 0, MARK)).encode()
    witness = Witness()
    witness.feed(log)
    witness.close()
    cpus = witness.result()["cpus"]
    assert cpus["0"] == {"entries": 5, "marks": 2, "between": [
        {"HVC #1": 1}, {"Data Abort, EC 0x24": 1, "IRQ": 1}, {}],
        "moments": [{"0": [2, 0]}, {"0": [5, 1], "1": [1, 0]}]}
    assert cpus["1"] == {"entries": 1, "marks": 0, "between": [{"IRQ": 1}], "moments": []}


@pytest.mark.parametrize("size", (1, 7, 100, 4096))
def test_witness_does_not_mind_where_the_pipe_cuts(size):
    log = (entry("Hypervisor Call", 1, MARK) + entry("IRQ", 0) + entry("Data Abort", 0, FAULT)
           + entry("Hypervisor Call", 1, MARK)).encode() * 5
    whole, cut = Witness(), Witness()
    whole.feed(log)
    for start in range(0, len(log), size):
        cut.feed(log[start:start + size])
    whole.close()
    cut.close()
    assert cut.result() == whole.result()
    assert cut.result()["cpus"]["1"]["marks"] == 10


def test_witness_keeps_up():
    """A Linux guest under -icount logs far less than this in a second."""
    own = (entry("Supervisor Call", 1, 0x56000000, 0, 1) + entry("Data Abort", 1, 0x92000004, 0, 1)
           ).encode() * 20000
    witness = Witness()
    started = time.monotonic()
    for start in range(0, len(own), 65536):
        witness.feed(own[start:start + 65536])
    witness.close()
    assert witness.records == 40000 and not witness.cpus
    assert time.monotonic() - started < 1


def test_witness_sees_another_cpus_return_among_the_lines():
    lines = entry("Hypervisor Call", 0, MARK).splitlines(keepends=True)
    other = "Exception return from AArch64 EL2 to AArch64 EL1 PC 0x1\n"
    for place in (1, 2):
        witness = Witness()
        witness.feed("".join(lines[:place] + [other, other] + lines[place:]).encode())
        witness.close()
        assert witness.result()["cpus"]["0"]["marks"] == 1


def test_witness_reports_the_hypervisors_own_faults():
    witness = Witness()
    witness.feed(entry("Data Abort", 2, 0x96000046, source=2).encode())
    witness.close()
    assert witness.result()["hypervisor_bugs"] == {"Data Abort taken from EL2 on CPU 2": 1}


@pytest.mark.parametrize("line", [
    "rogue: @count cpu=0 guest=left mark=0 1 2 3",
    "rogue: @guest name=left state=crashed errors=1",
    "rogue: @crash guest=left cpu=1",
    "rogue: @boot frequency=1 ticks=1",
    "rogue: @snap mark=1 by=hub guest=rogue begin=ping cpu=0 owner=hub ticks=1 frequency=1 1 2",
    "rogue: @snap mark=1 by=rogue guest=rogue begin=ping cpu=0 owner=rogue ticks=1 frequency=1 1",
    "rogue: @work guest=left phase=0 kind=rtt-32-1024 rounds=1",
])
def test_a_guest_speaks_for_itself_alone(line):
    assert parse_line(line) is None


def test_lines_may_carry_the_multiplexers_prefix():
    line = "left: @work guest=left phase=0 kind=rtt-1-1 lost=0\r\n"
    assert parse_line(line) == ("work", {
        "guest": "left", "phase": "0", "kind": "rtt-1-1", "lost": "0"}, [])
    assert parse_line("@count cpu=1 mark=now 1 2 0x3")[2] == [1, 2, 3]
    assert parse_line("mail to someone@work today") is None


# ---- a whole made-up run: one round-trip phase of 10 rounds on two CPUs -------------------------

ROUNDS = 10


def counts(**values):
    values.setdefault("ENTRIES", sum(values.get(name, 0) for name in COUNTS[1:14]))
    return " ".join(str(values.get(name, 0)) for name in COUNTS)


def scene(tmp_path, transport="trap", per_round=None, **changes):
    """Writes a folder as tools/run leaves it. per_round: entries of CPU 0 for one round trip."""
    per_round = {"TRAP_W": 1} if per_round is None else per_round
    first = {"CALL": 3, "SYSREG": 2}
    last = {"CALL": 4, "SYSREG": 2, **{k: v * ROUNDS for k, v in per_round.items()}}
    per_round_total = sum(per_round.values())
    total = per_round_total * ROUNDS
    work = {"sent": ROUNDS, "received": ROUNDS, "lost": 0, "duplicated": 0, "corrupted": 0,
            "bytes": 100, "ticks": 1000, "frequency": 62500000, **changes.get("work", {})}
    lines = [
        f"@count cpu=0 guest=ping mark=0 {counts(**first)}",
        f"@count cpu=0 guest=ping mark=1 {counts(**last)}",
        f"@count cpu=0 guest=ping mark=now {counts(**last)}",
        f"@guest name=ping state={changes.get('state', 'done')} errors={changes.get('errors', 0)}",
        f"ping: @work guest=ping phase=0 kind=rtt-32-1024 rounds={ROUNDS} "
        + " ".join(f"{k}={v}" for k, v in work.items()),
        f"pong: @work guest=pong phase=0 kind=rtt-32-1024 rounds={ROUNDS} sent=0 received=0 "
        "lost=0 duplicated=0 corrupted=0 bytes=0 ticks=0 frequency=62500000",
    ] + changes.get("lines", [])
    logged = changes.get("logged", total)
    witness = {"cpus": {"0": {"entries": total + 7, "marks": 2, "between": [
        {"IRQ": 5}, {"IRQ": logged} if logged else {}, {}]}}, "records": 9,
        "hypervisor_bugs": {}, "error": None, "icount": True, "witness": True}
    out = tmp_path / transport
    os.makedirs(out / "plan")
    (out / "console.txt").write_text("\n".join(lines) + "\n")
    (out / "witness.json").write_text(json.dumps(witness))
    trip = {"from": "ping", "to": "pong", "entries": changes.get("predicted", per_round_total)}
    (out / "plan" / "layout.json").write_text(json.dumps({"round_trips": [trip]}))
    return Report(str(out))


def test_a_good_run_has_no_faults(tmp_path):
    assert judge(scene(tmp_path)) == []
    assert judge(scene(tmp_path, "static", {})) == []


def test_the_table_shows_entries_per_round_trip(tmp_path):
    report = scene(tmp_path, per_round={"TRAP_W": 4, "KICK": 2, "MSI": 1})
    assert judge(report) == []
    title, row = summary([report])
    figures = dict(zip(title, row))
    assert figures["TRAP(W)"] == "4" and figures["MSI"] == "1" and figures["entries"] == "7"
    assert figures["others"] == "kick 2" and figures["payload"] == "all held"
    assert figures["instructions"] == "1600"


@pytest.mark.parametrize("changes, said", (
    ({"logged": 9}, "the emulator"),
    ({"predicted": 2}, "the plan says 2"),
    ({"work": {"lost": 3}}, "3 lost"),
    ({"work": {"corrupted": 1}}, "1 corrupted"),
    ({"work": {"duplicated": 2}}, "2 duplicated"),
    ({"errors": 4}, "4 errors"),
    ({"state": "crashed"}, "is crashed"),
    ({"lines": ["@crash guest=pong cpu=1 pc=0x1 esr=0x2"]}, "guest pong was stopped: cpu=1"),
    ({"lines": ["@count cpu=0 guest=ping mark=2 1 2"]}, "not a line of the profile"),
    ({"lines": ["@count cpu=2 guest=x mark=0 " + counts(ENTRIES=9, TRAP_R=1)]}, "add up to 1"),
))
def test_each_fault_is_found(tmp_path, changes, said):
    faults = judge(scene(tmp_path, **changes))
    assert any(said in fault for fault in faults), faults


def test_one_entry_on_the_data_path_is_a_fault(tmp_path):
    faults = judge(scene(tmp_path, "lazy", {"FAULT": 1}))
    assert any("10 entries on the data path, expected none" in fault for fault in faults)


def test_silence_is_not_success(tmp_path):
    report = scene(tmp_path, "static", {})
    report.counts, report.works = {}, []
    assert {"static: the guests printed no counters", "static: no workload reported"} <= set(
        judge(report))


# ---- workloads that guests say on their consoles, on two CPUs: the hub's and the guest's ---------

UNITS = 10
BEFORE = {"TRAP_R": 5, "CALL": 1, "TIMER": 7}


def snap(mark, what, cpu, classes, **changes):
    entries = sum(classes.values())
    numbers = " ".join(str(entries if n == "ENTRIES" else classes.get(n, 0)) for n in COUNTS)
    owner = ("hub", "linux")[cpu]
    return (f"@snap mark={mark} by=hub guest=linux {what} cpu={cpu} owner={owner} "
            f"ticks={1000 * mark} frequency=1000{changes.get('loose', '')} {numbers}")


def said(tmp_path, transport="lazy", per_unit=None, **changes):
    """A run with one workload. per_unit: entries of CPU 1 for one unit."""
    per_unit = {"TIMER": 2, "GIC": 1} if per_unit is None else per_unit
    after = {n: BEFORE.get(n, 0) + UNITS * per_unit.get(n, 0) for n in {*BEFORE, *per_unit}}
    name = changes.get("name", "ping")
    end = f"end={name} units={changes.get('units', UNITS)} errors={changes.get('errors', 0)}"
    begins = [snap(1, f"begin={name}", 0, {"CALL": 1}), snap(1, f"begin={name}", 1, BEFORE)]
    ends = [snap(3, end, 0, {"CALL": 3}), snap(3, end, 1, after, **changes)]
    lines = begins * changes.get("begun", True) + ends * changes.get("ended", True) + [
        f"@count cpu=0 guest=hub mark=now {counts(CALL=3)}",
        f"@count cpu=1 guest=linux mark=now {counts(**after)}",
        "@guest name=hub state=running errors=0",
        f"@guest name=linux state=off errors=0{changes.get('said', ' said=done')}",
    ] + changes.get("lines", [])
    first, last = sum(BEFORE.values()), sum(after.values())
    aborts = UNITS * sum(per_unit.get(n, 0) for n in ("TRAP_R", "TRAP_W", "GIC"))
    moments = [{"0": [1, 0], "1": [first, 5]}, {"0": [2, 0], "1": [first + 1, 5]},
               {"0": [3, 0], "1": [last + changes.get("unlogged", 0),
                                   5 + aborts + changes.get("unaborted", 0)]}]
    witness = {"cpus": {"0": {"entries": 3, "marks": 3, "between": [], "moments": moments},
                        "1": {"entries": last, "marks": 0, "between": [], "moments": []}},
               "records": 9, "hypervisor_bugs": {}, "error": None, "icount": True, "witness": True}
    out = tmp_path / transport
    os.makedirs(out / "plan")
    (out / "console.txt").write_text("\r\n".join(lines) + "\r\n", newline="")
    (out / "witness.json").write_text(json.dumps(witness))
    (out / "plan" / "layout.json").write_text(json.dumps({"routes": changes.get("routes", [])}))
    return Report(str(out))


def test_a_good_workload_has_no_faults(tmp_path):
    report = said(tmp_path)
    assert judge(report) == []
    assert [(s.guest, s.name, s.units, s.entries(1), s.counts(0)["ENTRIES"])
            for s in report.spans] == [("linux", "ping", UNITS, 30, 0)]
    title, row, reference = workloads([report])
    figures = dict(zip(title, row))
    assert figures["entries"] == "3" and figures["others"] == "timer 2, gic 1"
    assert figures["TRAP(W)"] == "0" and figures["work"] == "held"
    assert dict(zip(title, reference))["TRAP(R)"] == "1.74" and "KVM" in reference[0]


@pytest.mark.parametrize("changes, faults", (
    ({"unlogged": 1}, None),
    ({"unlogged": 2}, "CPU 1 (linux), linux's ping: the hypervisor counted 30 entries, the emulator"),
    ({"unlogged": -2}, "the emulator 28"),
    ({"unlogged": 8, "loose": " loose=1"}, None),
    ({"unaborted": 2}, "0 to 10 accesses that it emulated, the emulator 12 aborts"),
    ({"per_unit": {"TRAP_W": 1}}, "trap_w is 10 on the data path, expected 0"),
    ({"per_unit": {"IRQ": 1, "TIMER": 1}}, "irq is 10 on the data path"),
    ({"per_unit": {"TRAP_W": 1}, "name": "reload"}, None),
    ({"per_unit": {"TRAP_W": 1}, "routes": [{"kind": "inject"}]}, None),
    ({"per_unit": {"TRAP_W": 1}, "transport": "trap"}, None),
    ({"per_unit": {"TRAP_W": 1}, "transport": "trap", "unaborted": -2}, "10 to 10 accesses"),
    ({"errors": 2}, "ping reports 2 errors"),
    ({"units": 0}, "ping did nothing"),
    ({"ended": False}, "ping began and did not end"),
    ({"begun": False}, "ping ended and did not begin"),
    ({"ended": False, "name": "reboot"}, "no workload reported"),
    ({"said": ""}, "guest linux is off"),
    ({"lines": ["@guest name=third state=crashed errors=0 said=done"]}, "third is crashed"),
    ({"lines": ["@snap mark=9 by=hub guest=linux cpu=0"]}, "not a line of the profile"),
    ({"lines": ["linux: text\r@count cpu=7 guest=x mark=now 1"]}, None),
))
def test_each_fault_of_a_workload_is_found(tmp_path, changes, faults):
    found = judge(said(tmp_path, **changes))
    assert any(faults in fault for fault in found) if faults else found == [], found


def test_trace_counts_the_steps_of_each_entry():
    step = "Trace {}: 0x7fd54008a580 [0000000000200008/0000000040211c00/00000061/ff020201] \n"
    back = "Exception return from AArch64 EL2 to AArch64 EL1 PC 0x40000bb0\n"
    log = [
        *entry("Data Abort", 0, 0x93810007).splitlines(keepends=True)[:3],
        "...with FAR 0x41000ff0\n", step.format(0), step.format(0),
        # another CPU enters before the first has returned
        *entry("Hypervisor Call", 1, RING).splitlines(keepends=True)[:5], step.format(1),
        step.format(0), back, step.format(1), back,
        *entry("IRQ", 0, RING).splitlines(keepends=True)[:5], step.format(0), back,
        *entry("Virtual IRQ", 0, 0, target=1).splitlines(keepends=True)[:5],
    ]
    tracer = Trace()
    for line in log:
        tracer.line(line.encode())
    assert dict(tracer.costs) == {
        "InterruptStatus read": [3], "HVC #1": [2], "interrupt from another CPU": [1]}


# ---- Bochs: no marks, each VM exit in its order --------------------------------------------------

def bochs_log(*exits):
    """(CPU, reason) each, as Bochs logs them among other messages."""
    return "".join(
        f"[CPU{cpu}  ] VMEXIT reason = {reason} (NAME{reason}) qualification=0x{reason:x}\n"
        f"[CPU{cpu}  ] VMEXIT: saving guest state\n" for cpu, reason in exits).encode()


@pytest.mark.parametrize("size", (1, 7, 4096))
def test_bochs_exits_are_kept_in_their_order(size):
    log = bochs_log((0, 18), (0, 18), (1, 48), (0, 1), (0, 18)) + (
        b"[UNMAP ] >>PANIC<< Shutdown port: shutdown requested\n")
    witness = bochs.Witness()
    for start in range(0, len(log), size):
        witness.feed(log[start:start + size])
    witness.close()
    assert witness.result() == {
        "cpus": {"0": {"entries": 4, "exits": [[18, 2], [1, 1], [18, 1]]},
                 "1": {"entries": 1, "exits": [[48, 1]]}},
        "records": 5, "reasons": {"1": "NAME1", "18": "NAME18", "48": "NAME48"}}
    assert witness.powered_off()


def test_bochs_that_fails_is_not_switched_off():
    witness = bochs.Witness()
    witness.feed(b"[CPU0  ] >>PANIC<< exception(): 3rd (14) exception with no resolution\n")
    witness.close()
    assert not witness.powered_off() and b"3rd (14)" in witness.panics[0]


FIRST, LAST = {"SYSREG": 2, "CALL": 1}, {"SYSREG": 2, "TRAP_R": 10, "TRAP_W": 10, "CALL": 2}
# CPUID twice, a mark; ten reads and writes that trapped, a mark; the end.
LOGGED = [[10, 2], [18, 1], [48, 20], [18, 2]]


def seen_by_bochs(tmp_path, logged=None, first=None, last=None, state="done"):
    """A run of one CPU with one workload of ten round trips, in transport trap."""
    first, last = counts(**(first or FIRST)), counts(**(last or LAST))
    lines = [
        f"@count cpu=0 guest=ping mark=0 {first}", f"@count cpu=0 guest=ping mark=1 {last}",
        f"@count cpu=0 guest=ping mark=now {last}", f"@guest name=ping state={state} errors=0",
        f"@work guest=ping phase=0 kind=rtt-32-1024 rounds={ROUNDS} sent=10 received=10 lost=0 "
        "duplicated=0 corrupted=0 bytes=100 ticks=1000 frequency=1000",
    ]
    logged = LOGGED if logged is None else logged
    witness = {"cpus": {"0": {"entries": 0, "exits": logged}} if logged else {}, "records": 1,
               "reasons": {"48": "EPT violation"}, "error": None, "icount": False, "witness": True}
    out = tmp_path / "trap"
    os.makedirs(out / "plan")
    (out / "console.txt").write_text("\n".join(lines) + "\n")
    (out / "witness.json").write_text(json.dumps(witness))
    trip = {"from": "ping", "to": "ping", "entries": 2}
    (out / "plan" / "layout.json").write_text(json.dumps({"round_trips": [trip]}))
    return Report(str(out))


def test_bochs_and_the_hypervisor_agree(tmp_path):
    report = seen_by_bochs(tmp_path)
    assert judge(report) == []
    assert report.logged(0, 0) == {"EPT violation": 20}


@pytest.mark.parametrize("logged, said", (
    ([], "mark 0: the hypervisor counted 3 entries, the emulator 0"),
    ([[10, 2], [18, 1], [48, 19], [18, 1]], "counted 24 entries, the emulator 23"),
    # an exit that was not counted
    ([[10, 2], [18, 1], [48, 21], [18, 2]], "mark 1: the hypervisor counted 2 calls, the emulator 1"),
    ([[10, 2], [18, 1], [48, 21], [18, 2]], "mark 1: the emulator's 24-th exit is no call"),
    ([[10, 2], [12, 1], [18, 1], [48, 20], [18, 2]], "mark 0: the emulator's 3-th exit is no call"),
    # counted as something else
    ([[10, 2], [18, 1], [48, 15], [56, 5], [18, 2]],
     "counted 0 interrupt-controller accesses, the emulator 5"),
    ([[10, 1], [48, 1], [18, 1], [48, 20], [18, 2]],
     "mark 0: the hypervisor counted 2 instructions, the emulator 1"),
    ([[10, 2], [18, 1], [48, 20], [18, 9]], "more than the 24 entries that the hypervisor counted"),
    ([[10, 2], [18, 1], [48, 20], [18, 1], [12, 1]], "1 of reason 12"),
))
def test_a_wrong_witness_is_found(tmp_path, logged, said):
    faults = judge(seen_by_bochs(tmp_path, logged))
    assert any(said in fault for fault in faults), faults


@pytest.mark.parametrize("rest, faults", (
    ([[18, 3], [1, 2], [32, 1]], 0), ([[30, 7]], 1), ([[32, 17]], 1), ([[48, 1], [18, 1]], 1)))
def test_who_still_runs_may_do_little_more(tmp_path, rest, faults):
    report = seen_by_bochs(tmp_path, LOGGED[:-1] + [[18, 1]] + rest, state="running")
    assert len(judge(report)) == faults


def test_a_class_that_no_exit_explains_is_found(tmp_path):
    last = {**LAST, "TRAP_W": 9, "TIMER": 1}
    faults = judge(seen_by_bochs(tmp_path, last=last))
    assert any("mark 1: the hypervisor counted 1 interrupts, the emulator 0" in fault
               for fault in faults), faults
