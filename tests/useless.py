"""Scripted judges that are of no use: one finds everything good, the other says nothing that can be read."""

import json
from collections.abc import Mapping

from judge.records import Request


def praising(request: Request) -> Mapping[str, float] | str:
    """Give the best level to everything, and find no pair that contradicts itself."""
    if request.labels:
        return {label: 0.99 if label == request.labels[-1] else 0.001 for label in request.labels}
    return json.dumps({"evidence": "", "reason": "It is fine."})


def mumbling(_: Request) -> str:
    """Answer every question with the same words, which are no label."""
    return "I would rather not say."
