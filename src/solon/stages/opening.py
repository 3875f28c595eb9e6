"""What several stages open: models of earlier stages, the constitution, rewards, the truth."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import LlamaForCausalLM

from solon import addresses
from solon.addresses import is_address, is_server
from solon.interfaces import Engine, PromptResponse, Reward
from solon.models.copying import start_copying
from solon.models.language_model import LanguageModel
from solon.models.lora_settings import LoraSettings
from solon.models.tiny import new_language_model, tiny_config, train_tokenizer
from solon.recipe import Recipe
from solon.records import Preference, Prompt, Ranking
from solon.reward.score import RewardModelScorer
from solon.sections import ModelSettings
from solon.seeds import derive
from solon.stage import StageRun
from solon.store.records import write_records
from solon.unanswered import Unanswered


def device_of(recipe: Recipe) -> torch.device:
    """Where the recipe computes."""
    if recipe.device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(recipe.device)


def open_policy(run: StageRun, stage: str, lora: LoraSettings | None = None) -> LanguageModel:
    """The model of an earlier stage, freshly loaded; its weights as `lora` wants them."""
    quantise = lora.quantise if lora else None
    return LanguageModel.load(str(run.inputs[stage] / "model"), device=device_of(run.recipe), quantise=quantise)


def open_local(run: StageRun, name: str) -> LanguageModel | None:
    """The model of an earlier stage or of this machine; None for a server, whose model is elsewhere."""
    if is_server(name):
        return None
    if is_address(name):
        return LanguageModel.load(addresses.model_folder(name), device=device_of(run.recipe))
    return open_policy(run, name)


def fresh_model(settings: ModelSettings, texts: Sequence[str], *, seed: int) -> LanguageModel:
    """A small model with fresh weights (or such that can copy), and a tokeniser of the texts."""
    tokenizer = train_tokenizer(texts, settings.vocab_size)
    config = tiny_config(
        settings.kind,
        vocab_size=len(tokenizer),
        width=settings.width,
        layers=settings.layers,
        heads=settings.heads,
        context_tokens=settings.context_tokens,
        copying=settings.copying,
    )
    fresh = new_language_model(config, tokenizer, derive(seed, "weights"))
    if settings.copying:
        assert isinstance(fresh.model, LlamaForCausalLM)  # the recipe allows it for no other kind
        start_copying(fresh.model, derive(seed, "copying"))
    return fresh


def open_engine(run: StageRun, name: str, model: LanguageModel | None = None) -> Engine:
    """An engine on the model of an earlier stage, or the one at an address; its calls stand in the ledger.

    Args:
        model: that stage's, where it is loaded already.
    """
    config, part = run.recipe.engines, run.name
    if is_address(name):
        return addresses.open_engine(name, config, work=run.work, stage=part, device=device_of(run.recipe))
    folder = str(run.inputs[name] / "model")
    model = model or open_policy(run, name)
    return addresses.account_local(model, folder, config, name=name, work=run.work, stage=part)


def open_engines(run: StageRun, *stages: str) -> list[Engine]:
    """As `open_engine`; roles that one stage or address plays share one."""
    engines = {stage: open_engine(run, stage) for stage in dict.fromkeys(stages)}
    return [engines[stage] for stage in stages]


def keep_unanswered(run: StageRun, unanswered: Sequence[Unanswered]) -> None:
    """Write down and tell what engines refused, where they refused anything."""
    if unanswered:
        write_records(run.folder / "unanswered.jsonl", unanswered)
        told = unanswered[0]
        run.progress.say(f"{len(unanswered)} requests were refused (unanswered.jsonl); the {told.what} of {told.id!r}: "
                         f"{told.reason}")  # fmt: skip


def open_reward(run: StageRun, stage: str) -> RewardModelScorer:
    """The reward model of an earlier stage."""
    return RewardModelScorer.load(str(run.inputs[stage] / "model"), device=device_of(run.recipe))


def both_kinds(run: StageRun, num_helpful: int, num_red_team: int) -> list[Prompt]:
    """Helpful and red-team training prompts, each id once."""
    helpful = run.source.helpful_prompts(num_helpful, seed=run.seed) if num_helpful else ()
    red_team = run.source.red_team_prompts(num_red_team, seed=run.seed) if num_red_team else ()
    return list({prompt.id: prompt for prompt in (*helpful, *red_team)}.values())


def true_score(run: StageRun) -> Reward | None:
    """1 for what the checker calls right, 0 for the rest; None without a checker. Nothing trains on it."""
    checker = run.source.checker()
    if checker is None:
        return None

    def score(pairs: Sequence[PromptResponse]) -> list[float]:
        checks = [checker.check(pair.prompt, pair.response) for pair in pairs]
        return [float(check.well_formed and not check.harmful and check.helpful is not False) for check in checks]

    return score


def best_responses(rankings: Sequence[Ranking], preferences: Sequence[Preference]) -> list[PromptResponse]:
    """The best-ranked response of each prompt, without rankings the preferred ones.

    A reward model is shifted so that these score 0 on average.
    """
    if rankings:
        return [
            PromptResponse(ranking.prompt, ranking.responses[ranking.ranks.index(min(ranking.ranks))])
            for ranking in rankings
        ]
    scored = [(one.comparison, one.prob_a) for one in preferences if one.prob_a is not None]
    return [
        PromptResponse(pair.prompt, pair.response_a if prob_a > 0.5 else pair.response_b) for pair, prob_a in scored
    ]
