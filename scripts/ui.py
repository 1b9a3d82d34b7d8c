"""Open MLflow's pages on the store where the runs are recorded: `python scripts/ui.py [--port 5000] [--host ...]`."""

import argparse
import sys

from convpipe.errors import ConvpipeError


def main() -> int:
    parser = argparse.ArgumentParser(description="Show the tracked runs in the browser; Ctrl-C ends it.")
    parser.add_argument("--port", type=int, default=5000, help="port to listen on (default: 5000)")
    parser.add_argument("--host", default="127.0.0.1", help="interface to listen on (default: this machine only)")
    asked = parser.parse_args()
    from convpipe.tracking import store_uri
    from convpipe.ui import check_port, check_store, serve

    store = store_uri()
    check_store(store)
    check_port(asked.host, asked.port)
    print(f"runs in {store}: http://{asked.host}:{asked.port} (Ctrl-C ends it)", flush=True)
    return serve(store, asked.host, asked.port)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ConvpipeError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
