// The state of the page, read from the address and written back: #example=sentence&position=1&kernel=2
const FIRST = Object.keys(EXAMPLES)[0];
const QUESTIONS = Object.fromEntries(numbers.questions.map((question) => [question.name, question]));
const ANGLES = { turn: [-180, 180], tilt: [-80, 80] }; // bounds of the angles of a block, in degrees
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

class AddressError extends Error {}

function whole(key, words, [least, most]) {
  if (!/^-?\d+$/.test(words) || Number(words) < least || Number(words) > most)
    throw new AddressError(`${key}=${words}`);
  return Number(words);
}

// Parse one entry of an address; a value that the example does not allow is an error.
function entry(state, key, words) {
  const example = EXAMPLES[state.example];
  const choices = example.controls[key];
  if (key === "position") return whole(key, words, [0, 1e6]);
  if (key === "filter" || key === "level")
    return whole(key, words, [1, key === "filter" ? state.filters : state.layers]);
  if (key in ANGLES) return whole(key, words, ANGLES[key]);
  if (key === "question" && words in QUESTIONS) return words;
  if (key === "bias") return words.split(",").map((each) => whole(key, each, [-9, 9]));
  if ((key === "input" || key === "weights") && example.kind === "choose") return words;
  if (choices && typeof choices[0] === "number") return whole(key, words, choices);
  if (choices && choices.includes(words)) return words;
  throw new AddressError(`${key}=${words}`);
}

// Parsed last, because their bounds depend on other settings.
const DEPENDENT = ["position", "filter", "level"];

function parse(fragment) {
  const pairs = [...new URLSearchParams(fragment)];
  const named = Object.fromEntries(pairs);
  const name = named.example ?? FIRST;
  if (!Object.hasOwn(EXAMPLES, name)) throw new AddressError(`example=${name}`);
  const state = fresh(name);
  const rank = ([key]) => (DEPENDENT.includes(key) ? 1 : 0);
  for (const [key, words] of pairs.filter(([each]) => each !== "example").sort((a, b) => rank(a) - rank(b)))
    state[key] = entry(state, key, words);
  checkWhole(state, "position" in named);
  return state;
}

// Check what depends on several entries: typed numbers, one bias per filter, and the position.
function checkWhole(state, placed) {
  const fault = misfit(state);
  state.level = Math.min(state.level, state.layers);
  if (fault) throw new AddressError(fault);
  const last = Math.max(placesOf(state) - 1, 0);
  if (placed && state.position > last) throw new AddressError(`position=${state.position}`);
  state.position = Math.min(state.position, last);
}

// The entry that conflicts with the others, or an empty string.
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
  if (!table) return "type rows of numbers, all of the same length";
  if (part.dimensions === 1 && table.length > 1) return "type one row of numbers per channel for a Conv1D";
  const [channels, sizes] = readTable(table, part.dimensions);
  if (channels > part.stored) return `type at most ${part.stored} channels`;
  if (channels !== state.channels) return `type numbers for ${state.channels} channels`;
  if (key === "weights" && sizes.some((size) => size !== state.kernel))
    return `type weights for a kernel size of ${state.kernel}`;
  if (sizes.some((size) => size > LONGEST[part.dimensions]))
    return `type at most ${LONGEST[part.dimensions]} numbers along an axis`;
  return "";
}

// The number of kernel positions.
function placesOf(state) {
  const example = EXAMPLES[state.example];
  if (example.kind === "stack") return stackOf(example.parts[0], state)[state.level - 1].places;
  return layerOf(example, partsOf(example, state)[0], state).places;
}

// The address of a state: the settings that differ from the defaults of its example.
function fragmentOf(state) {
  const start = fresh(state.example);
  const address = [`example=${state.example}`];
  for (const [key, setting] of Object.entries(state)) {
    const same = String(setting ?? "") === String(start[key] ?? "");
    if (key !== "example" && !same)
      address.push(`${key}=${key === "input" || key === "weights" ? encodeURIComponent(setting) : setting}`);
  }
  return address.join("&");
}
