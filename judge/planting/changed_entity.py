"""A name that became another name of the set, one that does not belong here."""

import re

from judge.planting import Answer, Draw, Edit, Ground, Planter
from judge.planting._guards import fixed, is_code
from judge.planting._names import are_akin, beside, could_stand_for, mentions
from judge.planting._spans import SHOWN, became, masked, with_article

_TRIED = 400  # names looked at
_COMMON = 0.1  # share of answers from which a name comes last: otherwise one name would be most of the copies


def plant(answer: Answer, ground: Ground, draw: Draw) -> Edit | None:
    """
    Decline where the other name occurs in the answer or its grounds, may mean the same, or would not fit in.

    Names that the prompt has come first, names that are everywhere in the set last.
    """
    if is_code(answer):
        return None
    mask = masked(answer.text)
    known = answer.text[:SHOWN] + "\n" + ground.known(answer)
    found = draw.shuffled([(start, old) for start, old in mentions(mask) if old in ground.names])
    for start, old in sorted(found, key=lambda one: (one[1] not in answer.prompt, _is_common(one[1], ground))):
        name = ground.names[old]
        if not fixed(answer, ground, old, _sentence(mask, start)):
            continue
        place = beside(mask, start, start + len(old))
        for other, _ in zip(ground.other_names(draw), range(_TRIED), strict=False):
            new = other.text
            if (
                new not in known
                and answer.example.id not in other.rows
                and not are_akin(old, new)
                and could_stand_for(name, other, place)
            ):
                return Edit(text=_everywhere(answer.text, old, new), because=became(old, new))
    return None


def _everywhere(text: str, old: str, new: str) -> str:
    """Replace a name wherever it stands, so that the answer agrees with itself."""
    parts, last = [], 0
    for found in re.finditer(rf"(?<![\w-]){re.escape(old)}(?![\w-])", text):
        start, fitted = with_article(text, found.start(), new)
        parts += [text[last:start], fitted]
        last = found.end()
    return "".join([*parts, text[last:]])


def _is_common(name: str, ground: Ground) -> bool:
    return len(ground.names[name].rows) > _COMMON * len(ground.sample)


def _sentence(mask: str, at: int) -> str:
    start = max(mask.rfind(". ", 0, at), mask.rfind("\n", 0, at)) + 1
    return mask[max(start, at - 300) : at]


PLANTER = Planter(name="changed_entity", rubric="factual", many="changed names", plant=plant)
