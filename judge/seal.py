"""The text of a manifest under a seal: the digest of that text with an empty seal in its place."""

import json
from collections.abc import Mapping

from judge import digest


def sealed(manifest: Mapping[str, object]) -> str:
    """The same values give the same bytes; the seal is the last entry."""
    return _text({**manifest, "seal": digest.of_bytes(_text({**manifest, "seal": ""}).encode("utf-8"))})


def _text(manifest: Mapping[str, object]) -> str:
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
