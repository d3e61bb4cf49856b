"""
Reading replies. Pure, so that a better reading costs no GPU time: the store keeps replies, not verdicts.

A reply that cannot be read is an `Unscored` with its reason, never a score.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from judge.ports import UNSEEN
from judge.records import Example, PairVerdict, Rationale, Reply, Unscored, Verdict
from judge.rubric import Rubric

LOW = 0.5  # severity from which a grade is low: the judge is taken to say that a row offends the rubric
_NOTHING = {UNSEEN: 0.0}  # of no label's probability anything is known
_UNKNOWN = 0.05  # share of the labels' mass that may lie on labels without a probability

_FENCE = re.compile(r"^\s*```(?:json)?\s*\n(.*?)\n?```\s*$", re.DOTALL)
_QUOTES = "\"'\u201c\u201d\u2018\u2019 .\u2026"
_SPACES = re.compile(r"\s+")
# every bracket that `prompting.neutralise` replaces, and what it puts there; and the quotes that judges straighten
_LOOKALIKES = str.maketrans(
    "\u2039\uff1c\u3008\ufe64\u2329\u27e8\u27e6\uff3b\u27e7\u2018\u2019\u201c\u201d", "<<<<<<[[]''\"\""
)

Side = tuple[str, int]  # one of a pair: the example's id, and its turn


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why a reply says nothing."""

    reason: str
    detail: str

    def told(self, rubric: Rubric, example_id: str, turn: int) -> Unscored:
        return Unscored(example_id=example_id, turn=turn, rubric=rubric.name, reason=self.reason, detail=self.detail)


def read_label(
    reply: Reply, rubric: Rubric, example_id: str, turn: int, *, max_off_scale: float = 1.0
) -> Verdict | Unscored:
    """
    Score = mean over the renormalised label distribution (G-Eval, arXiv 2303.16634; mean over mode: 2503.03064).

    Where only the most probable tokens are known, a label that is not among them stands at half of the most that it can
    have (`ports.UNSEEN`); there is no score where more than 5 % of what may lie on labels is not known, so that no
    severity is off by more than 0.05. Where nothing is known of any (a bound of 1), the label that was written counts.

    Args:
        reply: with a log-probability for every label of the rubric, or the bound of those that have none.
        rubric: whose labels count as scores from 1 upwards.
        example_id: whom the verdict is about.
        turn: and which of its turns.
        max_off_scale: largest probability mass off the labels, in [0, 1], at which the rest still counts as a score.
    """
    if reply.logprobs == _NOTHING and reply.text in rubric.labels:
        return _plain_verdict(reply.text, rubric, example_id, turn)
    read = _distribution(reply, rubric.labels, max_off_scale)
    if isinstance(read, _Trouble):
        return read.told(rubric, example_id, turn)
    distribution, off_scale = read
    score = math.fsum(p * value for value, p in enumerate(distribution, start=1))
    best = len(rubric.labels)
    return Verdict(
        example_id=example_id,
        turn=turn,
        rubric=rubric.name,
        score=round(score, 6),
        severity=round(min(max((best - score) / (best - 1), 0.0), 1.0), 6),
        entropy=_entropy(distribution),
        off_scale=off_scale,
        distribution=tuple(round(p, 6) for p in distribution),
    )


def read_written_label(reply: Reply, rubric: Rubric, example_id: str, turn: int) -> Verdict | Unscored:
    """Read the `label` of a JSON rationale (protocol `rationale`): a score without a distribution."""
    label = _written(reply, rubric.labels)
    if isinstance(label, _Trouble):
        return label.told(rubric, example_id, turn)
    return _plain_verdict(label, rubric, example_id, turn)


def _plain_verdict(label: str, rubric: Rubric, example_id: str, turn: int) -> Verdict:
    """A label by itself: a score of which nothing more is known."""
    best = len(rubric.labels)
    score = rubric.labels.index(label) + 1
    return Verdict(
        example_id=example_id,
        turn=turn,
        rubric=rubric.name,
        score=float(score),
        severity=round((best - score) / (best - 1), 6),
    )


def read_kind(
    reply: Reply, rubric: Rubric, left: Side, right: Side, *, max_off_scale: float = 1.0
) -> PairVerdict | Unscored:
    """
    The renormalised label distribution of a pair's rubric: the last label is no contradiction, the others are kinds.

    Args:
        reply: with a log-probability for every label of the rubric.
        rubric: of arity 2.
        left: the one, whom an `Unscored` names.
        right: and the other.
        max_off_scale: as for a score.
    """
    if reply.logprobs == _NOTHING and reply.text in rubric.labels:
        return _plain_kind(reply.text, rubric, left, right)
    read = _distribution(reply, rubric.labels, max_off_scale)
    if isinstance(read, _Trouble):
        return read.told(rubric, *left)
    distribution, off_scale = read
    kinds = dict.fromkeys(rubric.kinds.values(), 0.0)
    for label, p in zip(rubric.labels[:-1], distribution, strict=False):
        kinds[rubric.kinds[label]] += p
    return _pair_verdict(left, right, kinds, off_scale=off_scale, entropy=_entropy([*kinds.values(), distribution[-1]]))


def read_written_kind(reply: Reply, rubric: Rubric, left: Side, right: Side) -> PairVerdict | Unscored:
    """Read the `label` of a JSON rationale (protocol `rationale`): certain, and without a distribution."""
    label = _written(reply, rubric.labels)
    if isinstance(label, _Trouble):
        return label.told(rubric, *left)
    return _plain_kind(label, rubric, left, right)


def _plain_kind(label: str, rubric: Rubric, left: Side, right: Side) -> PairVerdict:
    """A label by itself."""
    said = rubric.kinds.get(label)
    return _pair_verdict(left, right, {kind: float(kind == said) for kind in rubric.kinds.values()})


def both_orders(one: PairVerdict, other: PairVerdict) -> PairVerdict:
    """The mean of what was said in either order of the records, in which a leaning to one place cancels out."""
    kinds = {kind: (p + other.kinds[kind]) / 2 for kind, p in one.kinds.items()}
    rest = max(0.0, 1.0 - math.fsum(kinds.values()))
    off_scale = None if one.off_scale is None or other.off_scale is None else (one.off_scale + other.off_scale) / 2
    left, right = (one.left, one.left_turn), (one.right, one.right_turn)
    entropy = _entropy([*kinds.values(), rest])
    return _pair_verdict(left, right, kinds, orders=2, off_scale=off_scale, entropy=entropy)


def _pair_verdict(
    left: Side,
    right: Side,
    kinds: Mapping[str, float],
    *,
    orders: int = 1,
    entropy: float | None = None,
    off_scale: float | None = None,
) -> PairVerdict:
    return PairVerdict(
        left=left[0],
        left_turn=left[1],
        right=right[0],
        right_turn=right[1],
        kind=max(kinds, key=lambda kind: kinds[kind]),
        probability=round(min(1.0, math.fsum(kinds.values())), 6),
        kinds={kind: round(p, 6) for kind, p in kinds.items()},
        orders=orders,
        entropy=entropy,
        off_scale=None if off_scale is None else round(off_scale, 9),
    )


def read_rationale(reply: Reply, rubric: Rubric, example: Example, turn: int) -> Rationale | Unscored:
    """Read evidence and reason, and check that the evidence really stands in the example."""
    value = _object(reply.text) or {}
    text, evidence = value.get("reason"), value.get("evidence")
    if not isinstance(text, str) or not text.strip() or not isinstance(evidence, str):
        detail = "cut off at max_tokens" if reply.stop == "length" else f"no JSON object in {reply.text[:80]!r}"
        return Unscored(example_id=example.id, turn=turn, rubric=rubric.name, reason="unreadable", detail=detail)
    return Rationale(
        example_id=example.id,
        turn=turn,
        rubric=rubric.name,
        text=_writable(text.strip()),
        evidence=_writable(evidence.strip()),
        found=not evidence.strip() or _stands_in(evidence, example),
    )


def off_scale(reply: Reply) -> float:
    """Probability mass the judge put on anything but a label, in [0, 1]; 1 where no label came back, 0 if unknown."""
    return max(0.0, 1.0 - math.fsum(math.exp(x) for x in reply.logprobs.values() if not math.isnan(x)))


def _distribution(
    reply: Reply, labels: Sequence[str], max_off_scale: float
) -> tuple[tuple[float, ...], float] | _Trouble:
    """Probabilities of the labels, normalised, and the mass that lies on none of them."""
    found = [reply.logprobs.get(label) for label in labels]
    known = [None if x is None or math.isnan(x) else math.exp(x) for x in found]
    seen, missing = math.fsum(p for p in known if p is not None), known.count(None)
    unseen = min(missing * math.exp(reply.logprobs.get(UNSEEN, 0.0)), max(0.0, 1.0 - seen))  # the most, together
    if not reply.logprobs or reply.logprobs == _NOTHING:
        return _Trouble("unreadable", f"no label in {reply.text[:80]!r}")
    if missing and UNSEEN not in reply.logprobs:
        return _Trouble("unreadable", f"{missing} labels came back without a probability")
    mass = seen + unseen / 2
    off_scale = round(max(0.0, 1.0 - mass), 9)
    if seen <= 0 or off_scale > max_off_scale:
        return _Trouble("off_scale", f"{off_scale:.0%} of the probability lies on no label")
    if unseen > _UNKNOWN * (seen + unseen):
        share = unseen / (seen + unseen)
        return _Trouble("undecided", f"up to {share:.0%} may lie on labels that the server does not list")
    half = unseen / 2 / missing if missing else 0.0
    return tuple((half if p is None else p) / mass for p in known), off_scale


def _entropy(distribution: Iterable[float]) -> float:
    """In bits."""
    return round(-math.fsum(p * math.log2(p) for p in distribution if p > 0) + 0.0, 6)


def _written(reply: Reply, labels: Sequence[str]) -> str | _Trouble:
    """The `label` of a JSON object."""
    value = _object(reply.text)
    label = value.get("label") if value else None
    if type(label) is int:  # what a judge without an enforced schema writes
        label = str(label)
    if isinstance(label, str) and label in labels:
        return label
    return _Trouble(
        "unreadable", "cut off at max_tokens" if reply.stop == "length" else f"no label in {reply.text[:80]!r}"
    )


def _object(text: str) -> dict[str, object] | None:
    fenced = _FENCE.match(text)
    try:
        value = json.loads(fenced[1] if fenced else text, strict=False)  # grammars let control characters through
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _writable(text: str) -> str:
    """Half of an escaped character is a string to JSON, and cannot be written as UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _stands_in(evidence: str, example: Example) -> bool:
    wanted = _plain(evidence).strip(_QUOTES)
    texts = [turn.content for turn in example.turns]
    texts += [f"{call.name} {call.arguments}" for turn in example.turns for call in turn.tool_calls]
    return any(wanted in _plain(text) for text in [*texts, example.context or ""])


def _plain(text: str) -> str:
    return _SPACES.sub(" ", text.translate(_LOOKALIKES)).strip().casefold()
