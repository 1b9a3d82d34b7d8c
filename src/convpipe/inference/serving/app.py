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
        if status == 413:
            head.append((b"connection", b"close"))  # the rest of the body is not read
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": answer})

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
            raise _Refused(status, *_reason(answer))
        return status, answer


class _Refused(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, message: str, code: str = "INVALID_PARAMETER_VALUE"):
        super().__init__(message)
        self.status = status
        self.answer = json.dumps({"error_code": code, "message": message}).encode()


def _reason(answer: bytes) -> tuple[str, str]:
    """Message and error code of an error of MLflow's, without the samples and the traceback."""
    try:
        found = json.loads(answer)
        message, code = str(found["message"]), str(found.get("error_code", "BAD_REQUEST"))
    except (ValueError, KeyError, TypeError):
        message, code = answer.decode("utf-8", "replace"), "BAD_REQUEST"
    message = message.rpartition(REASON)[2].strip()
    return message if len(message) <= MOST_SHOWN else message[:MOST_SHOWN] + " ...", code
