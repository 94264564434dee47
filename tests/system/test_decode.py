"""The decoder of x86_64's moves against the disassembler of binutils, over all forms of operands."""

import ctypes
import itertools
import os
import random
import re
import subprocess

import pytest
from conftest import ROOT

SLOT = 48  # an instruction of at most 15 bytes, then NOPs: the next slot begins with its own
MAX = 15
IMMEDIATE = 16
SIZES = {"BYTE": 1, "WORD": 2, "DWORD": 4, "QWORD": 8}
MOVES = [bytes([opcode]) for opcode in (0x63, 0x88, 0x89, 0x8a, 0x8b, 0xa0, 0xa1, 0xa2, 0xa3, 0xc6,
                                        0xc7)]
MOVES += [bytes([0x0f, opcode]) for opcode in (0xb6, 0xb7, 0xbe, 0xbf)]
PREFIXES = (b"", b"\x66", b"\x67", b"\x65", b"\x66\x2e", b"\x67\x66", b"\xf0", b"\xf2", b"\xf3")
LINE = re.compile(r"^ *([0-9a-f]+):\t((?:[0-9a-f]{2} )+) *\t?(.*)$", re.MULTILINE)
# A segment, an operand size or a REX without effect stands in front of the instruction's name.
IDLE = re.compile(r"^((data16|addr32|addr16|[c-gs]s|rex(\.[WRXB]+)?) )+")
PLACE = r"(?:(BYTE|WORD|DWORD|QWORD) PTR )?((?:[c-gs]s:)?\[[^\]]*\]|[c-gs]s:0x[0-9a-f]+)"
LOAD = re.compile(r"(mov|movabs|movzx|movsx|movsxd) +([a-z0-9]+)," + PLACE + "$")
STORE = re.compile(r"(mov|movabs) +" + PLACE + r",([a-z0-9]+)$")


class Decoded(ctypes.Structure):
    """struct decoded of arch/x86_64/decode.h"""
    _fields_ = [("length", ctypes.c_uint32), ("size", ctypes.c_uint32), ("write", ctypes.c_bool),
                ("sign", ctypes.c_bool), ("gpr", ctypes.c_uint32), ("high_byte", ctypes.c_bool),
                ("target", ctypes.c_uint32), ("immediate", ctypes.c_uint64)]


def register_names():
    """{name: (number, bytes, whether it is bits 15:8)}"""
    names = {}
    for number, base in enumerate(("ax", "cx", "dx", "bx", "sp", "bp", "si", "di")):
        low = base[0] + "l" if number < 4 else base + "l"
        names.update({low: (number, 1, False), base: (number, 2, False),
                      "e" + base: (number, 4, False), "r" + base: (number, 8, False)})
    names.update({high: (number, 1, True) for number, high in enumerate(("ah", "ch", "dh", "bh"))})
    for number in range(8, 16):
        names.update({f"r{number}{suffix}": (number, size, False)
                      for suffix, size in (("b", 1), ("w", 2), ("d", 4), ("", 8))})
    return names


REGISTERS = register_names()


@pytest.fixture(scope="module", name="decode")
def fixture_decode(tmp_path_factory):
    path = tmp_path_factory.mktemp("decode") / "decode.so"
    subprocess.run(["cc", "-std=gnu11", "-O1", "-shared", "-fPIC", "-I", ROOT, "-o", path,
                    os.path.join(ROOT, "arch/x86_64/decode.c")], check=True)
    library = ctypes.CDLL(str(path))
    library.decode.restype = ctypes.c_bool
    library.decode_write.restype = ctypes.c_uint64

    def decode(code, long_mode):
        found = Decoded()
        if not library.decode(code[:MAX], MAX, long_mode, ctypes.byref(found)):
            return None
        immediate = library.decode_write(ctypes.byref(found), ctypes.c_uint64(0))
        return (found.length, found.write, found.size, found.gpr, found.high_byte,
                None if found.gpr == IMMEDIATE else found.target, found.sign,
                immediate if found.gpr == IMMEDIATE else None)
    return decode


def disassemble(codes, long_mode, folder):
    """(length, text) of the instruction with which each of them begins."""
    blob = folder / "code"
    blob.write_bytes(b"".join(code[:MAX].ljust(SLOT, b"\x90") for code in codes))
    machine = "i386:x86-64" if long_mode else "i386"
    done = subprocess.run(["objdump", "-D", "-b", "binary", "-m", machine, "-M", "intel",
                           "--insn-width=16", blob], text=True, stdout=subprocess.PIPE, check=True)
    lines = {int(at, 16): (len(code.split()), text.split(" #")[0].strip())
             for at, code, text in LINE.findall(done.stdout)}
    return [lines[i * SLOT] for i in range(len(codes))]


def meaning(length, text):
    """What a disassembled move does, as the decoder says it; None for every other instruction."""
    text = IDLE.sub("", text)
    load, store = LOAD.match(text), STORE.match(text)
    if load and load[2] in REGISTERS:
        number, target, high = REGISTERS[load[2]]
        size = SIZES[load[3]] if load[3] else target
        return (length, False, size, number, high, target, load[1] in ("movsx", "movsxd"), None)
    if store and store[4] in REGISTERS:
        number, size, high = REGISTERS[store[4]]
        return (length, True, size, number, high, size, False, None)
    if store and store[4].startswith("0x") and store[2]:
        size = SIZES[store[2]]
        value = int(store[4], 16) & (1 << 8 * size) - 1
        return (length, True, size, IMMEDIATE, False, None, False, value)
    return None


def refused_by_choice(code, long_mode, text):
    """MOVSXD that extends nothing, and 16-bit addresses."""
    if text.find("movsxd") >= 0 and not re.search(r"movsxd +r(\d+|[a-z]+),", text):
        return True
    return not long_mode and re.match(rb"[\x65\x66]*\x67[\x65-\x67]*[^\xa0-\xa3]", code)


def moves(long_mode):
    tail = bytes.fromhex("2495f37a1c86b4d9e5017fc8")
    rexes = [b""] + ([bytes([0x40 + i]) for i in (0, 1, 4, 5, 8, 9, 0xd, 0xf)] if long_mode else [])
    for prefix, rex, opcode, modrm in itertools.product(PREFIXES, rexes, MOVES, range(0, 256)):
        if rex in (b"", b"\x48") or modrm % 7 == len(prefix):
            yield prefix + rex + opcode + bytes([modrm]) + tail
    for modrm, sib in itertools.product((0x04, 0x4c, 0x94, 0x3c), range(256)):
        yield b"\x89" + bytes([modrm, sib]) + tail


@pytest.mark.parametrize("long_mode", (True, False))
def test_every_move_is_what_the_disassembler_says(decode, long_mode, tmp_path):
    codes = list(moves(long_mode))
    seen = 0
    for code, (length, text) in zip(codes, disassemble(codes, long_mode, tmp_path)):
        found, wanted = decode(code, long_mode), meaning(length, text)
        if found is None and wanted and refused_by_choice(code, long_mode, text):
            continue
        assert found == wanted, f"{code[:MAX].hex()} {text}"
        seen += found is not None
    assert seen > len(codes) // 4


@pytest.mark.parametrize("long_mode", (True, False))
def test_what_is_accepted_of_other_bytes_is_a_move(decode, long_mode, tmp_path):
    """Every opcode, and prefixes in any order: where it is accepted, it is what it is taken for."""
    source = random.Random(1)
    fillers = b"\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3" + bytes(range(0x40, 0x50))
    opcodes = [bytes([i]) for i in range(256)] + [bytes([0x0f, i]) for i in range(256)]
    codes = [bytes(source.choices(fillers, k=source.randrange(4))) + opcode + source.randbytes(12)
             for opcode in opcodes for _ in range(100)]
    seen = 0
    for code, (length, text) in zip(codes, disassemble(codes, long_mode, tmp_path)):
        found = decode(code, long_mode)
        if found is not None:
            assert found == meaning(length, text), f"{code[:MAX].hex()} {text}"
            seen += 1
    assert seen > 100
