"""
Disarming hostile text: no row may close its block, open another, or forge a control token of a chat template.

Only a bracket that could do so is replaced, by a look-alike; all other text is left as it is.
"""

import re

# Unicode's default-ignorable characters: they show nothing, wherever in a word they stand
_HIDDEN = (
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]*"
)
_GAP = rf"(?:\s|{_HIDDEN[:-1]})*"
_BRACKET = "[<\uff1c\u3008\ufe64\u2329\u27e8]"
_NAME = r"[^|\uff5c<>\n\u2039\u27e6]{1,64}"  # no look-alike: what was disarmed inside must not arm the outside


def _any_of(*names: str) -> str:
    """Any of the names, with whatever hidden characters between their letters."""
    return "(?:" + "|".join(_HIDDEN.join(map(re.escape, name)) for name in names) + ")"


_OURS = _any_of("record", "context", "turn", "call", "guide", "notes")
_WORDS = _any_of(
    *("start_of_turn", "end_of_turn", "s", "bos", "eos", "pad", "unk", "think", "tool_call", "tool_response"),
    *("sop", "eop", "start_of_image", "image_soft_token", "end_of_utterance", "cls", "sep", "mask", "role"),
    *("minimax:tool_call",),
)
# families that number or prefix theirs: Command R, Seed, LongCat, T5 and Nemotron, Gemma, Baichuan
_NUMBERED = (
    rf"(?:\w{{1,32}}_TOKEN|(?:seed:|longcat_|extra_id_|SPECIAL_|unused|reserved_(?:token_)?)\w{{1,32}}){_HIDDEN}"
)
_MISTRAL = _any_of(
    *("INST", "SYSTEM_PROMPT", "AVAILABLE_TOOLS", "TOOL_CALLS", "TOOL_RESULTS", "TOOL_CONTENT", "IMG", "THINK"),
    *("ARGS", "CALL_ID", "gMASK", "sMASK", "MODEL_SETTINGS", "IMG_BREAK", "IMG_END", "BEGIN_AUDIO"),
    *("BOS", "EOS", "PAD", "UNK", "EOT", "start_header_id", "end_header_id"),  # Kimi
)
_OPENERS = re.compile(
    # our own tags, closed or opened, however spaced; or a bracket at the very end, which the next text could complete
    rf"{_BRACKET}(?={_GAP}(?:/{_GAP})?(?:{_OURS}\b|\Z))"
    # ChatML, Llama 3, Phi, DeepSeek (full-width bars): <|name|>; Gemma 4: <|name> and <name|>
    rf"|{_BRACKET}(?={_GAP}[|\uff5c]{_NAME}[|\uff5c]{_GAP}>)"
    rf"|{_BRACKET}(?={_GAP}(?:\|\w{{1,64}}|\w{{1,64}}\|)>)"
    # Gemma, Llama 2, GLM, reasoning and tool blocks, and all that is numbered
    rf"|{_BRACKET}(?={_GAP}(?:/{_GAP})?(?:{_WORDS}|{_NUMBERED}){_GAP}>)"
    rf"|<(?=<{_HIDDEN}(?:/{_HIDDEN})?{_any_of('SYS')}{_HIDDEN}>>)"
    # Mistral, GLM; EXAONE: [|name|]
    rf"|[\[\uff3b](?={_HIDDEN}(?:/{_HIDDEN})?{_MISTRAL}{_HIDDEN}[\]\uff3d])"
    r"|\[(?=\|\w{1,64}\|\])"
    r"|\[(?=e~\[)|\](?=~!?b[\]\[])",  # MiniMax
    re.IGNORECASE,
)
_LOOKALIKE = {"[": "\u27e6", "\uff3b": "\u27e6", "]": "\u27e7"}


def neutralise(text: str) -> str:
    """Disarm brackets that open one of our tags or a control token; all other text is left as it is."""
    return _OPENERS.sub(lambda found: _LOOKALIKE.get(found[0], "\u2039"), text)
