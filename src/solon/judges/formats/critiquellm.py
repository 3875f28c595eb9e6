"""CritiqueLLM: a critique in Chinese that ends with an overall score, or with which of two helpers is better.

Source of the output's form: Ke et al. 2023, arXiv:2311.18702; the wording of the questions is ours.
"""

from __future__ import annotations

import re

from solon.judges.formats.asking import ask_of_pair, ask_of_response
from solon.judges.grammar import TIE, one_of, read_verdict, score_on
from solon.judges.reading import PairCase, Reading, ResponseCase, Scale
from solon.records import Message

_COLON = "[:\N{FULLWIDTH COLON}]"
_SCORE = re.compile(
    rf"['\"]?综合得分['\"]?\s*{_COLON}\s*(?P<said>[^\s,}}\N{{FULLWIDTH COMMA}}\N{{IDEOGRAPHIC FULL STOP}}]+)"
)
_BETTER = re.compile(rf"\{{\s*['\"]综合比较结果['\"]\s*{_COLON}\s*['\"](?P<said>[^'\"\n]*)['\"]\s*\}}")

_POINTWISE = """请评价一位助手对用户提问的回答: 先指出优点和不足, 再给出 1 到 10 分的综合得分, \
满足需求且正确清晰的回答得分高。
最后一行只写: {'综合得分': 分数}"""
_PAIRWISE = """请比较两位助手对同一提问的回答: 先说明两者的差别, 再判断哪一个更好。顺序和长短不影响判断。
最后一行只写以下三者之一:
{'综合比较结果': '助手1'}
{'综合比较结果': '助手2'}
{'综合比较结果': '质量相当'}"""
_NAMES = {"reference": "参考答案", "question": "用户的提问"}


class CritiqueLLMPointwise:
    """`... {'综合得分': 7}`, also as a part of a longer object, or without the quotes."""

    @property
    def scale(self) -> Scale:
        """1 to 10."""
        return Scale(1, 10, whole=False)

    def question(self, case: ResponseCase) -> tuple[Message, ...]:
        """A critique and an overall score."""
        return ask_of_response(case, _POINTWISE, response="助手的答案", **_NAMES)

    def parse(self, completion: str) -> Reading:
        """The last overall score."""
        return read_verdict(completion, _SCORE, score_on(self.scale), wanted="综合得分")


class CritiqueLLMPairwise:
    """`... {'综合比较结果': '助手1'}`, `助手2` or `质量相当`."""

    def question(self, case: PairCase) -> tuple[Message, ...]:
        """A comparison and a verdict."""
        return ask_of_pair(case, _PAIRWISE, first="助手1的答案", second="助手2的答案", **_NAMES)

    def parse(self, completion: str) -> Reading:
        """The last verdict."""
        meaning = one_of({"助手1": "a", "助手2": "b", "质量相当": TIE})
        return read_verdict(completion, _BETTER, meaning, wanted="{'综合比较结果': ...}")
