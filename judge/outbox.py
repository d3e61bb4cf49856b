"""
What a run leaves behind. Every file is written under a temporary name and renamed; the manifest comes last.

    rejects.jsonl suspects.jsonl suspects.csv examples.parquet pairs.parquet groups.jsonl selftest.jsonl
    replies.parquet anchors.jsonl junit.xml report.html manifest.json

But for junit.xml, the report and the manifest, which hold times, same input and same replies give the same bytes.
`turn` counts messages from 1, as the prompts do; a number is null where there is none.
"""

import contextlib
import csv
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from judge import digest
from judge.errors import DataError
from judge.records import Reject, Turn, Verdict
from judge.reliability import SelfTest
from judge.results import Group, Pair, Reason, Result, Suspect
from judge.seal import sealed
from judge.text import cell, whole

MANIFEST, REPORT = "manifest.json", "report.html"
FILES = (
    *("rejects.jsonl", "suspects.jsonl", "suspects.csv", "examples.parquet", "pairs.parquet", "groups.jsonl"),
    *("selftest.jsonl", "anchors.jsonl", "replies.parquet", "junit.xml", REPORT),
)
_BRIEF = 300  # characters of prompt and answer in the table for people


def write_rejects(out: Path, rejects: Sequence[Reject]) -> None:
    """Rows that could not be read: file where there are several, line, reason, original text."""
    write_lines(out / "rejects.jsonl", map(asdict, rejects))


def write_suspects(out: Path, ranked: Iterable[Result]) -> None:
    """Every ranked example, in the order they come in, as JSON Lines and as a table for people."""
    with (
        replacing(out / "suspects.jsonl") as lines,
        replacing(out / "suspects.csv") as table,
        lines.open("w", encoding="utf-8", newline="\n") as told,
        table.open("w", encoding="utf-8-sig", newline="") as shown,
    ):
        # quoted, for before Python 3.13 a bare \r in a cell is not, and would begin a row of its own
        cells = csv.writer(shown, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
        cells.writerow(_CSV_COLUMNS)
        for result in ranked:
            if result.suspect:
                told.write(json.dumps(_suspect(result.suspect, result), ensure_ascii=False) + "\n")
                cells.writerow(_csv_row(result.suspect, result))


def write_pairs(out: Path, pairs: Sequence[Pair]) -> None:
    """The contradictions, one row each."""
    columns = {
        **dict.fromkeys(("left", "right"), "str"),
        **dict.fromkeys(("left_turn", "right_turn"), "int64"),
        "kind": "str",
        "probability": "float64",
        **dict.fromkeys(("left_span", "right_span", "by"), "str"),
    }
    rows = [(p.left, p.right, p.left_turn + 1, p.right_turn + 1, *_differ(p)) for p in pairs]
    table = pd.DataFrame(rows, columns=list(columns)).astype(columns)
    with replacing(out / "pairs.parquet") as path:
        table.to_parquet(path, index=False)


def _differ(pair: Pair) -> tuple[str, float, str, str, str]:
    return pair.kind, pair.probability, whole(pair.left_span), whole(pair.right_span), pair.by


def write_groups(out: Path, groups: Sequence[Group]) -> None:
    """Rows that ask the same and answer differently, the gravest group first; then those of two forms."""
    write_lines(out / "groups.jsonl", (_group(group, n) for n, group in enumerate(groups, start=1)))


def _group(group: Group, number: int) -> dict[str, object]:
    return {
        "group": number,
        "asks": whole(group.asks),
        "kind": group.kind,
        "probability": group.probability if group.pairs else None,
        "by": group.by or None,
        "lean": group.lean,
        "camps": [
            {
                "says": whole(camp.says),
                "rows": len(camp.members),
                "independent": camp.independent,
                "members": camp.members,
            }
            for camp in group.camps
        ],
        "pairs": [
            {"left": p.left, "right": p.right, **dict(zip(_SPANS, _differ(p), strict=True))} for p in group.pairs
        ],
        "style": dict(group.style),
        "members": group.members,
    }


def write_selftest(out: Path, tested: SelfTest) -> None:
    """The planted copies, one a line: what was changed, where it stands in the list, and whether it was caught."""
    write_lines(out / "selftest.jsonl", ({**asdict(copy), "turn": copy.turn + 1} for copy in tested.copies))


_SPANS = ("kind", "probability", "left_span", "right_span", "by")


def begin(out: Path) -> None:
    """Clear a folder that a run before has used: its manifest first, so that it claims nothing any more."""
    try:
        for name in (MANIFEST, *FILES):
            (out / name).unlink(missing_ok=True)
    except OSError as error:
        raise DataError(f"{out} holds an earlier run that cannot be replaced: {error.strerror or error}") from error


def write_manifest(out: Path, manifest: Mapping[str, object]) -> None:
    """The last file of a run: its presence means that all the others are whole. It holds their digests, and a seal."""
    files = {name: digest.of_file(out / name) for name in sorted(FILES) if (out / name).is_file()}
    with replacing(out / MANIFEST) as path:
        path.write_text(sealed({**manifest, "files": files}), encoding="utf-8")


def _suspect(suspect: Suspect, result: Result) -> dict[str, object]:
    worst = worst_by_rubric(result.verdicts)
    return {
        "rank": suspect.rank,
        "example_id": suspect.example.id,
        "suspicion": suspect.suspicion,
        "probability": result.probability,
        "within_budget": suspect.within_budget,
        "reasons": [_reason(reason) for reason in suspect.reasons],
        "scores": {name: v.score for name, v in sorted(worst.items())},
        "contradicts": [_partner(pair, suspect.example.id) for pair in result.pairs],
        "source": suspect.example.source,
        "line": suspect.example.line,
        "status": result.status,
        "unscored": [
            {"rubric": u.rubric, "turn": u.turn + 1, "reason": u.reason, "detail": u.detail} for u in result.unscored
        ],
        "note": suspect.example.note,
    }


def _reason(reason: Reason) -> dict[str, object]:
    told: dict[str, object] = {
        "kind": reason.kind,
        "name": reason.name,
        "turn": None if reason.turn is None else reason.turn + 1,
        "severity": reason.severity,
        "share": reason.share,
        "because": reason.because,
        "partners": list(reason.partners),
    }
    if reason.rationale:
        words = reason.rationale
        told["rationale"] = {"text": words.text, "evidence": words.evidence, "evidence_found": words.found}
    return told


def _partner(pair: Pair, example_id: str) -> dict[str, object]:
    sides = [(pair.left, pair.left_turn, pair.left_span), (pair.right, pair.right_turn, pair.right_span)]
    (_, turn, span), (partner, partner_turn, partner_span) = sides if pair.left == example_id else sides[::-1]
    return {
        "example_id": partner,
        "kind": pair.kind,
        "probability": pair.probability,
        "by": pair.by,
        "turn": turn + 1,
        "partner_turn": partner_turn + 1,
        "span": whole(span),
        "partner_span": whole(partner_span),
    }


_CSV_COLUMNS = [
    *("rank", "example_id", "suspicion", "within_budget", "status", "source", "line"),
    *("reasons", "turn", "prompt", "answer"),
]


def _csv_row(suspect: Suspect, result: Result) -> list[object]:
    example = suspect.example
    reasons = " | ".join(f"{r.name} {r.share:.0%}: {r.because}" for r in suspect.reasons)
    cells = [example.id, suspect.suspicion, suspect.within_budget, result.status, example.source, example.line]
    turn = next((r.turn for r in suspect.reasons if r.turn is not None), example.judged[0])
    asked = next((t.content for t in reversed(example.turns[:turn]) if t.role == "user"), "")
    return [suspect.rank, *map(_cell, [*cells, reasons, turn + 1, _brief(asked), _brief(_said(example.turns[turn]))])]


def _cell(value: object) -> object:
    """A number stays one."""
    return cell(value) if isinstance(value, str) else value


def _said(turn: Turn) -> str:
    calls = [f"<call {call.name} {call.arguments}>" for call in turn.tool_calls]
    return " ".join([turn.content, *calls])


def _brief(text: str) -> str:
    return " ".join(text.split())[:_BRIEF]


def worst_by_rubric(verdicts: Iterable[Verdict]) -> dict[str, Verdict]:
    """The verdict on the turn with the lowest score, by rubric."""
    worst: dict[str, Verdict] = {}
    for verdict in verdicts:
        if verdict.rubric not in worst or verdict.severity > worst[verdict.rubric].severity:
            worst[verdict.rubric] = verdict
    return worst


def write_lines(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Objects as JSON Lines."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name that becomes `path` when the block ends well; the one place where its errors become ours."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise DataError(f"cannot write {path}: {error.strerror or error}; check the folder and the disk") from error
    finally:
        with contextlib.suppress(OSError):  # the folder may be what could not be made
            temporary.unlink(missing_ok=True)
