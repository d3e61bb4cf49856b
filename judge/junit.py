"""
The gate of one run or of several as JUnit XML, so that continuous integration shows which rule is broken.

Ids of a data set may be anything: what XML 1.0 forbids, or would command a terminal, is replaced.
"""

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from judge.errors import ConfigError
from judge.outbox import replacing
from judge.text import printable
from judge.watch import Check

FILE = "junit.xml"
_OURS = b'<testsuite name="judge gate: '
_HEAD = 400  # bytes of a file by which it is known
_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """
    One run's gate as continuous integration shows it.

    Attributes:
        name: of the data set.
        checks: one test case each.
        error: why there are none; empty where the run came to its end.
        run: its folder.
        seconds: wall time.
        at: when it ended, in UTC.
    """

    name: str
    run: str
    checks: Sequence[Check] = ()
    error: str = ""
    seconds: float = 0.0
    at: str = field(default_factory=lambda: time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()))


def publish(path: Path, suites: Iterable[Suite]) -> None:
    """
    Write JUnit XML, in place of what this has written there before.

    Raises:
        ConfigError: something else is there.
        DataError: it cannot be written.
    """
    if path.exists() and not (path.is_file() and _is_ours(path)):
        raise ConfigError(f"{path} is there and was not written by a gate; name another place with gate.junit=FILE")
    root = ET.Element("testsuites")
    for one in suites:
        root.append(_element(one))
    for name in ("tests", "failures", "skipped", "errors"):
        root.set(name, str(sum(int(child.get(name, "0")) for child in root)))
    root.set("time", f"{sum(float(child.get('time', '0')) for child in root):.3f}")
    ET.indent(root)
    with replacing(path) as temporary:
        ET.ElementTree(root).write(temporary, encoding="utf-8", xml_declaration=True)


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            return not head or _OURS in head
    except OSError:
        return False


def _element(one: Suite) -> ET.Element:
    counts = {
        "tests": len(one.checks) + bool(one.error),
        "failures": sum(check.passed is False for check in one.checks),
        "skipped": sum(check.passed is None for check in one.checks),
        "errors": int(bool(one.error)),
    }
    told = {"name": f"judge gate: {one.name}", **counts, "time": f"{one.seconds:.3f}", "timestamp": one.at}
    element = ET.Element("testsuite", {name: _text(value) for name, value in told.items()})
    properties = ET.SubElement(element, "properties")
    ET.SubElement(properties, "property", name="run", value=_text(one.run))
    for check in one.checks:
        case = ET.SubElement(element, "testcase", classname="judge.gate", name=check.rule, time="0")
        if check.passed is None:
            ET.SubElement(case, "skipped", message=_text(check.says))
        elif not check.passed:
            ET.SubElement(case, "failure", message=_text(check.says), type=check.rule).text = _text(check.says)
        else:
            ET.SubElement(case, "system-out").text = _text(check.says)
    if one.error:
        case = ET.SubElement(element, "testcase", classname="judge.gate", name="run", time="0")
        ET.SubElement(case, "error", message=_text(one.error), type="could not run").text = _text(one.error)
    return element


def _text(value: object) -> str:
    """As XML may hold it."""
    return _FORBIDDEN.sub("\ufffd", printable(str(value)))
