"""Log levels of MLflow during a run: its tracebacks are hidden, since convpipe reports each error in one line."""

import logging

#: The logger by which MLflow reports failed writes; the errors are also raised.
DATABASE = "mlflow.store.db.utils"


def quieten() -> None:
    """Hide MLflow's warnings and tracebacks."""
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # the error that follows repeats its warnings
    logging.getLogger(DATABASE).setLevel(logging.CRITICAL)
