"""MLflow's pages on the store of the runs, as a process that Ctrl-C ends quietly."""

import os
import signal
import socket
import subprocess
import sys

from convpipe import HOME
from convpipe.command_line import end_as_by_ctrl_c
from convpipe.errors import TrackingError


def check_store(store: str) -> None:
    """Raise TrackingError where there is nothing to show: no store yet, or a server that has pages of its own."""
    if store.startswith(("http://", "https://")):
        raise TrackingError(f"the runs are recorded by a server, which shows them by itself: open {store}")
    path = store.removeprefix("sqlite:///")
    if path != store and not os.path.exists(path):
        raise TrackingError(f"no runs are recorded yet ({path} does not exist); train first: make train")


def check_port(host: str, port: int) -> None:
    """Raise TrackingError where nothing can listen at `host` and `port`."""
    try:
        socket.create_server((host, port)).close()
    except (OSError, OverflowError) as error:
        raise TrackingError(f"cannot listen on {host}:{port} ({error}); choose another with --port") from None


def serve(store: str, host: str, port: int) -> int:
    """Run MLflow's server until it ends, or until Ctrl-C or a request to end.

    Args:
        store: where the runs are recorded, as MLflow's backend store URI.
        host: interface to listen on.
        port: port to listen on.

    Returns:
        The server's exit status, 0 after Ctrl-C.
    """
    # One worker is enough for one reader, and no jobs run in this server: each process would hold some 250 MB.
    address = ["--host", host, "--port", str(port), "--workers", "1", "--uvicorn-opts", "--log-level warning"]
    artifacts = ["--artifacts-destination", str(HOME / "mlartifacts")]
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", store, *artifacts, *address]
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "PYTHONWARNINGS": "ignore"}
    end_as_by_ctrl_c()
    # A session of its own, as each of its processes would answer Ctrl-C with a traceback.
    server = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        return server.wait()
    except KeyboardInterrupt:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()
        return 0
