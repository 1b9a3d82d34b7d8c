const byId = (id) => document.getElementById(id);
const CELL = 34, LABEL = 100; // in the units of the drawings, which are pixels where there is room
const SMALLEST = 0.72, LARGEST = 1.5; // how far a drawing may shrink and grow
const minus = (number) => String(number).replace("-", "−");
const state = { dimensions: 1, kernel: 3, stride: 1, dilation: 1, channels: 1, filters: 8, padding: "valid" };
let geometry = null, now = 3, timer = null;

function cell(column, row, words, kind, go) {
  const x = column * CELL + 2, y = row * CELL + 2, side = CELL - 4;
  const target = go === undefined ? "" : ` data-go="${go}"`;
  const long = ["", "", "", "three", "four"][String(words).length] || "";
  return `<g class="${kind}"${target}><rect x="${x}" y="${y}" width="${side}" height="${side}"/>` +
    `<text class="${long}" x="${x + side / 2}" y="${y + side / 2}">${words}</text></g>`;
}

function svg(columns, rows, cells, label, left = 0) {
  const width = columns * CELL + left, height = rows * CELL;
  const style = left
    ? `width:100%;min-width:${width * SMALLEST}px;max-width:${width * LARGEST}px`
    : `width:${width * (innerWidth < 480 ? SMALLEST : 1)}px`;
  return `<svg style="${style}" viewBox="${-left} 0 ${width} ${height}" role="img" aria-label="${label}">${cells}</svg>`;
}

const figure = (caption, picture) => `<figure><figcaption>${caption}</figcaption><div class="scroll">${picture}</div></figure>`;

// The position whose window is nearest to a place of the input, so that a tap moves the kernel there.
function nearest(place) {
  const index = geometry.axes.map((axis, i) => {
    const middle = (place[i] + axis.pads[0] - (axis.span - 1) / 2) / axis.stride;
    return Math.min(Math.max(Math.round(middle), 0), axis.places - 1);
  });
  return ravel(index);
}

const ravel = (position) => position.reduce((before, at, i) => before * geometry.axes[i].places + at, 0);

function kindOf(place, channel, read) {
  const size = numbers.sizes[state.dimensions];
  const outside = place.slice(3 - state.dimensions).some((at) => at < 0 || at >= size);
  return `${outside ? "zero " : ""}${read.has(place.join()) ? "read" : ""}`;
}

function inputCells(depth, channel, read, rowOf) {
  const [, tall, wide] = geometry.axes;
  let cells = "";
  for (let h = -tall.pads[0]; h < tall.size + tall.pads[1]; h++)
    for (let w = -wide.pads[0]; w < wide.size + wide.pads[1]; w++) {
      const place = [depth, h, w];
      cells += cell(w + wide.pads[0], rowOf(h + tall.pads[0]), minus(value(state, place, channel)),
        kindOf(place, channel, read), nearest(place));
    }
  return cells;
}

// One dimension: input, kernel and products above each other, the output below the middle of the window.
function drawLine(current, all) {
  const axis = geometry.axes[2], channels = state.channels, read = new Set(current.places.map((p) => p.join()));
  const columns = axis.size + axis.pads[0] + axis.pads[1];
  const rows = { input: 0, kernel: channels + 0.3, products: 2 * channels + 0.6, output: 3 * channels + 1.2 };
  let cells = "";
  const label = (words, row, kind) =>
    `<text class="label ${kind}" x="-10" y="${(row + 0.5) * CELL}">${words}</text>`;
  for (let channel = 0; channel < channels; channel++) {
    cells += inputCells(0, channel, read, () => rows.input + channel);
    cells += label(channels > 1 ? `channel ${channel + 1}` : "input", rows.input + channel, "read");
    current.places.forEach((place, t) => {
      const column = place[2] + axis.pads[0];
      cells += cell(column, rows.kernel + channel, minus(weight(state, current.taps[t], channel)), "kernel");
      cells += cell(column, rows.products + channel, minus(current.parts[channel].products[t]), "product");
    });
  }
  cells += label("× kernel", rows.kernel + (channels - 1) / 2, "kernel");
  cells += label("= products", rows.products + (channels - 1) / 2, "kernel");
  cells += label("output", rows.output, "output");
  all.forEach((total, index) => {
    const column = index * axis.stride + (axis.span - 1) / 2;
    cells += cell(column, rows.output, minus(total), index === now ? "now" : "done", index);
  });
  return `<div class="scroll">${svg(columns, rows.output + 1, cells, "input, kernel, products and output", LABEL)}</div>`;
}

function small(values, columns, kind, label) {
  const cells = values.map((v, i) => cell(i % columns, Math.floor(i / columns), minus(v), kind)).join("");
  return svg(columns, Math.ceil(values.length / columns), cells, label);
}

// Two and three dimensions: a panel a channel and slice, then the window, its kernel and the products of each.
function drawPanels(current, all) {
  const [deep, tall, wide] = geometry.axes, read = new Set(current.places.map((p) => p.join()));
  const height = tall.size + tall.pads[0] + tall.pads[1], width = wide.size + wide.pads[0] + wide.pads[1];
  const volume = state.dimensions === 3;
  let input = "", work = "";
  for (let channel = 0; channel < state.channels; channel++) {
    for (let d = -deep.pads[0]; d < deep.size + deep.pads[1]; d++) {
      const name = [volume ? `slice ${minus(d)}` : "", state.channels > 1 ? `channel ${channel + 1}` : ""];
      input += figure(name.filter(Boolean).join(", "), svg(width, height, inputCells(d, channel, read, (r) => r), "input"));
    }
    for (let k = 0; k < deep.kernel; k++) work += workOf(current, channel, k, tall.kernel * wide.kernel, wide.kernel, volume);
  }
  return `<h3 class="read">input</h3><div class="panels">${input}</div>` +
    `<h3 class="kernel">this position</h3><div class="panels">${work}</div>` +
    `<h3 class="output">output</h3><div class="panels">${drawOutput(all)}</div>`;
}

function workOf(current, channel, slice, length, columns, volume) {
  const from = slice * length, taps = current.taps.slice(from, from + length);
  const window = current.places.slice(from, from + length).map((place) => value(state, place, channel));
  const products = current.parts[channel].products.slice(from, from + length);
  const total = products.reduce((a, b) => a + b, 0);
  const name = [volume ? `slice ${minus(current.places[from][0])}` : "", state.channels > 1 ? `channel ${channel + 1}` : ""];
  const group = small(window, columns, "read", "window") + '<span class="sign">×</span>' +
    small(taps.map((tap) => weight(state, tap, channel)), columns, "kernel", "kernel") + '<span class="sign">=</span>' +
    small(products, columns, "product", "products");
  const caption = [...name.filter(Boolean), `<b>sum ${minus(total)}</b>`].join(", ");
  return `<figure><figcaption>${caption}</figcaption><div class="group">${group}</div></figure>`;
}

function drawOutput(all) {
  const [deep, tall, wide] = geometry.axes, size = tall.places * wide.places;
  let panels = "";
  for (let d = 0; d < deep.places; d++) {
    let cells = "";
    for (let i = 0; i < size; i++) {
      const index = d * size + i;
      cells += cell(i % wide.places, Math.floor(i / wide.places), minus(all[index]), index === now ? "now" : "done", index);
    }
    panels += figure(state.dimensions === 3 ? `slice ${d}` : "", svg(wide.places, tall.places, cells, "output"));
  }
  return panels;
}

function sentence(current) {
  const terms = state.channels > 1 ? current.parts.map((part) => part.total) : current.parts[0].products;
  const shown = terms.map((term, i) => (term < 0 && i ? `(${minus(term)})` : minus(term)));
  const words = shown.length > 27 ? [...shown.slice(0, 20), "…", ...shown.slice(-2)] : shown;
  const what = state.channels > 1 ? "channel by channel: " : "";
  const where = current.position.slice(3 - state.dimensions).join(", ");
  return `output (${where}): ${what}${words.join(" + ")} = ${minus(current.total)}`;
}

function facts() {
  const { own, layer } = geometry, times = (values) => values.join(" × "), spell = (n) => n.toLocaleString("en");
  const volume = times(own.map((axis) => axis.kernel)), size = (axis) => [axis.size, ...axis.pads.filter(Boolean)].join(" + ");
  return [
    ["input shape", `(${[...own.map((axis) => axis.size), layer.channels].join(", ")})`],
    ["output shape", `<b>(${geometry.shape.join(", ")})</b>`],
    ["zeros", own[0].pads.some(Boolean) ? `${own[0].pads[0]} before, ${own[0].pads[1]} after along each axis` : "none"],
    ["along each axis", `(${size(own[0])} − ${own[0].span}) ÷ ${own[0].stride}, rounded down, + 1 = ${own[0].places}`],
    ["parameters", `<b>${spell(geometry.parameters)}</b>: ${volume} × ${layer.channels} × ${layer.filters} weights and ${layer.filters} biases`],
    ["multiply-adds", `<b>${spell(geometry.multiplyAdds)}</b>: ${spell(geometry.places)} positions × ${spell(geometry.weights)} weights`],
    ["output in memory", `${spell(geometry.bytes)} bytes in float32`],
    ["receptive field", times(own.map((axis) => axis.span))],
  ];
}

function draw() {
  geometry = plan(state);
  now = Math.min(now, Math.max(geometry.places - 1, 0));
  const empty = geometry.places === 0;
  byId("empty").hidden = !empty;
  byId("stage").hidden = byId("sum").hidden = empty;
  byId("position").max = Math.max(geometry.places - 1, 0);
  byId("position").value = now;
  byId("facts").innerHTML = facts().map(([name, fact]) => `<tr><th scope="row">${name}</th><td>${fact}</td></tr>`).join("");
  document.querySelectorAll("output[for]").forEach((output) => (output.value = state[output.htmlFor]));
  byId("deep").hidden = state.dimensions !== 3;
  if (empty) {
    byId("empty").textContent = `The output would be empty: the kernel spans ${geometry.own[0].span} positions. ` +
      `The smallest input that would do is ${geometry.own.map(() => geometry.least).join(" × ")}.`;
    return;
  }
  const current = step(geometry, now), all = outputs(geometry);
  byId("sum").textContent = sentence(current);
  byId("stage").innerHTML = state.dimensions === 1 ? drawLine(current, all) : drawPanels(current, all);
  document.querySelectorAll("#stage .scroll").forEach(follow);
  byId("position").setAttribute("aria-valuetext", byId("sum").textContent);
}

// Scroll a drawing that is wider than the screen so that the kernel stays in sight.
function follow(box) {
  const seen = box.querySelector(".read, .now");
  if (!seen || box.scrollWidth <= box.clientWidth) return;
  const inner = seen.getBoundingClientRect(), outer = box.getBoundingClientRect();
  box.scrollLeft += inner.left - outer.left - outer.width / 2;
}

function go(index) {
  now = Math.min(Math.max(index, 0), geometry.places - 1);
  draw();
}

// Along one axis by one place, and no further than its end.
function move(axis, by) {
  const position = unravel(now, geometry.axes.map((each) => each.places));
  position[axis] = Math.min(Math.max(position[axis] + by, 0), geometry.axes[axis].places - 1);
  go(ravel(position));
}

function play(start) {
  clearInterval(timer);
  timer = start ? setInterval(() => go((now + 1) % geometry.places), 700) : null;
  byId("play").setAttribute("aria-pressed", String(start));
  byId("play").textContent = start ? "stop" : "play";
}

const KEYS = {
  ArrowLeft: [2, -1], ArrowRight: [2, 1], ArrowUp: [1, -1], ArrowDown: [1, 1], PageUp: [0, -1], PageDown: [0, 1],
};

byId("controls").addEventListener("input", (event) => {
  const { id, name, value: words } = event.target;
  state[id || name] = id === "padding" ? words : Number(words);
  const causal = byId("padding").querySelector("[value=causal]");
  causal.disabled = state.dimensions !== 1;
  if (causal.disabled && state.padding === "causal") state.padding = byId("padding").value = "same";
  draw();
});
byId("controls").addEventListener("submit", (event) => event.preventDefault());
addEventListener("resize", draw);
byId("position").addEventListener("input", (event) => go(Number(event.target.value)));
byId("back").addEventListener("click", () => go(now - 1));
byId("on").addEventListener("click", () => go(now + 1));
byId("play").addEventListener("click", () => play(timer === null));
byId("stage").addEventListener("click", (event) => {
  const target = event.target.closest("[data-go]");
  if (target) go(Number(target.dataset.go));
});
byId("stage").addEventListener("keydown", (event) => {
  const [axis, by] = KEYS[event.key] || [];
  if (axis === undefined || axis < 3 - state.dimensions) return; // the key keeps its meaning, such as to scroll
  event.preventDefault();
  move(axis, by);
});

byId("controls").reset();
draw();
const wrong = selfCheck();
document.documentElement.dataset.selfCheck = wrong.length ? "failed" : "passed";
byId("check").className = wrong.length ? "failed" : "";
byId("check").textContent = wrong.length
  ? `Self-check failed: ${wrong.length} of ${numbers.checks.length} layers differ from what Python computed. Do not trust this page.`
  : `Self-check: ${numbers.checks.length} layers computed here and in Python, no difference.`;
