"""
From audit to training set, told as one: audit, merge, audit again, diff, gate, decisions, clean, audit, verify.

The judge is scripted and knows which answers of the example sets are right (`knowing.py`).
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import knowing
import pytest

from judge import inbox
from judge.__main__ import main

PRESET = """\
_target_: judge.backends.scripted.connect
name: knowing
script: {_target_: hydra.utils.get_method, path: knowing.answer}
"""
GATE = (
    *("gate.max_contradictions=2", "gate.max_new_suspects=3", "gate.min_coverage=1", "gate.max_unscored=0"),
    "gate.min_planted_recall=0.5",
)
DATA = knowing.DATA


def audit(name: str, *words: str) -> tuple[int, inbox.Run]:
    """One run by the knowing judge; its exit code and what it left."""
    folder = Path("runs") / name / "run"
    few = ("backend=knowing", "quiet=true", "planting.per_kind=6", "review_budget=0.08", "report=false")
    code = main(["run", *few, f"hydra.run.dir={folder}", *words])
    return code, inbox.load(folder)


def asked(run: inbox.Run) -> dict[str, int]:
    """Questions that went to the judge, by round."""
    return {name: tally["asked"] for name, tally in run.manifest["cost"].items()}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The runs of the story, each with its exit code."""
    folder = tmp_path_factory.mktemp("story")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("conf/backend").mkdir(parents=True)
        Path("conf/backend/knowing.yaml").write_text(PRESET, encoding="utf-8")
        runs: dict[str, Any] = {"v3": audit("v3", "+dataset=support_v3")}
        runs["v4"] = audit("v4", "+dataset=support_v4", *GATE, "gate.against=runs/v3", "gate.junit=gate.xml")

        rows = [json.loads(line) for line in (DATA / "support_v4.jsonl").read_text(encoding="utf-8").splitlines()]
        renamed = [{**row, "id": f"other-{n}"} for n, row in enumerate(reversed(rows))]
        Path("renamed.jsonl").write_text("".join(json.dumps(row) + "\n" for row in renamed), encoding="utf-8")
        guide = f"dataset.guide={DATA / 'support_guide.md'}"
        runs["renamed"] = audit(
            "renamed", "+dataset=local", "dataset.path=renamed.jsonl", guide, "dataset.name=support_v4"
        )

        bad = {one["id"] for one in knowing.lines("support_v4.truth.jsonl")}
        inside = [one for one in runs["v4"][1].lines("suspects.jsonl") if one["within_budget"]]
        decided = [
            {"example_id": one["example_id"], "decision": "remove" if one["example_id"] in bad else "keep", "by": "ana"}
            for one in inside
        ]
        Path("labels.jsonl").write_text("".join(json.dumps(one) + "\n" for one in decided), encoding="utf-8")
        runs["decided"] = decided
        runs["clean"] = main(["clean", "runs/v4", "--labels", "labels.jsonl", "--by", "decisions", "--out", "cleaned"])
        words = ("+dataset=local", "dataset.path=cleaned/kept.jsonl", guide, "dataset.name=support_clean")
        runs["cleaned"] = audit("cleaned", *words, *GATE, "gate.against=runs/v4/run")
        yield runs


def test_re_audit_asks_only_about_what_is_new(told: dict[str, Any]) -> None:
    """New and edited rows by rubrics, pairs with one of them, copies, and words on new suspects: no more is asked."""
    before, after = told["v3"][1].examples(), told["v4"][1].examples()
    known = set(before["digest"])
    fresh = after[~after["digest"].isin(known)]
    assert 120 <= len(fresh) < 150
    counts, copies = asked(told["v4"][1]), told["v4"][1].manifest["selftest"]["questions"]
    rubrics = len(told["v4"][1].manifest["wording"]["each"])
    assert 0 < counts["scores"] <= fresh["turns"].sum() * rubrics + copies

    was = set(before.index[before["within_budget"]])
    now = set(after.index[after["within_budget"]])
    new = {name for name in now if name not in was or after.loc[name, "digest"] not in known}
    assert counts["rationales"] <= len(new)

    others = {row: after.loc[row, "digest"] not in known for row in after.index}
    pairs = told["v4"][1].manifest["pairs"]
    assert counts["pairs"] <= pairs["asked"]
    assert sum(others.values()) == len(fresh)


def test_other_ids_and_another_order_cost_nothing(told: dict[str, Any]) -> None:
    """Copies, pairs and words included; and every row is as suspicious as it was."""
    code, run = told["renamed"]
    assert code == 0
    one, other = (
        Counter(zip(rows["digest"], rows["suspicion"], strict=True))
        for rows in (told["v4"][1].examples(), run.examples())
    )
    assert one == other
    assert asked(run) == dict.fromkeys(asked(run), 0)
    assert sum(tally["reused"] for tally in run.manifest["cost"].values()) > 4 * 896


def test_diff_names_the_conflicts_of_the_merge(told: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Nearly every row that the merge brought against an old one is told so, with its partner and both spans."""
    assert told["v4"]
    assert main(["diff", "runs/v3", "runs/v4", "--json"]) == 0
    born = json.loads(capsys.readouterr().out)["conflicts"]["born"]
    old = {row["id"] for row in knowing.lines("support_v3.jsonl")}
    truth = [(one["id"], one["partner"]) for one in knowing.lines("support_v4.truth.jsonl") if one["partner"]]
    merged = {frozenset(pair) for pair in truth if len(old.intersection(pair)) == 1}
    across = [one for one in born if one["between"] == "old and new"]
    found = {frozenset((one["old"]["example_id"], one["new"]["example_id"])) for one in across}
    assert all(one["old"]["example_id"] in old and one["old"]["span"] != one["new"]["span"] for one in across)
    came = {name for pair in merged for name in pair if name not in old}
    assert len(came) == 12
    assert len(came & {one["new"]["example_id"] for one in across}) >= 10
    assert len(merged & found) >= 8


def test_gate_fails_before_and_passes_after_cleaning(told: dict[str, Any]) -> None:
    """Exit code 1 with the rules that are broken, then 0."""
    code, run = told["v4"]
    assert code == 1
    assert Path("gate.xml").read_text(encoding="utf-8").count("<failure") == 2
    assert told["clean"] == 0
    code, cleaned = told["cleaned"]
    assert code == 0, cleaned.manifest["gate"]
    assert cleaned.manifest["accounting"]["rows"] < run.manifest["accounting"]["rows"]
    assert cleaned.manifest["selftest"]["copies"] > 0


def test_cleaned_set_is_the_old_one_without_what_was_decided(told: dict[str, Any]) -> None:
    """Line for line, with a ledger that names the reviewer."""
    whole = (DATA / "support_v4.jsonl").read_bytes().splitlines(keepends=True)
    gone = {one["example_id"] for one in told["decided"] if one["decision"] == "remove"}
    examples = told["v4"][1].examples()
    lines = set(examples.loc[sorted(gone), "line"])
    kept = Path("cleaned/kept.jsonl").read_bytes().splitlines(keepends=True)
    assert len(gone) >= 20
    assert kept == [line for n, line in enumerate(whole, start=1) if n not in lines]
    ledger = [json.loads(line) for line in Path("cleaned/ledger.jsonl").read_text(encoding="utf-8").splitlines()]
    removed = {one["example_id"]: one for one in ledger if one["decision"] == "remove"}
    assert removed.keys() == gone
    assert {one["by"] for one in removed.values()} == {"ana"}


def test_every_run_of_the_story_holds(told: dict[str, Any]) -> None:
    """The last word on the runs that the training set rests on."""
    assert told
    assert main(["verify", "runs/v4", "runs/cleaned"]) == 0
