"""
Vectors of a text's words and their parts, without a model: the default.

A content word is the sum of its character n-grams, borders included, and of the whole word: subwords as in fastText
(Bojanowski et al., 2017, "Enriching Word Vectors with Subword Information"), but untrained, each feature hashed to a
dimension and a sign (Weinberger et al., 2009, "Feature Hashing for Large Scale Multitask Learning"). So `refund` and
`refunded` are near each other. A text is the sum of its words' unit vectors, each times the root of its count.

A text's vector depends on that text alone. In answers, words that begin with a digit do not count: answers that
contradict each other differ in just these, and must still be found near each other. Negations count in neither.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count, islice
from typing import TYPE_CHECKING, Any
from zlib import crc32

from judge.embedders.distinct import checked, each

if TYPE_CHECKING:  # numpy is imported when there is something to embed
    from judge.embedders.distinct import Floats

RULE = 1  # what is written above; another number when vectors change
DIMS = 256
_GRAMS = (3, 4)
_WHOLE = 2  # how often the whole word counts beside its parts
_READ = 5000  # characters of a text
_BATCH = 2_000_000  # characters at a time
_TABLE = 1 << 19  # words whose vectors are kept at a time: some 100 MB
# words that say nothing of what a text is about, after the list that the Glasgow information retrieval group gave
# scikit-learn, less its nouns and verbs with a meaning (bill, system, ...); then courtesies; then negations
_QUIET = frozenset(
    """
    a about above across after afterwards again against all almost alone along already also although always am among
    amongst an and another any anyhow anyone anything anyway anywhere are around as at back be became because become
    becomes becoming been before beforehand behind being below beside besides between beyond both but by can co con
    could de do done down due during each eg eight either eleven else elsewhere enough etc even ever every everyone
    everything everywhere except few fifteen fifty first five for former formerly forty found four from further get
    give go had has have he hence her here hereafter hereby herein hereupon hers herself him himself his how however
    hundred i ie if in inc indeed into is it its itself last latter latterly least less ltd made many may me meanwhile
    might more moreover most mostly much must my myself namely next nine now of off often on once one only onto or
    other others otherwise our ours ourselves out over own per perhaps put rather re same see seem seemed seeming
    seems several she should since six sixty so some somehow someone something sometime sometimes somewhere still such
    take ten than that the their them themselves then thence there thereafter thereby therefore therein thereupon
    these they third this those though three through throughout thru thus to together too toward towards twelve twenty
    two un under until up upon us very via was we well were what whatever when whence whenever where whereafter
    whereas whereby wherein whereupon wherever whether which while whither who whoever whole whom whose why will with
    within would yet you your yours yourself yourselves

    bottom call describe detail empty find front full keep move part serious show side take top

    please thanks thank hi hello hey dear regards kind sorry i'm i'd i've want need help like just got know tell let
    wanted wondering assistance it's that's you're you'll we'll

    not no never cannot without neither nor none nobody noone nothing nowhere nevertheless unable hardly
    cant couldnt hasnt dont doesnt didnt isnt arent wasnt werent wont wouldnt shouldnt havent hadnt
    """.split()
)  # beside them all words in n't
# scripts that leave no spaces: Thai, Lao, Burmese, Khmer; Kana, Han
_RUN = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+"
    r"|[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_HAN, _YI = "\u3000", "\ua000"  # between them a character says more than a letter
_PIECE = 2  # such characters


class _Letters(dict[int, str]):
    """For `str.translate`: letters, their marks and numbers stay, all else is a space."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = char if unicodedata.category(char)[0] in "LMN" else " "
        return self[code]


_LETTERS = _Letters({ord("'"): "'", 0x2019: "'"})


def connect(*, floor: float = 0.3) -> "Hashed":
    """
    The embedder.

    Args:
        floor: least joint cosine from which two rows may ask the same.

    Raises:
        ConfigError: the floor is no cosine in [0, 1].
    """
    return Hashed(floor=checked(floor))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashed:
    """Hashes words and their parts; has no weights and no state."""

    floor: float
    name: str = "hashed"

    def describe(self) -> Mapping[str, object]:
        """The rule's number and the vectors' width."""
        return {"engine": "hashed", "model": None, "revision": str(RULE), "dims": DIMS}

    def embed(
        self, prompts: Sequence[str], answers: Sequence[str], step: Callable[[int], None]
    ) -> tuple["Floats", "Floats"]:
        """
        Vectors of prompts, where numbers count, and of answers, where they do not.

        Returns:
            Two arrays of shape (texts, 256), float32, rows of unit length, or zero where no word counts.
        """
        return (
            each(prompts, lambda texts: _encode(texts, numbers=True), step, DIMS),
            each(answers, lambda texts: _encode(texts, numbers=False), step, DIMS),
        )


def _encode(texts: Sequence[str], *, numbers: bool) -> Iterator["Floats"]:
    """Batch by batch; the vectors of words seen are kept until there are too many."""
    import numpy as np
    from scipy import sparse

    known: defaultdict[str, int] = defaultdict(count().__next__)
    table = _word_vectors([], numbers=numbers)
    for batch in _batches(texts):
        counted = [Counter(words(text)) for text in batch]
        ends = np.cumsum([0, *map(len, counted)])
        ids = np.fromiter(map(known.__getitem__, chain.from_iterable(counted)), np.int32, ends[-1])
        often = np.fromiter(chain.from_iterable(c.values() for c in counted), np.float32, ends[-1])
        new = _word_vectors(list(islice(known, table.shape[0], None)), numbers=numbers)
        table = sparse.vstack([table, new], format="csr") if table.shape[0] else new
        # in the order in which the words stand in the text: sums are the same whatever other texts are here
        yield (sparse.csr_matrix((np.sqrt(often), ids, ends), shape=(len(batch), len(known))) @ table).toarray()
        if len(known) > _TABLE:
            known, table = defaultdict(count().__next__), table[:0]


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    batch, size = list[str](), 0
    for text in texts:
        batch.append(text[:_READ])
        size += len(batch[-1])
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def words(text: str) -> list[str]:
    """The words of a text, case folded; of scripts without spaces overlapping pieces of two characters, or four."""
    text = text.casefold()
    if not text.isascii():
        text = _RUN.sub(_pieces, unicodedata.normalize("NFC", text))
    return f" {text.translate(_LETTERS)} ".replace(" '", " ").replace("' ", " ").split()


def _pieces(run: re.Match[str]) -> str:
    text = run[0]
    size = _PIECE if text > _HAN else 4
    return f" {' '.join(text[k : k + size] for k in range(max(1, len(text) - size + 1)))} "


def _word_vectors(found: Sequence[str], *, numbers: bool) -> Any:  # noqa: ANN401 scipy ships no types
    """Sparse, shape (words, 256), rows of unit length; empty for words that do not count."""
    import numpy as np
    from scipy import sparse

    codes, ends = list[int](), [0]
    for word in found:
        if not (word in _QUIET or word.endswith("n't") or (word[0].isdigit() and not numbers)):
            codes += _features(word)
        ends.append(len(codes))
    code = np.array(codes, np.int64)
    signs = np.where(code & 1, np.float32(1), np.float32(-1))
    vectors = sparse.csr_matrix((signs, (code >> 1) % DIMS, ends), shape=(len(found), DIMS))
    vectors.sum_duplicates()
    row = np.repeat(np.arange(len(found)), np.diff(vectors.indptr))
    lengths = np.sqrt(np.bincount(row, vectors.data.astype(np.float64) ** 2, len(found)))
    vectors.data /= np.maximum(lengths, 1e-9)[row].astype(np.float32)
    return vectors


def _features(word: str) -> list[int]:
    """Codes of a word's parts, and of the whole; a piece of two characters has no parts."""
    if len(word) == _PIECE and _HAN < word < _YI:
        return [crc32(word.encode())]
    framed = f"<{word}>"
    raw = framed.encode()
    if len(raw) == len(framed):
        parts = [crc32(raw[k : k + n]) for n in _GRAMS for k in range(len(raw) - n + 1)]
    else:
        parts = [crc32(framed[k : k + n].encode()) for n in _GRAMS for k in range(len(framed) - n + 1)]
    return parts + [crc32(raw)] * _WHOLE
