// Handlers of controls, keys, taps, drags and links, and the start of the page.
function go(index) {
  state.position = Math.min(Math.max(index, 0), placesOf(state) - 1);
  draw();
}

// Move along one axis of the first layer, but not past its ends.
function move(axis, by) {
  const [{ layer }] = scenes();
  const lengths = layer.axes.map((each) => each.places);
  const position = unravel(state.position, lengths);
  position[axis] = Math.min(Math.max(position[axis] + by, 0), lengths[axis] - 1);
  go(ravel(position, lengths));
}

function play(start) {
  clearInterval(timer);
  timer = start ? setInterval(() => go((state.position + 1) % placesOf(state)), PLAY) : null;
  byId("play").setAttribute("aria-pressed", String(start));
  byId("play").textContent = start ? "stop" : "play";
  byId("sum").setAttribute("aria-live", start ? "off" : "polite");
}

function show(name) {
  play(false);
  state = fresh(name);
  tidyAfter("example");
}

// After a setting changed: drop typed numbers, padding and messages that no longer apply, and draw.
function tidyAfter(key) {
  if (key === "layer" || key === "channels") state.input = state.weights = "";
  if (key === "kernel") state.weights = "";
  if (state.layer > 1 && state.padding === "causal") state.padding = "same";
  if (key === "layers") state.level = state.layers;
  byId("notice").hidden = true;
  byId("fault").textContent = "";
  draw();
  if (["example", "layer", "channels", "kernel"].includes(key)) fillBoxes();
}

function change(key, setting) {
  const numeric = RANGES.includes(key) || key === "layer";
  if (key === "bias") {
    const part = EXAMPLES[state.example].parts[state.layer - 1];
    state.bias = (state.bias ?? part.bias).map((each, i) => (i === shownFilter() ? Number(setting) : each));
  } else state[key] = numeric ? Number(setting) : setting;
  if (key === "layer") state.bias = null;
  if (key !== "filter") state.question = "";
  tidyAfter(key);
}

// Show the state of an address. If the address is invalid, show the error and the first example.
function read(words = location.hash.slice(1)) {
  play(false);
  clearTimeout(writing);
  byId("notice").hidden = true;
  try {
    state = words ? parse(words) : fresh(FIRST);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    state = fresh(FIRST);
    byId("notice").textContent =
      `The address has an invalid setting (${error.message}). The page shows the first example instead.`;
    byId("notice").hidden = false;
  }
  draw(true);
  fillBoxes();
}

function fillBoxes() {
  if (EXAMPLES[state.example].kind !== "choose" || state.layer > 2) return;
  const [part] = partsOf(EXAMPLES[state.example], state);
  const layer = layerOf(EXAMPLES.own, part, state);
  byId("input").value = typed(part, part.sizes, layer.channels, (place, channel) => value(part, place, channel));
  byId("weights").value = typed(part, layer.kernel, layer.channels, (tap, channel) => weight(layer, tap, channel, 0));
  const line = part.dimensions === 1;
  byId("input-help").textContent = line
    ? "one line for each channel"
    : "one line for each row, an empty line between channels";
  byId("weights-help").textContent = byId("input-help").textContent;
}

// Apply the numbers in the boxes; their channels and kernel size become settings.
function apply() {
  const joined = (id) =>
    byId(id)
      .value.trim()
      .split(/\n\s*\n/)
      .map((plane) =>
        plane
          .trim()
          .split(/\n/)
          .map((row) =>
            row
              .split(/[\s,;]+/)
              .filter(Boolean)
              .join(","),
          )
          .join(";"),
      )
      .join("|");
  const changed = { ...state, input: joined("input"), weights: joined("weights"), question: "" };
  const tables = [parseTable(changed.input), parseTable(changed.weights)];
  if (tables.every(Boolean)) {
    const [channels] = readTable(tables[0], state.layer);
    const [, sizes] = readTable(tables[1], state.layer);
    Object.assign(changed, { channels: Math.min(channels, 3), kernel: Math.min(sizes[0], 5) });
  }
  const fault = misfit(changed);
  byId("fault").textContent = fault;
  if (fault) return;
  state = changed;
  draw();
}

// The axis along which a key moves, counted from the last, and the direction.
const KEYS = {
  ArrowLeft: [-1, -1],
  ArrowRight: [-1, 1],
  ArrowUp: [-2, -1],
  ArrowDown: [-2, 1],
  PageUp: [-3, -1],
  PageDown: [-3, 1],
};

// Handle a key. False if the key keeps its default action, such as scrolling.
function onKey(event) {
  if (event.key === "Home" || event.key === "End") return (go(event.key === "Home" ? 0 : Infinity), true);
  const [fromEnd, by] = KEYS[event.key] || [];
  if (!fromEnd) return false;
  const part = partsOf(EXAMPLES[state.example], state)[0];
  if (event.shiftKey && part.view === "block" && fromEnd > -3)
    return (turn(fromEnd === -1 ? by * 15 : 0, fromEnd === -2 ? -by * 12 : 0), true);
  if (EXAMPLES[state.example].kind === "stack" && fromEnd === -2) return (changeLevel(by), true);
  const axes = part.dimensions;
  const axis = part.view === "rows" && fromEnd === -2 ? 0 : axes + fromEnd;
  if (axis < 0 || axis >= axes) return false;
  move(axis, by);
  return true;
}

function changeLevel(by) {
  state.level = Math.min(Math.max(state.level + by, 1), state.layers);
  draw();
}

// Turn the block by degrees, animated unless reduced motion is preferred.
function turn(by, tilt, smooth = true) {
  const from = { turn: state.turn, tilt: state.tilt };
  const begun = performance.now();
  const around = (angle) => ((((angle + 180) % 360) + 360) % 360) - 180;
  state.turn = Math.round(around(from.turn + by));
  state.tilt = Math.round(Math.min(Math.max(from.tilt + tilt, -80), 80));
  const steep = state.tilt - from.tilt;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  cancelAnimationFrame(turning);
  writeAddress();
  if (!smooth || still) return paintBlocks(scenes()[0], state);
  const paint = (time) => {
    const done = Math.min(Math.max(time - begun, 0) / 250, 1);
    paintBlocks(scenes()[0], { turn: from.turn + by * done, tilt: from.tilt + steep * done });
    if (done < 1) turning = requestAnimationFrame(paint);
  };
  turning = requestAnimationFrame(paint);
}

function onTap(event) {
  const thumb = event.target.closest("[data-filter]");
  const target = event.target.closest("[data-go]");
  if (thumb) return change("filter", Number(thumb.dataset.filter) + 1);
  if (!target) return;
  const [first, second] = target.dataset.go.split(/[:/]/).map(Number);
  if (target.dataset.go.includes(":")) Object.assign(state, { level: first, position: second });
  else state.position = followed(target, first);
  if (target.dataset.go.includes("/") && second < state.filters) state.filter = second + 1;
  draw();
}

// A tap on the second layer of a pair moves the kernel of the first along the shared axis.
function followed(target, index) {
  const found = scenes();
  const half = target.closest(".half");
  if (!half || found[0].layer.part.dimensions === Number(half.querySelector("h3").textContent[4])) return index;
  const lengths = found[0].layer.axes.map((axis) => axis.places);
  const position = unravel(state.position, lengths);
  return ravel(
    [
      ...position.slice(0, -1),
      unravel(
        index,
        found[1].layer.axes.map((axis) => axis.places),
      ).at(-1),
    ],
    lengths,
  );
}

function listen() {
  const on = (target, name, action) => target.addEventListener(name, action);
  on(byId("examples"), "change", (event) => show(event.target.value));
  on(byId("controls"), "input", (event) => change(event.target.id, event.target.value));
  for (const form of [byId("examples"), byId("controls")]) on(form, "submit", (event) => event.preventDefault());
  on(byId("position"), "input", (event) => go(Number(event.target.value)));
  on(byId("back"), "click", () => go(state.position - 1));
  on(byId("on"), "click", () => go(state.position + 1));
  on(byId("play"), "click", () => play(timer === null));
  on(byId("reset"), "click", () => show(state.example));
  on(byId("apply"), "click", apply);
  on(byId("slices"), "toggle", () => draw(true));
  on(
    document.querySelector(".turner"),
    "click",
    (event) => event.target.dataset.turn && turn(...event.target.dataset.turn.split(",").map(Number)),
  );
  on(stage, "click", (event) => !event.target.closest("canvas") && onTap(event));
  on(byId("slices"), "click", onTap);
  on(stage, "keydown", (event) => onKey(event) && event.preventDefault());
  on(stage, "pointerover", onHover);
  on(stage, "pointerleave", onHover);
  on(stage, "pointerdown", (event) => event.target.closest("canvas") && startDrag(event));
  on(window, "pointermove", dragTo);
  on(window, "pointerup", endDrag);
  on(window, "pointercancel", () => (drag = null));
  on(window, "hashchange", () => read());
  on(window, "resize", () => draw(true));
  on(matchMedia("(prefers-color-scheme: dark)"), "change", () => draw(true));
}

function onHover(event) {
  if (EXAMPLES[state.example].kind !== "stack" || event.pointerType === "touch") return;
  const target = event.type === "pointerover" && event.target.closest("[data-go]");
  const [level, index] = target ? target.dataset.go.split(":").map(Number) : [];
  const found = target ? { level, index } : null;
  if (found?.level === hovered?.level && found?.index === hovered?.index) return;
  hovered = found;
  drawStack();
}

function startDrag(event) {
  drag = { canvas: event.target, x: event.clientX, y: event.clientY, moved: false };
}

function dragTo(event) {
  if (!drag) return;
  const [x, y] = [event.clientX - drag.x, event.clientY - drag.y];
  if (!drag.moved && Math.hypot(x, y) < 5) return;
  Object.assign(drag, { x: event.clientX, y: event.clientY, moved: true });
  turn(x * 0.6, y * 0.5, false);
}

// A press without movement is a tap on a cube of the input or the output.
function endDrag(event) {
  if (drag && !drag.moved) {
    const box = drag.canvas.getBoundingClientRect();
    const cube = hit(drag.canvas, event.clientX - box.left, event.clientY - box.top);
    if (cube) go(cube.go);
  }
  drag = null;
}

function start() {
  document.querySelector(".chips").innerHTML += Object.entries(EXAMPLES)
    .map(
      ([name, example]) =>
        `<label><input type="radio" name="example" value="${name}">` +
        `<span>${example.name}<small>${example.layer}</small></span></label>`,
    )
    .join("");
  byId("questions").innerHTML = numbers.questions
    .map((question) => `<li><a href="#${addressOf(question)}">${question.question}</a> ${question.answer}</li>`)
    .join("");
  listen();
  read();
  const wrong = selfCheck();
  const count = numbers.checks.length;
  document.documentElement.dataset.selfCheck = wrong.length ? "failed" : "passed";
  byId("check").className = wrong.length ? "failed" : "";
  byId("check").textContent = wrong.length
    ? `Self-check failed: ${wrong.length} of ${count} settings differ from Python. Do not trust this page.`
    : `Self-check passed: ${count} settings give the same results here and in Python.`;
}

start();
