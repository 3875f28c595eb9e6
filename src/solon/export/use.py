"""Of a model card: what the model is for, how it is asked and loaded, how it is cited."""

from __future__ import annotations

from solon.export.loading import Loading
from solon.export.markdown import bullets, code, escaped
from solon.export.origin import Origin
from solon.records import assistant, user
from solon.store.lineage import Manifest

_EXAMPLE = (user("Hello."), assistant("Hello. What can I do?"), user("Tell me the way."))


def use_section(origin: Origin) -> str:
    """What it was made for."""
    if origin.in_the_world:
        return (
            "To study and to check the method: what each stage of constitutional training does to a small model whose "
            "every answer an exact checker can judge. It speaks of that world alone."
        )
    if origin.stage.kind == "reward model":
        return (
            "To score responses to prompts like those it was trained on, for training or for choosing among responses "
            "of the models of the same run. Any further use was not stated at export."
        )
    return (
        "To answer requests like those it was trained on, by whoever has measured it on their own. Any further use was "
        "not stated at export."
    )


def out_of_scope_section(origin: Origin) -> str:
    """What it was not made for."""
    lines = [
        "Advice that someone's health, money, rights or safety depend on: nothing of the kind was measured.",
        "Use without a person who answers for it, and without a test on the requests it will really meet.",
        "Attempts to draw out what the constitution forbids, other than to measure and mend the model.",
    ]
    if origin.in_the_world:
        lines.insert(0, "Any use as an assistant: it knows a made world of a few hundred words and nothing else.")
    if origin.stage.kind == "reward model":
        lines.append("Scores of responses of other models, or as a measure of quality: training raises such scores.")
    return bullets(lines)


def prompt_section(loading: Loading) -> str:
    """A conversation as the model reads it, up to where it answers."""
    template = loading.template
    shown = template.spell(template.prompt_ids(_EXAMPLE))
    ends = ", ".join(f"`{template.spell([one])}`" for one in template.end_ids)
    return (
        "A conversation of a user's turn, an answer and a user's turn, up to where the model answers; the chat "
        f"template in the folder writes it:\n\n{code(shown)}\n\nAn answer ends with one of {ends}. Take special tokens "
        "out of what users write: transformers reads them as such, so a text could forge a turn (Solon's own engine "
        "does not)."
    )


def loading_section(origin: Origin, loading: Loading, *, adapter: bool) -> str:
    """Code for transformers."""
    if origin.stage.kind == "reward model":
        lines = _score(loading, adapter=adapter)
        said = (
            "Its scores are those of Solon. `solon_shift` centres them; differences between scores do not depend on it."
        )
    else:
        lines = _answer(loading, adapter=adapter)
        said = "Asked greedily, it says what the stage says in Solon; in half precision rounding may tip a token."
    if adapter:
        said += f" The base of the adapter is {_base_of(origin)}: export that stage too, and name its folder."
    return f"{said}\n\n```python\n{chr(10).join(lines)}\n```"


def _base_of(origin: Origin) -> str:
    """The stage whose weights a stage began with: the one among its roles that says from what."""
    roles = origin.stage.manifest.settings.get("roles") or {}
    found = [str(name) for role, name in roles.items() if role.endswith("_from")]
    return f"stage {escaped(found[0])} of the same run" if len(found) == 1 else "unknown"


def _opened(loading: Loading, model_class: str, *, adapter: bool) -> list[str]:
    imports = [*sorted({model_class, loading.tokenizer_class})]
    lines = [f"from transformers import {', '.join(imports)}", "", 'folder = "."  # this folder']
    lines.append(f"tokenizer = {loading.tokenizer_class}.from_pretrained(folder)")
    if not adapter:
        return [*lines, f"model = {model_class}.from_pretrained(folder)"]
    labels = ", num_labels=1" if "Sequence" in model_class else ""
    return [
        "from peft import PeftModel",
        *lines,
        'base = "base"  # the folder of the base',
        f"model = PeftModel.from_pretrained({model_class}.from_pretrained(base{labels}), folder)",
    ]


def _thinking(loading: Loading) -> str:
    return ", enable_thinking=False" if loading.thinking_off else ""


def _answer(loading: Loading, *, adapter: bool) -> list[str]:
    frame = loading.template.frame
    lines = [
        *_opened(loading, "AutoModelForCausalLM", adapter=adapter),
        'messages = [{"role": "user", "content": "Hello."}]',
        "inputs = tokenizer.apply_chat_template(",
        f'    messages, add_generation_prompt=True, return_dict=True, return_tensors="pt"{_thinking(loading)}',
        ")",
        "ids = model.generate(**inputs, max_new_tokens=64, do_sample=False)",
        'text = tokenizer.decode(ids[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)',
    ]
    if frame.lead.strip(" ") or frame.tail:  # what the template writes around every answer
        lines.append(f"text = text.removeprefix({frame.lead!r}).removesuffix({frame.tail!r})")
    return [*lines, "print(text)"]


def _score(loading: Loading, *, adapter: bool) -> list[str]:
    return [
        "import torch",
        *_opened(loading, "AutoModelForSequenceClassification", adapter=adapter),
        'messages = [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "Hello."}]',
        f"ids = tokenizer.apply_chat_template(messages, return_dict=False{_thinking(loading)})",
        f"end = max(place for place, one in enumerate(ids) if one == {loading.template.end_id}) + 1  # of the answer",
        "with torch.no_grad():",
        "    score = model(torch.tensor([ids[:end]])).logits[0, 0].item()",
        'score += getattr(model.config, "solon_shift", 0.0)',
        "print(score)",
    ]


def citation_section(manifest: Manifest) -> str:
    """The method, and the program with its commit."""
    commit = manifest.machine.commit
    note = f"version {manifest.machine.solon}, commit {commit}" if commit else f"version {manifest.machine.solon}"
    return "\n".join(
        [
            "```bibtex",
            "@misc{bai2022constitutional,",
            "  title = {Constitutional {AI}: Harmlessness from {AI} Feedback},",
            "  author = {Bai, Yuntao and Kadavath, Saurav and Kundu, Sandipan and Askell, Amanda and others},",
            "  year = {2022}, eprint = {2212.08073}, archivePrefix = {arXiv}",
            "}",
            "@software{solon,",
            f"  title = {{Solon: an open post-training system}}, note = {{{note}}}",
            "}",
            "```",
        ]
    )
