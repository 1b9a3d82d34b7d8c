"""What the command ui checks before it starts a server."""

import socket

import pytest

from convpipe.cli.ui import check_port, check_store
from convpipe.errors import TrackingError


def test_nothing_recorded_yet_is_told(tmp_path, refused):
    with refused(TrackingError, remedy="train", mentions=(tmp_path / "mlflow.db",)):
        check_store(f"sqlite:///{tmp_path}/mlflow.db")


def test_server_is_left_to_show_itself(refused):
    with refused(TrackingError, remedy="https://runs.example"):
        check_store("https://runs.example")


def test_store_that_is_there_passes(tmp_path):
    (tmp_path / "mlflow.db").touch()
    check_store(f"sqlite:///{tmp_path}/mlflow.db")


def test_port_that_is_taken_is_named(refused):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with refused(TrackingError, key="--port", value=port, remedy="--port", mentions=(f"127.0.0.1:{port}",)):
            check_port("127.0.0.1", port)


@pytest.mark.parametrize("host, port", [("127.0.0.1", 99_999), ("no.such.host.invalid", 5000)])
def test_address_that_cannot_be_is_told(refused, host, port):
    with refused(TrackingError, mentions=(f"{host}:{port}",)):
        check_port(host, port)
