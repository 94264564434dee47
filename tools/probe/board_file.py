"""Board files as the probe prints them: found in a serial log, read strictly, written again."""

import re
import textwrap

BEGIN, END = "probe: begin", "probe: end"
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
REMARK = re.compile(r"/\* error: (.*?) \*/", re.DOTALL)
TOKEN = re.compile(r'\s*("[^"\n]*"|<[^<>]*>|[#a-z][a-z0-9#-]*(?:@[0-9a-f]+)?:?|[/{};=,])')
HEX = {"reg": 4, "mpidr": 2, "distributor": 4, "redistributors": 4, "its": 4}  # and their cells
TEXT = ("arch", "version", "isa", "type")
LIST = ("isa", "its-tables")

# Every property that the probe prints, in the order in which they are written.
BOARD = ("#address-cells", "#size-cells", "arch")
NODES = {
    "ram": ("reg",),
    "cpu": ("mpidr", "sibling"),
    "gic": ("version", "distributor", "redistributors", "its", "id-bits", "list-registers",
            "maintenance-interrupt", "its-event-bits", "its-device-bits", "its-itt-entry",
            "its-tables"),
    "timer": ("virtual-interrupt", "physical-interrupt", "hypervisor-interrupt", "frequency"),
    "features": ("address-bits", "cache-line", "isa"),
    "uart": ("type", "reg"),
}


class Unusable(Exception):
    """A log or board file that cannot be used: what is wrong, where, what to do."""


def kind(name):
    return name.partition("@")[0]


def unit(name):
    """The number behind @; a CPU's is decimal."""
    digits = name.partition("@")[2] or "0"
    return int(digits, 10 if kind(name) == "cpu" else 16)


def sort_key(name):
    return list(NODES).index(kind(name)), unit(name)


def has_form(name, values):
    if any(isinstance(value, str) != (name in TEXT) for value in values):
        return False
    if name not in TEXT and not all(0 <= value < 1 << 32 for value in values):
        return False
    if name in LIST:
        return name != "its-tables" or len(values) % 2 == 0
    return len(values) == HEX.get(name, 1)


class Reader:
    """The tokens of a board file, one after the other."""

    def __init__(self, text):
        self.text = COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), text).rstrip()
        self.at = 0

    def fail(self, what):
        line = self.text[self.at:].lstrip().split("\n", 1)[0]
        raise Unusable(f"{what} before \"{line[:60]}\"")

    def next(self):
        match = TOKEN.match(self.text, self.at)
        if not match:
            self.fail("something that the probe does not print")
        self.at = match.end()
        return match[1]

    def expect(self, *tokens):
        for token in tokens:
            if self.next() != token:
                self.fail(f"\"{token}\" is missing")

    def number(self, text):
        try:
            return int(text, 0)
        except ValueError:
            return self.fail(f"{text} is no number")

    def value(self, name):
        """Strings or cells, up to the semicolon."""
        found, separator = [], ","
        while separator == ",":
            token = self.next()
            if token[0] == "<":
                found += [self.number(word) for word in token[1:-1].split()]
            elif token[0] == '"':
                found.append(token[1:-1])
            else:
                self.fail("a value is missing")
            separator = self.next()
        if separator != ";":
            self.fail("\";\" is missing")
        if not has_form(name, found):
            self.fail(f"{name} is not what the probe prints")
        return found

    def body(self, properties, nodes):
        """What stands between a pair of braces, of which the first has been read."""
        found = {}
        while (name := self.next()) != "}":
            label = name if name.endswith(":") else ""
            name = self.next() if label else name
            if name in found:
                self.fail(f"{name} stands twice")
            if kind(name) in nodes:
                self.expect("{")
                found[name] = {"": label, **self.body(nodes[kind(name)], {})}
                if "reg" in nodes[kind(name)] and "reg" not in found[name]:
                    self.fail(f"{name} has no reg")
            elif name in properties and not label:
                self.expect("=")
                found[name] = self.value(name)
            else:
                self.fail(f"unknown {name}")
        self.expect(";")
        return found


def read(text):
    """{property: values, node: {property: values, "": label}} of /board."""
    remarks = REMARK.findall(text)
    if remarks:
        raise Unusable(f"the probe says: {remarks[0]}")
    reader = Reader(text)
    reader.expect("/", "{", "board", "{")
    board = reader.body(BOARD, NODES)
    reader.expect("}", ";")
    if reader.at != len(reader.text):
        reader.fail("the file goes on behind its end")
    return board


def find(log):
    """The board file in a serial log; a text without the probe's lines is one itself."""
    text = log.replace("\r", "")
    lines = text.split("\n")
    begins = [i for i, line in enumerate(lines) if line == BEGIN]
    ends = [i for i, line in enumerate(lines) if line == END]
    if not begins and not ends:
        if COMMENT.sub("", text).lstrip().startswith("/ {"):
            return text
        raise Unusable(f"no line \"{BEGIN}\": the probe did not start, or its UART is another")
    if len(begins) != 1 or len(ends) != 1 or ends[0] < begins[0]:
        said = [line for line in lines if line.startswith("probe: exception")]
        raise Unusable(said[0] if said else
                       f"{len(begins)} lines \"{BEGIN}\", {len(ends)} lines \"{END}\": "
                       "keep one whole print of one boot")
    return "\n".join(lines[begins[0] + 1:ends[0]])


def show(name, values):
    """A property's values as they are written."""
    if values is None:
        return "nothing"
    if values and isinstance(values[0], str):
        return ", ".join(f'"{value}"' for value in values)
    return "<" + " ".join(f"{v:#x}" if name in HEX else str(v) for v in values) + ">"


def write_properties(node, order, indent):
    properties = (f"{name} = {show(name, node[name])};" for name in order if name in node)
    return [indent + f"\n{indent}\t".join(textwrap.wrap(text, 76, break_on_hyphens=False))
            for text in properties]


def write(board):
    lines = ["/ {", "\tboard {"] + write_properties(board, BOARD, "\t\t")
    for name in sorted((n for n in board if n not in BOARD), key=sort_key):
        node, order = board[name], NODES[kind(name)]
        if kind(name) == "cpu":
            lines += [""] if unit(name) == 0 else []
            lines.append(f"\t\t{name} {{ {' '.join(write_properties(node, order, ''))} }};")
            continue
        label = f"{node['']} " if node.get("") else ""
        lines += ["", f"\t\t{label}{name} {{"] + write_properties(node, order, "\t\t\t") + ["\t\t};"]
    return "\n".join(lines + ["\t};", "};", ""])
