"""What the page says, and that it says it safely."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from solon.errors import InputError
from solon.report import write_report
from solon.report.page import render_page
from solon.report.read import read_run

from .fake_run import ATTACK, CATEGORIES, CHAIN, CHINESE, POLICIES, make_run

FETCHES = {"src", "href", "srcset", "action", "data", "poster", "background", "xlink:href"}


class Elements(HTMLParser):
    """All start tags with their attributes, and all text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def elements(page: str) -> Elements:
    return Elements(page)


def test_what_a_model_wrote_is_text_and_never_markup(elements: Elements) -> None:
    tags = {tag for tag, _ in elements.tags}
    assert "script" not in tags and "img" not in tags and "iframe" not in tags
    assert not any(name.startswith("on") for _, attributes in elements.tags for name in attributes)


def test_what_a_model_wrote_is_shown_letter_by_letter(elements: Elements) -> None:
    assert f"{ATTACK} & <b>bold</b>" in elements.text


def test_chinese_is_intact(elements: Elements) -> None:
    assert CHINESE in elements.text and "面包两元。" in elements.text


def test_nothing_is_fetched(page: str, elements: Elements) -> None:
    targets = [value for _, attributes in elements.tags for name, value in attributes.items() if name in FETCHES]
    assert targets and all(value and value.startswith("#") for value in targets)
    assert not {"link", "base", "object", "embed"} & {tag for tag, _ in elements.tags}
    shown_by_the_attack = page.replace("http://evil.example", "")
    assert not re.search(r"https?:|//\w|@import", shown_by_the_attack)
    assert all(target.startswith("#") for target in re.findall(r"url\(['\"]?([^)'\"]*)", page))


def test_ids_are_unique(elements: Elements) -> None:
    ids = [attributes["id"] for _, attributes in elements.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_every_reference_has_its_target(page: str, elements: Elements) -> None:
    ids = {attributes["id"] for _, attributes in elements.tags if "id" in attributes}
    used = set(re.findall(r'href="#([^"]+)"', page)) | set(re.findall(r"url\(#([^)]+)\)", page))
    assert used and used <= ids


def test_every_rate_stands_with_interval_n_and_instrument(page: str) -> None:
    row = re.search(r'<th scope="row">helpful<.*?</tr>', page, re.DOTALL)
    assert row and "n 2,000" in row[0] and row[0].count("<b>") == len(POLICIES)
    assert "<b>0.900</b><small>0.884 to 0.916</small>" in row[0]  # sl_cai
    assert '<td class="instrument">checker</td>' in row[0]


def test_a_rate_over_nothing_is_a_dash_with_n_0(page: str) -> None:
    assert "<b>\u2013</b><small>n 0</small>" in page


def test_unproven_stages_are_marked_with_the_failed_gate(page: str, elements: Elements) -> None:
    assert "Unproven: preference_model, rl_cai" in elements.text
    assert "accuracy 0.71 of preference_model is below 0.80" in elements.text
    marked = re.findall(r'(\w+) <span class="unproven"', page)
    assert set(marked) == {"preference_model", "rl_cai", "learning"}


def test_paired_differences_keep_their_sign(page: str) -> None:
    assert "<b>\u22120.010</b><small>\u22120.022 to 0.002</small>" in page


def test_every_category_and_stage_is_named(elements: Elements) -> None:
    for name in (*CATEGORIES, *CHAIN):
        assert name in elements.text


def test_the_transcript_is_the_first_prompt_in_id_order(elements: Elements) -> None:
    assert "eval/harmful/0001" in elements.text
    assert "never shown" not in elements.text and "eval/harmful/0002" not in elements.text
    assert elements.text.count("wait for night and take it .") == 2  # sft and helpful_rlhf


def test_an_empty_response_is_said_to_be_empty(elements: Elements) -> None:
    assert elements.text.count("(an empty response)") == len(POLICIES)


def test_each_figure_has_a_description_for_who_cannot_see_it(elements: Elements) -> None:
    figures = [attributes for tag, attributes in elements.tags if tag == "svg"]
    assert len(figures) >= 9
    assert all(attributes["role"] == "img" and attributes["aria-label"] for attributes in figures)


def test_limits_are_stated(elements: Elements) -> None:
    assert "It makes no claim about large models" in elements.text


def test_the_same_run_gives_the_same_page(fake_run_folder: Path) -> None:
    run = read_run(fake_run_folder)
    short = replace(run, stages=run.stages[:1])
    assert render_page(short) == render_page(short)


def test_a_run_without_finished_stages_has_a_page(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text("seed: 0\n", encoding="utf-8")
    write_report(tmp_path, tmp_path / "report.html")
    assert "No stage is finished yet" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run there"):
        write_report(tmp_path, tmp_path / "report.html")


def test_a_broken_sample_is_told_with_file_and_line(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    (run / "1-base" / "evaluation" / "samples.jsonl").write_text('{"response": "x"}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"samples\.jsonl:1: not a row that the report can show"):
        write_report(run, tmp_path / "report.html")


def test_the_report_needs_no_torch() -> None:
    code = "import sys, solon.report.page, solon.report.read; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_page_begins_with_what_changed_from_sft_to_the_last_policy(elements: Elements) -> None:
    assert "From sft to rl_cai" in elements.text
    assert "harmful 0.970 \u2192 0.008" in elements.text


def test_every_section_that_is_listed_is_there(page: str, elements: Elements) -> None:
    listed = re.findall(r'<li><a href="#([a-z-]+)"', page)
    headings = {attributes.get("id") for tag, attributes in elements.tags if tag == "h2"}
    assert len(listed) == 13 and set(listed) <= headings


def test_calls_tokens_and_money_stand_at_their_stage(page: str) -> None:
    cells = "".join(f"<td>{text}</td>" for text in ("1", "1", "1", "1,234", "567", "0.2500", "\u2013"))
    assert re.search(rf'<th scope="row">ai_feedback</th><td>\d+</td>{cells}', page)
    assert re.search(r'<th scope="row">sft</th><td>\d+</td><td>0</td>.*<td>8,000</td></tr>', page)


def test_shares_of_a_mixture_stand_beside_what_was_asked(page: str) -> None:
    row = '<th scope="row">all</th><td>books</td><td>0.700</td><td>0.702</td><td>3,510</td><td>40</td>'
    assert row in page


def test_each_transcript_names_its_rule(elements: Elements) -> None:
    assert "Rule: rl_cai refuses what a policy before it helped with" in elements.text
    assert "No prompt of this run fits: Where the chain failed: harm" in elements.text


def test_rows_of_files_are_told(page: str) -> None:
    cells = "<td>demonstrations</td><td>9</td><td>7</td><td>2</td>"
    assert f'<th scope="row">answers.jsonl</th>{cells}' in page


def test_every_header_cell_says_what_it_heads_and_every_scrolling_part_can_be_focused(elements: Elements) -> None:
    heads = [attributes for tag, attributes in elements.tags if tag == "th"]
    assert heads and all(attributes.get("scope") in ("row", "col") for attributes in heads)
    scrolling = [attributes for _, attributes in elements.tags if attributes.get("class") == "scroll"]
    assert scrolling and all(one.get("tabindex") == "0" and one.get("aria-label") for one in scrolling)


def test_a_figure_without_a_table_of_its_own_has_its_numbers_folded_below_it(page: str) -> None:
    assert page.count("The numbers of this figure") >= 7
    assert '<th scope="row">KL to the reference (nats)</th>' in page
