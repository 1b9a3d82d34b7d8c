"""The lesson page as a file, and its arithmetic against NumPy."""

import json
import math
import re

import numpy as np
import pytest

from convpipe.convolution.lesson_page.build import build_page, numbers
from convpipe.convolution.lesson_page.checks import draw, expected, moves_of, weights_of
from convpipe.convolution.lesson_page.examples import examples
from convpipe.paths import PROJECT

PAGE = PROJECT / "docs" / "convolution.html"
STYLE = PROJECT / "src" / "convpipe" / "convolution" / "lesson_page" / "web" / "page.css"
#: What is known to come out of the worked cases, from elsewhere than this package.
KNOWN = {
    "sensor": [0, 0, 2, 4, 6, 4, 0, -4, -6, -4, -2, -1, 1, 0],
    "sentence": [0.9, 0.1, 0.12],
    "average": [4.5, 5.75],
    "rows": [0, 22, 28, 6],
    "image": [-8, -8, -3, -3, 1, 0, -3, -8, -5],
}


def test_the_committed_page_is_what_the_package_makes():
    made = build_page()
    assert PAGE.read_text(encoding="utf-8") == made, (
        "write it again: python scripts/convolve.py case=layer page=docs/convolution.html"
    )
    assert len(made.encode()) < 400_000
    assert "/*" not in re.sub(r"<script.*", "", made, flags=re.S)


def test_it_is_one_file_that_fetches_nothing():
    assert not re.findall(r"https?://|src=|@import|url\(|fetch\(|XMLHttpRequest|import\(", build_page())


def test_the_checks_cover_every_example_padding_and_empty_outputs():
    found = numbers()["checks"]
    settings = [check["settings"] for check in found]
    assert {check["example"] for check in found} == set(examples())
    assert {each.get("padding") for each in settings} >= {"valid", "same", "causal", "1", "2"} - {"valid"}
    assert any(len(part) == 1 and part[0] != [1] for check in found for part in check["expected"])


@pytest.mark.parametrize("name", KNOWN)
def test_python_expects_the_known_result_of_a_worked_case(name):
    example = examples()[name]
    ((*_, outputs),) = expected(example, example.page()["defaults"])
    assert outputs == pytest.approx(KNOWN[name])


def by_numpy(example, settings):
    """As `expected`, by NumPy's windows: an oracle that shares no code with the package's definition."""
    if example.kind == "stack":
        return stacked_by_numpy(example.parts[0], settings)
    parts = example.parts if example.kind != "choose" else [example.parts[settings["layer"] - 1]]
    found = []
    for part in parts:
        channels = settings["channels"] if "channels" in example.controls else part.data.shape[-1]
        kernel, moves = moves_of(part, settings)
        weights = weights_of(part, kernel, channels)[..., settings["filter"] - 1]
        bias = (settings.get("bias") or part.bias)[settings["filter"] - 1]
        sums = windows_times(part.data[..., :channels], weights, **moves)
        if sums is None:
            found.append(None)
            continue
        weight_count = math.prod(kernel) * channels * settings["filters"]
        shape = [*sums.shape, settings["filters"]]
        found.append(
            [shape, weight_count + settings["filters"], sums.size * weight_count, (sums + bias).ravel().tolist()]
        )
    return found


def windows_times(data, weights, strides, dilation, padding):
    """(*positions) the sums of one filter, or None where the kernel does not fit."""
    axes = data.ndim - 1
    spans = [(size - 1) * gap + 1 for size, gap in zip(weights.shape, dilation, strict=False)]
    zeros = []
    for axis in range(axes):
        size, span, stride = data.shape[axis], spans[axis], strides[axis]
        missing = max((-(-size // stride) - 1) * stride + span - size, 0)
        words = {"valid": (0, 0), "causal": (span - 1, 0), "same": (missing // 2, missing - missing // 2)}
        zeros.append(words[padding] if isinstance(padding, str) else padding[axis])
    data = np.pad(data, [*zeros, (0, 0)])
    if any(size < span for size, span in zip(data.shape, spans, strict=False)):
        return None
    windows = np.lib.stride_tricks.sliding_window_view(data, spans, axis=tuple(range(axes)))
    windows = windows[(*(slice(None, None, stride) for stride in strides), slice(None))]
    windows = windows[(..., *(slice(None, None, gap) for gap in dilation))]
    moved = np.moveaxis(weights, -1, 0)  # channels first, as the windows have them
    return np.tensordot(windows, moved, axes=(list(range(axes, 2 * axes + 1)), list(range(axes + 1))))


def stacked_by_numpy(part, settings):
    found, data = [], part.data
    for level in range(settings["layers"]):
        moves = {"strides": (settings["stride"],), "dilation": (settings["dilation"] ** level,)}
        sums = windows_times(data, part.kernel[: settings["kernel"], :, 0], padding=settings["padding"], **moves)
        if sums is None:
            break
        found.append(sums.tolist())
        data = sums[:, None]
    return found


def test_a_thousand_random_settings_give_what_numpy_gives(show):
    generator, found = np.random.default_rng(12), examples()
    names = generator.choice(list(found), 1000)
    drawn = [draw(found[name], generator, 1)[0] | {"bias": generator.integers(-5, 6, 8).tolist()} for name in names]
    asked = json.dumps([[name, settings] for name, settings in zip(names.tolist(), drawn, strict=True)])
    answers = show().value(f"{asked}.map(([name, settings]) => resultsOf(name, settings))")
    empty = 0
    for name, settings, answer in zip(names, drawn, answers, strict=True):
        for got, wanted in zip(answer, by_numpy(found[name], settings), strict=True):
            if wanted is None:
                empty += 1
                assert len(got) == 1, (name, settings)
            elif found[name].kind == "stack":
                assert got == pytest.approx(wanted), (name, settings)
            else:
                assert got[:3] == wanted[:3] and got[3] == pytest.approx(wanted[3], abs=1e-8), (name, settings)
    assert empty > 10


def test_the_page_checks_itself_and_asks_nothing_of_the_network(show):
    page = show()
    browser = page.browser
    browser.requests.clear()
    browser.open(f"{PAGE.as_uri()}?again#example=volume", *browser.size)
    assert page.state()["example"] == "volume" and page.value("document.documentElement.dataset.selfCheck") == "passed"
    assert [url for url in browser.requests if not url.startswith(("file:", "data:", "about:"))] == []


def test_the_self_check_fails_when_a_figure_is_wrong(show):
    expected = "numbers.checks[0].expected[0][1]"
    assert show().value(f"{expected} += 1, selfCheck().length") == 1
    assert show().value(f"{expected} -= 1, selfCheck().length") == 0


def luminance(color):
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    "words, ground",
    [
        *((words, ground) for words in ("ink", "gray", "blue", "orange", "green") for ground in ("paper", "panel")),
        *(("ink", ground) for ground in ("blue-pale", "orange-pale", "green-pale")),
        ("on-green", "green"),
    ],
)
def test_words_stand_out_from_their_ground(scheme, words, ground):
    block = re.findall(r":root \{(.*?)\}", STYLE.read_text(encoding="utf-8"), flags=re.S)[scheme]
    colors = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
    low, high = sorted(luminance(colors[name]) for name in (words, ground))
    assert (high + 0.05) / (low + 0.05) >= 4.5
