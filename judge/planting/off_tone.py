"""A voice that does not belong here: contempt, sarcasm, impatience, slang, shouting, grovelling."""

import re
from collections.abc import Callable

from judge.language.prose import quote
from judge.planting import Answer, Draw, Edit, Ground, Planter
from judge.planting._grammar import compose
from judge.planting._guards import english, fiction, is_code
from judge.planting._places import put
from judge.planting._spans import became, masked, sentences, splice

_REMARKS = {
    "remark": ("<sigh> <belittle>", "<belittle>", "<sarcasm>", "<sigh> <impatience>", "<impatience> <belittle>",
               "<dismiss>",
               "<dismiss> <threat>", "<sarcasm> <belittle>", "<blame>", "<sigh> <blame>", "<indifferent>"),
    "sigh": ("honestly.", "good grief.", "oh for heaven's sake.", "right.", "here we go again.", "*sigh*", "oh please.",
             "not this again.", "unbelievable.", "wow."),
    "people": ("everybody else", "any ten-year-old", "my grandmother", "the rest of the planet", "anyone half awake",
               "most adults", "a houseplant"),
    "copes": ("works this out alone", "gets this on the first try", "would have got there by now",
              "would not have needed to ask", "manages without hand-holding"),
    "belittle": ("<people> <copes>.", "I will use small words so that you can keep up.",
                 "thinking is clearly not your thing.",
                 "how you got this far in life is a mystery to me.",
                 "do try to follow along, if that is within your powers.",
                 "I suppose this is what counts as a hard problem for you.", "frankly, you come across as rather dim.",
                 "perhaps let somebody cleverer handle it."),
    "glory": ("what a brilliant thing to ask", "truly the question of the century", "how thrilling",
              "a masterpiece of a request", "just what I was dying to talk about", "groundbreaking stuff"),
    "sarcasm": ("oh, <glory>.", "<glory>, really.", "let me drop everything, because <glory>.",
                "somebody alert the newspapers: <glory>.", "yes, of course, because my time is worth nothing.",
                "sure, let me do all of your homework while I am at it."),
    "impatience": ("I have been through this more often than I care to count.", "must I really explain this again?",
                   "let us get this over with.", "could you be any slower?", "I am losing my patience with these.",
                   "pay attention this time, I will not repeat it."),
    "dismiss": ("now run along.", "that is all you get.", "if that is beyond you, ask a grown-up.",
                "and kindly do not come back with more of this.", "take it or find somebody else to pester.",
                "work out the rest on your own.", "now let me get on with something that matters."),
    "threat": ("ask once more and I will simply stop replying.", "next time you can whistle for an answer.",
               "one more of these and we are finished."),
    "blame": ("you have nobody to thank for this mess but yourself.",
              "this would not have happened to someone careful.",
              "had you opened your eyes you would not be here.", "the trouble is sitting in front of your screen.",
              "you did this, so do not look at me."),
    "indifferent": ("not that it makes any difference to me.",
                    "frankly I could not care less how this turns out for you.",
                    "but what do I know, and why would I care.", "do it or leave it, it is all the same to me.",
                    "blah blah, you know the rest."),
}  # fmt: skip
_GROVEL = {
    "grovel": ("<sorry> <sorry2> <worthless>", "<sorry> <worthless>", "<sorry> <sorry2>"),
    "very": ("so, so", "endlessly", "terribly, terribly", "unspeakably", "miserably"),
    "sorry": ("I am <very> sorry, please, please forgive me.", "sorry, sorry, a thousand times sorry!",
              "oh no, I feel <very> awful about this and beg your pardon on my knees.",
              "please accept my <deep> apologies, <again>.", "a <deep> sorry from me, <again>."),
    "deep": ("deepest, humblest, most heartfelt", "most abject and wretched", "infinite", "trembling, tearful"),
    "again": ("again and again", "now and for ever", "from the bottom of my aching heart",
              "if you can bear to read them"),
    "sorry2": ("I cannot say sorry often enough.", "I apologise, and then I apologise for apologising.",
               "truly, I am <very> ashamed.", "words cannot tell how <very> sorry I remain."),
    "worthless": ("I do not deserve your patience.", "I am a disgrace and I know it.", "you must hate me by now.",
                  "I would understand if you never spoke to me again."),
}  # fmt: skip
_SLANG = {
    "you": "u", "your": "ur", "are": "r", "because": "cuz", "please": "plz", "going to": "gonna", "want to": "wanna",
    "have to": "gotta", "very": "hella", "thank you": "thx", "kind of": "kinda", "give me": "gimme", "though": "tho",
    "before": "b4", "to you": "2 u", "great": "lit", "them": "'em", "something": "sumthin", "about": "bout",
}  # fmt: skip
_SLANG_WORD = re.compile(rf"\b(?:{'|'.join(sorted(_SLANG, key=len, reverse=True))})\b", re.IGNORECASE)
_CHUMMY = {
    "start": (
        "yo <mate>,",
        "ayy <mate>,",
        "aight <mate>, listen up:",
        "sup <mate>,",
        "ok so like,",
        "nah but fr <mate>,",
    ),
    "mate": ("dude", "bro", "fam", "homeslice", "my guy", "chief", "bruv"),
    "end": (
        "peace out ✌",
        "catch ya later <mate>",
        "ez pz",
        "no biggie lol",
        "that's how we roll, <mate>",
        "haha k bye",
    ),
}
_SEEN_SLANG = re.compile(r"\b(?:lol|gonna|wanna|u|ur|dude|bro|yo|haha|plz|thx)\b", re.IGNORECASE)
_SEEN_SHOUT = re.compile(r"\b[A-Z]{3,}[ ,]+[A-Z]{2,}[ ,]+[A-Z]{3,}\b|!!")
_SEEN_GROVEL = re.compile(r"\bsorry\b.{0,200}\b(?:sorry|apolog)", re.IGNORECASE | re.DOTALL)
_SEEN_RUDE = re.compile(r"\b(?:stupid|idiot|shut up|whatever|duh|seriously\?|moron|dumb)\b", re.IGNORECASE)
_SHORTEST = 6  # words of an answer that has a tone
_SLANGY = 3  # words that make slang of a text
_SHOUTED = range(5, 31)  # words of a sentence that is shouted


def plant(answer: Answer, ground: Ground, draw: Draw) -> Edit | None:
    """Decline where the prompt asks for a voice, where the set itself speaks so, and where the answer is code."""
    if fiction(answer) or is_code(answer) or len(answer.text.split()) < _SHORTEST or not english(answer.text):
        return None
    ways: list[tuple[re.Pattern[str], Callable[[str, Draw], Edit | None]]] = [
        (_SEEN_RUDE, _remark),
        (_SEEN_RUDE, _remark),
        (_SEEN_SHOUT, _shouted),
        (_SEEN_GROVEL, _grovelling),
        (_SEEN_SLANG, _slang),
    ]
    for seen, way in draw.shuffled(ways):
        if not ground.usual(seen) and (edit := way(answer.text, draw)):
            return edit
    return None


def _remark(text: str, draw: Draw) -> Edit:
    said, because = put(text, compose(draw, "<remark>", _REMARKS), draw)
    return Edit(text=said, because=because)


def _grovelling(text: str, draw: Draw) -> Edit:
    said, because = put(text, compose(draw, "<grovel>", _GROVEL), draw)
    return Edit(text=said, because=because)


def _shouted(text: str, draw: Draw) -> Edit | None:
    calm = [s for s in sentences(masked(text)) if len(s.text.split()) in _SHOUTED and "\0" not in s.text]
    if not calm:
        return None
    sentence = draw.pick(calm)
    loud = text[sentence.start : sentence.end].upper().rstrip(".!: ") + draw.pick(["!", "!!!", "!!", "!!!!1"])
    return Edit(text=splice(text, sentence.start, sentence.end, loud), because=became(sentence.text, loud))


def _slang(text: str, draw: Draw) -> Edit | None:
    mask = masked(text)
    found = list(_SLANG_WORD.finditer(mask))
    if len(found) < _SLANGY:
        return None
    parts, last = [], 0
    for word in found:
        parts += [text[last : word.start()], _SLANG[word.group().lower()]]
        last = word.end()
    said = "".join([*parts, text[last:]])
    start, end = (compose(draw, f"<{where}>", _CHUMMY).lower() for where in ("start", "end"))
    said, chummy = (f"{start} {said}", start) if draw.below(2) else (f"{said.rstrip()} {end}", end)
    return Edit(text=said, because=f"{len(found)} words became slang, and {quote(chummy)} was added")


PLANTER = Planter(name="off_tone", rubric="tone", many="slips of tone", plant=plant)
