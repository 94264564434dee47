"""What the system tests share: build an image as a user would, boot it, read both counts."""

import os
import subprocess
import sys

import pytest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tools", "profile"))

from judge import judge  # noqa: E402
from report import Report  # noqa: E402

TRANSPORTS = ("static", "lazy", "trap")
DEPLOYMENTS = ("qemu-arm64-pair", "qemu-arm64-trio")


def make(*arguments, where=ROOT):
    """Runs make, outside of the make that started the tests."""
    kept = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    return subprocess.run(["make", f"-j{os.cpu_count()}", *arguments], cwd=where, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=kept, check=False)


def folder(deployment, transport):
    name = os.path.basename(deployment).removesuffix(".dts")
    return os.path.join("build", name, transport)


def build(deployment, transport, rounds=None, where=ROOT):
    out = folder(deployment, transport)
    done = make(f"DEPLOYMENT={deployment}", f"TRANSPORT={transport}",
                f"ROUNDS={rounds or ''}", f"{out}/Image", where=where)
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


def held(report):
    """All that tools/profile judges."""
    faults = judge(report)
    assert not faults, "\n".join(faults) + "\n" + report.console[-4000:]


@pytest.fixture(autouse=True)
def from_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)
