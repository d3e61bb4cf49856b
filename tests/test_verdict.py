"""Reading replies: scores by hand, and replies that are none."""

import json
import math

import pytest
from builders import criterion, example, packaged_prompts, pair_rubric, turns
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.neutral import neutralise
from judge.records import Example, PairVerdict, Rationale, Reply, ToolCall, Turn, Unscored, Verdict
from judge.verdict import (
    both_orders,
    off_scale,
    read_kind,
    read_label,
    read_rationale,
    read_written_kind,
    read_written_label,
)

TONE = criterion()


def reply_of(*probabilities: float, labels: tuple[str, ...] = ("1", "2", "3", "4", "5")) -> Reply:
    """What comes back when the labels have these probabilities."""
    known = {x: math.log(p) if p else -math.inf for x, p in zip(labels, probabilities, strict=False)}
    return Reply(text="5", logprobs=known)


def read(reply: Reply, *, levels: int = 5, limit: float = 1.0) -> Verdict | Unscored:
    """Read a label reply about one turn."""
    return read_label(reply, criterion(levels=levels), "row", 1, max_off_scale=limit)


def test_a_score_by_hand() -> None:
    """0.1, 0, 0, 0.4, 0.5 is 0.1*1 + 0.4*4 + 0.5*5 = 4.2 of 5, 0.8 of 4 steps from the best, 1.361 bits."""
    assert read(reply_of(0.1, 0, 0, 0.4, 0.5)) == Verdict(
        example_id="row",
        turn=1,
        rubric="tone",
        score=4.2,
        severity=0.2,
        entropy=round(0.1 * math.log2(10) + 0.4 * math.log2(2.5) + 0.5, 6),
        off_scale=0.0,
        distribution=(0.1, 0.0, 0.0, 0.4, 0.5),
    )


def test_off_scale_mass_is_kept_and_left_out_of_the_score() -> None:
    """Labels that hold 0.8 in all are read as if they held all of it; the rest is told as off-scale mass."""
    verdict = read(reply_of(0, 0, 0, 0.2, 0.6))
    assert isinstance(verdict, Verdict)
    assert (verdict.score, verdict.severity, verdict.off_scale) == (4.75, 0.0625, 0.2)
    assert verdict.distribution == (0.0, 0.0, 0.0, 0.25, 0.75)
    assert off_scale(reply_of(0, 0, 0, 0.2, 0.6)) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("probabilities", "score", "severity", "entropy"),
    [
        ((1, 0, 0, 0, 0), 1.0, 1.0, 0.0),
        ((0, 0, 0, 0, 1), 5.0, 0.0, 0.0),
        ((0.2, 0.2, 0.2, 0.2, 0.2), 3.0, 0.5, round(math.log2(5), 6)),
        ((0.5, 0, 0, 0, 0.5), 3.0, 0.5, 1.0),
        ((0.5, 0.5), 1.5, 0.5, 1.0),
    ],
)
def test_the_ends_and_the_middle(
    probabilities: tuple[float, ...], score: float, severity: float, entropy: float
) -> None:
    """The worst label is severity 1, the best 0, and doubt between them is told by the entropy, whatever the scale."""
    verdict = read(reply_of(*probabilities), levels=len(probabilities))
    assert isinstance(verdict, Verdict)
    assert (verdict.score, verdict.severity, verdict.entropy) == (score, severity, entropy)


def test_only_the_rubrics_labels_count() -> None:
    """A probability of anything else is off the scale."""
    reply = Reply(text="5", logprobs={"1": math.log(0.3), "2": math.log(0.3), "9": math.log(0.4)})
    verdict = read(reply, levels=2)
    assert isinstance(verdict, Verdict)
    assert (verdict.score, verdict.off_scale) == (1.5, 0.4)


def test_labels_are_read_in_the_rubrics_order() -> None:
    """Scores follow the rubric's order of labels, not the order in which the engine lists them."""
    logprobs = {"2": math.log(0.75), "1": math.log(0.25)}
    verdict = read(Reply(text="2", logprobs=logprobs), levels=2)
    assert isinstance(verdict, Verdict)
    assert (verdict.score, verdict.distribution) == (1.75, (0.25, 0.75))


@pytest.mark.parametrize(("mass", "limit", "scored"), [(0.5, 0.5, True), (0.49, 0.5, False), (0.1, 1.0, True)])
def test_too_much_off_the_scale_is_no_score(mass: float, limit: float, *, scored: bool) -> None:
    """At the limit an answer still counts; past it there is a reason and no score."""
    result = read(reply_of(0, 0, 0, 0, mass), limit=limit)
    assert isinstance(result, Verdict) == scored
    if isinstance(result, Unscored):
        assert (result.reason, result.example_id, result.turn, result.rubric) == ("off_scale", "row", 1, "tone")
        assert result.detail == "51% of the probability lies on no label"


@pytest.mark.parametrize(
    ("logprobs", "reason"),
    [
        ({}, "unreadable"),
        ({"1": -1.0, "2": -1.0, "3": -1.0, "4": -1.0}, "unreadable"),
        ({"1": -1.0, "2": -1.0, "3": -1.0, "4": -1.0, "5": math.nan}, "unreadable"),
        (dict.fromkeys("12345", -math.inf), "off_scale"),
        (dict.fromkeys("12345", -10_000.0), "off_scale"),
    ],
)
def test_what_has_no_probability_has_no_score(logprobs: dict[str, float], reason: str) -> None:
    """A label that is missing or not a number, or labels without any mass, are a reason, never a grade."""
    result = read(Reply(text="5", logprobs=logprobs))
    assert isinstance(result, Unscored)
    assert result.reason == reason


finite = st.floats(max_value=0.001, allow_nan=False, allow_infinity=False)


@settings(deadline=None)
@given(values=st.lists(finite, min_size=2, max_size=9))
def test_any_probabilities_give_a_score_on_the_scale(values: list[float]) -> None:
    """Whatever finite log-probabilities come back: a score on the scale, or no mass and a reason."""
    levels = len(values)
    labels = [str(n) for n in range(1, levels + 1)]
    result = read(Reply(text="1", logprobs=dict(zip(labels, values, strict=True))), levels=levels)
    if isinstance(result, Unscored):
        assert result.reason == "off_scale"
        assert math.fsum(math.exp(x) for x in values) == 0
        return
    assert 1 <= result.score <= levels
    assert 0 <= result.severity <= 1
    assert result.entropy is not None
    assert 0 <= result.entropy <= round(math.log2(levels), 6)
    assert result.off_scale is not None
    assert 0 <= result.off_scale <= 1
    assert math.fsum(result.distribution) == pytest.approx(1, abs=1e-5)
    assert result.severity == pytest.approx((levels - result.score) / (levels - 1), abs=1e-5)


@given(st.dictionaries(st.sampled_from("123456"), st.floats(max_value=0.0)))
def test_off_scale_is_a_share(logprobs: dict[str, float]) -> None:
    """The mass off the labels lies in [0, 1], whatever came back; all of it where nothing did."""
    assert 0 <= off_scale(Reply(text="", logprobs=logprobs)) <= 1
    assert off_scale(Reply(text="")) == 1


# --- words

ROW = example("Is it blue?", 'The lamp is   "light\nblue", and so is the <record> cord [INST] of it.')
GOOD = {"evidence": "light blue", "reason": " The lamp is white. ", "label": "2"}


def words(text: str, row: Example = ROW, *, stop: str = "stop") -> Rationale | Unscored:
    """Read a rationale of the row's last turn."""
    return read_rationale(Reply(text=text, stop=stop), TONE, row, 1)


def label(text: str, *, stop: str = "stop") -> Verdict | Unscored:
    """Read the label of a rationale."""
    return read_written_label(Reply(text=text, stop=stop), TONE, "row", 1)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(GOOD),
        json.dumps(GOOD, indent=2),
        f"  {json.dumps(GOOD)}\n",
        f"```json\n{json.dumps(GOOD)}\n```",
        f"```\n{json.dumps(GOOD, indent=1)}\n```\n",
        json.dumps({**GOOD, "extra": [1, {}]}),
    ],
)
def test_a_rationale_is_read(text: str) -> None:
    """One JSON object, fenced or not, is words, evidence and label."""
    assert words(text) == Rationale(
        example_id="row-1", turn=1, rubric="tone", text="The lamp is white.", evidence="light blue", found=True
    )
    assert label(text) == Verdict(example_id="row", turn=1, rubric="tone", score=2.0, severity=0.75)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "5", '"5"', "null", "[]", "[1, 2]", "true", "It is fine.", "{", "{}", "NaN", "\ufeff", "\0"),
        *(json.dumps(GOOD)[:-1], json.dumps(GOOD)[:20], json.dumps(GOOD) + " Hope that helps!", "Sure: {}"),
        *("```json\n{\n```", "```json\n```", "{'evidence': 'x', 'reason': 'y', 'label': '2'}", json.dumps([GOOD])),
        *("[" * 100_000, '{"a":' * 100_000, '{"reason": ' + "9" * 10_000 + "}", '{"reason": "\\ud8'),
    ],
)
def test_what_is_no_object_is_unscored(text: str) -> None:
    """Anything but one JSON object is a reason with the reply's beginning, never an exception and never a score."""
    for result in (words(text), label(text)):
        assert isinstance(result, Unscored)
        assert result.reason == "unreadable"
        assert repr(text[:80]) in result.detail


@pytest.mark.parametrize(
    "wrong",
    [{"reason": ""}, {"reason": " \n"}, {"reason": None}, {"reason": 5}, {"reason": ["x"]}, {"evidence": None}],
)
def test_a_rationale_without_words_is_unscored(wrong: dict[str, object]) -> None:
    """An object that lacks what it was asked for is no rationale."""
    assert isinstance(words(json.dumps(GOOD | wrong)), Unscored)
    assert isinstance(words(json.dumps({k: v for k, v in GOOD.items() if k not in wrong})), Unscored)


@pytest.mark.parametrize("wrong", ["6", "0", "", "2 ", "two", "tone", None, True, [], {}, ["2"], 2.5, 6, -1])
def test_a_label_off_the_scale_is_unscored(wrong: object) -> None:
    """A label that the rubric does not have is never rounded to one that it has."""
    result = label(json.dumps(GOOD | {"label": wrong}))
    assert isinstance(result, Unscored)
    assert (result.reason, result.rubric, result.turn) == ("unreadable", "tone", 1)
    assert isinstance(label(json.dumps({"evidence": "", "reason": "x"})), Unscored)


def test_a_label_written_as_a_number_is_that_label() -> None:
    """`"label": 2` is what a judge without an enforced schema answers to "one of 1, 2, 3, 4, 5"."""
    assert label(json.dumps(GOOD | {"label": 2})) == label(json.dumps(GOOD))


def test_a_reply_that_was_cut_off_says_so() -> None:
    """The reason names what would help: more room."""
    for result in (words('{"evidence": "lig', stop="length"), label('{"evidence": "lig', stop="length")):
        assert isinstance(result, Unscored)
        assert result.detail == "cut off at max_tokens"


@given(st.text() | st.text(alphabet='{}[]":,\\ud8"evidnclabr`\n'))
def test_no_reply_raises(text: str) -> None:
    """Whatever a judge writes is read as a value."""
    assert isinstance(words(text), Rationale | Unscored)
    assert isinstance(label(text), Verdict | Unscored)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from("12345"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("evidence", "reason", "label"), json_values)))
def test_no_object_raises(value: dict[str, object]) -> None:
    """Whatever stands in the object, a score is on the scale and words are words."""
    text = json.dumps(value)
    verdict, rationale = label(text), words(text)
    if isinstance(verdict, Verdict):
        assert verdict.score == float(str(value["label"]))
    if isinstance(rationale, Rationale):
        assert rationale.text == str(value["reason"]).strip() != ""


def test_half_a_character_can_still_be_written() -> None:
    """A reason that breaks off inside an escaped emoji is text that every output can hold."""
    result = words('{"evidence": "light blue", "reason": "Too cheerful \\ud83d"}')
    assert isinstance(result, Rationale)
    assert result.text.encode().startswith(b"Too cheerful")


@pytest.mark.parametrize(
    ("evidence", "found"),
    [
        ("The lamp is", True),
        ("the LAMP is", True),
        ('is "light blue", and', True),
        ('"light  blue"', True),
        ("\u201clight blue\u201d", True),
        ("'The lamp'", True),
        ("... and so is", True),
        ("and so is\u2026", True),
        ("  lamp\n\nis ", True),
        ("the <record> cord", True),
        ("the \u2039record> cord", True),
        ("cord \u27e6INST] of", True),
        ("Is it blue?", True),
        ("", True),
        ("light green", False),
        ("lamp blue", False),
        ("The lamp is light blue. It is nice.", False),
        ("lightblue", False),
    ],
)
def test_evidence_is_looked_up_in_the_row(evidence: str, *, found: bool) -> None:
    """A quote counts as found if it stands in the row, but for case, blanks, outer quotes and disarmed brackets."""
    result = words(json.dumps(GOOD | {"evidence": evidence}))
    assert isinstance(result, Rationale)
    assert (result.found, result.evidence) == (found, evidence.strip())


LOOKUP = example(
    messages=(
        *turns("Where is \uff1crecord\uff1e 81?"),
        Turn(role="assistant", content="", tool_calls=(ToolCall(name="get_order", arguments='{"id": 81}'),)),
        Turn(role="assistant", content="Here\u2019s it: \u201csent\u201d."),
    ),
    context="Parcels take two days.",
)


@pytest.mark.parametrize(
    "evidence",
    [
        '{"id": 81}',
        "two days",
        "get_order",
        'get_order {"id": 81}',
        neutralise("is \uff1crecord\uff1e 81"),
        'Here\'s it: "sent"',
    ],
)
def test_evidence_may_be_any_part_of_the_row(evidence: str) -> None:
    """Calls and context are part of the row as it is shown, and so is every disarmed bracket."""
    result = read_rationale(Reply(text=json.dumps({"evidence": evidence, "reason": "x"})), TONE, LOOKUP, 2)
    assert isinstance(result, Rationale)
    assert result.found


@settings(deadline=None)
@given(text=st.text(alphabet=st.sampled_from("ab \n<[|/record>INST]\u2019"), min_size=8, max_size=60), data=st.data())
def test_what_is_copied_from_the_prompt_is_found(text: str, data: st.DataObject) -> None:
    """Any stretch of a turn, copied from the prompt as the judge saw it, stands in the row."""
    row = example("Hi", text)
    shown = packaged_prompts().row(row).split('role="assistant">\n')[1].split("\n</turn>")[0]
    start = data.draw(st.integers(0, len(shown)))
    copied = shown[start : data.draw(st.integers(start, len(shown)))]
    result = words(json.dumps({"evidence": copied, "reason": "x"}), row)
    assert isinstance(result, Rationale)
    assert result.found


# --- pairs

LEFT, RIGHT = ("a", 1), ("b", 3)


def kinds_of(*probabilities: float) -> PairVerdict:
    """What is read when the labels A to F have these probabilities."""
    read = read_kind(reply_of(*probabilities, labels=tuple("ABCDEF")), pair_rubric(), LEFT, RIGHT)
    assert isinstance(read, PairVerdict)
    return read


def test_a_pair_by_hand() -> None:
    """0.1, 0.3, 0, 0, 0 and 0.4 of 0.8 are 1/8 fact, 3/8 policy and 1/2 no contradiction: 1.406 bits."""
    assert kinds_of(0.1, 0.3, 0, 0, 0, 0.4) == PairVerdict(
        left="a",
        left_turn=1,
        right="b",
        right_turn=3,
        kind="policy",
        probability=0.5,
        kinds={"fact": 0.125, "policy": 0.375, "recommendation": 0, "format": 0, "tone": 0},
        orders=1,
        entropy=round(3 / 8 + 3 / 8 * math.log2(8 / 3) + 0.5, 6),
        off_scale=0.2,
    )


def test_a_pair_off_the_scale_is_unscored() -> None:
    """Mass on no label is held to the same limit as a score's, and the pair is named by its first row."""
    reply = reply_of(0.1, 0, 0, 0, 0, 0.1, labels=tuple("ABCDEF"))
    read = read_kind(reply, pair_rubric(), LEFT, RIGHT, max_off_scale=0.5)
    detail = "80% of the probability lies on no label"
    assert read == Unscored(example_id="a", turn=1, rubric="contradiction", reason="off_scale", detail=detail)


def test_a_pair_without_all_its_labels_is_unreadable() -> None:
    """A reply to another question is no verdict on a pair."""
    read = read_kind(reply_of(0.5, 0.5), pair_rubric(), LEFT, RIGHT)
    assert isinstance(read, Unscored)
    assert (read.reason, read.detail) == ("unreadable", "6 labels came back without a probability")


@pytest.mark.parametrize(("label", "kind", "probability"), [("C", "recommendation", 1.0), ("F", "fact", 0.0)])
def test_a_written_label_of_a_pair_is_certain(label: str, kind: str, probability: float) -> None:
    """Protocol `rationale` says a kind or none; there is nothing between."""
    read = read_written_kind(Reply(text=f'{{"reason": "", "label": "{label}"}}'), pair_rubric(), LEFT, RIGHT)
    assert isinstance(read, PairVerdict)
    assert (read.kind, read.probability, read.entropy, read.off_scale) == (kind, probability, None, None)
    assert math.fsum(read.kinds.values()) == probability


@pytest.mark.parametrize("text", ["F", "{}", '{"label": "Z"}', '{"label": ["F"]}'])
def test_a_written_pair_without_a_label_is_unreadable(text: str) -> None:
    """Words that name no label are no verdict."""
    read = read_written_kind(Reply(text=text), pair_rubric(), LEFT, RIGHT)
    assert isinstance(read, Unscored)
    assert (read.example_id, read.turn, read.reason) == ("a", 1, "unreadable")


def test_both_orders_are_averaged() -> None:
    """What leans to one place leans back in the other order; kind, entropy and off-scale mass follow the mean."""
    mean = both_orders(kinds_of(0.6, 0, 0, 0, 0, 0.4), kinds_of(0, 0.2, 0, 0, 0, 0.6))
    assert (mean.kind, mean.probability, mean.orders, mean.off_scale) == ("fact", 0.425, 2, 0.1)
    assert mean.kinds == {"fact": 0.3, "policy": 0.125, "recommendation": 0, "format": 0, "tone": 0}
    assert mean.entropy == pytest.approx(-sum(p * math.log2(p) for p in (0.3, 0.125, 0.575)), abs=1e-6)
    assert (mean.left, mean.left_turn, mean.right, mean.right_turn) == ("a", 1, "b", 3)


shares = st.lists(st.floats(min_value=1e-6, max_value=1), min_size=6, max_size=6)


@given(one=shares, other=shares)
def test_a_pair_keeps_to_its_bounds(one: list[float], other: list[float]) -> None:
    """Whatever the labels' probabilities, kinds add up to the whole, and a mean lies between what it is of."""
    first, second = (kinds_of(*(p / sum(values) for p in values)) for values in (one, other))
    mean = both_orders(first, second)
    for read in (first, second, mean):
        assert 0 <= read.probability <= 1
        assert math.fsum(read.kinds.values()) == pytest.approx(read.probability, abs=1e-5)
        assert read.kinds[read.kind] == max(read.kinds.values())
    low, high = sorted((first.probability, second.probability))
    assert low - 1e-5 <= mean.probability <= high + 1e-5
