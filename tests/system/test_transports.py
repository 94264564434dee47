"""The promise: nothing enters the hypervisor on the data path, and trap costs what planc says."""

import pytest
from conftest import DEPLOYMENTS, TRANSPORTS, boot, build, held, make

CPUS = ("max", "neoverse-n1", "cortex-a72")
# icount: the CPUs take turns, each run is the same. real: all at once, each run is another.
CLOCKS = {"icount": [], "real": ["--no-icount"]}
# Entries of one net round trip with transport trap; see the matrix of doorbells in the design.
TRAP = {
    "qemu-arm64-pair": {"ENTRIES": 6, "TRAP_R": 1, "TRAP_W": 2, "CHECK_IRQ": 1, "ACK_IRQ": 1,
                        "NOTIFY": 1, "MSI": 1, "KICK": 2, "IRQ": 2},
    "qemu-arm64-trio": {"ENTRIES": 12, "TRAP_R": 2, "TRAP_W": 4, "CHECK_IRQ": 2, "ACK_IRQ": 2,
                        "NOTIFY": 2, "MSI": 2, "KICK": 4, "IRQ": 4},
}
ROUND_TRIPS = (0, 1)  # phases
STREAMS = (2, 3)


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("cpu", CPUS)
@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_transport(deployment, transport, cpu, clock):
    report = boot(build(deployment, transport), "--cpu", cpu, *CLOCKS[clock])
    held(report)
    assert report.phases() == [0, 1, 2, 3]
    assert report.witness["witness"] and not report.witness["hypervisor_bugs"]
    for phase in ROUND_TRIPS:
        rounds, total = report.rounds(phase), report.sum(phase)
        assert rounds >= 1000
        expected = TRAP[deployment] if transport == "trap" else {}
        slack = len(report.counts) if (transport, clock) == ("trap", "real") else 0
        for name, value in total.items():
            assert abs(value - expected.get(name, 0) * rounds) <= slack, name
    if transport != "trap":
        assert not any(report.sum(phase)["ENTRIES"] for phase in STREAMS)


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_every_cpu_brackets_the_round_trips(deployment):
    report = boot(build(deployment, "static"))
    for cpu in report.counts:
        for phase in ROUND_TRIPS:
            assert report.delta(cpu, phase)["ENTRIES"] == 0
            assert report.logged(cpu, phase) == {}


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_static_whole_run_does_not_grow_with_rounds(deployment):
    entries = []
    for rounds in (3000, 1000):
        report = boot(build(deployment, "static", rounds))
        held(report)
        assert report.rounds(0) == rounds
        entries.append({cpu: seen["entries"] for cpu, seen in report.witness["cpus"].items()})
    build(deployment, "static")
    assert entries[0] == entries[1]


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_the_payload_is_checked_and_complete(deployment):
    report = boot(build(deployment, "static"))
    kinds = {work["kind"] for work in report.works}
    assert kinds >= {"rtt-32-1024", "rtt-1-1", "net-stream", "console-stream"}
    for work in report.works:
        assert work["sent"] + work["received"] > 0, work
        assert (work["lost"], work["duplicated"], work["corrupted"]) == (0, 0, 0)


def test_counted_instructions_are_the_same_each_time():
    out = build("qemu-arm64-trio", "static")
    first, second = boot(out), boot(out)
    assert first.instructions(0) and first.instructions(0) == second.instructions(0)
    assert first.console == second.console


def test_a_run_that_hangs_is_stopped_and_said_to_be():
    out = build("qemu-arm64-pair", "static")
    with pytest.raises(AssertionError, match="still running after"):
        boot(out, "--timeout", "0.05")


def test_static_costs_what_native_costs():
    done = make("bench", "TRANSPORT=static")
    assert done.returncode == 0, done.stdout
    rows = [line.split() for line in done.stdout.splitlines()]
    for kind in ("rtt-32-1024", "rtt-1-1"):
        assert [row[1] for row in rows if row and row[0] == kind] == ["native", "static"]
