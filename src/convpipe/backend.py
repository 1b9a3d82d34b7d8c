"""Starting the backend without its noise, and giving it its seed and precision."""

import ctypes
import os
import sys
import tempfile
from contextlib import contextmanager, suppress

from convpipe.errors import TrainingError

#: What Keras imports where it is installed, and does without where it is not.
OPTIONAL = ("matplotlib", "pandas", "sklearn")
#: `M_TOP_PAD` of glibc's malloc.h, and the bytes that its heaps grow by.
TOP_PAD, HEAP_GROWTH = -2, 2**26


@contextmanager
def quiet_standard_error(shown: bool = True):
    """What native code writes to standard error goes into a file; if `shown`, it is shown where the block fails."""
    kept = os.dup(2)
    with tempfile.TemporaryFile() as noise:
        os.dup2(noise.fileno(), 2)
        try:
            yield
        except BaseException:
            if shown:
                noise.seek(0)
                os.write(kept, noise.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


@contextmanager
def _without_optional_packages():
    """A block in which Keras finds none of the packages that it imports only where they are installed.

    It takes data frames, draws galleries of images and wraps scikit-learn with them. Nothing here asks it to, and their
    import takes as long as half of TensorFlow's.
    """
    hidden = [name for name in OPTIONAL if name not in sys.modules]
    sys.modules |= dict.fromkeys(hidden)  # None lets an import fail as if the package were not installed
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def _grow_heaps_at_once() -> None:
    """Let glibc keep a reserve of memory, where there is glibc.

    By default it returns memory to the system as soon as a step frees it and asks for it again in the next, so that a
    training spends up to half of its time on page faults. Other allocators have no such function, or do not need it.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(TOP_PAD, HEAP_GROWTH)


def start_backend() -> None:
    """Import Keras and its backend; TensorFlow tells of every instruction set and missing GPU while it starts.

    Raises:
        TrainingError: the backend that KERAS_BACKEND names is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    _grow_heaps_at_once()
    try:
        with quiet_standard_error(), _without_optional_packages():
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
