"""Weights for a model that is only a shape; in a module of its own, since the engine's process has to find it."""

from typing import Any


def draw(model: Any) -> None:  # noqa: ANN401 - a torch module
    """Give a model that was loaded without weights such as training begins with, so that logits differ."""
    import torch

    torch.manual_seed(0)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim > 1:
                weight.normal_(0.0, 0.02)
            else:
                weight.fill_(float("norm" in name))
