"""Booting by firmware: the same table each way, disk images that anybody can make again."""

import json
import os
import re
import shutil
import struct
import subprocess
import types

import pytest
from conftest import ROOT, TRANSPORTS, boot, build, held, make
from emulators.console import FirmwareConsole
from emulators.qemu import Witness
from report import parse_line

PAIR = "qemu-arm64-pair"
# Each way: the disk it starts from, and what shows on the UART that it was this way. U-Boot waits
# two seconds for a key: with counted instructions that is 2,000,000,000 of them.
WAYS = {
    "uefi": ("disk.img", [], ("UEFI firmware", "bulkhead: leaving the firmware")),
    "uboot": ("disk-booti.img", ["--no-icount"], ("U-Boot 20", "Starting kernel")),
    "uboot-efi": ("disk-efi.img", ["--no-icount"], ("U-Boot 20", "bulkhead: leaving the firmware")),
}
# Entries of one net round trip, both CPUs, as for the direct boot.
ENTRIES = {"static": 0, "lazy": 0, "trap": 6}


def run_tool(tool, *arguments, **environment):
    return subprocess.run([os.path.join(ROOT, "tools", tool), *map(str, arguments)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          env={**os.environ, **environment})


def read(path):
    with open(path, "rb") as file:
        return file.read()


# ---- the ways to boot ---------------------------------------------------------------------------

@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_boot_gives_the_same_table(way, transport):
    disk, clock, heard = WAYS[way]
    report = boot(build(PAIR, transport, product=disk), "--boot", way, *clock)
    held(report)
    assert all(text in report.console for text in heard), report.console
    assert report.witness["boot"] == way
    assert report.phases() == [0, 1, 2, 3]
    slack = len(report.counts) if clock and transport == "trap" else 0
    for phase in (0, 1):
        rounds = report.rounds(phase)
        assert rounds >= 1000
        assert abs(report.sum(phase)["ENTRIES"] - ENTRIES[transport] * rounds) <= slack
    if transport != "trap":
        assert not any(report.sum(phase)["ENTRIES"] for phase in report.phases())


def test_a_firmware_boot_counts_the_entries_of_a_direct_one():
    """Whatever firmware did at EL2 before is not the hypervisor's."""
    out = build(PAIR, "static", product="disk.img")
    direct, uefi = boot(out), boot(out, "--boot", "uefi")
    assert uefi.witness["cpus"] == direct.witness["cpus"]
    assert uefi.witness["firmware_exceptions"] > 0
    assert direct.witness["firmware_exceptions"] == 0


def test_without_acpi_off_uefi_has_no_tree_and_is_asked_for_none():
    out = build(PAIR, "static", product="disk.img")
    with_tree = run_tool("run", "--print", "--boot", "uefi", out).stdout
    without = run_tool("run", "--print", "--boot", "uefi", "--no-device-tree", out).stdout
    assert with_tree.strip() == without.strip() + " -machine acpi=off"


def test_the_users_arguments_have_the_last_word():
    out = build(PAIR, "static", product="disk.img")
    printed = run_tool("run", "--print", "--boot", "uefi", "--firmware", __file__,
                       "--qemu-args=-machine acpi=on", out).stdout
    assert printed.endswith("-machine acpi=off -machine acpi=on\n")
    assert f"-bios {__file__} " in printed


@pytest.mark.parametrize("word", ("nonsense", "", "uefi uboot"))
def test_an_unknown_way_is_refused(word):
    done = make(f"BOOT={word}", "all")
    assert done.returncode != 0
    assert f"BOOT={word}: say direct, uefi, uboot or uboot-efi" in done.stdout


def folder_with_disk(tmp_path, way="uefi"):
    """What tools/run needs of a built folder, with a disk of its own that boots nothing."""
    out = build(PAIR, "static")
    for name in ("layout", "plan"):
        shutil.copytree(os.path.join(out, name), tmp_path / name)
    (tmp_path / "readme").write_text("nothing to boot\n")
    done = run_tool("disk", tmp_path / WAYS[way][0], f"readme={tmp_path}/readme")
    assert done.returncode == 0, done.stdout
    return tmp_path


def test_the_disk_for_sticks_boots_by_uboot_too(tmp_path):
    """With both ways on it, whichever that U-Boot prefers."""
    out = build(PAIR, "static", product="disk.img")
    place = folder_with_disk(tmp_path)
    shutil.copy(f"{out}/disk.img", place / "disk-booti.img")
    report = boot(str(place), "--boot", "uboot", "--no-icount")
    held(report)
    assert "U-Boot 20" in report.console


@pytest.mark.parametrize("way, last", (("uefi", "UEFI Interactive Shell"), ("uboot", "=>\n")))
def test_a_firmware_that_finds_nothing_is_not_waited_for(tmp_path, way, last):
    out = folder_with_disk(tmp_path, way)
    done = run_tool("run", "--boot", way, *WAYS[way][1], "--timeout", "100", out)
    assert done.returncode == 1
    assert "the firmware has nothing more to start and waits for commands" in done.stdout
    assert "its last lines" in done.stdout and last in done.stdout
    assert "\x1b" not in done.stdout
    with open(out / "witness.json", encoding="utf-8") as file:
        assert json.load(file)["seconds"] < 60


def test_what_is_missing_is_named(tmp_path):
    out = folder_with_disk(tmp_path)
    done = run_tool("run", "--boot", "uefi", "--firmware", "/no/such.fd", out)
    assert "run: no /no/such.fd: tools/setup boot installs Debian's" in done.stdout
    done = run_tool("run", "--boot", "uboot-efi", out)
    assert f"run: no {out}/disk-efi.img: make run BOOT=uboot-efi makes it" in done.stdout


def test_the_default_run_needs_no_firmware_packages(tmp_path):
    for name, body in {"dpkg-query": "exit 1", "id": "echo 1000", "sudo": "exit 1"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    lists = {level: run_tool("setup", *level.split(), PATH=path).stdout.splitlines()[-1].split()
             for level in ("", "boot", "all")}
    extra = {"qemu-efi-aarch64", "u-boot-qemu", "u-boot-tools", "mtools", "fdisk"}
    assert not extra & set(lists[""])
    assert extra == set(lists["boot"]) - set(lists[""])
    assert extra <= set(lists["all"])


# ---- the disk -----------------------------------------------------------------------------------

def on_disk(disk, name):
    """A file's bytes, or None."""
    done = subprocess.run(["mtype", "-i", f"{disk}@@1M", f"::/{name}"], capture_output=True,
                          check=False)
    return None if done.returncode else done.stdout


def test_the_disk_holds_what_each_firmware_looks_for():
    out = build(PAIR, "static", product="disk.img")
    disk = f"{out}/disk.img"
    assert on_disk(disk, "EFI/BOOT/BOOTAA64.EFI") == read(f"{out}/BOOTAA64.EFI")
    assert on_disk(disk, "bulkhead.img") == read(f"{out}/Image")
    script = on_disk(disk, "boot.scr")
    assert script == read("build/boot.scr") and read("config/boot.cmd") in script


def test_the_disks_for_uboot_leave_it_no_choice():
    out = build(PAIR, "static", product="disk-efi.img")
    assert on_disk(f"{out}/disk-efi.img", "EFI/BOOT/BOOTAA64.EFI") == read(f"{out}/BOOTAA64.EFI")
    assert on_disk(f"{out}/disk-efi.img", "boot.scr") is None
    build(PAIR, "static", product="disk-booti.img")
    assert on_disk(f"{out}/disk-booti.img", "bulkhead.img") == read(f"{out}/Image")
    assert on_disk(f"{out}/disk-booti.img", "EFI/BOOT/BOOTAA64.EFI") is None


def test_the_script_knows_no_machine():
    text = read("config/boot.cmd").decode().lower()
    assert not re.search(r"0x[0-9a-f]|qemu|virtio|mmc|usb", text)


def test_make_disk_says_where_it_is_and_how_to_write_it():
    done = make("disk", f"DEPLOYMENT={PAIR}", "TRANSPORT=static")
    assert done.returncode == 0, done.stdout
    assert f"dd if=build/{PAIR}/static/disk.img of=/dev/sdX" in done.stdout


def test_the_same_files_give_the_same_disk(tmp_path):
    """Whatever the time, the zone, the files' dates and the order they are named in."""
    disks = []
    for turn, (zone, epoch) in enumerate((("UTC", "0"), ("Asia/Tokyo", "1700000000"))):
        place = tmp_path / str(turn)
        place.mkdir()
        for name in ("a", "b"):
            (place / name).write_text(name * 5000)
            os.utime(place / name, (1e9 + turn * 1e8,) * 2)
        files = [f"x/y/A.TXT={place}/a", f"b.txt={place}/b"]
        done = run_tool("disk", place / "disk.img", *files[::1 - 2 * turn], TZ=zone,
                        SOURCE_DATE_EPOCH=epoch)
        assert done.returncode == 0, done.stdout
        disks.append(read(place / "disk.img"))
    assert disks[0] == disks[1]


def test_the_disk_made_twice_by_make_is_the_same():
    out = build(PAIR, "static", product="disk.img")
    first = read(f"{out}/disk.img")
    os.unlink(f"{out}/disk.img")
    os.unlink("build/boot.scr")
    build(PAIR, "static", product="disk.img")
    assert read(f"{out}/disk.img") == first


def test_other_contents_are_another_disk(tmp_path):
    """Two sticks in one machine must not have the same GUIDs."""
    tables = []
    for text in ("one", "two"):
        (tmp_path / "file").write_text(text)
        run_tool("disk", tmp_path / text, f"file={tmp_path}/file")
        tables.append(json.loads(subprocess.run(
            ["sfdisk", "-J", tmp_path / text], capture_output=True, check=True).stdout))
    first, second = (table["partitiontable"] for table in tables)
    assert first["id"] != second["id"]
    serials = [read(tmp_path / text)[(1 << 20) + 67:][:4] for text in ("one", "two")]
    assert serials[0] != serials[1]
    assert first["partitions"][0]["uuid"] != second["partitions"][0]["uuid"]
    assert first["label"] == "gpt" and len(first["partitions"]) == 1
    assert first["partitions"][0]["type"] == "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"


@pytest.mark.parametrize("size", (0, 80 << 20))
def test_the_partition_is_fat32_and_fits(tmp_path, size):
    """FAT32 is what has at least 65525 clusters, whatever its name says."""
    with open(tmp_path / "file", "wb") as file:
        file.truncate(size)
    done = run_tool("disk", tmp_path / "disk", f"EFI/BOOT/FILE={tmp_path}/file")
    assert done.returncode == 0, done.stdout
    sector = read(tmp_path / "disk")[1 << 20:][:512]
    per_cluster, reserved, fats = struct.unpack_from("<BHB", sector, 13)
    hidden, sectors, fat_sectors = struct.unpack_from("<III", sector, 28)
    clusters = (sectors - reserved - fats * fat_sectors) // per_cluster
    assert sector[82:90] == b"FAT32   " and clusters >= 65525
    assert hidden == 2048
    assert len(on_disk(tmp_path / "disk", "EFI/BOOT/FILE")) == size


@pytest.mark.parametrize("arguments, said", (
    ("file", "say NAME=FILE"), ("/file=/dev/null", "say NAME=FILE"),
    ("a/../b=/dev/null", "say NAME=FILE"), ("file=/no/such", "No such file"),
    ("a=/dev/null a=/dev/null", "a name stands there twice"),
    ("a=/dev/null A=/dev/null", "a name stands there twice"),
    ("a=/dev/null a/b=/dev/null", "a name stands there twice"),
))
def test_a_bad_name_leaves_no_disk(tmp_path, arguments, said):
    done = run_tool("disk", tmp_path / "disk", *arguments.split())
    assert done.returncode == 1 and done.stdout.startswith("disk: ") and said in done.stdout
    assert not os.listdir(tmp_path)


def test_a_missing_tool_is_named_and_leaves_no_disk(tmp_path):
    done = run_tool("disk", tmp_path / "disk", "a=/dev/null", PATH="/no/such")
    assert done.stdout == "disk: no sfdisk here: tools/setup boot installs it\n"
    assert done.returncode == 1 and not os.listdir(tmp_path)


# ---- the witness and the console, on made-up input ----------------------------------------------

TEXT = range(0x40210000, 0x40220000)


def taken(name, source, vector, esr=0):
    return (f"Taking exception 5 [{name}] on CPU 0\n...from EL{source} to EL2\n"
            f"...with ESR {esr >> 26:#x}/{esr:#x}\n...with FAR 0x10\n...with ELR 0x7fbe92f4\n"
            f"...to EL2 PC {vector:#x} PSTATE 0x3c9\n").encode()


FIRMWARE = taken("IRQ", 2, 0x7faf3a80)
QEMU_10 = FIRMWARE.replace(b"...with FAR 0x10\n", b"...with SPSR 0x60000309\n")
OWN_FAULT = taken("Data Abort", 2, TEXT.start + 0x200, 0x96000046)
GUEST_CALL = taken("Hypervisor Call", 1, TEXT.start + 0x400, 0x5A000001)


def bugs_in(log, text, size=1 << 20):
    witness = Witness(text)
    for start in range(0, len(log), size):
        witness.feed(log[start:start + size])
    witness.close()
    result = witness.result()
    return sum(result["hypervisor_bugs"].values()), result["firmware_exceptions"]


@pytest.mark.parametrize("size", (1, 100, 1 << 20))
@pytest.mark.parametrize("log, text, bugs, firmware", (
    (FIRMWARE * 3 + GUEST_CALL, TEXT, 0, 3),
    (QEMU_10 * 3 + GUEST_CALL, TEXT, 0, 3),
    (FIRMWARE * 3 + OWN_FAULT, TEXT, 1, 3),  # before any guest ran
    (GUEST_CALL + OWN_FAULT, TEXT, 1, 0),
    (GUEST_CALL + FIRMWARE, TEXT, 1, 0),  # with a guest at work nobody else is at EL2
    (FIRMWARE, None, 1, 0),  # a direct boot has no firmware
), ids=("firmware", "qemu-10", "own-fault", "fault-later", "firmware-later", "direct"))
def test_who_took_an_exception_at_el2(log, text, bugs, firmware, size):
    assert bugs_in(log, text, size) == (bugs, firmware)


def show(tmp_path, capfdbinary, *chunks, verbose=False):
    options = types.SimpleNamespace(quiet=False, verbose=verbose)
    console = FirmwareConsole(tmp_path / "console.txt", options, ["ping"])
    for chunk in chunks:
        console.feed(chunk)
        console.idle()
    console.close()
    assert read(tmp_path / "console.txt") == b"".join(chunks)
    console.explain()
    return capfdbinary.readouterr(), console


CHATTER = (b"\x1b[2J\x1b[01;01H\x1b[=3hBoot", b"ing\r\nping-like noise\r\n\x1b[0m\x1b[37m\x1b[40m")


@pytest.mark.parametrize("ours", (b"bulkhead: image\r\n", b"ping: hi\r\n", b"Starting kernel\r\n"))
def test_firmware_chatter_is_hidden_and_kept(tmp_path, capfdbinary, ours):
    shown, _ = show(tmp_path, capfdbinary, *CHATTER, ours, b"\x1b[1mlater\r\n", b"unfinished")
    assert shown.out == ours.replace(b"\r", b"") + b"\x1b[1mlater\r\nunfinished"
    assert shown.err == b""


def test_verbose_shows_everything(tmp_path, capfdbinary):
    shown, _ = show(tmp_path, capfdbinary, *CHATTER, b"ping: hello\r\n", verbose=True)
    assert shown.out == b"".join(CHATTER) + b"ping: hello\r\n"


def test_a_run_without_a_word_of_ours_shows_the_firmwares_last(tmp_path, capfdbinary):
    shown, console = show(tmp_path, capfdbinary, *CHATTER, b"error 5\r\n")
    assert shown.out == b"" and not console.gave_up
    assert b"    Booting\n    ping-like noise\n    error 5\n" in shown.err
    assert show(tmp_path, capfdbinary, b"fatal\r\n=> ")[1].gave_up
    assert show(tmp_path, capfdbinary, b"bulkhead: no\r\nUEFI Interactive Shell\r\n")[1].gave_up


def test_the_profile_reads_behind_what_firmware_left_on_the_line():
    line = "\x1b[2J\x1b[01;01H\x1b[=3h@guest name=ping state=done errors=0\r\n"
    assert parse_line(line) == ("guest", {"name": "ping", "state": "done", "errors": "0"}, [])
    assert parse_line("left: \x1b[1;1H@guest name=right state=done errors=0") is None
