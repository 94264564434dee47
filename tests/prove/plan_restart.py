"""Payloads, device trees and restarts of guests, broken in one way each, with the finding.

For the plan of linux.dts. Each is (what, change, finding); a change gets the plan and returns
nothing.
"""

import struct
import zlib

from plan_guests import (BLOCK, DMA_BASE, DMA_SIZE, DTB, ENTRY, MBIGEN, RAM_BASE, RECORD, RESTART,
                         S2_WRITE, XN, add_guest, field, guest, leaf, link, move_leaf, payloads_of,
                         put_guest)
from plan_image import PAGE


# ---- payloads and restarts -----------------------------------------------------------------------

def find_payload(plan, name, number):
    """0: program or kernel, 1: device tree, 2: initrd."""
    entry, dtb = field(plan, name, ENTRY), field(plan, name, DTB)
    for at in payloads_of(plan, name):
        target = plan.image.get(at + 8)
        if (target == entry, target == dtb) == (number == 0, number == 1):
            return at
    raise KeyError(name)


def payload(name, number, offset, by):
    def change(plan):
        at = find_payload(plan, name, number) + offset
        plan.image.put(at, plan.image.get(at) + by)
    return change


def kernel_header(offset, value, size=8):
    def change(plan):
        plan.image.put(plan.image.get(find_payload(plan, "left", 0)) + offset, value, size)
    return change


def initrd_to_window(plan):
    """Where the device sides can change it."""
    plan.image.put(find_payload(plan, "left", 2) + 8, field(plan, "left", RAM_BASE))


def golden(name, number, bits):
    """How a guest maps a payload of its own."""
    def change(plan):
        source = plan.image.get(find_payload(plan, name, number))
        entry = leaf(plan, "guest", guest(plan, name)[0], source)
        plan.image.put(entry[0], entry[1] ^ bits)
    return change


def golden_of_another(plan):
    """left sees the program of plain, which never restarts."""
    entry = leaf(plan, "guest", guest(plan, "left")[0],
                 plan.image.get(find_payload(plan, "left", 1)))
    move_leaf(plan, entry, plan.image.get(find_payload(plan, "plain", 0)))


def restart_page(name, bits):
    def change(plan):
        entry = leaf(plan, "guest", guest(plan, name)[0], field(plan, name, RESTART))
        plan.image.put(entry[0], entry[1] ^ bits)
    return change


def restart_page_of_another(plan):
    entry = leaf(plan, "guest", guest(plan, "left")[0], field(plan, "left", RESTART))
    move_leaf(plan, entry, field(plan, "right", RESTART))


def record(name, offset, by):
    def change(plan):
        at = field(plan, name, RESTART) + RECORD + offset
        plan.image.put(at, plan.image.get(at) + by)
    return change


def no_program(plan):
    page = field(plan, "anew", RESTART)
    for at in range(page, page + RECORD, 8):
        plan.image.put(at, 0)


def behind_payload(plan):
    at = find_payload(plan, "left", 0)
    plan.image.put(plan.image.get(at) + plan.image.get(at + 16), 1, 1)


# ---- the device tree -----------------------------------------------------------------------------

def tree_bytes(name, old, new):
    """Replaces bytes of a guest's device tree, and makes every checksum right again."""
    def change(plan):
        at = find_payload(plan, name, 1)
        source, size = plan.image.get(at), plan.image.get(at + 16)
        where = plan.image.offset(source)
        data = bytes(plan.image.data[where:where + size])
        before, after = (b(plan) if callable(b) else b for b in (old, new))
        assert data.count(before) >= 1 and len(before) == len(after), (name, before)
        data = data.replace(before, after, 1)
        plan.image.data[where:where + size] = data
        plan.image.put(at + 28, zlib.crc32(data), 4)
        page = field(plan, name, RESTART)
        for copy in range(3 if page else 0):
            copy_at = page + RECORD + 32 + 32 * copy
            if plan.image.get(copy_at) == source:
                plan.image.put(copy_at + 24, zlib.crc32(data))
    return change


def cells(*values):
    return struct.pack(f">{len(values)}I", *values)


def pair(value):
    return cells(value >> 32, value & 0xFFFFFFFF)


def pairs(*fields):
    """Big-endian pairs of cells: numbers, or (name, offset) of a guest's field."""
    def make(plan):
        return b"".join(pair(field(plan, *f) if isinstance(f, tuple) else f) for f in fields)
    return make


def window_register(name, by):
    return lambda plan: pair(plan.image.get(link(plan, name) + 32) + by) + pair(0x1070)


BROKEN_RESTART = [
    ("initrd in the window", initrd_to_window, "not in the RAM of left"),
    ("initrd over the kernel's memory", payload("left", 2, 8, -0x1b00000),
     "which has plan_payloads["),
    ("kernel that wants another place", kernel_header(8, 0x80000), "kernel of left: text_offset"),
    ("kernel larger than RAM", kernel_header(16, 0x2000000), "needs 0x2000000 bytes: not in"),
    ("kernel of no size", kernel_header(16, 0), "needs 0x0 bytes: not in"),
    ("no kernel", kernel_header(56, 0, 4), "kernel of left: has no header"),
    ("tree elsewhere", add_guest("left", DTB, -PAGE), "guest left"),
    ("golden kernel writable", golden("left", 0, S2_WRITE), "guest left has rw-, at most r--"),
    ("golden kernel executable", golden("left", 0, XN), "guest left has r-x, at most r--"),
    ("golden initrd writable", golden("left", 2, S2_WRITE), "(initrd of left): guest left has rw-"),
    ("golden bytes of another", golden_of_another, "(payloads): guest left has r--"),
    ("restart page writable", restart_page("left", S2_WRITE), "guest left has rwx, at most r-x"),
    ("restart page not executable", restart_page("left", XN), "translation: guest left"),
    ("restart page of another", restart_page_of_another,
     "(restart page of right): guest left has r-x"),
    ("restart page's record elsewhere", add_guest("left", RESTART, PAGE), "restart"),
    ("restart of a guest that has none", put_guest("plain", RESTART, 0x40400000),
     "guest plain.restart"),
    ("restart at another entry", record("left", 0, PAGE), "restart of left: entry"),
    ("restart without a tree", record("left", 8, 16), "restart of left: x0"),
    ("restart with x1", record("right", 16, 1), "restart of right: x1"),
    ("restart of a program with x0", record("anew", 8, 1), "restart of anew: x0"),
    ("restart of a program without a tree", record("anew", 16, 8), "restart of anew: x1"),
    ("restart with a copy less", record("left", 24, -1), "restart of left: count"),
    ("restart with a copy more", record("right", 24, 1), "restart of right: count"),
    ("restart from elsewhere", record("left", 32, PAGE), "is not copied again"),
    ("restart to elsewhere", record("left", 40, PAGE), "is not copied again"),
    ("restart with too little", record("left", 48, -1), "is not copied again"),
    ("restart with another checksum", record("left", 56, 1), "is not copied again"),
    ("restart's checksum too long", record("left", 56, 1 << 32), "is not copied again"),
    ("restart copies what is nobody's", record("right", 96, PAGE), "copy[2]: is no payload of it"),
    ("restart page's end", record("anew", 128, 1), "behind the record are not zero"),
    ("restart without a program", no_program, "has no program"),
    ("bytes behind a golden payload", behind_payload, "can read bytes behind it"),

    ("tree: the window's bank", tree_bytes("left", pairs(("left", DMA_BASE), ("left", DMA_SIZE)),
                                           pairs(("left", DMA_BASE), 2 * BLOCK + PAGE)),
     "tree: device tree of left, memory"),
    ("tree: bus address of the window",
     tree_bytes("left", pairs(("left", RAM_BASE), ("left", DMA_BASE), ("left", DMA_SIZE)),
                pairs(("left", DMA_BASE), ("left", DMA_BASE), ("left", DMA_SIZE))),
     "does not lead its DMA to the window"),
    ("tree: no dma-coherent", tree_bytes("left", b"dma-coherent\0", b"dma-coherenz\0"),
     "is not dma-coherent"),
    ("tree: link elsewhere", tree_bytes("left", window_register("net-left", 0),
                                        window_register("net-left", 0x1000)),
     "net-left: has no node"),
    ("tree: initrd", tree_bytes("left", b"linux,initrd-end\0", b"linux,initrd-enz\0"),
     "linux,initrd-end"),
    ("tree: command line", tree_bytes("left", b"console=hvc0 quiet", b"console=hvc1 quiet"),
     "bootargs: do not begin with"),
    ("tree: vCPUs by another way", tree_bytes("left", b"psci\0", b"spin\0"), "cpus: "),
    ("tree: PSCI by smc", tree_bytes("left", b"hvc\0", b"smc\0"), "psci: is not called by hvc"),
    ("tree: Distributor", tree_bytes("left", pairs(0x8000000, 0x10000), pairs(0x8010000, 0x10000)),
     "gic: its frames"),
    ("tree: ITS", tree_bytes("left", pairs(0x8080000, 0x20000), pairs(0x8090000, 0x20000)),
     "its: its frames"),
    ("tree: mbigen", tree_bytes("left", pairs(("left", MBIGEN), 0x10000), pairs(0, 0x10000)),
     "mbigen: its registers"),
    ("tree: device's interrupt", tree_bytes("right", pairs(0x9000000, 0x1000),
                                            pairs(0x9001000, 0x1000)),
     "uart@9000000: has no node"),
]
