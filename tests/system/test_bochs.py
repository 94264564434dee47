"""x86_64 in Bochs: built, booted, both counts compared; nothing enters while the guests talk."""

import os
import shutil
import subprocess

import pytest
from conftest import ROOT, TRANSPORTS, boot, build, held, make
from report import PHASES

PAIR = "bochs-x86-pair"
TRIO = "bochs-x86-trio"
FOLDER = os.path.join(ROOT, "tests", "system", "deployments")
RESETS = 300
SECOND = 2  # the CPU of the second vCPU in x86-pair-resets-smp
# Entries of one net round trip with transport trap. Nobody enters to receive a posted interrupt.
TRAP = {
    PAIR: {"ENTRIES": 4, "TRAP_R": 1, "TRAP_W": 2, "CHECK_IRQ": 1, "ACK_IRQ": 1, "NOTIFY": 1,
           "MSI": 1},
    TRIO: {"ENTRIES": 8, "TRAP_R": 2, "TRAP_W": 4, "CHECK_IRQ": 2, "ACK_IRQ": 2, "NOTIFY": 2,
           "MSI": 2},
}


def read(path):
    with open(path, "rb") as file:
        return file.read()


@pytest.mark.parametrize("transport", ("static", "lazy"))
@pytest.mark.parametrize("deployment", (PAIR, TRIO))
def test_links_never_enter_the_hypervisor(deployment, transport):
    report = boot(build(deployment, transport))
    held(report)
    assert len(report.phases()) == len(PHASES)
    for phase in report.phases():
        assert report.sum(phase)["ENTRIES"] == 0
        assert all(not report.logged(cpu, phase) for cpu in report.counts
                   if report.delta(cpu, phase) is not None)
    assert set(report.exits) == set(report.counts)


@pytest.mark.parametrize("deployment", TRAP)
def test_trap_costs_what_it_says(deployment):
    report = boot(build(deployment, "trap"))
    held(report)
    assert len(report.phases()) == len(PHASES)
    for phase in (0, 1):
        for name, value in report.sum(phase).items():
            assert value == TRAP[deployment].get(name, 0) * report.rounds(phase), name


def resets(name, transport):
    report = boot(build(os.path.join(FOLDER, name + ".dts"), transport))
    held(report)
    (work,) = [work for work in report.works if work["kind"] == "reset"]
    assert (work["sent"], work["received"], work["lost"]) == (RESETS, RESETS, 0)
    return report


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_resets_by_one_vcpu(transport):
    resets("x86-pair-resets", transport)


def test_a_second_vcpu_loses_the_page_with_each_reset():
    """It uses the page all the time: were its CPU not made to leave the guest, nothing would trap.

    Bochs keeps no translation over an exit, so this does not show that INVEPT follows.
    """
    counts = resets("x86-pair-resets-smp", "lazy").counts[SECOND]["now"]
    assert counts["KICK"] == RESETS
    assert counts["TRAP_R"] >= RESETS and counts["TRAP_W"] >= RESETS


def test_a_second_vcpu_uses_a_page_that_always_traps():
    counts = resets("x86-pair-resets-smp", "trap").counts[SECOND]["now"]
    assert counts["KICK"] == 0 and counts["TRAP_R"] >= RESETS


def test_a_machine_that_never_ends_is_stopped(tmp_path):
    out = build(PAIR, "static")
    os.makedirs(tmp_path / "layout")
    shutil.copy(f"{out}/layout/guests.mk", tmp_path / "layout")
    shutil.copy(f"{out}/boot.iso", tmp_path)
    done = subprocess.run([os.path.join(ROOT, "tools", "run"), "--quiet", "--timeout", "0.5",
                           tmp_path], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    assert done.returncode == 1
    assert "still running after 0.5 s and stopped" in done.stdout


def test_a_bochs_that_cannot_start_says_why(tmp_path):
    out = build(PAIR, "static")
    os.makedirs(tmp_path / "layout")
    text = read(f"{out}/layout/guests.mk").decode().replace("memory=", "memory=x")
    (tmp_path / "layout/guests.mk").write_text(text)
    done = subprocess.run([os.path.join(ROOT, "tools", "run"), "--quiet", tmp_path], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 1
    assert "was not switched off" in done.stdout and "parameter 'guest'" in done.stdout


@pytest.mark.parametrize("arguments", (["disk"], ["probe"], ["bench"], ["BOOT=uefi", "run"]))
def test_what_is_not_there_for_the_architecture_is_said(arguments):
    done = make(f"DEPLOYMENT={PAIR}", *arguments)
    assert done.returncode != 0
    assert "is for x86_64: for it there is no disk, probe or bench yet" in done.stdout


def test_the_same_file_gives_the_same_cd_image(tmp_path):
    (tmp_path / "kernel").write_bytes(bytes(range(256)) * 64)
    images = []
    for name in ("a.iso", "b.iso"):
        done = subprocess.run(["tools/iso", tmp_path / name, tmp_path / "kernel"], check=False)
        assert done.returncode == 0
        images.append(read(tmp_path / name))
        os.utime(tmp_path / "kernel", (10**9, 10**9))
    assert images[0] == images[1]
