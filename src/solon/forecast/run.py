"""From a recipe to its forecast: opens the source, reads the model's config, probes the machine."""

from __future__ import annotations

from solon.forecast.forecast import Forecast, forecast
from solon.forecast.hardware import Hardware, hardware_named
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
