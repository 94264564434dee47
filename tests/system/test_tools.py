"""The project's own checks find what they are for."""

import os
import subprocess
import sys
import time

import pytest
from conftest import ROOT

sys.path.insert(0, os.path.join(ROOT, "tools"))

import sources  # noqa: E402

GOOD = '#include "core/types.h"\nint f(void)\n{\n\treturn 0;\n}\n'


def run(tool, *arguments, where=ROOT):
    return subprocess.run([os.path.join(ROOT, "tools", tool), *arguments], cwd=where, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def test_setup_is_silent_and_fast_when_all_is_there():
    started = time.monotonic()
    done = run("setup", "all")
    assert (done.returncode, done.stdout) == (0, "")
    assert time.monotonic() - started < 1


def test_setup_says_what_to_run_where_it_may_not_install(tmp_path):
    fakes = {"dpkg-query": "exit 1", "id": "echo 1000"}
    for name, body in fakes.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    for name in ("sh", "command"):
        if os.path.exists(f"/bin/{name}"):
            (tmp_path / name).symlink_to(f"/bin/{name}")
    done = subprocess.run(["/bin/sh", os.path.join(ROOT, "tools", "setup")], text=True, check=False,
                          env={"PATH": str(tmp_path)}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 1
    last = done.stdout.splitlines()[-1]
    assert last.startswith("\tapt-get update && apt-get install -y") and " gcc " in last


def test_comments_and_blanks_are_not_code():
    text = '/* a\n   b */\nint x; // y\n\nchar *s = "/* no comment */";\n'
    assert sources.code_lines(text) == 2
    assert '"/* no comment */"' in sources.without_comments(text)


def test_functions_are_measured():
    body = "int f(void)\n{\n" + "\tg();\n" * 10 + "}\n"
    assert list(sources.functions(body)) == [(2, 12)]


@pytest.mark.parametrize("path, text, said", (
    ("core/a.c", '#include "arch/arm64/gic.h"\n', "core may not include"),
    ("core/a.c", '#include "core/arch.h"\n', ""),
    ("drivers/a.c", '#include "arch/arm64/gic.h"\n', "drivers may not include"),
    ("arch/arm64/a.c", '#include "arch/x86_64/vmx.h"\n', "may not include"),
    ("guests/hub/a.c", '#include "core/plan.h"\n', "may not include"),
    ("guests/hub/a.c", '#include "guests/lib/guest_plan.h"\n#include "core/abi.h"\n', ""),
    ("guests/hub/a.c", '#include "guests/pingpong/b.h"\n', "may not include"),
    ("tools/prove/a.c", '#include "tools/planc/diag.h"\n', "may not include"),
    ("tools/prove/a.c", '#include "arch/arm64/pte.h"\n', "may not include"),
    ("tools/planc/a.c", '#include "arch/arm64/pte.h"\n', ""),
    ("core/a.c", "\n" * 501, "501 lines, at most 500"),
    ("core/a.c", "int f(void)\n{\n" + "\tg();\n" * 60 + "}\n", "a function of 62 lines"),
    ("core/a.c", '/* #include "arch/arm64/gic.h" */\n' + GOOD, ""),
))
def test_include_rules(tmp_path, path, text, said):
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(text)
    done = run("includes", path.split("/", maxsplit=1)[0], where=tmp_path)
    assert said in done.stdout
    assert done.returncode == (1 if said else 0), done.stdout


def test_include_cycles_are_found(tmp_path):
    (tmp_path / "core").mkdir()
    (tmp_path / "core/a.h").write_text('#include "core/b.h"\n')
    (tmp_path / "core/b.h").write_text('#include "core/a.h"\n')
    done = run("includes", "core", where=tmp_path)
    assert done.returncode == 1
    assert "include cycle: core/a.h -> core/b.h -> core/a.h" in done.stdout


def test_dependencies_of_a_deployment(tmp_path):
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards/b.dtsi").write_text("/ { board { }; };\n")
    (tmp_path / "d.dts").write_text(
        '/dts-v1/;\n/include/ "boards/b.dtsi"\n/ { guests { g { image = "g.bin"; }; }; };\n')
    done = run("dts-deps", "out", "d.dts", where=tmp_path)
    assert done.stdout.splitlines() == [
        "out: d.dts boards/b.dtsi ./g.bin", "boards/b.dtsi:", "./g.bin:"]


@pytest.mark.parametrize("text, said", (
    ('/ { board {\n\tarch = "x86_64";\n}; };\n', "x86_64"),
    ('/include/ "none.dtsi"\n/include/ "b/one.dtsi"\n', "arm64"),
    ('/include/ "self.dts"\n', ""),
    ("/ { };\n", ""),
))
def test_architecture_of_a_deployment(tmp_path, text, said):
    (tmp_path / "b").mkdir()
    (tmp_path / "b/one.dtsi").write_text('/include/ "two.dtsi"\n')
    (tmp_path / "b/two.dtsi").write_text('/ {\n\tboard {\n\t\tarch = "arm64";\n\t};\n};\n')
    (tmp_path / "self.dts").write_text(text)
    done = run("dts-arch", tmp_path / "self.dts")
    assert (done.returncode, done.stdout.strip()) == (0, said)


def test_architecture_of_no_deployment():
    assert run("dts-arch", "/no/such.dts").stdout == ""


def test_movable_refuses_objects_that_hold_addresses():
    """What a loader calls where it stages the image finds everything by PC."""
    for name, status in (("arch/arm64/fit.o", 0), ("arch/arm64/exit.o", 1)):
        done = run("movable", f"build/hv/arm64/{name}")
        assert done.returncode == status, done.stdout
    assert "build/hv/arm64/arch/arm64/exit.o holds addresses: put no pointers" in done.stdout


def test_movable_fails_where_it_cannot_look(monkeypatch):
    monkeypatch.setenv("READELF", "no-such-readelf")
    assert run("movable", "build/hv/arm64/arch/arm64/fit.o").returncode != 0


def test_seal_fills_whole_pages_and_is_idempotent(tmp_path):
    raw = tmp_path / "raw"
    raw.write_bytes(bytes(64) + b"BKHIMG01" + bytes(5000))
    assert run("seal", "a-name", raw, tmp_path / "once").returncode == 0
    assert run("seal", "a-name", tmp_path / "once", tmp_path / "twice").returncode == 0
    once = (tmp_path / "once").read_bytes()
    assert len(once) == 8192 and once == (tmp_path / "twice").read_bytes()
    assert once[72:80] == (8192).to_bytes(8, "little") and once[96:103] == b"a-name\0"


@pytest.mark.parametrize("name, content, said", (
    ("x" * 32, bytes(64) + b"BKHIMG01" + bytes(100), "has more than 31 characters"),
    ("x", bytes(200), "no image header at byte 64"),
), ids=("name", "header"))
def test_seal_refuses_what_loaders_would(tmp_path, name, content, said):
    (tmp_path / "raw").write_bytes(content)
    done = run("seal", name, tmp_path / "raw", tmp_path / "image")
    assert done.returncode == 1 and said in done.stdout
    assert not (tmp_path / "image").exists()


@pytest.mark.parametrize("arguments, said", (
    ([], "usage: tools/debs"),
    (["{here}/own", "hello"], "own: is there and was not made by this tool"),
    (["{here}/new", "no-such-package"], "cannot download no-such-package: check the names"),
    (["-S", "{here}/new", "no-such-package"], "cannot download no-such-package: check the names"),
    (["-s", "no-such-suite", "{here}/new", "hello"], "cannot read no-such-suite for"),
    (["-S", "-s", "no-such-suite", "{here}/new", "hello"], "cannot read no-such-suite for source"),
    (["-a", "arm64;x", "{here}/new", "hello"], "not names of a suite, an architecture and packages"),
))
def test_debs_says_what_is_wrong_and_leaves_nothing(tmp_path, arguments, said):
    (tmp_path / "own").mkdir()
    done = run("debs", *(word.format(here=tmp_path) for word in arguments))
    assert done.returncode == 1 and said in done.stdout, done.stdout
    assert os.listdir(tmp_path) == ["own"]
