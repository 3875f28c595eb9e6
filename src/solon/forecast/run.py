"""From a recipe to its forecast: opens the source, reads the model's config, probes the machine."""

from __future__ import annotations

from typing import NamedTuple

from solon.forecast.annotation import works_of
from solon.forecast.asking import Asking
from solon.forecast.costs import CallCost, call_costs, cost_notes
from solon.forecast.forecast import Forecast, forecast
from solon.forecast.hardware import Hardware, hardware_named
from solon.forecast.prices import Work
from solon.forecast.probe import this_machine, with_slowdown
from solon.forecast.shapes import Shape
from solon.forecast.texts import Texts, shape_of
from solon.launch import pin_threads
from solon.pipeline import open_source
from solon.recipe import Recipe
from solon.stages.opening import device_of


def forecast_recipe(recipe: Recipe, hardware: str) -> Forecast:
    """What a recipe takes on a device: `this` is probed, any other is looked up.

    Raises:
        InputError: no such hardware, or the recipe's source cannot be used.
        ModelError: the model's config or tokenizer cannot be read.
    """
    pin_threads(recipe.threads)
    device = device_of(recipe) if hardware == "this" else None
    found: Hardware = hardware_named(hardware) if device is None else this_machine(device)
    source = open_source(recipe)
    shape: Shape = shape_of(recipe, source, pads=found.is_gpu)
    if device is not None:
        found = with_slowdown(found, shape)
    return forecast(recipe, shape, Texts(recipe, source, shape), found)


class CostForecast(NamedTuple):
    """What a recipe will ask of engines and of annotators."""

    calls: list[CallCost]
    works: list[Work]
    notes: list[str]


def forecast_costs(recipe: Recipe, hardware: str | None) -> CostForecast:
    """The calls and the annotation of a recipe; its compute too where the hardware is named.

    Raises:
        InputError: no such hardware, or the recipe's source cannot be used.
        ModelError: the model's config or tokenizer cannot be read.
    """
    source = open_source(recipe)
    texts = Texts(recipe, source, shape_of(recipe, source, pads=False))
    asking = Asking(recipe, texts)
    asked = {stage: asking.of(stage) for stage in recipe.stages}
    calls = [cost for stage, of_stage in asked.items() for cost in call_costs(stage, of_stage, recipe.engines)]
    seconds = None
    if hardware is not None:
        seconds = {one.stage: one.seconds for one in forecast_recipe(recipe, hardware).stages}
    works = works_of(recipe, texts, asked, seconds)
    return CostForecast(calls, works, [*texts.notes, *cost_notes(calls, recipe.engines)])
