"""
Which language a text is in: by script, and for Latin script by function words.

Function words are the most frequent of every language and hardly shared, so a few dozen tell languages apart in a
sentence or two (Grefenstette 1995, "Comparing two language identification schemes").
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

_WORDS = {
    "English": ("the of and to in is that it for was with as you are this be have on not by at from or which "
        "they we his her will would can your what when their there about who has had been if more do my "
        "were said so up out just than its into also some could them these other then how our after "
        "because over make while where how should each between only many an am me us him did go get got "
        "no any some one two new need want help please here now very much may might must why whose since "
        "until though too take know like see way own back still every another same own off again never "
        "always often under against during without within account order service team contact such "
        "through being most does before"),
    "Spanish": ("el la los las de que y en un una es se por con para su al lo como más pero sus le ya este sí "
        "porque esta entre cuando muy sin sobre también me hasta hay donde quien desde todo nos durante "
        "todos uno ni contra ese eso ante ellos está están son del fue ha puede usted tu mi tiene "
        "gracias aquí así"),
    "French": ("le la les de des et en un une est que qui dans pour par sur pas plus ce cette ne se au aux avec "
        "il elle nous vous je tu leur leurs mais ou où sont être été sa son ses comme tout fait même "
        "aussi bien peut votre notre ont était avez très c'est d'une d'un l'on qu'il j'ai n'est du"),
    "German": ("der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als auch es an "
        "werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war "
        "haben nur oder aber vor zur bis mehr durch man sein wurde kann ich wir ihr ihre sehr bitte "
        "unsere können wenn"),
    "Italian": ("il lo la gli le di che e è un una per in con non si da del della dei delle al alla sono come "
        "più ma anche nel nella questo questa ha o se io loro suo sua ci essere fatto molto tutti perché "
        "quando dove chi cosa sia dal dalla degli ai alle può hanno era questi vostro nostro grazie"),
    "Portuguese": ("o a os as de que e do da em um uma é para com não por mais dos das como mas ao ele ela seu sua "
        "ou ser quando muito nos já está eu também só pelo pela até isso entre depois sem mesmo aos seus "
        "quem nas me esse você foi são ter sobre pode nós obrigado então"),
    "Dutch": ("de het een en van in is dat op te zijn met voor niet die aan er om ook als maar bij of uit door "
        "nog naar wordt heeft ze hij je dan over worden zich was kan deze dit wel meer geen werd hebben "
        "onze uw u wij ik kunt moet al tot veel waar"),
    "Swedish": ("och i att det som en på är av för med till den har de inte om ett han men var jag från vi så "
        "kan när nu också eller du ska sin ut vid man mycket efter vad detta skulle alla denna där hade "
        "mot dig ditt din mig er"),
    "Danish": ("og i at det er en til på som af for med den har de ikke et kan vi du om han men jeg var fra der "
        "så når nu også eller skal sig ved man meget efter hvad dette alle være denne hvor havde mod dig "
        "dit din mig blev"),
    "Polish": ("i w nie na się z do to że jest o jak a po co ale od za tak przez dla czy są oraz tym tego być "
        "już jego jej ich który która które może przy tylko pan bardzo gdy ten ta te jako ze więc ma mam "
        "nas was będzie było"),
    "Turkish": ("ve bir bu da de için ile çok daha gibi olarak en ne ben sen biz siz o var yok değil kadar sonra "
        "olan her ama mi m\u0131 ya ki şey olduğu nas\u0131l göre taraf\u0131ndan diye ise veya hem ancak bütün size "
        "bana lütfen"),
    "Indonesian": ("yang dan di ini itu dengan untuk dari tidak dalam pada adalah akan ke juga ada saya anda kami "
        "kita atau oleh sudah bisa karena mereka telah dapat lebih bahwa seperti hanya saat sebuah "
        "secara harus jika banyak agar"),
    "Finnish": ("ja on ei se että oli hän ovat mutta kun niin myös tai joka kuin ole sen jos mitä tämä ne me te "
        "minä sinä voi kanssa vain jo ollut olla mukaan sekä hyvin nyt"),
    "Czech": ("a se na je že to v s z do o i jako za by pro ale od po jsou jsem si tak který která které nebo "
        "ve ze už když být bude jeho její jen další také velmi může máte"),
}  # fmt: skip
_OF: dict[str, list[str]] = {}
for _language, _said in _WORDS.items():
    for _word in set(_said.split()):
        if len(_word) > 1:  # letters are in every formula
            _OF.setdefault(_word, []).append(_language)
_WEIGHT = {word: 1 / len(languages) for word, languages in _OF.items()}  # a word of four languages says a quarter each
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_SCRIPTS = (
    ("CYRILLIC", "Russian"), ("ARABIC", "Arabic"), ("HEBREW", "Hebrew"), ("GREEK", "Greek"), ("DEVANAGARI", "Hindi"),
    ("HIRAGANA", "Japanese"), ("KATAKANA", "Japanese"), ("HANGUL", "Korean"), ("THAI", "Thai"), ("BENGALI", "Bengali"),
    ("TAMIL", "Tamil"), ("TELUGU", "Telugu"), ("CJK", "Chinese"), ("ARMENIAN", "Armenian"), ("GEORGIAN", "Georgian"),
)  # fmt: skip
_BEYOND = re.compile(r"[\u0370-\u1fff\u2c00-\u2dff\u2e80-\ud7ff\uf900-\ufaff\ufb1d-\ufdff\ufe70-\ufeff\uff66-\uffdc]")
_SPACED = frozenset({"Chinese", "Japanese", "Thai"})  # written without spaces: characters count, not words
_FEW = 7  # words of a text below which nothing is said
_SURE = 0.22  # share of function words in running text of a language
_APART = 1.8  # times the runner-up
_DISTINCT = 3  # different function words that must be heard
SCRIPTS = frozenset(name for _, name in _SCRIPTS)
LANGUAGES = frozenset(_WORDS) | SCRIPTS


def script(text: str) -> tuple[str, int]:
    """Name the language of the commonest non-Latin script, and count its letters."""
    found: Counter[str] = Counter()
    for char in _BEYOND.findall(text[:20_000]):
        name = unicodedata.name(char, "")
        found.update(language for prefix, language in _SCRIPTS if name.startswith(prefix))
    if not found:
        return "", 0
    best = "Japanese" if found["Japanese"] and found["Chinese"] else max(found, key=lambda name: (found[name], name))
    return best, found.total()


def tongue(text: str) -> str:
    """
    Name the language of a text, or "" where it is too short or not clear.

    Args:
        text: prose without code; the first 20,000 characters are read.

    """
    text = text[:20_000]
    name, count = script(text) if not text.isascii() else ("", 0)
    letters = sum(map(str.isalpha, text)) if count else 0
    if count > letters // 2:
        return name if count >= (_FEW if name in _SPACED else 3 * _FEW) else ""
    said = [word.replace("\u2019", "'") for word in _WORD.findall(text.lower()) if len(word) > 1]
    if len(said) < _FEW:
        return ""
    scores: dict[str, float] = dict.fromkeys(_WORDS, 0.0)
    for word in said:
        for language in _OF.get(word, ()):
            scores[language] += _WEIGHT[word]
    second, best = sorted(scores, key=lambda language: (scores[language], language))[-2:]
    heard = [word for word in said if best in _OF.get(word, ())]
    clear = scores[best] >= _APART * scores[second] and len(set(heard)) >= _DISTINCT
    return best if clear and len(heard) >= _SURE * len(said) else ""


def markers(own: Iterable[str]) -> frozenset[str]:
    """Function words that none of these languages has: what to look for before anything else."""
    mine = set(own)
    return frozenset(word for word, languages in _OF.items() if not mine & set(languages))
