"""The layers of DESIGN.md: imports go downward only, and each layer keeps to what it may know."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "judge"
FILE_LINES = 300
FUNCTION_LINES = 60

LAYERS = {
    "entry": {"__main__", "jobs", "verbs", "wiring", "composing", "remaking", "settings", "schema", "mistakes"},
    "use case": {
        "audit",
        "asking",
        "spending",
        "judging",
        "confirming",
        "likelihood",
        "habits",
        "contradictions",
        "screening",
        "selftest",
        "choosing",
        "forecast",
        "gathering",
        "planning",
        "parts",
        "manifest",
        "gate",
        "anchors",
        "compare",
        "show",
        "verify",
        "storage",
        "diff",
        "clean",
        "parting",
        "standing",
        "labelling",
        "listed",
        "hearing",
        "reviewed",
        "reporting",
        "desk",
        "reviewing",
        "doctor",
    },
    "decision": {
        *(
            "rubric",
            "neutral",
            "prompting",
            "templates",
            "verdict",
            "rank",
            "measure",
            "plain",
            "marking",
            "rates",
            "sampling",
            "probing",
            "corpus",
            "signals",
            "tasks",
            "pairs",
            "planting",
            "comparing",
            "cleaning",
            "exchange",
            "differing",
            "gating",
            "drift",
            "questions",
            "grades",
            "seen",
            "reckoning",
            "language",
            "views",
        ),
    },
    "edge": {
        *("sources", "backends", "embedders", "store", "outbox", "inbox", "plot", "history", "console", "assets"),
        "sqlite",
        "spool",
        "table",
        "labels",
        "junit",
        "transcript",
        "report",
        "review",
    },
    "value": {
        *("records", "results", "reliability", "figures", "watch", "text", "ports", "errors", "digest", "seal", "lazy"),
        "__init__",
    },
}
MAY_IMPORT = {
    "entry": {"entry", "use case", "decision", "edge", "value"},
    "use case": {"use case", "decision", "edge", "value"},
    "decision": {"decision", "value"},
    "edge": {"edge", "value"},
    "value": {"value"},
}
CONFIG_LIBRARIES = {"hydra", "omegaconf"}
# files, clock, network, processes, hidden randomness
IMPURE = {
    *("os", "io", "sys", "pathlib", "shutil", "tempfile", "glob", "fileinput", "sqlite3", "dbm", "shelve", "logging"),
    *("time", "datetime", "random", "secrets", "uuid", "socket", "ssl", "http", "urllib", "requests", "httpx"),
    *("subprocess", "multiprocessing", "threading", "asyncio", "concurrent", "signal", "rich", "tqdm"),
}
IMPURE_CALLS = {"open", "print", "input", "hash", "id", "eval", "exec", "__import__"}
IMPURE_METHODS = {"open", "read_text", "write_text", "read_bytes", "write_bytes", "iterdir", "default_rng"}


def module_names() -> dict[str, Path]:
    """Every module under judge/, e.g. `signals.rude`; a package goes by its folder's name, judge by `__init__`."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)] = path
    return found


MODULES = module_names()


def layer_of(module: str) -> str | None:
    """The layer that a module belongs to by the first part of its name."""
    place = module.split(".", maxsplit=1)[0]
    return next((layer for layer, places in LAYERS.items() if place in places), None)


def imported(module: str, tree: ast.AST) -> Iterator[str]:
    """Everything a module imports, wherever in the file; ours as `judge.<module>`."""
    package = ["judge", *module.split(".")]
    if not (PACKAGE.joinpath(*module.split(".")) / "__init__.py").is_file():
        package = package[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                yield whole if whole.removeprefix("judge.") in MODULES else base


def complaints(module: str, source: str) -> list[str]:
    """What a module does that its layer may not, each as a sentence."""
    layer = layer_of(module)
    if layer is None:
        return [f"judge/{module} belongs to no layer; name it in tests/test_layers.py, where DESIGN.md puts it"]
    tree = ast.parse(source)
    found = []
    for name in sorted(set(imported(module, tree))):
        top = name.split(".")[0]
        if top == "judge":
            target = layer_of(name.removeprefix("judge.")) if name != "judge" else "value"
            if target not in MAY_IMPORT[layer]:
                found.append(f"judge/{module} ({layer}) imports {name} ({target})")
        elif top in CONFIG_LIBRARIES and layer != "entry":
            found.append(f"judge/{module} ({layer}) imports {name}; Hydra ends at the entry")
        elif layer == "value" and top not in sys.stdlib_module_names:
            found.append(f"judge/{module} (value) imports {name}; values know the standard library only")
        elif layer == "decision" and top in IMPURE:
            found.append(f"judge/{module} (decision) imports {name}; decisions are pure")
    if layer == "decision":
        found += [f"judge/{module} (decision) {what}; decisions are pure" for what in impure(tree)]
    return found


def impure(tree: ast.AST) -> Iterator[str]:
    """Calls that touch files, screens, salted hashes or a global random generator."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
            yield f"calls {node.func.id}() in line {node.lineno}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in IMPURE_METHODS:
            yield f"calls .{node.func.attr}() in line {node.lineno}"
        elif isinstance(node, ast.Attribute) and node.attr == "random":
            yield f"uses .random in line {node.lineno}"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_keeps_to_its_layer(module: str) -> None:
    """Imports go downward only, Hydra ends at the entry, values are plain, decisions are pure."""
    assert complaints(module, MODULES[module].read_text(encoding="utf-8")) == []


def test_every_place_of_the_table_exists() -> None:
    """The table above names no module that is gone."""
    there = {module.split(".")[0] for module in MODULES}
    assert {place for places in LAYERS.values() for place in places} - there == set()


@pytest.mark.parametrize(
    ("module", "source", "complaint"),
    [
        ("store", "from judge import rank", "judge/store (edge) imports judge.rank (decision)"),
        ("rank", "from judge.store import ReplyStore", "judge/rank (decision) imports judge.store (edge)"),
        ("rank", "import judge.audit", "judge/rank (decision) imports judge.audit (use case)"),
        ("audit", "def f():\n    from judge import wiring", "judge/audit (use case) imports judge.wiring (entry)"),
        ("records", "from judge.rubric import Rubric", "judge/records (value) imports judge.rubric (decision)"),
        ("signals.rude", "from .. import store", "judge/signals.rude (decision) imports judge.store (edge)"),
        ("signals", "from ..sources import load", "judge/signals (decision) imports judge.sources (edge)"),
        ("audit", "import hydra.utils", "judge/audit (use case) imports hydra.utils; Hydra ends at the entry"),
        (
            "console",
            "if TYPE_CHECKING:\n    from omegaconf import X",
            "judge/console (edge) imports omegaconf; Hydra ends at the entry",
        ),
        (
            "digest",
            "import numpy as np",
            "judge/digest (value) imports numpy; values know the standard library only",
        ),
        ("rank", "import os.path", "judge/rank (decision) imports os.path; decisions are pure"),
        ("pairs.x", "from time import time", "judge/pairs.x (decision) imports time; decisions are pure"),
        ("rank", "x = 1\nopen('f')", "judge/rank (decision) calls open() in line 2; decisions are pure"),
        ("rank", "p.read_text()", "judge/rank (decision) calls .read_text() in line 1; decisions are pure"),
        ("rank", "np.random.rand()", "judge/rank (decision) uses .random in line 1; decisions are pure"),
        (
            "novelty",
            "",
            "judge/novelty belongs to no layer; name it in tests/test_layers.py, where DESIGN.md puts it",
        ),
    ],
)
def test_a_breach_is_told_in_a_sentence(module: str, source: str, complaint: str) -> None:
    """Every breach of the rule is found, wherever in the file the import stands."""
    assert complaints(module, source) == [complaint]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("wiring", "import hydra\nfrom judge import audit, store, rank, digest"),
        ("audit", "from judge import store, rank, records, asking"),
        ("rank", "import math\nimport numpy\nfrom judge import digest\nfrom judge.corpus import Corpus"),
        ("store", "import sqlite3\nimport time\nfrom judge.records import Reply"),
        ("manifest", "import judge"),
    ],
)
def test_what_goes_downward_is_allowed(module: str, source: str) -> None:
    """The rule forbids nothing that DESIGN.md allows."""
    assert complaints(module, source) == []


@pytest.mark.parametrize("module", MODULES)
def test_a_file_has_one_job(module: str) -> None:
    """No file grows past 300 lines, no function past 60."""
    source = MODULES[module].read_text(encoding="utf-8")
    lines = source.count("\n")
    long = [f"judge/{module} has {lines} lines"] if lines > FILE_LINES else []
    long += [
        f"judge/{module}: {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > FUNCTION_LINES
    ]
    assert long == []
