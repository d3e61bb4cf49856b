"""
A scripted judge that knows which answers of the example sets are right, and which of them contradict the others.

It stands in for a good judge model in a test of the whole way from audit to training set.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from judge.backends import scripted
from judge.records import Request

DATA = Path(__file__).resolve().parent.parent / "data"
SETS = ("support_v3", "support_v4")
_TURN = re.compile(r'<turn n="(\d+)" role="(\w+)">\n(.*?)\n?</turn>', re.DOTALL)
_RECORD = re.compile(r'<record n="[12]">(.*?)</record>', re.DOTALL)
_CALL = re.compile(r"<call>.*?</call>", re.DOTALL)
_MEANT = re.compile(r"\bturn (\d+)")
_NEVER, _SURE = 0.02, 0.95


def lines(name: str) -> list[dict[str, Any]]:
    """The objects of one of the example files."""
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def bare(text: str) -> str:
    """Letters and digits alone: what is shown to a judge is neutralised."""
    return re.sub(r"\W+", "", text)


def said(row: Mapping[str, Any]) -> list[str]:
    """The texts of its assistant turns."""
    return [bare(turn["content"] or "") for turn in row["messages"] if turn["role"] == "assistant"]


@cache
def right() -> frozenset[str]:
    """Answers of rows without a known defect; a call without words is one."""
    found = {""}
    for name in SETS:
        bad = {one["id"] for one in lines(f"{name}.truth.jsonl")}
        found.update(text for row in lines(f"{name}.jsonl") if row["id"] not in bad for text in said(row))
    return frozenset(found)


@cache
def wrong() -> frozenset[str]:
    """The last answers of rows that are known to contradict another."""
    found = set()
    for name in SETS:
        rows = {row["id"]: row for row in lines(f"{name}.jsonl")}
        known = [one["id"] for one in lines(f"{name}.truth.jsonl") if one["partner"]]
        found.update(said(rows[one])[-1] for one in known)
    return frozenset(found)


def answer(request: Request) -> Mapping[str, float] | str:
    """Label probabilities, or words that quote the answer."""
    if request.schema:
        return scripted.by_digest(request)
    if request.pair:
        shown = [bare(record) for record in _RECORD.findall(request.row)]
        stray = [any(text in record for text in wrong()) for record in shown]
        return spread(request.labels, request.labels[0] if stray[0] != stray[1] else request.labels[-1])
    meant = _MEANT.search(request.question)
    turns = {number: text for number, role, text in _TURN.findall(request.row) if role == "assistant"}
    good = bare(_CALL.sub("", turns.get(meant[1], "x") if meant else [*turns.values()][-1])) in right()
    return spread(request.labels, request.labels[-1] if good else request.labels[0])


def spread(labels: tuple[str, ...], most: str) -> dict[str, float]:
    """Nearly all on one label."""
    rest = (1 - _SURE) / (len(labels) - 1)
    return {label: _SURE if label == most else rest for label in labels}
