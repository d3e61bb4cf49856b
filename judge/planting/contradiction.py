"""
The same question in other words, answered with a claim turned round or another number.

The row it was made from stays where it is, as the partner that it contradicts.
"""

from judge.planting import Answer, Draw, Edit, Ground, Planter
from judge.planting._amounts import amounts, numbers, other
from judge.planting._claims import flips
from judge.planting._ground import stems
from judge.planting._guards import aside, fixed, invents, is_code
from judge.planting._paraphrase import paraphrase
from judge.planting._spans import became, masked, splice
from judge.planting.negated_claim import turned


def plant(answer: Answer, ground: Ground, draw: Draw) -> Edit | None:
    """Decline for made-up answers, which may differ, and where the prompt cannot be said in other words by rule."""
    if is_code(answer) or invents(answer):
        return None
    prompt = paraphrase(answer.prompt, draw)
    if prompt is None:
        return None
    for way in draw.shuffled([_number, _claim]):
        if edit := way(answer, ground, draw):
            because = f"asked in other words, and {edit.because}"
            return Edit(text=edit.text, because=because, prompt=prompt)
    return None


def _claim(answer: Answer, _: Ground, draw: Draw) -> Edit | None:
    found = [flip for flip in flips(answer.text) if not aside(flip.sentence.text)]
    asked = stems(answer.prompt)
    found = [flip for flip in found if stems(flip.sentence.text) & asked] or found
    return turned(answer.text, draw.pick(found)) if found else None


def _number(answer: Answer, ground: Ground, draw: Draw) -> Edit | None:
    asked = numbers(answer.asked)
    taken = numbers(answer.text) | numbers(ground.known(answer))
    for amount in draw.shuffled(list(amounts(masked(answer.text)))):
        given = asked & set(amount.values)
        if given or not fixed(answer, ground, amount.values[0], amount.sentence.text):
            continue
        if new := other(amount, taken, draw):
            shown = answer.text[amount.start : amount.shown_end]
            because = became(shown, new + shown[amount.end - amount.start :])
            return Edit(text=splice(answer.text, amount.start, amount.end, new), because=because)
    return None


PLANTER = Planter(
    name="contradiction", rubric="factual", many="contradictions", plant=plant, partnered=True, also=("disagrees",)
)
