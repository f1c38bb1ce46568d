"""The outcome of `aldea validate`: a table in the terminal, and JUnit XML for pipelines."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from entrypoints.cli.validate_deployment import CheckOutcome


def show(outcomes: Sequence[CheckOutcome]) -> None:
    """Prints the table and a line that says how many failed."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("check", "", "seconds", "why")
    for each in outcomes:
        word, colour = _verdict(each)
        table.add_row(
            each.name,
            Text(word, style=colour),
            f"{each.seconds:.1f}",
            Text(each.failure or each.skipped),
        )
    console = Console(highlight=False)
    console.print(table)
    failed = [each.name for each in outcomes if each.failure]
    passed = sum(not each.failure and not each.skipped for each in outcomes)
    console.print(
        f"{passed} passed, {len(failed)} failed" + (f": {', '.join(failed)}" if failed else "")
    )


def _verdict(outcome: CheckOutcome) -> tuple[str, str]:
    if outcome.failure:
        return "failed", "red"
    return ("not checked", "yellow") if outcome.skipped else ("passed", "green")


def junit_xml(outcomes: Sequence[CheckOutcome]) -> str:
    """One test suite with a test case for each check."""
    suite = ET.Element(
        "testsuite",
        name="aldea validate",
        tests=str(len(outcomes)),
        failures=str(sum(bool(each.failure) for each in outcomes)),
        skipped=str(sum(bool(each.skipped) for each in outcomes)),
        time=f"{sum(each.seconds for each in outcomes):.3f}",
    )
    for each in outcomes:
        case = ET.SubElement(
            suite,
            "testcase",
            classname="aldea.validate",
            name=each.name,
            time=f"{each.seconds:.3f}",
        )
        if each.failure:
            ET.SubElement(case, "failure", message=each.failure)
        if each.skipped:
            ET.SubElement(case, "skipped", message=each.skipped)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"
