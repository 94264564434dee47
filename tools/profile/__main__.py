"""Makes the table of a run, and judges it.

usage: python3 tools/profile [--brief] build/DEPLOYMENT/TRANSPORT...

Reads what `tools/run` left in each folder. Exit status 0 only if everything held: payloads, guests,
the promised number of entries, and the agreement of hypervisor and emulator.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from judge import judge  # noqa: E402
from report import PHASES, Report  # noqa: E402
from table import (KVM_SOURCE, detail, show, span_detail, streams, summary,  # noqa: E402
                   whole_run, workloads)


def print_details(report):
    if report.snaps:
        print(f"\n{report.transport}: entries between the marks of each workload")
        show(span_detail(report), "  ")
    else:
        print(f"\n{report.transport}: entries between the marks of each phase")
        show(detail(report), "  ")
    print(f"{report.transport}: entries in all")
    show(whole_run(report), "  ")
    rows = streams(report)
    if len(rows) > 1:
        show(rows, "  ")


def print_summary(reports):
    if not any(report.snaps for report in reports):
        print(f"\nEntries into the hypervisor for each round trip ({PHASES[0]}), all CPUs summed")
        show(summary(reports))
        return
    print("\nEntries into the hypervisor for each unit of work, all CPUs summed")
    rows = workloads(reports)
    show(rows)
    if rows[-1][0] == "ping (KVM)":
        print(KVM_SOURCE)


def main(arguments):
    brief = "--brief" in arguments
    folders = [a for a in arguments if a != "--brief"]
    if not folders or any(f.startswith("-") for f in folders):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        reports = [Report(folder) for folder in folders]
    except OSError as failure:
        print(f"profile: {failure}: run the deployment first", file=sys.stderr)
        return 1
    if not brief:
        for report in reports:
            print_details(report)
    print_summary(reports)
    faults = [fault for report in reports for fault in judge(report)]
    print()
    for fault in faults:
        print(f"FAILED  {fault}")
    if not faults:
        print("All held: payloads, promised entries, hypervisor and emulator agree.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
