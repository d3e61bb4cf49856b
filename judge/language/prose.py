"""Small readings of text that several signals share. All of them take linear time, also on a 5 MB row."""

import re
import unicodedata

_SPACE = re.compile(r"\s+")
_FENCED = re.compile(r"```.*?(?:```|\Z)|`[^`\n]{1,200}`", re.DOTALL)
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+|\n+")
_CODE = re.compile(
    r"```|^[ \t]{0,12}(?:def|class|import|from|return|function|const|let|var|public|private|#include|SELECT|INSERT"
    r"|<\?php)\b"
    r"|[;{}]\s*$|</\w+>|^[ \t]*<(?:!DOCTYPE|html|div|table|svg|\w+[^<>\n]*/?>\s*$)",
    re.MULTILINE,
)
_WANTS_CODE = re.compile(
    r"\b(?:html|css|xml|code|script|program|function|query|regex|json|yaml|csv|sql|python|java|javascript|jinja|latex"
    r"|markdown|c\+\+|php|bash|shell|snippet|algorithm|tag)\b",
    re.IGNORECASE,
)


def normalise(text: str) -> str:
    """One spelling for texts that differ only in case, spacing, Unicode form or closing punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _SPACE.sub(" ", folded).strip(" .?!")


def words(text: str) -> list[str]:
    """Words and numbers, case folded."""
    return _WORD.findall(text.casefold())


def sentences(text: str) -> list[str]:
    """Split roughly: after closing punctuation, and at line ends."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


def prose(text: str) -> str:
    """Cut out fenced and inline code."""
    return _FENCED.sub(" ", text)


def looks_like_code(text: str) -> bool:
    """Whether the text is, or contains, program text or markup meant as such."""
    return len(_CODE.findall(text[:20_000])) >= 2 or text.lstrip().startswith("```")  # noqa: PLR2004 one `;` is no code


def wants_code(prompt: str) -> bool:
    """Whether the prompt speaks of code, markup or a data format."""
    return bool(_WANTS_CODE.search(prompt)) or looks_like_code(prompt)


def quote(text: str, limit: int = 60) -> str:
    """Quote the text on one line, its middle cut out where it is longer than `limit` characters."""
    line = _SPACE.sub(" ", text[: limit * 20] if len(text) > limit * 40 else text).strip()
    if len(line) > limit:
        line = f"{line[: limit // 2].rstrip()} … {line[-(limit // 2) :].lstrip()}"
    return f"“{line}”"


def tail(text: str, limit: int = 40) -> str:
    """Quote the last characters of the text."""
    line = _SPACE.sub(" ", text[-limit * 4 :]).strip()
    return f"“…{line[-limit:].lstrip()}”" if len(line) > limit else f"“{line}”"
