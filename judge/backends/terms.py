"""
What a vLLM engine is asked, and what it said, as plain values: the same whether it is in this process or in another.

A score costs one generated token. `allowed_token_ids` forces one of the rubric's labels, `logprob_token_ids` returns
the labels' true probabilities, unmasked, so that mass off the scale stays visible (a grammar would hide it).
How likely a given answer is comes from `prompt_logprobs`, in a pass of its own: it bypasses the prefix cache, and mixed
with label requests either kind may lose what it asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from judge.backends import readout
from judge.backends.chat import Encoder
from judge.ports import Passage, Prepared
from judge.records import Reply

Terms = Mapping[str, object]  # arguments for `sampling`: plain values, which travel


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """
    What the engine made of one prompt.

    Attributes:
        text: generated, control tokens left out.
        labels: natural log-probability of each token that was asked about, by token id; empty for free text.
        passage: log-probability of each token of a given answer, in order; empty where none was given.
        stop: why it ended.
        cached: tokens of the prompt that were not computed anew.
        generated: tokens.
    """

    text: str
    labels: Mapping[int, float]
    passage: Sequence[float]
    stop: str
    cached: int
    generated: int


def question(prepared: Prepared, encoder: Encoder) -> Terms:
    """How a request is to be answered."""
    request = prepared.request
    if request.labels:
        ids = [i for group in encoder.label_ids(request).values() for i in group]
        # to decode prompts, of which nothing is shown, takes longer than all else that an engine's client does
        return {"max_tokens": 1, "allowed_token_ids": ids, "logprob_token_ids": ids, "detokenize": False}
    shape = {"structured_outputs": dict(request.schema)} if request.schema else {}
    return {"max_tokens": request.max_tokens, **shape}


def reading() -> Terms:
    """How a given answer is measured; the engine cannot read without writing a token."""
    return {
        "max_tokens": 1,
        "prompt_logprobs": 0,  # of the prompt's own tokens, and no alternatives
        "flat_logprobs": True,
        "detokenize": False,
    }


def sampling(terms: Terms) -> Any:  # noqa: ANN401 - vLLM is not imported for its types
    """What `question` or `reading` says in vLLM's own form."""
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

    plain: dict[str, Any] = dict(terms)
    if "structured_outputs" in plain:
        plain["structured_outputs"] = StructuredOutputsParams(json=plain["structured_outputs"])
    return SamplingParams(temperature=0.0, output_kind=RequestOutputKind.FINAL_ONLY, **plain)


def heard(output: Any, begins: int = 0) -> Heard:  # noqa: ANN401 - as above
    """
    Take what is kept of vLLM's finished output; its list of log-probabilities is many times a prompt's text.

    Args:
        output: vLLM's.
        begins: where the answer begins that is measured; 0 where there is none.
    """
    said = output.outputs[0]
    passage: list[float] = []
    if begins:
        ids, found = output.prompt_token_ids, output.prompt_logprobs
        passage = [found[at][ids[at]].logprob for at in range(begins, len(ids))]
    return Heard(
        text=said.text,
        labels={token: x.logprob for token, x in said.logprobs[0].items()} if said.logprobs else {},
        passage=passage,
        stop=said.finish_reason or "unknown",
        cached=output.num_cached_tokens or 0,
        generated=len(said.token_ids),
    )


def reply(prepared: Prepared, said: Heard, encoder: Encoder) -> Reply:
    """The reply to a request: where labels were asked about, the most probable one is the text."""
    logprobs: dict[str, float] = {}
    text = said.text
    if prepared.request.labels:
        logprobs = readout.label_logprobs(said.labels, encoder.label_ids(prepared.request))
        text = readout.best(logprobs)
    return Reply(
        text=text,
        logprobs=logprobs,
        stop=said.stop,
        prompt_tokens=len(prepared.payload),
        cached_tokens=said.cached,
        generated_tokens=said.generated,
    )


def measured(passage: Passage, said: Heard) -> Reply:
    """The reply to a passage."""
    return readout.measured(passage, said.passage, generated=said.generated)
