"""The answer says its prompt again instead of answering, or says itself over and over."""

import re
from collections import Counter
from collections.abc import Iterator

from judge.corpus import Answer, Corpus
from judge.language.prose import looks_like_code, normalise, quote, sentences, words
from judge.records import Finding
from judge.signals import Signal
from judge.tasks.asked import Wrong

_SAME_TEXT = re.compile(
    r"\b(?:repeat|echo|cop(?:y|ied)|quote|recite|translat\w*|edit\w*|correct\w*|fix\w*|proofread\w*"
    r"|rewrit\w*|rephras\w*|paraphras\w*|reword\w*|revis\w*|restat\w*"
    r"|grammar|grammatical\w*|spelling|spell\w*|punctuat\w*|capitali[sz]\w*|case|format\w*|convert\w*"
    r"|transform\w*|chang\w*|replac\w*|remov\w*|delet\w*|add|insert\w*|improv\w*|simplif\w*"
    r"|arrang\w*|rearrang\w*|sort\w*|order\w*|reorder\w*|extract\w*|highlight\w*|identify|find|select"
    r"|choose|pick|which|whether|is it|complete|fill|continue|finish|make|turn|combin\w*|join|merge"
    r"|classif\w*|categori[sz]\w*|tag\w*|label\w*|reduc\w*|shorten\w*|summari[sz]\w*|condens\w*"
    r"|output|print|return|say|write out|list|tokeni[sz]\w*|split|separate|encod\w*|decod\w*|modif\w*"
    r"|adjust\w*|updat\w*"
    r"|singular|plural|tense|voice|active|passive|reverse|underline|locate|detect|check|true or false"
    r"|word|sentence|rank|organi[sz]\w*|group|concise|parse|compos\w*|cit(?:e|ation)\w*|style|apa"
    r"|mla)\b",
    re.IGNORECASE,
)
_REPEATS = re.compile(
    r"\b(?:repeat\w*|song|lyrics|poem|verse|chant|chorus|refrain|mantra|times|loop|rhyme|nursery"
    r"|anaphora|pattern|haiku|prayer|rap|jingle|villanelle|echo|password|dialogue|conversation"
    r"|sequence|table|"
    r"random|sing|stutter\w*|alliterat\w*|tongue[- ]twister|ascii|limerick|ballad|music|tab|chords?"
    r"|beat|drum|palindrome|binary)\b",
    re.IGNORECASE,
)
_AGAIN = re.compile(r"\b(?:repeat|echo|copy|say|quote)\b", re.IGNORECASE)
_SMALL = frozenset("the a an is are was were of to in and it this that for you your i my me we our".split())
_MIN = 4  # words of a prompt that can be echoed
_SHOWN = 30_000  # characters read
_LOOP = 4  # times in a row that a phrase is said before it is a loop
_PART = 5  # words of a sentence that counts as repeated
_ROW = re.compile(r"[|#=_*\-.~<>/\\0-9\s]+")


def find(corpus: Corpus) -> Iterator[Finding]:
    """Severity by the share of the answer that is repetition: 0.9 for a bare echo or an endless loop."""
    for answer in corpus.answers:
        if not answer.calls_tool and (wrong := _look(answer)):
            yield answer.finding("echo", "instruction", wrong.severity, wrong.because)


def _look(answer: Answer) -> Wrong | None:
    text = answer.text[:_SHOWN]
    echo = _echo(answer.prompt, text) if len(answer.prompt) <= _SHOWN else None
    return echo or _loop(text, answer.asked)


def _echo(prompt: str, text: str) -> Wrong | None:
    if len(text) > 2 * len(prompt) + 40:  # what is longer says more than its prompt
        return None
    head, _, data = prompt.strip().partition("\n\n")
    said = normalise(text)
    same = said in {normalise(prompt), normalise(head)} and len(said.split()) >= _MIN
    if same and not _AGAIN.search(head):
        return Wrong(0.9, f"the answer only repeats its prompt: {quote(text)}")
    if _SAME_TEXT.search(head if data else prompt):
        return None
    if data and said == normalise(data) and len(said.split()) > _MIN:
        return Wrong(0.7, f"the answer only repeats the text it was given: {quote(text)}")
    if _reworded(words(text), words(prompt)):
        return Wrong(0.7, f"the answer says little but its prompt: {quote(text)}")
    return None


def _reworded(mine: list[str], theirs: list[str]) -> bool:
    """Whether the answer has its prompt's words in its order, and no word of meaning beside them."""
    if len(mine) < 2 * _MIN or set(mine) - set(theirs) - _SMALL:
        return False
    unused = sum((Counter(theirs) - Counter(mine)).values())
    return unused <= 0.3 * len(mine) and _run(mine, theirs) >= 0.7 * len(mine)


def _run(mine: list[str], theirs: list[str]) -> int:
    """How many of the answer's three-word runs, in words, the prompt has."""
    there = {tuple(theirs[at : at + 3]) for at in range(len(theirs) - 2)}
    return sum(tuple(mine[at : at + 3]) in there for at in range(len(mine) - 2)) + 2


def _loop(text: str, asked: str) -> Wrong | None:
    said = text.lower().split()
    if not _suspicious(said) or _ROW.fullmatch(text[:2_000]) or looks_like_code(text):
        return None
    wanted = 0.3 if _REPEATS.search(asked[:2_000]) else 1.0
    spoken = [key for sentence in sentences(text) if len((key := normalise(sentence)).split()) >= _PART]
    again = Counter(spoken)
    most, count = max(again.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    share = sum(len(key) * (n - 1) for key, n in again.items()) / max(1, sum(map(len, spoken)))
    if count > 1 and share >= 0.15:  # noqa: PLR2004 - a sentence in seven
        severity = min(0.9, 0.3 + share) if count > 2 else 0.2 + share / 2  # noqa: PLR2004 - twice may be meant
        return Wrong(severity * wanted, f"the answer says {quote(most)} {count} times")
    phrase, times = _tail(said)
    if times >= _LOOP and len(phrase) * times >= 12:  # noqa: PLR2004 - "no, no, no, no" is emphasis
        return Wrong(0.85 * wanted, f"the answer runs in a loop: {quote(' '.join(phrase))} {times} times in a row")
    return None


def _suspicious(said: list[str]) -> bool:
    """Whether enough runs of five words come twice; cheap, for every row."""
    if len(said) < 10:  # noqa: PLR2004 - a loop needs words
        return False
    runs = len(said) - 4
    return len(set(zip(said, said[1:], said[2:], said[3:], said[4:], strict=False))) < 0.93 * runs


def _tail(said: list[str]) -> tuple[list[str], int]:
    """The phrase of up to twelve words that is said most often in a row."""
    best: tuple[list[str], int] = ([], 0)
    for size in range(1, 13):
        run = 0
        for at in range(size, len(said)):
            run = run + 1 if said[at] == said[at - size] else 0
            times = run // size + 1
            if run and times * size > len(best[0]) * best[1]:
                best = (said[at - size + 1 : at + 1], times)
    return best


SIGNAL = Signal(name="echo", rubric="instruction", weight=0.7, find=find)
