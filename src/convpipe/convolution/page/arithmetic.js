"use strict";
// What the tested Python computes, once more: every axis that a layer does not have is one position wide.
const numbers = JSON.parse(document.getElementById("numbers").textContent);
const AXES = { 1: ["steps"], 2: ["height", "width"], 3: ["depth", "height", "width"] };

function pads(size, kernel, stride, dilation, padding) {
  const span = (kernel - 1) * dilation + 1;
  if (padding === "valid") return [0, 0];
  if (padding === "causal") return [span - 1, 0];
  if (padding === "same") {
    const total = Math.max((Math.ceil(size / stride) - 1) * stride + span - size, 0);
    return [Math.floor(total / 2), total - Math.floor(total / 2)];
  }
  return [Number(padding), Number(padding)];
}

// The geometry and the cost of a layer {dimensions, kernel, stride, dilation, padding, channels, filters}.
function plan(layer) {
  const axes = [0, 1, 2].map((axis) => {
    if (axis < 3 - layer.dimensions) return { size: 1, kernel: 1, stride: 1, dilation: 1, pads: [0, 0], span: 1, places: 1 };
    const { kernel, stride, dilation } = layer, size = numbers.sizes[layer.dimensions];
    const around = pads(size, kernel, stride, dilation, layer.padding), span = (kernel - 1) * dilation + 1;
    const places = Math.max(Math.floor((size + around[0] + around[1] - span) / stride) + 1, 0);
    return { size, kernel, stride, dilation, pads: around, span, places };
  });
  const product = (name) => axes.reduce((total, axis) => total * axis[name], 1);
  const weights = product("kernel") * layer.channels * layer.filters, places = product("places");
  const own = axes.slice(3 - layer.dimensions);
  const least = layer.padding === "same" || layer.padding === "causal" ? 1
    : Math.max(own[0].span - 2 * (Number(layer.padding) || 0), 1);
  return {
    layer, axes, own, places, weights, least,
    shape: [...own.map((axis) => axis.places), layer.filters],
    parameters: weights + layer.filters,
    multiplyAdds: places * weights,
    bytes: places * layer.filters * 4,
  };
}

// A value of the input, counted from its own first position; the padding is zero.
function value(layer, place, channel) {
  const size = numbers.sizes[layer.dimensions], own = place.slice(3 - layer.dimensions);
  if (own.some((at) => at < 0 || at >= size)) return 0;
  const index = own.reduce((before, at) => before * size + at, 0);
  return numbers.data[layer.dimensions][index * numbers.channels + channel];
}

function weight(layer, tap, channel) {
  const largest = numbers.largest_kernel, own = tap.slice(3 - layer.dimensions);
  const index = own.reduce((before, at) => before * largest + at, 0);
  return numbers.kernel[layer.dimensions][index * numbers.channels + channel];
}

// Position number `index` as one index an axis, the last axis fastest.
function unravel(index, lengths) {
  const place = [];
  for (const length of [...lengths].reverse()) {
    place.unshift(index % length);
    index = Math.floor(index / length);
  }
  return place;
}

// The kernel at one position: for each channel what it reads, its weights and their products.
function step(geometry, index) {
  const { layer, axes } = geometry;
  const position = unravel(index, axes.map((axis) => axis.places));
  const start = axes.map((axis, i) => position[i] * axis.stride - axis.pads[0]);
  const taps = [];
  for (let d = 0; d < axes[0].kernel; d++)
    for (let h = 0; h < axes[1].kernel; h++)
      for (let w = 0; w < axes[2].kernel; w++) taps.push([d, h, w]);
  const places = taps.map((tap) => tap.map((k, i) => start[i] + k * axes[i].dilation));
  const parts = Array.from({ length: layer.channels }, (_, channel) => {
    const products = taps.map((tap, t) => value(layer, places[t], channel) * weight(layer, tap, channel));
    return { channel, products, total: products.reduce((a, b) => a + b, 0) };
  });
  return { index, position, start, taps, places, parts, total: parts.reduce((sum, part) => sum + part.total, 0) };
}

function outputs(geometry) {
  return Array.from({ length: geometry.places }, (_, index) => step(geometry, index).total);
}

// Compare with what Python wrote into this page; gives the checks that differ.
function selfCheck() {
  return numbers.checks.filter((check) => {
    const geometry = plan(check.layer);
    const here = geometry.places
      ? [geometry.shape, geometry.parameters, geometry.multiplyAdds, geometry.bytes, outputs(geometry)]
      : [geometry.least];
    return JSON.stringify(here) !== JSON.stringify(check.expected);
  });
}
