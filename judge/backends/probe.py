"""
Finding out what a server can do, by asking it a few small things before any row is sent.

OpenAI's protocol is spoken in dialects (`dialect`). Only a clear refusal counts as "cannot": a server that is busy or
stumbles is asked again, so that what is found, and with it the keys of all replies, does not depend on its mood.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from judge import digest
from judge.backends import dialect, wire
from judge.backends.address import Place, Refused, refusal
from judge.backends.dialect import Dialect, Ids, Reading
from judge.backends.pace import Pace
from judge.backends.wire import Call
from judge.errors import BackendError
from judge.text import whole

_TOPS = (20, 10, 5)  # alternatives that servers are known to give
_NAMED = 20  # models that an error lists
_BAD = (400, 422)  # what it does not understand, or does not want to
_NO_MORE: Mapping[str, object] = {}
_PACE = Pace(most=8, timeout=60.0, patience=60.0)
_TINY: Mapping[str, object] = {
    "type": "object",
    "properties": {"reason": {"type": "string", "maxLength": 8}},
    "required": ["reason"],
    "additionalProperties": False,
}


def explore(
    place: Place, *, model: str | None, chat: Mapping[str, object], reading: Reading | Literal["auto"]
) -> Dialect:
    """
    Find out what a server can do.

    Args:
        place: the server.
        model: a name it knows; None for its only one.
        chat: settings of the chat template, sent with everything.
        reading: how labels are to be read; `auto` for the best there is.

    Raises:
        BackendError: nobody is there, the key or the model is wrong, or labels cannot be read as they are to be.
    """
    found = replace(_model(place, model, chat), engine=_version(place))
    tokens = [tokenize(place, found, {"prompt": text, "add_special_tokens": False}) for text in ("1", "2")]
    found = _shaped(place, replace(found, tokenizes=all(tokens)))
    ids = [ids[-1] for ids in tokens if ids]
    if reading in {"auto", "ids"} and len(set(ids)) > 1 and _by_ids(place, found, ids):
        found = replace(found, reading="ids")
    elif reading in {"auto", "top"}:
        top = next((n for n in _TOPS if _lists(place, found, n)), 0)
        found = replace(found, reading="top" if top else "text", top=top)
    if reading not in {"auto", found.reading}:
        raise BackendError(f"backend.reading={reading}, but {place.host} does not give that; take backend.reading=auto")
    return replace(found, schema=not isinstance(_try(place, found, 16, dialect.in_form(_TINY)), Refused))


def tokenize(place: Place, found: Dialect, what: Mapping[str, object]) -> Sequence[int]:
    """
    Token ids of a text (`prompt`) or of a conversation (`messages`); empty where the server does not tell.

    Raises:
        BackendError: it could not say whether it does.
    """
    told = _clear(place, _one(place, place.beside("/tokenize"), {"model": found.model, **what}))
    tokens = told.get("tokens") if isinstance(told, dict) else None
    told_all = isinstance(tokens, list) and all(isinstance(token, int) for token in tokens)
    return tuple(tokens) if tokens and told_all else ()


def label_ids(place: Place, found: Dialect, labels: Sequence[str], prefill: str) -> Ids:
    """
    The single tokens that can stand for each label where the answer begins, with and without a leading space.

    Raises:
        BackendError: a label is no single token for this judge, or two labels share one.
    """

    def plain(text: str) -> Sequence[int]:
        return tokenize(place, found, {"prompt": text, "add_special_tokens": False})

    def begun(text: str) -> Sequence[int]:
        said = found.messages("-", "-", text)
        return tokenize(place, found, {"messages": said, "chat_template_kwargs": found.chat, **dialect.CONTINUED})

    before = begun(prefill) if prefill else ()
    ids: dict[str, tuple[int, ...]] = {}
    for label in labels:
        inside = begun(prefill + label) if prefill else ()
        candidates = [inside[len(before) :]] if prefill and inside[: len(before)] == before else []
        candidates += [plain(label), plain(f" {label}")]
        single = {c[0] for c in candidates if len(c) == 1 and _text(place, found, c).strip() == label}
        if not single:
            raise BackendError(
                f"label {label!r} is not a single token for this judge; use one-character labels in the rubric's levels"
            )
        ids[label] = tuple(sorted(single))
    if len({i for group in ids.values() for i in group}) < sum(len(group) for group in ids.values()):
        raise BackendError(f"labels {list(labels)} share a token for this judge; choose others")
    return ids


def _text(place: Place, found: Dialect, ids: Sequence[int]) -> str:
    told = _clear(place, _one(place, place.beside("/detokenize"), {"model": found.model, "tokens": list(ids)}))
    return str(told.get("prompt", "")) if isinstance(told, dict) else ""


def _clear(place: Place, told: Any) -> Any:  # noqa: ANN401 - JSON
    """What was told; a server that has trouble does not count as one that does not tell."""
    if isinstance(told, Refused) and wire.passing(told.status):
        raise BackendError(refusal(place, told))
    return told


def _model(place: Place, wanted: str | None, chat: Mapping[str, object]) -> Dialect:
    """The model that is asked for, or the only one there is, and what the server says of it."""
    told = _one(place, f"{place.url}/models")
    if isinstance(told, Refused):
        if wanted and told.status in {404, 405}:  # it may have no such list
            return Dialect(model=wanted, chat=chat)
        raise BackendError(refusal(place, told))
    cards = _cards(told)
    if not cards and wanted is None:
        raise BackendError(f"{place.host} names no model that it serves; choose one with backend.model=NAME")
    names = ", ".join(list(cards)[:_NAMED]) + (f" and {len(cards) - _NAMED} more" if len(cards) > _NAMED else "")
    if wanted is None and len(cards) != 1:
        raise BackendError(f"{place.host} serves {len(cards)} models; choose one with backend.model=NAME: {names}")
    if wanted is not None and wanted not in cards:
        raise BackendError(f"{place.host} does not serve {wanted!r}; backend.model can be {names or 'nothing'}")
    name = wanted or next(iter(cards))
    limit = cards[name].get("max_model_len")
    return Dialect(
        model=name,
        root=_root(name, cards[name]),
        limit=limit if isinstance(limit, int) and limit > 0 else None,
        chat=chat,
    )


def _cards(told: object) -> dict[str, Mapping[str, Any]]:
    """What a list of models says of each, by its name."""
    listed = told.get("data") if isinstance(told, dict) else None
    cards = [card for card in (listed if isinstance(listed, list) else ()) if isinstance(card, dict)]
    return {whole(card["id"]): card for card in cards if isinstance(card.get("id"), str)}


def _root(name: str, card: Mapping[str, Any]) -> str | None:
    root = card.get("root")
    return whole(root) if isinstance(root, str) and root != name else None


def still(found: Dialect) -> Callable[[None, Mapping[str, Any]], None]:
    """
    What looks at a list of models anew.

    Raises:
        BackendError: in what it gives: the model is another one, or gone.
    """

    def look(_: None, told: Mapping[str, Any]) -> None:
        cards = _cards(told)
        if not cards:
            return
        if found.model not in cards:
            raise BackendError(dialect.changed(found.model, ", ".join(list(cards)[:_NAMED])))
        if (root := _root(found.model, cards[found.model])) != found.root:
            names = [one or found.model for one in (found.root, root)]
            raise BackendError(dialect.changed(*names))

    return look


def _version(place: Place) -> str | None:
    told = _one(place, place.beside("/version"))
    version = told.get("version") if isinstance(told, dict) else None
    return f"vllm {version}" if isinstance(version, str) else None


def _shaped(place: Place, found: Dialect) -> Dialect:
    """How it wants a question put: the name of the answer's length, and where the instructions stand."""
    told = _try(place, found, 1)
    if isinstance(told, Refused) and "max_completion_tokens" in told.words:
        found = replace(found, room="max_completion_tokens")
        told = _try(place, found, 1)
    if not isinstance(told, Refused):
        found = replace(found, called=dialect.called(told))
        longer = _try(place, found, 1, system="Grade. " * 8)
        if isinstance(longer, Refused) or not 0 < _prompt(told) == _prompt(longer):
            return found
    folded = replace(found, folded=True)  # it refuses a system message, or drops it
    again = _try(place, folded, 1)
    if not isinstance(again, Refused):
        return replace(folded, called=dialect.called(again))
    refused = told if isinstance(told, Refused) else again
    hint = "; where it knows no chat_template_kwargs, set backend.chat=null" if found.chat else ""
    raise BackendError(f"{refusal(place, refused)}{hint}")


def _by_ids(place: Place, found: Dialect, ids: Sequence[int]) -> bool:
    """Whether it forces one of these tokens and gives the probability of each."""
    told = _try(place, found, 1, dialect.by_ids(ids))
    return not isinstance(told, Refused) and dialect.lists(told, ids)


def _lists(place: Place, found: Dialect, top: int) -> bool:
    """Whether it gives so many alternatives, or at least some."""
    told = _try(place, found, 1, dialect.by_top(top))
    return not isinstance(told, Refused) and len(dialect.alternatives(told)) > 1


def _prompt(value: Mapping[str, Any]) -> int:
    return dialect.count((value.get("usage") or {}).get("prompt_tokens"))


def _whole(value: Mapping[str, Any]) -> object:
    """Fails on what cannot be read as an answer."""
    return value["choices"][0]["message"], _prompt(value), dialect.lists(value, ())


def _try(
    place: Place, found: Dialect, tokens: int, more: Mapping[str, object] = _NO_MORE, *, system: str = "Grade."
) -> Mapping[str, Any] | Refused:
    """Put a small question; a refusal is handed back where it may be about how it is put."""
    asked = found.asked(found.messages(system, "-"), tokens, **more)
    told = _one(place, f"{place.url}/chat/completions", asked, _whole)
    if isinstance(told, Refused) and told.status not in _BAD:
        raise BackendError(refusal(place, told))
    return told  # type: ignore[no-any-return]


def _one(
    place: Place, url: str, body: Mapping[str, object] | None = None, check: Callable[[Any], object] = bool
) -> Any:  # noqa: ANN401 - JSON
    """The answer's JSON, or why there is none; `check` fails on half of one."""

    def read(_: None, value: Any) -> Any:  # noqa: ANN401 - likewise
        check(value)
        return value

    content = None if body is None else digest.canonical_json(body).encode()
    call = Call(about=None, name=url, url=url, body=content)
    return next(told for batch in wire.ask(place, [call], read, _PACE, hurry=True) for _, told in batch)
