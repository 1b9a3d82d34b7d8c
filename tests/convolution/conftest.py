"""A headless Chromium and the lesson page in it, for the tests of this folder."""

from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "convolution.html"


class LessonPage:
    """The lesson page as a user sees it and works it."""

    def __init__(self, browser):
        self.browser = browser
        self.value, self.call, self.press = browser.value, browser.call, browser.press
        self.tap, self.drag = browser.tap, browser.drag

    def set_to(self, name, value):
        """Work a control as a hand would: change it and let the page know."""
        self.value(
            f"(e => {{ e.value = '{value}'; e.dispatchEvent(new Event('input', {{bubbles: true}})) }})"
            f"(document.getElementById('{name}'))"
        )

    def state(self):
        return self.value("state")

    def text(self, name):
        return self.value(f"document.getElementById('{name}').innerText")

    def address(self):
        """What follows the # in the address, once the page has written it."""
        look = "location.hash.slice(1) === fragmentOf(state) ? done(fragmentOf(state)) : setTimeout(look, 20)"
        return self.value(f"new Promise(done => (function look() {{ {look} }})())", wait=True)

    def total(self):
        """The number at the end of the sum, one for each layer on the stage."""
        found = self.value("[...document.querySelectorAll('#sum b.green')].map(e => e.textContent)")
        return [float(each.replace("−", "-")) for each in found]

    def cells(self, kind="now"):
        """The numbers in the cells of a kind on the stage: blue, orange, product, green, faint, now."""
        return self.value(f"[...document.querySelectorAll('#stage .cell.{kind} text')].map(e => e.textContent)")

    def boxes(self, elements):
        """Left, top, right and bottom of each element in the window."""
        return self.value(
            f"{elements}.map(e => e.getBoundingClientRect()).map(b => [b.left, b.top, b.right, b.bottom])"
        )

    def emulate(self, **features):
        """Preferences of the system, such as prefers_color_scheme="dark"."""
        listed = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.call("Emulation.setEmulatedMedia", features=listed)


@pytest.fixture
def show(chromium):
    """`show("example=sentence&position=1", width=..., height=..., reload=...)` gives the page in this state."""

    def shown(fragment="", width=1366, height=768, reload=False):
        if reload or (chromium.address, chromium.size) != (PAGE.as_uri(), (width, height)):
            chromium.open(PAGE.as_uri(), width, height)
        chromium.value(f"scrollTo(0, 0), read({fragment!r})")
        return LessonPage(chromium)

    yield shown
    chromium.call("Emulation.setEmulatedMedia", features=[])
