"""Examples, questions and addresses of the lesson page, in a browser."""

import json

import numpy as np
import pytest

from convpipe.convolution.lesson_page.examples import examples
from convpipe.convolution.lesson_page.questions import QUESTIONS
from convpipe.cost.layer import Layer
from convpipe.paths import PROJECT

#: What is known to come out of the worked cases, from elsewhere than this package.
KNOWN = {
    "sensor": [0, 0, 2, 4, 6, 4, 0, -4, -6, -4, -2, -1, 1, 0],
    "sentence": [0.9, 0.1, 0.12],
    "average": [4.5, 5.75],
    "rows": [0, 22, 28, 6],
    "image": [-8, -8, -3, -3, 1, 0, -3, -8, -5],
}


@pytest.mark.parametrize("name", KNOWN)
def test_an_example_shows_its_known_result(show, name):
    page = show(f"example={name}&position=0" if name == "sensor" else f"example={name}")
    found = []
    for position in range(len(KNOWN[name])):
        page.set_to("position", position)
        found += page.total()
    assert found == pytest.approx(KNOWN[name])


def test_twins_agree_at_every_position(show):
    page = show("example=twin")
    for position in range(3):
        page.set_to("position", position)
        assert page.total() == [KNOWN["sentence"][position]] * 2 and len(page.cells()) == 2


def test_the_hundred_channels_are_summed(show):
    page, scene = show("example=channels&position=2"), examples()["channels"].parts[0]
    wanted = scene.data[2] @ scene.kernel[0, :, 0]
    assert page.total() == [wanted]
    shown = [float(n.replace("−", "-")) for n in page.cells("product")]
    assert len(shown) == 4 and sum(shown) == wanted


SEEN = {
    "channel": ("sentence", examples()["sentence"].parts[0].channel_names[2]),
    "shorter": ("sensor", "14 readings"),
    "stride": ("sensor", "7 readings"),
    "same": ("sensor", "16 readings"),
    "axes": ("sentence", "size 2 × 3 channels"),
    "image": ("rows", "down: steps, across: channels"),
    "twin": ("twin", "Conv2D"),
    "spectrogram": ("spectrogram", "27"),
    "dilation": ("stack", "15 of them seen"),
    "cost": ("image", "all 8 filters"),
}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_a_question_opens_the_state_in_which_its_answer_is_seen(show, question):
    page = show(question.fragment)
    example, words = SEEN[question.name]
    assert page.value("document.getElementById('notice').hidden")
    assert (page.state()["example"], page.state()["question"]) == (example, question.name)
    assert question.question in page.text("text") and question.see in page.text("text")
    assert words in page.value("document.getElementById('stage').textContent")


def test_the_questions_show_their_evidence(show):
    assert len(QUESTIONS) == len({question.name for question in QUESTIONS}) == 10
    page = show("example=sensor&stride=2&position=2&question=stride")
    assert page.value("document.querySelectorAll('#stage .skipped').length") == 14 - 7
    page = show("example=sensor&padding=same&position=0&question=same")
    assert page.value("document.querySelectorAll('#stage .zero').length") == 2
    assert show("example=spectrogram&position=6&question=spectrogram").total() == [0, 27]
    facts = show("example=image&filters=8&question=cost").text("facts")
    layer = Layer((5, 5), 3, (3, 3), (2, 2), filters=8, padding=((1, 1), (1, 1)))
    assert str(layer.parameters) in facts and f"{layer.multiply_adds:,}" in facts


def test_the_document_links_to_every_question():
    document = (PROJECT / "docs" / "convolution.md").read_text(encoding="utf-8")
    assert all(f"convolution.html#{question.fragment}" in document for question in QUESTIONS)


@pytest.mark.parametrize(
    "fragment",
    [
        "example=nothing",
        "example=sensor&kernel=99",
        "example=sensor&position=99",
        "color=red",
        "example=image&padding=causal",
    ],
)
def test_a_broken_state_falls_back_to_the_first_example_and_says_so(show, fragment):
    page = show(fragment)
    assert page.state()["example"] == "sensor" and page.state()["kernel"] == 3
    assert not page.value("document.getElementById('notice').hidden")
    assert fragment.split("&")[-1] in page.text("notice") and "\n" not in page.text("notice")


def test_the_address_follows_the_state_and_leads_back_to_it(show):
    page = show("example=sentence")
    for name, value in {
        "kernel": 3,
        "stride": 1,
        "filters": 4,
        "filter": 2,
        "bias": -2,
        "padding": "causal",
        "position": 2,
    }.items():
        page.set_to(name, value)
    before, address = page.state(), page.address()
    assert {"example=sentence", "kernel=3", "stride=1", "padding=causal", "position=2"} <= set(address.split("&"))
    assert show(address).state() == before


def test_any_address_is_shown_or_refused_and_a_shown_one_is_kept(show):
    generator, found = np.random.default_rng(3), examples()
    keys = [
        "kernel",
        "stride",
        "dilation",
        "padding",
        "channels",
        "filters",
        "filter",
        "layers",
        "level",
        "layer",
        "bias",
    ]
    keys += ["position", "turn", "question", "input", "weights"]
    values = ["0", "1", "2", "3", "5", "-1", "same", "causal", "1,2;3,4", "1,2,3", "twin", "x", "", "1e3"]
    fragments = []
    for name in generator.choice(list(found), 400):
        chosen = generator.choice(keys, generator.integers(0, 4), replace=False)
        fragments.append("&".join([f"example={name}", *(f"{key}={generator.choice(values)}" for key in chosen)]))
    kept = show().value(
        f"{json.dumps(fragments)}.map((fragment) => {{ let parsed;"
        "try { parsed = parse(fragment); }"
        "catch (error) { if (error instanceof AddressError) return null; throw error; }"
        "state = parsed; draw(); return JSON.stringify(parse(fragmentOf(state))) === JSON.stringify(state); })"
    )
    assert set(kept) == {True, None} and kept.count(True) > 50


def test_a_link_on_the_page_changes_the_state(show):
    page = show("example=volume")
    click = "document.querySelector('#questions li:nth-child(5) a').click()"
    page.value(
        f"new Promise(done => {{ addEventListener('hashchange', () => done(), {{once: true}}); {click} }})", wait=True
    )
    assert page.state()["question"] == "axes" and page.state()["position"] == 1


def test_numbers_of_your_own_are_used_and_kept_in_the_address(show):
    page = show("example=own")
    page.value("byId('input').value = '1 2 3 4\\n0 0 0 10', byId('weights').value = '1 2\\n0 1'")
    page.value("byId('own').open = true, byId('apply').click()")
    assert page.state()["channels"] == 2 and page.state()["kernel"] == 2
    page.set_to("position", 2)
    assert page.total() == [3 * 1 + 4 * 2 + 10 * 1 + 1]
    address = page.address()
    assert show(address).total() == [22]
    page.value("byId('input').value = '1 2 3\\n0', byId('apply').click()")
    assert "same length" in page.text("fault") and page.total() == [22]


def test_an_empty_output_says_what_would_fit_and_shows_no_sum(show):
    page = show("example=own&layer=3&kernel=5")
    told = page.text("empty")
    assert "kernel size 4" in told and "padding same" in told and "5 × 5 × 5" in told
    assert page.text("sum") == "" or page.value("document.getElementById('sum').hidden")
    facts = page.text("facts")
    assert "empty" in facts and "÷" not in facts
    page.set_to("kernel", 4)
    assert page.value("document.getElementById('empty').hidden") and len(page.total()) == 1
    assert "Layer 3" in show("example=stack&stride=2&dilation=2").text("empty")


def test_every_control_changes_the_page(show):
    page = show("example=own")
    values = {
        "kernel": 5,
        "dilation": 2,
        "channels": 3,
        "filters": 8,
        "filter": 3,
        "bias": 4,
        "padding": "same",
        "stride": 2,
        "layer": 2,
    }
    for name, value in values.items():
        before = page.text("facts"), page.value("document.getElementById('stage').innerHTML")
        page.set_to(name, value)
        assert (page.text("facts"), page.value("document.getElementById('stage').innerHTML")) != before, name


def test_the_bias_is_a_term_of_the_sum(show):
    page = show("example=sensor&position=3")
    (before,) = page.total()
    page.set_to("bias", 5)
    assert page.total() == [before + 5] and "5 (bias)" in page.text("sum")


def test_several_filters_are_drawn_and_a_tap_chooses_one(show):
    page = show("example=image&filters=8")
    assert page.value("document.querySelectorAll('#stage .thumb').length") == 8
    page.tap("#stage [data-filter='4']")
    assert page.state()["filter"] == 5 and page.total() != [-8]
    assert page.value("document.querySelectorAll('.thumb.chosen').length") == 1
    page = show("example=sensor&filters=3")
    assert len(page.cells("green")) + 1 == 14 and len(page.cells("faint")) == 2 * 14


def test_a_stack_shows_what_an_output_sees_in_every_layer(show):
    page = show("example=stack&position=4")
    assert page.value("seen(stackOf(EXAMPLES.stack.parts[0], state), 3, 4)") == [
        [*range(4, 11)],
        [*range(4, 9)],
        [4, 5, 6],
        [4],
    ]
    assert len(page.cells("blue")) == 7 and len(page.cells("green")) == 5 + 3
    hover = "dispatchEvent(new PointerEvent('pointerover', {bubbles: true}))"
    page.value(f"document.querySelector('#stage [data-go=\"1:0\"]').{hover}")
    assert len(page.cells("blue")) == 3 and page.state()["position"] == 4
    page.value("document.getElementById('stage').focus()")
    page.press("ArrowUp")
    assert page.state()["level"] == 2
