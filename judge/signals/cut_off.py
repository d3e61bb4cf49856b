"""
The answer stops before it is finished: in a word, in a sentence, after a comma, in an open bracket, at a list mark.

What counts as finished is learned from the set: if its longer prose answers end with a full stop 99 times in 100, one
that does not is suspicious; if they often do not, it is not. Short phrases, list items, titles, verse and code need
none.
"""

import re
from collections import Counter
from collections.abc import Iterator

import numpy as np

from judge.corpus import Answer, Corpus
from judge.language.prose import looks_like_code, tail, wants_code, words
from judge.records import Finding
from judge.signals import Signal

_DANGLING = frozenset(
    (
        "a an the and or but nor of into onto your our their its my his because although though while if when which "
        "who whose than as is are was were will would should must can could may please we you they i"
    ).split()
)
_SOFT = frozenset(
    "to with for from by at in on that this it so be have has do does not".split()
)  # these may end a sentence, or not
_CLOSED = re.compile(
    r"(?:[.!?…。\uff01\uff1f।؟][\"'”\u2019)\]*_`»]*|[\"”»`)\]}>|]|:\)|[\U0001F300-\U0001FAFF\u2600-\u27BF]\ufe0f?)$"
)
_ITEM = re.compile(r"^\s*(?:[-*•\u2013+]|\d{1,3}[.):]|[A-Za-z][.)])\s")
_BARE_MARK = re.compile(r"\s*(?:[-*•\u2013+#]+|\d{1,3}[.)])\s*")
_LAST_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*$")
_SIGNED = re.compile(
    r"(?:#\w+|https?://\S+|\S+@\S+|[-\u2013—]{1,2} ?[A-Z][\w. ]{2,40}|=\s*\S+)$"
)  # hashtags, links, authors, results
_PROSE = 8  # words a last line needs to be read as a sentence
_LONG = 20  # words an answer needs to set the standard
_LISTED = 3  # items that make a list
_PART = 3  # letters of the shortest half word that is called one
_SHOWN = 4_000  # characters at the end that are looked at


def find(corpus: Corpus) -> Iterator[Finding]:
    """Severity 0.9 where no sentence can end so; else the share of the set's own answers that end otherwise."""
    ends = [bool(_CLOSED.search(a.text.rstrip()[-8:])) for a in corpus.own if _is_prose(a.text)]
    usual = sum(ends) / len(ends) if len(ends) >= _LONG else 0.8
    vocabulary: tuple[Counter[str], Counter[str]] | None = None
    for answer in corpus.answers:
        text = answer.text.rstrip()[-_SHOWN:]
        line = text.rsplit("\n", 1)[-1]
        if _CLOSED.search(text[-8:]) and "(" not in line and not _BARE_MARK.fullmatch(line):
            continue
        vocabulary = vocabulary or _words(corpus)
        severity, because = _look(answer, usual, *vocabulary)
        if severity:
            yield answer.finding("cut_off", "format", severity, f"{because}: {tail(answer.text)}")


def _words(corpus: Corpus) -> tuple[Counter[str], Counter[str]]:
    """In how many answers of the set each word stands, and how many hold a longer word that begins so."""
    said, topics = corpus.said, corpus.topics
    mine = topics.word[: topics.starts[corpus.members]]
    many = np.bincount(mine, minlength=len(said.words)).tolist()
    known = Counter({word: count for word, count in zip(said.words, many, strict=True) if word.isalnum() and count})
    return known, _heads(known)


def _look(answer: Answer, usual: float, known: Counter[str], heads: Counter[str]) -> tuple[float, str]:
    text = answer.text.rstrip()[-_SHOWN:]
    if not text or (answer.calls_tool and len(text) < _SHOWN // 10):
        return 0.0, ""
    line = text.rsplit("\n", 1)[-1]
    whole = len(answer.text) <= _SHOWN
    coding = wants_code(answer.prompt) or looks_like_code(answer.text)
    if _BARE_MARK.fullmatch(line) and len(text.split()) > _LISTED and not coding:
        return 0.9, "the answer ends at an empty list mark"
    if coding or len(text.split()) < _LISTED + 1:
        return 0.0, ""
    severity, because = _hard_end(text, line)
    if not severity and whole and (opened := _open_bracket(line)):
        severity, because = 0.6, f"the answer ends inside “{opened}”"
    soft, reason = _soft_end(text, line, usual, known, heads)
    return (severity, because) if severity >= soft else (soft, reason)


def _hard_end(text: str, line: str) -> tuple[float, str]:
    last = _LAST_WORD.search(text)
    lower = last.group() if last else ""
    if len(line.split()) > _LISTED:
        if lower in _DANGLING:
            return 0.9, f"the answer ends with “{lower}”"
        if lower in _SOFT and len(line.split()) > _PROSE:
            return 0.3 if _ITEM.match(line) else 0.6, f"the answer ends with “{lower}”"
        if text[-1] in ",-\u2013—&([" and not text.endswith(("--", "- -")):
            return 0.8, f"the answer ends with “{text[-1]}”"
    if text[-1] == ":" and len(text.split()) > _PROSE:
        return 0.8, "the answer announces something that does not follow"
    return 0.0, ""


def _soft_end(text: str, line: str, usual: float, known: Counter[str], heads: Counter[str]) -> tuple[float, str]:
    if _CLOSED.search(text[-8:]) or not text[-1].isalnum() or _SIGNED.search(line):
        return 0.0, ""
    lines = [one.rstrip() for one in text.splitlines() if one.strip()]
    if len(lines) > _LISTED and sum(bool(_CLOSED.search(one[-8:])) for one in lines[:-1]) * 2 < len(lines):
        return 0.1, "the last line has no closing punctuation, like most others"
    last = words(line)[-1:]
    broken = bool(last) and len(last[0]) >= _PART and known[last[0]] <= 1 and heads[last[0]] > _LISTED
    items = [item for item in text.splitlines() if _ITEM.match(item)]
    if _ITEM.match(line):
        stops = sum(bool(_CLOSED.search(item.rstrip()[-8:])) for item in items[:-1])
        even = len(items) > _LISTED and stops == len(items) - 1
        return (0.7 if even else 0.4 if broken else 0.0), "the last list item stops early"
    if len(line.split()) < _PROSE and not _CLOSED.search("".join(lines[-2:-1])[-8:]):
        return (0.5 if broken else 0.0), "the answer stops in a word"
    if not re.search(r"[.!?]\s", text) and len(line.split()) < _LONG and not broken:
        return 0.25 * max(0.0, usual * 2 - 1), "the answer has no closing punctuation"
    long = min(1.0, 0.4 + len(line.split()) / _PROSE)
    return long * max(0.1, usual * 2 - 1) * (0.95 if broken else 0.75), "the answer stops in a sentence"


def _heads(known: Counter[str]) -> Counter[str]:
    """How many answers hold a longer word that begins so."""
    heads: Counter[str] = Counter()
    for word, count in known.items():
        for size in range(_PART, min(len(word), 15)):
            heads[word[:size]] += count
    return heads


def _open_bracket(line: str) -> str:
    opened = line.rfind("(")
    inside = line[opened:] if opened >= 0 and ")" not in line[opened:] else ""
    return inside if len(inside.split()) > 1 and not re.search(r"[:;=8][-']?\($", line) else ""


def _is_prose(text: str) -> bool:
    line = text.rstrip()[-_SHOWN:].rsplit("\n", 1)[-1]
    return len(line.split()) >= _PROSE and len(text[:_SHOWN].split()) >= _LONG and not _ITEM.match(line)


SIGNAL = Signal(name="cut_off", rubric="format", weight=0.65, find=find)
