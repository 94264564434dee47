"""Unmodified Linux guests: what their links cost, and where their drivers' memory lies."""

import collections
import re

import pytest
from conftest import ROOT, boot, build, held
from counts import COUNTS
from linux_guests import layout
from machine import UP, Link, watch

DEPLOYMENT = "qemu-arm64-linux"
TRANSPORTS = ("lazy", "trap")
WORK = ["ping", "rr", "send", "receive", "stream", "iperf-send", "iperf-receive", "console"]
# What Linux asks of its own accord: its ticks, its interrupts between CPUs.
LINUX = {"TIMER", "IPI", "KICK"}
# A ping through the hub: two guests, each of which sends once and is interrupted twice, once for
# what it sent. InterruptStatus, InterruptACK, QueueNotify.
PING = {"TRAP_R": 4, "TRAP_W": 6, "CHECK_IRQ": 4, "ACK_IRQ": 4, "NOTIFY": 2}
ACCESS_PLATFORM = 1 << 33
COUNTERS_HEAD = 16  # struct abi_counters up to the first CPU's
BOOT_SECONDS = 10  # of all guests, by their own clocks


class Samples:
    """Of all links: what their rings name, while the guests work."""

    def __init__(self, plan):
        self.links = plan["links"]
        base = next(int(row["base"], 16) for row in plan["memory"]
                    if row["what"] == "hypervisor COUNTERS")
        self.calls = base + COUNTERS_HEAD + 8 * COUNTS.index("CALL")
        self.outside, self.features, self.broken = [], {}, set()
        self.names = collections.Counter()  # addresses looked at
        self.marks = collections.Counter()  # samples with all links up, by the hub's last mark

    def __call__(self, machine):
        links = [Link(machine, plan) for plan in self.links]
        for link in links:
            if link.bad_rings():
                self.broken.add(link.plan["name"])
            if link.state == UP:
                outside, count = link.outside()
                self.outside += outside
                self.names[link.plan["name"]] += count
                self.features[link.plan["name"]] = link.features
        if all(link.state == link.device_state == UP for link in links):
            self.marks[int.from_bytes(machine.read(self.calls, 8), "little")] += 1

    def during(self, report, name):
        """Samples while a workload ran. The hub's CPU is the first; its only calls are marks."""
        span = next(span for span in report.spans if span.name == name)
        return sum(self.marks[mark] for mark in range(span.first.mark, span.last.mark))


@pytest.fixture(scope="module", name="runs")
def all_runs():
    """{transport: (report, samples)}"""
    runs = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        for transport in TRANSPORTS:
            out = build(DEPLOYMENT, transport)
            samples = Samples(layout(out))
            runs[transport] = watch(out, samples, 0.002, "--timeout", "240"), samples
    return runs


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_all_of_the_work(runs, transport):
    """Whole, and as both the hypervisor and the emulator count it."""
    report, _ = runs[transport]
    held(report)
    assert [(span.guest, span.name) for span in report.spans] == [("right", n) for n in WORK]


def test_both_kernels(runs):
    for report, _ in runs.values():
        kernels = dict(re.findall(r"^(\w+): init: Linux (\d+\.\d+)", report.console, re.MULTILINE))
        assert kernels == {"left": "6.1", "right": "6.12"}
        seconds = report.boot["ticks"] / report.boot["frequency"] + max(
            float(s) for s in re.findall(r": init: Linux \S+ (\S+) s", report.console))
        print(f"{report.transport}: all guests in init after {seconds:.2f} s")
        assert 0 < seconds < BOOT_SECONDS


def test_lazy_is_silent(runs):
    """No access to any register of any device, by either witness, on any CPU."""
    report, _ = runs["lazy"]
    for span in report.spans:
        assert span.units > 0
        for cpu in span.cpus():
            entered = {name for name, n in span.counts(cpu).items() if n} - {"ENTRIES"}
            assert entered <= LINUX, (span.name, cpu, entered)
            assert span.logged(report.witness, cpu)[1] == 0, (span.name, cpu)


def test_trap_is_not(runs):
    """So that the zeros of lazy are not those of who does not count."""
    report, _ = runs["trap"]
    ping = next(span for span in report.spans if span.name == "ping")
    for name, each in PING.items():
        assert ping.total()[name] == pytest.approx(each * ping.units, rel=0.05), name
    aborts = sum(ping.logged(report.witness, cpu)[1] for cpu in ping.cpus())
    assert aborts == pytest.approx(10 * ping.units, rel=0.05)


def test_rings_name_nothing_outside_the_window(runs):
    for transport, (report, samples) in runs.items():
        during = {name: samples.during(report, name) for name in WORK}
        print(f"{transport}: samples {during}, addresses {dict(samples.names)}")
        assert samples.outside == [] and not samples.broken
        assert all(features & ACCESS_PLATFORM for features in samples.features.values())
        assert len(samples.features) == len(samples.links)
        assert all(count > 1000 for count in samples.names.values())
        assert during["stream"] + during["iperf-send"] + during["iperf-receive"] >= 100


def test_64_mib_are_enough():
    out = build("tests/system/deployments/linux-small.dts", "lazy")
    report = boot(out)
    held(report)
    sizes = {guest["name"]: guest["ram_size"] for guest in report.layout["guests"]}
    assert sizes["left"] == sizes["right"] == 64 << 20
    assert [span.name for span in report.spans] == ["ping", "send", "receive"]
