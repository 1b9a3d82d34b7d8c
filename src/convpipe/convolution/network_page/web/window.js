// One window: the values that the kernel reads, the weights and their products, channel by channel.
function drawWindow() {
  const { taps, channels, axes } = branch(), end = current.start.map((at, axis) => at + span(axis) - 1);
  const seconds = content.rate && axes === 1 && !branch().reads && !sample().tokens;
  const time = seconds ? `, ${number(current.start[2] / content.rate, 3)} to ${number(end[2] / content.rate, 3)} s` : "";
  const zeros = current.places.filter((place) => !place).length;
  byId("place").textContent = own(current.start).map((at, i) => (own(end)[i] > at ? `${unit()[i]}s ${at} to ${own(end)[i]}` : `${unit()[i]} ${at}`)).join(", ").replaceAll("-", "−") +
    time + (zeros ? `; ${zeros} of ${taps} positions lie outside the input and count as zero` : "");
  const many = axes === 1 ? channels > 8 : channels > 3;
  const panels = many ? manyChannels() : Array.from({ length: channels }, (_, c) => oneChannel(c));
  const lines = axes === 1 && !many && !rowsFit();
  byId("window").replaceChildren(...(lines ? [fragment(LEGEND)] : []), group(...panels), total());
}

const LEGEND = '<p><small><b class="read">line</b>: input, <b class="kernel">line</b>: weights, ' +
  '<b class="output">bars</b>: products (gray: negative), each on its own scale</small></p>';
const rowsFit = () => branch().taps <= 12 && branch().channels <= 2;

const signed = (value, digits = 3) => (value < 0 ? `(${number(value, digits)})` : number(value, digits));

function total() {
  const line = document.createElement("p"), { channels } = branch();
  const parts = channels > 8 ? [`${channels} channels ${number(current.products)}`]
    : Array.from(current.sums, (sum, c) => `${channels > 1 ? escape(channelName(branch().first[state.filter] + c)) : "products"} ${signed(sum, 4)}`);
  line.innerHTML = `${parts.join(" + ")} + bias ${signed(current.bias, 4)} = <b class="output">${number(current.total)}</b>`;
  return line;
}

const ofChannel = (values, c) => Array.from({ length: branch().taps }, (_, tap) => values[tap * branch().channels + c]);

function oneChannel(c) {
  const reads = ofChannel(current.reads, c), weights = ofChannel(current.weights, c), results = reads.map((v, i) => v * weights[i]);
  const caption = `${escape(channelName(branch().first[state.filter] + c))}: products sum to <b>${number(current.sums[c])}</b>`;
  if (branch().axes === 1) return figure(caption, rowsFit() ? threeRows(reads, weights, results) : lane(reads, weights, results));
  const [, rows, columns] = branch().size3, slices = branch().size3[0], spare = slices > 1 ? 120 : 60;
  const room = (byId("work").clientWidth - spare) / (3 * columns);
  const side = rows * columns <= 25 && branch().channels * slices <= 3 ? Math.floor(Math.min(CELL, room)) : Math.min(13, room);
  const parts = [];
  for (let d = 0; d < slices; d++) {
    const cut = (values) => values.slice(d * rows * columns, (d + 1) * rows * columns);
    const name = slices > 1 ? [`<span class="sign"><small>slice ${String(current.start[0] + d * branch().dilation3[0]).replace("-", "−")}</small></span>`] : [];
    const row = group(...name, cells(cut(reads), columns, "blue", "input", { side }), '<span class="sign">×</span>', cells(cut(weights), columns, "orange", "weights", { side }),
      '<span class="sign">=</span>', cells(cut(results), columns, "green", "products", { side }));
    row.classList.add("equation");
    parts.push(row);
  }
  return figure(caption, ...parts);
}

function threeRows(reads, weights, results) {
  const side = Math.max(44, Math.min(64, (byId("work").clientWidth - 74) / reads.length)), tokens = sample().tokens;
  const names = tokens ? current.places.map((place) => (place ? tokenName(tokens[place[2]]) : "")) : null;
  const box = document.createElement("div");
  box.className = "scroll";
  box.append(fragment(cells(reads, reads.length, "blue", "input", { side, names, lead: "input" })),
    fragment(cells(weights, weights.length, "orange", "weights", { side, lead: "× weight" })),
    fragment(cells(results, results.length, "green", "products", { side, lead: "= product" })));
  return box;
}

// Many taps: bars of the products, and lines of the input and the weights, each on its own scale.
function lane(reads, weights, results) {
  const width = Math.min(branch().channels > 1 ? 430 : 860, byId("work").clientWidth - 4), height = branch().channels > 1 ? 64 : 130;
  const x = (i) => ((i + 0.5) / reads.length) * width, middle = height / 2;
  const y = (values) => { const limit = largest(values); return (v) => middle - (v / limit) * (middle - 3); };
  const bar = width / reads.length, tall = y(results);
  let drawn = `<line class="zero" x1="0" x2="${width}" y1="${middle}" y2="${middle}"/>`;
  results.forEach((v, i) => (drawn += `<rect class="${v < 0 ? "minus" : "product"}" opacity=".6" x="${i * bar}" width="${Math.max(bar - 1, 1)}" y="${Math.min(tall(v), middle)}" height="${Math.abs(tall(v) - middle)}"/>`));
  drawn += `<path class="signal" d="${path(reads, x, y(reads))}"/><path class="weight" d="${path(weights, x, y(weights))}"/>`;
  return `<svg width="${width}" height="${height}" role="img" aria-label="input in blue, weights in orange, products as bars">${drawn}</svg>`;
}

function manyChannels() {
  const { taps, channels, axes, size3 } = branch(), tokens = axes === 1 ? sample().tokens : null;
  const matrix = (values, hue, name) => {
    const canvas = heat(channels, taps, (c, tap) => shade(values[tap * channels + c], largest(values), hue), name);
    Object.assign(canvas.style, { width: `${Math.max(taps * 12, 60)}px`, height: `${Math.min(Math.max(channels * 3, 90), 190)}px` });
    return figure(name, canvas);
  };
  const results = current.reads.map((v, i) => v * current.weights[i]);
  const order = Array.from(current.sums.keys()).sort((a, b) => Math.abs(current.sums[b]) - Math.abs(current.sums[a])).slice(0, 6);
  const rest = current.products - order.reduce((sum, c) => sum + current.sums[c], 0);
  const row = (name, value) => `<tr><td>${escape(name)}</td><td class="n">${number(value)}</td></tr>`;
  const list = (head, rows) => figure(head, `<table><tbody>${rows.join("")}</tbody></table>`);
  const tapName = (tap) => {
    const place = current.places[tap];
    return tokens ? (place ? tokenName(tokens[place[2]]) : "(outside)") : `tap ${own(unravel(tap, size3)).join(", ")}`;
  };
  const bySize = Array.from(current.tapSums.keys()).sort((a, b) => Math.abs(current.tapSums[b]) - Math.abs(current.tapSums[a]));
  const chosen = taps > 8 ? bySize.slice(0, 7) : Array.from(current.tapSums.keys());
  const tapRows = chosen.map((tap) => row(tapName(tap), current.tapSums[tap]));
  if (chosen.length < taps) tapRows.push(row(`${taps - chosen.length} more`, current.products - chosen.reduce((sum, tap) => sum + current.tapSums[tap], 0)));
  return [
    matrix(current.reads, "blue", "input"), '<span class="sign">×</span>', matrix(current.weights, "orange", "weights"),
    '<span class="sign">=</span>', matrix(results, "green", "products"),
    list(tokens ? "sum of products per token" : "sum of products per tap", tapRows),
    list("channels with the largest sums", [...order.map((c) => row(channelName(c), current.sums[c])), row(`${channels - order.length} more channels`, rest)]),
  ];
}
