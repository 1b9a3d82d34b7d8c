"""What MLflow would show as tracebacks while a run goes on, as one line."""

import logging

log = logging.getLogger("convpipe")

#: Loggers of MLflow that report failed writes: errors of the first are raised as well, the second writes in a thread.
DATABASE = "mlflow.store.db.utils"
IN_THREAD = "mlflow.utils.async_logging.async_logging_queue"


class OneLine(logging.Filter):
    """Lets no error through; the first of a thread becomes a warning, since nothing else tells of it."""

    def __init__(self):
        super().__init__()
        self.is_said = False

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether MLflow shows a record itself."""
        if record.levelno < logging.ERROR:
            return True
        if record.name == IN_THREAD and not self.is_said:
            self.is_said = True
            log.warning("warning: the tracking store cannot be written, so that it lacks measures of some epochs")
        return False


ONE_LINE = OneLine()


def quieten() -> None:
    """Keep MLflow's warnings and tracebacks from the screen."""
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # the error that follows says what its warnings say
    for name in (DATABASE, IN_THREAD):
        logging.getLogger(name).addFilter(ONE_LINE)
