"""Text read in the wrong encoding, and text that only looks so."""

# ruff: noqa: RUF001

import gzip
import json
import os
from pathlib import Path

import pytest

from solon.data.doctor.encoding import CODE_PAGES, LOST, repair, repair_strings

DATA = Path(os.environ.get("SOLON_DATA", "../shared")) / "data"

CHINESE = "数据库的设计要求我们首先理解用户的需求，然后建立合适的模型。"


def read_with_bytes_dropped(text: str, page: str) -> str:
    return text.encode().decode(page, "ignore")


@pytest.mark.parametrize(
    ("damaged", "meant"),
    [
        ("cafÃ© au lait, dÃ©jÃ\xa0 vu", "café au lait, déjà vu"),
        ("donâ€™t say â€œnoâ€\x9d", "don’t say “no”"),
        ("ÐŸÑ€Ð¸Ð²ÐµÑ‚, Ð¼Ð¸Ñ€", "Привет, мир"),
        ("ðŸ˜€ hello", "😀 hello"),
    ],
)
def test_mojibake_without_loss_is_repaired(damaged: str, meant: str) -> None:
    assert repair(damaged) == (meant, "repaired", 0)


def test_chinese_read_as_windows_1254_with_bytes_dropped_is_partly_repaired() -> None:
    # windows-1254 has no character for 81 8D 8E 8F 90 9D 9E: characters with such a byte are lost, the others come back
    missing = {0x81, 0x8D, 0x8E, 0x8F, 0x90, 0x9D, 0x9E}
    meant = "".join(LOST if missing & set(char.encode()) else char for char in CHINESE)
    lost = meant.count(LOST)
    assert 0 < lost < 10
    assert repair(read_with_bytes_dropped(CHINESE, "cp1254")) == (meant, "partly", lost)


@pytest.mark.parametrize("page", CODE_PAGES)
def test_chinese_read_in_any_windows_code_page_is_found(page: str) -> None:
    found = repair(read_with_bytes_dropped(CHINESE, page))
    assert found.status != "clean"
    if found.status != "hopeless":
        assert all(char in CHINESE or char == LOST for char in found.text)


def test_mojibake_inside_clean_text_leaves_the_rest_alone() -> None:
    damaged = "The word “" + read_with_bytes_dropped("数据库设计要求", "cp1254") + "” means: database — 数据库."
    found = repair(damaged)
    assert found.status == "partly"
    assert found.text.startswith("The word “") and found.text.endswith("” means: database — 数据库.")


def test_replacement_characters_of_the_source_are_counted() -> None:
    assert repair("a b\ufffdc and d\ufffd, a long text") == ("a b\ufffdc and d\ufffd, a long text", "partly", 2)


def test_a_text_that_lost_a_third_is_hopeless_and_left_as_it_was() -> None:
    assert repair("\ufffd\ufffd\ufffd ab") == ("\ufffd\ufffd\ufffd ab", "hopeless", 3)


@pytest.mark.parametrize(
    "text",
    [
        CHINESE,
        "「こんにちは」と彼は言った。",
        "안녕하세요, 세계!",
        "Où est-il allé ? « Là-bas », dit-elle… C’est l’été.",
        "Er sagte: „Spaß“ und „Fuß“, „groß“.",
        "São Paulo é a maior cidade; NÃO HÁ PÃO À VENDA.",
        "Привет! «Моё» и «твоё» — её СССР»",
        "Для «неё» и ради «её» мы всё это сделали.",
        "Đây là tiếng Việt với dấu.",
        "مرحبا بالعالم، كيف حالك؟",
        "שלום עולם",
        "Καλημέρα κόσμε",
        "नमस्ते दुनिया",
        "Türkçe: ığüşöçİ, «evet»",
        "😀👩‍👩‍👧 ok ✅ → ½ ± 3°C, 5 €",
        "α ≤ β ⇒ ∑ xᵢ² ≈ 10⁻³ µm",
        "┌──┐\n│ok│\n└──┘",
        "def f(x): return '→' # naïve",
        "zero\u200bwidth, soft\u00adhyphen, no\u00a0break, line\u2028separator",
    ],
)
def test_clean_text_of_any_language_is_not_touched(text: str) -> None:
    assert repair(text) == (text, "clean", 0)


def test_punctuation_is_left_alone() -> None:
    text = "“curly” ‘quotes’, ﬁ ligature, ＦＵＬＬ width, a\u0301 combining &amp; entity"
    assert repair(text).text == text


def test_strings_of_a_json_value_are_repaired_and_nothing_else() -> None:
    row = {"cafÃ©": ["dÃ©jÃ\xa0", 1, None, True], "b": {"c": "ok"}}
    repaired, found = repair_strings(row)
    assert repaired == {"cafÃ©": ["déjà", 1, None, True], "b": {"c": "ok"}}
    assert [one.status for one in found] == ["repaired"]


@pytest.mark.skipif(not (DATA / "critiquellm").is_dir(), reason="no real data: set SOLON_DATA")
def test_real_chinese_is_not_touched_and_comes_back_from_windows_1254() -> None:
    file = DATA / "critiquellm" / "pointwise_reference_based_sample.jsonl.gz"
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["reference"] for line in lines]
    chinese = [text for text in texts if LOST not in text and sum(char >= "\u4e00" for char in text) > 100]
    assert len(chinese) > 20
    assert {repair(text).status for text in chinese} == {"clean"}
    for text in chinese:
        found = repair(read_with_bytes_dropped(text, "cp1254"))
        assert found.status == "partly"
        intact = len(found.text) - found.lost
        assert sum(char in text for char in found.text) >= 0.99 * intact
