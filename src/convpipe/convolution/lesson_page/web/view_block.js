// Three axes: blocks of small cubes that can be turned, with the cube of the kernel inside.
let moving = 0;
let lastStart = null; // the running animation, and the previous place of the kernel's cube

// The blocks of a scene: the input of each channel with the kernel's cube in it, and the output of the selected filter.
function blocksOf({ layer, now, filter, all }) {
  const { part, axes } = layer;
  const current = step(layer, now, filter);
  const places = axes.map((axis) => axis.places);
  const read = new Set(current.places.map((place) => place.join()));
  const most = Math.max(...part.data, 1);
  const padded = axes.map((axis) => axis.size + axis.pads[0] + axis.pads[1]);
  const total = product(padded);
  const inputs = current.parts.map(({ channel }) => ({
    name: layer.channels > 1 ? `channel ${channel + 1}` : "input",
    sizes: padded,
    spans: axes.map((axis) => axis.span),
    start: current.start.map((at, i) => at + axes[i].pads[0]),
    cubes: Array.from({ length: total }, (_, index) => {
      const at = unravel(index, padded);
      const place = at.map((each, i) => each - axes[i].pads[0]);
      const zero = outside(part, place);
      const under = read.has(place.join());
      const strength = Math.max(value(part, place, channel), 0) / most;
      return {
        at,
        kind: under ? "blue" : "ink",
        half: zero ? 0.09 : under ? 0.36 : 0.27,
        alpha: under ? 0.22 + 0.75 * strength : 0.06 + 0.5 * strength,
        go: nearest(layer, place),
      };
    }),
  }));
  const largest = Math.max(...all[filter].map(Math.abs), 1);
  const output = {
    name: layer.filters > 1 ? `output of filter ${filter + 1}` : "output",
    sizes: places,
    cubes: all[filter].map((each, index) => ({
      at: unravel(index, places),
      kind: "green",
      half: index === now ? 0.45 : 0.33,
      alpha: index === now ? 1 : 0.12 + (0.7 * Math.abs(each)) / largest,
      hollow: each < 0 && index !== now,
      go: index,
      words: index === now ? short(each) : "",
    })),
  };
  return { inputs, output };
}

function blockView(scene) {
  const { layer, now, filter, room } = scene;
  const current = step(layer, now, filter);
  const work = layer.channels === 1 && layer.kernel[0] <= 4 ? workOfSlices(layer, current) : null;
  const place = room.narrow
    ? { width: room.width, height: 420, narrow: true }
    : { width: room.width * 0.31, height: room.height };
  const middle = work ? svg(work, place, "window, kernel and products of each slice") : "";
  const places = layer.axes.map((axis) => axis.places);
  const canvas = (id, label) => `<canvas id="${id}" role="img" aria-label="${label}"></canvas>`;
  const input = `input block: ${axesWords(layer.part.sizes)}; the kernel starts at ${axesWords(current.start)}`;
  const output = `output block: ${axesWords(places)}; this output is at ${axesWords(current.position)}`;
  return `<div class="blocks">${canvas("block-in", input)}${middle}${canvas("block-out", output)}</div>`;
}

const axesWords = (lengths) => lengths.map((length, i) => `${AXES[3][i]} ${length}`).join(", ");

// For each slice: the values that the kernel reads, its weights and the products.
function workOfSlices(layer, current) {
  const [deep, tall, wide] = layer.kernel;
  const length = tall * wide;
  const [part] = current.parts;
  const width = wideOf(layer.part);
  const column = wide * width + 26;
  const line = tall * TALL + 26;
  let body =
    words(0, 8, "name start blue", "input") +
    words(column, 8, "name start orange", "× kernel") +
    words(2 * column, 8, "name start orange", "= products");
  for (let d = 0; d < deep; d++) {
    const at = (list) => part[list].slice(d * length, (d + 1) * length);
    const y = 42 + d * line;
    const table = (list, kind) => grid(tall, wide, width, (r, c) => [short(at(list)[r * wide + c]), kind]).body;
    const depth = current.places[d * length][0];
    body +=
      words(0, y - 10, "size start", `slice ${spell(depth)}`) +
      words(2 * column, y - 10, "subtotal start", `sum ${spell(sum(at("products")))}`);
    body +=
      put(0, y, table("values", "blue")) +
      put(column, y, table("weights", "orange")) +
      put(2 * column, y, table("products", "product"));
  }
  return { width: 3 * column - 20, height: 42 + deep * line, body };
}

// Paint both blocks; the kernel's cube slides from its previous place unless reduced motion is preferred.
function paintBlocks(scene, angle) {
  cancelAnimationFrame(moving);
  if (!document.getElementById("block-in")) return;
  const { inputs, output } = blocksOf(scene);
  const { start } = inputs[0];
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const from =
    lastStart && !still && lastStart.length === start.length ? start.map((at, i) => lastStart[i] - at) : null;
  const begun = performance.now();
  lastStart = start;
  const paint = (time) => {
    const left = from ? Math.max(1 - (time - begun) / 220, 0) : 0;
    if (!document.getElementById("block-in")) return;
    paintCanvas(document.getElementById("block-in"), inputs, angle, left ? from.map((by) => by * left * left) : null);
    paintCanvas(document.getElementById("block-out"), [output], angle, null);
    if (left) moving = requestAnimationFrame(paint);
  };
  paint(begun);
}
