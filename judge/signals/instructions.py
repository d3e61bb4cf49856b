"""
Instructions that can be verified, broken: lengths, numbers of things, formats, letter case, given and forbidden words.

The kinds follow IFEval (Zhou et al. 2023, "Instruction-Following Evaluation for Large Language Models", arXiv
2311.07911); unlike there, a small miss is a small fault, and a prompt is read as its writer meant it or not at all.
"""

import re
from collections.abc import Iterator

from judge.corpus import Answer, Corpus
from judge.language.prose import looks_like_code, prose, quote
from judge.language.tongue import LANGUAGES, script, tongue
from judge.records import Finding
from judge.signals import Signal
from judge.tasks import choices, formats, limits, listed
from judge.tasks.asked import Wrong

_MAY = (
    "word", "sentence", "paragraph", "character", "line", "stanza", "tweet", "haiku", "limerick", "couplet", "quatrain",
    " two ", " three ", " four ", " five ", " six ", " seven ", " eight ", " nine ", " ten ", "json", "xml", "csv",
    "table", "tabular", "comma", "bullet", "numbered list", "case", "capital", "all caps", "begin", "start", "end ",
    "ending", "finish", "conclude", "include", "without", "avoid", "don't", "do not", "never", "quot", "bracket",
    "letter", "yes", " or ", "choose", "select", "which", "translat", " in ",
)  # fmt: skip
_FIGURE = re.compile(r"[0-9]")
_LONGEST = 6_000  # characters of a prompt that is still read
_HEAD = 1_200  # characters in which instructions stand
_QUOTED_BLOCK = re.compile(r"[\"“][^\"“”]{81,}[\"”]")
_NAMES = "|".join(sorted(LANGUAGES))
_IN_TONGUE = re.compile(
    rf"\b(?i:answer|respond|reply|write|response|answers)\b[^.\n]{{0,60}}?\bin (?P<a>{_NAMES})\b(?!-"
    rf"| (?:class|culture|literature|history|language class|cuisine|speaking|style))"
    rf"|\b[tT]ranslat\w*\b[^.\n]{{0,80}}?\b(?:in)?to (?P<b>{_NAMES})\b"
)
_EMPTY = re.compile(r"\W*(?:no ?(?:output|input|answer|response)\W*)?", re.IGNORECASE)


def find(corpus: Corpus) -> Iterator[Finding]:
    """The gravest miss of each answer; severity grows with how far it is off."""
    for answer in corpus.answers:
        if answer.calls_tool or _EMPTY.fullmatch(answer.text[:40]):
            continue
        if wrong := _look(answer):
            yield answer.finding("instructions", "instruction", wrong.severity, wrong.because)


def _look(answer: Answer) -> Wrong | None:
    prompt, text = answer.prompt, answer.text
    lower = prompt.lower() if len(prompt) <= _LONGEST else ""
    if not lower or not (_FIGURE.search(lower) or any(word in lower for word in _MAY)):
        return None
    head = instruction(prompt)
    wrongs = [*formats.look(head, text), *choices.look(prompt, head, text), *_tongues(head, text)]
    if not looks_like_code(text):
        wrongs += [*limits.look(head, text), *filter(None, [listed.look(head, text)])]
    return max(wrongs, key=lambda wrong: wrong.severity, default=None)


def instruction(prompt: str) -> str:
    """Take what is asked, without the text that it is asked of: the first block, long quotations blanked."""
    first = prompt.strip().split("\n\n", 1)[0]
    return _QUOTED_BLOCK.sub('"…"', first[:_HEAD])


def _tongues(head: str, text: str) -> Iterator[Wrong]:
    found = {one["a"] or one["b"] for one in _IN_TONGUE.finditer(head)}
    if len(found) != 1:
        return
    wanted, said = found.pop(), tongue(prose(text[:20_000]))
    if script(text)[0] == wanted or re.search(r"[\"“”«»]|: ", text):  # a translation, and words about it
        return
    if (
        said
        and said != wanted
        and {said, wanted} != {"Chinese", "Japanese"}
        and {said, wanted} != {"Danish", "Swedish"}
    ):
        yield Wrong(0.85, f"asked for {wanted}, the answer is {said}: {quote(text)}")


SIGNAL = Signal(name="instructions", rubric="instruction", weight=0.6, find=find)
