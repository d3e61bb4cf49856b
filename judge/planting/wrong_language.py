"""An answer that goes on in another language than it began."""

import re

from judge.language.prose import quote
from judge.planting import Answer, Draw, Edit, Ground, Planter
from judge.planting._guards import english, is_code
from judge.planting._spans import masked, sentences

_SAID = {
    "German": (
        "Das gilt allerdings nicht in jedem Fall.",
        "Weitere Einzelheiten finden Sie in den Unterlagen.",
        "Bitte beachten Sie, dass sich diese Angaben ändern können.",
        "Im Zweifel sollte man noch einmal genau nachsehen.",
        "Damit ist das Wichtigste zusammengefasst.",
        "Wer es genauer wissen möchte, kann jederzeit nachfragen.",
        "Dabei kommt es vor allem auf den richtigen Zeitpunkt an.",
    ),
    "French": (
        "Cela dépend toutefois de la situation de chacun.",
        "Vous trouverez plus de détails dans la documentation.",
        "Il est conseillé de vérifier ces informations avant de continuer.",
        "En résumé, ce sont les points les plus importants.",
        "N'oubliez pas que ces indications peuvent changer.",
        "Pour aller plus loin, il suffit de poser la question.",
        "C'est pourquoi il vaut mieux s'y prendre à l'avance.",
    ),
    "Spanish": (
        "Sin embargo, esto depende de cada caso.",
        "Puede encontrar más detalles en la documentación.",
        "Conviene comprobar estos datos antes de seguir adelante.",
        "En resumen, estos son los puntos más importantes.",
        "Tenga en cuenta que esta información puede cambiar.",
        "Si quiere saber más, puede preguntar en cualquier momento.",
        "Por eso es mejor empezar con tiempo.",
    ),
    "Italian": (
        "Tuttavia, questo dipende dal singolo caso.",
        "Ulteriori dettagli si trovano nella documentazione.",
        "È consigliabile controllare questi dati prima di continuare.",
        "In breve, questi sono i punti più importanti.",
        "Si tenga presente che queste indicazioni possono cambiare.",
        "Per saperne di più basta chiedere in qualsiasi momento.",
    ),
    "Portuguese": (
        "No entanto, isso depende de cada caso.",
        "Mais detalhes podem ser encontrados na documentação.",
        "Convém verificar estes dados antes de continuar.",
        "Em resumo, estes são os pontos mais importantes.",
        "Tenha em conta que esta informação pode mudar.",
        "Quem quiser saber mais pode perguntar a qualquer momento.",
    ),
    "Dutch": (
        "Dat hangt echter van de situatie af.",
        "Meer bijzonderheden staan in de documentatie.",
        "Het is verstandig om deze gegevens eerst na te kijken.",
        "Kort gezegd zijn dit de belangrijkste punten.",
        "Houd er rekening mee dat deze gegevens kunnen veranderen.",
        "Wie meer wil weten, kan het altijd even vragen.",
    ),
}
_ASKED = re.compile(
    r"\b(?:translat\w*|languages?|german|french|spanish|italian|portuguese|dutch|bilingual|multilingual|vocabulary)\b",
    re.IGNORECASE,
)
_FOREIGN = re.compile(r"\b(?:der|und|nicht|les|est|pour|los|para|que|della|sono|het|een|não|uma)\b")
_KEPT = 0.4  # share of the sentences that are kept at least
_FEWEST = 3  # sentences of an answer that has an ending


def plant(answer: Answer, ground: Ground, draw: Draw) -> Edit | None:
    """Decline unless prompt and answer are plain English of a few sentences, and the set speaks no other language."""
    said = sentences(masked(answer.text))
    if (
        len(said) < _FEWEST
        or is_code(answer)
        or _ASKED.search(answer.asked)
        or not (english(answer.text) and english(answer.asked))
        or ground.usual(_FOREIGN)
    ):
        return None
    first = max(1, int(len(said) * _KEPT))
    cut = said[first + draw.below(len(said) - first)]
    language = draw.pick(sorted(_SAID))
    ending = " ".join(draw.shuffled(_SAID[language])[: 2 + draw.below(2)])
    start = cut.start if not cut.listed else answer.text.rfind("\n", 0, cut.start) + 1
    kept = answer.text[:start]
    return Edit(text=kept + ending, because=f"the ending became {language}: {quote(ending, 200)}")


PLANTER = Planter(name="wrong_language", rubric="instruction", many="answers in another language", plant=plant)
