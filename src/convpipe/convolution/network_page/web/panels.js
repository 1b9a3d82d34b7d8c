// Draw the stages after the convolution, for the same filter.
function drawStages() {
  const stages = stagesOf(sample(), state.layer, state.filter), f = state.filter;
  let place = current.position, value = responseOf(first(), f)[state.position];
  byId("after").hidden = !stages.length;
  byId("stages").replaceChildren(...stages.map(({ stage, map, size }, at) => {
    const before = value;
    place = placeAfter(place, stage, first().pools[at], size);
    value = map[ravel(place, size)];
    const words = {
      normalization: () => `(${number(before, 3)} − ${signed(stage.mean[f])}) ÷ ${number(stage.deviation[f], 3)} × ${signed(stage.gamma[f])} + ${signed(stage.beta[f])}`,
      relu: () => (stage.slope ? `ReLU with slope ${stage.slope}` : `max(0, ${number(before, 3)})`),
      maximum: () => `largest of ${stage.size.join(" × ")} positions`, average: () => `mean of ${stage.size.join(" × ")} positions`,
      largest: () => "largest of all positions", mean: () => "mean of all positions",
    }[stage.kind]();
    return figure(`${escape(stage.name)}<br>${words} = <b data-stage="${escape(stage.name)}">${number(value)}</b>`, ...(map.length > 1 ? [smallMap(map, size, place)] : []));
  }));
}

function smallMap(map, size, place) {
  const [, rows, columns] = size, limit = largest(map);
  if (branch().axes > 1) {
    const picture = heat(rows, columns, (h, w) => shade(map[(place[0] * rows + h) * columns + w], limit, "green"), "map after this layer");
    return framed(picture, [place[1], place[2], 1, 1], "ink", Math.min((110 * columns) / rows, 260));
  }
  const width = 240, height = 54, low = Math.min(0, ...map), high = Math.max(0, ...map), tall = high - low || 1;
  const x = (i) => ((i + 0.5) / map.length) * width, y = (v) => 4 + (1 - (v - low) / tall) * (height - 8);
  return `<svg width="100%" viewBox="0 0 ${width} ${height}" role="img" aria-label="map after this layer"><line class="zero" x1="0" x2="${width}" y1="${y(0)}" y2="${y(0)}"/>` +
    `<path class="out" d="${path(map, x, y)}"/><circle class="now" cx="${x(place[2])}" cy="${y(map[place[2]])}" r="4"/></svg>`;
}

// The strip of kernels, each above its response to this sample.
function kernelPicture(f) {
  const { taps, channels, axes, size3 } = branch(), all = branch().weights.values.subarray(f * taps * channels, (f + 1) * taps * channels);
  const limit = largest(all), color = (tap, c) => shade(all[tap * channels + c], limit, "orange"), [depth, rows, columns] = size3;
  if (axes === 1 && channels === 1) return bars(Array.from(all), "orange", "weights");
  if (axes === 1 || channels * depth > 9) return heat(channels, taps, (c, tap) => color(tap, c), "weights");
  const canvas = planes(channels * depth, rows, columns, channels * depth, (plane, h, w) =>
    color((Math.floor(plane / channels) * rows + h) * columns + w, plane % channels), "weights");
  canvas.style.objectFit = "contain";
  return canvas;
}

function responsePicture(f) {
  const values = responseOf(first(), f), limit = largest(values), [depth, rows, columns] = first().places3;
  const slice = Math.floor(depth / 2) * rows * columns;
  if (branch().axes === 1) return bars(binned(values), "green", "response");
  const canvas = heat(rows, columns, (h, w) => shade(values[slice + h * columns + w], limit, "green"), "response");
  canvas.style.objectFit = "contain";
  return canvas;
}

function binned(values, most = 64) {
  const step = Math.ceil(values.length / most);
  return Array.from({ length: Math.ceil(values.length / step) }, (_, i) =>
    values.subarray(i * step, (i + 1) * step).reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0));
}

function drawFilters() {
  const focused = byId("filters").contains(document.activeElement);
  byId("filters").replaceChildren(...branch().filters.map((name, f) => {
    const button = document.createElement("button"), chosen = f === state.filter;
    button.type = "button";
    button.setAttribute("role", "radio");
    button.setAttribute("aria-checked", chosen);
    button.setAttribute("aria-label", `filter ${name}`);
    button.tabIndex = chosen ? 0 : -1;
    button.append(`${name}`, kernelPicture(f), responsePicture(f));
    button.addEventListener("click", () => choose({ filter: f }));
    return button;
  }));
  const chosen = byId("filters").children[state.filter], box = byId("filters");
  const low = chosen.offsetTop - box.offsetTop;
  if (low < box.scrollTop || low + chosen.offsetHeight > box.scrollTop + box.clientHeight) box.scrollTop = low;
  if (focused) chosen.focus({ preventScroll: true });
}

function drawScores() {
  const { logits, probabilities, label, predicted } = sample();
  const order = Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a]);
  const shown = order.slice(0, 8);
  if (!shown.includes(label)) shown.push(label);
  byId("classes").innerHTML = shown.map((c) => `<tr class="${c === label ? "true" : ""}"><td>${escape(content.classes[c])}` +
    `${c === label ? " (true)" : ""}${c === predicted ? (c === label ? " ✓" : " ✗ predicted") : ""}</td><td class="n">${number(logits[c])}</td>` +
    `<td class="n">${(100 * probabilities[c]).toFixed(1)} %</td><td class="bar-cell"><i style="width:${100 * probabilities[c]}%"></i></td></tr>`).join("") +
    (shown.length < order.length ? `<tr><th colspan="4">${order.length - shown.length} more classes</th></tr>` : "");
}

function drawMaps() {
  byId("later").hidden = !content.later.length;
  byId("maps").replaceChildren(...content.later.map((layer, at) => {
    const { shape, values } = sample().maps[at], limit = largest(values), [count, ...size] = shape, whole = sample().sizes[at];
    const shown = count < layer.total ? `${count} of ${layer.total} filters` : `${count} filters`;
    const field = layer.field ? `, receptive field ${layer.field.join(" × ")}` : "";
    const slice = whole.length === 4 ? ", middle slice" : "";
    const label = `${layer.name}: ${shown} over ${whole.slice(0, -1).join(" × ")} positions${slice}`;
    let canvas;
    if (size.length === 1) {
      canvas = heat(count, size[0], (row, column) => shade(values[row * size[0] + column], limit, "green"), label);
      Object.assign(canvas.style, { width: "100%", height: `${Math.max(count * 4, 40)}px` });
    } else {
      canvas = planes(count, ...size, Math.min(count, 8), (plane, h, w) => shade(values[(plane * size[0] + h) * size[1] + w], limit, "green"), label);
      Object.assign(canvas.style, { width: "100%", maxWidth: `${canvas.width * 6}px` });
    }
    return figure(`<b>${escape(layer.name)}</b>: ${shown}, ${whole.slice(0, -1).join(" × ")} positions${slice}${field}`, canvas);
  }));
}

function drawHeadings() {
  const input = inputOf(sample(), branch()), { kind, kernel, strides, dilation, total, filters, reads, channels } = branch();
  const made = reads ? `output of ${reads}` : "after preprocessing";
  byId("origin").textContent = `${own(input.size).join(" × ")} ${branch().axes === 1 ? `${unit()[0]}s` : "positions"} of ${input.channels} ` +
    `channel${input.channels > 1 ? "s" : ""}, ${made}; ${sample().id}`;
  byId("filtered").textContent = `of filter ${filters[state.filter]}, ${branch().name}`;
  const extra = [...(strides.some((s) => s > 1) ? [`stride ${strides.join(" × ")}`] : []), ...(dilation.some((d) => d > 1) ? [`dilation ${dilation.join(" × ")}`] : [])];
  byId("layer-about").textContent = [`${branch().name} (${kind}): ${kernel.join(" × ")} × ${channels} channel${channels > 1 ? "s" : ""}`, ...extra,
    filters.length < total ? `${filters.length} of ${total} filters` : `${total} filters`].join(", ");
  byId("deep").hidden = branch().axes !== 3;
}
