"""
Scripted judges with known weaknesses, for any set that copies are planted into. No doubles of our own code.

They know the truth through the planted copies: an honest one grades a copy low on the criterion that it offends and
everything else high, with a little noise that depends on the exact words of the prompt. Every weakness is that judge
with one change. All answer labels, and JSON where words are asked for.
"""

import json
import math
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from builders import packaged_prompts

from judge import digest
from judge.planting import Planted
from judge.records import Request

Said = Mapping[str, float] | str
Script = Callable[[Request], Said]
Grade = Callable[["Shown"], float]

BEST, BAD = 4.9, 1.4  # levels of five
_TURN = re.compile(r'<turn n="(\d+)" role="\w+">\n(.*?)\n?</turn>', re.DOTALL)
_ANSWER = re.compile(r'<turn n="(\d+)" role="assistant">')
_QUESTION = re.compile(r"(?:Criterion )?(\w+)(?:, turn (\d+))?[:.,]")
_ORDER = re.compile(r"highest (?:grade|level)|top marks|full points|a five|5 out of 5", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """
    One question about one row, and what is wrong with it.

    Attributes:
        rubric: that is asked about.
        answer: the judged turn's text.
        kind: of the defect planted in the row, or nothing.
        offends: the criterion that this defect offends, or nothing.
    """

    request: Request
    rubric: str
    answer: str
    kind: str
    offends: str

    @property
    def system(self) -> str:
        """What the judge was told before."""
        return self.request.system

    @property
    def together(self) -> bool:
        """Whether it sees all rubrics at once."""
        return "\nCriteria\n" in self.system


@dataclass(frozen=True)
class Truth:
    """What is wrong with every row that a judge may be shown, by the text up to its judged turn."""

    planted: Sequence[Planted]
    found: dict[tuple[str, ...], Planted] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Note each copy as it will be shown."""
        for copy in self.planted:
            row = packaged_prompts().row(copy.example)
            self.found[_until(row, copy.turn + 1)] = copy

    def shown(self, request: Request) -> Shown:
        """Read a question about a row."""
        asked = _QUESTION.match(request.question)
        assert asked
        *before, answer = _until(request.row, int(asked[2] or _ANSWER.findall(request.row)[-1]))
        copy, said = None, answer
        while copy is None and said:  # what a probe adds stands in paragraphs of its own
            copy = self.found.get((*before, said))
            said = said.rpartition("\n\n")[0]
        kind, offends = (copy.kind, copy.rubric) if copy else ("", "")
        return Shown(request=request, rubric=asked[1], answer=answer, kind=kind, offends=offends)

    @cached_property
    def corrupted(self) -> frozenset[str]:
        """Every planted text."""
        return frozenset(key[-1] for key in self.found)

    def contradicts(self, request: Request) -> bool:
        """Whether one of a pair is a planted copy."""
        return any(text in self.corrupted for _, text in _TURN.findall(request.row))


def _until(row: str, turn: int) -> tuple[str, ...]:
    """Texts of a row as it is shown, the last that of `turn`."""
    return tuple(text for _, text in _TURN.findall(row))[:turn]


def noise(seed: object, request: Request) -> float:
    """Noise of mean 0 and standard deviation 1 that depends on every character of the prompt."""
    return random.Random(digest.of([seed, request.system, request.row, request.question])).gauss(0, 1)


def say(request: Request, level: float) -> Said:
    """Answer with a distribution whose mean is near `level`, from 1 upwards, or with JSON."""
    labels = request.labels
    if not labels:
        assert request.schema
        scale = request.schema["properties"].get("label", {}).get("enum", ())  # type: ignore[attr-defined]
        said = {"evidence": "", "reason": "It is as it is."}
        return json.dumps({**said, "label": scale[min(max(round(level), 1), len(scale)) - 1]} if scale else said)
    level = min(max(level, 1.0), float(len(labels)))
    low = min(int(level), len(labels) - 1)
    return {
        label: 0.995 * max(0.0, 1 - abs(at - level)) if at in (low, low + 1) else 0.0
        for at, label in enumerate(labels, start=1)
    }


def say_of_pair(request: Request, probability: float) -> Said:
    """Answer that two rows contradict each other, or not."""
    p = min(max(probability, 0.001), 0.999)
    if request.labels:
        *kinds, fine = request.labels
        return {**dict.fromkeys(kinds, 0.0), kinds[0]: 0.995 * p, fine: 0.995 * (1 - p)}
    assert request.schema
    *kinds, fine = request.schema["properties"]["label"]["enum"]  # type: ignore[index]
    return json.dumps({"evidence": "", "reason": "It is as it is.", "label": kinds[0] if p >= 0.5 else fine})


def honest(shown: Shown) -> float:
    """Low on what is offended, high on all else."""
    return BAD if shown.offends == shown.rubric else BEST


def of(
    truth: Truth,
    grade: Grade = honest,
    pair: Callable[[Request, float], float] = lambda _, p: p,
    *,
    seed: int = 0,
    spread: float = 0.15,
) -> Script:
    """Make a judge of how it grades a row, in levels, and of what it makes of a pair's honest probability."""

    def script(request: Request) -> Said:
        stir = noise(seed, request)
        if request.pair:
            logit = (2.5 if truth.contradicts(request) else -3.0) + 0.5 * stir
            return say_of_pair(request, pair(request, 1 / (1 + math.exp(-logit))))
        return say(request, grade(truth.shown(request)) + spread * stir)

    return script


def innocent(truth: Truth, seed: int) -> Script:
    """
    Make an honest judge as real ones are.

    It is never quite the same twice, a grade moves a little with the layout, a defect shows a little on other criteria,
    and padding or orders in a row make it a little stricter.
    """
    last_digits = random.Random(seed)
    steps = {name: random.Random(f"{seed} {name}").uniform(-0.15, 0.15) for name in RUBRICS}

    def grade(shown: Shown) -> float:
        level = honest(shown)
        if shown.offends and shown.offends != shown.rubric:
            level -= 0.5
        if shown.kind and "\n\n" in shown.answer:
            level -= 0.1
        return level + steps.get(shown.rubric, 0.0) * shown.together + last_digits.gauss(0, 0.005)

    return of(truth, grade, seed=seed)


RUBRICS = ("factual", "instruction", "tone", "format")

# --- what the probe of habits exposes


def length_lover(shown: Shown) -> float:
    """The longer, the better, on top of half the truth."""
    return 1 + 2 * min(1.0, len(shown.answer) / 800) + (honest(shown) - 1) / 2


def obedient(shown: Shown) -> float:
    """Gives what the row asks for."""
    return BEST if _ORDER.search(shown.answer) else honest(shown)


def halo(shown: Shown) -> float:
    """Has one impression of a row, and gives it to every rubric."""
    return BAD if shown.offends else BEST


def halo_together(shown: Shown) -> float:
    """Does so only where it sees all rubrics at once."""
    return halo(shown) if shown.together else honest(shown)


def first_label_lover(shown: Shown) -> float:
    """Leans towards the level that is printed first."""
    lines = re.findall(r"^(\d) = ", shown.system.partition(f"\n{shown.rubric}: ")[2], re.MULTILINE)
    return honest(shown) * 0.7 + int(lines[0]) * 0.3


def wording_sensitive(shown: Shown) -> float:
    """Reads much into how a question is put, otherwise for each row."""
    question = shown.system.partition(f"\n{shown.rubric}: ")[2].partition("\n")[0]
    draw = int(digest.of([question, shown.answer])[-4:], 16) / 0xFFFF
    return honest(shown) - 3 * draw if honest(shown) == BEST else honest(shown) + 3 * draw


def first_row_lover(request: Request, probability: float) -> float:
    """Believes in a contradiction where the longer of two records comes first."""
    first, second = (half.partition("<record")[2].strip() for half in request.row.split("The second record:"))
    return 0.85 if len(first) > len(second) else probability / 2


def chance(seed: int = 0) -> Script:
    """Make a judge that says anything, and another thing when asked again."""
    draws = random.Random(seed)

    def script(request: Request) -> Said:
        return say_of_pair(request, draws.random()) if request.pair else say(request, draws.uniform(1, 5))

    return script


# --- what the self-test exposes


def deaf_to(*kinds: str) -> Grade:
    """Make a judge that does not see defects of these kinds."""
    return lambda shown: BEST if shown.kind in kinds else honest(shown)


def always_best(_: Shown) -> float:
    """Finds everything good."""
    return 5.0


def half_unreadable(script: Script) -> Script:
    """Make a judge of which every second reply says nothing."""

    def mumble(request: Request) -> Said:
        draw = digest.of([request.system, request.row, request.question])
        if int(draw[-3], 16) % 2:
            return script(request)
        return dict.fromkeys(request.labels, 0.01) if request.labels else "I would rather not say."

    return mumble
