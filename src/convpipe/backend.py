"""Starting the backend without its noise, and giving it its seed and precision."""

import os
import tempfile
from contextlib import contextmanager

from convpipe.errors import TrainingError


@contextmanager
def _quiet_standard_error():
    """What native code writes to standard error goes into a file; it is shown only if the block fails."""
    kept = os.dup(2)
    with tempfile.TemporaryFile() as noise:
        os.dup2(noise.fileno(), 2)
        try:
            yield
        except BaseException:
            noise.seek(0)
            os.write(kept, noise.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def start_backend() -> None:
    """Import Keras and its backend; TensorFlow tells of every instruction set and missing GPU while it starts.

    Raises:
        TrainingError: the backend that KERAS_BACKEND names is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with _quiet_standard_error():
            import keras

            # A keras.json of the user's must not change what a network computes.
            keras.config.set_image_data_format("channels_last")
            keras.config.set_floatx("float32")
            keras.config.set_epsilon(1e-7)
            keras.ops.convert_to_numpy(keras.ops.zeros((1,)))
    except ImportError as error:
        backend = os.environ.get("KERAS_BACKEND", "tensorflow")
        message = f"the Keras backend {backend} cannot be imported ({error})"
        raise TrainingError(message, key="KERAS_BACKEND", value=backend, remedy="install it") from None


@contextmanager
def seeded(seed: int, precision: str):
    """A block in which networks are built and trained from `seed` in `precision`; the old precision comes back."""
    import keras

    before = keras.config.dtype_policy()
    keras.utils.set_random_seed(seed)
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
