"""Asking the judge: a verdict or a reason for none per judged turn and rubric, then its words on the worst."""

import statistics
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from judge import prompting, rank, verdict
from judge.asking import Round, Slot, Tally
from judge.errors import BackendError
from judge.parts import Parts
from judge.ports import Backend, NoJudge, Prepared
from judge.records import Example, Rationale, Reply, Request, Unscored, Verdict
from judge.results import JUDGED, NO_JUDGE, Suspect


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Verdicts by example id, and the reasons of the examples that lack one."""

    verdicts: Mapping[str, Sequence[Verdict]] = field(default_factory=dict)
    unscored: Mapping[str, Sequence[Unscored]] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    nobody: bool = False

    def status(self, example_id: str) -> str:
        """`judged` when every question got a score; otherwise the reason of the first that did not."""
        if self.nobody:
            return NO_JUDGE
        missing = self.unscored.get(example_id)
        return missing[0].reason if missing else JUDGED


def judge(parts: Parts, examples: Sequence[Example]) -> Judged:
    """Score every judged turn of every example on every rubric."""
    backend = parts.backend
    if isinstance(backend, NoJudge):
        return Judged(nobody=True)
    written = parts.protocol == "rationale"

    def request(slot: Slot) -> Request:
        if written:
            return parts.asker.rationale(slot.example, slot.turn, slot.rubric, with_label=True)
        return parts.asker.score(slot.example, slot.turn, slot.rubric)

    def read(slot: Slot, reply: Reply) -> Verdict | Unscored:
        if written:
            return verdict.read_written_label(reply, slot.rubric, slot.example.id, slot.turn)
        return verdict.read_label(reply, slot.rubric, slot.example.id, slot.turn, max_off_scale=parts.max_off_scale)

    asking = Round(
        prepare=lambda slot: backend.prepare(request(slot)),
        answer=backend.answer,
        store=parts.store,
        console=parts.console,
        what="judge",
        read=read,
        check=None if written else lambda replies: _check_labels(replies, parts.max_off_scale),
    )
    _check_room(parts, backend, request)
    slots = [Slot(example=e, turn=t, rubric=r) for e in examples for t in e.judged for r in parts.rubrics]
    verdicts: defaultdict[str, list[Verdict]] = defaultdict(list)
    unscored: defaultdict[str, list[Unscored]] = defaultdict(list)
    for result in asking.run(slots):
        if isinstance(result, Verdict):
            verdicts[result.example_id].append(result)
        else:
            unscored[result.example_id].append(result)
    return Judged(verdicts=verdicts, unscored=unscored, tally=asking.tally)


def explain(parts: Parts, suspects: tuple[Suspect, ...]) -> tuple[tuple[Suspect, ...], Tally]:
    """The judge's words on the strongest verdict of each row inside the review budget; ranks stay as they are."""
    backend = parts.backend
    if isinstance(backend, NoJudge) or parts.protocol == "score":
        return suspects, Tally()

    def request(slot: Slot) -> Request:
        with_label = parts.protocol == "rationale"
        return parts.asker.rationale(slot.example, slot.turn, slot.rubric, with_label=with_label)

    asking: Round[Slot, Prepared, Rationale] = Round(
        prepare=lambda slot: backend.prepare(request(slot)),
        answer=backend.answer,
        store=parts.store,
        console=parts.console,
        what="rationales",
        read=lambda s, reply: verdict.read_rationale(reply, s.rubric, s.example, s.turn),
    )
    slots = [slot for suspect in suspects if suspect.within_budget for slot in _worst(parts, suspect)]
    said = {r.example_id: r for r in asking.run(slots) if isinstance(r, Rationale)}
    explained = tuple(rank.explain(s, [said[s.example.id]]) if s.example.id in said else s for s in suspects)
    return explained, asking.tally


def _worst(parts: Parts, suspect: Suspect) -> list[Slot]:
    """The strongest of the judge's own reasons, if it has one; reasons come strongest first."""
    by_name = {rubric.name: rubric for rubric in parts.rubrics}
    return [
        Slot(example=suspect.example, turn=reason.turn, rubric=by_name[reason.name])
        for reason in suspect.reasons
        if reason.kind == "rubric" and reason.turn is not None
    ][:1]


def _check_room(parts: Parts, backend: Backend, request: Callable[[Slot], Request]) -> None:
    """Stop where the instructions alone fill the context: every row would come out as too long."""
    for rubric in parts.rubrics:
        least = backend.prepare(request(Slot(example=prompting.SAMPLE, turn=0, rubric=rubric)))
        if not least.fits:
            raise BackendError(
                f"the instructions with rubrics and guide take {least.tokens:,} tokens and leave no room for a row in"
                " the judge's context; lengthen it (backend.engine.max_model_len for vllm, backend.max_model_len for"
                " transformers), shorten dataset.guide, or take rubric_set=terse"
            )


def _check_labels(replies: Sequence[Reply], limit: float) -> None:
    """Stop before an hour is spent on a judge that does not answer with labels."""
    median = statistics.median(map(verdict.off_scale, replies))
    if median > limit:
        raise BackendError(
            f"pre-flight: the judge puts {median:.1%} of its probability on no label (median of {len(replies)}"
            f" requests, limit {limit:.0%}): it wants to begin its answer otherwise. Is it a thinking prefix"
            " (backend.chat.enable_thinking=false), does it need a lead-in (prefill='Label: '), is it an instruct"
            " model? max_off_scale=1 goes on regardless"
        )
