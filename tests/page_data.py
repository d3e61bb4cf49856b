"""What a page is made of, small and by hand: a head, rows, details, groups and a figure, for tests of pages."""

from collections.abc import Callable
from typing import Any

ROWS, BUDGET = 120, 10
LEVELS = ["insulting", "cold", "dry", "polite", "warm"]
SOURCES = ("chat", "tickets")
NAMES = (("placeholder", "signal", "format"), ("tone", "rubric", "tone"), ("fact", "contradiction", None))
FILTER = '{"rubric":"tone","level":1}'
SVG = (
    '<svg class="chart" role="group" viewBox="0 0 90 20" aria-label="Grades"><path class="fill-shade-1"'
    ' d="M0 0h20v20H0z"'
    f' data-filter=\'{FILTER}\' tabindex="0" role="button"><title>graded 1</title></path></svg>'
)


def plain(what: str, number: int) -> str:
    """Words that a test can tell apart."""
    return what if number < 0 else f"{what} {number}"


def lead(write: Callable[[str, int], str] = plain, judge: str = "a judge (scripted)") -> dict[str, Any]:
    """Make the head; `write` makes each text that could come out of data."""
    tiles = [("rows", "120", "plain"), ("planted defects caught", "51 %", "bad")]
    camps = [{"says": write("camp", 0), "rows": 2}, {"says": write("camp", 1), "rows": 1}]
    return {
        "title": write("title", 0),
        "subtitle": write("subtitle", 0),
        "judge": judge,
        "tiles": [{"label": one, "value": value, "note": write("note", 0), "tone": tone} for one, value, tone in tiles],
        "accounting": "120 rows in = 120 judged + 0 unscored",
        "says": [write("sentence", 0)],
        "worst_groups": [
            {"index": 0, "asks": write("asks", 0), "kind": "fact", "probability": 0.9, "lean": "", "camps": camps}
        ],
        "sources": [{"name": write("source", n), "rows": 60, "inside": 5, "share": 0.083} for n in range(len(SOURCES))],
        "gate": {"holds": False, "rules": [{"rule": "x", "passed": False, "says": write("rule", 0)}]},
    }


def data(write: Callable[[str, int], str] = plain) -> dict[str, Any]:
    """Make what the page's scripts read: row n has suspicion 1 - n / 200, tone 1 to 5 in turn, every other source."""
    members = [{"id": write("id", n), "index": n} for n in range(3)]
    sample = [{**one, "source": "chat", "parts": [[write("answer", 0), ""], ["2 years", "m"]]} for one in members]
    camp = {"says": write("camp", 0), "rows": 2, "independent": 2, "members": members[:2], "sample": sample[:2]}
    other = {**camp, "says": write("camp", 1), "rows": 1, "members": members[2:], "sample": sample[2:]}
    group = {"asks": write("asks", 0), "kind": "fact", "probability": 0.9, "by": "judge", "lean": write("lean", 0)}
    return {
        "version": 1,
        "mode": "report",
        "run": {"name": write("set", 0), "folder": "runs/x 1", "shell": "'runs/x 1'"}
        | {"written_at": "2026-01-01T00:00:00Z", "judge": None}
        | {"budget": BUDGET, "ranked": ROWS, "total": ROWS, "listed": ROWS, "has_scores": True},
        "rubrics": {write("tone", -1): {"question": write("question", 0), "levels": LEVELS}},
        "rows": {
            "id": [write("id", n) for n in range(ROWS)],
            "line": list(range(1, ROWS + 1)),
            "source": [n % 2 for n in range(ROWS)],
            "sources": [write("source", n) for n in range(len(SOURCES))],
            "status": [int(n % 10 == 9) for n in range(ROWS)],
            "statuses": ["judged", "unscored:no_label"],
            "suspicion": [round(1 - n / 200, 3) for n in range(ROWS)],
            "inside": [int(n < BUDGET) for n in range(ROWS)],
            "asks": [write("question", n) for n in range(ROWS)],
            "says": [write("answer", n) for n in range(ROWS)],
            "because": [write("because", n) for n in range(ROWS)],
            "reasons": [[n % 3, (n + 1) % 3] for n in range(ROWS)],
            "names": [{"name": write(name, -1), "kind": kind, "rubric": rubric} for name, kind, rubric in NAMES],
            "scores": {write("tone", -1): [float(n % 5 + 1) for n in range(ROWS)]},
            "groups": [[0] if n < len(members) else None for n in range(ROWS)],
        },
        "details": {str(n): detail(write, n) for n in range(ROWS - 1)},
        "groups": [
            {**group, "style": {}, "conflict": True, "camps": [camp, other], "members": members},
            {**group, "conflict": False, "style": {"prose": 2, "list": 1}, "camps": [], "members": members},
        ],
    }


def detail(write: Callable[[str, int], str], n: int) -> dict[str, Any]:
    """Make all that is known of a row."""
    rationale = {"text": write("rationale", n), "evidence": "[LINK]", "found": True}
    reason = {"kind": "signal", "name": write("placeholder", -1), "rubric": "format", "turn": 2, "severity": 0.9}
    score = {"rubric": write("tone", -1), "turn": 2, "score": 1.5, "of": 5, "entropy": 0.4, "off_scale": 0.0}
    partner = {"id": write("id", n + 1), "index": n + 1, "source": "chat", "line": 1, "kind": "fact"}
    saying = {"mine": [["1 year", "m"]], "theirs": [["2 years", "m"]], "asks": [[write("asks", n), ""]]}
    where = {"rank": n + 1, "id": write("id", n), "source": SOURCES[n % 2], "also_in": "", "line": n + 1, "note": ""}
    stands = {
        "status": "unscored:no_label" if n % 10 == 9 else "judged",
        "digest": "sha256:0",
        "suspicion": 0.5,
        "probability": None,
        "inclusion": 1.0,
    }
    return (
        where
        | stands
        | {
            "inside": n < BUDGET,
            "reasons": [
                {
                    **reason,
                    "share": 0.7,
                    "because": "a blank was left in: “[LINK]”",
                    "partners": [{"id": "x", "index": None}],
                },
                {**reason, "kind": "rubric", "share": 0.3, "because": write("because", n), "partners": []}
                | {"rationale": rationale},
            ],
            "scores": [{**score, "distribution": [0.6, 0.2, 0.1, 0.05, 0.05]}],
            "unscored": [{"rubric": "format", "turn": 2, "reason": "no_label", "detail": write("detail", n)}],
            "context": [[write("context", n), ""]],
            "turns": [
                {"n": 1, "role": "user", "judged": False, "parts": [[write("question", n), ""]], "calls": []},
                {
                    "n": 2,
                    "role": "assistant",
                    "judged": True,
                    "parts": [[write("answer", n), ""], ["[LINK]", "m"], ["U+202E", "c"], ["and more", "m"]],
                    "calls": [{"name": write("call", n), "parts": [[write("arguments", n), ""]]}],
                },
                {"n": 3, "role": write("role", -1), "judged": False, "parts": [[write("said", n), ""]], "calls": []},
            ],
            "guide": [[[write("guide", n), ""]]],
            "partners": [{**partner, **saying, "probability": 0.9, "by": "judge", "turn": 2, "partner_turn": 2}],
            "more_partners": 3,
            "groups": [0],
            "reproduce": ["python -m judge show runs/x/1 id"],
        }
    )


def charts(write: Callable[[str, int], str] = plain) -> list[dict[str, Any]]:
    """Make one figure, whose only part asks for the rows graded 1."""
    table = {"head": [write("head", 0)], "rows": [[write("cell", 0)], [None]]}
    return [{"id": "scores", "title": write("title", 1), "says": write("says", 0), "svg": SVG, "table": table}]
