"""A frozen BERT as one Keras layer (Devlin et al. 2019, "BERT: pre-training of deep bidirectional transformers",
section 3; the layers are those of Vaswani et al. 2017, section 3).

Implemented here so that frozen MiniLM needs no PyTorch; keras-hub would add a dependency and a download from a hub.
"""

import math

import keras
import numpy as np
from keras import layers, ops

#: Added to the attention scores of padding.
MASKED = -1e9
#: Added to variances, as in the checkpoints of BERT.
EPSILON = 1e-12


class Bert(layers.Layer):
    """Hidden states of a BERT with the weights of a checkpoint.

    Args:
        arrays: name -> array of the checkpoint, with the names of Hugging Face; dense weights are (outputs, inputs).
        heads: number of attention heads of the checkpoint.
        layers: layers whose states are returned, concatenated; the first layer is 1.

    Input: (batch, steps) int32, 0 as padding. Output: (batch, steps, layers * dimensions) float32.
    """

    def __init__(self, arrays: dict[str, np.ndarray], heads: int, layers: tuple[int, ...]):
        super().__init__(dtype="float32", trainable=False, name="bert")
        self.heads, self.returned = heads, tuple(layers)
        self.values = {name: self._constant(name, array) for name, array in arrays.items() if "pooler" not in name}
        self.built = True

    def _constant(self, name: str, array: np.ndarray):
        array = array.T if array.ndim == 2 and "embeddings" not in name else array
        weight = self.add_weight(shape=array.shape, name=name.replace(".", "_"), trainable=False, initializer="zeros")
        weight.assign(array.astype(np.float32))
        return weight

    def call(self, ids):
        table = "embeddings.{}_embeddings.weight".format
        steps = ops.shape(ids)[1]
        states = ops.take(self.values[table("word")], ids, axis=0) + self.values[table("position")][:steps]
        states = self._normalized(states + self.values[table("token_type")][0], "embeddings.LayerNorm")
        mask = ops.where(ops.equal(ids, 0), MASKED, 0.0)[:, None, None, :]
        outputs = []
        for number in range(max(self.returned)):
            states = self._layer(states, mask, f"encoder.layer.{number}")
            outputs.append(states)
        return ops.concatenate([outputs[number - 1] for number in self.returned], axis=-1)

    def _layer(self, states, mask, name: str):
        mixed = self._attention(states, mask, f"{name}.attention.self")
        attended = self._dense(mixed, f"{name}.attention.output.dense")
        states = self._normalized(states + attended, f"{name}.attention.output.LayerNorm")
        wide = ops.gelu(self._dense(states, f"{name}.intermediate.dense"), approximate=False)
        return self._normalized(states + self._dense(wide, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _attention(self, states, mask, name: str):
        batch, steps, dim = ops.shape(states)
        head_dim = dim // self.heads

        def split(part: str):
            values = ops.reshape(self._dense(states, f"{name}.{part}"), (batch, steps, self.heads, head_dim))
            return ops.transpose(values, (0, 2, 1, 3))

        scores = ops.matmul(split("query"), ops.transpose(split("key"), (0, 1, 3, 2))) / math.sqrt(head_dim)
        mixed = ops.matmul(ops.softmax(scores + mask, axis=-1), split("value"))
        return ops.reshape(ops.transpose(mixed, (0, 2, 1, 3)), (batch, steps, dim))

    def _dense(self, values, name: str):
        return ops.matmul(values, self.values[f"{name}.weight"]) + self.values[f"{name}.bias"]

    def _normalized(self, values, name: str):
        centered = values - ops.mean(values, axis=-1, keepdims=True)
        scale = ops.rsqrt(ops.mean(ops.square(centered), axis=-1, keepdims=True) + EPSILON)
        return centered * scale * self.values[f"{name}.weight"] + self.values[f"{name}.bias"]


def network(arrays: dict[str, np.ndarray], heads: int, layers: tuple[int, ...]) -> keras.Model:
    """Build a model from ids (batch, steps) int32 to states (batch, steps, layers * dimensions) float32."""
    ids = keras.Input((None,), dtype="int32")
    return keras.Model(ids, Bert(arrays, heads, layers)(ids))
