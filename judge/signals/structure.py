"""
The answer is built otherwise than this set answers such a prompt: a list where others write prose, HTML, strange signs.

Two witnesses, both in bits (-log2 of a share): a form that few of the neighbours' answers and little of the set have,
or one that nearly all have and this one lacks; and signs (`{{`, `</`, `____`, `XX`) that hardly any other row holds.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from judge.corpus import Corpus
from judge.corpus.presence import Presence, numbered
from judge.corpus.robust import strange
from judge.language.prose import quote, wants_code
from judge.records import Finding
from judge.signals import Signal

_Seen = tuple[float, str]
_FORMS: Mapping[str, re.Pattern[str]] = {
    "bullets": re.compile(r"^\s*[-*\u2022\u2013] ", re.MULTILINE),
    "a numbered list": re.compile(r"^\s*\d{1,2}[.)] ", re.MULTILINE),
    "a heading": re.compile(r"^#{1,6} |^\*\*[^*\n]{1,80}\*\*:?$", re.MULTILINE),
    "bold": re.compile(r"\*\*\S"),
    "a table": re.compile(r"^\|.*\|\s*$", re.MULTILINE),
    "a code block": re.compile(r"```|^    \S.*[;{}()=]", re.MULTILINE),
    "HTML": re.compile(r"</?[a-zA-Z][^<>\n]{0,80}>"),
    "JSON": re.compile(r"\A\s*[\[{]\s*[\"'{\[]"),
    "a link": re.compile(r"https?://|\]\("),
    "an emoji": re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]"),
    "paragraphs": re.compile(r"\n\s*\n"),
    "a first word without a capital": re.compile(r"\A\s*[a-z]"),
}
_ROWS = 30  # answers below which a set has no form
_NEAR = 0.3  # cosine from which a prompt is asked how it was answered
_PRIOR = 2.0  # neighbours that the whole set counts as
_FAINT, _GRAVE = 3.5, 14.0  # bits at which severity is 0, and 1
_PROSE = frozenset(".,;:!?'\"()-\u2013\u2014\u2026\u201c\u201d\u2018\u2019$€£%&/#+\n")
_CROSSES = frozenset({"XX", "XXX", "XXXX", "XXXXX"})
_SHOWN = 10_000  # characters that are read
_BITS = 10.0  # most that one row in a thousand says


def find(corpus: Corpus) -> Iterator[Finding]:
    """
    Severity grows from 0 at 3.5 bits to 1 at 14: those of the strangest form or sign, and half of the next.

    It is never higher than it is rare in the set that a row comes to so many.
    """
    if corpus.members < _ROWS:
        return
    forms, signs = _forms(corpus), _signs(corpus)
    bits, because = {}, {}
    for at in sorted({*forms, *signs}):
        seen = sorted([*forms.get(at, ()), *signs.get(at, ())], reverse=True)[:2]
        bits[at] = seen[0][0] + sum(more for more, _ in seen[1:]) / 2
        because[at] = seen[0][1]
    for at, rare in strange(bits, corpus.members).items():
        answer = corpus.answers[at]
        if not answer.calls_tool:
            wanted = 0.3 if wants_code(answer.asked) else 1.0
            severity = min(rare, (bits[at] - _FAINT) / (_GRAVE - _FAINT))
            yield answer.finding("structure", "format", wanted * severity, because[at])


def _forms(corpus: Corpus) -> dict[int, list[_Seen]]:
    has = np.zeros((len(corpus.answers), len(_FORMS)), dtype=bool)
    for column, pattern in enumerate(_FORMS.values()):
        for answer in corpus.saying(pattern):
            has[answer.at, column] = pattern.search(answer.text[:_SHOWN]) is not None
    usual = has[: corpus.members].mean(axis=0)
    near = corpus.neighbours
    voters = (near.at >= 0) & (near.similarity >= _NEAR)
    found: defaultdict[int, list[_Seen]] = defaultdict(list)
    for column, form in enumerate(_FORMS):
        votes = (has[np.maximum(near.at, 0), column] & voters).sum(axis=1)
        share = (votes + _PRIOR * usual[column]) / (voters.sum(axis=1) + _PRIOR)
        likely = np.where(has[:, column], share, 1 - share)
        bits = -np.log2(np.maximum(likely, 2.0**-_BITS))
        for at in np.flatnonzero(bits > _FAINT).tolist():
            because = (
                f"the answer {'has' if has[at, column] else 'lacks'} {form}, unlike answers to prompts like this one"
            )
            found[at].append((float(bits[at]), because))
    return found


def _signs(corpus: Corpus) -> dict[int, list[_Seen]]:
    """Signs and pairs of shouted words: the rare ones of each answer, in bits, once each."""
    said = corpus.said
    sign, loud = said.spelled_where(_is_sign)[said.spelled], said.spelled_where(_is_loud)[said.spelled]
    ids, size = said.spelled, len(said.spellings)
    pair = np.flatnonzero(loud[:-1] & loud[1:])
    pair = pair[said.owners(pair) == said.owners(pair + 1)]
    places = np.concatenate([np.flatnonzero(sign), pair])
    keys, kinds = numbered(np.concatenate([ids[sign], np.full(len(pair), size)]).astype(np.uint64))
    _, once = np.unique(said.owners(places) * kinds + keys, return_index=True)
    places, keys = places[once], keys[once]
    owner = said.owners(places)
    others = Presence(corpus.kin, owner, keys, kinds).others(owner, keys, held=True)
    bits: NDArray[np.float64] = np.minimum(np.log2((corpus.kin.copies + 1) / (others + 0.5)), _BITS)
    found: defaultdict[int, list[_Seen]] = defaultdict(list)
    for at in np.flatnonzero(bits > _FAINT).tolist():
        place, answer = int(places[at]), corpus.answers[int(owner[at])]
        if said.spellings[int(ids[place])] not in answer.asked:
            rare = int(others[at])
            because = f"a sign that {rare or 'no'} other row{'' if rare == 1 else 's'} of the set holds: "
            found[answer.at].append((float(bits[at]), because + quote(said.excerpt(place, 1, 2))))
    return found


def _is_sign(text: str) -> bool:
    """Neither a word nor what prose is made of."""
    spelled = text[0].isalnum() or unicodedata.category(text[0]).startswith("M")  # a vowel sign of a script
    return not (spelled or text[0] in _PROSE) or (text in _CROSSES)


def _is_loud(text: str) -> bool:
    return text.isalpha() and text.isupper() and len(text) > 1


SIGNAL = Signal(name="structure", rubric="format", weight=0.3, find=find)
