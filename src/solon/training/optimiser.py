"""AdamW or Muon with a learning rate that is a function of the step, gradients divided by the objective's own count."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from transformers import PreTrainedModel

from solon.errors import TrainingError
from solon.training.master_weights import MasterWeights
from solon.training.muon import Muon


class OptimiserConfig(BaseModel):
    """How weights are updated."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    method: Literal["adamw", "muon"] = "adamw"
    """`muon` moves hidden matrices by orthogonalised momentum, and all other weights by AdamW at the same rate."""
    peak_lr: float = Field(gt=0)
    """Learning rate after the warm-up."""
    num_steps: int = Field(gt=0)
    """Optimiser steps of the whole stage."""
    schedule: Literal["constant", "linear", "cosine", "wsd"] = "constant"
    """After the warm-up: stay, fall linearly or by a cosine to 0, or stay and fall over the last `decay_steps`."""
    warmup_steps: int = Field(0, ge=0)
    """Steps over which the rate rises linearly to its peak."""
    decay_steps: int = Field(0, ge=0)
    """Length of the final fall of `wsd`; about 10 % of `num_steps` is enough."""
    weight_decay: float = Field(0.0, ge=0)
    """Decoupled decay of matrices (never of norms and biases)."""
    betas: tuple[float, float] = (0.9, 0.95)
    """AdamW's decay rates of the first and second moment."""
    clip_norm: float = Field(1.0, gt=0)
    """Largest global norm of a step's gradient, after division by the count."""
    embedding_lr_scale: float = Field(1.0, ge=0, le=1)
    """Rate of the rows of words, in and out, against all others; 0 leaves them as they are. AdamW divides a gradient by
    its own size, so a word that the text never holds is pushed away from every context as fast as others are learnt,
    and is lost."""


class Rates(Protocol):
    """What the settings of trainers that know their number of steps in advance have in common."""

    @property
    def peak_lr(self) -> float:
        """After the warm-up."""
        ...

    @property
    def schedule(self) -> Literal["constant", "linear", "cosine"]:
        """After the warm-up."""
        ...

    @property
    def warmup_share(self) -> float:
        """Of the steps."""
        ...

    @property
    def weight_decay(self) -> float:
        """As in `OptimiserConfig`."""
        ...

    @property
    def clip_norm(self) -> float:
        """As in `OptimiserConfig`."""
        ...

    @property
    def embedding_lr_scale(self) -> float:
        """As in `OptimiserConfig`."""
        ...


def over_steps(rates: Rates, num_steps: int, *, method: Literal["adamw", "muon"] = "adamw") -> OptimiserConfig:
    """The optimiser of a training of so many steps."""
    return OptimiserConfig(
        method=method,
        peak_lr=rates.peak_lr,
        num_steps=num_steps,
        schedule=rates.schedule,
        warmup_steps=round(rates.warmup_share * num_steps),
        weight_decay=rates.weight_decay,
        clip_norm=rates.clip_norm,
        embedding_lr_scale=rates.embedding_lr_scale,
    )


def learning_rate(config: OptimiserConfig, step: int) -> float:
    """The rate of step `step`, counted from 0. Never 0: the first step warms up, the last one still learns."""
    if step < config.warmup_steps:
        return config.peak_lr * (step + 1) / config.warmup_steps
    falling = {
        "constant": 0,
        "linear": config.num_steps - config.warmup_steps,
        "cosine": config.num_steps - config.warmup_steps,
        "wsd": config.decay_steps,
    }[config.schedule]
    left = config.num_steps - step
    if falling <= 0 or left >= falling:
        return config.peak_lr
    share = max(left, 0) / falling
    if config.schedule == "cosine":
        share = (1 - math.cos(math.pi * share)) / 2
    return config.peak_lr * share


class Optimiser:
    """AdamW or Muon over one or more modules. Weights in half precision are trained through float32 copies.

    A step is: `backward(total, ...)` for every micro-batch, then `step(count, ...)` with the sum of their counts.
    """

    def __init__(self, modules: nn.Module | Sequence[nn.Module], config: OptimiserConfig) -> None:
        self.config = config
        modules = [modules] if isinstance(modules, nn.Module) else modules
        words = _words(modules)
        if config.embedding_lr_scale == 0:
            for parameter in words:
                parameter.requires_grad_(False)
        trainable = dict(_trainable(modules))
        self._masters = MasterWeights(trainable.values())
        self._parameters = {name: self._masters.of[p] for name, p in trainable.items()}
        directions = {p for p in trainable.values() if p.ndim == 2} - words - _scores(modules)
        hidden = directions if config.method == "muon" else set()
        rest = [p for p in trainable.values() if p not in hidden]
        groups: list[dict[str, Any]] = [
            {"params": [self._masters.of[p] for p in rest if p in words], "scale": config.embedding_lr_scale},
            {"params": [self._masters.of[p] for p in rest if p.ndim >= 2 and p not in words]},
            {"params": [self._masters.of[p] for p in rest if p.ndim < 2 and p not in words], "weight_decay": 0.0},
        ]
        self._optimisers: list[torch.optim.Optimizer] = [
            torch.optim.AdamW(
                [group for group in groups if group["params"]],
                lr=config.peak_lr,
                weight_decay=config.weight_decay,
                betas=config.betas,
                fused=True,
            )
        ]
        if hidden:
            moved = [self._masters.of[p] for p in trainable.values() if p in hidden]
            self._optimisers.append(Muon(moved, lr=config.peak_lr, weight_decay=config.weight_decay))
        self._optimiser_of = {p: one for one in self._optimisers for group in one.param_groups for p in group["params"]}
        self.num_steps_done = 0

    def backward(self, total: Tensor, rows: Sequence[int | str] = ()) -> None:
        """Add the gradient of a summed loss.

        Raises:
            TrainingError: the loss is not finite.
        """
        if not torch.isfinite(total):
            raise TrainingError(
                f"the loss of step {self.num_steps_done} is {total.item()} (rows {_listed(rows)}). "
                f"Lower the learning rate, or look at these rows; the last checkpoint is intact."
            )
        total.backward()  # type: ignore[no-untyped-call]
        self._masters.take_gradients()

    def gradient_norm(self) -> float:
        """Of what `backward` has added since the last step."""
        return float(nn.utils.get_total_norm(self._gradients()))

    def _gradients(self) -> list[Tensor]:
        return [p.grad for p in self._parameters.values() if p.grad is not None]

    def step(self, count: float, rows: Sequence[int | str] = ()) -> dict[str, float]:
        """Divide the gradient by `count`, clip it, and update.

        Returns:
            `lr` and `grad_norm` (before clipping).

        Raises:
            TrainingError: nothing was trained (count 0), or the gradient is not finite.
        """
        step = self.num_steps_done
        if not count > 0:
            raise TrainingError(
                f"step {step} trains on no token at all (rows {_listed(rows)}). Check the loss weights of these rows."
            )
        norm = self.gradient_norm() / count
        if not math.isfinite(norm):
            raise TrainingError(
                f"the gradient of step {step} is not finite (rows {_listed(rows)}). "
                f"Lower the learning rate, or look at these rows; the last checkpoint is intact."
            )
        torch._foreach_mul_(self._gradients(), min(1.0, self.config.clip_norm / (norm + 1e-12)) / count)
        lr = learning_rate(self.config, step)
        for optimiser in self._optimisers:
            for group in optimiser.param_groups:
                group["lr"] = lr * group.get("scale", 1.0)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self._masters.write_back()
        self.num_steps_done += 1
        return {"lr": lr, "grad_norm": norm}

    def drop_gradient(self) -> None:
        """Forget what `backward` has added since the last step."""
        for optimiser in self._optimisers:
            optimiser.zero_grad(set_to_none=True)
        self._masters.drop_gradients()

    def state_dict(self) -> dict[str, Any]:
        """Weights (those in half precision as their float32 copies), moments and the number of steps done."""
        moments = {
            name: {key: value for key, value in self._optimiser_of[p].state[p].items() if isinstance(value, Tensor)}
            for name, p in self._parameters.items()
            if p in self._optimiser_of[p].state
        }
        weights = {name: p.detach() for name, p in self._parameters.items()}
        return {"num_steps_done": self.num_steps_done, "weights": weights, "moments": moments}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take back what `state_dict` gave.

        Raises:
            TrainingError: the state belongs to another model.
        """
        _check_names(self._parameters, state["weights"])
        self.num_steps_done = int(state["num_steps_done"])
        with torch.no_grad():
            for name, p in self._parameters.items():
                p.copy_(state["weights"][name])
                if name in state["moments"]:
                    moments: Mapping[str, Tensor] = state["moments"][name]
                    # the fused kernel wants its step counter beside the parameter, whatever the parameter's dtype
                    self._optimiser_of[p].state[p] = {key: value.to(p.device).clone() for key, value in moments.items()}
        self._masters.write_back()


def _trainable(modules: Iterable[nn.Module]) -> Iterable[tuple[str, nn.Parameter]]:
    for index, module in enumerate(modules):
        for name, parameter in module.named_parameters():
            if parameter.requires_grad:
                yield f"{index}.{name}", parameter


def _words(modules: Iterable[nn.Module]) -> set[nn.Parameter]:
    """The embedding and the output: their rows are words, not directions."""
    words: set[nn.Parameter] = set()
    for part in (part for module in modules for part in module.modules()):
        if isinstance(part, nn.Embedding):
            words |= set(part.parameters())
        head = part.get_output_embeddings() if isinstance(part, PreTrainedModel) else None  # type: ignore[no-untyped-call]
        if isinstance(head, nn.Module):
            words |= set(head.parameters())
    return words


def _scores(modules: Iterable[nn.Module]) -> set[nn.Parameter]:
    """What turns hidden states into a score, where there is such a head."""
    heads = [getattr(part, "score", None) for module in modules for part in module.modules()]
    return {p for head in heads if isinstance(head, nn.Module) for p in head.parameters()}


def _check_names(parameters: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> None:
    same = parameters.keys() == weights.keys() and all(
        parameters[name].shape == weights[name].shape for name in parameters
    )
    if not same:
        raise TrainingError(
            "the checkpoint holds weights of another model than the one being trained. "
            "Remove the stage's `checkpoints` folder to train it anew."
        )


def _listed(rows: Sequence[int | str]) -> str:
    shown = ", ".join(str(row) for row in rows[:20])
    return f"{shown} and {len(rows) - 20} more" if len(rows) > 20 else shown or "unknown"
