"""Import MLflow, which reads its environment variables on import."""

import os


def import_mlflow():
    """Return the module mlflow, imported after its environment variables are set."""
    # An unreachable server should cause an error within seconds, not after minutes of silent retries.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")  # a run shows its own progress
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # no usage data leaves the machine
    import mlflow

    return mlflow
