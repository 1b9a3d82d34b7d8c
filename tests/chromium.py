"""Headless Chromium, driven through its debugging pipe: no driver and no package beyond the browser itself."""

import fcntl
import itertools
import json
import os
import subprocess

CODES = {
    "Tab": 9,
    "PageUp": 33,
    "PageDown": 34,
    "End": 35,
    "Home": 36,
    "ArrowLeft": 37,
    "ArrowUp": 38,
    "ArrowRight": 39,
    "ArrowDown": 40,
}


class Chromium:
    """One page. Messages are JSON ended by a zero byte (Chrome DevTools Protocol, --remote-debugging-pipe)."""

    def __init__(self, program: str, folder: str):
        reading, self._write = os.pipe()
        self._read, writing = os.pipe()
        # The browser reads from 3 and writes to 4; first out of the way of both.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (reading, writing)]
        options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder}",
            "--remote-debugging-pipe",
        ]
        self._process = subprocess.Popen(
            [program, *options, "about:blank"],
            preexec_fn=lambda: [os.dup2(end, number) for end, number in zip(ends, (3, 4), strict=True)],
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for end in (reading, writing, *ends):
            os.close(end)
        self._numbers, self._rest, self._session, self.requests = itertools.count(1), b"", None, []
        self.address, self.size = "", (0, 0)
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Network.enable")

    def call(self, method: str, **params) -> dict:
        number = next(self._numbers)
        session = {"sessionId": self._session} if self._session else {}
        os.write(self._write, json.dumps({"id": number, "method": method, "params": params} | session).encode() + b"\0")
        return self._until(lambda message: message.get("id") == number)["result"]

    def _until(self, wanted) -> dict:
        while True:
            while b"\0" not in self._rest:
                piece = os.read(self._read, 1 << 16)
                assert piece, "Chromium has gone"
                self._rest += piece
            line, self._rest = self._rest.split(b"\0", 1)
            message = json.loads(line)
            if message.get("method") == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
            if wanted(message):
                return message

    def open(self, address: str, width: int = 1100, height: int = 900) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        self.address, self.size = address, (width, height)
        self.call("Page.navigate", url=address)
        self._until(lambda message: message.get("method") == "Page.loadEventFired")

    def value(self, expression: str, wait: bool = False):
        """The value of a JavaScript expression in the page; `wait` for that of a promise."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=wait)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str, shift: bool = False) -> None:
        for kind in ("rawKeyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=CODES[key],
                modifiers=8 if shift else 0,
            )

    def drag(self, start: list, end: list) -> None:
        """The mouse pressed at one point of the window and let go at another."""
        for kind, (x, y) in (
            ("mouseMoved", start),
            ("mousePressed", start),
            ("mouseMoved", end),
            ("mouseReleased", end),
        ):
            button = "none" if kind == "mouseMoved" and (x, y) == tuple(start) else "left"
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button, clickCount=1)

    def tap(self, selector: str) -> None:
        """A finger on the middle of an element."""
        element = f"document.querySelector({selector!r})"
        self.value(f"{element}.scrollIntoView({{block: 'center', inline: 'center'}})")
        box = self.value(f"(b => [b.x + b.width / 2, b.y + b.height / 2])({element}.getBoundingClientRect())")
        self.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": box[0], "y": box[1]}])
        self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
        self.value("new Promise(done => setTimeout(done))", wait=True)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()
        os.close(self._write)
        os.close(self._read)
