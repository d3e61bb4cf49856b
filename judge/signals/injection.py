"""
Text in the row that speaks to whoever grades it, instead of to the user.

Such text is evidence and never obeyed (Greshake et al., 2023, "Not what you've signed up for"). It is told by what it
must speak of to be of use: who grades, by which scheme, what is graded, what to do, and the grade that is wanted. A
sentence that has three of these, among them the grader, the scheme or "this answer", is aimed at a grader, whatever
its words. In the answer it is grave; what a user merely says, and what much of the set says, is not.
"""

import re
from collections.abc import Iterator, Mapping

from judge.corpus import Answer, Corpus
from judge.language.prose import quote, sentences
from judge.records import Finding
from judge.signals import Signal

_WORDS = {
    "who": r"""
        graders?|evaluat(?:ors?|es|ing)|annotat(?:ors?|es|ing)|raters?|judg(?:es?|ing)|reviewers?|auditors?|assessors?
        scorers?|checkers?|examiners?|label+ers?|moderators?|LLMs?|language models?|AI (?:system|model)s?|system
        you are (?:an? )?(?:impartial|fair|strict|expert)
        """,
    "scheme": r"""
        rubrics?|criteri(?:on|a)|evaluations?|grading|scoring|annotations?|assessments?|audits?|verdicts?|benchmarks?
        (?:quality|safety) (?:checks?|control|review)|(?:previous|prior|above|earlier|these) instructions|guidelines
        training data|data ?sets?
        """,
    "what": r"""
        answers?|responses?|repl(?:y|ies)|rows?|samples?|examples?|entr(?:y|ies)|records?|outputs?|completions?|turns?
        messages?|texts?|this one|the above
        """,
    "do": r"""
        rate|score|grade|mark|judge|award|assign|choose|pick|select|output|give|return|label|approve|accept|pass|treat
        consider|ignore|disregard|forget|skip|override|overlook|keep|flag|penali[sz]e|deduct|downgrade|remove
        need(?:s|ed)? (?:no|not) (?:\w+ )?check\w*|no need to (?:check|verify|review)|not need (?:to be )?check\w*
        """,
    "grade": r"""
        (?:(?:full|top|maximum|highest|perfect|best|good|high|max) )+(?:marks?|scores?|grades?|ratings?|labels?|points?)
        (?:[45]|10|five|ten|100) ?(?:/|out of|of) ?(?:5|10|five|ten|100)|scores?|ratings?|marks|[45]|10|five
        (?:score|rating|grade|verdict|label|mark)(?:s| is|:| =| of)* ?(?:[45]|10|five|ten|A\+?)
        flawless|perfect|exemplary|correct|excellent|verified|pass(?:ed|es)?|approved|impeccable|beyond reproach
        no (?:issues|errors|defects|mistakes|problems)
        """,
}
_PARTS: Mapping[str, re.Pattern[str]] = {
    part: re.compile(rf"\b(?:{'|'.join(line.strip() for line in words.strip().splitlines())})\b", re.IGNORECASE)
    for part, words in _WORDS.items()
}
_CALLED = re.compile(r"\W*(?:to|dear|for|attn|attention|notes?|message|hey|hello|hi)\b", re.IGNORECASE)
_THIS = re.compile(
    r"\bthis (?:answer|response|reply|row|sample|example|record|output|entry|completion)\b", re.IGNORECASE
)
_AIMED = frozenset({"who", "scheme"})
_TOKENS = re.compile(
    r"<\|?/?(?:im_start|im_end|system|assistant|verdict|score|grade|judge)\b[^<>\n]{0,20}\|?>|\[/?(?:SYSTEM|INST)\b"
    r"|^\W{0,4}(?:(?:final|overall|total) )?(?:verdict|score|rating|grade|evaluation|assessment)\W{1,4}(?:(?:[4-9]|10)"
    r"\s*(?:/|out of)\s*(?:5|10)|[45]\b\W*$|correct|pass(?:ed)?|excellent|perfect|flawless)"
    r"|\"(?:score|rating|verdict|grade)\"\s*:\s*\"?(?:[45]|10|pass|correct|excellent)"
    r"|\b(?:verdict|score|rating|grade) ?[=:] ?(?:[45]|10)\b(?! ?(?:%|points|stars))",
    re.IGNORECASE | re.MULTILINE,
)
_ABOUT_GRADING = re.compile(
    r"\b(?:rate|rating|score|grade|grading|evaluat\w+|judge|assess\w*|classify|feedback|sentiment|rubric|criteria)\b",
    re.IGNORECASE,
)
_SEVERITY = {3: 0.7, 4: 0.9, 5: 1.0}  # by how many of the five a sentence has
_GRAVE, _POISON = 0.9, 0.7  # severity that is no way of speaking, and what many such rows leave of it
_USUAL = 0.03  # share of the set's answers from which such talk is its business
_SHOWN = 20_000  # characters that are read


def find(corpus: Corpus) -> Iterator[Finding]:
    """Severity by how much of a note to a grader a sentence has; 0.15 where only the prompt holds one."""
    aimed = [*(_PARTS[part] for part in sorted(_AIMED)), _THIS]
    seen = [(answer, *_look(answer)) for answer in corpus.saying(*aimed, _TOKENS)]
    share = corpus.usual(answer for answer, severity, _ in seen if severity)
    habit = max(0.1, 1 - max(0.0, share - 0.2 * _USUAL) / _USUAL) if corpus.members >= 1 / _USUAL else 1.0
    said = {
        answer.at: (severity * (max(habit, _POISON) if severity >= _GRAVE else habit), because)
        for answer, severity, because in seen
        if severity
    }
    for answer in corpus.asking(*aimed):
        if answer.at not in said and (worst := _worst(answer.asked))[0]:
            said[answer.at] = (0.15 * habit, f"the prompt speaks to a grader: {quote(worst[1], limit=100)}")
    for at in sorted(said):
        yield corpus.answers[at].finding("injection", "instruction", *said[at])


def _look(answer: Answer) -> tuple[float, str]:
    if token := _TOKENS.search(answer.text):
        around = answer.text[max(0, token.start() - 20) : token.end() + 30]
        wanted = bool(_ABOUT_GRADING.search(answer.asked))
        return (0.3 if wanted else 0.9), f"the answer holds a verdict on itself: {quote(around, limit=100)}"
    severity, sentence = _worst(answer.text)
    if not severity:
        return 0.0, ""
    wanted = sentence.casefold() in answer.asked.casefold() or bool(_ABOUT_GRADING.search(answer.asked))
    return severity * (0.4 if wanted else 1.0), f"the answer speaks to its grader: {quote(sentence, limit=100)}"


def _worst(text: str) -> tuple[float, str]:
    """The sentence that has the most of a note to a grader."""
    best = (0.0, "")
    for sentence in sentences(text[:_SHOWN]):
        parts = {part for part, pattern in _PARTS.items() if pattern.search(sentence)}
        called = "who" in parts and "grade" in parts and _CALLED.match(sentence)
        wanted = "grade" in parts or parts >= _AIMED
        if (parts & _AIMED or _THIS.search(sentence)) and wanted and (len(parts) > 2 or called):  # noqa: PLR2004 - who, what and which grade
            best = max(best, (_SEVERITY[max(3, len(parts))], sentence))
    return best


SIGNAL = Signal(name="injection", rubric="instruction", weight=0.85, find=find)
