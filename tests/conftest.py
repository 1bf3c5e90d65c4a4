"""What the end of a test run says: in how many environments the recorded cases of the contract ran."""

from __future__ import annotations

import re

import pytest

_CASE = re.compile(r"test_a_recorded_case_does_what_the_contract_says\[(?P<environment>.+?)-(?P<case>[^-]*)\]$")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the environments, with the number of cases that passed in each."""
    passed: dict[str, int] = {}
    for report in terminalreporter.stats.get("passed", ()):
        found = _CASE.search(report.nodeid)
        if found and report.when == "call":
            environment = found["environment"]
            passed[environment] = passed.get(environment, 0) + 1
    if passed:
        counts = ", ".join(f"{name} {count}" for name, count in sorted(passed.items()))
        terminalreporter.write_line(f"The recorded cases passed in {len(passed)} environments: {counts}.")
