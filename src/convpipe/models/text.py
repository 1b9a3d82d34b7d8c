"""Networks made for texts: tokens in, (batch, classes) float32 logits out.

Each builder takes its settings and the `Shape` of the problem, and returns an uncompiled functional `keras.Model`. The
input is token ids (batch, steps) int32 with 0 after a text's end, or vectors (batch, steps, channels) float32 with NaN
after it; what stands there never changes a prediction.
"""

import keras
from keras import layers

from convpipe import config
from convpipe.errors import ConfigError
from convpipe.models import Shape
from convpipe.models.bags import BagScores
from convpipe.models.blocks import Conv1D, GlobalMaximum, MaxPooling1D, scored
from convpipe.models.entry import enter
from convpipe.models.views import full_width


def build_text_cnn(settings: config.TextCnn, shape: Shape) -> keras.Model:
    """Kernel sizes side by side, and the maximum of each filter over all tokens (Kim 2014, "Convolutional neural
    networks for sentence classification", section 2).

    His equation has the windows that lie inside a text, his program adds kernel_size - 1 zero vectors on either side
    (a wide convolution), so that every token meets every tap. Here half as many stand there ("same"): as many outputs
    as tokens, each window centred on one, and a text shorter than a kernel still has a window. What is lost beside the
    wide one are the windows that hold less than half a kernel of text.
    """
    inputs, vectors = enter(shape)
    maxima = []
    for size in settings.kernel_sizes:
        name = f"kernel_{size}"
        if settings.view:
            outputs = full_width(vectors, settings.filters, size, name)
        else:
            outputs = Conv1D(settings.filters, size, padding="same", activation="relu", name=name)(vectors)
        maxima.append(GlobalMaximum(name=f"{name}_maximum")(outputs))
    features = layers.Concatenate(name="maxima")(maxima) if len(maxima) > 1 else maxima[0]
    features = layers.Dropout(settings.dropout, name="dropout")(features)
    limit = keras.constraints.MaxNorm(settings.max_norm, axis=0) if settings.max_norm else None
    scores = layers.Dense(int(shape.classes), kernel_constraint=limit, dtype="float32", name="scores")(features)
    if settings.bag:
        if shape.tokens is None or shape.tokens.rarity is None:
            raise ConfigError("model.bag=true counts words, which contextual vectors hide; set it to false")
        bag = BagScores.of(shape.classes, shape.tokens.rarity, name="bag")(inputs)
        scores = layers.Add(dtype="float32", name="with_bag")([scores, bag])
    return keras.Model(inputs, scores, name=f"text_cnn_{settings.view}" if settings.view else "text_cnn")


def build_char_cnn(settings: config.CharCnn, shape: Shape) -> keras.Model:
    """Convolutions, ReLU and pooling over characters, then dense layers (Zhang, Zhao and LeCun 2015, "Character-level
    convolutional networks for text classification", section 2.3 and tables 1 and 2).

    The paper cuts and fills every text to 1,014 characters and flattens what is left of them; here the maximum over
    time stands in that place, so that a text may have any number of characters, and "same" padding before it.
    """
    inputs, outputs = enter(shape)
    layout = zip(settings.filters, settings.kernel_sizes, settings.pooling, strict=True)
    for number, (filters, kernel_size, pooling) in enumerate(layout, 1):
        name = f"layer_{number}"
        outputs = Conv1D(filters, kernel_size, padding="same", activation="relu", name=f"{name}_convolution")(outputs)
        if pooling > 1:
            outputs = MaxPooling1D(pooling, padding="same", name=f"{name}_pooling")(outputs)
    outputs = GlobalMaximum(name="maximum")(outputs)
    for number, units in enumerate(settings.units, 1):
        outputs = layers.Dense(units, activation="relu", name=f"hidden_{number}")(outputs)
        outputs = layers.Dropout(settings.dropout, name=f"hidden_{number}_dropout")(outputs)
    scores = scored(outputs, shape.classes, 0.0 if settings.units else settings.dropout)
    return keras.Model(inputs, scores, name="char_cnn")


def build_dpcnn(settings: config.Dpcnn, shape: Shape) -> keras.Model:
    """Deep pyramid (Johnson and Zhang 2017, "Deep pyramid convolutional neural networks for text categorization",
    figure 1a): a region embedding, then pairs of convolutions with ReLU before each (pre-activation) and a plain
    shortcut, each pair but the first over half the positions of the one before it; at last the maximum over time.

    The region embedding is the paper's simplest: one convolution over the token vectors. A text that has come down to
    one position stays there, so that `blocks` need not fit its number of tokens.
    """
    inputs, vectors = enter(shape)
    outputs = Conv1D(settings.filters, settings.kernel_size, padding="same", name="region")(vectors)
    for number in range(1, settings.blocks + 1):
        name = f"block_{number}"
        if number > 1:
            outputs = MaxPooling1D(3, strides=2, padding="same", name=f"{name}_pooling")(outputs)
        block = outputs
        for step in (f"{name}_1", f"{name}_2"):
            block = layers.ReLU(name=f"{step}_relu")(block)
            block = Conv1D(settings.filters, settings.kernel_size, padding="same", name=f"{step}_convolution")(block)
        outputs = layers.Add(name=f"{name}_add")([outputs, block])
    features = GlobalMaximum(name="maximum")(outputs)
    return keras.Model(inputs, scored(features, shape.classes, settings.dropout), name="dpcnn")
