"""The restart program alone on QEMU's CPU at EL1: what it copies, what it checks, where it jumps."""

import os
import random
import struct
import subprocess
import zlib

import pytest
from conftest import make

PAGE, SOURCE, TARGET = 0x40100000, 0x40200000, 0x41000000
RECORD = 0xC00
PROGRAM = "build/guest/arm64/restart.bin"

# Says x0 to x3 and the byte behind the last copy on the UART, as characters, then powers off.
PAYLOAD = """
	mov	x5, #0x09000000
	strb	w0, [x5]
	strb	w1, [x5]
	add	w2, w2, #48
	strb	w2, [x5]
	add	w3, w3, #48
	strb	w3, [x5]
	movz	x6, #0x2000
	movk	x6, #0x4100, lsl #16
	ldrb	w6, [x6]
	strb	w6, [x5]
	movz	w0, #8
	movk	w0, #0x8400, lsl #16
	hvc	#0
1:	b	1b
"""


@pytest.fixture(name="program", scope="module")
def fixture_program():
    done = make(PROGRAM)
    assert done.returncode == 0, done.stdout
    with open(PROGRAM, "rb") as file:
        return file.read()


@pytest.fixture(name="payload", scope="module")
def fixture_payload(tmp_path_factory):
    folder = tmp_path_factory.mktemp("payload")
    text, bits, raw = (str(folder / name) for name in ("payload.S", "payload.o", "payload.bin"))
    with open(text, "w", encoding="ascii") as file:
        file.write(PAYLOAD)
    subprocess.run(["aarch64-linux-gnu-gcc", "-c", "-o", bits, text], check=True)
    subprocess.run(["aarch64-linux-gnu-objcopy", "-O", "binary", bits, raw], check=True)
    with open(raw, "rb") as file:
        return file.read()


def record(copies, x0=ord("A"), x1=ord("B")):
    """struct plan_restart: (source, target, bytes, CRC-32 or None) of each copy."""
    words = [TARGET, x0, x1, len(copies)]
    for source, target, data, crc in copies:
        words += [source, target, len(data), zlib.crc32(data) if crc is None else crc]
    return struct.pack(f"<{len(words)}Q", *words)


def run(tmp_path, program, copies, stale=b""):
    """What the machine says before it is off; `stale` is what stands at the target."""
    page = program.ljust(RECORD, b"\0") + record(copies)
    command = ["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53", "-m", "64", "-display",
               "none", "-serial", "stdio", "-nic", "none", "-no-reboot",
               "-device", f"loader,addr={PAGE:#x},cpu-num=0"]
    for number, (address, data) in enumerate(
            [(PAGE, page), (TARGET, stale)] + [(c[0], c[2]) for c in copies]):
        if data:
            path = tmp_path / f"piece{number}"
            path.write_bytes(data)
            command += ["-device", f"loader,file={path},addr={address:#x},force-raw=on"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=60,
                          check=True)
    return done.stdout.decode()


def by_bits(program):
    """The same without FEAT_CRC32: the branch on x23 is always taken."""
    words = list(struct.unpack(f"<{len(program) // 4}I", program))
    found = [i for i, word in enumerate(words) if word & 0xFF00001F == 0xB4000017]
    assert len(found) == 1
    offset = words[found[0]] >> 5 & 0x7FFFF
    words[found[0]] = 0x14000000 | offset
    return struct.pack(f"<{len(words)}I", *words)


def pieces(payload, crc=None):
    """A payload and two more copies, of sizes that are no multiples of anything."""
    noise = random.Random(1).randbytes(0x1003)
    return [(SOURCE, TARGET, payload, None), (SOURCE + 0x10000, TARGET + 0x1000, noise, None),
            (SOURCE + 0x20000, TARGET + 0x2000, b"!" + noise[:100], crc)]


@pytest.mark.parametrize("variant", (lambda p: p, by_bits), ids=("crc32", "by-bits"))
def test_copies_checks_and_jumps(tmp_path, program, payload, variant):
    said = run(tmp_path, variant(program), pieces(payload), stale=b"\xff" * 0x4000)
    assert said == "AB00!"


@pytest.mark.parametrize("variant", (lambda p: p, by_bits), ids=("crc32", "by-bits"))
def test_a_wrong_checksum_powers_off(tmp_path, program, payload, variant):
    assert run(tmp_path, variant(program), pieces(payload, crc=1)) == ""


def test_the_program_leaves_room_for_its_record(program):
    assert 0 < len(program) <= RECORD
    assert os.path.getsize(PROGRAM) % 4 == 0
