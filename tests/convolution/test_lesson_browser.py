"""The lesson page in a browser: what is seen without scrolling, keys, touch, motion and accessibility."""

import importlib.util
from pathlib import Path

import pytest

from convpipe.convolution.lesson_page.examples import examples
from convpipe.convolution.lesson_page.questions import QUESTIONS

pytestmark = pytest.mark.slow

STATES = [f"example={name}" for name in examples()] + [question.fragment for question in QUESTIONS]


@pytest.mark.parametrize("fragment", STATES)
def test_stage_sum_and_mover_fit_above_the_fold(show, fragment):
    page = show(fragment)
    boxes = page.boxes("[stage, byId('sum'), document.querySelector('.mover')]")
    assert all(0 <= top < bottom <= 768 and right <= 1366 for _, top, right, bottom in boxes)
    (outer,), inner = page.boxes("[stage]"), page.boxes("[...stage.querySelectorAll('svg, canvas')]")
    assert inner
    for box in inner:
        assert box[0] >= outer[0] - 1 and box[1] >= outer[1] - 1 and box[2] <= outer[2] + 1 and box[3] <= outer[3] + 1


@pytest.mark.parametrize("fragment", STATES)
def test_a_phone_need_not_scroll_sideways(show, fragment):
    page = show(fragment, 390, 844)
    assert page.value("document.documentElement.scrollWidth") <= 390
    assert page.value("stage.scrollWidth <= stage.clientWidth + 1")


@pytest.mark.parametrize(
    "fragment, moves, wanted",
    [
        ("example=sensor&position=0", ["ArrowRight", "ArrowRight", "ArrowLeft"], 1),
        ("example=image", ["ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown"], 7),
        ("example=rows&position=0", ["ArrowDown"], 1),
        ("example=volume", ["ArrowRight", "ArrowDown", "PageDown"], 13),
        ("example=volume", ["End"], 26),
        ("example=sentence&position=2", ["Home"], 0),
    ],
)
def test_the_keys_move_the_kernel(show, fragment, moves, wanted):
    page = show(fragment)
    page.value("stage.focus()")
    for key in moves:
        page.press(key)
    assert page.state()["position"] == wanted


def test_the_block_turns_by_buttons_keys_and_a_drag_and_a_tap_moves_the_kernel(show):
    page = show("example=volume")
    page.emulate(prefers_reduced_motion="reduce")
    page.value("document.querySelector('[data-turn=\"15,0\"]').click(), stage.focus()")
    assert page.state()["turn"] == -17
    page.press("ArrowUp", shift=True)
    assert page.state()["tilt"] == 36 and "tilt=36" in page.address()
    box = page.value("(b => [b.x + b.width / 2, b.y + b.height / 2])(byId('block-in').getBoundingClientRect())")
    page.drag(box, [box[0] + 50, box[1]])
    assert page.state()["turn"] == 13
    (corner,) = page.boxes("[byId('block-out')]")
    cube = page.value("byId('block-out').hits.reduce((a, b) => (b.away < a.away ? b : a))")
    spot = [corner[0] + cube["x"], corner[1] + cube["y"]]
    page.drag(spot, spot)
    assert page.state()["position"] == cube["go"] != 0
    page.value("byId('slices').open = true, draw()")
    assert page.value("document.querySelectorAll('#slices figure').length") == 5 + 3


def test_every_control_is_reached_by_the_tab_key(show):
    page, reached = show("example=own&filters=2", reload=True), set()  # reload: the first Tab starts at the top
    for _ in range(24):
        page.press("Tab")
        reached.add(page.value("document.activeElement.id || document.activeElement.name"))
    assert reached >= {"example", "stage", "back", "position", "on", "play", "layer", "kernel", "stride", "dilation"}
    assert reached >= {"padding", "channels", "filters", "filter", "bias", "reset"}


def test_a_tap_moves_the_kernel_on_a_phone(show):
    page = show("example=sensor", 390, 844)
    page.call("Emulation.setTouchEmulationEnabled", enabled=True)
    page.tap("#stage [data-go='8/0']")
    page.call("Emulation.setTouchEmulationEnabled", enabled=False)
    assert page.state()["position"] == 8


def test_the_sum_is_told_politely_but_not_while_playing(show):
    page = show("example=sensor")
    assert page.value(
        "[byId('sum').getAttribute('aria-live'), byId('play').click(), byId('sum').getAttribute('aria-live')]"
    )[::2] == ["polite", "off"]
    assert page.value("byId('play').click(), byId('sum').getAttribute('aria-live')") == "polite"


def test_reduced_motion_slides_nothing(show):
    page = show("example=sensor")
    running = "go(state.position + 1), stage.getAnimations({subtree: true}).length"
    assert page.value(running) > 0
    page.emulate(prefers_reduced_motion="reduce")
    assert page.value(running) == 0


def axe_source():
    """The text of axe-core from whichever package brings it, or None."""
    for name in ("axe_playwright_python", "axe_core_python"):
        found = importlib.util.find_spec(name)
        if found and found.origin:
            return next(Path(found.origin).parent.rglob("axe.min.js")).read_text(encoding="utf-8")
    return None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault(show, scheme):
    source = axe_source()
    if source is None:
        pytest.skip("no axe-core; pip install axe-core-python")
    page = show()
    page.emulate(prefers_color_scheme=scheme)
    colors = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 23, 29)"}
    assert page.value("getComputedStyle(document.body).backgroundColor") == colors[scheme]
    page.value(source)
    rules = {"light": "{}", "dark": "{runOnly: ['color-contrast']}"}
    for fragment in (
        "example=sentence&question=channel",
        "example=image&filters=8",
        "example=volume",
        "example=own&layer=2",
    ):
        show(fragment)
        faults = page.value(
            f"axe.run({rules[scheme]}).then(r => r.violations.map(v => [v.id, v.nodes[0].html]))", wait=True
        )
        assert faults == [], fragment
