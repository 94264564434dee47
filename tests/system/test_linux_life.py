"""A Linux guest whose driver and kernel come and go: nobody else loses anything."""

import pytest
from conftest import ROOT, boot, build
from linux_guests import starts, steady, work

LIVES = 5
ROUNDS = 2  # of the deployments, in each life
IDLE_ENTRIES = 300  # of a CPU, in a second without work; Linux's own ticks


@pytest.fixture(scope="module", name="report")
def life():
    out = build("tests/system/deployments/linux-life.dts", "lazy")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return boot(out, "--timeout", "240")


def test_others_are_whole(report):
    steady(report)
    assert not report.crashes


def test_reboots(report):
    """Each life's pings are answered, all of them."""
    assert starts(report)["changing"] > LIVES
    assert starts(report)["server"] == starts(report)["steady"] == 1
    pings = work(report, "changing")["ping"]
    assert len(pings) >= LIVES and set(pings) == {(200, 0)}


@pytest.mark.parametrize("what", ("reload", "unbind"))
def test_driver_comes_back(report, what):
    """Under the pings of a peer, which the guest answers when its driver is there again."""
    rounds = work(report, "changing")[what]
    assert len(rounds) >= LIVES and set(rounds) == {(ROUNDS, 0)}


def test_idle_is_no_entry_but_ticks(report):
    idle = [span for span in report.spans if span.name == "idle"]
    assert idle
    for span in idle:
        for cpu in (cpu for cpu in span.cpus() if span.last.owner[cpu] == "changing"):
            entered = {name for name, n in span.counts(cpu).items() if n} - {"ENTRIES"}
            assert entered <= {"TIMER", "IPI", "KICK"}, entered
            assert span.counts(cpu)["ENTRIES"] <= IDLE_ENTRIES


def test_kexec():
    """The next kernel goes on with the list of work; it has the same links."""
    report = boot(build("tests/system/deployments/linux-kexec.dts", "lazy"), "--timeout", "240")
    steady(report)
    assert starts(report)["changing"] == 2
    done = work(report, "changing")
    assert done["ping"] == [(200, 0), (200, 0)] and done["kexec"] == [(1, 0)]
