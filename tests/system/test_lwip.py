"""Linux beside lwIP on a bare-metal guest: netperf, iperf 2 and ping between them, and what lwIP's
services do when they are not treated as such tools treat them.
"""

import re

import pytest
from conftest import boot, build, held
from test_terminal import Terminal

DEPLOYMENT = "config/qemu-arm64-linux-rtos.dts"
UNITS = {"ping": 200, "rr": 2000, "stream": 16, "iperf2-send": 16, "iperf2-receive": 16,
         "console": 200}
REQUEST, MEBIBYTE = 32, 1 << 20


@pytest.mark.parametrize("transport", ("lazy", "trap"))
def test_work_between_linux_and_lwip(transport):
    report = boot(build(DEPLOYMENT, transport))
    held(report)
    assert {span.name: span.units for span in report.spans} == UNITS
    # What netperf was told by its other end, and what iperf counted of that.
    told = [int(n) for n in re.findall(r"REMOTE_BYTES_RECVD=(\d+)", report.console)]
    assert told == [REQUEST * UNITS["rr"], MEBIBYTE * UNITS["stream"]]
    counted = [int(n) for n in re.findall(r"linux: [\d.,]+,0\.0-[\d.]+,(\d+),\d+", report.console)]
    assert len(counted) == 2 and min(counted) >= MEBIBYTE * UNITS["iperf2-send"], report.console
    entries = {span.name: span.total() for span in report.spans}
    for name, total in entries.items():
        registers = total["TRAP_R"] + total["TRAP_W"]
        assert (registers > UNITS[name]) == (transport == "trap"), (name, total)


def answers(terminal):
    """netperf's transactions get through, and pings."""
    terminal.type(b"netperf -H 10.0.0.2 -t TCP_RR -l -100 -P 0 -- -r 32,1024 "
                  b"-k LOCAL_SEND_CALLS,REMOTE_BYTES_RECVD\r")
    terminal.expect(rb"LOCAL_SEND_CALLS=100\r?\n")
    terminal.expect(rb"REMOTE_BYTES_RECVD=3200\r?\n")
    terminal.type(b"ping -c 3 10.0.0.2\r")
    terminal.expect(rb"3 packets received")


def command(terminal, text):
    """Waits until it is over; the end's own line is not in what was typed."""
    terminal.type(text + b"; echo; echo o'v'er\r")
    return terminal.expect(rb"\nlinux: over")


def garbage(terminal):
    for port in (b"7", b"5001", b"12865", b"12866"):
        command(terminal, b"head -c 200000 /dev/urandom | timeout 5 nc 10.0.0.2 " + port +
                b" >/dev/null")


def unknown_tests(terminal):
    """Another test than those that are there, and one whose sizes make no sense."""
    said = command(terminal, b"netperf -H 10.0.0.2 -t TCP_MAERTS -l 1 2>&1")
    assert b"Invalid argument" in said
    said = command(terminal, b"netperf -H 10.0.0.2 -t TCP_RR -l -9 -- -r 9,99999999 2>&1")
    assert b"Invalid argument" in said
    command(terminal, b"timeout 1 netperf -H 10.0.0.2 -t TCP_RR -l 30; "
            b"timeout 1 netperf -H 10.0.0.2 -t TCP_STREAM -l 30")


def connect_to_nobody(terminal):
    """iperf 2.0's header asks lwiperf to send to a port where nobody listens: a reset."""
    command(terminal, b"printf '\\200\\0\\0\\0\\0\\0\\0\\1\\0\\0\\0\\11"
            b"\\0\\0\\0\\0\\0\\0\\0\\0\\0\\1\\0\\0' | timeout 5 nc 10.0.0.2 5001")


def hold_connections(terminal):
    """More than there is room for, silent, for longer than a service waits."""
    for port in (b"7", b"5001", b"12865"):
        command(terminal, b"for i in $(seq 20); do sleep 400 | nc 10.0.0.2 " + port +
                b" >/dev/null 2>&1 & done; sleep 20")


def test_services_survive_hostile_peers():
    terminal = Terminal(build("tests/system/deployments/lwip-terminal.dts", "lazy"))
    try:
        terminal.prompt()
        answers(terminal)
        for harm in (garbage, unknown_tests, connect_to_nobody, hold_connections):
            harm(terminal)
            answers(terminal)
        terminal.type(b"reboot -f\r")
        terminal.prompt()
        answers(terminal)
    finally:
        terminal.close()
