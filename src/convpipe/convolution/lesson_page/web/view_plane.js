// Two axes: for each channel its input, its kernel and their products; the output is the sum of the channel sums.
// An image that a Conv1D reads is drawn as one such sheet, with the kernel over whole rows or columns.
const BETWEEN = 30;
const CAPTION = 24;

function planeView(scene) {
  const { layer, room } = scene;
  const sheets = layer.part.dimensions === 1 ? [wholeSheet(scene)] : channelSheets(scene);
  const output = outputBlock(scene);
  const found = [across, down, column].map((arrange) => arrange(sheets, output));
  if (room.narrow) {
    const readable = found.filter((block) => room.width / block.width >= 0.62).sort((a, b) => a.height - b.height);
    return readable[0] ?? found.sort((a, b) => a.width - b.width)[0];
  }
  const scale = (block) => Math.min(room.width / block.width, room.height / block.height);
  return found.sort((a, b) => scale(b) - scale(a))[0];
}

const shadeOf = (part, each) => (Math.max(...part.data) < 5 ? 0 : Math.max(each, 0) / Math.max(...part.data, 1));

function channelSheets({ layer, now, filter }) {
  const {
    part,
    axes: [tall, wide],
  } = layer;
  const current = step(layer, now, filter);
  const read = new Set(current.places.map((place) => place.join()));
  const width = wideOf(part);
  const [height, length] = [tall, wide].map((axis) => axis.size + axis.pads[0] + axis.pads[1]);
  return current.parts.map(({ channel, weights, products, total }) => {
    const input = grid(height, length, width, (r, c) => {
      const place = [r - tall.pads[0], c - wide.pads[0]];
      const each = value(part, place, channel);
      const kind = `${outside(part, place) ? "zero" : ""} ${read.has(place.join()) ? "blue" : ""}`;
      return [short(each), kind, nearest(layer, place), shadeOf(part, each)];
    });
    const [top, left] = current.start.map((at, i) => at + layer.axes[i].pads[0]);
    input.body += frame(
      `window${channel}`,
      left * width,
      top * TALL,
      wide.span * width,
      tall.span * TALL,
      true,
      part.fixed[0] === null,
    );
    const labeled = part.labels.length ? underWords(input, part, wide, width, read) : input;
    const small = (values, kind) =>
      grid(tall.kernel, wide.kernel, width, (r, c) => [short(values[r * wide.kernel + c]), kind]);
    const name =
      layer.channels > 1 ? (part.names[channel] ?? `channel ${channel + 1}`) : `input ${tall.size} × ${wide.size}`;
    return { name, input: labeled, kernel: small(weights, "orange"), products: small(products, "product"), total };
  });
}

// The words of a sentence above its row of cells.
function underWords(input, part, wide, width, read) {
  const heads = part.labels.map((label, at) =>
    words((at + wide.pads[0] + 0.5) * width, 6, `head word ${read.has(`0,${at}`) ? "blue" : ""}`, escape(label)),
  );
  return { width: input.width, height: input.height + 20, top: 20, body: heads.join("") + put(0, 20, input.body) };
}

// An image that a Conv1D reads: the window covers whole rows (steps run down) or whole columns (steps run across).
function wholeSheet({ layer, now, filter }) {
  const {
    part,
    axes: [axis],
  } = layer;
  const current = step(layer, now, filter);
  const down = part.view === "rows";
  const read = new Set(current.places.map(([at]) => at));
  const length = axis.size + axis.pads[0] + axis.pads[1];
  const turned = (steps, at) =>
    down ? grid(steps, part.stored, TALL, at) : grid(part.stored, steps, TALL, (r, c) => at(c, r));
  const input = turned(length, (step, channel) => {
    const at = step - axis.pads[0];
    const each = value(part, [at], channel);
    const kind = `${outside(part, [at]) ? "zero" : ""} ${read.has(at) ? "blue" : ""}`;
    return [short(each), kind, nearest(layer, [at]), shadeOf(part, each)];
  });
  const first = (current.start[0] + axis.pads[0]) * TALL;
  const [long, wide] = [axis.span * TALL, part.stored * TALL];
  input.body += down
    ? frame("window", 0, first, wide, long, false, true)
    : frame("window1", first, 0, long, wide, true, false);
  input.body += words(
    0,
    input.height + 14,
    "size start",
    down ? "down: steps, across: channels" : "across: steps, down: channels",
  );
  input.height += 20;
  const small = (list, kind) => turned(axis.kernel, (tap, channel) => [short(current.parts[channel][list][tap]), kind]);
  return {
    name: "input",
    input,
    kernel: small("weights", "orange"),
    products: small("products", "product"),
    total: sum(current.parts.map((p) => p.total)),
  };
}

function outputBlock({ layer, now, filter, all }) {
  const places = layer.axes.map((axis) => axis.places);
  const [tall, wide] = { rows: [places[0], 1], columns: [1, places[0]] }[layer.part.view] || places;
  const width = wideOf(layer.part);
  const number = layer.filters > 1 ? ` of filter ${filter + 1}` : "";
  const main = grid(tall, wide, width, (r, c) => {
    const index = r * wide + c;
    return [short(all[filter][index]), index === now ? "now" : "green", `${index}/${filter}`];
  });
  const thumbs = layer.filters > 1 ? thumbnails(all, filter, tall, wide) : { width: 0, height: 0, body: "" };
  return {
    width: Math.max(main.width, layer.filters > 1 ? 150 : 60, thumbs.width),
    height: CAPTION + main.height + thumbs.height,
    body:
      words(0, 10, "name start green", `output${number}`) +
      put(0, CAPTION, main.body) +
      put(0, CAPTION + main.height + 8, thumbs.body),
  };
}

// Thumbnails of the outputs of all filters; a tap selects one.
function thumbnails(all, filter, tall, wide) {
  const side = Math.max(Math.min(7, 40 / Math.max(tall, wide)), 3);
  const step = [wide * side + 10, tall * side + 24];
  const perRow = 4;
  let body = words(0, 8, "size start", `all ${all.length} filters`);
  all.forEach((values, number) => {
    const most = Math.max(...values.map(Math.abs), 1);
    const x = (number % perRow) * step[0];
    const y = 20 + Math.floor(number / perRow) * step[1];
    const dots = values
      .map(
        (each, i) =>
          `<rect class="dot ${each < 0 ? "low" : ""}" style="opacity:${Math.abs(each) / most}" ` +
          `x="${(i % wide) * side}" y="${Math.floor(i / wide) * side}" width="${side}" height="${side}"/>`,
      )
      .join("");
    body +=
      `<g class="thumb ${number === filter ? "chosen" : ""}" data-filter="${number}" ` +
      `transform="translate(${x} ${y})">` +
      `<rect class="back" x="-2" y="-2" width="${wide * side + 4}" height="${tall * side + 4}"/>${dots}` +
      `<text class="size" x="${(wide * side) / 2}" y="${tall * side + 10}">${number + 1}</text></g>`;
  });
  const rows = Math.ceil(all.length / perRow);
  return { width: Math.min(all.length, perRow) * step[0], height: 28 + rows * step[1], body };
}

// Input, kernel and products of one channel: the kernel and its products below the input, or all in a row.
function sheetBelow({ name, input, kernel, products, total }, last) {
  const y = CAPTION + input.height + 12;
  const right = kernel.width + BETWEEN;
  const width = Math.max(input.width, right + products.width);
  const body =
    words(0, 10, "name start blue", name) +
    put(0, CAPTION, input.body) +
    words(0, y + 8, "name start orange", "× kernel") +
    put(0, y + CAPTION, kernel.body) +
    words(right - BETWEEN / 2, y + CAPTION + kernel.height / 2, "sign", "=") +
    words(right, y + 8, "name start orange", "products") +
    put(right, y + CAPTION, products.body) +
    words(right + products.width / 2, y + CAPTION + products.height + 14, "subtotal", `sum ${spell(total)}${last}`);
  return { width, height: y + CAPTION + products.height + 28, work: products.height, body };
}

function sheetBeside({ name, input, kernel, products, total }) {
  const second = input.width + BETWEEN;
  const third = second + kernel.width + BETWEEN;
  const head = input.top ?? 0;
  const high = Math.max(input.height, head + kernel.height + 24);
  const middle = (block) => CAPTION + head + Math.max((input.height - head - block.height) / 2, 0);
  const center = middle(kernel) + kernel.height / 2;
  const body =
    words(0, 10, "name start blue", name) +
    put(0, CAPTION, input.body) +
    words(second - BETWEEN / 2, center, "sign", "×") +
    put(second, middle(kernel), kernel.body) +
    words(third - BETWEEN / 2, center, "sign", "=") +
    put(third, middle(products), products.body) +
    words(second, 10, "name start orange", "kernel") +
    words(third, 10, "name start orange", "products") +
    words(third + products.width / 2, middle(products) + products.height + 13, "subtotal", `sum ${spell(total)}`);
  return { width: third + products.width, height: CAPTION + high + 4, body };
}

// Three arrangements: sheets from left to right; sheets in a column with the output to the right; all in one column.
function across(sheets, output) {
  const blocks = sheets.map((sheet) => sheetBelow(sheet, ""));
  let x = 0;
  let body = "";
  const height = Math.max(...blocks.map((block) => block.height), output.height);
  const plus = height - 28 - blocks[0].work / 2;
  blocks.forEach((block, i) => {
    body += put(x, 0, block.body);
    x += block.width + BETWEEN;
    body += words(x - BETWEEN / 2 + (i < blocks.length - 1 ? 0 : 4), plus, "sign", i < blocks.length - 1 ? "+" : "→");
  });
  return {
    width: x + 8 + output.width,
    height,
    body: body + put(x + 8, Math.max(height - 26 - output.height, 0), output.body),
  };
}

function down(sheets, output) {
  const blocks = sheets.map(sheetBeside);
  const width = Math.max(...blocks.map((block) => block.width));
  const tall = sum(blocks.map((block) => block.height)) + 8 * (blocks.length - 1);
  const height = Math.max(tall, output.height);
  let y = 0;
  let body = "";
  for (const block of blocks) {
    body += put(0, y, block.body);
    y += block.height + 8;
  }
  const top = Math.max((tall - output.height) / 2, 0);
  body += words(width + BETWEEN / 2 + 4, height / 2, "sign", "→") + put(width + BETWEEN + 10, top, output.body);
  return { width: width + BETWEEN + 10 + output.width, height, body };
}

function column(sheets, output) {
  const blocks = [...sheets.map(sheetBeside), output];
  const width = Math.max(...blocks.map((block) => block.width));
  let y = 0;
  let body = "";
  for (const block of blocks) {
    body += put(0, y, block.body);
    y += block.height + 12;
  }
  return { width, height: y, body };
}
