"""Puts the rows of support_v3 together: intents filled in by seeded chance, whole rows as they are written."""

import json
from dataclasses import dataclass, field, replace
from random import Random

from support.brand import FACTS, PRODUCTS, REGIONS
from support.notation import Intent, Whole, fill, read_intents, read_lines, read_whole
from support.scenes import NAMES, Slots, make_slots, tool_scene

Message = dict[str, object]

SEED = 20250301
ROWS = 800
LONG_WORD = 6  # letters from which a word may have a typo
SYSTEM = 0.12  # share of rows with a system turn
MOST_FURTHER = 4  # messages after the first exchange
SAME_ASK = 3  # at most so many assembled rows may ask in the very same words
SOURCES = ("tickets",) * 9 + ("chat",) * 8 + ("macros",) * 4
PLAIN = (
    *("",) * 6,
    "Thanks for asking.",
    "Thanks for your message.",
    "Happy to help.",
    "Thanks for getting in touch.",
)
NAMED = ("Hello {name},\n\n", "Thanks for writing, {name}. ", "Hi {name},\n\n", "Thank you for your message, {name}. ")
SORRY = (
    "I'm sorry about that.",
    "I'm sorry you've had this trouble.",
    "That's frustrating, and I'm sorry.",
    "Sorry about this.",
    "I'm sorry, that isn't what you should expect from us.",
    "",
)
GREETINGS = ("Hi,", "Hello,", "Hi there,", "Good morning,", "Hello Tarnlea team,", "Hey,")
THANKS = ("Thanks,", "Thank you,", "Best,", "Kind regards,", "Cheers,")
GOODBYES = (
    (
        "ok thanks",
        "Great, thank you!",
        "perfect, thats all i needed",
        "Thanks for the quick help.",
        "cool, bye",
        "Thank you, I'll try that.",
        "👍",
        "All clear now, thanks.",
        "ok",
        "That was quick. Have a nice day!",
    ),
    (
        "You're welcome.",
        "You're welcome. Write again if anything else comes up.",
        "Glad I could help. Have a nice day.",
        "My pleasure. We're here if you need us.",
        "Any time.",
        "You're very welcome. Just reply here if there's more.",
        "Thanks for writing. All the best.",
    ),
)


@dataclass(kw_only=True, eq=False)
class Row:
    """One row with what only the makers know about it; `eq` is identity."""

    messages: list[Message]
    source: str
    context: str | None = None
    intent: str = ""
    slots: Slots = field(default_factory=dict)
    defect: str = ""
    rubric: str = ""
    detail: str = ""
    partner: "Row | None" = None
    mended: str | None = None
    id: str = ""

    def line(self) -> str:
        """Return the row as its line of JSON."""
        record: dict[str, object] = {"id": self.id, "messages": self.messages, "source": self.source}
        if self.context is not None:
            record["context"] = self.context
        return json.dumps(record, ensure_ascii=False)

    def truth(self, name: str) -> str:
        """Return the truth line of a defect row, which the loader knows as `name`."""
        partner = self.partner.id if self.partner else None
        record = {"id": name, "defect": self.defect, "rubric": self.rubric, "detail": self.detail, "partner": partner}
        return json.dumps(record, ensure_ascii=False)

    def ask(self) -> str:
        """Return the first user turn."""
        return next(str(message["content"]) for message in self.messages if message["role"] == "user")


def user(content: str) -> Message:
    """Return a user message."""
    return {"role": "user", "content": content}


def assistant(content: str) -> Message:
    """Return an assistant message."""
    return {"role": "assistant", "content": content}


def tool_turns(tool: str, arguments: str, result: str) -> list[Message]:
    """Return the assistant's call of a tool and the tool's result."""
    function = {"name": tool, "arguments": arguments}
    call = {"id": "call_1", "type": "function", "function": function}
    return [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": result},
    ]


def from_whole(whole: Whole) -> list[Row]:
    """Return the row as it was written, and after it the right partner row where there is one."""
    messages: list[Message] = []
    for mark, text in whole.turns:
        match mark:
            case "$":
                messages.append({"role": "system", "content": text})
            case "?":
                messages.append(user(text))
            case "*":
                call, _, result = text.partition(" => ")
                messages += tool_turns(*call.split(" ", 1), result)
            case _:
                messages.append(assistant(text))
    row = Row(messages=messages, source=whole.source, context=whole.context, mended=whole.mended)
    if whole.kind == "clean":
        return [row]
    row.defect, row.rubric, row.detail = whole.kind, whole.rubric, whole.detail
    if whole.right_answer is None:
        return [row]
    ask = whole.right_ask or row.ask()
    row.partner = Row(messages=[user(ask), assistant(whole.right_answer)], source=whole.source)
    return [row, row.partner]


def happens(share: float, rng: Random) -> bool:
    """Decide by chance; true in that share of the cases."""
    return rng.random() < share


def _typo(text: str, rng: Random) -> str:
    """Swap two letters inside one longer word that carries no number or sign."""
    words = text.split(" ")
    long = [at for at, word in enumerate(words) if len(word) >= LONG_WORD and word.isalpha() and word.islower()]
    if long:
        at = rng.choice(long)
        cut = rng.randrange(1, len(words[at]) - 2)
        word = words[at]
        words[at] = word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :]
    return " ".join(words)


def roughen(text: str, source: str, name: str, rng: Random) -> tuple[str, bool]:
    """Return an ask as this customer would type it, and whether they signed with their name."""
    if source == "chat" and happens(0.3, rng):
        text = text.lower()
    elif source == "chat" and happens(0.15, rng):
        text = text.rstrip(".?!")
    elif source != "macros" and happens(0.07, rng):
        text = _typo(text, rng)
    if source == "chat" and happens(0.08, rng):
        text = f"{rng.choice(('hey', 'hi', 'hello', 'quick one:', 'hi again,'))} {text[0].lower()}{text[1:]}"
    if happens(0.12, rng):
        text = text.replace("'", "\u2019")
    if source != "tickets" or happens(0.4, rng):
        return text, False
    return greet(text, name, rng)


def greet(text: str, name: str, rng: Random) -> tuple[str, bool]:
    """Return an ask with what people put around it in an email, and whether it is signed."""
    if happens(0.6, rng) and not text.startswith(("Hi", "Hello")):
        text = f"{rng.choice(GREETINGS)}\n\n{text[0].upper()}{text[1:]}"
    if happens(0.6, rng):
        return f"{text}\n\n{rng.choice(THANKS)}\n{name}", True
    return text, False


def fits(template: str, slots: Slots) -> bool:
    """Say whether the condition at the end of a body (`@over`, `@under` the free-delivery amount) holds."""
    body, _, condition = template.rpartition(" @")
    if not body or condition not in ("over", "under"):
        return True
    price, limit = (int(slots[key].lstrip("£€$")) for key in ("price", "free_over"))
    return (price > limit) if condition == "over" else (price < limit)


def answer(intent: Intent, slots: Slots, rng: Random, *, signed: bool) -> str:
    """Return an answer: opening, body and next step, with one apology at most."""
    if intent.complete and happens(0.15, rng):
        return fill(rng.choice(intent.complete), slots, rng)
    body = rng.choice([text for text in intent.bodies if fits(text, slots)])
    body = fill(body.removesuffix(" @over").removesuffix(" @under"), slots, rng)
    step = fill(rng.choice(intent.nexts), slots, rng)
    opening = ""
    if signed and happens(0.6, rng):
        opening = rng.choice(NAMED).format(name=slots["name"])
    if intent.options.get("mood") == "sorry":
        sorry = "" if "orry" in body + step or "afraid" in body else rng.choice(SORRY)
        opening += f"{sorry} " if sorry else ""
    elif not opening and "orry" not in body and "afraid" not in body and intent.name != "smoke":
        plain = rng.choice(PLAIN)
        opening = f"{plain} " if plain else ""
    joint = "\n\n" if "\n" in body else " "
    return f"{opening}{body}{joint}{step}"


def from_intent(intent: Intent, systems: list[str], rng: Random, sources: tuple[str, ...] = SOURCES) -> Row:
    """Assemble one row of an intent."""
    slots = make_slots(intent, rng)
    source = rng.choice(sources)
    scene = tool_scene(intent, slots, rng)
    messages: list[Message] = []
    if happens(SYSTEM, rng):
        messages.append({"role": "system", "content": rng.choice(systems)})
    ask, signed = roughen(fill(rng.choice(intent.asks), slots, rng), source, slots["name"], rng)
    messages.append(user(ask))
    if scene:
        tool, arguments, result = scene
        messages += tool_turns(tool, json.dumps(arguments), json.dumps(result, ensure_ascii=False))
    messages.append(assistant(answer(intent, slots, rng, signed=signed)))
    if source != "macros":
        messages += _further(intent, slots, rng)
    context = fill(intent.context, slots, rng) if intent.context else None
    return Row(messages=messages, source=source, context=context, intent=intent.name, slots=slots)


def _further(intent: Intent, slots: Slots, rng: Random) -> list[Message]:
    """Return the follow-up exchanges of a row, if it has any."""
    messages: list[Message] = []
    if intent.follow and happens(0.6, rng):
        most = 1 if "one" in intent.options else min(2, len(intent.follow))
        chosen = sorted(rng.sample(range(len(intent.follow)), rng.choice((1, 1, most))))
        for at in chosen:
            ask, answers = intent.follow[at]
            messages += [user(fill(ask, slots, rng)), assistant(fill(rng.choice(answers), slots, rng))]
    if "serious" not in intent.options and happens(0.3 if messages else 0.13, rng) and len(messages) < MOST_FURTHER:
        messages += [user(rng.choice(GOODBYES[0])), assistant(rng.choice(GOODBYES[1]))]
    return messages


def all_intents(*names: str) -> list[Intent]:
    """Read several files of intents."""
    return [intent for name in names for intent in read_intents(f"{name}.txt")]


def shares(intents: list[Intent], rows: int) -> list[int]:
    """Divide so many rows among the intents by weight, by largest remainder."""
    total = sum(intent.weight for intent in intents)
    counts = [rows * intent.weight // total for intent in intents]
    order = sorted(range(len(intents)), key=lambda at: (-(rows * intents[at].weight % total), at))
    for at in order[: rows - sum(counts)]:
        counts[at] += 1
    return counts


def assembled(
    intents: list[Intent], rows: int, rng: Random, taken: list[Row], sources: tuple[str, ...] = SOURCES
) -> list[Row]:
    """Assemble so many rows that repeat neither each other nor `taken`, and few asks word for word."""
    systems = read_lines("systems.txt")
    asked: dict[str, int] = {}
    for row in taken:
        asked[row.ask()] = SAME_ASK
    whole = {row_key(row): row for row in taken}
    made: list[Row] = []
    for intent, count in zip(intents, shares(intents, rows), strict=True):
        for _ in range(count):
            row = from_intent(intent, systems, rng, sources)
            while asked.get(row.ask(), 0) >= SAME_ASK or row_key(row) in whole:
                row = from_intent(intent, systems, rng, sources)
            asked[row.ask()] = asked.get(row.ask(), 0) + 1
            whole[row_key(row)] = row
            made.append(row)
    return made


def row_key(row: Row) -> str:
    """Return what two rows must not share: the first ask with the first answer, whatever system turn came before."""
    first = next((str(m["content"]) for m in row.messages if m["role"] == "assistant" and m["content"]), "")
    return f"{row.ask().casefold()}\n{first.casefold()}"


def _dressed(whole: Whole, systems: list[str], rng: Random) -> Whole:
    """Return a whole row with the greetings and system turns that assembled rows have, so that neither stands out."""
    turns = list(whole.turns)
    mark, ask = turns[0]
    if whole.source == "tickets" and happens(0.5, rng):
        turns[0] = (mark, greet(ask, rng.choice(NAMES), rng)[0])
    if happens(SYSTEM, rng):
        turns.insert(0, ("$", rng.choice(systems)))
    return replace(whole, turns=turns)


def make_v3() -> list[Row]:
    """Return the rows of support_v3 in their order, with their ids."""
    rng = Random(SEED)  # noqa: S311 - a reproducible draw, nothing secret
    systems = read_lines("systems.txt")
    wholes = [_dressed(whole, systems, rng) for name in ("defects.txt", "traps.txt") for whole in read_whole(name)]
    rows = [row for whole in wholes for row in from_whole(whole)]
    rows += assembled(all_intents("orders", "plans", "devices", "lookups"), ROWS - len(rows), rng, rows)
    rng.shuffle(rows)
    for number, row in enumerate(rows, 1):
        row.id = f"sup-{number:04d}"
    return rows


def make_guide() -> str:
    """Return the guide with every fact filled in."""
    template = "\n".join(read_lines("guide.md.txt")) + "\n"
    return template.format(**FACTS, **PRODUCTS, **REGIONS)
