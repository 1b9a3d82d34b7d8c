"""MLflow's scoring server with a size limit for requests, and with short error messages instead of tracebacks."""

import json
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger("convpipe")

#: The path for predictions.
INVOCATIONS = "/invocations"
JSON = "application/json"
#: In MLflow's messages, this text separates the repeated samples from the reason.
REASON = "\nError: "
#: Maximum number of characters of a reason.
MOST_SHOWN = 1000
#: Maximum number of bytes of a refused body that are read.
MOST_DISCARDED = 2**28


class ScoringApp:
    """An ASGI application: `POST /invocations` takes `{"inputs": [...]}`; `/health` and `/version` are MLflow's.

    Successful responses of MLflow are passed on. Every other response has the form
    `{"error_code": ..., "message": ...}`; the message is a sentence without paths.

    Args:
        app: of `mlflow.pyfunc.scoring_server.init`.
        most_bytes: maximum size of a request's body; a larger one is refused before it is read.
    """

    def __init__(self, app: Callable[..., Awaitable[None]], most_bytes: int):
        self.app, self.most_bytes = app, most_bytes

    async def __call__(self, scope, receive, send) -> None:
        """Handle one request, as defined by ASGI."""
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
        """Discard the rest of a large body, up to a limit: many clients read the response only after sending all."""
        left = MOST_DISCARDED
        while left > 0:
            message = await receive()
            left -= len(message.get("body", b""))
            if not message.get("more_body", False):
                break

    async def _body(self, headers: dict[bytes, bytes], receive) -> bytes:
        """The whole body of a request.

        Raises:
            _Refused: it is too large, is not declared as JSON, or ends too early.
        """
        too_large = _Refused(413, f"the request is larger than {self.most_bytes:,} bytes; send fewer samples at a time")
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self.most_bytes:
            raise too_large
        media_type = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
        if media_type != JSON:
            raise _Refused(415, f'the content type is {media_type or "missing"}; send JSON with "Content-Type: {JSON}"')
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
        """Status and body of MLflow's response."""
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
            raise _Refused(500, "an internal error; see the log of the server", "INTERNAL_ERROR") from None
        status, answer = sent[0]["status"], b"".join(each.get("body", b"") for each in sent[1:])
        if status >= 400:
            raise _Refused(status, _fault(body) or _reason(answer))
        return status, answer


class _Refused(Exception):
    """A request that gets an error response."""

    def __init__(self, status: int, message: str, code: str = "INVALID_PARAMETER_VALUE"):
        super().__init__(message)
        self.status = status
        self.answer = json.dumps({"error_code": code, "message": message}).encode()


def _fault(body: bytes) -> str | None:
    """The error in the form of a request; None if the form is right and its samples are not."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        return f"the request is not JSON ({error})"
    if not isinstance(found, dict) or not isinstance(found.get("inputs"), list):
        return 'the request has no list "inputs"; send {"inputs": [...]} with a list of samples'
    return None


def _reason(answer: bytes) -> str:
    """The message of MLflow's error without the samples and the traceback."""
    try:
        message = str(json.loads(answer)["message"])
    except (ValueError, KeyError, TypeError):
        message = answer.decode("utf-8", "replace")
    message = message.rpartition(REASON)[2].strip()
    return message if len(message) <= MOST_SHOWN else message[:MOST_SHOWN] + " ..."
