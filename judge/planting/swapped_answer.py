"""The answer to another question: whole and well written, and no answer to this one."""

from judge.language.prose import quote
from judge.language.quantities import content
from judge.planting import Answer, Draw, Edit, Ground, Planter
from judge.planting._ground import stems
from judge.planting._guards import invents, is_code

_TRIED = 80  # answers looked at
_ASKED = 2  # words that carry meaning, for the prompt to ask for something in particular
_SAID = 5  # words an answer needs to be told apart from another
_AKIN = 0.2  # share of weight from which two answers or prompts are too much alike
_ANSWERS = 0.25  # share of the prompt's weight that an answer to something else may cover
_LONGER = 3  # times longer or shorter than the row's own answer


def plant(answer: Answer, ground: Ground, draw: Draw) -> Edit | None:
    """Decline unless the donor has neither the prompt's words nor the answer's, nor was asked the like."""
    asked, said = stems(answer.asked), stems(answer.text)
    if len(content(answer.asked)) < _ASKED or len(said) < _SAID or (invents(answer) and len(asked) < 2 * _ASKED):
        return None
    for donor in ground.donors(draw, _TRIED):
        if donor.example.digest == answer.example.digest or is_code(donor) != is_code(answer):
            continue
        size = len(donor.text) / len(answer.text)
        if not 1 / _LONGER < size < _LONGER:
            continue
        theirs, theirs_asked = stems(donor.text), stems(donor.asked)
        answers = ground.covered(asked, theirs)
        if (
            len(theirs) >= _SAID
            and answers <= _ANSWERS
            and answers <= ground.covered(asked, said)
            and ground.covered(said, theirs) < _AKIN
            and ground.covered(theirs, said) < _AKIN
            and ground.covered(asked, theirs_asked) < _AKIN
        ):
            because = f"the answer to {quote(donor.prompt)} was put in its place"
            return Edit(text=donor.text, because=because, donors=(donor.example.id,))
    return None


PLANTER = Planter(name="swapped_answer", rubric="instruction", many="answers to another question", plant=plant)
