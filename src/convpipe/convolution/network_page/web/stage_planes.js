// Two axes: one picture per channel (three channels: one in color); three axes: the slices through the window's middle.
function gray(values) {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity), high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return (v) => Array(3).fill(Math.round((255 * (v - low)) / (high - low || 1)));
}

function drawPlaneInput() {
  const input = inputOf(sample(), branch()), [, height, width] = input.size, tone = gray(input.values);
  const at = (h, w, c) => tone(input.values[(h * width + w) * input.channels + c])[0];
  const color = input.channels === 3, shown = color ? 1 : Math.min(input.channels, 6);
  const box = [current.start[1], current.start[2], span(1), span(2)], pixels = pictureWidth(height, width, shown);
  return Array.from({ length: shown }, (_, c) => {
    const picture = heat(height, width, (h, w) => (color ? [0, 1, 2].map((k) => at(h, w, k)) : Array(3).fill(at(h, w, c))), `input, ${channelName(c)}`);
    const holder = framed(clickable(picture, (h, w) => [0, h, w]), box, "blue", pixels);
    return input.channels > 1 && !color ? figure(escape(channelName(c)), holder) : holder;
  });
}

// The width of one of several pictures; input and response are side by side if there is room.
function pictureWidth(rows, columns, count) {
  const whole = byId("stage").clientWidth, room = whole < NARROW ? whole : whole / 2 - 12;
  return Math.min((HEIGHT * columns) / rows, count > 1 ? Math.max(room / Math.min(count, 3) - 20, 110) : room);
}

function drawPlaneResponse() {
  const [, height, width] = first().places3, values = responseOf(first(), state.filter), limit = largest(values);
  const picture = heat(height, width, (h, w) => shade(values[h * width + w], limit, "green"), "response");
  const box = [current.position[1], current.position[2], 1, 1];
  return [framed(clickable(picture, (h, w) => [0, h, w], "response"), box, "ink", pictureWidth(height, width, 1))];
}

// The three planes through a place of a volume, each with the frame of the window.
function volumePlanes(size, colorAt, middle, boxAt, hue, target) {
  const side = Math.min(SLICE, (byId("stage").clientWidth - 40) / 3);
  return [[0, 1, 2], [1, 0, 2], [2, 0, 1]].map(([still, down, across]) => {
    const place = (row, column) => {
      const found = [];
      [found[still], found[down], found[across]] = [middle[still], row, column];
      return found;
    };
    const picture = heat(size[down], size[across], (row, column) => colorAt(place(row, column)), `plane ${"DHW"[still]}`);
    const holder = framed(clickable(picture, place, target), boxAt(down, across), hue, Math.min(side, (side * size[across]) / size[down]));
    return figure(`${["slice", "row", "column"][still]} ${middle[still]}`, holder);
  });
}

function drawVolumeInput() {
  const input = inputOf(sample(), branch()), tone = gray(input.values);
  const middle = current.start.map((at, axis) => Math.min(Math.max(at + Math.floor(span(axis) / 2), 0), input.size[axis] - 1));
  const colorAt = (place) => tone(input.values[ravel(place, input.size) * input.channels]);
  return volumePlanes(input.size, colorAt, middle, (down, across) => [current.start[down], current.start[across], span(down), span(across)], "blue", "input");
}

function drawVolumeResponse() {
  const values = responseOf(first(), state.filter), limit = largest(values), size = first().places3;
  const colorAt = (place) => shade(values[ravel(place, size)], limit, "green");
  return volumePlanes(size, colorAt, current.position, (down, across) => [current.position[down], current.position[across], 1, 1], "ink", "response");
}

const INPUT = { 1: drawLineInput, 2: drawPlaneInput, 3: drawVolumeInput };
const RESPONSE = { 1: drawLineResponse, 2: drawPlaneResponse, 3: drawVolumeResponse };

function drawStage() {
  const axes = branch().axes;
  byId("stage").classList.toggle("planes", axes > 1);
  const kept = byId("input").querySelector(".words")?.scrollTop;
  for (const [id, drawn] of [["input", INPUT[axes]()], ["response", RESPONSE[axes]()]]) {
    byId(id).className = axes > 1 ? "panels" : "";
    byId(id).replaceChildren(...drawn);
  }
  const box = byId("input").querySelector(".words"), under = box?.querySelector(".under");
  if (under) {
    box.scrollTop = kept || 0;
    const [low, high] = [under.offsetTop - box.offsetTop, under.offsetTop - box.offsetTop + under.offsetHeight];
    if (low < box.scrollTop || high > box.scrollTop + box.clientHeight) box.scrollTop = low - box.clientHeight / 2;
  }
}

const where = () => own(current.position).map((at, axis) => `${unit()[axis]} ${at}`).join(", ");

function drawSum() {
  const exact = responseOf(first(), state.filter)[state.position], off = Math.abs(current.total - exact);
  const agrees = off <= content.tolerance * (first().largest || 1);
  byId("sum").innerHTML = `Filter ${branch().filters[state.filter]}, ${where()}: products ${number(current.products)} + bias ` +
    `${signed(current.bias, 4)} = ${number(current.total)} <small>Keras: ${number(exact)} ` +
    (agrees ? "✓ agrees" : '<b class="failed">differs</b>') + "</small>";
  byId("sum").dataset.agrees = agrees;
  byId("position").setAttribute("aria-valuetext", `${where()}, response ${number(exact)}`);
}
