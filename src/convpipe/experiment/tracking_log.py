"""What MLflow would show as tracebacks while a run goes on is left to our own errors, which take a line."""

import logging

#: The logger of MLflow that reports failed writes, which are raised as well.
DATABASE = "mlflow.store.db.utils"


def quieten() -> None:
    """Keep MLflow's warnings and tracebacks from the screen."""
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # the error that follows says what its warnings say
    logging.getLogger(DATABASE).setLevel(logging.CRITICAL)
