"""A Linux guest whose root attacks with all that he was given: the harm is his own."""

import collections
import time

import pytest
from conftest import build
from report import Report
from linux_guests import FINISHED, layout, starts, states_of, steady, work
from machine import Link, watch
from test_terminal import START, Terminal

DEPLOYMENTS = "tests/system/deployments"
# What each life of the guest does, and in which units; see guests/linux/harm.
LIFE = [("ping", 100, 0), ("harm-window", 200, 0), ("harm-rings", 20, 0), ("harm-bells", 100, 0),
        ("harm-pins", 328, 0), ("harm-its", 300, 0)]
OF_ITS = ("harm-pins", "harm-its")  # with trap the guest has neither
TRANSLATER = 0x8090040
ABORT_TRANSLATION = 0x24 << 26 | 1 << 2  # a data access of the guest, to what is not mapped
SYNDROME_KIND = 0x3f << 26 | 0xf << 2
CHOOSE_HOSTILE = b"\x1d3"


class Breaks:
    """How often each link's device side was seen to have given up on its rings."""

    def __init__(self, links):
        self.links, self.seen = links, collections.Counter()

    def __call__(self, machine):
        for plan in self.links:
            if plan["type"] == "net" and Link(machine, plan).bad_rings():
                self.seen[plan["name"]] += 1


@pytest.mark.parametrize("transport", ("lazy", "trap"))
def test_root_harms_himself_alone(transport):
    """Garbage wherever the guest can write: its own device sides refuse it, the neighbours' traffic
    goes on, and the guest works when its driver, or it itself, starts anew."""
    out = build(f"{DEPLOYMENTS}/linux-harm.dts", transport)
    breaks = Breaks(layout(out)["links"])
    report = watch(out, breaks, 0.02, "--timeout", "240")
    steady(report)
    assert not report.crashes
    # That of a neighbour ends when it powers itself off, and not before: its work was whole.
    assert breaks.seen["net-hostile"] > breaks.seen["net-steady"]
    life = LIFE if transport == "lazy" else LIFE[:-len(OF_ITS)] + [(n, 0, 1) for n in OF_ITS]
    done = [(span.name, span.units, span.errors) for span in report.spans
            if span.guest == "hostile"]
    assert len(done) > len(life) and starts(report)["hostile"] > 1, done
    assert done == (life * len(done))[:len(done)]


def test_what_is_not_his_ends_him():
    """The doorbell of the ITS: the guest ends there, the neighbours do not notice. A person at the
    terminal starts it again."""
    out = build(f"{DEPLOYMENTS}/linux-crash.dts", "lazy")
    terminal = Terminal(out)
    try:
        terminal.expect(rb"hostile: round-trip")
        terminal.type(CHOOSE_HOSTILE + START)
        while b"ok" not in terminal.expect(rb"start hostile: (?:ok|not)"):  # it still runs
            time.sleep(1)
            terminal.type(START)
        terminal.expect(rb"hostile: init: Linux")
        terminal.expect(rb"hostile: round-trip")
        terminal.expect(rb"0 pings lost, 0 transfers wrong")
        terminal.run.stdout.read()  # to the end
    finally:
        terminal.close()
    assert terminal.run.returncode == 0
    report = Report(out)
    states = states_of(report)
    assert states["steady"] in FINISHED and states["server"] == ("running", None, 0), states
    (fault,) = report.crashes
    assert fault["guest"] == "hostile" and report.owner[int(fault["cpu"])] == "hostile"
    assert int(fault["gpa"], 16) == TRANSLATER & ~0xfff
    assert int(fault["esr"], 16) & SYNDROME_KIND == ABORT_TRANSLATION
    assert work(report, "hostile")["ping"] == [(100, 0), (100, 0)]
