// Drawing: canvases for shaded values, SVG for lines and for cells with numbers.
const HUES = ["paper", "ink", "edge", "blue", "orange", "green", "below"];
let palette = {};

function readPalette() {
  const style = getComputedStyle(document.documentElement);
  for (const name of HUES) {
    const hex = style.getPropertyValue(`--${name}`).trim().slice(1);
    palette[name] = [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
  }
}

const escape = (words) => String(words).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const mix = (from, to, share) => from.map((v, i) => v + (to[i] - v) * share);
const number = (value, digits = 4) => (value === 0 ? "0" : String(Number(value.toPrecision(digits))).replace("-", "−"));
const brief = (value) => value.toFixed(Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0).replace(/^-0\.?0*$/, "0.00").replace("-", "−");
const largest = (values) => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1;

// The color of a value from -limit to limit: the background for zero, the hue for positive values, gray for negative ones.
function shade(value, limit, hue, most = 1) {
  const share = Math.min(Math.abs(value) / limit, 1) * most;
  return mix(palette.paper, palette[value < 0 ? "below" : hue], share);
}

// A canvas with one pixel per value, enlarged by CSS.
function heat(rows, columns, colorAt, label) {
  const canvas = document.createElement("canvas");
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d"), image = context.createImageData(columns, rows);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const [r, g, b] = colorAt(row, column) || palette.paper, at = (row * columns + column) * 4;
      image.data.set([r, g, b, 255], at);
    }
  context.putImageData(image, 0, 0);
  canvas.style.imageRendering = "pixelated";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  return canvas;
}

// Several planes (rows x columns) side by side, `across` in a row, with a gap between them.
function planes(count, rows, columns, across, colorAt, label) {
  const down = Math.ceil(count / across);
  const canvas = heat(down * (rows + 1) - 1, across * (columns + 1) - 1, (row, column) => {
    const plane = Math.floor(row / (rows + 1)) * across + Math.floor(column / (columns + 1));
    const [h, w] = [row % (rows + 1), column % (columns + 1)];
    return plane < count && h < rows && w < columns ? colorAt(plane, h, w) : palette.edge;
  }, label);
  return canvas;
}

// A canvas with a window frame on it; `box` is top, left, height and width in cells.
function framed(canvas, box, hue, width) {
  const holder = document.createElement("div"), frame = document.createElement("div");
  const { width: columns, height: rows } = canvas;
  Object.assign(holder.style, { position: "relative", width: `${width}px`, maxWidth: "100%" });
  Object.assign(canvas.style, { width: "100%", aspectRatio: `${columns} / ${rows}` });
  const [top, left] = [Math.max(box[0], 0), Math.max(box[1], 0)];
  const [bottom, right] = [Math.min(box[0] + box[2], rows), Math.min(box[1] + box[3], columns)];
  Object.assign(frame.style, {
    position: "absolute", pointerEvents: "none", border: `2px solid var(--${hue})`, outline: "1px solid var(--paper)",
    top: `${(100 * top) / rows}%`, left: `${(100 * left) / columns}%`,
    height: `${(100 * Math.max(bottom - top, 0)) / rows}%`, width: `${(100 * Math.max(right - left, 0)) / columns}%`,
  });
  holder.append(canvas, frame);
  return holder;
}

// Bars up and down from zero on a small canvas.
function bars(values, hue, label) {
  const canvas = document.createElement("canvas"), limit = largest(values), height = 34;
  canvas.width = Math.max(values.length, Math.floor(64 / values.length) * values.length);
  canvas.height = height;
  const context = canvas.getContext("2d"), width = canvas.width / values.length, middle = height / 2;
  values.forEach((value, at) => {
    context.fillStyle = `rgb(${palette[value < 0 ? "below" : hue].join()})`;
    const tall = (value / limit) * (middle - 1), gap = width > 3 ? 1 : 0;
    context.fillRect(at * width, middle - Math.max(tall, 0), width - gap, Math.max(Math.abs(tall), 0.5));
  });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  return canvas;
}

const path = (values, x, y) => values.map((v, i) => `${i ? "L" : "M"}${x(i).toFixed(1)} ${y(v).toFixed(1)}`).join("");

// Shaded cells, with numbers if they are large enough; `lead` is written to the left of the first row, `names` above it.
function cells(values, columns, hue, label, { side = 36, names = null, lead = null } = {}) {
  const rows = Math.ceil(values.length / columns), limit = largest(values), head = names ? 18 : 0, left = lead === null ? 0 : 64;
  const numbered = side >= 25, tall = numbered ? Math.min(side, 30) : side;
  let drawn = lead === null ? "" : `<text class="name" x="${left - 6}" y="${head + tall / 2}">${lead}</text>`;
  names?.forEach((name, at) => (drawn += `<text x="${left + (at + 0.5) * side}" y="9" text-anchor="middle">${escape(name.slice(0, 7))}</text>`));
  values.forEach((value, at) => {
    const x = left + (at % columns) * side, y = head + Math.floor(at / columns) * tall;
    drawn += `<g class="cell"><rect x="${x}" y="${y}" width="${side}" height="${tall}" fill="rgb(${shade(value, limit, hue, 0.5).map(Math.round)})"/>`;
    if (numbered) drawn += `<text ${side < 36 ? 'style="font-size:9px" ' : ""}x="${x + side / 2}" y="${y + tall / 2}">${brief(value)}</text>`;
    drawn += `<title>${number(value)}</title></g>`;
  });
  const [width, height] = [left + columns * side, head + rows * tall];
  return `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(label)}">${drawn}</svg>`;
}

function figure(caption, ...inside) {
  const made = document.createElement("figure"), words = document.createElement("figcaption");
  words.innerHTML = caption;
  made.append(words, ...inside.map((each) => (typeof each === "string" ? fragment(each) : each)));
  return made;
}

function fragment(markup) {
  const template = document.createElement("template");
  template.innerHTML = markup;
  return template.content;
}

function group(...inside) {
  const made = document.createElement("div");
  made.className = "panels";
  made.append(...inside.map((each) => (typeof each === "string" ? fragment(each) : each)));
  return made;
}
