"""What each kind of doorbell costs: planc predicts it, two witnesses count it."""

import os

import pytest
from conftest import ROOT, boot, build, held

FOLDER = os.path.join(ROOT, "tests", "system", "deployments")
# Entries of one net round trip over a direct link, both CPUs.
ENTRIES = {"pair-monitor": 0, "pair-shared": 0, "pair-mixed": 2, "pair-inject": 4}
# The receiver of a posted interrupt does not enter.
POSTED = {"x86-pair-monitor": 0, "x86-pair-inject": 2}


@pytest.mark.parametrize("transport", ("static", "lazy"))
@pytest.mark.parametrize("name", ENTRIES)
def test_entries_of_a_round_trip(name, transport):
    report = boot(build(os.path.join(FOLDER, name + ".dts"), transport))
    held(report)
    assert report.phases() == [0, 1, 2, 3]
    for phase in (0, 1):
        assert report.sum(phase)["ENTRIES"] == ENTRIES[name] * report.rounds(phase)


@pytest.mark.parametrize("transport", ("static", "lazy"))
@pytest.mark.parametrize("name", POSTED)
def test_a_posted_interrupt_is_an_entry_for_nobody_but_its_sender(name, transport):
    report = boot(build(os.path.join(FOLDER, name + ".dts"), transport))
    held(report)
    for phase in (0, 1):
        assert report.sum(phase)["ENTRIES"] == POSTED[name] * report.rounds(phase)
