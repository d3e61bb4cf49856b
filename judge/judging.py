"""Asking the judge: a verdict or a reason for none per judged turn and rubric, then its words on the worst."""

import statistics
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from judge import prompting, reckoning, verdict
from judge.asking import Allowance, Questions, Round, Slot, Tally
from judge.errors import BackendError
from judge.grades import Lacking, Sheet, Verdicts
from judge.lazy import Made
from judge.parts import Parts
from judge.ports import Backend, NoJudge, Prepared, prepare_all
from judge.records import Example, Rationale, Reply, Request, Unscored, Verdict
from judge.results import JUDGED, NO_JUDGE, NOT_SAMPLED, Suspect
from judge.rubric import Rubric


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """
    Verdicts by example id, and the reasons of the examples that lack one.

    A row is judged when all its questions were asked. One that a limit cut short is not: it has no verdicts, and stands
    where the rows stand that were never to be asked about.

    Attributes:
        verdicts, unscored: made when they are looked at, in the order of asking.
        tokens: what each example's questions cost an engine with a prefix cache that has seen none of them; by
            estimate, so that it is the same whatever the store knows.
        stopped: ids of the examples that were to be judged, and that a limit kept from it.
    """

    verdicts: Mapping[str, Sequence[Verdict]] = field(default_factory=dict)
    unscored: Mapping[str, Sequence[Unscored]] = field(default_factory=dict)
    tokens: Mapping[str, int] = field(default_factory=dict)
    stopped: frozenset[str] = frozenset()
    tally: Tally = field(default_factory=Tally)
    nobody: bool = False

    def status(self, example_id: str) -> str:
        """`judged` when every question got a score, `not_sampled` when not all were asked; else why one got none."""
        if self.nobody:
            return NO_JUDGE
        if example_id in self.stopped:
            return NOT_SAMPLED
        missing = self.unscored.get(example_id)
        if not missing:
            return JUDGED if example_id in self.verdicts else NOT_SAMPLED
        return missing[0].reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """
    What judging rows would take.

    Attributes:
        needed: questions.
        known: those that the store can answer.
        copies: those that are answered along with another row of the same content.
        too_long: those that do not fit the judge's context.
        asked: those that would be asked.
        prompts: tokens of what would be asked.
        shared: of them, those of beginnings that a prompt before has had; by estimate.
        tokens: of them, what the engine computes, answers included; by estimate where it has a prefix cache.
        whole: the same if nothing were known.
        by_row: as `Judged.tokens`.
    """

    needed: int
    known: int
    copies: int
    too_long: int
    asked: int
    prompts: int
    shared: int
    tokens: int
    whole: int = 0
    by_row: Mapping[str, int] = field(default_factory=dict)


def survey(parts: Parts, examples: Sequence[Example]) -> Survey:
    """Count what `judge` would ask about these rows; nothing is asked."""
    backend = parts.backend
    if isinstance(backend, NoJudge):
        return Survey(needed=0, known=0, copies=0, too_long=0, asked=0, prompts=0, shared=0, tokens=0)
    asking, slots = scoring(parts, backend), questions(parts, examples)
    _check_room(parts, backend)
    missing = asking.survey(slots)
    prompts, asked = sum(missing), sum(1 for size in missing if size)
    by_row = _tokens(parts, backend, slots, asking.sizes)
    words = parts.asker.max_tokens - 1 if parts.protocol == "rationale" else 0  # beyond one token an answer
    each = {parts.asker.system(rubric): rubric for rubric in parts.rubrics}.values()
    least = [_request(parts, _least(rubric)) for rubric in each]
    once = sum(instructions(backend, request) for request in least)
    apart = (once if asked else 0) + sum(_tokens(parts, backend, slots, missing))
    tokens, whole = apart, once + sum(by_row)
    if not backend.prefix_cache:
        tokens, whole = prompts + asked, sum(asking.sizes) + len(slots)
    return Survey(
        needed=len(slots),
        known=asking.tally.reused,
        copies=len(slots) - asked - asking.tally.too_long - asking.tally.reused,
        too_long=asking.tally.too_long,
        asked=asked,
        prompts=prompts,
        shared=max(0, prompts + asked - apart),
        tokens=tokens + words * asked,
        whole=whole + words * len(slots),
        by_row=reckoning.ByRow(slots.rows, by_row),
    )


def judge(parts: Parts, examples: Sequence[Example], allowance: Allowance | None = None) -> Judged:
    """Score every judged turn of every example on every rubric, in their order, as far as the allowance goes."""
    backend = parts.backend
    if isinstance(backend, NoJudge):
        return Judged(nobody=True)
    asking, slots = scoring(parts, backend, allowance), questions(parts, examples)
    _check_room(parts, backend)
    sheet = Sheet(slots)
    asking.stream(slots, sheet.put)
    stopped = sheet.stopped()
    return Judged(
        verdicts=Verdicts(sheet, stopped),
        unscored=Lacking(sheet),
        tokens=reckoning.ByRow(slots.rows, _tokens(parts, backend, slots, asking.sizes), stopped),
        stopped=stopped,
        tally=asking.tally,
    )


def questions(parts: Parts, examples: Sequence[Example]) -> Questions:
    """Every judged turn of every example on every rubric, in their order."""
    return Questions(examples, parts.rubrics)


def scoring(parts: Parts, backend: Backend, allowance: Allowance | None = None) -> Round[Slot, Prepared, Verdict]:
    """How rows are judged, by the protocol of the run."""
    written = parts.protocol == "rationale"

    def read(slot: Slot, reply: Reply) -> Verdict | Unscored:
        if written:
            return verdict.read_written_label(reply, slot.rubric, slot.example.id, slot.turn)
        return verdict.read_label(reply, slot.rubric, slot.example.id, slot.turn, max_off_scale=parts.max_off_scale)

    return Round(
        prepare=lambda slots: prepare_all(backend, [_request(parts, slot) for slot in slots]),
        answer=backend.answer,
        store=parts.store,
        console=parts.console,
        what="judge",
        read=read,
        check=None if written else lambda replies: check_labels(replies, parts.max_off_scale),
        allowance=allowance,
    )


def _request(parts: Parts, slot: Slot) -> Request:
    if parts.protocol == "rationale":
        return parts.asker.rationale(slot.example, slot.turn, slot.rubric, with_label=True)
    return parts.asker.score(slot.example, slot.turn, slot.rubric)


def _check_room(parts: Parts, backend: Backend) -> None:
    for rubric in parts.rubrics:
        least = backend.prepare(_request(parts, _least(rubric)))
        check_room(least, "a row", "take rubric_set=terse")


def _tokens(parts: Parts, backend: Backend, slots: Questions, sizes: Sequence[int]) -> "array[int]":
    """What each row costs; see `reckoning`."""
    nothing = [replace(_request(parts, _least(rubric)), row="") for rubric in parts.rubrics]
    bare = [instructions(backend, request) for request in nothing]
    asking = [backend.prepare(request).tokens - known for request, known in zip(nothing, bare, strict=True)]
    return reckoning.tokens(slots, sizes, bare, asking, shared=parts.asker.layout == "shared")


def _least(rubric: Rubric) -> Slot:
    return Slot(example=prompting.SAMPLE, turn=0, rubric=rubric)


def explain(
    parts: Parts, inside: Sequence[Suspect], allowance: Allowance | None = None
) -> tuple[Mapping[str, Rationale], Tally]:
    """
    The judge's words on the strongest verdict of each row inside the review budget, by its id; ranks stay as they are.

    Args:
        parts: of the run.
        inside: those rows; gone through twice, and not held.
        allowance: what may be spent.
    """
    backend = parts.backend
    if isinstance(backend, NoJudge) or parts.protocol == "score":
        return {}, Tally()

    def request(slot: Slot) -> Request:
        with_label = parts.protocol == "rationale"
        return parts.asker.rationale(slot.example, slot.turn, slot.rubric, with_label=with_label)

    asking: Round[Slot, Prepared, Rationale] = Round(
        prepare=lambda slots: prepare_all(backend, [request(slot) for slot in slots]),
        answer=backend.answer,
        store=parts.store,
        console=parts.console,
        what="rationales",
        read=lambda s, reply: verdict.read_rationale(reply, s.rubric, s.example, s.turn),
        allowance=allowance,
    )
    places = [n for n, suspect in enumerate(inside) if _worst(parts, suspect)]
    slots = Made(len(places), lambda n: _worst(parts, inside[places[n]])[0])
    said = {r.example_id: r for r in asking.run(slots) if isinstance(r, Rationale)}
    return said, asking.tally


def _worst(parts: Parts, suspect: Suspect) -> list[Slot]:
    """The strongest of the judge's own reasons, if it has one; reasons come strongest first."""
    by_name = {rubric.name: rubric for rubric in parts.rubrics}
    return [
        Slot(example=suspect.example, turn=reason.turn, rubric=by_name[reason.name])
        for reason in suspect.reasons
        if reason.kind == "rubric" and reason.turn is not None
    ][:1]


def instructions(backend: Backend, request: Request) -> int:
    """Tokens of a request without row and question: what an engine with a prefix cache computes once for all."""
    return backend.prepare(replace(request, row="", question="")).tokens


def check_room(least: Prepared, room_for: str, otherwise: str) -> None:
    """Stop where the instructions alone fill the context: everything would come out as too long."""
    if not least.fits:
        raise BackendError(
            f"the instructions with rubrics and guide take {least.tokens:,} tokens and leave no room for {room_for} in"
            " the judge's context; lengthen it (backend.engine.max_model_len for vllm, backend.max_model_len for"
            f" transformers), shorten dataset.guide, or {otherwise}"
        )


def check_labels(replies: Sequence[Reply], limit: float) -> None:
    """Stop before an hour is spent on a judge that does not answer with labels."""
    median = statistics.median(map(verdict.off_scale, replies))
    if median > limit:
        raise BackendError(
            f"pre-flight: the judge puts {median:.1%} of its probability on no label (median of {len(replies)}"
            f" requests, limit {limit:.0%}): it wants to begin its answer otherwise. Is it a thinking prefix"
            " (backend.chat.enable_thinking=false), does it need a lead-in (prefill='Label: '), is it an instruct"
            " model? max_off_scale=1 goes on regardless"
        )
