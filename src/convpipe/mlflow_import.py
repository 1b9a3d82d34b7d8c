"""Importing MLflow, which reads its settings when it is imported."""

import os


def import_mlflow():
    """MLflow, set up before it reads its settings."""
    # An unreachable server should be an error within seconds, not after minutes of silent attempts.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")  # a run shows its own progress
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # nobody asked that runs be told of elsewhere
    import mlflow

    return mlflow
