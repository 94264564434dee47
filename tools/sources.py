"""C sources as text for the other tools: lines without comments, includes, function lengths."""

import re

COMMENT = re.compile(
    r"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|/\*.*?\*/|//[^\n]*""", re.DOTALL)
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def without_comments(text):
    """Keeps line breaks, so that line numbers stay true."""
    return COMMENT.sub(lambda m: m[1] or "\n" * m[0].count("\n"), text)


def code_lines(text):
    return sum(1 for line in without_comments(text).splitlines() if line.strip())


def includes(text):
    """(line, '"' or '<', path) of each #include."""
    clean = COMMENT.sub(lambda m: m[1] or "\n" * m[0].count("\n"), text)
    return [(clean.count("\n", 0, m.start(2)) + 1, m[1], m[2]) for m in INCLUDE.finditer(clean)]


def functions(text):
    """(line, length) of each function body: from a brace in the first column to its partner."""
    start = None
    for number, line in enumerate(text.splitlines(), 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            yield start, number - start + 1
            start = None
