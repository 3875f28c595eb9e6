"""Chat templates in the published forms, and a small tokenizer that has each one's special tokens."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)

LLAMA_2 = (
    "{% if messages[0]['role'] == 'system' %}"
    "{% set given = '<<SYS>>\n' + messages[0]['content'] + '\n<</SYS>>\n\n' %}{% set rounds = messages[1:] %}"
    "{% else %}{% set given = '' %}{% set rounds = messages %}{% endif %}"
    "{% for m in rounds %}"
    "{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}"
    "{% if m['role'] == 'user' %}"
    "{{ bos_token + '[INST] ' + ((given if loop.first else '') + m['content']).strip() + ' [/INST]' }}"
    "{% else %}{{ ' ' + m['content'].strip() + ' ' + eos_token }}{% endif %}{% endfor %}"
)

LLAMA_3 = (
    "{{ bos_token }}{% for m in messages %}"
    "{{ '<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n' + m['content'] | trim + '<|eot_id|>' }}"
    "{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)

MISTRAL = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
    "{% set given = messages[0]['content'] + '\n\n' %}{% set rounds = messages[1:] %}"
    "{% else %}{% set given = '' %}{% set rounds = messages %}{% endif %}"
    "{% for m in rounds %}{% if m['role'] == 'user' %}"
    "{{ '[INST] ' + (given if loop.first else '') + m['content'] + ' [/INST]' }}"
    "{% else %}{{ ' ' + m['content'] + eos_token }}{% endif %}{% endfor %}"
)

MISTRAL_SYSTEM_LAST = MISTRAL.replace("given if loop.first", "given if loop.index0 >= (rounds | length) - 2")
"""As in version 3: the system's text moves on to the newest question."""

_GEMMA_TURNS = (
    "{% for m in rounds %}{{ '<start_of_turn>' + ('model' if m['role'] == 'assistant' else m['role']) + '\n' }}"
    "{{ (given if loop.first else '') + m['content'] | trim + '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)

GEMMA_2 = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}"
    "{% endif %}{% set given = '' %}{% set rounds = messages %}" + _GEMMA_TURNS
)

GEMMA_3 = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
    "{% set given = messages[0]['content'] + '\n\n' %}{% set rounds = messages[1:] %}"
    "{% else %}{% set given = '' %}{% set rounds = messages %}{% endif %}" + _GEMMA_TURNS
)

ZEPHYR = (
    "{% for m in messages %}{{ '<|' + m['role'] + '|>\n' + m['content'] + eos_token + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}"
)
"""Its role marks are plain text: only `</s>` is a special token."""

QWEN_3 = (
    "{% set ns = namespace(asked=0) %}{% for m in messages %}{% if m['role'] == 'user' %}"
    "{% set ns.asked = loop.index0 %}{% endif %}{% endfor %}"
    "{% for m in messages %}{% set content = m['content'] %}{% if m['role'] == 'assistant' %}"
    "{% set thought = '' %}{% if m.reasoning_content is string %}{% set thought = m.reasoning_content %}"
    "{% elif '</think>' in content %}"
    "{% set thought = content.split('</think>')[0].split('<think>')[-1] %}"
    "{% set content = content.split('</think>')[-1].lstrip('\n') %}{% endif %}"
    "{{ '<|im_start|>assistant\n' }}{% if loop.index0 > ns.asked and (loop.last or thought) %}"
    "{{ '<think>\n' + thought.strip('\n') + '\n</think>\n\n' + content.lstrip('\n') }}"
    "{% else %}{{ content }}{% endif %}"
    "{% for call in m.tool_calls or [] %}{% if loop.index0 or content %}{{ '\n' }}{% endif %}"
    '{{ \'<tool_call>\n{"name": "\' + call.function.name + \'", "arguments": \' }}'
    "{{ call.function.arguments if call.function.arguments is string else call.function.arguments | tojson }}"
    "{{ '}\n</tool_call>' }}{% endfor %}{{ '<|im_end|>\n' }}"
    "{% elif m['role'] == 'tool' %}"
    "{{ '<|im_start|>user\n<tool_response>\n' + content + '\n</tool_response><|im_end|>\n' }}"
    "{% else %}{{ '<|im_start|>' + m['role'] + '\n' + content + '<|im_end|>\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}"
    "{% if enable_thinking is defined and enable_thinking is false %}{{ '<think>\n\n</think>\n\n' }}"
    "{% endif %}{% endif %}"
)
"""Thinking and tool calls; thinking before the last question is left out."""

MISTRAL_TOOLS = (
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}{{ '[INST] ' + m['content'] + '[/INST]' }}"
    "{% elif m['role'] == 'tool' %}"
    "{{ '[TOOL_RESULTS] {\"content\": ' + m['content'] }}"
    "{{ ', \"call_id\": \"' + m['tool_call_id'] + '\"}[/TOOL_RESULTS]' }}"
    "{% elif m.tool_calls %}{{ '[TOOL_CALLS] [' }}{% for call in m.tool_calls %}"
    '{{ \'{"name": "\' + call.function.name + \'", "arguments": \' + call.function.arguments | tojson }}'
    "{{ ', \"id\": \"' + call.id + '\"}' }}{{ ', ' if not loop.last }}{% endfor %}{{ ']' + eos_token }}"
    "{% else %}{{ ' ' + m['content'] + eos_token }}{% endif %}{% endfor %}"
)
"""Its call marks are special tokens, and arguments are wanted as objects."""


QWEN_25 = (
    "{% set system = messages[0]['content'] if messages[0]['role'] == 'system' else 'You are a helpful assistant.' %}"
    "{{ '<|im_start|>system\n' + system }}{% if tools %}"
    "{{ '\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>' }}"
    "{% for tool in tools %}{{ '\n' }}{{ tool | tojson }}{% endfor %}"
    "{{ '\n</tools>\n\nFor each function call, return a json object with function name and arguments within "
    '<tool_call></tool_call> XML tags:\n<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n'
    "</tool_call>' }}{% endif %}{{ '<|im_end|>\n' }}"
    "{% for m in messages %}{% if m.role == 'tool' %}"
    "{{ '<|im_start|>user\n<tool_response>\n' + m.content + '\n</tool_response><|im_end|>\n' }}"
    "{% elif m.role == 'assistant' and m.tool_calls %}{{ '<|im_start|>assistant' }}"
    "{% if m.content %}{{ '\n' + m.content }}{% endif %}{% for call in m.tool_calls %}"
    '{{ \'\n<tool_call>\n{"name": "\' + call.function.name + \'", "arguments": \' }}'
    "{{ call.function.arguments | tojson }}{{ '}\n</tool_call>' }}{% endfor %}{{ '<|im_end|>\n' }}"
    "{% elif m.role != 'system' or not loop.first %}"
    "{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""Definitions of tools at the end of the system's turn."""

LLAMA_31 = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
    "{% set system = messages[0]['content'] | trim %}{% set messages = messages[1:] %}"
    "{% else %}{% set system = '' %}{% endif %}"
    "{{ '<|start_header_id|>system<|end_header_id|>\n\n' }}"
    "{% if tools %}{{ 'Environment: ipython\n' }}{% endif %}{{ system + '<|eot_id|>' }}"
    "{% if tools %}{% if messages | length == 0 %}{{ raise_exception('Cannot put tools in the first user message') }}"
    "{% endif %}{% set asked = messages[0]['content'] | trim %}{% set messages = messages[1:] %}"
    "{{ '<|start_header_id|>user<|end_header_id|>\n\nGiven the following functions, please respond with a JSON for a "
    "function call with its proper arguments that best answers the given prompt.\n\n' }}"
    "{% for tool in tools %}{{ tool | tojson(indent=4) }}{{ '\n\n' }}{% endfor %}{{ asked + '<|eot_id|>' }}{% endif %}"
    "{% for m in messages %}{% if m.role == 'tool' %}"
    "{{ '<|start_header_id|>ipython<|end_header_id|>\n\n' + m.content | tojson + '<|eot_id|>' }}"
    "{% elif m.tool_calls %}"
    "{% if m.tool_calls | length != 1 %}{{ raise_exception('This model only supports single tool-calls at once!') }}"
    "{% endif %}{% set call = m.tool_calls[0].function %}"
    '{{ \'<|start_header_id|>assistant<|end_header_id|>\n\n{"name": "\' + call.name + \'", "parameters": \' }}'
    "{{ call.arguments | tojson + '}<|eot_id|>' }}{% else %}"
    "{{ '<|start_header_id|>' + m.role + '<|end_header_id|>\n\n' + m.content | trim + '<|eot_id|>' }}"
    "{% endif %}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
"""Definitions of tools before the first question; one call a turn."""


class Shape(NamedTuple):
    """A chat template with the tokens of its tokenizer."""

    jinja: str
    bos: str | None
    eos: str
    others: tuple[str, ...] = ()
    """Further special tokens."""
    plain: tuple[str, ...] = ()
    """Tokens of their own that are not special."""


SHAPES = {
    "chatml": Shape(CHATML, None, "<|im_end|>", ("<|im_start|>",)),
    "llama-2": Shape(LLAMA_2, "<s>", "</s>"),
    "llama-3": Shape(
        LLAMA_3, "<|begin_of_text|>", "<|end_of_text|>", ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
    ),
    "mistral": Shape(MISTRAL, "<s>", "</s>"),
    "gemma": Shape(GEMMA_3, "<bos>", "<eos>", ("<start_of_turn>", "<end_of_turn>")),
    "zephyr": Shape(ZEPHYR, None, "</s>"),
    "qwen-3": Shape(
        QWEN_3,
        None,
        "<|im_end|>",
        ("<|im_start|>", "<|endoftext|>"),
        ("<think>", "</think>", "<tool_call>", "</tool_call>"),
    ),
    "mistral-tools": Shape(
        MISTRAL_TOOLS,
        "<s>",
        "</s>",
        ("[INST]", "[/INST]", "[TOOL_CALLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]"),
    ),
}


WITH_TOOLS = {
    "qwen-2.5": Shape(QWEN_25, None, "<|im_end|>", ("<|im_start|>",), ("<tool_call>", "</tool_call>")),
    "llama-3.1": SHAPES["llama-3"]._replace(jinja=LLAMA_31),
}
"""Templates that show definitions of tools."""


@cache
def _backend(*, adds_space: bool) -> str:
    backend = Tokenizer(models.BPE())
    texts = ["the baker sells bread .", "is this right ? no , it is not ."] * 4
    if adds_space:  # as Llama-2's: a mark for the space, and one before every text
        backend.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
        backend.decoder = decoders.Sequence(
            [decoders.Replace("\u2581", " "), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
        )
        trainer = trainers.BpeTrainer(vocab_size=100, show_progress=False)
        texts += ["[INST] [/INST]"] * 4
    else:
        backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        backend.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=330, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
        )
    backend.train_from_iterator(texts, trainer)
    return str(backend.to_str())


def tokenizer_of(shape: Shape, *, adds_space: bool = False) -> PreTrainedTokenizerFast:
    """A tokenizer with the shape's tokens, a pad token and its chat template: byte-level, or one that adds spaces.

    The further special tokens are known to the tokenizer alone, not listed by name, as many published ones have it.
    """
    backend = Tokenizer.from_str(_backend(adds_space=adds_space))
    backend.add_special_tokens([*shape.others])
    backend.add_tokens([*shape.plain])
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=backend,
        bos_token=shape.bos,
        eos_token=shape.eos,
        pad_token="<pad>",
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = shape.jinja
    return tokenizer
