"""Show the tracked runs in MLflow's web interface. Ctrl-C stops the server.

usage: {program} [--port 5000] [--host 127.0.0.1] [--open]
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser

from convpipe import paths
from convpipe.cli.classifier_argument import page_parser
from convpipe.cli.start import end_like_ctrl_c, run_plain
from convpipe.errors import TrackingError


def check_store(store: str) -> None:
    """Raise TrackingError if there is no store yet, or if it is a server with its own web interface."""
    if store.startswith(("http://", "https://")):
        raise TrackingError("the tracking server has its own web interface", value=store, remedy=f"open {store}")
    file = paths.store_file(store)
    if file is not None and not file.exists():
        remedy = f"train first: {paths.command('train')}"
        raise TrackingError(f"no runs are recorded yet ({file} does not exist)", value=store, remedy=remedy)


def check_port(host: str, port: int) -> None:
    """Raise TrackingError if a server cannot listen at `host` and `port`."""
    try:
        if not 0 <= port <= 65535:
            raise OSError("a port is a number from 0 to 65535")
        socket.create_server((host, port)).close()
    except OSError as error:
        message, remedy = f"cannot listen on {host}:{port} ({error})", "choose another with --host or --port"
        raise TrackingError(message, key="--port", value=port, remedy=remedy) from None


def open_when_ready(address: str, host: str, port: int) -> None:
    """Open `address` in the browser once a server listens at `host` and `port`; return at once."""

    def wait() -> None:
        for _ in range(120):
            with contextlib.suppress(OSError), socket.create_connection((host, port), 1):
                webbrowser.open(address)
                return
            time.sleep(0.5)

    threading.Thread(target=wait, daemon=True).start()


def serve(store: str, host: str, port: int) -> int:
    """Run MLflow's server until it exits, or until Ctrl-C or SIGTERM.

    Args:
        store: URI of the tracking store.
        host: interface to listen on.
        port: port to listen on.

    Returns:
        The server's exit status, 0 after Ctrl-C.
    """
    # One worker is enough for one user, and the server runs no jobs. Each process would need about 250 MB.
    address = ["--host", host, "--port", str(port), "--workers", "1", "--uvicorn-opts", "--log-level warning"]
    artifacts = ["--artifacts-destination", paths.file_address(paths.HOME / "mlartifacts")]
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", store, *artifacts, *address]
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "PYTHONWARNINGS": "ignore"}
    end_like_ctrl_c()
    # A separate session, because otherwise each of its processes would print a traceback after Ctrl-C.
    server = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        return server.wait()
    except KeyboardInterrupt:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()
        return 0


def run() -> None:
    """Start the server and wait until it exits."""
    parser = page_parser("ui", __doc__)
    parser.add_argument("--port", type=int, default=5000, help="port to listen on (default: 5000)")
    parser.add_argument("--host", default="127.0.0.1", help="interface to listen on (default: this machine only)")
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    options = parser.parse_args()
    from convpipe.experiment.moved_store import follow_move

    store = paths.store_uri()
    check_store(store)
    if (file := paths.store_file(store)) is not None:
        follow_move(file)
    check_port(options.host, options.port)
    # Without this parameter MLflow opens its pages for language models.
    address = f"http://{options.host}:{options.port}/#/experiments?workflowType=machine_learning"
    print(f"runs in {store}\n{address} (Ctrl-C stops it)", flush=True)
    if options.open:
        open_when_ready(address, options.host, options.port)
    sys.exit(serve(store, options.host, options.port))


def main() -> None:
    """Run the command on `sys.argv`."""
    run_plain(run)
