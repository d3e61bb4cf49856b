"""A consistent support set of a shop, as a team would write it: topics, paraphrased prompts, one voice. No doubles."""

from collections.abc import Sequence

from judge.corpus import Corpus, Guest
from judge.records import Example, Finding, Role, Turn, content_digest
from judge.signals import discover

THINGS = ("lamp", "desk", "chair", "shelf", "sofa", "carpet", "mirror", "clock", "kettle", "heater")

# topic: prompts, answers; `{}` is a thing of the shop
TOPICS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "return": (
        (
            "How long can I return a {}?",
            "What is the return period for my {}?",
            "Until when may I send the {} back?",
        ),
        (
            "You can return your {} within 30 days of delivery. Open the page called My Orders and print its label.",
            "Yes, you can return the {} within 30 days of delivery. The page called My Orders has the label for it.",
        ),
    ),
    "hours": (
        (
            "When can I call you about my {}?",
            "Which phone number do I call about the {}, and when?",
        ),
        (
            "You can reach the team for your {} at 0800 555 0134, from 9 am to 6 pm on weekdays.",
            "Please call us at 0800 555 0134 about the {}. The line is open from 9 am to 6 pm on weekdays.",
        ),
    ),
    "clean": (
        (
            "How do I clean the {}?",
            "What is the best way to clean a {}?",
        ),
        (
            "Wipe the {} with a dry cloth. You must not use soap on it, as soap leaves marks.",
            "A dry cloth is all you need for the {}. You must not use soap on it.",
        ),
    ),
    "cancel": (
        (
            "Can I cancel the order for my {}?",
            "Is it possible to cancel a {} that I ordered today?",
        ),
        (
            "You can cancel the order for the {} until it leaves our warehouse. Open My Orders and choose Cancel.",
            "Yes, you can cancel the order until the {} leaves our warehouse, and you pay nothing for it.",
        ),
    ),
    "deliver": (
        (
            "How is the {} delivered?",
            "Who brings the {} to my door?",
        ),
        (
            "The {} is delivered by our partner Northway within 5 working days. You will get a message before that.",
            "Our partner Northway brings the {} to your door within 5 working days, and you will get a message first.",
        ),
    ),
    "warranty": (
        (
            "How long is the warranty on the {}?",
            "Do you repair a {} that breaks after a year?",
        ),
        (
            "The warranty on every {} is 2 years. We repair it free of charge or send you a new one.",
            "Every {} has a warranty of 2 years, so we repair it free of charge or send you a new one.",
        ),
    ),
}


def row(
    name: str, prompt: str, answer: str, context: str | None = None, *, history: Sequence[tuple[Role, str]] = ()
) -> Example:
    """Make a row whose last turn is judged."""
    said = (*history, ("user", prompt), ("assistant", answer))
    turns = tuple(Turn(role=role, content=text) for role, text in said)
    return Example(
        id=name,
        turns=turns,
        judged=(len(turns) - 1,),
        source="shop",
        line=1,
        digest=content_digest(turns, context),
        context=context,
    )


def answered(example: Example, name: str, answer: str) -> Example:
    """Make a copy of a row under another name that says something else in its last turn."""
    turns = (*example.turns[:-1], Turn(role="assistant", content=answer))
    return Example(
        id=name,
        turns=turns,
        judged=(len(turns) - 1,),
        source=example.source,
        line=1,
        digest=content_digest(turns, example.context),
        context=example.context,
    )


def shop(size: int = 130) -> list[Example]:
    """Give `size` of its 130 rows: every topic for every thing, in each of the topic's wordings."""
    rows = []
    for topic, (prompts, answers) in TOPICS.items():
        for at, thing in enumerate(THINGS):
            for n, prompt in enumerate(prompts):
                answer = answers[(at + n) % len(answers)]
                rows.append(row(f"{topic}-{thing}-{n}", prompt.replace("{}", thing), answer.replace("{}", thing)))
    return rows[:size]


def findings(
    name: str, rows: Sequence[Example], guide: str | None = None, guests: Sequence[Guest] = ()
) -> dict[str, Finding]:
    """Collect the findings of one signal, by row; one judged turn a row."""
    signal = next(s for s in discover() if s.name == name)
    return {found.example_id: found for found in signal.find(Corpus(rows, guide, guests))}
