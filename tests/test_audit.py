"""A whole audit in this process, over real files and a real store, with the scripted judge."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest

from judge import audit, wiring
from judge.audit import Outcome
from judge.backends import scripted
from judge.errors import BackendError
from judge.ports import Prepared
from judge.records import Reply, Request

GOOD = {"1": 0.01, "2": 0.01, "3": 0.01, "4": 0.01, "5": 0.95}
BAD = {"1": 0.9, "2": 0.05, "3": 0.01, "4": 0.01, "5": 0.02}
OUTPUTS = ("suspects.jsonl", "suspects.csv", "examples.parquet", "pairs.parquet", "groups.jsonl", "rejects.jsonl")
WORDS = '{"evidence": "It is 4.", "reason": "Four is right.", "label": "5"}'
ROWS = [{"id": f"r{n}", "prompt": f"What is {n} plus {n}?", "response": f"It is {2 * n}."} for n in range(1, 41)]


def honest(request: Request) -> Mapping[str, float] | str:
    """A judge that grades rows with the word `wrong` down, and finds that a plain yes contradicts a no."""
    if request.pair:
        against = 0.9 if "Yes" in request.row and "No," in request.row else 0.01
        return {**dict.fromkeys("ACDE", 0.001), "B": against, "F": 0.99 - against}
    if not request.labels:
        return WORDS
    return BAD if "wrong" in request.row else GOOD


def write(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """JSON Lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def run(
    folder: Path, rows: Sequence[Mapping[str, object]], *overrides: str, judge: scripted.Scripted | None = None
) -> tuple[Outcome, scripted.Scripted, Path]:
    """Audit `rows` with the store in `folder`; give outcome, judge, and the run's folder."""
    judge = judge or scripted.connect(script=honest, name="honest")
    out = folder / f"run{len(list(folder.glob('run*')))}"
    data = write(folder / "rows.jsonl", rows)
    base = [
        "+dataset=local",
        f"dataset.path={data}",
        "backend=none",
        "selftest=off",  # questions are counted here
        "quiet=true",
        "report=false",
        f"store={folder / 'replies.sqlite'}",
    ]
    parts = wiring.build(wiring.compose([*base, *overrides]), rubric_set="standard", out=out)
    return audit.run(replace(parts, backend=judge)), judge, out


def lines(path: Path) -> list[dict[str, object]]:
    """Objects of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_bad_rows_rank_first_with_the_rubrics_as_reasons(tmp_path: Path) -> None:
    """What the judge grades down is at the top, says which rubric and level, and carries the judge's words."""
    rows = [*ROWS[:20], {"id": "x", "prompt": "What is 1 plus 2?", "response": "It is wrong."}, *ROWS[20:]]

    outcome, _, out = run(tmp_path, rows)

    first = lines(out / "suspects.jsonl")[0]
    reasons = first["reasons"]
    assert isinstance(reasons, list)
    assert (first["rank"], first["example_id"], first["within_budget"], first["status"]) == (1, "x", True, "judged")
    assert {"factual", "instruction", "tone", "format"} <= {r["name"] for r in reasons}
    assert reasons[0]["because"].startswith("1.2 of 5: The main point is false")
    assert reasons[0]["rationale"] == {"text": "Four is right.", "evidence": "It is 4.", "evidence_found": False}
    assert sum(r["share"] for r in reasons) == pytest.approx(1, abs=1e-4)
    assert outcome.accounting.line() == "41 rows in = 41 judged + 0 unscored + 0 not sampled + 0 rejected"


def test_second_run_asks_nothing_and_writes_the_same_bytes(tmp_path: Path) -> None:
    """Every answer comes from the store, and so does every byte."""
    _, _, first = run(tmp_path, ROWS)
    outcome, judge, second = run(tmp_path, ROWS)

    assert not judge.asked
    assert outcome.manifest["cost"]["scores"]["reused"] == 160  # type: ignore[index]
    for name in OUTPUTS:
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_editing_one_row_asks_only_its_requests(tmp_path: Path) -> None:
    """One edited row costs its rubrics; new ids and another order cost nothing."""
    run(tmp_path, ROWS, "protocol=score")
    edited = [{**row, "id": f"new-{n}"} for n, row in enumerate(reversed(ROWS))]
    edited[7] = {**edited[7], "response": "It is hard to say."}

    _, judge, _ = run(tmp_path, edited, "protocol=score")

    assert len(judge.asked) == 4


def test_rows_with_the_same_content_are_asked_once(tmp_path: Path) -> None:
    """A copy under another id is answered along with the original."""
    copies = [{**row, "id": f"copy-{row['id']}"} for row in ROWS]

    outcome, judge, _ = run(tmp_path, [*ROWS, *copies], "protocol=score")

    assert len(judge.asked) == 160
    assert outcome.accounting.judged == 80


def test_layouts_share_what_they_promise(tmp_path: Path) -> None:
    """Another wording of one rubric costs all questions in `shared`, and only its own in `rubric_first`."""
    asked = {}
    for layout in ("shared", "rubric_first"):
        folder = tmp_path / layout
        folder.mkdir()
        run(folder, ROWS, "protocol=score", f"layout={layout}")
        _, judge, _ = run(folder, ROWS, "protocol=score", f"layout={layout}", "rubrics.tone.question=Is it kind?")
        asked[layout] = len(judge.asked)

    assert asked == {"shared": 160, "rubric_first": 40}


def test_cascade_explains_the_budget_only_and_never_reranks(tmp_path: Path) -> None:
    """Words are asked for rows inside the review budget, one each, and the order is that of the scores alone."""
    rows = [{**row, "response": f"wrong {n}" if n % 7 == 0 else row["response"]} for n, row in enumerate(ROWS)]
    scored, _, _ = run(tmp_path, rows, "protocol=score", "review_budget=0.1")

    outcome, judge, out = run(tmp_path, rows, "protocol=cascade", "review_budget=0.1")

    explained = [
        s["example_id"]
        for s in lines(out / "suspects.jsonl")
        if any("rationale" in r for r in s["reasons"])  # type: ignore[attr-defined]
    ]
    assert len(judge.asked) == 4
    assert explained == [s.example.id for s in outcome.suspects[:4]]
    assert [s.example.id for s in outcome.suspects] == [s.example.id for s in scored.suspects]


def test_protocol_rationale_reads_written_labels(tmp_path: Path) -> None:
    """Protocol `rationale` scores by the label in the JSON, and keeps the words as reasons."""

    def script(request: Request) -> str:
        assert not request.labels
        return WORDS.replace('"5"', '"1"') if "wrong" in request.row else WORDS

    rows = [*ROWS, {"id": "x", "prompt": "1 + 2?", "response": "wrong"}]
    outcome, judge, _ = run(tmp_path, rows, "protocol=rationale", judge=scripted.connect(script=script, name="r"))

    assert outcome.suspects[0].example.id == "x"
    assert outcome.suspects[0].reasons[0].rationale is not None
    assert len(judge.asked) == 41 * 4  # the words are there already: nothing is asked twice


def test_replies_that_cannot_be_read_are_unscored_and_counted(tmp_path: Path) -> None:
    """A judge that babbles about one row leaves it unscored, with the reason; it is neither clean nor suspect."""

    def script(request: Request) -> str:
        return "I would rather not say." if "What is 7 plus" in request.row else WORDS

    outcome, _, out = run(tmp_path, ROWS, "protocol=rationale", judge=scripted.connect(script=script, name="babble"))

    table = pd.read_parquet(out / "examples.parquet").set_index("example_id")
    assert dict(outcome.accounting.unscored) == {"unreadable": 1}
    assert table.loc["r7", "status"] == "unreadable"
    assert pd.isna(table.loc["r7", "factual.score"])
    assert outcome.accounting.line() == (
        "40 rows in = 39 judged + 1 unscored (1 unreadable) + 0 not sampled + 0 rejected"
    )


def test_row_that_is_too_long_is_unscored_and_the_rest_is_judged(tmp_path: Path) -> None:
    """One giant row is counted as too long, is not sent, and stops nobody."""
    rows = [*ROWS, {"id": "giant", "prompt": "Tell me all.", "response": "word and " * 9000 + "end."}]

    outcome, _, out = run(tmp_path, rows, "protocol=score")

    giant = [s for s in lines(out / "suspects.jsonl") if s["example_id"] == "giant"]
    assert dict(outcome.accounting.unscored) == {"too_long": 1}
    assert outcome.accounting.judged == 40
    assert all(s["unscored"][0]["reason"] == "too_long" for s in giant)  # type: ignore[index]


def test_unscored_row_without_findings_is_not_ranked(tmp_path: Path) -> None:
    """A row that the judge could not score and no signal speaks of is in no list, but in the table and the sum."""

    def script(request: Request) -> str:
        return "?" if "What is 7 plus" in request.row else WORDS

    judge = scripted.connect(script=script, name="babble")
    skip = "signals.skip=[cut_off,empty,injection,length,markup,numbers,off_topic,placeholder,pretends,refusal,rude]"
    outcome, _, out = run(tmp_path, ROWS, "protocol=rationale", skip, judge=judge)

    ranked = {s["example_id"] for s in lines(out / "suspects.jsonl")}
    table = pd.read_parquet(out / "examples.parquet").set_index("example_id")
    assert len(outcome.suspects) == 39
    assert "r7" not in ranked
    assert pd.isna(table.loc["r7", "suspicion"])


def test_preflight_stops_a_judge_that_answers_with_no_label(tmp_path: Path) -> None:
    """A judge whose probability lies elsewhere is stopped after eight questions, with the ways out in words."""
    judge = scripted.connect(script=lambda _: dict.fromkeys("12345", 0.001), name="elsewhere")

    with pytest.raises(BackendError, match=r"puts 99\.5% of its probability on no label .*enable_thinking=false"):
        run(tmp_path, ROWS, judge=judge)

    assert len(judge.asked) == 8


def test_preflight_looks_all_over_the_set_and_not_at_one_odd_row(tmp_path: Path) -> None:
    """One edited row that no label fits is unscored in a re-audit, the first time as well as the second."""

    def script(request: Request) -> Mapping[str, float] | str:
        return dict.fromkeys("12345", 0.001) if "odd" in request.row else honest(request)

    judge = scripted.connect(script=script, name="one")
    run(tmp_path, ROWS, judge=judge)
    edited = [{**row, "response": "odd"} if row["id"] == "r3" else row for row in ROWS]

    outcomes = [run(tmp_path, edited, judge=judge)[0] for _ in range(2)]

    assert [dict(outcome.accounting.unscored) for outcome in outcomes] == [{"off_scale": 1}] * 2


def test_preflight_is_not_passed_by_running_it_again(tmp_path: Path) -> None:
    """The few stored answers of a judge that was stopped count against it the next time."""
    for _ in range(2):
        judge = scripted.connect(script=lambda _: dict.fromkeys("12345", 0.001), name="elsewhere")
        with pytest.raises(BackendError, match="pre-flight"):
            run(tmp_path, ROWS, judge=judge)


def test_stored_answers_are_held_to_the_same_limit(tmp_path: Path) -> None:
    """A run that needs nothing new says the same of a judge without labels as the run that asked it."""
    judge = scripted.connect(script=lambda r: dict.fromkeys("12345", 0.001) if r.labels else WORDS, name="elsewhere")
    run(tmp_path, ROWS, "max_off_scale=1", judge=judge)

    with pytest.raises(BackendError, match="pre-flight"):
        run(tmp_path, ROWS, judge=judge)


def test_a_reply_that_never_comes_is_unscored(tmp_path: Path) -> None:
    """A backend that loses a request leaves the row unscored and counted, and the next run asks it again."""

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Forgetful(scripted.Scripted):
        def answer(self, asked: Iterable[Prepared]) -> Iterator[Sequence[tuple[Prepared, Reply]]]:
            lost = (p for p in asked if "What is 7 plus" not in p.request.row)
            yield from scripted.Scripted.answer(self, lost)

    judge = Forgetful(script=honest, script_name="honest", limit=8192, batch=64, seconds=0)
    outcome, _, out = run(tmp_path, ROWS, judge=judge)
    again, asked, _ = run(tmp_path, ROWS)

    table = pd.read_parquet(out / "examples.parquet").set_index("example_id")
    assert dict(outcome.accounting.unscored) == {"unanswered": 1}
    assert table.loc["r7", "status"] == "unanswered"
    assert outcome.manifest["cost"]["scores"]["unanswered"] == 4  # type: ignore[index]
    assert again.accounting.judged == 40
    assert len(asked.asked) == 4


def test_words_that_do_not_fit_never_cost_the_verdicts(tmp_path: Path) -> None:
    """A suspect whose rationale would not fit the context keeps its rank and goes without words."""
    rows = [*ROWS, {"id": "x", "prompt": "What is 1 plus 2?", "response": "wrong " * 40}]
    least = scripted.connect(script=honest, name="honest", limit=2300)

    outcome, _, _ = run(tmp_path, rows, "rationale_tokens=1500", judge=least)

    assert outcome.accounting.judged == 41
    assert outcome.suspects[0].example.id == "x"
    assert outcome.manifest["cost"]["rationales"]["too_long"] > 0  # type: ignore[index]


def test_room_is_checked_for_the_questions_that_are_asked(tmp_path: Path) -> None:
    """Protocol `rationale` needs more room than a label, and is told so before any question too."""
    with pytest.raises(BackendError, match="leave no room for a row"):
        run(tmp_path, ROWS, "protocol=rationale", judge=scripted.connect(script=honest, name="honest", limit=1600))


def test_preflight_looks_at_rows_that_fit(tmp_path: Path) -> None:
    """Rows that are too long take no place in the sample: the judge is stopped by those it was shown."""
    long = [{"id": f"g{n}", "prompt": "Tell me all.", "response": f"{n} and " * 3000} for n in range(30)]
    judge = scripted.connect(script=lambda _: dict.fromkeys("12345", 0.001), name="elsewhere", limit=3000)

    with pytest.raises(BackendError, match="pre-flight"):
        run(tmp_path, [*long, *ROWS[:10]], judge=judge)

    assert len(judge.asked) == 8


def test_instructions_that_fill_the_context_are_told_before_any_question(tmp_path: Path) -> None:
    """Where no row could ever fit, the run stops with the sizes and the ways out."""
    with pytest.raises(
        BackendError, match=r"the instructions with rubrics and guide take [\d,]+ tokens .*rubric_set=terse"
    ):
        run(tmp_path, ROWS, judge=scripted.connect(script=honest, name="honest", limit=500))


def test_preflight_can_be_overruled(tmp_path: Path) -> None:
    """max_off_scale=1 takes the labels' share for what it is."""
    judge = scripted.connect(script=lambda r: dict.fromkeys("12345", 0.001) if r.labels else WORDS, name="elsewhere")

    outcome, _, _ = run(tmp_path, ROWS, "max_off_scale=1", judge=judge)

    assert outcome.accounting.judged == 40


def test_single_rows_off_the_scale_are_unscored(tmp_path: Path) -> None:
    """A row on which the judge wants to say something else is unscored, not middling."""

    def script(request: Request) -> Mapping[str, float] | str:
        return dict.fromkeys("12345", 0.01) if "What is 30 plus" in request.row else honest(request)

    outcome, _, _ = run(tmp_path, ROWS, judge=scripted.connect(script=script, name="one"))

    assert dict(outcome.accounting.unscored) == {"off_scale": 1}


def test_every_trained_turn_is_judged_and_the_worst_counts(tmp_path: Path) -> None:
    """Each assistant turn that is trained on gets its verdicts; a reason names its turn, counted from 1."""

    def script(request: Request) -> Mapping[str, float] | str:
        if not request.labels:
            return WORDS
        return BAD if "turn 4" in request.question else GOOD

    messages = [
        {"role": "user", "content": "Hello?"},
        {"role": "assistant", "content": "Hello, how can I help?"},
        {"role": "user", "content": "Where is my lamp?"},
        {"role": "assistant", "content": "It is on its way."},
        {"role": "assistant", "content": "Anything else?", "weight": 0},
    ]
    outcome, judge, out = run(
        tmp_path, [{"id": "m", "messages": messages}], "protocol=score", judge=scripted.connect(script=script, name="t")
    )

    (suspect,) = lines(out / "suspects.jsonl")
    rubric_turns = {r["turn"] for r in suspect["reasons"] if r["kind"] == "rubric"}  # type: ignore[attr-defined]
    assert len(judge.asked) == 8
    assert rubric_turns == {4}
    assert outcome.accounting.judged == 1


def test_same_prompt_with_opposite_answers_is_a_pair(tmp_path: Path) -> None:
    """Rows that answer one prompt differently, as the judge confirms, stand in pairs.parquet and name each other."""
    rows = [
        *ROWS,
        {"id": "yes", "prompt": "Can I return a used lamp?", "response": "Yes, within 30 days."},
        {"id": "no", "prompt": "can I return a used lamp?", "response": "No, used lamps cannot be returned."},
    ]
    _, _, out = run(tmp_path, rows)

    pairs = pd.read_parquet(out / "pairs.parquet")
    suspects = {s["example_id"]: s for s in lines(out / "suspects.jsonl")}
    assert pairs[["left", "right", "kind", "by"]].to_numpy().tolist() == [["yes", "no", "policy", "judge"]]
    assert [c["example_id"] for c in suspects["yes"]["contradicts"]] == ["no"]  # type: ignore[attr-defined]
    assert [c["example_id"] for c in suspects["no"]["contradicts"]] == ["yes"]  # type: ignore[attr-defined]


def test_manifest_is_written_last_and_vouches_for_every_file(tmp_path: Path) -> None:
    """The manifest names judge, data, wording, cost and versions, and the digest of each other file."""
    _, _, out = run(tmp_path, ROWS)

    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    newest = max(out.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    assert newest.name == "manifest.json"
    assert set(manifest["files"]) == {p.name for p in out.iterdir()} - {"manifest.json"}
    assert manifest["judge"]["model"] == "honest"
    assert manifest["wording"]["protocol"] == "cascade"
    assert manifest["accounting"]["rows"] == 40
    assert manifest["config"]["review_budget"] == 0.05
