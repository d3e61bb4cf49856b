"""What a run would ask and cost, said before anything is spent: `plan=true`."""

from dataclasses import dataclass, replace

from judge import anchors, choosing, contradictions, forecast, habits, likelihood, sources
from judge.choosing import Chosen
from judge.confirming import Affordable, affordable
from judge.history import Speed
from judge.judging import Survey, instructions, survey
from judge.manifest import ALONE
from judge.parts import Parts
from judge.ports import NoJudge
from judge.prompting import SAMPLE
from judge.rank import budget_rows
from judge.screening import contradicting, hints
from judge.text import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    A run that has not begun.

    Attributes:
        rows, judged, copies: of the set, of those that the judge would read, and planted copies beside them.
        scores: the questions about rows and copies.
        worth: pairs that the judge should see.
        pairs: those that would be asked about.
        rationales, rationale_tokens: at most.
        beside, beside_tokens: questions that show the judge's habits, measurements of likelihood, and anchors, at most.
        speed: of this judge in an earlier run; None where no run tells.
    """

    rows: int
    judged: int
    copies: int
    scores: Survey
    worth: int
    pairs: Affordable
    rationales: int
    rationale_tokens: int
    beside: int
    beside_tokens: int
    speed: Speed | None

    @property
    def tokens(self) -> int:
        """To compute, at most."""
        return self.scores.tokens + 2 * self.pairs.tokens + self.rationale_tokens + self.beside_tokens

    @property
    def shared(self) -> float:
        """Share of the prompts' tokens that stand in beginnings which a prompt before has had."""
        return self.scores.shared / self.scores.prompts if self.scores.prompts else 0.0


def run(parts: Parts) -> Plan:
    """
    Say what the same command without `plan=true` would ask; no model is loaded, and nothing written but an empty store.

    Raises:
        JudgeError: the set, the tokenizer or the store cannot be used.
    """
    loaded = choosing.load(parts)
    sources.check_rejects(loaded, parts.max_rejects)
    choosing.check(parts, loaded)
    chosen = choosing.choose(parts, loaded.examples)
    parts = replace(parts, asker=replace(parts.asker, hints=hints(parts, chosen.screened)))
    made = plan(parts, chosen, len(loaded.examples))
    for line in _lines(parts, made):
        parts.console.say(line)
    return made


def plan(parts: Parts, chosen: Chosen, rows: int) -> Plan:
    """Count what is needed, what is known, and what the rest would cost."""
    screened = chosen.screened
    planted = {copy.example.id for copy in screened.planted}
    scores = survey(parts, chosen.asked)
    asked = screened.looked.worth
    own = [tokens for name, tokens in scores.by_row.items() if name not in planted]
    budget = int(parts.pairs.budget * sum(own))
    shown = contradictions.shown(screened.corpus, asked)
    pairs = affordable(parts, shown, budget, contradictions.levels(asked))
    explained = budget_rows(rows, parts.review_budget) if _words(parts) else 0
    judged = [example for example in chosen.asked if example.id not in planted] if planted else chosen.asked
    beside = habits.survey(parts, judged, screened.planted, contradicting(screened))
    likely = likelihood.survey(parts, judged) if parts.likelihood else (0, 0)
    anchored = anchors.survey(parts)
    return Plan(
        rows=rows,
        judged=len(judged),
        copies=len(planted) if chosen.asked else 0,
        scores=scores,
        worth=len(asked),
        pairs=pairs,
        rationales=explained,
        rationale_tokens=explained * _words(parts) + sum(sorted(own)[-explained:] if explained else ()),
        beside=beside[0] + likely[0] + anchored[0],
        beside_tokens=beside[1] + likely[1] + anchored[1],
        speed=forecast.speed(parts),
    )


def _words(parts: Parts) -> int:
    """Tokens of one rationale and of its question, at most, without the row; 0 where none is asked for."""
    backend = parts.backend
    if parts.protocol == "score" or isinstance(backend, NoJudge):
        return 0
    asked = [parts.asker.rationale(SAMPLE, 0, rubric, with_label=True) for rubric in parts.rubrics]
    beside = [0 if not backend.prefix_cache else instructions(backend, request) for request in asked]
    prompts = [backend.prepare(request).tokens - known for request, known in zip(asked, beside, strict=True)]
    return max(prompts) + parts.asker.max_tokens


def _lines(parts: Parts, made: Plan) -> list[str]:
    """The plan, for people."""
    backend, scores = parts.backend, made.scores
    if isinstance(backend, NoJudge):
        return [f"plan: {parts.dataset.name}, {counted(made.rows, 'row')}, NO JUDGE ({backend.why}): nothing is asked"]
    said = {
        "rows": f"{made.judged:,} of {made.rows:,} judged, {made.copies:,} planted copies beside them",
        "questions": f"{scores.needed:,} = {scores.known:,} answered already + {scores.asked:,} to ask"
        + (f" + {scores.copies:,} answered by rows of the same content" if scores.copies else "")
        + (f" + {scores.too_long:,} too long for the judge" if scores.too_long else ""),
        "tokens": _tokens(made, cached=backend.prefix_cache),
        "pairs": f"{made.pairs.pairs:,} of {made.worth:,} worth asking are within pairs.budget;"
        f" {made.pairs.asked:,} to ask, {made.pairs.tokens:,} tokens, twice that if all are undecided"
        if parts.findings
        else "",
        "rationales": f"at most {made.rationales:,}, {made.rationale_tokens:,} tokens",
        "beside": f"at most {made.beside:,} for habits, likelihood and anchors, {made.beside_tokens:,} tokens"
        if made.beside
        else "",
        "forecast": _forecast(made),
        "sweeps": _sweeps(parts),
    }
    alone = "" if parts.findings else f"; {ALONE}"
    first = f"plan: {parts.dataset.name} by {backend.name}, {backend.describe()['model']} ({backend.why}){alone}"
    return [first, *(f"  {name:<11} {text}" for name, text in said.items() if text)]


def _tokens(made: Plan, *, cached: bool) -> str:
    scores = made.scores
    if not scores.prompts:
        return "0 to compute"
    how = "computed once" if cached else "computed each time, as this backend has no prefix cache"
    return (
        f"{scores.tokens:,} to compute; of {scores.prompts:,} in prompts {made.shared:.0%} are shared beginnings, {how}"
    )


def _forecast(made: Plan) -> str:
    most = f"{made.tokens:,} tokens at most"
    if not made.speed:
        return f"{most}; no earlier run tells how fast this judge is"
    least = made.scores.tokens + made.pairs.tokens
    low, high = (tokens / made.speed.tokens / 60 for tokens in (least, made.tokens))
    return f"{most}, {low:,.1f} to {high:,.1f} minutes at {made.speed.tokens:,.0f} a second ({made.speed.run})"


def _sweeps(parts: Parts) -> str:
    if parts.asker.layout == "shared":
        return "another rubric set or wording asks all rows anew (layout=shared), and shares pairs alone"
    return "other rubric sets share the rubrics that are worded alike (layout=rubric_first), and pairs"
