// Texts for a state of the page: the sum, the facts, and the settings that fit if the output is empty.
const WHY = {
  1: "The 1 is the number of axes along which the kernel moves. The input can also be an image, with its rows as steps.",
  2: "The 2 is the number of axes along which the kernel moves. The input can also be a sentence, as an image of height one.",
  3: "The 3 is the number of axes along which the kernel moves. The input can also be a video, with its frames as depth.",
};
const OWN_MOVES = {
  1: "The kernel moves along the steps only, and reads all channels at once.",
  2: "The kernel moves along height and width, and reads all channels at once.",
  3: "The kernel moves along depth, height and width, and reads all channels at once.",
};
const MOST_FACTORS = 6;
const MOST_TERMS = 12;

const bracket = (number, first) => (number < 0 && !first ? `(${spell(number)})` : spell(number));

// The terms of a sum: value × weight if there are few, else products, else one term per channel or slice.
function termsOf(layer, current) {
  const { parts } = current;
  const products = parts.flatMap((part) => part.products);
  if (products.length <= MOST_FACTORS) {
    const colored = (kind, number) => `<i class="${kind}">${number}</i>`;
    const pair = (part) => (each, t) =>
      `<span class="pair">${colored("blue", spell(each))} × ${colored("orange", short(part.weights[t]))}</span>`;
    return parts.flatMap((part) => part.values.map(pair(part)));
  }
  if (products.length <= MOST_TERMS) return products.map((each, i) => bracket(each, !i));
  if (parts.length > MOST_TERMS) {
    const rest = parts.slice(2, -1);
    const named = (part, i) => bracket(part.total, !i);
    return [
      ...parts.slice(0, 2).map(named),
      `${bracket(tidy(sum(rest.map((p) => p.total))))} <small>(${rest.length} more channels)</small>`,
      bracket(parts.at(-1).total),
    ];
  }
  if (parts.length > 1)
    return parts.map(
      (part, i) => `${bracket(part.total, !i)} <small>(${escape(layer.part.names[i] ?? `channel ${i + 1}`)})</small>`,
    );
  return slicesOf(layer, current);
}

// The products of one channel, summed over the last axes: rows of a plane, slices of a block.
function slicesOf(layer, { places, parts: [part] }) {
  const length = part.products.length / layer.kernel[0];
  const name = layer.kernel.length === 3 ? "slice" : "row";
  return Array.from({ length: layer.kernel[0] }, (_, i) => {
    const total = tidy(sum(part.products.slice(i * length, (i + 1) * length)));
    return `${bracket(total, !i)} <small>(${name} ${spell(places[i * length][0])})</small>`;
  });
}

const placeWords = (position) => (position.length === 1 ? position[0] : `(${position.join(", ")})`);

function sumOf(layer, current, named) {
  const bias = `<span class="pair">${bracket(current.bias)} <small>(bias)</small></span>`;
  const name = `${named ? `Conv${layer.part.dimensions}D ` : ""}output ${placeWords(current.position)}`;
  const terms = [...termsOf(layer, current), bias].join(" + ");
  return `<span class="green">${name}</span> = ${terms} = <b class="green">${spell(current.total)}</b>`;
}

// Description of a picture for screen readers.
function pictureWords({ part, kernel, channels }, current) {
  const [size, start] = [times(part.sizes), current.start.map(spell).join(", ")];
  return (
    `Conv${part.dimensions}D: input of ${size} positions and ${channels} channels; the kernel of size ${times(kernel)} ` +
    `starts at ${start}; output ${placeWords(current.position)} is ${spell(current.total)}`
  );
}

function stackSum(layers, level, index) {
  const layer = layers[level - 1];
  const current = step(layer, index, 0);
  const inputs = seen(layers, level, index)[0];
  const range = `${inputs.length} of the ${layers[0].axes[0].size} ${layers[0].part.steps}`;
  return (
    `<span class="green">Layer ${level}, output ${index}</span> = ${termsOf(layer, current).join(" + ")} = ` +
    `<b class="green">${spell(current.total)}</b>. It sees <b class="blue">${range}</b>.`
  );
}

const shape = (lengths) => `(${lengths.join(", ")}${lengths.length === 1 ? "," : ""})`;
const times = (values) => values.map(comma).join(" × ");
const volume = (kernel) =>
  kernel.length > 1 && new Set(kernel).size === 1 ? `${kernel[0]}${{ 2: "²", 3: "³" }[kernel.length]}` : times(kernel);
const comma = (number) => number.toLocaleString("en");

// Rows of facts: a name, then one value per layer on the page.
function factsOf(layers) {
  const row = (name, fact) => [name, ...layers.map(fact)];
  return [
    row("input", (layer) => shape([...layer.part.sizes, layer.channels])),
    row("kernel", (layer) => shape([...layer.kernel, layer.channels, layer.filters])),
    row("output", (layer) => (layer.places ? `<b>${shape(layer.shape)}</b>` : "empty")),
    row("positions", positionsOf),
    row("parameters", (l) => {
      const product = `${volume(l.kernel)} × ${times([l.channels, l.filters])}`;
      return `<b>${comma(l.parameters)}</b> <small>= ${product} + ${l.filters}</small>`;
    }),
    row("multiply-adds", (l) =>
      l.places ? `<b>${comma(l.multiplyAdds)}</b> <small>= ${times([l.places, l.weights])}</small>` : "0",
    ),
    row("receptive field", (layer) => times(layer.axes.map((axis) => axis.span))),
  ];
}

function positionsOf(layer, _, all) {
  const i = layer.part.fixed.indexOf(null);
  const axis = layer.axes[Math.max(i, 0)];
  if (!layer.places) return "none";
  if (all.length > 1) return times(layer.axes.map((each) => each.places));
  const room = `(${axis.size}${axis.pads.some(Boolean) ? ` + ${sum(axis.pads)}` : ""} − ${axis.span})`;
  return `<small>⌊${room} ÷ ${axis.stride}⌋ + 1 =</small> ${axis.places}`;
}

function stackFacts(layers) {
  const last = layers.length;
  const field = layers.reduce(
    ([reach, jump], { axes: [axis] }) => [reach + (axis.span - 1) * jump, jump * axis.stride],
    [1, 1],
  )[0];
  return [
    ["input", shape([layers[0].axes[0].size, 1])],
    ...layers.map((layer, i) => [`layer ${i + 1}`, layer.places ? shape([layer.places, 1]) : "empty"]),
    [
      "parameters",
      `<b>${comma(sum(layers.map((l) => l.parameters)))}</b> <small>= ${last} × (${layers[0].weights} + 1)</small>`,
    ],
    ["multiply-adds", `<b>${comma(sum(layers.map((l) => l.multiplyAdds)))}</b>`],
    ["receptive field", `<b>${field}</b>`],
  ];
}

// Why the output is empty, and which single changes of a setting give an output.
function emptyWords(state, example, layers) {
  const layer = layers.find((each) => !each.places);
  const axis = layer.axes.find((each) => !each.places);
  const room = axis.size + axis.pads[0] + axis.pads[1];
  const who = example.kind === "stack" ? `Layer ${layers.indexOf(layer) + 1} has no` : "No";
  const input = axis.pads.some(Boolean) ? "padded input" : "input";
  const fits = [...fittingSettings(state, example), largerInput(example, layer)].filter(Boolean).join("; ");
  return `${who} output: the kernel spans ${axis.span} positions, but the ${input} has ${room}. Settings that fit: ${fits}.`;
}

// The settings that each give an output if nothing else changes: the largest kernel, dilation, paddings, fewer layers.
function fittingSettings(state, example) {
  const works = (change) => countOf({ ...state, ...change }, example) > 0;
  const [least] = example.controls.kernel || [state.kernel];
  const smaller = Array.from({ length: state.kernel - least }, (_, i) => state.kernel - 1 - i);
  const kernel = smaller.find((size) => works({ kernel: size }));
  const allowed = (padding) => padding !== "causal" || state.layer === 1;
  const paddings = (example.controls.padding || []).filter((padding) => allowed(padding) && works({ padding }));
  return [
    kernel && `kernel size ${kernel}`,
    state.dilation > 1 && works({ dilation: 1 }) && "dilation 1",
    paddings.length && `padding ${paddings.slice(0, 2).join(" or ")}`,
    state.layers > 1 && works({ layers: state.layers - 1 }) && "one layer fewer",
  ];
}

function largerInput(example, layer) {
  if (example.kind === "stack") return "";
  const unit = layer.part.dimensions > 1 ? "" : ` ${layer.part.steps}`;
  return `an input of at least ${times(layer.axes.map((each) => each.least))}${unit}`;
}

// The smallest number of outputs of the layers.
function countOf(state, example) {
  if (example.kind === "stack") return Math.min(...stackOf(example.parts[0], state).map((layer) => layer.places));
  return Math.min(...partsOf(example, { ...state, weights: "" }).map((part) => layerOf(example, part, state).places));
}
