"""A guest that attacks: it is stopped or gains nothing, and what its neighbours exchange goes on.

All boots run in real time: so the attack and the traffic do run at once.
"""

import json
import os
import re

import pytest
from conftest import ROOT, TRANSPORTS, boot, build
from judge import the_payload, the_sums

NEIGHBOURS = ("hub", "left", "right")
EC_INSTRUCTION, EC_DATA = 0x20, 0x24
TRANSLATION, PERMISSION = 1, 3
PEER, HYP, TRANSLATER, ITS = 0x50000000, 0x60000000, 0x8090040, 0x8080000
STATUS = 0x70  # register of the window that traps
S1PTW = 0x80
ALIAS_EL0 = 0x40000000

# attack: (exception class, kind of fault, address or None)
MEMORY = {
    "peer-read": (EC_DATA, TRANSLATION, PEER),
    "peer-write": (EC_DATA, TRANSLATION, PEER + 0x1000),
    "hyp-read": (EC_DATA, TRANSLATION, HYP),
    "hyp-write": (EC_DATA, TRANSLATION, HYP + 0x10000),
    "counters-write": (EC_DATA, TRANSLATION, "counters"),
}
FETCH = {
    "exec-region": (EC_INSTRUCTION, PERMISSION, "buffers"),
    "translater-read": (EC_DATA, PERMISSION, TRANSLATER),
    "gic-frame": (EC_DATA, TRANSLATION, ITS + 8),
    "walk-peer": (EC_INSTRUCTION, TRANSLATION, None),
    "vectors-peer": (EC_INSTRUCTION, TRANSLATION, PEER + 0x200),
}
WINDOW = {
    "window-pair": (EC_DATA, TRANSLATION, "window"),
    "window-writeback": (EC_DATA, TRANSLATION, "window"),
    "window-exclusive": (EC_DATA, TRANSLATION, "window"),
    "window-zero": (EC_DATA, TRANSLATION, "window"),
    "window-fetch": (EC_INSTRUCTION, TRANSLATION, "window"),
}
FATAL = [("rogue-memory", "static", MEMORY), ("rogue-fetch", "static", FETCH),
         ("rogue-window", "lazy", WINDOW), ("rogue-window", "trap", WINDOW)]


def run(deployment, transport, *arguments):
    out = build(os.path.join("tests", "system", "deployments", deployment + ".dts"), transport)
    return boot(out, "--no-icount", "--timeout", "60", *arguments)


def attack_of(report, guest):
    """What the deployment has this guest do."""
    arguments = next(g["arguments"] for g in report.layout["guests"] if g["name"] == guest)
    return re.search(r"attack=(\S+)", arguments)[1]


def neighbours_held(report):
    """Their traffic went on: all of it came, whole, and with no entry where none is due."""
    states = {guest["name"]: (guest["state"], guest["errors"]) for guest in report.guests}
    assert states["left"] == ("done", 0) and states["right"] == ("done", 0)
    assert not the_payload(report) and not the_sums(report)
    assert sorted(w["phase"] for w in report.works if w["guest"] == "left") == [0, 1, 2, 3]
    assert not report.witness.get("hypervisor_bugs")
    if report.transport != "static":
        return
    for cpu in (c for c, owner in report.owner.items() if owner in NEIGHBOURS):
        for phase in report.phases():
            delta = report.delta(cpu, phase)
            assert delta is None or delta["ENTRIES"] == 0, (cpu, phase, delta)


def crashes(report):
    return {crash["guest"]: crash for crash in report.crashes}


def numbers(crash):
    return {key: int(crash[key], 16) for key in ("pc", "esr", "far", "gpa")}


def place(report, guest, name):
    """An address that the plan chose."""
    ranges = {row["what"]: int(row["base"], 16) for row in report.layout["memory"]}
    if name == "window":
        link = next(x for x in report.layout["links"] if x["name"] == f"con-{guest}")
        return int(link["window"], 16) + STATUS
    return ranges["hypervisor COUNTERS" if name == "counters" else f"link con-{guest} buffers"]


def stopped(report, guest, expected):
    """The crash record says who, where and why."""
    ec, kind, address = expected
    crash = crashes(report)[guest]
    found = numbers(crash)
    assert report.owner[int(crash["cpu"])] == guest
    assert found["esr"] >> 26 == ec, crash
    assert (found["esr"] & 0x3c) >> 2 == kind, crash
    if isinstance(address, str):
        address = place(report, guest, address)
    if address is not None:
        assert found["far"] == address, crash
        assert ec == EC_DATA or found["pc"] == address
    return found


def lines(report, guest):
    return re.findall(rf"^{guest}: (.*?)\r?$", report.console, re.MULTILINE)


@pytest.mark.parametrize("cpu", ("max", "neoverse-n1", "cortex-a72"))
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_survived(transport, cpu):
    report = run("rogue", transport, "--cpu", cpu)
    said = lines(report, "rogue")
    with open(os.path.join(ROOT, "guests", "rogue", "arm64", "registers.c"), encoding="utf-8") as file:
        names = re.findall(r'\.name = "([^"]+)"', file.read())
    names += ["smc-off", "hvc-off", "psci-garbage", "call-garbage", "translater-64bit", "el0-access", "el0-a32", "wfi-storm",
              "timer", "rings-garbage", "window-garbage"]
    for name in names:
        assert any(re.fullmatch(rf"attack {name}: .* 0 wrong", line) for line in said), said
    assert any(re.fullmatch(r"attacks end: \d+ rounds, 0 wrong", line) for line in said), said
    neighbours_held(report)
    assert not report.crashes


@pytest.mark.parametrize("deployment, transport, attacks", FATAL)
def test_stopped(deployment, transport, attacks):
    report = run(deployment, transport)
    guests = {attack_of(report, f"r{cpu}"): f"r{cpu}" for cpu in range(3, 8)}
    assert guests.keys() == attacks.keys()
    for attack, guest in guests.items():
        found = stopped(report, guest, attacks[attack])
        if attack == "walk-peer":  # the code's address, and what stage 1 was read from
            assert found["esr"] & S1PTW and found["gpa"] == PEER
        elif attacks[attack][1] == TRANSLATION:
            assert found["gpa"] == found["far"] & ~0xfff
    neighbours_held(report)


def test_the_addresses_that_are_attacked_are_true():
    """Pinned in rogue-memory.dts, but for the counters, which follow the hypervisor's image."""
    out = build("tests/system/deployments/rogue-memory.dts", "static")
    with open(os.path.join(out, "plan", "layout.json"), encoding="utf-8") as file:
        plan = json.load(file)
    ranges = {row["what"]: int(row["base"], 16) for row in plan["memory"]}
    assert (ranges["guest left"], ranges["hypervisor INIT"]) == (PEER, HYP)
    arguments = " ".join(guest["arguments"] for guest in plan["guests"])
    assert f"counters={ranges['hypervisor COUNTERS']:#x}" in arguments


@pytest.mark.parametrize("attack, transport",
                         (("flood", "static"), ("flood", "lazy"), ("hog", "static"),
                          ("spoof", "static")))
def test_flooded(attack, transport):
    """Spurious doorbells for everybody, chains without end for the hub: no entry, no loss. The
    traffic began under the flood."""
    report = run(f"rogue-{attack}", transport)
    assert report.console.index(f"attack {attack}: begins") < report.console.index("@work")
    assert report.console.index("@work") < report.console.index(f"attack {attack}: 0")
    neighbours_held(report)


def test_ticks_come_while_more_events_wait_than_there_are_list_registers():
    report = run("rogue-timer", "static")
    assert "timer: 100 ticks, 6 events at once" in lines(report, "r3")
    found = stopped(report, "r5", (EC_DATA, TRANSLATION, PEER + ALIAS_EL0))
    assert found["gpa"] == PEER
    neighbours_held(report)
