"""MLflow's scoring server, with a limit of size, and with reasons in its answers instead of tracebacks."""

import json
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger("convpipe")

#: The path that answers samples.
INVOCATIONS = "/invocations"
JSON = "application/json"
#: What MLflow puts between the samples, which it repeats, and the reason.
REASON = "\nError: "
#: Most characters of a reason.
MOST_SHOWN = 1000
#: Most bytes of a refused body that are read.
MOST_DISCARDED = 2**28


class ScoringApp:
    """An ASGI application: `POST /invocations` takes `{"inputs": [...]}`; `/health` and `/version` are MLflow's.

    What MLflow answers to samples that the classifier takes is passed on. Every other answer has one form,
    `{"error_code": ..., "message": ...}`, whose message is a sentence without paths.

    Args:
        app: of `mlflow.pyfunc.scoring_server.init`.
        most_bytes: of a request's body; a larger one is refused before it is read.
    """

    def __init__(self, app: Callable[..., Awaitable[None]], most_bytes: int):
        self.app, self.most_bytes = app, most_bytes

    async def __call__(self, scope, receive, send) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] != "http" or scope["path"] != INVOCATIONS or scope["method"] != "POST":
            return await self.app(scope, receive, send)
        try:
            body = await self._body(dict(scope["headers"]), receive)
            status, answer = await self._answer(scope, body)
        except _Refused as refused:
            status, answer = refused.status, refused.answer
        head = [(b"content-type", JSON.encode()), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": answer, "more_body": status == 413})
        if status == 413:
            await self._discard(receive)
            await send({"type": "http.response.body", "body": b""})

    async def _discard(self, receive) -> None:
        """Read the rest of a large body into nothing for a while: many clients read no answer before all is sent."""
        left = MOST_DISCARDED
        while left > 0:
            message = await receive()
            left -= len(message.get("body", b""))
            if not message.get("more_body", False):
                break

    async def _body(self, headers: dict[bytes, bytes], receive) -> bytes:
        """The whole body of a request.

        Raises:
            _Refused: it is too large, or no JSON.
        """
        too_large = _Refused(413, f"the request is larger than {self.most_bytes:,} bytes; send fewer samples at a time")
        stated = headers.get(b"content-length", b"0")
        if not stated.isdigit() or int(stated) > self.most_bytes:
            raise too_large
        kind = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
        if kind != JSON:
            raise _Refused(415, f'the content type is {kind or "missing"}; send JSON with "Content-Type: {JSON}"')
        body, more = bytearray(), True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _Refused(400, "the request ended too early")
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self.most_bytes:
                raise too_large
        return bytes(body)

    async def _answer(self, scope, body: bytes) -> tuple[int, bytes]:
        """Status and body of what MLflow answers."""
        waiting = [{"type": "http.request", "body": body, "more_body": False}]
        sent = []

        async def receive():
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)

        try:
            await self.app(scope, receive, send)
        except RecursionError:
            raise _Refused(400, "the JSON is nested too deeply") from None
        except Exception:
            log.exception("a request failed")
            raise _Refused(500, "an error of the server, which its log describes", "INTERNAL_ERROR") from None
        status, answer = sent[0]["status"], b"".join(each.get("body", b"") for each in sent[1:])
        if status >= 400:
            raise _Refused(status, _fault(body) or _reason(answer))
        return status, answer


class _Refused(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, message: str, code: str = "INVALID_PARAMETER_VALUE"):
        super().__init__(message)
        self.status = status
        self.answer = json.dumps({"error_code": code, "message": message}).encode()


def _fault(body: bytes) -> str | None:
    """What is wrong with the form of a request; None where its samples are at fault."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        return f"the request is no JSON ({error})"
    if not isinstance(found, dict) or not isinstance(found.get("inputs"), list):
        return 'the request holds no list "inputs"; send {"inputs": [...]}, a list of samples'
    return None


def _reason(answer: bytes) -> str:
    """The message of an error of MLflow's, without the samples and the traceback."""
    try:
        message = str(json.loads(answer)["message"])
    except (ValueError, KeyError, TypeError):
        message = answer.decode("utf-8", "replace")
    message = message.rpartition(REASON)[2].strip()
    return message if len(message) <= MOST_SHOWN else message[:MOST_SHOWN] + " ..."
