"""The probe says of each machine what is so, and the committed board file is what it says."""

import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT, SUITES, firmware, make

sys.path.insert(0, os.path.join(ROOT, "tools", "probe"))

import board_file  # noqa: E402

QEMU = "qemu-system-aarch64"
PLANC = os.environ.get("PLANC", "build/planc")
IMAGE = "build/probe/Image"
MERGED = "config/boards/qemu-virt-arm64.probed.dtsi"
BOARD = "-M virt,virtualization=on,gic-version=4 -smp 4 -m 1024"
CAPACITIES = (("gic", "id-bits"), ("gic", "list-registers"), ("gic", "its-event-bits"),
              ("gic", "its-device-bits"), ("features", "address-bits"), ("features", "cache-line"))

DEPLOYMENT = """/dts-v1/;
/include/ "%s"
/ {
	guests {
		a { program = "pingpong"; arguments = "role=ping"; cpus = <0>; memory = <0x0 0x400000>; };
		b { program = "pingpong"; arguments = "role=pong"; cpus = <1>; memory = <0x0 0x400000>;
		    devices = "uart@9000000"; };
	};
	links {
		lan { type = "net"; driver = "a"; device = "b"; mac = [02 00 00 00 00 01]; };
	};
};
"""


@pytest.fixture(scope="module", autouse=True)
def image():
    done = make(IMAGE, "build/planc")
    assert done.returncode == 0, done.stdout


def boot(machine, cpu, *arguments):
    """The serial log of a direct boot, which must end by itself."""
    command = [QEMU, *shlex.split(machine), "-cpu", cpu, "-nographic", "-monitor", "none",
               "-serial", "stdio", "-nic", "none", "-no-reboot", "-kernel", IMAGE, *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60, check=False)
    text = done.stdout.decode(errors="replace")
    assert done.returncode == 0, text
    return text


def probe(machine, cpu):
    return board_file.read(board_file.find(boot(machine, cpu)))


def merge(*logs):
    return subprocess.run([sys.executable, "tools/probe", "--merge", *map(str, logs)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def without_head(text):
    return text[text.index("/ {"):]


def committed():
    with open(MERGED, encoding="utf-8") as file:
        return file.read()


@pytest.mark.parametrize("machine, cpu, version, cpus", (
    (BOARD, "neoverse-n1", "v4.0", 4),
    (BOARD, "max", "v4.0", 4),
    (BOARD, "cortex-a72", "v4.0", 4),
    ("-M virt,virtualization=on,gic-version=3 -smp 2 -m 512", "cortex-a57", "v3", 2),
    ("-M virt,virtualization=on,gic-version=3,its=off -smp 3 -m 2048", "max", "v3", 3),
))
def test_planc_accepts_what_is_printed(tmp_path, machine, cpu, version, cpus):
    text = board_file.find(boot(machine, cpu))
    board = board_file.read(text)
    (tmp_path / "board.dtsi").write_text(text)
    (tmp_path / "d.dts").write_text(DEPLOYMENT % "board.dtsi")
    done = subprocess.run([PLANC, "-l", "-o", tmp_path / "out", tmp_path / "d.dts"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout
    assert board["gic"]["version"] == [version]
    assert [name for name in board if name.startswith("cpu@")] == [f"cpu@{n}" for n in range(cpus)]
    assert ("its" in board["gic"]) == ("its=off" not in machine)
    size = int(re.search(r"-m (\d+)", machine)[1]) << 20
    assert board["ram@40000000"]["reg"] == [0, 0x40000000, 0, size]


@pytest.mark.parametrize("cpu", ("neoverse-n1", "max", "cortex-a72"))
def test_every_cpu_in_use_has_what_the_board_file_says(cpu):
    """Deployments made for the committed file fit whichever CPU= they are run with."""
    promised, found = board_file.read(committed()), probe(BOARD, cpu)
    for node, name in CAPACITIES:
        if (cpu, name) != ("cortex-a72", "address-bits"):  # 44: planc wants no more than 40
            assert found[node][name] >= promised[node][name], name
    for name in ("version", "distributor", "redistributors", "its", "maintenance-interrupt"):
        assert found["gic"][name] == promised["gic"][name]
    for name in ("virtual-interrupt", "physical-interrupt", "hypervisor-interrupt"):
        assert found["timer"][name] == promised["timer"][name]


def test_a_direct_boot_takes_nothing_from_the_committed_file(tmp_path):
    (tmp_path / "direct.txt").write_text(boot(BOARD, "neoverse-n1"))
    done = merge(MERGED, tmp_path / "direct.txt")
    assert done.returncode == 0, done.stdout
    assert without_head(done.stdout) == without_head(committed())


def test_every_boot_by_firmware_of_both_suites_satisfies_the_committed_file(tmp_path):
    logs = [tmp_path / "direct.txt"]
    logs[0].write_text(boot(BOARD, "neoverse-n1"))
    for suite in SUITES:
        for how in ("uefi", "uboot", "uboot-efi"):
            done = make("probe", f"BOOT={how}", "CPU=neoverse-n1", "ICOUNT=0",
                        f"FIRMWARE={firmware(suite, how)}")
            assert done.returncode == 0, done.stdout
            logs.append(tmp_path / f"{how}-{suite}.txt")
            shutil.copy("build/probe/console.txt", logs[-1])
    assert without_head(merge(MERGED, *logs).stdout) == without_head(committed())


@pytest.mark.parametrize("machine, said", (
    ("-M virt,gic-version=3 -smp 2 -m 512", "entered at EL1: the hypervisor needs EL2"),
    ("-M virt,virtualization=on,gic-version=2 -smp 2 -m 512", "arm,gic-v3: not in the tree"),
))
def test_a_machine_that_cannot_be_used_is_not_merged(tmp_path, machine, said):
    (tmp_path / "log").write_text(boot(machine, "cortex-a57"))
    done = merge(tmp_path / "log")
    assert done.returncode == 1
    assert f"{tmp_path / 'log'}: the probe says: {said}" in done.stdout


def changed_tree(tmp_path, old, new):
    """The machine's own tree with one thing changed."""
    blob = str(tmp_path / "machine.dtb")
    subprocess.run([QEMU, *shlex.split(BOARD.replace("-smp", f",dumpdtb={blob} -smp")
                                       .replace(" ,", ",")), "-cpu", "max",
                    "-nographic", "-nic", "none"], check=True, capture_output=True)
    text = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", blob], check=True,
                          capture_output=True, text=True).stdout
    assert old in text
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", blob, "-"], check=True,
                   input=text.replace(old, new), text=True)
    return blob


def test_a_gic_that_does_not_answer_is_named(tmp_path):
    tree = changed_tree(tmp_path, "reg = <0x00 0x8000000 0x00 0x10000",
                        "reg = <0x00 0xf000000 0x00 0x10000")
    text = boot(BOARD, "max", "-dtb", tree)
    assert "probe: exception while reading the GIC where the device tree says it is" in text
    assert "FAR 0xf00ffe8" in text
    (tmp_path / "log").write_text(text)
    assert "probe: exception" in merge(tmp_path / "log").stdout


def test_what_answers_and_is_no_gic_is_said(tmp_path):
    """Flash is there."""
    tree = changed_tree(tmp_path, "reg = <0x00 0x8000000 0x00 0x10000",
                        "reg = <0x00 0x3000000 0x00 0x10000")
    assert "/* error: GICD at 0x3000000: " in boot(BOARD, "max", "-dtb", tree)


def test_a_cpu_that_is_disabled_is_left_out(tmp_path):
    tree = changed_tree(tmp_path, 'reg = <0x03>;\n', 'reg = <0x03>;\n\t\t\tstatus = "disabled";\n')
    board = board_file.read(board_file.find(boot(BOARD, "max", "-dtb", tree)))
    assert "cpu@2" in board and "cpu@3" not in board


def test_reserved_memory_is_not_free(tmp_path):
    node = ("reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; "
            "x@50000000 { no-map; reg = <0 0x50000000 0 0x100000>; }; };\n")
    tree = changed_tree(tmp_path, "\tchosen {", node + "\tchosen {")
    board = board_file.read(board_file.find(boot(BOARD, "max", "-dtb", tree)))
    assert board["ram@40000000"]["reg"] == [0, 0x40000000, 0, 0x10000000]
    assert board["ram@50100000"]["reg"] == [0, 0x50100000, 0, 0x2FF00000]


def test_what_the_tree_reserves_is_not_free_but_the_tree_itself_is(tmp_path):
    entries = "/memreserve/ 0x48000000 0x1000;\n/memreserve/ 0x50000000 0x800;\n"
    tree = changed_tree(tmp_path, "/dts-v1/;\n", "/dts-v1/;\n" + entries)
    board = board_file.read(board_file.find(boot(BOARD, "max", "-dtb", tree)))
    assert board["ram@40000000"]["reg"] == [0, 0x40000000, 0, 0x10000000]
    assert board["ram@50001000"]["reg"] == [0, 0x50001000, 0, 0x2FFFF000]


# ---- the merger alone ---------------------------------------------------------------------------


def variant(tmp_path, name, *changes):
    """The committed file, changed, between the probe's lines, as a noisy line has it."""
    text = without_head(committed())
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = tmp_path / name
    path.write_text(f"U-Boot 2023\r\nprobe: begun\nprobe: begin\r\n{text}probe: end\r\nbye\n")
    return path


def test_a_merge_of_one_is_itself(tmp_path):
    done = merge(variant(tmp_path, "one.txt"))
    assert (done.returncode, without_head(done.stdout)) == (0, without_head(committed()))
    assert "one\n" in done.stdout[:done.stdout.index("/ {")]


def test_capacities_are_the_least_and_sizes_the_largest(tmp_path):
    logs = [variant(tmp_path, "a", ("list-registers = <4>", "list-registers = <16>"),
                    ("its-itt-entry = <12>", "its-itt-entry = <8>"), ('"fp", ', "")),
            variant(tmp_path, "b", ("its-tables = <1 8 2 8 4 8>", "its-tables = <4 8 1 16>"),
                    ("id-bits = <16>", "id-bits = <14>"), ('"v4.0"', '"v3"'))]
    for order in (logs, logs[::-1]):
        board = board_file.read(merge(*order).stdout)
        gic = board["gic"]
        assert gic["list-registers"] == [4] and gic["its-itt-entry"] == [12]
        assert gic["its-tables"] == [1, 16, 4, 8] and gic["id-bits"] == [14]
        assert gic["version"] == ["v3"] and "fp" not in board["features"]["isa"]
    assert merge(*logs).stdout == merge(*logs[::-1]).stdout


def test_small_pieces_of_ram_are_left_out_when_asked_for(tmp_path):
    one = variant(tmp_path, "one", ("0x0 0x7dfd000", "0x0 0x0fff000"))
    done = merge(one, "--min-ram", 16)
    assert "ram@48003000" in done.stdout and "ram@40000000" not in done.stdout


def test_ram_is_what_all_leave(tmp_path):
    def ram(*pieces):
        return "".join(f"\t\tram@{base:x} {{\n\t\t\treg = <0x0 {base:#x} 0x0 {size:#x}>;\n\t\t}};\n\n"
                       for base, size in pieces)
    text = without_head(committed())
    old = text[text.index("\t\tram@"):text.index("\t\tcpu@0")]
    logs = [variant(tmp_path, "a", (old, ram((0x40000000, 0x400000), (0x50000000, 0x10000000)))),
            variant(tmp_path, "b", (old, ram((0x40300000, 0xfe00000), (0x50200000, 0x1000000),
                                             (0x52000000, 0x200000))))]
    board = board_file.read(merge(*logs).stdout)
    assert [name for name in board if name.startswith("ram")] == ["ram@50200000", "ram@52000000"]
    assert board["ram@50200000"]["reg"] == [0, 0x50200000, 0, 0x1000000]


def test_without_common_ram_nothing_is_written(tmp_path):
    other = variant(tmp_path, "b", ("reg = <0x0 0x40000000", "reg = <0x1 0x40000000"),
                    ("reg = <0x0 0x48003000", "reg = <0x1 0x48003000"))
    done = merge(variant(tmp_path, "a"), other, "-o", tmp_path / "out")
    assert done.returncode == 1 and "no 2 MiB of RAM that all of them leave free" in done.stdout
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("old, new, said", (
    ("0x8000000 ", "0x9100000 ", "/board/gic/distributor: <0x0 0x8000000 0x0 0x10000> and "
                                 "<0x0 0x9100000 0x0 0x10000>"),
    ("mpidr = <0x0 0x3>", "mpidr = <0x0 0x103>", "/board/cpu@3/mpidr: <0x0 0x3> and <0x0 0x103>"),
    ("\t\tcpu@3 { mpidr = <0x0 0x3>; };\n", "", '/board/cpu@3: "present" and nothing'),
    ("virtual-interrupt = <27>", "virtual-interrupt = <28>", "/board/timer/virtual-interrupt: "
                                                            "<27> and <28>"),
    ("\t\t\tid-bits = <16>;\n", "", "/board/gic/id-bits: <16> and nothing"),
    ("arch = ", "arche = ", "unknown arche"),
    ("id-bits = <16>", "id-bits = <1 6>", "id-bits is not what the probe prints"),
    ("id-bits = <16>", "id-bits = <0x1ffffffff>", "id-bits is not what the probe prints"),
    ("id-bits = <16>;", "id-bits = <16>", "\";\" is missing"),
    ("\tgic {", "\tgic { id-bits = <16>;", "id-bits stands twice"),
    ("};\n};\n", "};\n};\nx\n", "the file goes on behind its end"),
    ("/ {", "/* error: bad: mend it */\n/ {", "the probe says: bad: mend it"),
    ("/ {", "probe: begin\n/ {", '2 lines "probe: begin", 1 lines "probe: end"'),
    ("timer {", "timer { \x1b[0m", "something that the probe does not print"),
))
def test_what_differs_or_cannot_be_read_is_said(tmp_path, old, new, said):
    good, bad = variant(tmp_path, "good"), variant(tmp_path, "bad", (old, new))
    output = tmp_path / "out"
    done = merge(good, bad, "-o", output)
    assert done.returncode == 1 and said in done.stdout, done.stdout
    assert str(bad) in done.stdout and not output.exists()
