"""Workloads that a guest says on its console: the same figures as by its own hypercalls."""

import pytest
from conftest import TRANSPORTS, boot, build, held

DEPLOYMENT = "tests/system/deployments/trio-said.dts"
NAMES = ["rtt-32-1024", "rtt-1-1", "net-stream"]
PER_ROUND_TRIP = {"static": 0, "lazy": 0, "trap": 12}


def check(report, transport, slack):
    held(report)
    assert [span.name for span in report.spans] == NAMES
    for span in report.spans[:2]:
        assert span.units == 1000
        # The line that ends it takes a few itself.
        assert abs(span.total()["ENTRIES"] - 1000 * PER_ROUND_TRIP[transport]) <= slack
    assert {g["name"]: g.get("said") for g in report.guests} == {
        "hub": None, "left": "done", "right": "done"}


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_counted(transport):
    check(boot(build(DEPLOYMENT, transport)), transport, 10)


def test_in_real_time():
    check(boot(build(DEPLOYMENT, "static"), "--no-icount"), "static", 0)
