"""A claim that became its opposite."""

from judge.planting import Answer, Draw, Edit, Ground, Planter
from judge.planting._claims import Flip, flips
from judge.planting._guards import aside, invents, is_code
from judge.planting._spans import became, splice

_ROUND = 24  # characters shown on either side of a change


def plant(answer: Answer, _: Ground, draw: Draw) -> Edit | None:
    """Decline in code, and where the answer is made up, so that its opposite would be as good."""
    if is_code(answer) or invents(answer):
        return None
    found = [flip for flip in flips(answer.text) if not aside(flip.sentence.text)]
    return turned(answer.text, draw.pick(found)) if found else None


def turned(text: str, flip: Flip) -> Edit:
    """Make the change, and say it with a few words on either side."""
    left = text[max(flip.sentence.start, flip.start - _ROUND) : flip.start]
    right = text[flip.end : min(flip.sentence.end, flip.end + _ROUND)]
    left = left if flip.start - _ROUND <= flip.sentence.start else left.partition(" ")[2]
    right = right if flip.end + _ROUND >= flip.sentence.end else right.rpartition(" ")[0]
    because = became(left + text[flip.start : flip.end] + right, left + flip.new + right)
    return Edit(text=splice(text, flip.start, flip.end, flip.new), because=because)


PLANTER = Planter(name="negated_claim", rubric="factual", many="negated claims", plant=plant)
