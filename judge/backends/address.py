"""Where a server is, with the key it is asked with; and what it says when it does not answer."""

import contextlib
import ipaddress
import os
from dataclasses import dataclass, field

import httpx

from judge.errors import ConfigError

_KEY = "OPENAI_API_KEY"
_PORTS = 65_535
_LOOKED = 4096  # bytes of a body


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    Where a server is.

    Attributes:
        url: up to and with `/v1`; it holds no credentials.
        key: for the `Authorization` header; from the environment, and in no file, message or description.
    """

    url: str
    key: str = field(default="", repr=False)

    @property
    def host(self) -> str:
        """Host and port, for people."""
        return httpx.URL(self.url).netloc.decode("ascii")

    @property
    def here(self) -> bool:
        """Whether it is this machine."""
        host = httpx.URL(self.url).host
        with contextlib.suppress(ValueError):
            return ipaddress.ip_address(host).is_loopback
        return host == "localhost"

    def beside(self, path: str) -> str:
        """Address of what vLLM serves beside its `/v1`."""
        return self.url.removesuffix("/v1") + path


def place(url: str, key_env: str | None) -> Place:
    """
    Check an address, and take the key from the environment.

    Args:
        url: `http` or `https`; `/v1` is added where it has no path.
        key_env: the variable that holds the key; None for `OPENAI_API_KEY`, where it is set.

    Raises:
        ConfigError: no such address, credentials in it, or the variable is not set.
    """
    try:
        parsed = httpx.URL(url.strip())
    except httpx.InvalidURL as error:
        raise ConfigError(f"backend.url is no address ({error}); e.g. http://127.0.0.1:8000/v1") from error
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise ConfigError(
            "backend.url must hold no credentials and no query: it is written into the run's files; put the key into"
            f" the environment as {_KEY}, or name its variable with backend.key_env=NAME"
        )
    if parsed.scheme not in {"http", "https"} or not parsed.host or (parsed.port or 0) > _PORTS:
        raise ConfigError(f"backend.url={url}: http://HOST:PORT/v1 was expected, or https")
    if key_env and not os.environ.get(key_env):
        raise ConfigError(
            f"backend.key_env={key_env}, but the environment has no {key_env}; export it, or leave it out"
        )
    path = parsed.path.rstrip("/") or "/v1"
    key = os.environ.get(key_env or _KEY, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ConfigError(f"the key in the environment's {key_env or _KEY} has characters that no header can hold")
    return Place(url=f"{parsed.scheme}://{parsed.netloc.decode('ascii')}{path}", key=key)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why one request has no answer: HTTP status, 0 where there was none, and the server's words."""

    status: int
    words: str


def words(response: httpx.Response) -> str:
    """The message of an error, in whichever of the usual places it is."""
    if response.has_redirect_location:
        return f"it has moved to {response.headers['location']}"
    try:
        value = response.json()
        told = value.get("error", value)
        said = told if isinstance(told, str) else told.get("message") or told.get("detail")
    except (ValueError, AttributeError, RecursionError):
        said = None
    # a charset that a body claims for itself need not exist
    return str(said or response.content[:_LOOKED].decode("utf-8", "replace") or response.reason_phrase)


def refusal(place: Place, refused: Refused) -> str:
    """What a server said, and what to do about it, in one sentence."""
    said = (
        f"{place.host} said {refused.status}: {refused.words}" if refused.status else f"{place.host}: {refused.words}"
    )
    match refused.status:
        case 401 | 403:
            key = f"export the key as {_KEY}, or name its variable with backend.key_env=NAME"
            return f"{said}; {'the key in the environment is not taken' if place.key else key}"
        case 404:
            return f"{said}; is backend.url the address up to /v1, and backend.model one that it serves?"
        case 0:
            return f"{said}; is a server there? e.g. vllm serve MODEL --port 8000"
        case _:
            return said
