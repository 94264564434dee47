"""x86_64 in Bochs: built, booted, both counts compared; nothing enters while the guests talk."""

import os
import shutil
import subprocess

import pytest
from conftest import ROOT, boot, build, held, make
from report import PHASES

PAIR = "bochs-x86-pair"
TRIO = "bochs-x86-trio"


def read(path):
    with open(path, "rb") as file:
        return file.read()


@pytest.mark.parametrize("deployment", (PAIR, TRIO))
def test_static_links_never_enter_the_hypervisor(deployment):
    report = boot(build(deployment, "static"))
    held(report)
    assert len(report.phases()) == len(PHASES)
    for phase in report.phases():
        assert report.sum(phase)["ENTRIES"] == 0
        assert all(not report.logged(cpu, phase) for cpu in report.counts
                   if report.delta(cpu, phase) is not None)
    assert set(report.exits) == set(report.counts)


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
