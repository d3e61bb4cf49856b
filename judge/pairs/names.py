"""Which words are names in a set: they stand with a capital where no sentence begins; and what towns belong to."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from judge.corpus import Corpus
from judge.corpus.tokens import Flags, Ints, Tokens
from judge.pairs.sentence import Names, stem

_OFTEN = 2  # times that a word must stand with a capital inside a sentence,
_MOSTLY, _MOST_ASKED = 0.8, 0.6  # and in which share of all, or of those in prompts
_SHARE = 0.3  # answers that say a name, against prompts that do, from which answers use it
_MOST, _LIFT = 0.5, 3.0  # of a detail's answers say a name, and so many times as often as all answers do
_LETTERS = 4  # of an abbreviation
_SHOWN = 4_000  # characters of a row that are read
_INSIDE = re.compile(r"(?<=[a-z0-9,] )[A-Z][^\W_]+")
_WORD = re.compile(r"[^\W_]+")
_NONE = frozenset("yes no i'm i'll i'd i've i asap".split())
_ENDS = frozenset(".!?:\n\u201c\"'(\u2022-*#")


def names(corpus: Corpus) -> Names:
    """Count over the set's own prompts and answers."""
    asked, said = (_capitals(tokens, corpus.members) for tokens in (corpus.asked, corpus.said))
    words = corpus.said.words
    capital, small = asked[0] + said[0], asked[1] + said[1]
    known = (capital >= _OFTEN) & (capital >= _MOSTLY * (capital + small))
    known |= (asked[0] >= _OFTEN) & (asked[0] >= _MOST_ASKED * (asked[0] + asked[1]))
    spoken = known & (said[0] >= _OFTEN) & (said[0] >= _SHARE * asked[0])
    known[[at for at, word in enumerate(words) if word in _NONE]] = False
    letters = _letters(corpus.asked, corpus.members) + _letters(corpus.said, corpus.members)
    short = {name for name, many in letters.items() if many >= _OFTEN and name.casefold() not in _those(known, words)}
    known_words = _those(known, words) | short
    return Names(
        known=known_words,
        spoken=_those(known & spoken, words) | short,
        belongs=_belongs(corpus, known & ~spoken, known & spoken),
        stems=frozenset(map(stem, known_words)),
    )


def of_row(given: str, answer: str) -> Names:
    """By one row alone: the words that stand with a capital inside its sentences."""
    known = _inside(given) | _inside(answer)
    words = _WORD.findall(answer)
    return Names(known=known, spoken=known.intersection([*words, *map(str.casefold, words)]))


def _inside(text: str) -> frozenset[str]:
    found = _INSIDE.findall(text[:_SHOWN])
    return frozenset(word if word.isupper() else word.casefold() for word in found) - _NONE


def _capitals(tokens: Tokens, members: int) -> tuple[Ints, Ints]:
    """For each word: how often it stands with a capital inside a sentence, and how often without one."""
    end = int(tokens.starts[members])
    spelled, ids = tokens.spelled[:end], tokens.ids[:end]
    capital = tokens.spelled_where(lambda word: word[0].isupper() and len(word) > 1)[spelled]
    initial = tokens.spelled_where(lambda word: word[0].isupper())[spelled]
    small = tokens.spelled_where(lambda word: word[0].islower())[spelled]
    closes: Flags = tokens.where(_ENDS.__contains__)[ids]
    begins = np.ones(end, dtype=bool)
    begins[1:] = closes[:-1]
    starts = tokens.starts[:members]
    begins[starts[starts < end]] = True
    owner, size = tokens.owner[:end], len(tokens.words)
    cased = np.bincount(owner[initial], minlength=members) > 0  # who writes no capitals at all tells nothing by one
    small &= cased[owner]
    return np.bincount(ids[capital & ~begins], minlength=size), np.bincount(ids[small], minlength=size)


def _those(flags: Flags, words: Sequence[str]) -> frozenset[str]:
    """Those that are flagged."""
    return frozenset(words[at] for at in np.flatnonzero(flags).tolist())


def _letters(tokens: Tokens, members: int) -> Counter[str]:
    """How often each word of capitals alone stands among words that are not: US, but not in I AM ANGRY."""
    end = int(tokens.starts[members])
    shouted = tokens.spelled_where(lambda word: word.isupper() and word.isalpha())[tokens.spelled[:end]]
    short = tokens.spelled_where(lambda word: word.isupper() and word.isalpha() and 1 < len(word) <= _LETTERS)
    alone = short[tokens.spelled[:end]]
    inside = np.diff(tokens.owner[:end]) == 0  # two neighbours of one text
    alone[1:] &= ~(shouted[:-1] & inside)
    alone[:-1] &= ~(shouted[1:] & inside)
    counts = np.bincount(tokens.spelled[:end][alone], minlength=len(tokens.spellings))
    return Counter({tokens.spellings[at]: int(counts[at]) for at in np.flatnonzero(counts).tolist()})


def _belongs(corpus: Corpus, details: Flags, spoken: Flags) -> dict[str, frozenset[str]]:
    """For each detail that prompts give: the names that most of their answers say, and others rarely do."""
    asked, said = corpus.asked, corpus.said
    rows: defaultdict[int, set[int]] = defaultdict(set)
    end = int(asked.starts[corpus.members])
    keep = details[asked.ids[:end]]
    for word, owner in zip(asked.ids[:end][keep].tolist(), asked.owner[:end][keep].tolist(), strict=True):
        rows[word].add(owner)
    told: defaultdict[int, set[int]] = defaultdict(set)
    end = int(said.starts[corpus.members])
    keep = spoken[said.ids[:end]]
    for word, owner in zip(said.ids[:end][keep].tolist(), said.owner[:end][keep].tolist(), strict=True):
        told[owner].add(word)
    usual = Counter(word for words in told.values() for word in words)
    found = {}
    for detail, owners in rows.items():
        counts = Counter(word for owner in owners for word in told.get(owner, ()))
        most = {
            word
            for word, many in counts.items()
            if many >= _MOST * len(owners) and many / len(owners) >= _LIFT * usual[word] / max(1, corpus.members)
        }
        if most:
            found[corpus.said.words[detail]] = frozenset(corpus.said.words[word] for word in most)
    return found
