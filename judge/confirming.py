"""
Asking the judge about pairs: which of the rows that answer the same question contradict each other.

A pair is asked as a row is: same store, same resume, same protocol. What it is asked depends on the two rows' content
alone, in an order that their content fixes, so that new ids, another order of the input or other rows beside them cost
nothing. Where the first answer is undecided, the other order is asked too: judges lean to a place.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from judge import prompting, verdict
from judge.asking import LIMIT, Allowance, Round, Tally
from judge.corpus import Answer
from judge.judging import Judged, check_labels, check_room, instructions
from judge.lazy import Made
from judge.parts import Parts
from judge.ports import Backend, NoJudge, Prepared, prepare_all
from judge.records import Example, PairVerdict, Reply, Request, Unscored, content_digest
from judge.rubric import Rubric

_UNDECIDED = (0.2, 0.8)  # probability between which the other order is asked
_FIRST = 0.75  # share of the budget for first orders; the rest, and what they leave, is for second ones
_FEW = 8  # pairs from which a judge that answers with no label is stopped; fewer are no waste, and may just be odd

Pair = tuple[Answer, Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """
    What the judge says of the pairs that the budget has room for.

    Attributes:
        results: one for each pair taken, in their order; an `Unscored` has the id and turn of the pair's first row.
        left_out: pairs, all of them behind those taken, that were not asked.
        tokens: what the questions cost, by the same estimate as the budget.
    """

    results: tuple[PairVerdict | Unscored, ...] = ()
    left_out: int = 0
    tokens: int = 0
    tally: Tally = field(default_factory=Tally)

    @property
    def taken(self) -> int:
        """Pairs that were asked, or would have been if they fitted the judge's context; not those a limit kept back."""
        return sum(not (isinstance(one, Unscored) and one.reason == LIMIT) for one in self.results)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """One pair in one of its two orders."""

    pair: Pair
    rubric: Rubric
    turned: bool = False

    @property
    def example(self) -> Example:
        return self.pair[0].example

    @property
    def turn(self) -> int:
        return self.pair[0].turn

    @property
    def name(self) -> str:
        return self.rubric.name


def rubric_tokens(judged: Judged, examples: Sequence[Example]) -> int:
    """Tokens that the rubrics cost on these rows, which the budget is a share of: the same whatever the store knows."""
    return sum(judged.tokens.get(example.id, 0) for example in examples)


@dataclass(frozen=True, slots=True, kw_only=True)
class Affordable:
    """Pairs that would be asked about at first, those of them that the store does not know, and tokens for these."""

    pairs: int = 0
    asked: int = 0
    tokens: int = 0


def affordable(
    parts: Parts, pairs: Sequence[Pair], budget_tokens: int, levels: Sequence[int] | None = None
) -> Affordable:
    """What `confirm` would begin with; nothing is asked."""
    backend = parts.backend
    if isinstance(backend, NoJudge) or budget_tokens <= 0 or not pairs:
        return Affordable()
    questions = Made(len(pairs), lambda n: _Question(pair=pairs[n], rubric=parts.pairs.rubric))
    first, _ = _within(parts, backend, questions, budget_tokens * _FIRST, levels)
    sent = {
        p.key: p.tokens
        for p in (backend.prepare(request(parts, question.pair, turned=question.turned)) for question in first)
        if p.fits
    }
    missing = sent.keys() - parts.store.fetch(list(sent)).keys()
    known = instructions(backend, _sample(parts)) if backend.prefix_cache else 0
    return Affordable(pairs=len(first), asked=len(missing), tokens=sum(sent[key] - known + 1 for key in missing))


def confirm(
    parts: Parts,
    pairs: Sequence[Pair],
    budget_tokens: int,
    levels: Sequence[int] | None = None,
    allowance: Allowance | None = None,
) -> Confirmed:
    """
    Ask about the first of the pairs, which come worst first: as many as `budget_tokens` has room for.

    Of a level all pairs are asked or none, but for the first: so the budget's end, which moves a little with every row
    that comes or goes, lets no few pairs in that were there before.

    Second orders are within the budget too; a pair for which none is left keeps its first answer.

    Raises:
        BackendError: the judge cannot be asked about any pair.
    """
    backend = parts.backend
    if isinstance(backend, NoJudge) or budget_tokens <= 0 or not pairs:
        return Confirmed(left_out=len(pairs))
    check_room(backend.prepare(_sample(parts)), "a pair of rows", "ask about none with pairs.budget=0")
    rubric = parts.pairs.rubric
    questions = Made(len(pairs), lambda n: _Question(pair=pairs[n], rubric=rubric))
    first, spent = _within(parts, backend, questions, budget_tokens * _FIRST, levels)
    results, tally = _ask(parts, backend, first, "pairs", allowance)

    undecided = [n for n, result in enumerate(results) if _is_undecided(result)]
    turned = [replace(first[n], turned=True) for n in undecided]
    second, more = _within(parts, backend, turned, budget_tokens - spent)
    if second:
        others, again = _ask(parts, backend, second, "pairs, the other way round", allowance)
        tally = tally + again
        for n, other in zip(undecided, others, strict=False):
            one = results[n]
            if isinstance(one, PairVerdict) and isinstance(other, PairVerdict):
                results[n] = verdict.both_orders(one, other)
    return Confirmed(results=tuple(results), left_out=len(pairs) - len(first), tokens=spent + more, tally=tally)


def _is_undecided(result: PairVerdict | Unscored) -> bool:
    least, most = _UNDECIDED
    return isinstance(result, PairVerdict) and least < result.probability < most


def _within(
    parts: Parts, backend: Backend, questions: Sequence[_Question], budget: float, levels: Sequence[int] | None = None
) -> tuple[list[_Question], int]:
    """The first questions that fit the budget together, and what they cost beyond the instructions; copies nothing."""
    known = instructions(backend, _sample(parts))
    asked = set[str]()
    spent = [0]
    for question in questions:
        prepared = backend.prepare(request(parts, question.pair, turned=question.turned))
        sent = prepared.fits and prepared.key not in asked
        cost = prepared.tokens - known + 1 if sent else 0
        if spent[-1] + cost > budget:
            break
        asked.add(prepared.key)
        spent.append(spent[-1] + cost)
    room = len(spent) - 1
    if levels and room < len(questions):
        room = next((n for n in range(room, 0, -1) if levels[n - 1] != levels[n]), room)
    return list(questions[:room]), spent[room]


def _ask(
    parts: Parts, backend: Backend, questions: Sequence[_Question], what: str, allowance: Allowance | None
) -> tuple[list[PairVerdict | Unscored], Tally]:
    written = parts.protocol == "rationale"

    def read(question: _Question, reply: Reply) -> PairVerdict | Unscored:
        left, right = ((answer.example.id, answer.turn) for answer in question.pair)
        if written:
            return verdict.read_written_kind(reply, question.rubric, left, right)
        return verdict.read_kind(reply, question.rubric, left, right, max_off_scale=parts.max_off_scale)

    watched = not written and len(questions) >= _FEW
    asking: Round[_Question, Prepared, PairVerdict] = Round(
        prepare=lambda some: prepare_all(backend, [request(parts, one.pair, turned=one.turned) for one in some]),
        answer=backend.answer,
        store=parts.store,
        console=parts.console,
        what=what,
        read=read,
        check=(lambda replies: check_labels(replies, parts.max_off_scale)) if watched else None,
        unit="pair",
        allowance=allowance,
    )
    return asking.run(questions), asking.tally


def request(parts: Parts, pair: Pair, *, turned: bool) -> Request:
    """The pair in the order of its digests, or the other way round."""
    first, second = sorted(pair, key=_shown, reverse=turned)
    return parts.asker.pair(
        first.example,
        first.turn,
        second.example,
        second.turn,
        parts.pairs.rubric,
        written=parts.protocol == "rationale",
    )


def _shown(answer: Answer) -> str:
    """Digest of what a pair shows of a row."""
    return content_digest(answer.example.turns[: answer.turn + 1], answer.example.context)


def _sample(parts: Parts) -> Request:
    """The least that a pair can be."""
    written = parts.protocol == "rationale"
    return parts.asker.pair(prompting.SAMPLE, 0, prompting.SAMPLE, 0, parts.pairs.rubric, written=written)
