// Cells, frames and captions as SVG. A block is { width, height, body } in pixels, before it is scaled to the room.
const TALL = 34;
const GAP = 4;
const spell = (number) => String(tidy(number)).replace("-", "−");
const short = (number) => spell(Math.abs(number) < 1000 ? Number(Number(number).toPrecision(3)) : Math.round(number));
const escape = (words) => String(words).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

// The width of a cell: wider for words and for numbers with decimals.
const wideOf = (part) => (part.labels.length ? 58 : part.data.every(Number.isInteger) && part.kernel ? TALL : 48);

function cell(x, y, width, words, kind = "", go = "", shade = 0) {
  const size = String(words).length > (width > 40 ? 6 : 3) ? "long" : "";
  const target = go === "" ? "" : ` data-go="${go}"`;
  const dark = shade ? ` style="--shade:${Math.round(shade * 22)}%"` : "";
  return (
    `<g class="cell ${kind}"${target}${dark}>` +
    `<rect x="${x + GAP / 2}" y="${y + GAP / 2}" width="${width - GAP}" height="${TALL - GAP}"/>` +
    `<text class="${size}" x="${x + width / 2}" y="${y + TALL / 2}">${words}</text></g>`
  );
}

// The window: a frame with a mark on each side toward which it moves. It slides from its previous place, which is
// looked up by `name`.
function frame(name, x, y, width, height, right, down) {
  const [middle, side] = [y + height / 2, x + width / 2];
  const [end, foot] = [x + width, y + height];
  const marks =
    (right ? `<polygon points="${end - 1},${middle - 7} ${end + 8},${middle} ${end - 1},${middle + 7}"/>` : "") +
    (down ? `<polygon points="${side - 7},${foot - 1} ${side},${foot + 8} ${side + 7},${foot - 1}"/>` : "");
  const edge = `<rect x="${x}" y="${y}" width="${width}" height="${height}"/>`;
  return slide(name, x, y, edge + marks, "frame");
}

const slide = (name, x, y, body, kind = "") =>
  `<g class="${kind}" data-slide="${name}" data-x="${x}" data-y="${y}">${body}</g>`;
const put = (x, y, body) => `<g transform="translate(${x} ${y})">${body}</g>`;
const words = (x, y, kind, text) => `<text class="${kind}" x="${x}" y="${y}">${text}</text>`;

// The whole drawing, as large as the room allows, within a smallest and a largest scale.
function svg(block, room, label) {
  const fit = Math.min(room.width / block.width, room.height / block.height, 1.35);
  const scale = Math.max(fit, room.narrow ? 0.3 : 0.5);
  return (
    `<svg width="${Math.floor(block.width * scale)}" height="${Math.floor(block.height * scale)}" ` +
    `viewBox="0 0 ${block.width} ${block.height}" role="img" aria-label="${escape(label)}">${block.body}</svg>`
  );
}

// A table of cells: `at(row, column)` returns [words, kind, go, shade].
function grid(rows, columns, wide, at) {
  let body = "";
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) body += cell(c * wide, r * TALL, wide, ...at(r, c));
  return { width: columns * wide, height: rows * TALL, body };
}

// Animate elements from their previous place to the new one.
function slideFrom(before, stage) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  for (const element of stage.querySelectorAll("[data-slide]")) {
    const last = before[element.dataset.slide];
    const { x, y } = element.dataset;
    if (!last || (last.x === x && last.y === y)) continue;
    element.animate([{ transform: `translate(${last.x - x}px, ${last.y - y}px)` }, { transform: "none" }], {
      duration: 220,
      easing: "ease-out",
    });
  }
}

const slidesOf = (stage) =>
  Object.fromEntries(
    [...stage.querySelectorAll("[data-slide]")].map((element) => [
      element.dataset.slide,
      { x: element.dataset.x, y: element.dataset.y },
    ]),
  );

// The channels or filters of each row as [from, to]: one per row. If there are too many, those in the middle share a
// row or, with few rows, only those around the selected one are shown.
function rowsOf(count, most, chosen = 0) {
  if (count <= most) return Array.from({ length: count }, (_, i) => [i, i]);
  if (most > 4)
    return [
      [0, 0],
      [1, 1],
      [2, count - 2],
      [count - 1, count - 1],
    ];
  const first = Math.min(Math.max(chosen - 1, 0), count - most);
  return Array.from({ length: most }, (_, i) => [first + i, first + i]);
}
