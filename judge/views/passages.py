"""Passages of a set's guide that speak of the same as a row: by the words they share, the rare ones counting most."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

MOST = 2
SAMPLE = 2_000  # rows that tell how common a word is in a set
_HEADING = re.compile(r"#{1,6}\s")
_ITEM = re.compile(r"\n(?=(?:[-*+•]|\d{1,3}[.)])\s)")
_WORD = re.compile("[^\\W_]+(?:['\u2019.,:][^\\W_]+)*")
_READ = 20_000  # characters of a row that are read
_LEAST = 0.15  # cosine below which two texts have hardly more than common words in common
_ONE = 0.75  # share of it that one word may make: a single word in common is chance

Finder = Callable[[str], list[str]]


def finder(guide: str | None, rows: Sequence[str]) -> Finder:
    """
    What finds, for the text of a row, at most two passages of the guide; none where nothing of note is shared.

    It is the cosine of TF-IDF, with two rarities of a word multiplied: in the guide, and in the set. Without the second
    a word such as "until" would tell a passage because the guide has it once.

    Args:
        guide: of any length; None finds nothing.
        rows: texts of rows of the set, or of a sample of them.
    """
    passages = list(split(guide or ""))
    counts = [_counted(passage) for passage in passages]
    among = _rarity(counts), _rarity([_counted(row) for row in rows])
    rare = {word: among[0][word] * among[1].get(word, math.log(2 + len(rows))) for word in among[0]}
    holds: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    for n, one in enumerate(counts):
        for word, weight in _weights(one, rare).items():
            holds[word].append((n, weight))

    def find(text: str) -> list[str]:
        shared: defaultdict[int, list[float]] = defaultdict(list)
        for word, weight in _weights(_counted(text), rare).items():
            for n, other in holds[word]:
                shared[n].append(weight * other)
        near = {n: math.fsum(products) for n, products in shared.items()}
        best = sorted(near, key=lambda n: (-near[n], n))[:MOST]
        return [passages[n] for n in best if near[n] >= _LEAST and max(shared[n]) <= _ONE * near[n]]

    return find


def _counted(text: str) -> Counter[str]:
    return Counter(word.casefold() for word in _WORD.findall(text[:_READ]))


def _rarity(texts: Sequence[Iterable[str]]) -> dict[str, float]:
    """Of each word, the log of one over its share of the texts; above 0 even where all have it."""
    having = Counter(word for words in texts for word in words)
    return {word: math.log((2 + len(texts)) / (1 + many)) for word, many in having.items()}


def _weights(counts: Mapping[str, int], rare: Mapping[str, float]) -> dict[str, float]:
    """Of the words that the guide has; of unit length."""
    found = {word: (1 + math.log(many)) * rare[word] for word, many in counts.items() if word in rare}
    length = math.hypot(*found.values())
    return {word: weight / length for word, weight in found.items()}


def split(guide: str) -> Iterator[str]:
    """Paragraphs, tables and items of lists, each below the heading under which it stands."""
    heading = ""
    for block in re.split(r"\n[^\S\n]*\n", guide.replace("\r\n", "\n")):
        text = block.strip("\n")
        while _HEADING.match(text):
            heading, _, text = text.partition("\n")
        for piece in _ITEM.split(text):
            if piece.strip():
                yield f"{heading}\n{piece}" if heading else piece
