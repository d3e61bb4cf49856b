"""
Which questions a run put to which replies, so that it can be taken apart again, and the store be cleared of the rest.

A question goes by the digest of what the judge was to be shown, and by the key under which its reply is stored; a reply
goes by its own digest. `Recorder` stands between a run and its judge and store and writes both on a `Tape`; `Replay`
answers from such a record instead of a model, and notices the first question or reply that is not in it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import sha256

from judge import digest
from judge.errors import JudgeError
from judge.records import Reply, Request, Turn

TAG, KEY = "sha256:", 32  # what a key begins with, and bytes of the digest that it is
HALF = 16  # bytes of a digest that are plenty to tell one run's questions and replies apart


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of one question: the key of its reply, its length in tokens, whether it fitted and was cut."""

    key: str
    tokens: int
    fits: bool
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """
    The record of a run.

    Attributes:
        questions: by digest of what is shown, 16 bytes.
        replies: digest (16 bytes) of each reply that was used, by key; a key may differ from every question's, where
            the same question was put anew.
        refused: what came in place of a reply, by key.
    """

    questions: Mapping[bytes, Asked]
    replies: Mapping[str, bytes]
    refused: Mapping[str, Reply]


class UnlikeError(JudgeError):
    """A question or a reply that the run on record did not have."""


def of_request(request: Request) -> bytes:
    """Digest of all that the judge is shown, and of how it may answer."""
    form = (request.question, request.labels, request.schema, request.max_tokens, request.prefill, request.pair)
    return sha256(_text(request.system) + _text(request.row) + json.dumps(form).encode()).digest()[:HALF]


def of_passage(before: Sequence[Turn], answer: str) -> bytes:
    """Digest of an answer that is measured, and of what comes before it."""
    shown = digest.canonical_json([[asdict(turn) for turn in before], answer])
    return sha256(shown.encode("utf-8", "surrogatepass")).digest()[:HALF]


def of_reply(reply: Reply) -> bytes:
    """Digest of what was said; what it cost depends on what the engine had in its cache."""
    told = (reply.text, sorted(reply.logprobs.items()), reply.stop)
    return sha256(json.dumps(told).encode()).digest()[:HALF]


@lru_cache(maxsize=64)  # a row's rubrics follow each other, and instructions are few
def _text(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
