"""Combines what the probe printed on several boots of a machine into one board file of minima.

usage: python3 tools/probe --merge LOG... [-o BOARD.dtsi] [--min-ram MIB]

A LOG is a serial log of one boot, or a board file made by this. RAM is what every boot left free,
capacities are the least, sizes that the machine asks for the largest; anything else must be the
same. On any difference nothing is written.
"""

import argparse
import os
import sys
import textwrap

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from board_file import Unusable, find, kind, read, show, write  # noqa: E402

MIB = 1 << 20
RAM_COUNT_MAX = 16


def address(cells):
    return cells[0] << 32 | cells[1]


def cells(*numbers):
    return [half for number in numbers for half in (number >> 32, number & 0xFFFFFFFF)]


def least(values):
    return [min(value[0] for value in values)]


def largest(values):
    return [max(value[0] for value in values)]


def common(values):
    """In the first one's order."""
    return [name for name in values[0] if all(name in value for value in values)]


def lowest_version(values):
    return min(values)


def tables(values):
    """Pairs of a table's type and the size of its entries."""
    sizes = [dict(zip(value[::2], value[1::2])) for value in values]
    types = sorted(set.intersection(*map(set, sizes)))
    return [cell for t in types for cell in (t, max(size[t] for size in sizes))]


RULES = {
    ("gic", "version"): lowest_version,
    ("gic", "id-bits"): least,
    ("gic", "list-registers"): least,
    ("gic", "its-event-bits"): least,
    ("gic", "its-device-bits"): least,
    ("gic", "its-itt-entry"): largest,
    ("gic", "its-tables"): tables,
    ("features", "address-bits"): least,
    ("features", "cache-line"): least,
    ("features", "isa"): common,
}


def intersect(left, right):
    """Of two lists of (start, end)."""
    pieces = ((max(a, c), min(b, d)) for a, b in left for c, d in right)
    return sorted((start, end) for start, end in pieces if start < end)


def ranges(board):
    regs = [node["reg"] for name, node in board.items() if kind(name) == "ram"]
    return [(address(reg[:2]), address(reg[:2]) + address(reg[2:])) for reg in regs]


def merge_ram(boards, smallest):
    """RAM nodes: the largest pieces that every boot left free, none below `smallest` bytes."""
    free = ranges(boards[0])
    for board in boards[1:]:
        free = intersect(free, ranges(board))
    free = [piece for piece in free if piece[1] - piece[0] >= smallest]
    free.sort(key=lambda piece: (piece[0] - piece[1], piece[0]))
    return {f"ram@{start:x}": {"reg": cells(start, end - start)}
            for start, end in free[:RAM_COUNT_MAX]}


class Merger:
    """Boards of one machine, by the names of their logs."""

    def __init__(self, logs, boards, ram_mib):
        self.logs, self.boards, self.ram_mib, self.errors = logs, boards, ram_mib, []

    def differ(self, path, name, values):
        other = next(i for i, value in enumerate(values) if value != values[0])
        self.errors.append(f"{self.logs[0]} and {self.logs[other]}: /board{path}: "
                           f"{show(name, values[0])} and {show(name, values[other])}: "
                           "are they boots of one machine?")

    def property(self, node, name, values):
        rule = RULES.get((kind(node), name))
        path = f"/{node}/{name}" if node else f"/{name}"
        if rule and all(values):
            return rule(values)
        if any(value != values[0] for value in values):
            self.differ(path, name, values)
        return values[0]

    def node(self, name):
        nodes = [board.get(name) for board in self.boards]
        if not all(nodes):
            self.differ(f"/{name}", "", [["present"] if node else None for node in nodes])
            return {}
        names = dict.fromkeys(key for node in nodes for key in node if key)
        merged = {key: self.property(name, key, [node.get(key) for node in nodes])
                  for key in names}
        return {**merged, "": nodes[0].get("", "")}

    def merge(self):
        names = dict.fromkeys(name for board in self.boards for name in board)
        merged = merge_ram(self.boards, self.ram_mib * MIB)
        if not merged:
            self.errors.append(f"{', '.join(self.logs)}: no {self.ram_mib} MiB of RAM that all of "
                               "them leave free: are they boots of one machine?")
        for name in names:
            values = [board.get(name) for board in self.boards]
            if kind(name) == "ram":
                continue
            if any(isinstance(value, dict) for value in values):
                merged[name] = self.node(name)
            else:
                merged[name] = self.property("", name, values)
        return merged


def load(path):
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as file:
            return read(find(file.read()))
    except (OSError, Unusable) as failure:
        raise SystemExit(f"probe: {path}: {getattr(failure, 'strerror', None) or failure}") \
            from failure


def head(logs):
    stems = sorted(os.path.basename(log).partition(".")[0] for log in logs)
    boots = textwrap.fill(", ".join(stems), 96, break_on_hyphens=False,
                          initial_indent=" * ", subsequent_indent=" * ")
    return ("/*\n * What every boot of the machine has. Made by `probe --merge`, not to be edited; "
            f"the boots:\n{boots}\n */\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--merge", nargs="+", metavar="LOG", required=True)
    parser.add_argument("-o", dest="output", metavar="BOARD", help="instead of standard output")
    parser.add_argument("--min-ram", type=int, default=2, metavar="MIB",
                        help="leave smaller pieces of RAM out")
    options = parser.parse_args()
    merger = Merger(options.merge, [load(path) for path in options.merge], options.min_ram)
    merged = merger.merge()
    if merger.errors:
        raise SystemExit("\n".join(f"probe: {error}" for error in merger.errors))
    text = head(options.merge) + write(merged)
    if options.output:
        with open(options.output, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
