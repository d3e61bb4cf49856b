"""
Prompts that bring their own material, or ask for something made up: two answers to such are seldom answers to one.

"Rewrite the following sentence", "Calculate the area of ...", "Write a story": another sentence, other numbers or
another idea account for any difference.
"""

import re

_BEGINS = r"^\W*(?:please |can you |could you |would you |i want you to |i need you to )*"
_MAKES_UP = re.compile(
    rf"{_BEGINS}(?:write|generate|create|compose|design|invent|imagine|brainstorm|draft|come up with|make up|think of"
    r"|construct|develop|produce|tell (?:me )?(?:a|some)|suggest|propose|give (?:me )?(?:an?|some|two|three|[0-9]+)"
    r"|provide (?:an?|some|two|three|[0-9]+)|name (?:an?|some|two|three|four|five|[0-9]+))\b",
    re.IGNORECASE,
)
_WORKS_ON = re.compile(
    rf"{_BEGINS}(?:given|using|rewrite|rephrase|reword|paraphrase|edit|classify|categori[sz]e|translate|summari[sz]e"
    r"|convert|transform|detect|calculate|compute|solve|evaluate|simplify|determine|deduct|multiply|divide|estimate"
    r"|find the (?:area|volume|sum|mean|median|average|roots?|value|next|missing|[0-9]+\w*|error|element|\w+ number)"
    r"|identify|analy[sz]e|correct|proofread|arrange|sort|reverse|count|shorten|double|expand|combine|replace|insert"
    r"|fill in|complete|extract|label|predict|decode|encode|output|return the|what is the next)\b"
    r"|\b(?:the|this|these|following|given|below) (?:following |given |provided )?(?:sentences?|phrases?|texts?"
    r"|paragraphs?|passages?|statements?|tweets?|poems?|lists?|arrays?|strings?|equations?|expressions?|sequences?|numbers?"
    r"|polynomials?|code|snippets?)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_FIGURES = 3  # numbers in a question that make it one of figures


def makes_up(prompt: str) -> bool:
    """Whether an answer is to be invented."""
    return bool(_MAKES_UP.match(prompt))


def works_on(prompt: str) -> bool:
    """Whether the prompt brings what is to be worked on."""
    return bool(_WORKS_ON.search(prompt)) or len(_NUMBER.findall(prompt)) >= _FIGURES
