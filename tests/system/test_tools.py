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
