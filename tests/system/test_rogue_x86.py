"""A guest that attacks, on x86_64: it is stopped or gains nothing, and what its neighbours exchange
goes on, without an entry of theirs.

What a gate page can do from each of its bytes is decoded by tools/prove; here the page is entered at
all instructions that come back, and at some bytes that do not: those end the guest, one in each run.
"""

import json
import os
import re

import pytest
from conftest import ROOT, boot, build
from test_rogue import lines, neighbours_held

DEPLOYMENTS = os.path.join("tests", "system", "deployments")
EPT_VIOLATION, TRIPLE_FAULT = 0x30, 2
LEFT, HYP = 0x8000000, 0x4000000  # pinned in rogue-x86-memory.dts
APIC = 0xfee00000
PAGE = 0x1000
GATE = 0x300  # the first one, in its page
DESCRIPTOR = 5 * PAGE  # in the gate view, from the gate page

# Each group: five attacks, each with the exit that ends it, and the address or None.
MEMORY = [(f"peer-read peer={LEFT:#x}", EPT_VIOLATION, LEFT),
          (f"peer-write peer={LEFT:#x}", EPT_VIOLATION, LEFT + PAGE),
          (f"hyp-read hyp={HYP:#x}", EPT_VIOLATION, HYP),
          (f"hyp-write hyp={HYP:#x}", EPT_VIOLATION, HYP + 0x10000),
          ("view-write", EPT_VIOLATION, None)]
FETCH = [(f"jump-peer peer={LEFT:#x}", EPT_VIOLATION, LEFT),
         (f"walk-peer peer={LEFT:#x}", EPT_VIOLATION, LEFT),
         (f"idt-peer peer={LEFT:#x}", EPT_VIOLATION, LEFT),
         (f"stack-peer peer={LEFT:#x}", EPT_VIOLATION, LEFT),
         ("exec-region", EPT_VIOLATION, "buffers")]
PLACES = [(f"peer-read peer={place:#x}", EPT_VIOLATION, place)
          for place in (PAGE, 0xfec00000, APIC + PAGE, 0x10000000, 0x100000000)]
OWNED = [("page-write", EPT_VIOLATION, None),
         ("counters-write counters={COUNTERS:#x}", EPT_VIOLATION, "COUNTERS"),
         ("peer-read peer={VMX:#x}", EPT_VIOLATION, "VMX"),
         ("hyp-read hyp={TABLES:#x}", EPT_VIOLATION, "TABLES"),
         ("apic-walk", None, None)]
GATES = [("gate-step", TRIPLE_FAULT, None),
         ("gate-walk", EPT_VIOLATION, None),
         ("gate-compatibility", TRIPLE_FAULT, None),
         ("gate-interrupts ms=2000", TRIPLE_FAULT, None),
         ("triple-fault", TRIPLE_FAULT, None)]
# Not where the APIC is: Bochs ends at a read of it that is wider than a register.
TABLES = [(f"gate-idt offset={offset:#x}", TRIPLE_FAULT, None)
          for offset in (0, GATE, 0x800, DESCRIPTOR, PAGE)]
STORES = [(f"gate-store offset={offset:#x}", TRIPLE_FAULT, None)
          for offset in (0, GATE + 1, GATE + 0x6d, GATE + 0x89, GATE + 0xca)]
MORE_STORES = [(f"gate-store offset={offset:#x}", TRIPLE_FAULT, None)
               for offset in (GATE + 0x6f, GATE + 0x73, GATE + 0xce, GATE + 0xd4, 0xffd)]
GROUPS = {"memory": MEMORY, "fetch": FETCH, "places": PLACES, "owned": OWNED, "gates": GATES,
          "tables": TABLES, "stores": STORES, "more-stores": MORE_STORES}


def deployment(base, name, guests):
    """One that changes what the guests of another one do."""
    path = os.path.join("build", "test-rogue", f"rogue-x86-{name}.dts")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    changed = "".join(f"{guest} {{ {text} }};\n" for guest, text in guests.items())
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'/dts-v1/;\n/include/ "../../{DEPLOYMENTS}/{base}.dts"\n'
                   f"/ {{ guests {{\n{changed}}}; }};\n")
    return path


def does(attack):
    return f'override = "arguments"; arguments = "attack={attack}";'


def places(out):
    """Where what the plan chose lies: the first range of each kind."""
    with open(os.path.join(out, "plan", "layout.json"), encoding="utf-8") as file:
        plan = json.load(file)
    found = {}
    for row in plan["memory"]:
        what = row["what"].split(",")[0].removeprefix("hypervisor ")
        found.setdefault(what, int(row["base"], 16))
    return found


@pytest.fixture(scope="module", name="first_places")
def fixture_first_places():
    return places(build(f"{DEPLOYMENTS}/rogue-x86-memory.dts", "static"))


@pytest.mark.parametrize("group", GROUPS)
def test_stopped(group, first_places):
    guests = {f"r{cpu}": attack for cpu, attack in zip(range(3, 8), GROUPS[group])}
    out = build(deployment("rogue-x86-memory", group, {
        guest: does(attack[0].format(**first_places)) for guest, attack in guests.items()}),
        "static")
    now = places(out)
    report = boot(out, "--timeout", "240")
    crashes = {crash["guest"]: crash for crash in report.crashes}
    for guest, (_, reason, address) in guests.items():
        crash = crashes[guest]
        assert report.owner[int(crash["cpu"])] == guest
        if isinstance(address, str):
            assert address not in first_places or now[address] == first_places[address]
            address = now.get(address, now.get(f"link con-{guest} {address}"))
        assert reason is None or int(crash["exit"], 16) == reason, crash
        assert address is None or int(crash["gpa"], 16) & ~0xfff == address, crash
    neighbours_held(report)


def attack_names(*files):
    """Of those that survive."""
    for file in files:
        with open(os.path.join(ROOT, "guests", "rogue", file), encoding="utf-8") as text:
            yield from re.findall(r'\{\.name = "([^"]+)", \.run = \w+\}', text.read())


def test_survived():
    report = boot(build(f"{DEPLOYMENTS}/rogue-x86.dts", "static"), "--timeout", "300")
    said = lines(report, "rogue")
    for name in attack_names("calls.c", "rings.c", *(f"x86_64/{file}.c" for file in (
            "gate", "apic", "control", "io"))):
        assert any(re.fullmatch(rf"attack {name}: .* 0 wrong", line) for line in said), (name, said)
    assert any(re.fullmatch(r"attacks end: \d+ rounds, 0 wrong", line) for line in said), said
    neighbours_held(report)
    assert not report.crashes


@pytest.mark.parametrize("attack", ("spoof ms=500", "shadow", "gate-entry offset=0x387"))
def test_alone(attack):
    """Bare notifications; frames in others' names; a step where none can be."""
    name = attack.split()[0]
    report = boot(build(deployment("rogue-x86", name, {"rogue": does(attack)}), "static"),
                  "--timeout", "240")
    assert f"attack {name}: begins" in lines(report, "rogue")
    neighbours_held(report)


def test_who_hangs_hangs_alone():
    """For ever asleep, in faults: nobody waits for them, their CPUs are theirs."""
    hang = {guest: does(attack) + " /delete-property/ workload;"
            for guest, attack in (("r3", "halt"), ("r4", "fault-loop"))}
    hang |= {"r5": does("halt"), "r6": does("ids"), "r7": does("msrs")}
    hang["r5"] += " /delete-property/ workload;"
    report = boot(build(deployment("rogue-x86-memory", "hang", hang), "static"), "--timeout", "240")
    states = {guest["name"]: guest["state"] for guest in report.guests}
    assert [states[guest] for guest in ("r3", "r4", "r5", "r6", "r7")] == [
        "running", "running", "running", "done", "done"]
    neighbours_held(report)
