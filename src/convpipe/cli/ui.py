"""Open MLflow's pages on the store where the runs are recorded; Ctrl-C ends it."""

import argparse
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
from convpipe.cli.start import end_like_ctrl_c, run_plain
from convpipe.errors import TrackingError


def check_store(store: str) -> None:
    """Raise TrackingError where there is nothing to show: no store yet, or a server that has pages of its own."""
    if store.startswith(("http://", "https://")):
        raise TrackingError("a server records the runs and shows them itself", value=store, remedy=f"open {store}")
    file = paths.store_file(store)
    if file is not None and not file.exists():
        remedy = f"train first: {paths.command('train')}"
        raise TrackingError(f"no runs are recorded yet ({file} does not exist)", value=store, remedy=remedy)


def check_port(host: str, port: int) -> None:
    """Raise TrackingError where nothing can listen at `host` and `port`."""
    try:
        if not 0 <= port <= 65535:
            raise OSError("a port is a number from 0 to 65535")
        socket.create_server((host, port)).close()
    except OSError as error:
        message, remedy = f"cannot listen on {host}:{port} ({error})", "choose another with --host or --port"
        raise TrackingError(message, key="--port", value=port, remedy=remedy) from None


def open_when_ready(address: str, host: str, port: int) -> None:
    """Open `address` in the browser once something listens at `host` and `port`, without waiting for it."""

    def wait() -> None:
        for _ in range(120):
            with contextlib.suppress(OSError), socket.create_connection((host, port), 1):
                webbrowser.open(address)
                return
            time.sleep(0.5)

    threading.Thread(target=wait, daemon=True).start()


def serve(store: str, host: str, port: int) -> int:
    """Run MLflow's server until it ends, or until Ctrl-C or a request to end.

    Args:
        store: where the runs are recorded, as MLflow's backend store URI.
        host: interface to listen on.
        port: port to listen on.

    Returns:
        The server's exit status, 0 after Ctrl-C.
    """
    # One worker is enough for one reader, and no jobs run in this server: each process would hold about 250 MB.
    address = ["--host", host, "--port", str(port), "--workers", "1", "--uvicorn-opts", "--log-level warning"]
    artifacts = ["--artifacts-destination", paths.file_address(paths.HOME / "mlartifacts")]
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", store, *artifacts, *address]
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "PYTHONWARNINGS": "ignore"}
    end_like_ctrl_c()
    # A session of its own, as each of its processes would answer Ctrl-C with a traceback.
    server = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        return server.wait()
    except KeyboardInterrupt:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()
        return 0


def run() -> None:
    """Start the server and wait for its end."""
    parser = argparse.ArgumentParser(prog=paths.command("ui"), description="Show the tracked runs in the browser.")
    parser.add_argument("--port", type=int, default=5000, help="port to listen on (default: 5000)")
    parser.add_argument("--host", default="127.0.0.1", help="interface to listen on (default: this machine only)")
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    asked = parser.parse_args()
    from convpipe.experiment.moved_store import follow_move

    store = paths.store_uri()
    check_store(store)
    if (file := paths.store_file(store)) is not None:
        follow_move(file)
    check_port(asked.host, asked.port)
    # MLflow opens its pages for language models unless the address names those for trained models.
    address = f"http://{asked.host}:{asked.port}/#/experiments?workflowType=machine_learning"
    print(f"runs in {store}\n{address} (Ctrl-C ends it)", flush=True)
    if asked.open:
        open_when_ready(address, asked.host, asked.port)
    sys.exit(serve(store, asked.host, asked.port))


def main() -> None:
    """Run the command on the words of `sys.argv`."""
    run_plain(run)
