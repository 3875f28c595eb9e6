"""A recipe and a device to memory, tokens, time and money of every stage."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from solon.addresses import is_address, is_server
from solon.forecast.chain import Chain
from solon.forecast.hardware import Hardware
from solon.forecast.phases import Phase
from solon.forecast.shapes import Shape
from solon.forecast.texts import Texts
from solon.recipe import Recipe


class StageForecast(NamedTuple):
    """What a stage takes."""

    stage: str
    memory_bytes: float
    """Most that the device, or the process on the CPU, holds."""
    peak_phase: str
    """When it holds that."""
    trained_tokens: float
    """Read with a gradient, all epochs together."""
    read_tokens: float
    """Read without one."""
    sampled_tokens: float
    seconds: float
    advice: str
    """The first thing to change where it does not fit; empty where it does."""

    @property
    def fits(self) -> bool:
        """Whether the device holds it."""
        return not self.advice


class Forecast(NamedTuple):
    """What a recipe takes on a device."""

    hardware: Hardware
    num_parameters: int
    weight_bytes: int
    dtype: str
    stages: list[StageForecast]
    notes: list[str]
    """What was assumed."""

    @property
    def seconds(self) -> float:
        """Of all stages."""
        return sum(one.seconds for one in self.stages)

    @property
    def fits(self) -> bool:
        """Whether every stage does."""
        return all(one.fits for one in self.stages)


def forecast(recipe: Recipe, shape: Shape, texts: Texts, hardware: Hardware) -> Forecast:
    """Every stage of a recipe on a device.

    Raises:
        InputError: a text that a stage reads cannot be used.
    """
    chain = Chain(recipe, shape, texts)
    dtype = str(shape.dtype).removeprefix("torch.")
    stages = [_stage(recipe, stage, chain.phases(stage), hardware, dtype) for stage in recipe.stages]
    notes = [f"rates: {hardware.source}", *texts.notes, *_notes_on_engines(recipe, chain)]
    return Forecast(hardware, shape.num_parameters, shape.weight_bytes, dtype, stages, notes)


def _notes_on_engines(recipe: Recipe, chain: Chain) -> list[str]:
    """What is not this machine's work, and what is the work of a model whose shape is not known here."""
    calls: Counter[str] = Counter()
    for stage in recipe.stages:
        for asked in chain.asked(stage):
            calls[asked.engine] += asked.calls
    told = []
    for engine, count in calls.items():
        if is_server(engine):
            told.append(f"{count:,} calls of {engine} are no work of this device: `solon cost` tells their price")
        elif is_address(engine):
            told.append(f"{engine} is taken to be as large as the recipe's own model")
    return told


def _stage(recipe: Recipe, stage: str, phases: list[Phase], hardware: Hardware, dtype: str) -> StageForecast:
    held = [(phase_bytes(phase, hardware), phase) for phase in phases]
    memory, largest = max(held, key=lambda pair: pair[0], default=(hardware.base_bytes, None))
    seconds = sum(phase_seconds(phase, hardware, dtype) for phase in phases)
    fits = largest is None or memory <= hardware.memory_bytes
    return StageForecast(
        stage, memory, largest.name if largest else "",
        sum(one.trained_tokens for one in phases), sum(one.read_tokens for one in phases),
        sum(one.sampled_tokens for one in phases), seconds,
        "" if fits or largest is None else _advice(recipe, stage, largest, hardware),
    )  # fmt: skip


def phase_bytes(phase: Phase, hardware: Hardware) -> float:
    """What the device, or the process on the CPU, holds at the peak of a phase."""
    held = hardware.held_bytes(phase.step.kept_bytes, phase.step.peak_bytes, phase.step.num_passes)
    return held if hardware.is_gpu else held + phase.data_bytes


def phase_seconds(phase: Phase, hardware: Hardware, dtype: str) -> float:
    """How long all steps of a phase take."""
    return phase.times * phase.step.times * hardware.seconds(phase.step.work, dtype, phase.kind)


def _advice(recipe: Recipe, stage: str, phase: Phase, hardware: Hardware) -> str:
    """The first thing to change so that a phase fits."""
    section: Any = getattr(recipe, stage)
    kept, peak = phase.step.kept_bytes, phase.step.peak_bytes
    room = hardware.memory_bytes - hardware.held_bytes(kept, kept)
    wanted = hardware.held_bytes(kept, peak, phase.step.num_passes) - hardware.held_bytes(kept, kept)
    lora = getattr(section, "lora", None)
    if phase.kind == "decode" or phase.name.endswith(": prompts"):
        if room > 0:
            return f"{stage}.max_new_tokens: less than {section_tokens(section)}, or shorter prompts"
    else:
        for key in ("tokens_per_batch", "max_batch_tokens"):
            budget = getattr(section, key, None)
            if budget is not None and room > 0 and (fitting := int(0.95 * budget * room / wanted)) >= 256:
                return f"{stage}.{key}: {fitting // 256 * 256} instead of {budget}"
    if hasattr(section, "lora") and lora is None:
        return f"{stage}.lora: {{rank: 16}}, so that only adapters have gradients and moments"
    if lora is not None and lora.quantise is None:
        return f"{stage}.lora.quantise: 4bit"
    return "a smaller model, or a larger device"


def section_tokens(section: Any) -> str:
    """What a section says of new tokens, for messages."""
    return str(getattr(section, "max_new_tokens", "they are"))


def as_json(found: Forecast, price_per_hour: float | None) -> dict[str, Any]:
    """One object: bytes, tokens, seconds, and money in the unit of the price."""

    def money(seconds: float) -> float | None:
        return None if price_per_hour is None else seconds / 3600 * price_per_hour

    hardware = found.hardware
    return {
        "hardware": {
            "name": hardware.name, "memory_bytes": hardware.memory_bytes, "source": hardware.source,
            "flops_per_second": hardware.flops_per_second[found.dtype], "bytes_per_second": hardware.bytes_per_second,
            "slowdown": dict(hardware.slowdown),
        },
        "model": {"parameters": found.num_parameters, "weight_bytes": found.weight_bytes, "dtype": found.dtype},
        "stages": [{**one._asdict(), "fits": one.fits, "money": money(one.seconds)} for one in found.stages],
        "memory_bytes": max((one.memory_bytes for one in found.stages), default=0),
        "tokens": sum(one.trained_tokens + one.read_tokens + one.sampled_tokens for one in found.stages),
        "seconds": found.seconds, "money": money(found.seconds), "fits": found.fits, "notes": found.notes,
    }  # fmt: skip
