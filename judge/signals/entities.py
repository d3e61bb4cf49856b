"""
A name that does not belong: to prompts like this one, or to the reference text, the guide and the prompt.

Names are words with a capital inside a sentence. One that other rows use, but never the answers to prompts like this
one, is out of place; so is one that stands in the reference text's own words where that has another name.
"""

import re
from collections.abc import Iterator, Mapping

import numpy as np

from judge.corpus import Answer, Corpus
from judge.corpus.presence import strongest
from judge.corpus.robust import strange
from judge.corpus.slots import AROUND, odd
from judge.corpus.tokens import Flags, Ints, Tokens
from judge.language.prose import quote
from judge.records import Finding
from judge.signals import Signal

_Seen = tuple[float, str]
_VOTERS = 8  # neighbours that can tell what belongs here
_SEVERAL = 2  # other rows that make a name of the set
_FAINT, _GRAVE = 1.0, 4.0  # log odds at which severity is 0, and 1
_ALL = 7.0  # log odds against the usual name of a slot at which severity is 1
_NEARLY = 0.9  # share of a slot's names that the usual one must be
_QUOTES = frozenset("\"'\u201c\u201d\u2018\u2019`*")
_LETTERS = 3  # of the shortest name
_NAME = re.compile(r"(?<=[^\W\d_]) (?P<name>[A-Z][a-z][\w-]+(?: [A-Z][\w-]+)*)")
_BEFORE = re.compile(r"[^\W\d_]+$")
_SHOWN = 20_000  # characters that are read
_COMMON = frozenset("i english french german spanish monday tuesday wednesday thursday friday saturday sunday".split())


def find(corpus: Corpus) -> Iterator[Finding]:
    """Severity from the odds of the strangest name, or 0.7 against a text the answer had to agree with."""
    if not corpus.answers:
        return
    names, told = _names(corpus), _told(corpus)
    seen = dict(_out_of_place(corpus, names & ~told))
    for at, other in _odd(corpus, names, told).items():
        first = seen.get(at, (0.0, ""))
        seen[at] = (1 - (1 - min(1.0, first[0])) * (1 - min(1.0, other[0])), max(first, other)[1])
    rare = strange({at: severity for at, (severity, _) in seen.items()}, corpus.members)
    for answer in corpus.answers:
        found = []
        if answer.at in seen:
            severity, because = seen[answer.at]
            found.append((min(severity, rare[answer.at]), because))
        found += _against(answer, corpus.guide or "") if answer.grounds else []
        if found:
            severity, because = max(found)
            yield answer.finding("entities", "factual", severity, because)


def _odd(corpus: Corpus, names: Flags, told: Flags) -> Mapping[int, _Seen]:
    """Names that stand where the other rows nearly always have another one."""
    said = corpus.said
    runs, first = _as_one(said, names)
    if not len(first):
        return {}
    fillers = (runs.ids >= len(said.words)) & np.logical_or.reduceat(~told, first)
    odds = odd(runs, corpus.kin, fillers, runs.where(lambda word: word[0].isalpha()), share=_NEARLY, frames=AROUND)
    found = {}
    for at in range(len(odds.owner)):
        place = int(odds.place[at])
        severity = (float(odds.odds[at]) - _FAINT) / (_ALL - _FAINT)
        because = (
            f"{quote(said.excerpt(int(first[place]), 3, 3))}: {int(odds.rows[at])} other rows have"
            f" {quote(runs.words[int(odds.usual[at])])} there"
        )
        if severity > 0:
            found[int(odds.owner[at])] = (severity, because)
    return found


def _as_one(said: Tokens, names: Flags) -> tuple[Tokens, Ints]:
    """The answers with each name of several words as one token and quotes left out; and where each token stood."""
    quotes = said.where(lambda word: word in _QUOTES)
    words = list(said.words)
    known: dict[tuple[int, ...], int] = {}
    every, places, many = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)], [np.zeros(1, np.int64)]
    for part in said.parts():
        kept = np.flatnonzero(~quotes[part.of.ids])
        ids, name, owner = part.of.ids[kept], names[part.tokens][kept], part.of.owner[kept]
        begins = np.ones(len(kept), dtype=bool)
        begins[1:] = ~(name[1:] & name[:-1] & (owner[1:] == owner[:-1]) & (kept[1:] == kept[:-1] + 1))
        first = np.flatnonzero(begins)
        joined, ends = ids[first], np.append(first[1:], len(kept))
        for at in np.flatnonzero(name[first]).tolist():
            spelled = tuple(ids[first[at] : ends[at]].tolist())
            if spelled not in known:
                known[spelled] = len(words)
                words.append(" ".join(said.words[word] for word in spelled))
            joined[at] = known[spelled]
        every.append(joined)
        places.append((kept[first] + part.tokens.start).astype(np.int32))
        many.append(np.bincount(owner[first], minlength=part.texts.stop - part.texts.start))
    joined, starts = np.concatenate(every), np.cumsum(np.concatenate(many))
    return Tokens(spelled=joined, ids=joined, starts=starts, spellings=words, words=words), np.concatenate(places)


def _out_of_place(corpus: Corpus, names: Flags) -> Mapping[int, _Seen]:
    """Names that hardly any answer to prompts like this one has."""
    said, topics = corpus.said, corpus.topics
    places = np.flatnonzero(names)
    owner = said.owners(places)
    entry = topics.entries(owner, said.ids[places])
    odds = np.log((topics.usual(entry) + 0.5) / (topics.support(entry) + 0.5))
    odds *= (topics.others[entry] >= _SEVERAL) & (topics.voters[owner] >= _VOTERS)
    found = {}
    for at in strongest(owner, odds).tolist():
        severity = (float(odds[at]) - _FAINT) / (_GRAVE - _FAINT)
        if severity > 0:
            name = said.spellings[int(said.spelled[places[at]])]
            because = (
                f"{quote(said.excerpt(int(places[at]), 2, 2))}: {int(topics.others[entry[at]])} rows speak of"
                f" {quote(name)}, but hardly any answer to prompts like this one"
            )
            found[int(owner[at])] = (severity, because)
    return found


def _names(corpus: Corpus) -> Flags:
    """Tokens that are names: a capital inside a sentence."""
    said = corpus.said
    capital = said.spelled_where(lambda word: word[0].isupper() and word.isalpha() and len(word) >= _LETTERS)
    usual = said.where(_COMMON.__contains__)
    ends, quotes = said.where(lambda word: word in ".!?:\n*#-•"), said.where(lambda word: word in "\"'\u201c\u2018(")
    opens = np.ones(len(said.ids) + 1, dtype=bool)
    opens[1:] = ends[said.ids]
    opens[said.starts[:-1]] = True
    after = np.append([False], quotes[said.ids[:-1]]) if len(said.ids) else np.zeros(0, dtype=bool)
    opens[1:-1] |= after[1:] & opens[:-2]
    names: Flags = capital[said.spelled] & ~usual[said.ids] & ~opens[:-1]
    return names


def _told(corpus: Corpus) -> Flags:
    """Tokens that the prompt or the row's reference text has as well."""
    size = max(1, len(corpus.said.words))
    told = [np.zeros(0, dtype=bool)]
    for part in corpus.said.parts():
        texts = (text.part(part.texts.start, part.texts.stop).of for text in (corpus.asked, corpus.grounds))
        given = np.concatenate([text.owner * size + text.ids for text in texts])
        told.append(np.isin(part.of.owner * size + part.of.ids, given))
    return np.concatenate(told)


def _against(answer: Answer, guide: str) -> Iterator[_Seen]:
    """Names that stand behind a word behind which the reference text has another name, and nowhere in any text."""
    ground = "\n".join(answer.grounds)[:_SHOWN]
    known = f"{ground}\n{answer.asked}\n{guide}".casefold()
    slots = {before: name for before, name in _named(ground) if name.casefold() not in answer.text.casefold()}
    for before, name in _named(answer.text[:_SHOWN]):
        if name.casefold() not in known and before in slots:
            yield 0.7, f"the answer says {quote(name)}, the reference text of this row has {quote(slots[before])} there"


def _named(text: str) -> Iterator[tuple[str, str]]:
    for found in _NAME.finditer(text):
        before = _BEFORE.search(text, max(0, found.start() - 30), found.start())
        if before:
            yield before.group().casefold(), found["name"]


SIGNAL = Signal(name="entities", rubric="factual", weight=0.3, find=find)
