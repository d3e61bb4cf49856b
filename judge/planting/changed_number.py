"""A number, or a range of numbers, that became another one."""

from judge.planting import Answer, Draw, Edit, Ground, Planter
from judge.planting._amounts import amounts, numbers, other
from judge.planting._guards import fixed, is_code
from judge.planting._spans import became, masked, splice


def plant(answer: Answer, ground: Ground, draw: Draw) -> Edit | None:
    """Decline in code, and for numbers that nothing fixed; the new one stands neither in the answer nor its grounds."""
    if is_code(answer):
        return None
    found = list(amounts(masked(answer.text)))
    taken = numbers(answer.text) | numbers(ground.known(answer))
    for amount in draw.shuffled(found):
        if not fixed(answer, ground, amount.values[0], amount.sentence.text):
            continue
        if new := other(amount, taken, draw):
            start, end = amount.start, amount.shown_end
            shown = answer.text[start:end]
            return Edit(
                text=splice(answer.text, start, amount.end, new),
                because=became(shown, new + shown[amount.end - start :]),
            )
    return None


PLANTER = Planter(name="changed_number", rubric="factual", many="changed numbers", plant=plant)
