"""The gate pages of x86_64 deployments, disassembled from each byte: a guest may jump anywhere.

In 64-bit mode: for other code there is no page to be fetched from (test_layout_gates.c).
"""

import glob
import os
import re
import struct
import subprocess

import pytest
from conftest import ROOT

DEPLOYMENTS = sorted(os.path.basename(path)[:-4]
                     for path in glob.glob(os.path.join(ROOT, "config", "bochs-x86-*.dts")))
PAGE = 4096
WINDOW = 16

# What decides nothing, reads, traps, or goes elsewhere in the page; operands in memory say more.
HARMLESS = {"int3", "(bad)", "nop", "pause", "leave", "ret", "vmfunc"}
REGISTERS = re.compile(r"(xor|xchg|inc|add|sub|and|mov|shl) +[a-z0-9]+(,[a-z0-9]+)?$")
CONSTANT = re.compile(r"(lock )?(bts|mov) +DWORD PTR \[rip\+0x[0-9a-f]+\],0x[0-9a-f]+ ")
PREFIXES = re.compile(r"((rex(\.[WRXB]+)?|ds|repnz) )*(rex(\.[WRXB]+)?|int3|nop|xchg +r8d,eax)$")


def pages(plan):
    """The content of each gate page."""
    found = re.findall(r"\t\{ /\* 0x\w+: gate page of (\w+) \*/\n(.*?)\n\t\},", plan, re.DOTALL)
    for name, entries in found:
        words = [int(word, 16) for word in re.findall(r"= (0x\w+),", entries)]
        assert len(words) == PAGE // 8
        yield name, struct.pack(f"<{len(words)}Q", *words)


def first_instructions(page, folder):
    """What decodes at each byte; INT3s between the windows bring the disassembler back."""
    path = os.path.join(folder, "windows")
    with open(path, "wb") as file:
        for at in range(PAGE):
            file.write(page[at:at + WINDOW].ljust(2 * WINDOW, b"\xcc"))
    text = subprocess.run(["objdump", "-D", "-z", "-b", "binary", "-m", "i386:x86-64", "-M", "intel",
                           "--no-show-raw-insn", path],
                          capture_output=True, text=True, check=True).stdout
    lines = re.findall(r"^ *([0-9a-f]+):\t(.*?) *$", text, re.MULTILINE)
    return {int(at, 16) // (2 * WINDOW): what for at, what in lines
            if int(at, 16) % (2 * WINDOW) == 0}


def is_safe(what):
    name = what.split()[0]
    return (name in HARMLESS or REGISTERS.match(what) or CONSTANT.match(what + " ")
            or PREFIXES.match(what) or re.match(r"j[a-z]+ +0x", what))


def compiled(name, folder):
    """The gate pages of a deployment, by guest."""
    images = folder / "images"
    images.mkdir()
    for guest in ("ping", "pong", "hub", "left", "right"):
        (images / f"{guest}.bin").write_bytes(bytes(PAGE))
    subprocess.run(["build/planc", "-i", str(images), "-o", str(folder), f"config/{name}.dts"],
                   cwd=ROOT, check=True)
    found = dict(pages((folder / "plan.c").read_text(encoding="utf-8")))
    assert len(found) >= 2
    return found


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_no_byte_starts_a_store_elsewhere(name, tmp_path):
    for guest, page in compiled(name, tmp_path).items():
        decoded = first_instructions(page, tmp_path)
        assert len(decoded) == PAGE
        bad = {hex(at): what for at, what in decoded.items() if not is_safe(what)}
        assert not bad, f"{guest}: {bad}"


@pytest.mark.parametrize("what", ("add    BYTE PTR [rax],al", "rol    BYTE PTR [rax-0x70],0x85",
                                  "push   rax", "mov    DWORD PTR fs:[rip+0x10],0x1",
                                  "rex add BYTE PTR [rax],al", "lock add DWORD PTR [rip+0x1],eax"))
def test_a_store_is_seen(what):
    assert not is_safe(what)


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_no_byte_makes_a_gate_descriptor(name, tmp_path):
    """Intel SDM volume 3, 6.14.1: byte 5 of a present interrupt or trap gate."""
    for guest, page in compiled(name, tmp_path).items():
        assert not [at for at, byte in enumerate(page) if byte & 0x9e == 0x8e], guest
