"""Open MLflow's pages on the store where the runs are recorded: `python scripts/ui.py [--port 5000] [--host ...]`."""

import argparse
import os
import socket
import sys

from convpipe import HOME
from convpipe.errors import ConvpipeError, TrackingError


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Open the tracked runs in the browser; Ctrl-C ends it.")
    parser.add_argument("--port", type=int, default=5000, help="port to listen on (default: 5000)")
    parser.add_argument("--host", default="127.0.0.1", help="interface to listen on (default: this machine only)")
    return parser.parse_args()


def check_store(store: str) -> None:
    """Raise TrackingError where there is nothing to show: no store yet, or one that has pages of its own."""
    if store.startswith(("http://", "https://")):
        raise TrackingError(f"the runs are recorded by a server, which shows them by itself: open {store}")
    path = store.removeprefix("sqlite:///")
    if path != store and not os.path.exists(path):
        raise TrackingError(f"no runs are recorded yet ({path} does not exist); train first: make train")


def check_port(host: str, port: int) -> None:
    """Raise TrackingError where nothing can listen there."""
    try:
        with socket.create_server((host, port)):
            pass
    except (OSError, OverflowError) as error:
        raise TrackingError(f"cannot listen on {host}:{port} ({error}); choose another: --port {port + 1}") from None


def command(store: str, host: str, port: int) -> list[str]:
    # One worker is enough for one reader, and each of them holds some 300 MB.
    address = ["--host", host, "--port", str(port), "--workers", "1"]
    artifacts = ["--artifacts-destination", str(HOME / "mlartifacts")]
    return [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", store, *artifacts, *address]


def main() -> None:
    asked = arguments()
    from convpipe.tracking import store_uri

    store = store_uri()
    check_store(store)
    check_port(asked.host, asked.port)
    print(f"runs in {store}: http://{asked.host}:{asked.port} (Ctrl-C ends it)", flush=True)
    os.execv(sys.executable, command(store, asked.host, asked.port))


if __name__ == "__main__":
    try:
        main()
    except ConvpipeError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
