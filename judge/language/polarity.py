"""
Words that turn a phrase round: negations, and opposites brought to one word with a sign.

After the cues of contradiction detection before neural models (de Marneffe, Rafferty and Manning, 2008, "Finding
Contradictions in Text"): two phrases that differ in nothing but a negation or an antonym have one skeleton and
opposite signs.
"""

NEGATORS = frozenset(
    """
    not no never cannot without neither nor none unable hardly isn't aren't wasn't weren't don't doesn't didn't can't
    couldn't won't wouldn't shouldn't mustn't hasn't haven't hadn't needn't ain't
    """.split()
)
WITHOUT_NEGATION = {  # what is left of a negator when its negation is taken out; of others nothing is
    "cannot": "can", "can't": "can", "couldn't": "could", "won't": "will", "wouldn't": "would",
    "shouldn't": "should", "mustn't": "must", "isn't": "is", "aren't": "are", "wasn't": "was", "weren't": "were",
    "hasn't": "has", "haven't": "have", "hadn't": "had", "without": "with", "unable": "able",
}  # fmt: skip
SUPPORT = frozenset({"do", "does", "did"})  # verbs that stand in a sentence only to carry "not"
CONDITIONS = frozenset({"if", "whether", "unless", "should"})  # a negation shortly after one denies nothing
# as in "not only", "no problem"
IDLE = frozenset("worry worries hesitate forget only just merely problem problems doubt matter limited".split())
OPPOSITES = tuple(
    tuple(tuple(side.split("/")) for side in pair.split("-"))
    for pair in """
    always-rarely before-after increase/increases/increased/raise-decrease/decreases/decreased/lower
    allowed/permitted-forbidden/prohibited accept/accepted/accepts-reject/rejected/rejects/refuse/refuses
    included/includes/include-excluded/excludes/exclude free-chargeable open/opens-closed/closes true-false
    correct-incorrect possible-impossible required/mandatory-optional more-less safe-unsafe/dangerous legal-illegal
    enable/enabled/activate-disable/disabled/deactivate eligible-ineligible available-unavailable valid-invalid
    refundable-nonrefundable first-last earlier-later hot-cold positive-negative left-right good-bad
    online-offline public-private higher-lower best-worst agree-disagree success-failure win-lose
    secure-insecure inside-outside temporary-permanent accurate-inaccurate easy-hard/difficult maximum-minimum
    """.split()
)
SIDES = {word: (sides[0][0], side) for sides in OPPOSITES for side, words in enumerate(sides) for word in words}
