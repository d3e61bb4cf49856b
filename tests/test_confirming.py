"""Asking the judge about pairs: which are asked, in which orders, at what cost, and what is read from the answers."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from builders import example

from judge import judging, wiring
from judge.backends import scripted
from judge.confirming import Confirmed, confirm, rubric_tokens
from judge.corpus import Answer, Corpus
from judge.errors import BackendError
from judge.parts import Parts
from judge.ports import NoJudge
from judge.records import Example, PairVerdict, Request, Turn, Unscored

Script = Callable[[Request], Mapping[str, float] | str]
PLENTY = 10**9


def label(**probabilities: float) -> dict[str, float]:
    """The labels' probabilities; what is not given is that of no contradiction."""
    return {**dict.fromkeys("ABCDE", 0.0), **probabilities, "F": 1 - math.fsum(probabilities.values())}


def lamp(n: int, said: str = "", *, name: str = "") -> Example:
    """A row on the return of lamp `n`, of the same length for every `n` of two digits."""
    return example(f"Can I return lamp {n}?", said or f"Yes, within {n} days.", name=name or f"lamp-{n}")


def answers(*rows: Example) -> list[Answer]:
    """The judged turns of the rows, each row alone."""
    return [Corpus([row]).own[-1] for row in rows]


def pairs(count: int) -> list[tuple[Answer, Answer]]:
    """Pairs of rows that all differ."""
    return [(left, right) for n in range(count) for left, right in [answers(lamp(10 + n), lamp(50 + n))]]


def parts(folder: Path, script: Script, *overrides: str, name: str = "script", limit: int = 8192) -> Parts:
    """Everything of a run whose judge answers by `script`, with the store in `folder`."""
    base = ["+dataset=support_v3", "dataset.guide=null", "backend=none", "quiet=true", f"store={folder / 'r.sqlite'}"]
    config = wiring.compose([*base, *overrides])
    made = wiring.build(config, rubric_set="standard", out=folder / "run")
    return replace(made, backend=scripted.connect(script=script, name=name, limit=limit))


def asked(made: Parts) -> int:
    """How many questions the scripted judge was asked."""
    assert isinstance(made.backend, scripted.Scripted)
    return len(made.backend.asked)


def verdicts(confirmed: Confirmed) -> list[PairVerdict]:
    """The results, none of which is unscored."""
    found = [result for result in confirmed.results if isinstance(result, PairVerdict)]
    assert len(found) == confirmed.taken
    return found


# --- one order, or both


def test_a_decided_pair_is_asked_once(tmp_path: Path) -> None:
    """A clear answer, either way, is taken at its word; the verdict names rows and turns as they were given."""
    made = parts(tmp_path, lambda r: label(B=0.9) if "lamp 11" in r.row else label(A=0.1))

    confirmed = confirm(made, pairs(3), PLENTY)

    assert asked(made) == 3
    assert [v.probability for v in verdicts(confirmed)] == pytest.approx([0.1, 0.9, 0.1], abs=1e-4)
    assert [v.orders for v in verdicts(confirmed)] == [1, 1, 1]
    second = verdicts(confirmed)[1]
    assert (second.left, second.left_turn, second.right, second.right_turn) == ("lamp-11", 1, "lamp-51", 1)
    assert second.kind == "policy"
    assert confirmed.tally.needed == confirmed.tally.asked == 3


def test_an_undecided_pair_is_asked_in_the_other_order(tmp_path: Path) -> None:
    """Only the pair that is in doubt costs a second question, with the records exchanged."""
    rows: list[str] = []

    def script(request: Request) -> dict[str, float]:
        rows.append(request.row)
        return label(A=0.5) if "lamp 11" in request.row else label()

    made = parts(tmp_path, script)
    confirmed = confirm(made, pairs(3), PLENTY)

    doubtful = [row for row in rows if "lamp 11" in row]
    assert (len(rows), len(doubtful)) == (4, 2)
    assert sorted(doubtful[0].splitlines()) == sorted(doubtful[1].splitlines())
    assert [row.index("lamp 11") < row.index("lamp 51") for row in doubtful] in ([True, False], [False, True])
    assert [v.orders for v in verdicts(confirmed)] == [1, 2, 1]
    assert (confirmed.tally.needed, confirmed.tally.asked) == (4, 4)


@pytest.mark.parametrize(("probability", "orders"), [(0.19, 1), (0.21, 2), (0.79, 2), (0.81, 1)])
def test_what_is_undecided(tmp_path: Path, probability: float, orders: int) -> None:
    """Between 0.2 and 0.8 the other order is asked, whatever the kinds that make it up."""
    made = parts(tmp_path, lambda _: label(A=probability / 2, E=probability / 2))
    assert [v.orders for v in verdicts(confirm(made, pairs(1), PLENTY))] == [orders]


def test_a_leaning_to_one_place_cancels_out(tmp_path: Path) -> None:
    """A judge that objects to whatever stands second says the same of a pair whichever row comes first."""

    def script(request: Request) -> dict[str, float]:
        first, second = request.row.split("The second record:")
        return label(A=0.5 + 0.25 * ("lamp 50" in second) - 0.25 * ("lamp 50" in first))

    (verdict,) = verdicts(confirm(parts(tmp_path, script), pairs(1), PLENTY))

    assert (verdict.orders, verdict.kind) == (2, "fact")
    assert verdict.probability == pytest.approx(0.5, abs=1e-4)


def test_the_first_answer_stands_where_the_second_says_nothing(tmp_path: Path) -> None:
    """An undecided pair whose other order cannot be read keeps what is known of it, and says that it was one order."""
    told: list[Request] = []

    def script(request: Request) -> dict[str, float]:
        told.append(request)
        return label(A=0.5) if len(told) == 1 else dict.fromkeys("ABCDEF", 0.001)

    (verdict,) = verdicts(confirm(parts(tmp_path, script), pairs(1), PLENTY))

    assert len(told) == 2
    assert verdict.probability == pytest.approx(0.5, abs=1e-4)
    assert verdict.orders == 1


# --- the budget


def cost_of_one(folder: Path) -> int:
    """What one pair of `pairs` costs, all of which are as long."""
    return confirm(parts(folder, lambda _: label()), pairs(1), PLENTY).tokens


def test_the_budget_takes_the_worst_and_counts_the_rest(tmp_path: Path) -> None:
    """Pairs come worst first; those that fit are asked, and all behind them are left out and counted."""
    one = cost_of_one(tmp_path)
    made = parts(tmp_path, lambda _: label(A=0.9), name="other")

    confirmed = confirm(made, pairs(20), one * 8)

    assert [v.left for v in verdicts(confirmed)] == [f"lamp-{n}" for n in range(10, 16)]
    assert (confirmed.taken, confirmed.left_out, asked(made), confirmed.tokens) == (6, 14, 6, 6 * one)


def test_second_orders_are_within_the_budget_too(tmp_path: Path) -> None:
    """Where everything is in doubt, the worst are asked in both orders and the budget is still kept."""
    one = cost_of_one(tmp_path)
    made = parts(tmp_path, lambda _: label(A=0.5), name="other")

    confirmed = confirm(made, pairs(20), one * 8)

    assert [v.orders for v in verdicts(confirmed)] == [2, 2, 1, 1, 1, 1]
    assert confirmed.tokens == 8 * one
    assert asked(made) == confirmed.tally.asked == 8


@pytest.mark.parametrize("budget", [0, -1, 3])
def test_no_budget_asks_nothing(tmp_path: Path, budget: int) -> None:
    """Without room for a single pair nobody is asked, and everything is left out."""
    made = parts(tmp_path, lambda _: label())
    confirmed = confirm(made, pairs(5), budget)
    assert (confirmed.taken, confirmed.left_out, asked(made)) == (0, 5, 0)


def test_no_judge_is_asked_nothing(tmp_path: Path) -> None:
    """With backend=none every pair is left out."""
    made = replace(parts(tmp_path, lambda _: label()), backend=NoJudge("no GPU"))
    assert confirm(made, pairs(5), PLENTY) == Confirmed(left_out=5)


def test_what_the_rubrics_cost_is_the_same_whatever_is_stored(tmp_path: Path) -> None:
    """The budget's measure counts each row once in `shared`, and is no other for a second run or a copy of a row."""
    rows = [lamp(n) for n in range(10, 20)]
    made = parts(tmp_path, scripted.by_digest)
    once = rubric_tokens(judging.judge(made, rows), rows)
    again = judging.judge(made, rows)
    copies = [*rows, lamp(10, name="copy")]

    assert again.tally.asked == 0
    assert rubric_tokens(again, rows) == once
    assert rubric_tokens(judging.judge(made, copies), copies) == once
    assert rubric_tokens(again, rows[:5]) == pytest.approx(once / 2, rel=0.1)
    assert rubric_tokens(judging.judge(replace(made, backend=NoJudge("none")), rows), rows) == 0


def test_rubrics_that_are_asked_alone_cost_more(tmp_path: Path) -> None:
    """In `rubric_first` every rubric has the row computed anew."""
    rows = [example(*["word " * 100] * 2, name=f"r{n}", line=n) for n in range(1)]
    cost = {
        layout: rubric_tokens(judging.judge(made, rows), rows)
        for layout in ("shared", "rubric_first")
        for made in [parts(tmp_path, scripted.by_digest, f"layout={layout}")]
    }
    assert 250 < cost["shared"] < 400
    assert 3.5 < cost["rubric_first"] / (cost["shared"] - 16) < 4.5


def test_a_conversation_is_counted_once_for_its_turns(tmp_path: Path) -> None:
    """A row of several judged turns is one row and several questions."""
    said = ["word " * 100] * 4
    one = example(*said)
    both = replace(one, judged=(1, 3))
    made = parts(tmp_path, scripted.by_digest)
    single, double = (rubric_tokens(judging.judge(made, [row]), [row]) for row in (one, both))
    assert single < double < single + 80


# --- the store


def test_a_second_run_asks_nothing(tmp_path: Path) -> None:
    """Both orders come from the store, and the results are the same."""
    first = confirm(parts(tmp_path, lambda _: label(A=0.5)), pairs(4), PLENTY)
    made = parts(tmp_path, lambda _: label(A=0.5))

    second = confirm(made, pairs(4), PLENTY)

    assert asked(made) == 0
    assert second.results == first.results
    assert second.tokens == first.tokens
    assert (second.tally.reused, second.tally.needed) == (8, 8)


def test_another_order_of_the_input_or_new_ids_ask_nothing(tmp_path: Path) -> None:
    """A pair is its two contents: neither ids, nor which came first, nor what else is in the set make it a new one."""
    confirm(parts(tmp_path, lambda _: label(A=0.3)), pairs(4), PLENTY)
    made = parts(tmp_path, lambda _: label(A=0.3))
    moved = [
        (replace(right, example=replace(right.example, id=f"new-{n}"), at=99), left)
        for n, (left, right) in enumerate(reversed(pairs(4)))
    ]

    confirmed = confirm(made, moved, PLENTY)

    assert asked(made) == 0
    first = verdicts(confirmed)[0]
    assert (first.left, first.right) == ("new-0", "lamp-13")


def test_after_a_merge_only_new_pairs_are_asked(tmp_path: Path) -> None:
    """Pairs that were there cost nothing beside new ones, whatever their place in the list."""
    confirm(parts(tmp_path, lambda _: label()), pairs(4), PLENTY)
    made = parts(tmp_path, lambda _: label())
    merged = pairs(6)

    confirm(made, [*merged[4:], *merged[:4]], PLENTY)

    assert asked(made) == 2


def test_later_turns_are_not_part_of_a_pair(tmp_path: Path) -> None:
    """Another end of a conversation is the same pair; another reference text is a new one."""
    ((left, right),) = pairs(1)
    confirm(parts(tmp_path, lambda _: label()), [(left, right)], PLENTY)
    made = parts(tmp_path, lambda _: label())
    longer = replace(left.example, turns=(*left.example.turns, Turn(role="user", content="Thanks!")))
    grounded = replace(left.example, context="Lamps come back within 30 days.")

    confirm(made, [(replace(left, example=longer), right)], PLENTY)
    assert asked(made) == 0
    confirm(made, [(replace(left, example=grounded), right)], PLENTY)
    assert asked(made) == 1


@pytest.mark.parametrize("override", ["rubric_set=terse", "layout=rubric_first", "rubrics.tone.question=Is it kind?"])
def test_runs_on_other_rubrics_share_pairs(tmp_path: Path, override: str) -> None:
    """A sweep over rubric sets asks each pair once; another wording of the pairs' own rubric asks again."""
    confirm(parts(tmp_path, lambda _: label()), pairs(3), PLENTY)
    swept = parts(tmp_path, lambda _: label(), override)
    reworded = parts(tmp_path, lambda _: label(), "pairs.rubric.question=Do they clash?")

    confirm(swept, pairs(3), PLENTY)
    confirm(reworded, pairs(3), PLENTY)

    assert (asked(swept), asked(reworded)) == (0, 3)


def test_copies_share_one_question(tmp_path: Path) -> None:
    """Pairs of the same two contents are asked once, and all have the answer."""
    ((left, right),) = pairs(1)
    copy = replace(right, example=replace(right.example, id="copy"))
    made = parts(tmp_path, lambda _: label(A=0.9))

    confirmed = confirm(made, [(left, right), (copy, left), (left, right)], PLENTY)

    assert asked(made) == 1
    assert [(v.left, v.right) for v in verdicts(confirmed)][1] == ("copy", "lamp-10")
    assert (confirmed.tally.copies, confirmed.tokens) == (2, cost_of_one(tmp_path))


# --- what cannot be asked, or not be read


def test_a_pair_that_does_not_fit_is_unscored(tmp_path: Path) -> None:
    """One giant row costs its own pair and no other, is not sent, and takes nothing from the budget."""
    giant = answers(lamp(10, "word and " * 9000), lamp(50))
    made = parts(tmp_path, lambda _: label())

    confirmed = confirm(made, [(giant[0], giant[1]), *pairs(2)], PLENTY)

    first, *others = confirmed.results
    assert isinstance(first, Unscored)
    assert (first.example_id, first.turn, first.reason, first.rubric) == ("lamp-10", 1, "too_long", "contradiction")
    assert all(isinstance(other, PairVerdict) for other in others)
    assert (asked(made), confirmed.tally.too_long) == (2, 1)


def test_instructions_that_leave_no_room_are_told(tmp_path: Path) -> None:
    """Where no pair could ever fit, the run stops with the way out."""
    made = parts(tmp_path, lambda _: label(), limit=900)
    with pytest.raises(BackendError, match=r"leave no room for a pair of rows .* with pairs\.budget=0"):
        confirm(made, pairs(1), PLENTY)
    assert asked(made) == 0


def test_a_judge_that_answers_with_no_label_is_stopped(tmp_path: Path) -> None:
    """The same look at eight answers as before the rubrics; a handful of pairs is unscored instead."""
    made = parts(tmp_path, lambda _: dict.fromkeys("ABCDEF", 0.001))

    few = confirm(made, pairs(7), PLENTY)
    with pytest.raises(BackendError, match="pre-flight"):
        confirm(made, pairs(40), PLENTY)

    assert {result.reason for result in few.results if isinstance(result, Unscored)} == {"off_scale"}
    assert few.taken == 7
    assert asked(made) < 7 + 9


def test_protocol_rationale_reads_the_written_label(tmp_path: Path) -> None:
    """In words a pair is certain, so that no second order is asked; words without a label are unscored."""

    def script(request: Request) -> str:
        assert not request.labels
        said = {"evidence": "", "reason": "So it is.", "label": "D" if "lamp 10" in request.row else "F"}
        return "no idea" if "lamp 12" in request.row else json.dumps(said)

    made = parts(tmp_path, script, "protocol=rationale")
    one, two, three = confirm(made, pairs(3), PLENTY).results

    assert asked(made) == 3
    assert isinstance(one, PairVerdict)
    assert (one.probability, one.kind, one.orders) == (1.0, "format", 1)
    assert isinstance(two, PairVerdict)
    assert two.probability == 0.0
    assert isinstance(three, Unscored)
    assert three.reason == "unreadable"


# --- the double


@pytest.mark.parametrize("protocol", ["score", "rationale"])
def test_the_scripted_judge_finds_one_contradiction_in_sixteen(tmp_path: Path, protocol: str) -> None:
    """The shipped double says `no contradiction` of most pairs, and the same in either order."""
    many = [(left, right) for n in range(800) for left, right in [answers(lamp(1000 + n), lamp(2000 + n))]]
    made = parts(tmp_path, scripted.by_digest, f"protocol={protocol}")

    found = verdicts(confirm(made, many, PLENTY))

    share = sum(v.probability >= made.pairs.threshold for v in found) / len(found)
    assert 1 / 24 < share < 1 / 10
    assert {v.kind for v in found if v.probability >= 0.5} == {"fact", "policy", "recommendation", "format", "tone"}
    for left, right in many[:50]:
        one, other = (
            scripted.by_digest(made.asker.pair(a.example, 1, b.example, 1, made.pairs.rubric))
            for a, b in ((left, right), (right, left))
        )
        assert one == other
