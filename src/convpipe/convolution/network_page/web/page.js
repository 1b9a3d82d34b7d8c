// Radio buttons for the samples and the layers.
function radios(id, words, key) {
  byId(id).append(...words.map(([text, title], at) => {
    const label = document.createElement("label"), input = document.createElement("input"), span = document.createElement("span");
    Object.assign(input, { type: "radio", name: id, value: at });
    input.addEventListener("change", () => choose({ [key]: at }));
    span.textContent = text;
    label.title = title;
    label.append(input, span);
    return label;
  }));
}

function choose(change) {
  const layer = state.layer, old = first();
  Object.assign(state, change);
  if (state.layer !== layer && change.filter === undefined) state.filter = branch().start;
  if (first() !== old && change.position === undefined) state.position = strongest();
  draw();
}

// The position of the largest response, among windows inside the input if there are any.
function strongest() {
  const values = responseOf(first(), state.filter), size = inputOf(sample(), branch()).size;
  const inside = (index) => unravel(index, first().places3).every((at, axis) => {
    const start = at * branch().strides3[axis] - first().before3[axis];
    return start >= 0 && start + span(axis) <= size[axis];
  });
  const all = Array.from(values.keys()), whole = all.filter(inside);
  return (whole.length ? whole : all).reduce((best, at) => (values[at] > values[best] ? at : best));
}

function draw() {
  drawHeadings();
  drawFilters();
  drawScores();
  drawMaps();
  for (const [id, at] of [["samples", state.sample], ["layers", state.layer]])
    byId(id).querySelectorAll("input").forEach((input, number) => (input.checked = number === at));
  go(state.position);
}

function go(index) {
  state.position = Math.min(Math.max(index, 0), first().count - 1);
  current = windowAt(sample(), state.layer, state.filter, state.position);
  Object.assign(byId("position"), { max: first().count - 1, value: state.position });
  drawStage();
  drawSum();
  drawWindow();
  drawStages();
  const words = { sample: sample().number, layer: branch().name, filter: branch().filters[state.filter], position: state.position };
  history.replaceState(null, "", `#${new URLSearchParams(words)}`);
}

// Move along one axis, but not past its ends.
function move(axis, by) {
  const place = [...current.position];
  place[axis] = Math.min(Math.max(place[axis] + by, 0), first().places3[axis] - 1);
  go(ravel(place, first().places3));
}

function readAddress() {
  const words = new URLSearchParams(location.hash.slice(1));
  const found = (list, value) => Math.max(list.indexOf(value), 0);
  state.sample = found(content.samples.map((each) => String(each.number)), words.get("sample"));
  const usual = content.branches.findIndex((each) => each.taps > 1);
  state.layer = words.has("layer") ? found(content.branches.map((each) => each.name), words.get("layer")) : Math.max(usual, 0);
  state.filter = words.has("filter") ? found(branch().filters.map(String), words.get("filter")) : branch().start;
  state.position = words.has("position") ? Number(words.get("position")) || 0 : strongest();
}

const MOVES = { ArrowLeft: [2, -1], ArrowRight: [2, 1], ArrowUp: [1, -1], ArrowDown: [1, 1], PageUp: [0, -1], PageDown: [0, 1] };
const ENDS = { Home: () => 0, End: () => first().count - 1 };

byId("stage").addEventListener("keydown", (event) => {
  const [axis, by] = MOVES[event.key] || [];
  if (ENDS[event.key]) go(ENDS[event.key]());
  else if (axis !== undefined && axis >= 3 - branch().axes) move(axis, by);
  else return; // the key keeps its default action, such as scrolling
  event.preventDefault();
});
byId("filters").addEventListener("keydown", (event) => {
  const last = branch().filters.length - 1, by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
  const to = { Home: 0, End: last }[event.key] ?? (by && Math.min(Math.max(state.filter + by, 0), last));
  if (to === undefined) return;
  event.preventDefault();
  choose({ filter: to });
});
byId("position").addEventListener("input", (event) => go(Number(event.target.value)));
byId("back").addEventListener("click", () => go(state.position - 1));
byId("on").addEventListener("click", () => go(state.position + 1));
addEventListener("hashchange", () => { readAddress(); draw(); });
addEventListener("resize", () => go(state.position));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readPalette(); draw(); });

readPalette();
radios("samples", content.samples.map((each) => [
  `${each.number}: ${content.classes[each.label]} ${each.predicted === each.label ? "✓" : `✗ predicted ${content.classes[each.predicted]}`}`, each.id]), "sample");
radios("layers", content.branches.map((each) => [each.name, each.kind]), "layer");
byId("layers").hidden = content.branches.length < 2;
byId("notes").textContent = content.notes.length ? `Notes: ${content.notes.join("; ")}.` : "";
readAddress();
draw();
const checked = selfCheck();
document.documentElement.dataset.selfCheck = checked.passed ? "passed" : "failed";
byId("check").className = checked.passed ? "" : "failed";
byId("check").textContent = checked.passed
  ? `Self-check passed: this page summed ${checked.windows} windows of ${content.samples.length} samples; the largest difference from Keras is ` +
    `${checked.worst.toExponential(0)} of the largest response (tolerance ${content.tolerance}).`
  : `Self-check failed: a sum differs from Keras by ${checked.worst.toExponential(0)} of the largest response. Do not trust this page.`;
