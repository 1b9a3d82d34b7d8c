// Stacked layers: one row of cells per layer, and the positions that one output sees in every layer before it.
const ROOM_BETWEEN = 50;

function stackView({ layers, level, index, room }) {
  const [first] = layers;
  const left = room.narrow ? 0 : 232;
  const columns = columnsOf(layers);
  const lowest = Math.min(0, ...columns.map((at) => at(0)));
  const x = (l, i) => left + (columns[l](i) - lowest) * TALL;
  const y = (l) => 26 + l * (TALL + ROOM_BETWEEN);
  const marked = seen(layers, level, index);
  const rows = [first.part.data, ...layers.map((layer) => layer.outputs)];
  let links = "";
  let cells = "";
  rows.forEach((values, l) => {
    cells += stackName(layers, marked, l, y(l), room.narrow);
    values.forEach((each, i) => {
      const kind = l === level && i === index ? "now" : marked[l]?.includes(i) ? (l ? "green" : "blue") : "faint";
      cells += cell(x(l, i), y(l), TALL, short(each), kind, l ? `${l}:${i}` : "");
    });
    if (l && l <= level) links += linksOf(layers[l - 1], marked, l, x, y);
  });
  const width = Math.max(...rows.map((values, l) => x(l, values.length))) + 4;
  return { width, height: y(rows.length - 1) + TALL + 6, body: links + cells };
}

// The columns of the cells of every layer, the input first: below the middle of the cells that they read.
function columnsOf(layers) {
  const found = [(at) => at];
  for (const {
    axes: [axis],
  } of layers) {
    const below = found[found.length - 1];
    found.push((at) => below(at * axis.stride - axis.pads[0] + (axis.span - 1) / 2));
  }
  return found;
}

function stackName(layers, marked, l, y, narrow) {
  const axis = l && layers[l - 1].axes[0];
  const count = l ? axis.places : layers[0].axes[0].size;
  const name = l ? `layer ${l}` : "input";
  const size = l
    ? `kernel ${axis.kernel}${axis.dilation > 1 ? `, dilation ${axis.dilation}` : ""}: ${count} outputs`
    : `${count} ${layers[0].part.steps}`;
  const sees = marked[l] && l < marked.length - 1 ? `${marked[l].length} of them seen` : "";
  if (narrow)
    return words(0, y - 10, "name start", `${name} <tspan class="size">${size}${sees ? `, ${sees}` : ""}</tspan>`);
  return (
    words(216, y + 8, `name end ${l ? "green" : "blue"}`, name) +
    words(216, y + 27, "size end", size) +
    words(216, y + 42, "size end", sees)
  );
}

function linksOf(layer, marked, l, x, y) {
  return marked[l]
    .map((at) =>
      step(layer, at, 0)
        .places.map(([place]) => {
          if (place < 0 || place >= layer.axes[0].size) return "";
          const [from, to] = [x(l - 1, place), x(l, at)].map((left) => left + TALL / 2);
          return `<line class="link" x1="${from}" y1="${y(l - 1) + TALL - 2}" x2="${to}" y2="${y(l) + 2}"/>`;
        })
        .join(""),
    )
    .join("");
}
