"""
A set as signals, planters and pairs see it: its judged turns, and what is known of them only together.

Built once, lazily. Counting is over all rows at once (numpy, scipy), so that a row costs the same in a set of any size.
Pure: no files, clock, network or randomness.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from judge import digest
from judge.language.prose import normalise
from judge.language.scan import Texts
from judge.records import Example, Finding, Turn

if TYPE_CHECKING:  # numpy and scipy are imported when first asked for
    from judge.corpus.kin import Kin
    from judge.corpus.neighbours import Neighbours
    from judge.corpus.tokens import Tokens
    from judge.corpus.topics import Topics

_RECENT = 6  # turns of one role that are looked back on


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """
    A row that is looked at beside the set and is no part of it: a planted copy.

    It is nobody's neighbour, and counts in no figure of the set.

    Attributes:
        hidden: ids of rows that it must be read without, near-duplicates of theirs included.
    """

    example: Example
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    One judged turn.

    Attributes:
        at: its position in `Corpus.answers`.
        turn: its index in `example.turns`.
        prompt: the last user turn before it, or nothing.
        text: what it says.

    """

    at: int
    example: Example
    turn: int
    prompt: str
    text: str

    @property
    def history(self) -> tuple[Turn, ...]:
        """All turns before it."""
        return self.example.turns[: self.turn]

    @property
    def asked(self) -> str:
        """The user's side of the conversation so far: "yes please" means nothing without it."""
        return "\n".join([t.content for t in self.history if t.role == "user"][-_RECENT:])

    @property
    def setting(self) -> str:
        """Digest of everything it was given, normalised (turns and context): equal means asked exactly the same."""
        said = [[t.role, normalise(t.content), [[c.name, c.arguments] for c in t.tool_calls]] for t in self.history]
        return digest.of([normalise(self.example.context or ""), said])

    @property
    def calls_tool(self) -> bool:
        """Whether the turn is, or contains, a call to a tool."""
        return bool(self.example.turns[self.turn].tool_calls)

    @property
    def grounds(self) -> tuple[str, ...]:
        """Texts that the answer has to agree with: the row's context, and the latest tool results."""
        tools = tuple(t.content for t in self.history if t.role == "tool")[-_RECENT:]
        return (self.example.context, *tools) if self.example.context else tools

    def finding(
        self, signal: str, rubric: str | None, severity: float, because: str, partners: Sequence[str] = ()
    ) -> Finding:
        """Make a finding on this turn, its severity clipped to [0, 1] and rounded to 6 digits."""
        return Finding(
            example_id=self.example.id,
            signal=signal,
            severity=round(min(1.0, max(0.0, float(severity))), 6),
            because=because,
            rubric=rubric,
            turn=self.turn,
            partners=tuple(partners),
        )


class Corpus:
    """
    A set as signals see it.

    Attributes:
        examples: the rows, in the input's order.
        guide: the set's policy and style text, or None.
        guests: planted copies that are looked at beside them.

    """

    def __init__(self, examples: Sequence[Example], guide: str | None = None, guests: Sequence[Guest] = ()) -> None:
        self.examples = tuple(examples)
        self.guide = guide
        self.guests = tuple(guests)

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        """Every judged turn of every row, flat, in the input's order; those of guests come last."""
        found: list[Answer] = []
        for example in (*self.examples, *(guest.example for guest in self.guests)):
            found.extend(_answers(example, len(found)))
        return tuple(found)

    @cached_property
    def members(self) -> int:
        """How many of the answers are the set's own: what the set is like is counted over `own` alone."""
        return sum(len(set(example.judged)) for example in self.examples)

    @property
    def own(self) -> tuple[Answer, ...]:
        """The set's own answers."""
        return self.answers[: self.members]

    def usual(self, found: Iterable[Answer]) -> float:
        """Share of the set's own answers among whose those found are; a guest changes it by nothing."""
        return sum(answer.at < self.members for answer in found) / max(1, self.members)

    @property
    def said(self) -> "Tokens":
        """The answers as tokens."""
        return self._tokens[1]

    @property
    def asked(self) -> "Tokens":
        """What was asked before each answer, as tokens of the same vocabulary."""
        return self._tokens[0]

    @property
    def grounds(self) -> "Tokens":
        """The texts that each answer has to agree with, as tokens of the same vocabulary; empty where it has none."""
        return self._tokens[2]

    @property
    def rules(self) -> "Tokens":
        """The guide as tokens of the same vocabulary: one text."""
        return self._tokens[3]

    def saying(self, *patterns: re.Pattern[str]) -> Iterator[Answer]:
        """The answers that could match one of the patterns, found fast; the patterns themselves are yet to be tried."""
        return (self.answers[at] for at in self._said_texts.where(*patterns))

    def asking(self, *patterns: re.Pattern[str]) -> Iterator[Answer]:
        """The answers to prompts that could match one of the patterns, found fast."""
        return (self.answers[at] for at in self._asked_texts.where(*patterns))

    def forget(self) -> None:
        """Let go of all that was counted but answers and kin; what is asked for again is counted again."""
        for name in ("_tokens", "_said_texts", "_asked_texts", "neighbours", "topics", "groups"):
            self.__dict__.pop(name, None)

    @cached_property
    def _said_texts(self) -> Texts:
        return Texts([answer.text for answer in self.answers])

    @cached_property
    def _asked_texts(self) -> Texts:
        return Texts([answer.asked for answer in self.answers])

    @cached_property
    def kin(self) -> "Kin":
        """Copies, near-duplicates, and who may not bear witness on whom."""
        from judge.corpus import kin

        places: defaultdict[str, list[int]] = defaultdict(list)
        for answer in self.own:
            places[answer.example.id].append(answer.at)
        hidden = [
            [at for name in guest.hidden for at in places.get(name, ())]
            for guest in self.guests
            for _ in set(guest.example.judged)
        ]
        rows = [at for at, example in enumerate(self.examples) for _ in set(example.judged)]
        return kin.build(self.asked, self.said, rows, hidden)

    @cached_property
    def neighbours(self) -> "Neighbours":
        """For each answer, the answers of *other rows* whose prompts are nearest to its own."""
        from judge.corpus import neighbours

        telling = self.asked.where(lambda word: word[0].isalpha())
        return neighbours.find(self.asked, self.kin, telling)

    @cached_property
    def topics(self) -> "Topics":
        """How at home each word of each answer is among the answers to prompts like its own."""
        from judge.corpus import topics

        return topics.build(self.said, self.kin, self.neighbours)

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """Positions of the set's answers that were asked exactly the same, two or more of them."""
        prompts = [normalise(answer.prompt) for answer in self.own]
        often = Counter(prompts)
        found: defaultdict[str, list[int]] = defaultdict(list)
        for answer, prompt in zip(self.own, prompts, strict=True):
            if prompt and often[prompt] > 1:
                found[answer.setting].append(answer.at)
        return tuple(tuple(group) for group in found.values() if len(group) > 1)

    @cached_property
    def _tokens(self) -> "tuple[Tokens, ...]":
        from judge.corpus import tokens

        texts = (
            [a.asked for a in self.answers],
            [a.text for a in self.answers],
            ["\n".join(a.grounds) for a in self.answers],
            [self.guide or ""],
        )
        return tokens.read(texts, self.members)


def _answers(example: Example, at: int) -> Iterator[Answer]:
    judged = set(example.judged)
    prompt = ""
    for turn, said in enumerate(example.turns):
        if turn in judged:
            yield Answer(at=at, example=example, turn=turn, prompt=prompt, text=said.content)
            at += 1
        if said.role == "user":
            prompt = said.content
