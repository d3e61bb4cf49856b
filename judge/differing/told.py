"""
A difference as one JSON object, for programs. Pure.

    format          1; counts up when a key changes its meaning or goes
    judges_differ   in what the judges differ, in words; "" where they do not
    says            the whole in one sentence
    before, after   folder, name (of the data set), written_at, rows, copies (that count with another source),
                    not_sampled, judge
    changes         [what, name, says]: all that changed but for the rows
    rescaled        why suspicion is on another scale, in words; "" where it is not
    rows            source (""), before, after, fates {unchanged, renamed, edited, new, gone}
    by_source       the same of each source
    suspects        line (least suspicion inside the earlier budget), new, risen, kept, gone: each [example_id,
                    earlier_id, source, before, after (suspicions), cause, why, reason {kind, name, turn, share,
                    because} or null]
    graded          whether both runs had a judge
    verdicts        [example_id, earlier_id, rubric, before, after (scores), kind, low_before, low_after, causes]
    conflicts       born, resolved, lapsed: each [between, old, new {example_id, source, fate, turn, span}, kind,
                    probability, by, why]; kept (how many)
    rates           whole, by_source: each [what, rubric, source, before, after {found, of, value, low, high}, change
                    {value, low, high, noise}, named (in `says`)]; arrived: [what, rubric, came, stayed, change,
                    named]; defects {before, after, change} or null; tests (changes that `says` could name)
    anchors         as the later run has it, or null

Numbers have six digits behind the point at most; what is unknown is null; text is ASCII with escapes, so that no
terminal or pipe changes it. What each key means stands with the value of its name in `judge/differing/`.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass

from judge.differing.intervals import Apart
from judge.differing.whole import Difference
from judge.reliability import Share

FORMAT = 1


def document(difference: Difference) -> str:
    """The object, indented, without a line end."""
    told = plain(difference)
    assert isinstance(told, dict)  # noqa: S101 - of a dataclass
    said = {"format": FORMAT, "judges_differ": told.pop("apart"), "says": told.pop("says"), **told}
    return json.dumps(said, indent=1, allow_nan=False)


def plain(value: object) -> object:
    """A value as JSON has it."""
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if is_dataclass(value):
        told = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        if isinstance(value, Share):
            told["value"] = plain(value.value)
        if isinstance(value, Apart):
            told["noise"] = value.noise
        return told
    raise TypeError(f"{type(value).__name__} is nothing that JSON has")
