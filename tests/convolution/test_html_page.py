"""The page in which you move the kernel: one file, right figures, and controls that work in a browser."""

import importlib.util
import re
import shutil
from pathlib import Path

import pytest

from convpipe.convolution.html_page import build_page, expected, layers, numbers
from convpipe.cost.layer import Layer

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs" / "convolution.html"
PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    if PROGRAM is None:
        pytest.skip("no Chromium on this machine; apt-get install chromium to try the page in a browser")
    specification = importlib.util.spec_from_file_location("chromium", Path(__file__).with_name("chromium.py"))
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    browser = module.Chromium(PROGRAM, str(tmp_path_factory.mktemp("chromium")))
    yield browser
    browser.close()


@pytest.fixture
def fresh(page):
    page.requests.clear()
    page.open(PAGE.as_uri())
    return page


def set_to(page, name, value):
    """Work a control of the form as a hand would: change it and let the page know."""
    page.value(
        f"(e => {{ e.value = '{value}'; e.dispatchEvent(new Event('input', {{bubbles: true}})) }})"
        f"(document.getElementById('{name}'))"
    )


def choose(page, dimensions):
    page.value(f"document.querySelector('[name=dimensions][value=\"{dimensions}\"]').click()")


def text(page, name):
    return page.value(f"document.getElementById('{name}').innerText")


def now(page):
    return page.value("document.querySelector('#stage .now text').textContent")


def test_the_committed_page_is_what_the_package_makes():
    made = build_page()
    assert PAGE.read_text(encoding="utf-8") == made, (
        "write it again: python scripts/convolve.py page=docs/convolution.html"
    )
    assert len(made.encode()) < 300_000
    assert "/*" not in re.sub(r"<script.*", "", made, flags=re.S).replace("/**/", "")


def test_it_is_one_file_that_fetches_nothing():
    assert not re.findall(r"https?://|src=|@import|url\(|fetch\(|XMLHttpRequest|import\(", build_page())


def test_the_checks_cover_every_kind_of_layer_and_empty_outputs():
    found = layers()
    assert len(found) == 4 * 3 * 2 * (5 + 4 + 4)
    assert {(c["dimensions"], c["padding"]) for c in found} >= {(1, "causal"), (2, "same"), (3, "2")}
    assert any(len(check["expected"]) == 1 for check in numbers()["checks"])


def test_an_empty_output_expects_the_smallest_input():
    import numpy as np

    layer = {"dimensions": 2, "kernel": 5, "stride": 1, "dilation": 2, "padding": "1", "channels": 1, "filters": 1}
    (least,) = expected(layer, np.zeros((6, 6, 3), int), np.zeros((5, 5, 3), int))
    Layer((least, least), 1, (5, 5), dilation=(2, 2), padding=((1, 1), (1, 1)))
    assert least == 7


def test_the_page_agrees_with_python_and_asks_nothing_of_the_network(fresh):
    assert fresh.value("document.documentElement.dataset.selfCheck") == "passed"
    assert text(fresh, "check") == "Self-check: 312 layers computed here and in Python, no difference."
    assert [url for url in fresh.requests if not url.startswith(("file:", "data:"))] == []


def test_the_self_check_fails_when_a_figure_is_wrong(fresh):
    assert fresh.value("numbers.checks[0].expected[1] += 1, selfCheck().length") == 1


def test_every_control_changes_shape_and_cost_at_once(fresh):
    for name, value in {
        "kernel": 5,
        "stride": 2,
        "dilation": 2,
        "channels": 3,
        "filters": 16,
        "padding": "same",
    }.items():
        before = text(fresh, "facts"), text(fresh, "stage")
        set_to(fresh, name, value)
        assert (text(fresh, "facts"), text(fresh, "stage")) != before, name
    layer = Layer((12,), 3, (5,), (2,), (2,), filters=16, padding="same")
    facts = text(fresh, "facts")
    assert f"output shape\t{layer.output_shape}" in facts
    assert f"parameters\t{layer.parameters:,}:" in facts
    assert f"multiply-adds\t{layer.multiply_adds:,}:" in facts


def test_the_sum_is_that_of_the_position(fresh):
    assert text(fresh, "sum") == "output (3): −2 + 0 + 8 = 6" and now(fresh) == "6"
    set_to(fresh, "position", 6)
    assert text(fresh, "sum") == "output (6): −9 + 0 + 3 = −6" and now(fresh) == "−6"


@pytest.mark.parametrize("dimensions", [2, 3])
def test_the_arrow_keys_move_the_kernel_along_every_axis(fresh, dimensions):
    choose(fresh, dimensions)
    set_to(fresh, "position", 0)
    fresh.value("document.getElementById('stage').focus()")
    moves = {2: ["ArrowRight", "ArrowDown"], 3: ["ArrowRight", "ArrowDown", "PageDown"]}[dimensions]
    for key in moves:
        fresh.press(key)
    assert text(fresh, "sum").startswith(f"output ({', '.join(['1'] * dimensions)}):")
    fresh.press("ArrowLeft")
    fresh.press("ArrowLeft")
    assert text(fresh, "sum").startswith(f"output ({', '.join(['1'] * (dimensions - 1))}, 0):")


def test_every_control_is_reached_by_the_tab_key(fresh):
    reached = set()
    for _ in range(14):
        fresh.press("Tab")
        reached.add(fresh.value("document.activeElement.id || document.activeElement.name"))
    assert reached >= {"dimensions", "kernel", "stride", "dilation", "channels", "filters", "padding", "back", "on"}
    assert reached >= {"position", "play", "stage"}


def test_a_tap_moves_the_kernel_and_the_phone_need_not_scroll_sideways(page):
    page.open(PAGE.as_uri(), width=390, height=844)
    page.call("Emulation.setTouchEmulationEnabled", enabled=True)
    page.tap("#stage [data-go='8']")
    assert text(page, "sum").startswith("output (8)")
    for dimensions in (1, 2, 3):
        choose(page, dimensions)
        set_to(page, "channels", 3)
        set_to(page, "padding", "2")
        assert page.value("document.documentElement.scrollWidth") <= 390
    page.call("Emulation.setTouchEmulationEnabled", enabled=False)


def test_an_empty_output_is_explained_with_the_smallest_input(fresh):
    choose(fresh, 3)
    set_to(fresh, "kernel", 5)
    assert text(fresh, "empty").endswith("The smallest input that would do is 5 × 5 × 5.")
    set_to(fresh, "kernel", 3)
    assert fresh.value("document.getElementById('empty').hidden") and text(fresh, "sum").startswith("output (")


def test_causal_padding_is_for_one_axis_only(fresh):
    set_to(fresh, "padding", "causal")
    assert "4 before" not in text(fresh, "facts") and "2 before, 0 after" in text(fresh, "facts")
    choose(fresh, 2)
    assert fresh.value("document.getElementById('padding').value") == "same"


def test_light_and_dark_follow_the_system(fresh):
    colours = []
    for scheme in ("light", "dark"):
        fresh.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        colours.append(fresh.value("getComputedStyle(document.body).backgroundColor"))
    fresh.call("Emulation.setEmulatedMedia", features=[])
    assert colours == ["rgb(255, 255, 255)", "rgb(18, 23, 29)"]
