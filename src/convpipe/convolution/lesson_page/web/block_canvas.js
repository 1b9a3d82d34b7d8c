// Blocks of small cubes on a canvas, turned and tilted, and the cube at a point.
const FACES = [
  [0, 0, -1],
  [0, 0, 1],
  [0, -1, 0],
  [0, 1, 0],
  [-1, 0, 0],
  [1, 0, 0],
];

// Turn and tilt a point (depth, height, width) around the middle of a block: x and y on the screen, and the distance.
function turned([depth, height, width], { turn, tilt }) {
  const [a, b] = [turn, tilt].map((degrees) => (degrees * Math.PI) / 180);
  const x = width * Math.cos(a) + depth * Math.sin(a);
  const away = depth * Math.cos(a) - width * Math.sin(a);
  return [x, height * Math.cos(b) - away * Math.sin(b), away * Math.cos(b) + height * Math.sin(b)];
}

function palette() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(
    ["ink", "gray", "edge", "blue", "orange", "green", "paper"].map((name) => [
      name,
      style.getPropertyValue(`--${name}`).trim(),
    ]),
  );
}

function paintCanvas(canvas, blocks, angle, shift) {
  const ratio = devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  const colors = palette();
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  canvas.hits = [];
  blocks.forEach((block, i) => {
    const box = { x: (i * width) / blocks.length, y: 0, width: width / blocks.length, height };
    canvas.hits.push(...paintBlock(pen, box, block, angle, shift, colors));
  });
}

function paintBlock(pen, box, block, angle, shift, colors) {
  const radius = Math.hypot(...block.sizes) / 2;
  const scale = Math.min(box.width, box.height - 50) / (2 * radius + 0.9);
  const middle = block.sizes.map((size) => (size - 1) / 2);
  const center = [box.x + box.width / 2, box.y + 24 + (box.height - 34) / 2];
  const to = (place) => {
    const [x, y, away] = turned(
      place.map((at, i) => at - middle[i]),
      angle,
    );
    return [center[0] + x * scale, center[1] + y * scale, away];
  };
  pen.font = "bold 15px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.fillStyle = block.spans ? colors.blue : colors.green;
  pen.fillText(`${block.name}  ${block.sizes.join(" × ")}`, box.x + box.width / 2, 15);
  const start = block.start?.map((at, i) => at + (shift ? shift[i] : 0));
  if (start) paintEdges(pen, start, block.spans, to, colors.orange, true);
  const sorted = block.cubes.map((cube) => ({ ...cube, seen: to(cube.at) })).sort((a, b) => b.seen[2] - a.seen[2]);
  for (const cube of sorted) paintCube(pen, cube, to, angle, colors);
  for (const cube of sorted) if (cube.words) paintNumber(pen, cube, colors);
  if (start) paintEdges(pen, start, block.spans, to, colors.orange, false);
  else paintEdges(pen, [0, 0, 0], block.sizes, to, colors.edge, null);
  if (start) paintAxes(pen, block.sizes, to, colors);
  return sorted.map(({ seen: [x, y, away], go }) => ({ x, y, away, go }));
}

function paintCube(pen, { at, kind, half, alpha, hollow }, to, angle, colors) {
  for (const normal of FACES) {
    const [, , away] = turned(normal, angle);
    if (away > -1e-6) continue;
    const flat = [0, 1, 2].filter((axis) => normal[axis] === 0);
    pen.beginPath();
    for (const [u, v] of [
      [-1, -1],
      [-1, 1],
      [1, 1],
      [1, -1],
    ]) {
      const corner = at.map((each, axis) => each + half * (normal[axis] || (axis === flat[0] ? u : v)));
      pen.lineTo(...to(corner).slice(0, 2));
    }
    pen.closePath();
    pen.fillStyle = pen.strokeStyle = colors[kind];
    pen.globalAlpha = alpha * (0.62 - 0.38 * away) * (hollow ? 0.25 : 1);
    pen.fill();
    pen.globalAlpha = hollow ? 0.9 : Math.min(alpha + 0.15, 1);
    pen.lineWidth = 0.8;
    if (half > 0.2) pen.stroke();
  }
  pen.globalAlpha = 1;
}

// The number on the output cube of this position, in front of every other cube.
function paintNumber(pen, { words: text, seen: [x, y] }, colors) {
  pen.font = "bold 16px system-ui, sans-serif";
  pen.lineWidth = 6;
  pen.lineJoin = "round";
  pen.strokeStyle = colors.green;
  pen.strokeText(text, x, y + 5);
  pen.fillStyle = colors.paper;
  pen.fillText(text, x, y + 5);
}

// The edges of a box. `hidden` true: dashed, those at the farthest corner; false: the others; null: all, thin.
function paintEdges(pen, start, lengths, to, color, hidden) {
  const corners = Array.from({ length: 8 }, (_, i) => unravel(i, [2, 2, 2]));
  const point = (corner) => to(corner.map((end, i) => start[i] - 0.5 + end * lengths[i]));
  const farthest = corners.reduce((a, b) => (point(a)[2] > point(b)[2] ? a : b));
  pen.strokeStyle = color;
  pen.lineWidth = hidden === null ? 1 : hidden ? 1.5 : 3;
  pen.setLineDash(hidden ? [4, 4] : []);
  for (const corner of corners)
    for (const axis of [0, 1, 2]) {
      if (corner[axis]) continue;
      const other = corner.map((end, i) => (i === axis ? 1 : end));
      const behind = [corner, other].some((each) => each.join() === farthest.join());
      if (hidden !== null && behind !== hidden) continue;
      pen.beginPath();
      pen.moveTo(...point(corner).slice(0, 2));
      pen.lineTo(...point(other).slice(0, 2));
      pen.stroke();
    }
  pen.setLineDash([]);
}

// A named arrow along one edge per axis: the lowest edge on the screen, and for the height the leftmost.
function paintAxes(pen, sizes, to, colors) {
  const names = ["depth", "height", "width"];
  const ends = {};
  names.forEach((name, axis) => {
    const edges = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ].map((corner) =>
      [0, 1].map((end) =>
        to(
          sizes.map((size, i) => {
            const other = [0, 1, 2].filter((each) => each !== axis).indexOf(i);
            return i === axis ? end * (size - 1) : corner[other] ? size - 0.1 : -0.9;
          }),
        ),
      ),
    );
    const rank = ([from, until]) => (name === "height" ? -from[0] - until[0] : from[1] + until[1]);
    ends[name] = edges.reduce((a, b) => (rank(b) > rank(a) ? b : a));
  });
  pen.font = "12.5px system-ui, sans-serif";
  pen.fillStyle = pen.strokeStyle = colors.gray;
  pen.lineWidth = 1;
  for (const [name, [a, b]] of Object.entries(ends)) {
    const tip = Math.atan2(b[1] - a[1], b[0] - a[0]);
    pen.beginPath();
    pen.moveTo(a[0], a[1]);
    pen.lineTo(b[0], b[1]);
    for (const side of [2.7, -2.7]) {
      pen.moveTo(b[0], b[1]);
      pen.lineTo(b[0] + 7 * Math.cos(tip + side), b[1] + 7 * Math.sin(tip + side));
    }
    pen.stroke();
    paintAlong(pen, name, a, b);
  }
}

// A name next to an arrow, in its direction and upright.
function paintAlong(pen, name, a, b) {
  const slope = Math.atan2(b[1] - a[1], b[0] - a[0]);
  const upright = Math.abs(slope) > Math.PI / 2 + 0.01 ? slope + Math.PI : slope;
  const steep = Math.abs(Math.abs(slope) - Math.PI / 2) < 0.01;
  pen.save();
  pen.translate((a[0] + b[0]) / 2, (a[1] + b[1]) / 2);
  pen.rotate(steep ? -Math.PI / 2 : upright);
  pen.fillText(name, 0, steep ? -6 : 15);
  pen.restore();
}

// The frontmost cube at a point of a canvas.
function hit(canvas, x, y) {
  const near = (canvas.hits || []).filter((each) => Math.hypot(each.x - x, each.y - y) < 16);
  return near.sort((a, b) => a.away - b.away)[0];
}
