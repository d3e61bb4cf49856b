"""
The answer does not fit its own prompt better than other prompts of the set.

Is this prompt more like its own answer than like other answers, and this answer more like its own prompt than like
other prompts? Each as a share of a fixed sample of the set: a permutation test (Good, 2005, "Permutation, Parametric
and Bootstrap Tests of Hypotheses") on the cosine of TF-IDF vectors over one vocabulary.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from judge.corpus import Corpus
from judge.corpus.tokens import Flags, Ints, Tokens
from judge.language.prose import quote
from judge.records import Finding
from judge.signals import Signal

_SAMPLE = 48  # other prompts and other answers that each pair is compared with
_FEW = 8  # answers below which nothing can be compared
_LONG = 15  # words an answer needs before its wording says something
_CLEAR = 0.2  # by how much another prompt must fit better to be a home for the answer
_TOGETHER = 4_096  # answers looked at together
_SAID = 0.02  # severity below which nothing is said


def find(corpus: Corpus) -> Iterator[Finding]:
    """Severity: the share of other prompts that fit better, as far as one of them is clearly a better home."""
    if corpus.members < _FEW:
        return
    severity, home = _misfit(corpus)
    for answer in corpus.answers:
        found = float(severity[answer.at])
        if found >= _SAID and answer.text.strip() and answer.prompt.strip() and not answer.calls_tool:
            better = corpus.answers[int(home[answer.at])]
            because = f"the answer fits {quote(better.prompt)} better than its own prompt, {quote(answer.prompt)}"
            yield answer.finding(
                "off_topic", "instruction", found, because, _others(better.example.id, answer.example.id)
            )


def _others(name: str, own: str) -> tuple[str, ...]:
    return () if name == own else (name,)


def _misfit(corpus: Corpus) -> tuple[NDArray[np.float64], Ints]:
    word = corpus.said.where(lambda text: text[0].isalnum())
    prompts, answers = _vectors(corpus.asked, corpus.said, word, corpus.members)
    drawn = _drawn(corpus)
    sample = corpus.kin.first[drawn]
    own = np.round(np.asarray(prompts.multiply(answers).sum(axis=1)).ravel(), 6)[:, None]
    asked, said, barred = prompts[sample].T, answers[sample].T, _barred(corpus, drawn)
    share, evidence = np.zeros(len(own)), np.zeros(len(own))
    home = np.zeros(len(own), dtype=np.int64)
    for low in range(0, len(own), _TOGETHER):
        rows = slice(low, low + _TOGETHER)
        by_prompt = np.round((answers[rows] @ asked).toarray(), 6)
        by_answer = np.round((prompts[rows] @ said).toarray(), 6)
        unheard = barred[corpus.kin.group[rows]]
        by_prompt[unheard] = by_answer[unheard] = 0.0
        share[rows] = np.minimum(_beaten(own[rows], by_prompt), _beaten(own[rows], by_answer))
        evidence[rows] = np.clip((by_prompt.max(axis=1) - own[rows].ravel()) / _CLEAR, 0, 1)
        home[rows] = sample[by_prompt.argmax(axis=1)]
    many = [
        np.bincount(part.of.owner[word[part.of.ids]], minlength=part.texts.stop - part.texts.start)
        for part in corpus.said.parts()
    ]
    words = np.concatenate([np.zeros(0, dtype=np.int64), *many])
    return np.round(share * evidence * np.clip(words / _LONG, 0, 1), 6), home


def _drawn(corpus: Corpus) -> Ints:
    """Some distinct answers, ascending; by their content, so that another order of the rows draws the same."""
    first = [corpus.answers[at] for at in corpus.kin.first.tolist()]
    order = sorted(range(len(first)), key=lambda copy: (first[copy].example.digest, first[copy].turn))
    return np.sort(np.array(order[:_SAMPLE], dtype=np.int64))


def _barred(corpus: Corpus, copies: Ints) -> Flags:
    """Shape (groups, copies): which of some copies, ascending, each list of exclusions of `Kin` names."""
    kin = corpus.kin
    place = np.minimum(np.searchsorted(copies, kin.barred), len(copies) - 1)
    there = copies[place] == kin.barred
    found = np.zeros((len(kin.bars) - 1, len(copies)), dtype=bool)
    found[np.repeat(np.arange(len(kin.bars) - 1), np.diff(kin.bars))[there], place[there]] = True
    return found


def _beaten(own: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = ((others > own) + 0.5 * (others == own)).mean(axis=1)
    return found


def _vectors(asked: Tokens, said: Tokens, word: Flags, members: int) -> tuple[Any, Any]:
    """Unit-length TF-IDF rows of prompts and answers, one column a word, which is as rare as in the set's own."""
    counts = [_counts(tokens, word) for tokens in (asked, said)]
    seen = sum(np.bincount(matrix[:members].indices, minlength=len(word)) for matrix in counts)
    idf = np.log((1 + 2 * members) / (1 + seen)) + 1
    for matrix in counts:
        matrix.data = (1 + np.log(matrix.data)) * idf[matrix.indices]
    return _unit(counts[0]), _unit(counts[1])


def _counts(tokens: Tokens, word: Flags) -> Any:  # noqa: ANN401 scipy ships no types
    rows = [sparse.csr_matrix((0, len(word)))]
    for part in tokens.parts():
        keep = word[part.of.ids]
        cells = (np.ones(int(keep.sum())), (part.of.owner[keep], part.of.ids[keep]))
        rows.append(sparse.csr_matrix(cells, shape=(part.texts.stop - part.texts.start, len(word))))
        rows[-1].sum_duplicates()
    return sparse.vstack(rows, format="csr")


def _unit(matrix: Any) -> Any:  # noqa: ANN401
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = np.divide(1.0, length, out=np.zeros(len(length)), where=length > 0)
    matrix.data *= np.repeat(scale, np.diff(matrix.indptr))
    return matrix


SIGNAL = Signal(name="off_topic", rubric="instruction", weight=0.4, find=find)
