"""What the tests of Linux guests that misbehave, or start anew, ask of a run."""

import collections
import json
import os
import re

# Of a kernel that did its work: it may not be off yet when that is printed.
FINISHED = (("off", "done", 0), ("running", "done", 0))
KERNEL = re.compile(r"^(\S+): init: Linux (\S+)", re.MULTILINE)


def layout(out):
    """What planc decided."""
    with open(os.path.join(out, "plan", "layout.json"), encoding="utf-8") as file:
        return json.load(file)


def starts(report):
    """How often each guest came up."""
    return collections.Counter(name for name, _ in KERNEL.findall(report.console))


def work(report, guest):
    """What a guest finished: {name: [(units, errors), ...]}, in order."""
    done = collections.defaultdict(list)
    for span in report.spans:
        if span.guest == guest:
            done[span.name].append((span.units, span.errors))
    return done


def states_of(report):
    """{guest: (state, what it said, errors)}"""
    return {guest["name"]: (guest["state"], guest.get("said"), guest["errors"])
            for guest in report.guests}


def steady(report):
    """The work of those who have nothing to do with it: whole, and the hypervisor sound."""
    assert not report.witness["hypervisor_bugs"]
    states = states_of(report)
    assert states["hub"] == states["server"] == ("running", None, 0), states
    assert states["steady"] in FINISHED, states
    rounds, errors = work(report, "steady")["traffic"][0]
    assert rounds >= 4 and not errors
    if report.transport == "trap":
        return
    # Not a register of theirs was looked at.
    span = next(span for span in report.spans if span.name == "traffic")
    for cpu in (cpu for cpu, guest in report.owner.items() if guest in ("server", "steady", "hub")):
        counts = span.counts(cpu)
        assert not counts["TRAP_R"] + counts["TRAP_W"] + counts["FAULT"], (cpu, counts)
