"""The checks of the command ui before it starts a server."""

import socket

import pytest

from convpipe.cli.ui import check_port, check_store
from convpipe.errors import TrackingError


def test_missing_store_is_refused(tmp_path, refused):
    with refused(TrackingError, remedy="train", mentions=(tmp_path / "mlflow.db",)):
        check_store(f"sqlite:///{tmp_path}/mlflow.db")


def test_tracking_server_is_refused_with_its_address(refused):
    with refused(TrackingError, remedy="https://runs.example"):
        check_store("https://runs.example")


def test_existing_store_is_accepted(tmp_path):
    (tmp_path / "mlflow.db").touch()
    check_store(f"sqlite:///{tmp_path}/mlflow.db")


def test_port_in_use_is_named(refused):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with refused(TrackingError, key="--port", value=port, remedy="--port", mentions=(f"127.0.0.1:{port}",)):
            check_port("127.0.0.1", port)


@pytest.mark.parametrize("host, port", [("127.0.0.1", 99_999), ("no.such.host.invalid", 5000)])
def test_invalid_address_is_named(refused, host, port):
    with refused(TrackingError, mentions=(f"{host}:{port}",)):
        check_port(host, port)
