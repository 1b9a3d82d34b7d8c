// The examples that Python wrote into the page, and the part and layer that an example shows under given settings.
const numbers = JSON.parse(document.getElementById("numbers").textContent);
const EXAMPLES = numbers.examples;
const AXES = { 1: ["steps"], 2: ["height", "width"], 3: ["depth", "height", "width"] };

// One sample, or two whose kernels move together; among "your own numbers" the one of the chosen layer.
function partsOf(example, settings) {
  if (example.kind !== "choose") return example.parts;
  return [withOwn(example.parts[settings.layer - 1], settings)];
}

function layerOf(example, part, settings) {
  const channels = !example.controls.channels ? part.stored : settings.channels;
  return plan(part, { ...settings, channels, bias: settings.bias || part.bias });
}

// Typed numbers: an input of its own, and weights for the first filter. Rows are joined by ";", channels by "|".
function withOwn(part, settings) {
  const { input, weights } = settings;
  if (!input && !weights) return part;
  const changed = { ...part };
  if (input) Object.assign(changed, fromTable(parseTable(input), part));
  if (weights) changed.kernel = withWeights(changed, parseTable(weights));
  return changed;
}

// "1,2;3,4|5,6;7,8" as channels of rows of numbers, or null.
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

// A line has one row for each channel, a plane one table for each: [channels, sizes, value of (channel, place)].
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

// The first lines of a part as they would be typed; what the boxes for your own numbers show.
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
