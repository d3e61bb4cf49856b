"""
A probe of the judge's habits: whether it says the same again, and the same of one thing shown in two ways.

Asked beside the run and kept like everything else: a second run asks nothing, and what the run itself has asked comes
from the store. For `rows` turns, half of them planted copies, and `rubrics` criteria that leaves about
rows * (4 * rubrics + 1) questions to ask, and two for each pair.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from judge import confirming, digest, verdict
from judge.asking import Allowance, Round, Tally
from judge.corpus import Answer
from judge.parts import Parts
from judge.planting import Planted
from judge.ports import Backend, NoJudge, Prepared
from judge.probing import nudges, traits
from judge.probing.nudges import Subject
from judge.probing.traits import AGAIN, OTHER_LAYOUT, OTHER_ORDER, PADDED, PLAIN, REPHRASED, SOURCE, TOLD, UPSIDE_DOWN
from judge.prompting import Asker, rationale_schema
from judge.records import Example, PairVerdict, Reply, Request, Unscored, Verdict
from judge.reliability import Habit
from judge.rubric import Rubric


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """One turn, or one pair, asked about in one way; `at` is the subject's place, or the pair's."""

    way: str
    at: int
    example: Example
    turn: int
    rubric: Rubric
    pair: tuple[Answer, Answer] | None = None

    @property
    def name(self) -> str:
        return self.rubric.name


def probe(
    parts: Parts,
    examples: Sequence[Example],
    planted: Sequence[Planted],
    pairs: Sequence[tuple[Answer, Answer]] = (),
    allowance: Allowance | None = None,
) -> tuple[tuple[Habit, ...], Tally]:
    """
    Ask what shows the judge's habits, and say what it shows.

    Args:
        parts: of the run, its asker with the hints that the judge was shown.
        examples: the set's rows that were judged.
        planted: copies of them with a known defect; without any, fewer habits can be measured.
        pairs: rows that may contradict each other, in any order; at most `probe.rows` of them are taken.
        allowance: what may be spent; what it leaves unasked is left out as what could not be read is.

    Returns:
        One `Habit` each, also for what could not be measured (`of` is 0, and it says why); none without a judge, or
        where `probe.rows` is 0.

    Raises:
        JudgeError: the judge or the store fails; what was answered until then is stored.
    """
    backend = parts.backend
    if isinstance(backend, NoJudge) or not parts.probe_rows:
        return (), Tally()
    subjects = nudges.choose(examples, planted, parts.probe_rows)
    taken = nudges.choose_pairs(pairs, parts.probe_rows) if parts.pairs.budget > 0 else []
    questions = [*_about_rows(parts, subjects), *_about_pairs(parts, taken)]
    asking = _round(parts, backend, allowance)
    answers = asking.run(questions)
    said = {
        (question.way, question.at, question.name): answer
        for question, answer in zip(questions, answers, strict=True)
        if isinstance(answer, Verdict)
    }
    probabilities = {
        (question.way, question.at): answer.probability
        for question, answer in zip(questions, answers, strict=True)
        if isinstance(answer, PairVerdict)
    }
    seen = traits.Seen(
        rubrics=parts.rubrics,
        shared=parts.asker.layout == "shared",
        subjects=subjects,
        said=said,
        pairs=len(taken),
        probabilities=probabilities,
        no_pairs=_no_pairs(parts, taken),
    )
    return traits.read(seen), asking.tally


def survey(
    parts: Parts,
    examples: Sequence[Example],
    planted: Sequence[Planted],
    pairs: Sequence[tuple[Answer, Answer]] = (),
) -> tuple[int, int]:
    """How many questions `probe` would ask beside the run's own, and tokens for them, at most; nothing is asked."""
    backend = parts.backend
    if isinstance(backend, NoJudge) or not parts.probe_rows:
        return 0, 0
    subjects = nudges.choose(examples, planted, parts.probe_rows)
    taken = nudges.choose_pairs(pairs, parts.probe_rows) if parts.pairs.budget > 0 else []
    about_rows = [one for one in _about_rows(parts, subjects) if one.way not in {PLAIN, SOURCE}]
    asking = _round(parts, backend)
    missing = [tokens for tokens in asking.survey([*about_rows, *_about_pairs(parts, taken)]) if tokens]
    return len(missing), sum(missing) + len(missing)


def _no_pairs(parts: Parts, taken: Sequence[object]) -> str:
    if parts.pairs.budget <= 0:
        return "pairs.budget=0, so that the judge is asked about no pair"
    return "" if taken else "the set has no two rows that may contradict each other"


def _about_rows(parts: Parts, subjects: Sequence[Subject]) -> Iterator[_Question]:
    """Way by way, so that questions under one system message come together."""
    rubrics = parts.rubrics
    ways: list[tuple[str, Sequence[Rubric]]] = [(PLAIN, rubrics), (AGAIN, rubrics), (UPSIDE_DOWN, rubrics)]
    ways.append((REPHRASED, [rubric for rubric in rubrics if rubric.rephrased]))
    ways.append((OTHER_LAYOUT, rubrics if len(rubrics) > 1 else ()))
    for way, asked in ways:
        for at, subject in enumerate(subjects):
            for rubric in asked:
                yield _Question(way=way, at=at, example=subject.example, turn=subject.turn, rubric=rubric)
    for at, subject in enumerate(subjects):
        if subject.source and len(rubrics) > 1:
            for rubric in rubrics:
                yield _Question(way=SOURCE, at=at, example=subject.source, turn=subject.turn, rubric=rubric)
    for way, change, among in (
        (PADDED, nudges.padded, traits.paddable(subjects)),
        (TOLD, nudges.told, traits.defective(subjects)),
    ):
        for at in among:
            subject = subjects[at]
            changed = change(subject.example, subject.turn)
            for rubric in traits.lowered(subject, rubrics):
                yield _Question(way=way, at=at, example=changed, turn=subject.turn, rubric=rubric)


def _about_pairs(parts: Parts, pairs: Sequence[tuple[Answer, Answer]]) -> Iterator[_Question]:
    for way in (PLAIN, AGAIN, OTHER_ORDER):
        for at, pair in enumerate(pairs):
            example, turn = pair[0].example, pair[0].turn
            yield _Question(way=way, at=at, example=example, turn=turn, rubric=parts.pairs.rubric, pair=pair)


def _round(
    parts: Parts, backend: Backend, allowance: Allowance | None = None
) -> Round[_Question, Prepared, Verdict | PairVerdict]:
    askers = _askers(parts.asker)

    def prepare(question: _Question) -> Prepared:
        prepared = backend.prepare(_request(parts, askers.get(question.way, parts.asker), question))
        if question.way == AGAIN:  # the same to the judge, another answer to the store
            return replace(prepared, key=digest.of([AGAIN, prepared.key]))
        return prepared

    return Round(
        prepare=lambda questions: list(map(prepare, questions)),
        answer=backend.answer,
        store=parts.store,
        console=parts.console,
        what="habits",
        read=lambda question, reply: _read(parts, question, reply),
        allowance=allowance,
    )


def _askers(asker: Asker) -> Mapping[str, Asker]:
    """Who shows the rubrics otherwise; rows are shown alike."""
    return {
        UPSIDE_DOWN: replace(asker, rubrics=tuple(map(nudges.upside_down, asker.rubrics))),
        REPHRASED: replace(asker, rubrics=tuple(map(nudges.rephrased, asker.rubrics))),
        OTHER_LAYOUT: replace(asker, layout="rubric_first" if asker.layout == "shared" else "shared"),
    }


def _request(parts: Parts, asker: Asker, question: _Question) -> Request:
    written = parts.protocol == "rationale"
    if question.pair:
        return confirming.request(parts, question.pair, turned=question.way == OTHER_ORDER)
    rubric = next(rubric for rubric in asker.rubrics if rubric.name == question.name)
    if not written:
        # labels in their usual order, whatever order they are printed in
        return replace(asker.score(question.example, question.turn, rubric), labels=question.rubric.labels)
    asked = asker.rationale(question.example, question.turn, rubric, with_label=True)
    return replace(asked, schema=rationale_schema(question.rubric.labels, asker.max_tokens))


def _read(parts: Parts, question: _Question, reply: Reply) -> Verdict | PairVerdict | Unscored:
    rubric, name, turn = question.rubric, question.example.id, question.turn
    written, limit = parts.protocol == "rationale", parts.max_off_scale
    if question.pair:
        left, right = ((answer.example.id, answer.turn) for answer in question.pair)
        if written:
            return verdict.read_written_kind(reply, rubric, left, right)
        return verdict.read_kind(reply, rubric, left, right, max_off_scale=limit)
    if written:
        return verdict.read_written_label(reply, rubric, name, turn)
    return verdict.read_label(reply, rubric, name, turn, max_off_scale=limit)
