"use strict";
// The content that Python wrote into the page, and the arithmetic on it. Every position has three indices; with fewer
// axes, the first ones have one position.
const content = JSON.parse(document.getElementById("content").textContent);
const TYPES = { f4: Float32Array, i2: Int16Array, i1: Int8Array };
const three = (values, fill) => [...Array(3 - values.length).fill(fill), ...values];
const product = (values) => values.reduce((a, b) => a * b, 1);

function decode(packed) {
  const bytes = Uint8Array.from(atob(packed.data), (letter) => letter.charCodeAt(0));
  const whole = new TYPES[packed.kind](bytes.buffer);
  return { shape: packed.shape, values: packed.kind === "f4" ? whole : Float64Array.from(whole, (v) => v * packed.scale) };
}

for (const branch of content.branches) {
  branch.axes = branch.kernel.length;
  branch.size3 = three(branch.kernel, 1);
  branch.strides3 = three(branch.strides, 1);
  branch.dilation3 = three(branch.dilation, 1);
  branch.weights = decode(branch.weights);
  [, branch.taps, branch.channels] = branch.weights.shape;
}
for (const sample of content.samples) {
  sample.inputs = sample.inputs.map(decode);
  sample.maps = sample.maps.map(decode);
  sample.predicted = sample.logits.indexOf(Math.max(...sample.logits));
  for (const first of sample.first) {
    first.response = decode(first.response);
    first.places3 = three(first.places, 1);
    first.before3 = three(first.before, 0);
    first.count = product(first.places);
  }
}

// Convert position number `index` to one index per axis, last axis fastest, and back.
function unravel(index, lengths) {
  const place = [];
  for (let axis = lengths.length - 1; axis >= 0; axis--) {
    place[axis] = index % lengths[axis];
    index = Math.floor(index / lengths[axis]);
  }
  return place;
}
const ravel = (place, lengths) => place.reduce((before, at, axis) => before * lengths[axis] + at, 0);

// The input of a branch: values, positions along three axes, channels.
function inputOf(sample, branch) {
  const { shape, values } = sample.inputs[branch.source];
  return { values, size: three(shape.slice(0, -1), 1), channels: shape[shape.length - 1] };
}

// The kernel of filter `f` (index of the shown filters) at one position: for each tap and channel the value that it
// reads, its weight and their product; values outside the input are zero.
function windowAt(sample, number, f, index) {
  const branch = content.branches[number], first = sample.first[number], input = inputOf(sample, branch);
  const position = unravel(index, first.places3);
  const start = position.map((at, axis) => at * branch.strides3[axis] - first.before3[axis]);
  const { taps, channels } = branch, offset = branch.first[f];
  const reads = new Float64Array(taps * channels), weights = new Float64Array(taps * channels);
  const places = [], sums = new Float64Array(channels), tapSums = new Float64Array(taps);
  for (let tap = 0; tap < taps; tap++) {
    const place = unravel(tap, branch.size3).map((k, axis) => start[axis] + k * branch.dilation3[axis]);
    const inside = place.every((at, axis) => at >= 0 && at < input.size[axis]);
    places.push(inside ? place : null);
    const from = inside ? ravel(place, input.size) * input.channels + offset : 0;
    for (let c = 0; c < channels; c++) {
      const at = tap * channels + c;
      reads[at] = inside ? input.values[from + c] : 0;
      weights[at] = branch.weights.values[f * taps * channels + at];
      sums[c] += reads[at] * weights[at];
      tapSums[tap] += reads[at] * weights[at];
    }
  }
  const products = sums.reduce((a, b) => a + b, 0);
  return { position, start, places, reads, weights, sums, tapSums, products, bias: branch.bias[f], total: products + branch.bias[f] };
}

const responseOf = (first, f) => first.response.values.subarray(f * first.count, (f + 1) * first.count);

// The map of filter `f` after each stage, with the stage and the map's positions along three axes.
function stagesOf(sample, number, f) {
  const branch = content.branches[number], first = sample.first[number];
  let map = Array.from(responseOf(first, f)), size = first.places3;
  return branch.stages.map((stage, at) => {
    if (stage.kind === "normalization") {
      map = map.map((v) => ((v - stage.mean[f]) / stage.deviation[f]) * stage.gamma[f] + stage.beta[f]);
    } else if (stage.kind === "relu") {
      map = map.map((v) => Math.min(v > 0 ? v : stage.slope * v, stage.most ?? Infinity));
    } else if (stage.kind === "largest") {
      [map, size] = [[Math.max(...map)], [1, 1, 1]];
    } else if (stage.kind === "mean") {
      [map, size] = [[map.reduce((a, b) => a + b, 0) / map.length], [1, 1, 1]];
    } else {
      const pool = { size: three(stage.size, 1), strides: three(stage.strides, 1), before: three(first.pools[at].before, 0) };
      const places = three(first.pools[at].places, 1);
      map = pooled(map, size, pool, places, stage.kind);
      size = places;
    }
    return { stage, map, size };
  });
}

function pooled(map, size, pool, places, kind) {
  return Array.from({ length: product(places) }, (_, index) => {
    const start = unravel(index, places).map((at, axis) => at * pool.strides[axis] - pool.before[axis]);
    const found = [];
    for (let tap = 0; tap < product(pool.size); tap++) {
      const place = unravel(tap, pool.size).map((k, axis) => start[axis] + k);
      if (place.every((at, axis) => at >= 0 && at < size[axis])) found.push(map[ravel(place, size)]);
    }
    return kind === "maximum" ? Math.max(...found) : found.reduce((a, b) => a + b, 0) / found.length;
  });
}

// The place in a map after a stage that belongs to a place in the map before it.
function placeAfter(place, stage, pool, places) {
  if (!pool) return ["largest", "mean"].includes(stage.kind) ? [0, 0, 0] : place;
  const strides = three(stage.strides, 1), before = three(pool.before, 0);
  return place.map((at, axis) => Math.min(Math.max(Math.floor((at + before[axis]) / strides[axis]), 0), places[axis] - 1));
}

// Sum the windows that Python drew at random; return the largest difference from Keras as a share of the largest response.
function selfCheck() {
  let windows = 0, worst = 0;
  for (const sample of content.samples)
    sample.first.forEach((first, number) => {
      for (const [f, index, exact] of first.spots) {
        windows += 1;
        const kept = responseOf(first, f)[index], total = windowAt(sample, number, f, index).total;
        worst = Math.max(worst, Math.abs(total - exact) / (first.largest || 1), Math.abs(kept - exact) / (first.largest || 1));
      }
    });
  return { windows, worst, passed: worst <= content.tolerance };
}
