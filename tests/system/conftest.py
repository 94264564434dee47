"""What the system tests share: build an image as a user would, boot it, read both counts."""

import os
import shutil
import subprocess
import sys

import pytest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path[:0] = [os.path.join(ROOT, "tools"), os.path.join(ROOT, "tools", "profile")]

from judge import judge  # noqa: E402
from report import Report  # noqa: E402

TRANSPORTS = ("static", "lazy", "trap")
SUITES = ("bookworm", "trixie")
FIRMWARE = {"uefi": "usr/share/qemu-efi-aarch64/QEMU_EFI.fd",
            "uboot": "usr/lib/u-boot/qemu_arm64/u-boot.bin"}
DEPLOYMENTS = ("qemu-arm64-pair", "qemu-arm64-trio")


def make(*arguments, where=ROOT):
    """Runs make, outside of the make that started the tests."""
    kept = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    return subprocess.run(["make", f"-j{os.cpu_count()}", *arguments], cwd=where, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=kept, check=False)


def folder(deployment, transport):
    name = os.path.basename(deployment).removesuffix(".dts")
    return os.path.join("build", name, transport)


def products(deployment):
    """What the emulator of a deployment's architecture starts, and the emulator if it is fetched."""
    path = deployment if deployment.endswith(".dts") else f"config/{deployment}.dts"
    arch = subprocess.run([os.path.join(ROOT, "tools", "dts-arch"), path], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, check=True).stdout.strip()
    return ("boot.iso", "build/bochs/.debs") if arch == "x86_64" else ("Image",)


def build(deployment, transport, rounds=None, where=ROOT, product=None):
    """Makes one file of a deployment, by default what its emulator starts; returns its folder."""
    out = folder(deployment, transport)
    product, *others = [product] if product else products(deployment)
    done = make(f"DEPLOYMENT={deployment}", f"TRANSPORT={transport}",
                f"ROUNDS={rounds or ''}", f"{out}/{product}", *others, where=where)
    assert done.returncode == 0, done.stdout
    return os.path.join(where, out)


def boot(out, *arguments):
    """Boots a built image; returns its report, with what it said on the UART as report.console."""
    done = subprocess.run([os.path.join(ROOT, "tools", "run"), "--quiet", *arguments, out],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    report = Report(out)
    with open(os.path.join(out, "console.txt"), encoding="utf-8", errors="replace") as file:
        report.console = file.read()
    assert done.returncode == 0, done.stdout + report.console[-4000:]
    return report


def firmware(suite, how):
    """The file that --firmware takes, of that Debian suite; skips where it cannot be fetched."""
    unpacked = os.path.join("build", "debs", f"firmware-{suite}")
    if not os.path.exists(os.path.join(unpacked, ".debs")):
        done = subprocess.run(["tools/debs", "-s", suite, unpacked, "qemu-efi-aarch64",
                               "u-boot-qemu"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
        if done.returncode:
            pytest.skip(done.stdout)
        shutil.rmtree(os.path.join(unpacked, "usr", "share", "AAVMF"))  # flash images: 64 MiB each
    return os.path.join(unpacked, FIRMWARE["uefi" if how == "uefi" else "uboot"])


def held(report):
    """All that tools/profile judges."""
    faults = judge(report)
    assert not faults, "\n".join(faults) + "\n" + report.console[-4000:]


@pytest.fixture(autouse=True)
def from_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)
