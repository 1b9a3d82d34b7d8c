// One axis: input, kernel and products above each other; each output is below the middle of its window.
const DRAWN_CHANNELS = 5;
const DRAWN_FILTERS = 3;
const DRAWN_BARS = 44;

function lineView({ layer, now, filter, all, room }) {
  const sheet = lineSheet(layer, now, filter, room);
  const rows = rowsOf(layer.channels, DRAWN_CHANNELS);
  let y = drawHead(sheet);
  y = drawInput(sheet, rows, y);
  const bottom = drawWork(sheet, rows, y);
  const end = drawOutputs(sheet, all, filter, bottom);
  return { width: sheet.width, height: end, body: sheet.behind + sheet.body + sheet.front };
}

function lineSheet(layer, now, filter, room) {
  const [axis] = layer.axes;
  const wide = wideOf(layer.part);
  const columns = axis.size + axis.pads[0] + axis.pads[1];
  const named = namesWidth(layer);
  const left = room.narrow || room.compact ? 0 : layer.channels > 1 ? named + 142 : layer.filters > 1 ? 172 : 126;
  const current = step(layer, now, filter);
  const start = current.start[0] + axis.pads[0];
  return {
    layer,
    axis,
    wide,
    columns,
    left,
    current,
    start,
    narrow: room.narrow || room.compact,
    behind: "",
    body: "",
    front: "",
    width: left + Math.max(columns * wide, left ? 0 : 250),
    at: (column) => left + column * wide,
  };
}

// The width of the longest channel name.
const namesWidth = (layer) =>
  14 + 8.1 * Math.max(9, ...layer.part.names.slice(0, layer.channels).map((name) => name.length));

// Draw the name of a block to its left or, on a narrow screen, above it. Returns the height of the name.
function blockName(sheet, kind, name, size, y, rows) {
  if (sheet.narrow) {
    sheet.body += words(0, y + 13, `name start ${kind}`, `${name} <tspan class="size">${size}</tspan>`);
    return 28;
  }
  const indent =
    kind === "green"
      ? sheet.layer.filters > 1
        ? 46
        : 14
      : sheet.layer.channels > 1
        ? namesWidth(sheet.layer) + 8
        : 14;
  const x = sheet.left - indent;
  const middle = y + (rows * TALL) / 2;
  sheet.body += words(x, middle - (size ? 8 : 0), `name end ${kind}`, name) + words(x, middle + 11, "size end", size);
  return 0;
}

function rowName(sheet, name, y) {
  if (!sheet.narrow) sheet.body += words(sheet.left - 12, y + TALL / 2, "row end", escape(name));
}

function drawHead(sheet) {
  const { axis, layer } = sheet;
  const labels = layer.part.labels;
  const read = new Set(sheet.current.places.map(([at]) => at));
  for (let at = 0; at < axis.size; at++) {
    const kind = `head ${labels.length ? "word" : ""} ${read.has(at) ? "blue" : ""}`;
    sheet.body += words(sheet.at(at + axis.pads[0] + 0.5), 12, kind, escape(labels[at] ?? at));
  }
  return 26;
}

// Bars of the values of a single channel, so that its shape is visible.
function drawBars(sheet, values, y, kind, columnOf) {
  const least = Math.min(0, ...values);
  const range = Math.max(...values, 1) - least;
  const height = DRAWN_BARS / range;
  values.forEach((each, i) => {
    const x = sheet.at(columnOf(i)) + sheet.wide * 0.22;
    const top = y + (Math.max(...values, 1) - Math.max(each, 0)) * height;
    const size = `width="${sheet.wide * 0.56}" height="${Math.max(Math.abs(each) * height, 1.5)}"`;
    sheet.body += `<rect class="bar ${kind(i)}" x="${x}" y="${top}" ${size}/>`;
  });
  return y + DRAWN_BARS + 5;
}

function drawInput(sheet, rows, y) {
  const { layer, axis, current } = sheet;
  const { part } = layer;
  const read = new Set(current.places.map(([at]) => at));
  if (layer.channels === 1 && !sheet.narrow) {
    const values = Array.from({ length: axis.size }, (_, at) => value(part, [at], 0));
    y = drawBars(
      sheet,
      values,
      y,
      (at) => (read.has(at) ? "blue" : ""),
      (at) => at + axis.pads[0],
    );
  }
  const many = layer.channels > 1 ? ` × ${layer.channels} ${part.channel}` : "";
  y += blockName(sheet, "blue", "input", `${axis.size} ${part.steps}${many}`, y, rows.length);
  rows.forEach(([from, to], row) => {
    if (layer.channels > 1)
      rowName(
        sheet,
        from < to ? `${to - from + 1} more` : (part.names[from] ?? `${part.channel} ${from}`),
        y + row * TALL,
      );
    for (let at = -axis.pads[0]; at < axis.size + axis.pads[1]; at++) {
      const kind = `${outside(part, [at]) ? "zero" : ""} ${read.has(at) ? "blue" : ""}`;
      const shown = from < to ? "⋮" : short(value(part, [at], from));
      sheet.body += cell(sheet.at(at + axis.pads[0]), y + row * TALL, sheet.wide, shown, kind, nearest(layer, [at]));
    }
  });
  const height = rows.length * TALL;
  sheet.front += frame("window", sheet.at(sheet.start), y, axis.span * sheet.wide, height, true, false);
  return y + height + 8;
}

// Draw the kernel and its products below the window.
function drawWork(sheet, rows, y) {
  const { layer, axis, current, wide } = sheet;
  const height = rows.length * TALL;
  const left = sheet.at(sheet.start);
  const many = layer.channels > 1 ? ` × ${layer.channels} ${layer.part.channel}` : "";
  const number = layer.filters > 1 ? ` ${current.filter + 1}` : "";
  y += blockName(sheet, "orange", `× kernel${number}`, `size ${axis.kernel}${many}`, y, rows.length);
  const top = y;
  const below = y + height + 8;
  const lower = below + blockName(sheet, "orange", "= products", "", below, rows.length);
  let kernel = "";
  let products = "";
  rows.forEach(([from, to], row) =>
    current.taps.forEach(([tap], t) => {
      const x = left + tap * axis.dilation * wide;
      const merged = from < to;
      const part = sum(current.parts.slice(from, to + 1).map((each) => each.products[t]));
      kernel += cell(x, top + row * TALL, wide, merged ? "⋮" : short(current.parts[from].weights[t]), "orange");
      products += cell(x, lower + row * TALL, wide, short(part), "product");
    }),
  );
  sheet.body += slide("kernel", left, 0, kernel) + slide("products", left, 0, products);
  return lower + height;
}

function drawOutputs(sheet, all, filter, y) {
  const { layer, axis, wide } = sheet;
  const rows = rowsOf(layer.filters, DRAWN_FILTERS, filter);
  const top = y + (sheet.narrow ? 8 : 22);
  const height = rows.length * TALL;
  const hidden =
    layer.filters > rows.length ? `${rows.length} of ${layer.filters} filters` : `${layer.filters} filters`;
  const size = layer.filters > 1 ? hidden : `${axis.places} ${layer.part.steps}`;
  const first = top + blockName(sheet, "green", "output", size, top, rows.length);
  const column = (index) => index * axis.stride + (axis.span - 1) / 2;
  rows.forEach(([number], row) => {
    const at = first + row * TALL;
    const chosen = number === filter;
    if (layer.filters > 1) {
      sheet.body += words(
        sheet.narrow ? 0 : sheet.left - 12,
        at + TALL / 2,
        "row end",
        sheet.narrow ? "" : chosen ? `▸ ${number + 1}` : number + 1,
      );
    }
    skipped(sheet, at);
    all[number].forEach((total, index) => {
      const kind = index === sheet.current.index && chosen ? "now" : chosen ? "green" : "faint";
      sheet.body += cell(sheet.at(column(index)), at, wide, short(total), kind, `${index}/${number}`);
      if (kind === "now") funnel(sheet, y, sheet.at(column(index)), at);
    });
  });
  if (layer.filters > 1 || layer.channels > 1 || sheet.narrow) return first + height + 4;
  const kind = (index) => (index === sheet.current.index ? "now" : "green");
  return drawBars(sheet, all[0], first + height + 5, kind, column);
}

// Draw a dot for every position that the stride skips.
function skipped(sheet, y) {
  const { axis } = sheet;
  for (let place = 0; place <= axis.size + axis.pads[0] + axis.pads[1] - axis.span; place++) {
    if (place % axis.stride === 0) continue;
    const x = sheet.at(place + (axis.span - 1) / 2 + 0.5);
    sheet.behind += `<circle class="skipped" cx="${x}" cy="${y + TALL / 2}" r="3.5"/>`;
  }
}

// Draw a funnel from the products down to their sum in the output.
function funnel(sheet, y, x, bottom) {
  const left = sheet.at(sheet.start);
  const right = left + sheet.axis.span * sheet.wide;
  const corners = `${left + 2},${y} ${right - 2},${y} ${x + sheet.wide - 2},${bottom} ${x + 2},${bottom}`;
  sheet.behind += slide("funnel", left, 0, `<polygon class="funnel" points="${corners}"/>`);
}

// The position whose window is nearest to a place of the input; a tap on the place moves the kernel there.
function nearest(layer, place) {
  const position = layer.axes.map((axis, i) => {
    const middle = (place[i] + axis.pads[0] - (axis.span - 1) / 2) / axis.stride;
    return Math.min(Math.max(Math.round(middle), 0), axis.places - 1);
  });
  return ravel(
    position,
    layer.axes.map((axis) => axis.places),
  );
}
