"""
The record of a run as a file of its folder, `replies.parquet`.

Its columns `request`, `key` and `reply` are digests; by the key the store has the reply itself. A question without a
reply was not sent, or never answered; a reply without a question is of one that was put anew.
"""

from collections import defaultdict
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from judge.inbox import reading
from judge.outbox import replacing
from judge.transcript import HALF, Asked, Transcript

NAME = "replies.parquet"
_KEY = 32  # bytes of a whole digest
_TAG = "sha256:"


def write(out: Path, transcript: Transcript) -> None:
    """Into the run's folder; the same questions and replies give the same bytes."""
    asked: defaultdict[str, list[bytes]] = defaultdict(list)
    for shown, question in transcript.questions.items():
        asked[question.key].append(shown)
    keys = sorted(asked.keys() | transcript.replies.keys())
    rows = [(shown, key) for key in keys for shown in sorted(asked.get(key, ())) or [b""]]
    questions = [transcript.questions.get(shown) for shown, _ in rows]
    columns = {
        "request": pa.array([shown or None for shown, _ in rows], pa.binary(HALF)),
        "key": pa.array([bytes.fromhex(key.removeprefix(_TAG)) for _, key in rows], pa.binary(_KEY)),
        "reply": pa.array([transcript.replies.get(key) for _, key in rows], pa.binary(HALF)),
        "tokens": pa.array([q and q.tokens for q in questions], pa.int32()),
        "fits": pa.array([q and q.fits for q in questions], pa.bool_()),
        "cut": pa.array([q and q.cut for q in questions], pa.bool_()),
    }
    with replacing(out / NAME) as path:
        parquet.write_table(pa.table(columns), path)


def read(folder: Path) -> Transcript:
    """
    From a run's folder.

    Raises:
        DataError: it is not there, or is damaged.
    """
    path = folder / NAME
    transcript = Transcript()
    with reading(path), path.open("rb") as file:
        columns = parquet.read_table(file).to_pydict()
        names = ("request", "key", "reply", "tokens", "fits", "cut")
        for shown, raw, reply, tokens, fits, cut in zip(*(columns[name] for name in names), strict=True):
            key = _TAG + raw.hex()
            if shown is not None:
                transcript.questions[shown] = Asked(key, tokens, fits, cut)
            if reply is not None:
                transcript.replies[key] = reply
    return transcript


def keys(folder: Path) -> set[str]:
    """The keys of the replies that a run used; see `read`."""
    path = folder / NAME
    with reading(path), path.open("rb") as file:
        table = parquet.read_table(file, columns=["key", "reply"])
        used = table.filter(table["reply"].is_valid())["key"].to_pylist()
        return {_TAG + raw.hex() for raw in used}
