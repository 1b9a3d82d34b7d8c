// One axis: lines (or, for many channels, shades) on a scale that input and response share.
function scale() {
  const input = inputOf(sample(), branch()), places = first().places3[2];
  const reach = (places - 1) * branch().strides3[2] + span(2) - first().before3[2];
  const low = -first().before3[2], high = Math.max(reach, input.size[2]);
  const width = byId("stage").clientWidth, inner = width - MARGIN - 8;
  const x = (at) => MARGIN + ((at - low + 0.5) / (high - low)) * inner;
  const at = (place) => place * branch().strides3[2] - first().before3[2] + (span(2) - 1) / 2;
  return { input, width, x, at, back: (pixel) => Math.round(((pixel - MARGIN) / inner) * (high - low) + low - 0.5) };
}

function lineSvg(lines, height, inside, label, scales) {
  const svg = fragment(`<svg width="${scales.width}" height="${height}" role="img" aria-label="${escape(label)}">${inside}${lines}</svg>`).firstChild;
  svg.addEventListener("click", (event) => go(nearest([0, 0, scales.back(event.clientX - svg.getBoundingClientRect().left)])));
  return svg;
}

function drawLineInput() {
  const scales = scale(), { input, x } = scales, steps = input.size[2], channels = input.channels;
  const edge = 0.5, left = x(current.start[2] - edge), right = x(current.start[2] + span(2) - 1 + edge);
  const lane = Math.max(22, Math.min(110, 250 / channels));
  const height = channels > FEW_CHANNELS ? 110 : lane * channels;
  let lines = "";
  for (let c = 0; channels <= FEW_CHANNELS && c < channels; c++) {
    const values = Array.from({ length: steps }, (_, t) => input.values[t * channels + c]), middle = lane * (c + 0.5);
    const low = Math.min(...values), high = Math.max(...values), tall = high - low || 1;
    lines += `<text class="name" x="${MARGIN - 8}" y="${middle}">${escape(channelName(c).slice(0, 10))}</text>`;
    lines += `<path class="signal" d="${path(values, x, (v) => middle + (0.5 - (v - low) / tall) * lane * 0.84)}"/>`;
  }
  const band = `<rect class="band" x="${left}" y="0" width="${right - left}" height="${height}"/>`;
  const what = `${steps} ${unit()[0]}s of ${channels} channels; the window starts at ${current.start[2]}`;
  if (channels <= FEW_CHANNELS) return [lineSvg(lines, height, band, what, scales)];
  const limit = largest(input.values);
  const canvas = heat(channels, steps, (c, t) => shade(input.values[t * channels + c], limit, "blue"), what);
  const holder = framed(clickable(canvas, (_, t) => [0, 0, t]), [0, current.start[2], channels, span(2)], "blue", x(steps - 0.5) - x(-0.5));
  Object.assign(canvas.style, { aspectRatio: "auto", height: `${height}px` });
  holder.style.marginLeft = `${x(-0.5)}px`;
  holder.style.maxWidth = "none";
  return sample().tokens ? [words(), holder] : [holder];
}

// The tokens of a text as buttons, each with the response of the window at its position.
function words() {
  const box = document.createElement("div"), responses = responseOf(first(), state.filter), limit = largest(responses);
  const aligned = responses.length === sample().tokens.length;
  box.className = "words";
  sample().tokens.forEach((token, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.tabIndex = -1;
    button.textContent = tokenName(token);
    if (current.places.some((place) => place && place[2] === at)) button.className = "under";
    if (aligned) {
      const bar = document.createElement("i");
      bar.style.width = `${(100 * Math.abs(responses[at])) / limit}%`;
      bar.className = responses[at] < 0 ? "minus" : "";
      button.append(bar);
    }
    button.addEventListener("click", () => go(nearest([0, 0, at])));
    box.append(button);
  });
  return box;
}

function drawLineResponse() {
  const scales = scale(), { x, at } = scales, values = Array.from(responseOf(first(), state.filter)), height = 92;
  const low = Math.min(0, ...values), high = Math.max(0, ...values), tall = high - low || 1;
  const y = (v) => 6 + (1 - (v - low) / tall) * (height - 12), here = values[state.position];
  const left = x(current.start[2] - 0.5), right = x(current.start[2] + span(2) - 0.5);
  let lines = `<rect class="band" x="${left}" y="0" width="${right - left}" height="${height}"/>`;
  lines += `<line class="zero" x1="${MARGIN}" x2="${scales.width}" y1="${y(0)}" y2="${y(0)}"/>`;
  for (const value of new Set([low, high])) lines += `<text class="name" x="${MARGIN - 8}" y="${y(value)}">${number(value, 2)}</text>`;
  lines += `<path class="out" d="${path(values, (i) => x(at(i)), y)}"/>`;
  lines += `<circle class="now" cx="${x(at(state.position))}" cy="${y(here)}" r="5"/>`;
  return [lineSvg(lines, height, "", `response of filter ${branch().filters[state.filter]}, ${number(here)} here`, scales)];
}
