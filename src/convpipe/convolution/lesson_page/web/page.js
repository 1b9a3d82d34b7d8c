// Draw the state of the page.
const byId = (id) => document.getElementById(id);
const stage = byId("stage");
const NARROW = 992;
const TALLEST = 640;
const PLAY = 900;
const RANGES = ["layers", "kernel", "stride", "dilation", "channels", "filters", "filter", "bias"];
let state = fresh(FIRST);
let timer = null;
let turning = 0;
let hovered = null;
let drag = null;

const isEmpty = () => countOf({ ...state }, EXAMPLES[state.example]) === 0;
const shownFilter = () => state.filter - 1;
const isNarrow = () => innerWidth < NARROW;

// Every layer on the stage with its position; the second of a pair follows the last axis of the first.
function scenes() {
  const example = EXAMPLES[state.example];
  const filter = shownFilter();
  const layers = partsOf(example, state).map((part) => layerOf(example, part, state));
  return layers.map((layer, i) => {
    const lengths = layers[0].axes.map((axis) => axis.places);
    const now = i ? unravel(state.position, lengths).at(-1) : state.position;
    return { layer, now, filter, all: allOutputs(layer, i) };
  });
}

// The outputs of every filter, cached until something other than the position changes.
let cache = { key: "", all: [] };
function allOutputs(layer, number) {
  const key = JSON.stringify({ ...state, position: 0, filter: 0, level: 0, turn: 0, tilt: 0, question: "" });
  if (cache.key !== key) cache = { key, all: [] };
  cache.all[number] ??= layer.places
    ? Array.from({ length: layer.filters }, (_, filter) => outputs(layer, filter))
    : [];
  return cache.all[number];
}

function roomFor(count) {
  const narrow = isNarrow();
  const width = (stage.clientWidth - (narrow ? 0 : (count - 1) * 26)) / (narrow ? 1 : count);
  const top = stage.getBoundingClientRect().top + scrollY;
  const below = byId("sum").offsetHeight + document.querySelector(".mover").offsetHeight + 16;
  return {
    width: width - 4,
    height: narrow ? Infinity : Math.min(Math.max(innerHeight - top - below, 300), TALLEST),
    narrow,
  };
}

const VIEWS = { line: lineView, rows: planeView, columns: planeView, plane: planeView };

function drawStage(example, shown) {
  if (example.kind === "stack") return drawStack();
  const before = slidesOf(stage);
  const room = roomFor(shown.length);
  const pictures = shown.map((scene) => {
    if (scene.layer.part.view === "block") return blockView({ ...scene, room });
    const inner = shown.length > 1 ? { ...room, height: room.height - 34, compact: true } : room;
    const block = VIEWS[scene.layer.part.view]({ ...scene, room: inner });
    const picture = svg(block, inner, pictureWords(scene.layer, step(scene.layer, scene.now, scene.filter)));
    return shown.length > 1
      ? `<div class="half"><h3>Conv${scene.layer.part.dimensions}D</h3>${picture}</div>`
      : picture;
  });
  if (shown.length > 1 && shown[0].layer.part.dimensions > shown[1].layer.part.dimensions) pictures.reverse();
  stage.style.minHeight = room.narrow ? "" : `${room.height}px`;
  stage.innerHTML = pictures.join("");
  slideFrom(before, stage);
  const block = shown.find((scene) => scene.layer.part.view === "block");
  if (block) drawBlocks(block, room);
}

function drawBlocks(scene, room) {
  const width = room.width;
  const middle = stage.querySelector("svg")?.clientWidth || 0;
  const left = room.narrow ? 0 : width - middle - 32;
  const size = (canvas, share) => {
    const side = room.narrow ? width : Math.floor(left * share);
    canvas.style.width = `${side}px`;
    canvas.style.height = `${Math.min(room.narrow ? width * 0.85 : room.height - 8, Math.max(side * 1.15, 300))}px`;
  };
  const share = Math.max(0.56, scene.layer.channels / (scene.layer.channels + 1));
  size(byId("block-in"), share);
  size(byId("block-out"), 1 - share);
  paintBlocks(scene, state);
}

function drawStack() {
  const layers = stackOf(EXAMPLES[state.example].parts[0], state);
  const { level, index } = hovered ?? { level: state.level, index: state.position };
  byId("sum").innerHTML = stackSum(layers, level, index);
  const room = roomFor(1);
  stage.style.minHeight = room.narrow ? "" : `${room.height}px`;
  stage.innerHTML = svg(stackView({ layers, level, index, room }), room, "stacked layers and the receptive field of one output");
}

// Draw everything, and write the state into the address unless `kept`.
function draw(kept = false) {
  const example = EXAMPLES[state.example];
  const empty = isEmpty();
  hovered = null;
  state.level = Math.min(state.level, state.layers);
  state.filter = Math.min(state.filter, state.filters);
  state.position = empty ? 0 : Math.min(state.position, placesOf(state) - 1);
  drawWords(example);
  drawControls(example);
  for (const hidden of [stage, byId("sum"), document.querySelector(".mover")]) hidden.hidden = empty;
  byId("empty").hidden = !empty;
  const shown = empty ? [] : scenes();
  if (empty) {
    play(false);
    stage.innerHTML = "";
  } else {
    drawSums(example, shown);
    drawStage(example, shown);
  }
  drawFacts(example, empty);
  drawPosition();
  drawSlices(shown);
  if (!kept) writeAddress();
}

// Write the state into the address, at most five times per second, because browsers ignore more.
let written = 0;
let writing = 0;
function writeAddress() {
  clearTimeout(writing);
  const wait = written + 200 - performance.now();
  if (wait > 0) return void (writing = setTimeout(writeAddress, wait));
  written = performance.now();
  history.replaceState(null, "", `#${fragmentOf(state)}`);
}

function drawWords(example) {
  const dimensions = Math.max(...partsOf(example, state).map((part) => part.dimensions));
  const question = QUESTIONS[state.question];
  byId("name").textContent = example.kind === "choose" ? `Conv${state.layer}D` : example.layer;
  byId("moves").textContent = example.moves.join(" ") || OWN_MOVES[dimensions];
  byId("why").textContent = WHY[example.layer === "Conv1D, Conv2D" ? 1 : dimensions];
  byId("text").className = question ? "question" : "";
  byId("text").innerHTML = question ? questionText(question) : escape(example.text);
  stage.setAttribute("aria-label", `${example.name}: picture of the moving kernel`);
}

function questionText(question) {
  const number = numbers.questions.indexOf(question);
  const next = numbers.questions[number + 1];
  const link = next ? ` <a href="#${addressOf(next)}">Next question</a>` : "";
  return `<b>${number + 1}. ${question.question}</b> ${question.answer} <i class="blue">${question.see}</i>${link}`;
}

const addressOf = (question) => `${question.state}&question=${question.name}`;

function drawControls(example) {
  const { controls } = example;
  const biased = example.kind !== "stack" && example.parts[0].kernel;
  const ranges = { ...controls, filter: state.filters > 1 ? [1, state.filters] : null, bias: biased ? [-5, 5] : null };
  for (const row of document.querySelectorAll("[data-row]")) row.hidden = !ranges[row.dataset.row];
  for (const id of RANGES) if (ranges[id]) [byId(id).min, byId(id).max] = ranges[id];
  for (const option of byId("padding").options) {
    option.hidden = option.disabled =
      !(controls.padding || []).includes(option.value) || (option.value === "causal" && state.layer > 1);
  }
  const values = { ...state, bias: (state.bias ?? example.parts[state.layer - 1]?.bias ?? [0])[shownFilter()] };
  for (const id of [...RANGES, "padding", "layer"]) byId(id).value = values[id];
  document.querySelectorAll("#controls output").forEach((output) => {
    output.value = output.htmlFor == "filter" ? `${state.filter}/${state.filters}` : spell(values[output.htmlFor]);
  });
  const chosen = document.querySelector(`[name=example][value=${state.example}]`);
  const chips = document.querySelector(".chips");
  if (!chosen.checked || !chips.scrollLeft) chips.scrollLeft = chosen.parentElement.offsetLeft - chips.offsetLeft - 40;
  chosen.checked = true;
  byId("own").hidden = example.kind !== "choose" || state.layer > 2;
}

function drawSums(example, shown) {
  if (example.kind === "stack") return;
  byId("sum").innerHTML = [...shown]
    .sort((a, b) => a.layer.part.dimensions - b.layer.part.dimensions)
    .map((scene) => sumOf(scene.layer, step(scene.layer, scene.now, scene.filter), shown.length > 1))
    .join("<br>");
}

function drawFacts(example, empty) {
  const layers =
    example.kind === "stack"
      ? stackOf(example.parts[0], state)
      : scenes()
          .map((scene) => scene.layer)
          .sort((a, b) => a.part.dimensions - b.part.dimensions);
  const rows = example.kind === "stack" ? stackFacts(layers) : factsOf(layers);
  const plain = (fact) =>
    layers.length > 1 && example.kind === "pair" ? String(fact).replace(/<small>.*?<\/small>/g, "") : fact;
  const head =
    example.kind === "pair"
      ? `<tr><td></td>${layers.map((l) => `<th scope="col">Conv${l.part.dimensions}D</th>`).join("")}</tr>`
      : "";
  byId("facts").tBodies[0].innerHTML =
    head +
    rows
      .map(
        ([name, ...facts]) =>
          `<tr><th scope="row">${name}</th>${facts.map((fact) => `<td>${plain(fact)}</td>`).join("")}</tr>`,
      )
      .join("");
  byId("facts").className = state.question === "cost" ? "marked" : "";
  if (empty) byId("empty").textContent = emptyWords(state, example, layers);
}

function drawPosition() {
  const last = Math.max(placesOf(state) - 1, 0);
  const block = partsOf(EXAMPLES[state.example], state)[0].view === "block";
  byId("position").max = last;
  byId("position").value = state.position;
  byId("position").setAttribute("aria-valuetext", byId("sum").innerText);
  document.querySelector(".turner").hidden = byId("deep").hidden = !block;
  byId("levels").hidden = EXAMPLES[state.example].kind !== "stack";
}

// The values of a block slice by slice, once their section is open.
function drawSlices(shown) {
  const block = shown.find((scene) => scene.layer.part.view === "block");
  byId("slices").hidden = !block;
  if (!block || !byId("slices").open) return;
  const { layer, now, filter, all } = block;
  const { part } = layer;
  const current = step(layer, now, filter);
  const [deep, tall, wide] = layer.axes;
  const read = new Set(current.places.map((place) => place.join()));
  const panels = [];
  const panel = (name, rows, columns, at) => {
    const table = grid(rows, columns, wideOf(part), at);
    const picture = svg(table, { width: table.width, height: table.height }, name);
    panels.push(`<figure><figcaption>${name}</figcaption>${picture}</figure>`);
  };
  for (let channel = 0; channel < layer.channels; channel++)
    for (let d = -deep.pads[0]; d < deep.size + deep.pads[1]; d++)
      panel(
        `input, slice ${spell(d)}${layer.channels > 1 ? `, channel ${channel + 1}` : ""}`,
        tall.size + tall.pads[0] + tall.pads[1],
        wide.size + wide.pads[0] + wide.pads[1],
        (r, c) => {
          const place = [d, r - tall.pads[0], c - wide.pads[0]];
          return [
            short(value(part, place, channel)),
            `${outside(part, place) ? "zero" : ""} ${read.has(place.join()) ? "blue" : ""}`,
            nearest(layer, place),
          ];
        },
      );
  for (let d = 0; d < deep.places; d++)
    panel(`output, slice ${d}`, tall.places, wide.places, (r, c) => {
      const index = (d * tall.places + r) * wide.places + c;
      return [short(all[filter][index]), index === now ? "now" : "green", index];
    });
  byId("slices").querySelector(".panels").innerHTML = panels.join("");
}
