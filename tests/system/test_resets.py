"""A driver side takes its rings away under traffic and comes back, thousands of times."""

import os

import pytest
from conftest import ROOT, boot, build, held

FOLDER = os.path.join(ROOT, "tests", "system", "deployments")
RESETS = 2000


def resets(report):
    return [work for work in report.works if work["kind"] == "reset"]


@pytest.mark.parametrize("transport", ("static", "lazy", "trap"))
def test_one_vcpu(transport):
    report = boot(build(os.path.join(FOLDER, "pair-resets.dts"), transport))
    held(report)
    (work,) = resets(report)
    assert (work["sent"], work["received"], work["lost"]) == (RESETS, RESETS, 0)


@pytest.mark.parametrize("transport", ("lazy", "trap"))
def test_a_second_vcpu_uses_the_window_meanwhile(transport):
    """All CPUs at once: the hand-over and its undoing race with accesses by another CPU."""
    report = boot(build(os.path.join(FOLDER, "pair-resets-smp.dts"), transport), "--no-icount",
                  "--no-witness", "--timeout", "400")
    (work,) = resets(report)
    assert (work["sent"], work["received"], work["lost"]) == (RESETS, RESETS, 0)
    assert all(guest["errors"] == 0 for guest in report.guests)
