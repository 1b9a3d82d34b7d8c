// The current view and the position of the kernel.
const byId = (id) => document.getElementById(id);
const MARGIN = 66, FEW_CHANNELS = 12, HEIGHT = 250, SLICE = 134; // left margin in pixels; channels drawn as lines; heights of pictures in pixels
const NARROW = 700, CELL = 40; // pixels: width of a phone's stage; side of a cell with a number
const state = { sample: 0, layer: 0, filter: 0, position: 0 };
let current = null;
const sample = () => content.samples[state.sample];
const branch = () => content.branches[state.layer];
const first = () => sample().first[state.layer];
const axisNames = { 1: ["step"], 2: ["row", "column"], 3: ["slice", "row", "column"] };
const unit = () => (sample().tokens && branch().axes === 1 ? ["token"] : axisNames[branch().axes]);
const own = (values) => values.slice(3 - branch().axes);
const channelName = (c) => (content.channels.length === inputOf(sample(), branch()).channels && content.channels[c]) || `channel ${c}`;
const span = (axis) => (branch().size3[axis] - 1) * branch().dilation3[axis] + 1;

// The position whose window is nearest to a place of the input.
const nearest = (place) => ravel(place.map((at, axis) => {
  const middle = (at + first().before3[axis] - (span(axis) - 1) / 2) / branch().strides3[axis];
  return Math.min(Math.max(Math.round(middle), 0), first().places3[axis] - 1);
}), first().places3);

function clickable(canvas, placeAt, target) {
  canvas.addEventListener("click", (event) => {
    const box = canvas.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * canvas.height);
    const column = Math.floor(((event.clientX - box.left) / box.width) * canvas.width);
    const place = placeAt(Math.min(Math.max(row, 0), canvas.height - 1), Math.min(Math.max(column, 0), canvas.width - 1));
    go(target === "response" ? ravel(place, first().places3) : nearest(place));
  });
  return canvas;
}
const tokenName = (token) => (token ?? "").trim() || "␣";
