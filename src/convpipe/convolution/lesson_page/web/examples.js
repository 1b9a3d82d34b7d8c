// The examples that Python wrote into the page, and the parts and layers of an example under given settings.
const numbers = JSON.parse(document.getElementById("numbers").textContent);
const EXAMPLES = numbers.examples;
const AXES = { 1: ["steps"], 2: ["height", "width"], 3: ["depth", "height", "width"] };

// The parts of an example: one, or two whose kernels move together; for "own numbers", the part of the selected layer.
function partsOf(example, settings) {
  if (example.kind !== "choose") return example.parts;
  return [withOwn(example.parts[settings.layer - 1], settings)];
}

function layerOf(example, part, settings) {
  const channels = !example.controls.channels ? part.stored : settings.channels;
  return plan(part, { ...settings, channels, bias: settings.bias || part.bias });
}

// A part with typed numbers: the input, and the weights of the first filter. Rows are joined by ";", channels by "|".
function withOwn(part, settings) {
  const { input, weights } = settings;
  if (!input && !weights) return part;
  const changed = { ...part };
  if (input) Object.assign(changed, fromTable(parseTable(input), part));
  if (weights) changed.kernel = withWeights(changed, parseTable(weights));
  return changed;
}

// Parse "1,2;3,4|5,6;7,8" into channels of rows of numbers; null if it is not a table.
function parseTable(words) {
  const table = words
    .split("|")
    .map((plane) =>
      plane.split(";").map((row) => row.split(",").map((each) => (each.trim() === "" ? NaN : Number(each)))),
    );
  const [height, width] = [table[0].length, table[0][0].length];
  const whole = table.every(
    (plane) =>
      plane.length === height &&
      plane.every((row) => row.length === width && row.every((each) => Number.isFinite(each) && Math.abs(each) < 1000)),
  );
  return whole ? table : null;
}

// A line has one row per channel, a plane one table per channel: [channels, sizes, value of (channel, place)].
function readTable(table, dimensions) {
  if (dimensions === 1) return [table[0].length, [table[0][0].length], (channel, [at]) => table[0][channel][at]];
  return [table.length, [table[0].length, table[0][0].length], (channel, [h, w]) => table[channel][h][w]];
}

function fromTable(table, part) {
  const [channels, sizes, at] = readTable(table, part.dimensions);
  const data = Array(product(sizes) * part.stored).fill(0);
  for (let place = 0; place < product(sizes); place++)
    for (let channel = 0; channel < channels; channel++)
      data[place * part.stored + channel] = at(channel, unravel(place, sizes));
  return { sizes, data };
}

function withWeights(part, table) {
  const [channels, sizes, at] = readTable(table, part.dimensions);
  const kernel = [...part.kernel];
  for (let tap = 0; tap < product(sizes); tap++)
    for (let channel = 0; channel < channels; channel++) {
      const place = unravel(tap, sizes);
      kernel[(ravel(place, part.largest) * part.stored + channel) * part.filters] = at(channel, place);
    }
  return kernel;
}

// The text in the boxes for your own numbers.
function typed(part, sizes, channels, at) {
  const cell = (channel, place) => tidy(at(place, channel));
  const range = (length) => Array.from({ length }, (_, i) => i);
  if (part.dimensions === 1) {
    return range(channels)
      .map((c) =>
        range(sizes[0])
          .map((s) => cell(c, [s]))
          .join(", "),
      )
      .join("\n");
  }
  return range(channels)
    .map((c) =>
      range(sizes[0])
        .map((h) =>
          range(sizes[1])
            .map((w) => cell(c, [h, w]))
            .join(", "),
        )
        .join("\n"),
    )
    .join("\n\n");
}
