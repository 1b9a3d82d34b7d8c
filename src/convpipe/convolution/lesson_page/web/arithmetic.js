"use strict";
// The arithmetic of the Python package: a part (one sample and its kernels) under settings, for any number of axes.
const product = (values) => values.reduce((total, each) => total * each, 1);
const tidy = (value) => Math.round(value * 1e9) / 1e9; // so that 0.1 + 0.2 is shown as 0.3

function pads(size, span, stride, padding) {
  if (padding === "valid") return [0, 0];
  if (padding === "causal") return [span - 1, 0];
  if (padding === "same") {
    const total = Math.max((Math.ceil(size / stride) - 1) * stride + span - size, 0);
    return [Math.floor(total / 2), total - Math.floor(total / 2)];
  }
  return [Number(padding), Number(padding)];
}

function axisOf(size, { kernel, stride, dilation, padding }) {
  const span = (kernel - 1) * dilation + 1;
  const around = pads(size, span, stride, padding);
  const places = Math.max(Math.floor((size + around[0] + around[1] - span) / stride) + 1, 0);
  const least = padding === "same" || padding === "causal" ? 1 : Math.max(span - around[0] - around[1], 1);
  return { size, kernel, stride, dilation, pads: around, span, places, least };
}

// The geometry and the cost of a part under settings; an axis with a fixed kernel size has stride 1 and no padding.
function plan(part, settings) {
  const axes = part.sizes.map((size, i) =>
    axisOf(
      size,
      part.fixed[i] === null ? settings : { kernel: part.fixed[i], stride: 1, dilation: 1, padding: "valid" },
    ),
  );
  const { channels, filters } = settings;
  const kernel = axes.map((axis) => axis.kernel);
  const places = product(axes.map((axis) => axis.places));
  const weights = product(kernel) * channels * filters;
  return {
    part,
    axes,
    channels,
    filters,
    kernel,
    places,
    weights,
    bias: settings.bias,
    shape: [...axes.map((axis) => axis.places), filters],
    parameters: weights + filters,
    multiplyAdds: places * weights,
  };
}

// Convert position number `index` to one index per axis, last axis fastest, and back.
function unravel(index, lengths) {
  const place = [];
  for (const length of [...lengths].reverse()) {
    place.unshift(index % length);
    index = Math.floor(index / length);
  }
  return place;
}
const ravel = (place, lengths) => place.reduce((before, at, i) => before * lengths[i] + at, 0);

const outside = (part, place) => place.some((at, i) => at < 0 || at >= part.sizes[i]);

// A value of the input at a place counted from its first position; outside the input it is zero.
function value(part, place, channel) {
  return outside(part, place) ? 0 : part.data[ravel(place, part.sizes) * part.stored + channel];
}

function weight(layer, tap, channel, filter) {
  const { part } = layer;
  if (part.kernel === null) return 1 / product(layer.kernel);
  return part.kernel[(ravel(tap, part.largest) * part.stored + channel) * part.filters + filter];
}

const tapsOf = (layer) => Array.from({ length: product(layer.kernel) }, (_, t) => unravel(t, layer.kernel));

// One filter at one position: for each channel the values that it reads, its weights and their products.
function step(layer, index, filter) {
  const position = unravel(
    index,
    layer.axes.map((axis) => axis.places),
  );
  const taps = tapsOf(layer);
  const start = layer.axes.map((axis, i) => position[i] * axis.stride - axis.pads[0]);
  const places = taps.map((tap) => tap.map((k, i) => start[i] + k * layer.axes[i].dilation));
  const parts = Array.from({ length: layer.channels }, (_, channel) => {
    const values = places.map((place) => value(layer.part, place, channel));
    const weights = taps.map((tap) => weight(layer, tap, channel, filter));
    const products = values.map((each, t) => tidy(each * weights[t]));
    return { channel, values, weights, products, total: tidy(sum(products)) };
  });
  const bias = layer.bias[filter];
  return {
    index,
    filter,
    position,
    start,
    taps,
    places,
    parts,
    bias,
    total: tidy(sum(parts.map((p) => p.total)) + bias),
  };
}

const sum = (values) => values.reduce((a, b) => a + b, 0);

const outputs = (layer, filter) => Array.from({ length: layer.places }, (_, index) => step(layer, index, filter).total);

// Stacked layers with one channel and one filter each; each layer reads the outputs of the previous one.
function stackOf(part, settings) {
  const layers = [];
  let below = part;
  for (let level = 0; level < settings.layers; level++) {
    const layer = plan(below, {
      ...settings,
      channels: 1,
      filters: 1,
      bias: [0],
      dilation: settings.dilation ** level,
    });
    layers.push({ ...layer, outputs: outputs(layer, 0) });
    below = { ...part, sizes: [layer.places], data: layers[level].outputs };
  }
  return layers;
}

// The positions of each layer, the input first, that one output of layer `level` (from 1) sees, without padding.
function seen(layers, level, index) {
  const found = Array(level + 1);
  found[level] = [index];
  for (let l = level - 1; l >= 0; l--) {
    const places = found[l + 1].flatMap((at) => step(layers[l], at, 0).places.map(([place]) => place));
    found[l] = [...new Set(places)].filter((at) => at >= 0 && at < layers[l].axes[0].size);
  }
  return found;
}

// The results of an example under settings, in the form in which Python wrote them into this page.
function resultsOf(name, settings) {
  const example = EXAMPLES[name];
  if (example.kind === "stack") {
    return stackOf(example.parts[0], settings)
      .map((layer) => layer.outputs)
      .filter((all) => all.length);
  }
  return partsOf(example, settings).map((part) => {
    const layer = layerOf(example, part, settings);
    if (!layer.places) return [layer.axes.map((axis) => axis.least)];
    return [layer.shape, layer.parameters, layer.multiplyAdds, outputs(layer, settings.filter - 1)];
  });
}

const alike = (a, b) =>
  Array.isArray(a)
    ? Array.isArray(b) && a.length === b.length && a.every((each, i) => alike(each, b[i]))
    : Math.abs(a - b) < 1e-6;

// The checks whose results differ from those that Python wrote into this page.
function selfCheck() {
  return numbers.checks.filter(
    ({ example, settings, expected }) =>
      !alike(resultsOf(example, { ...EXAMPLES[example].defaults, ...settings }), expected),
  );
}
