"""What scripts/ui.py checks before it starts a server."""

import socket

import pytest

from convpipe.errors import TrackingError
from convpipe.ui import check_port, check_store


def test_nothing_recorded_yet_is_told(tmp_path):
    with pytest.raises(TrackingError, match="no runs are recorded yet"):
        check_store(f"sqlite:///{tmp_path}/mlflow.db")


def test_server_is_left_to_show_itself():
    with pytest.raises(TrackingError, match="open https://runs.example"):
        check_store("https://runs.example")


def test_store_that_is_there_passes(tmp_path):
    (tmp_path / "mlflow.db").touch()
    check_store(f"sqlite:///{tmp_path}/mlflow.db")


def test_port_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(TrackingError, match=f"cannot listen on 127.0.0.1:{port} .* another with --port"):
            check_port("127.0.0.1", port)


@pytest.mark.parametrize("host, port", [("127.0.0.1", 99_999), ("no.such.host.invalid", 5000)])
def test_address_that_cannot_be_is_told(host, port):
    with pytest.raises(TrackingError, match="cannot listen on"):
        check_port(host, port)
