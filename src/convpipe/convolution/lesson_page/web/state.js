// The state of the page, read from the address and written back: #example=sentence&position=1&kernel=2
const FIRST = Object.keys(EXAMPLES)[0];
const POSED = Object.fromEntries(numbers.questions.map((question) => [question.name, question]));
const VIEWED = { turn: [-180, 180], tilt: [-80, 80] }; // how a block is turned, in degrees
const START = { turn: -32, tilt: 24 };

const fresh = (name) => ({
  example: name,
  ...EXAMPLES[name].defaults,
  ...START,
  bias: null,
  question: "",
  input: "",
  weights: "",
});

class Broken extends Error {}

function whole(key, words, [least, most]) {
  if (!/^-?\d+$/.test(words) || Number(words) < least || Number(words) > most) throw new Broken(`${key}=${words}`);
  return Number(words);
}

// One entry of an address as the value of a setting; a value that the example does not know is an error.
function entry(state, key, words) {
  const example = EXAMPLES[state.example];
  const choices = example.controls[key];
  if (key === "position") return whole(key, words, [0, 1e6]);
  if (key === "filter" || key === "level")
    return whole(key, words, [1, key === "filter" ? state.filters : state.layers]);
  if (key in VIEWED) return whole(key, words, VIEWED[key]);
  if (key === "question" && words in POSED) return words;
  if (key === "bias") return words.split(",").map((each) => whole(key, each, [-9, 9]));
  if ((key === "input" || key === "weights") && example.kind === "choose") return words;
  if (choices && typeof choices[0] === "number") return whole(key, words, choices);
  if (choices && choices.includes(words)) return words;
  throw new Broken(`${key}=${words}`);
}

// Settings come before what depends on them.
const LATE = ["position", "filter", "level"];

function parse(fragment) {
  const pairs = [...new URLSearchParams(fragment)];
  const named = Object.fromEntries(pairs);
  const name = named.example ?? FIRST;
  if (!Object.hasOwn(EXAMPLES, name)) throw new Broken(`example=${name}`);
  const state = fresh(name);
  const rank = ([key]) => (LATE.includes(key) ? 1 : 0);
  for (const [key, words] of pairs.filter(([each]) => each !== "example").sort((a, b) => rank(a) - rank(b)))
    state[key] = entry(state, key, words);
  checkWhole(state, "position" in named);
  return state;
}

// What no single entry shows: numbers that were typed, a bias for each filter, and a position that exists.
function checkWhole(state, placed) {
  const fault = misfit(state);
  state.level = Math.min(state.level, state.layers);
  if (fault) throw new Broken(fault);
  const last = Math.max(placesOf(state) - 1, 0);
  if (placed && state.position > last) throw new Broken(`position=${state.position}`);
  state.position = Math.min(state.position, last);
}

// The entry that does not fit the rest, or nothing.
function misfit(state) {
  const part = EXAMPLES[state.example].parts[state.layer - 1] || EXAMPLES[state.example].parts[0];
  if (state.bias && state.bias.length !== part.bias.length) return `bias=${state.bias}`;
  if (part.dimensions > 1 && state.padding === "causal" && part.view !== "rows") return "padding=causal";
  for (const key of ["input", "weights"]) {
    if (!state[key]) continue;
    const fault = tableFault(state, key, part);
    if (fault) return `${key}: ${fault}`;
  }
  return "";
}

const LONGEST = { 1: 16, 2: 8 };

function tableFault(state, key, part) {
  const table = part.dimensions < 3 && parseTable(state[key]);
  if (!table) return "rows of numbers, all of the same length, are needed";
  if (part.dimensions === 1 && table.length > 1) return "a Conv1D takes one row of numbers for each channel";
  const [channels, sizes] = readTable(table, part.dimensions);
  if (channels > part.stored) return `at most ${part.stored} channels`;
  if (channels !== state.channels) return `${state.channels} channels are set`;
  if (key === "weights" && sizes.some((size) => size !== state.kernel))
    return `a kernel size of ${state.kernel} is set`;
  if (sizes.some((size) => size > LONGEST[part.dimensions]))
    return `at most ${LONGEST[part.dimensions]} numbers along an axis`;
  return "";
}

// The number of positions of the kernel that the position counts.
function placesOf(state) {
  const example = EXAMPLES[state.example];
  if (example.kind === "stack") return stackOf(example.parts[0], state)[state.level - 1].places;
  return layerOf(example, partsOf(example, state)[0], state).places;
}

// The address of a state: what differs from the defaults of its example.
function fragmentOf(state) {
  const start = fresh(state.example);
  const address = [`example=${state.example}`];
  for (const [key, found] of Object.entries(state)) {
    const same = String(found ?? "") === String(start[key] ?? "");
    if (key !== "example" && !same)
      address.push(`${key}=${key === "input" || key === "weights" ? encodeURIComponent(found) : found}`);
  }
  return address.join("&");
}
