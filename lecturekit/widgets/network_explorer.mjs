import { forward, tensor, withWeights, windows, padAmounts } from "./cnn.mjs";
import { grey, limitOf, paint, positive, signed } from "./colors.mjs";
import { drawingPad } from "./drawing_pad.mjs";
import { choice, element, frame, number, referred, slider, watch, write } from "./elements.mjs";

const WORDS = {
  conv2d: "convolution",
  max_pool2d: "max pooling",
  avg_pool2d: "mean pooling",
  flatten: "flatten",
  dense: "fully connected",
  dropout: "dropout",
  relu: "ReLU",
  softmax: "softmax",
};
const PIXELS = 28 * 28;
const DIGIT = "28,28,1";

/** Which rows and columns of the input one unit sees: [[first, last], [first, last]]. */
export function receptiveField(layers, last, row, column) {
  const seen = [
    [row, row],
    [column, column],
  ];
  for (let at = last; at >= 0; at--) {
    const layer = layers[at];
    const kernel = layer.kernel ? layer.kernel.shape.slice(0, 2) : layer.size;
    if (!kernel || layer.kind === "dense") continue;
    const stride = layer.stride ?? layer.size;
    for (const axis of [0, 1]) {
      const [low, high] = seen[axis];
      const padding = Array.isArray(layer.padding) ? layer.padding[axis] : layer.padding;
      const gap = layer.dilation?.[axis] ?? 1;
      const length = layers.inputs[at][axis];
      const [before] = padAmounts(length, kernel[axis], stride[axis], padding, gap);
      seen[axis] = [low * stride[axis] - before, high * stride[axis] - before + gap * (kernel[axis] - 1)];
    }
  }
  return seen.map(([low, high], axis) => [Math.max(low, 0), Math.min(high, layers.inputs[0][axis] - 1)]);
}

/** How a layer's maps lie side by side in one canvas, a line of one pixel between maps. */
function mosaic(map) {
  const [rows, columns, channels] = map.shape.length === 3 ? map.shape : [1, 1, map.shape[0]];
  const line = rows * columns > 1 ? 1 : 0;
  const [high, wide] = [rows + line, columns + line];
  const across = Math.min(channels, Math.ceil(Math.sqrt((channels * high) / wide) * 1.6));
  return { rows, columns, channels, line, high, wide, across, down: Math.ceil(channels / across) };
}

const LINE = [156, 163, 175, 255];

function paintMosaic(canvas, map, color, limit) {
  const { rows, columns, channels, line, high, wide, across, down } = mosaic(map);
  const size = [across * wide - line, down * high - line];
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const picture = context.createImageData(...size);
  for (let c = 0; c < channels; c++) {
    const [top, left] = [Math.floor(c / across) * high, (c % across) * wide];
    for (let i = 0; i < high && top + i < size[1]; i++) {
      for (let j = 0; j < wide && left + j < size[0]; j++) {
        const inside = i < rows && j < columns;
        const value = inside ? color(map.data[(i * columns + j) * channels + c], limit) : LINE;
        const place = 4 * ((top + i) * size[0] + left + j);
        for (let part = 0; part < 3; part++) picture.data[place + part] = value[part];
        picture.data[place + 3] = 255;
      }
    }
  }
  context.putImageData(picture, 0, 0);
}

/** Layers whose numbers are those of the layer before, in another order at most. */
const PASSING = ["flatten", "dropout"];

const afterReLU = (layer) => layer.activation === "relu" || layer.kind === "relu" || layer.activation === "softmax";

async function load(model) {
  const network = await referred(model, "network");
  const layers = withWeights(network.get("layers"), network.get("arrays"), network.get("weights"));
  const shapes = layers.map((layer) => layer.shape);
  layers.inputs = [network.get("input_shape"), ...shapes];
  const digits = model.get("digits") ? await referred(model, "digits") : null;
  return { layers, digits, shape: network.get("input_shape") };
}

/** The numbers of a digit of the page, from its bytes. */
function digitImage(digits, place) {
  const bytes = digits.get("images");
  const part = new Uint8Array(bytes.buffer, bytes.byteOffset + PIXELS * place, PIXELS);
  return Float32Array.from(part, (value) => value / 255);
}

const nested = (data, [rows, columns, channels]) =>
  Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) =>
      Array.from(data.slice((i * columns + j) * channels, (i * columns + j + 1) * channels)),
    ),
  );

/** The unit that the traits name, kept inside its layer. */
function unitOf(model, layers) {
  const layer = Math.min(model.get("layer"), layers.length - 1);
  const shape = layers[layer].shape;
  const [rows, columns, channels] = shape.length === 3 ? shape : [1, 1, shape[0]];
  const within = (name, most) => Math.min(model.get(name), most - 1);
  return {
    layer,
    rows,
    columns,
    channels,
    channel: within("channel", channels),
    row: within("row", rows),
    column: within("column", columns),
  };
}

/** Say in one sentence how a number came about. */
export function arithmetic(layers, states, unit) {
  const layer = layers[unit.layer];
  const state = states[unit.layer];
  const at = (unit.row * unit.columns + unit.column) * unit.channels + unit.channel;
  const [y, after] = [state.y.data[at], state.after.data[at]];
  const end = layer.activation ? ` ${layer.activation === "relu" ? "ReLU" : layer.activation} makes it ${number(after, 4)}.` : "";
  if (layer.kind === "conv2d" || layer.kind === "dense") {
    const parts = contributions(layer, state, unit);
    const bias = layer.bias ? layer.bias.data[unit.channel] : 0;
    const sum = parts.reduce((total, part) => total + part.value, 0);
    const what = layer.kind === "conv2d" ? `${parts.count} products` : `${parts.count} inputs times their weights`;
    const largest = parts
      .slice()
      .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
      .slice(0, 3)
      .map((part) => `${number(part.x, 2)}×${part.w < 0 ? `(${number(part.w, 2)})` : number(part.w, 2)}`);
    return `${what} sum to ${number(sum, 4)} (the largest: ${largest.join(", ")}); with the bias ${number(bias, 4)} that is ${number(y, 4)}.${end}`;
  }
  if (layer.kind === "max_pool2d") {
    const from = state.winners[at];
    const columns = state.x.shape[1];
    const [i, j] = [Math.floor(from / unit.channels / columns), Math.floor(from / unit.channels) % columns];
    return `The largest of its window is ${number(y, 4)}, from row ${i + 1}, column ${j + 1} of the map before.`;
  }
  if (layer.kind === "avg_pool2d") return `The mean of its window is ${number(y, 4)}.`;
  return `The number is ${number(after, 4)}.`;
}

/** Every product that made a number: {x, w, value}. */
export function contributions(layer, state, unit) {
  const parts = [];
  const [x, w] = [state.x, layer.kernel];
  if (layer.kind === "dense") {
    const units = w.shape[1];
    x.data.forEach((value, i) => parts.push(product(value, w.data[i * units + unit.channel])));
  } else {
    const [kh, kw, depth, filters] = w.shape;
    const lay = windows(x.shape, [kh, kw], layer);
    const group = Math.floor(unit.channel / (filters / (layer.groups ?? 1)));
    for (const [p, i] of lay.rows[unit.row]) {
      for (const [q, j] of lay.columns[unit.column]) {
        for (let c = 0; c < depth; c++) {
          const value = x.data[(i * x.shape[1] + j) * x.shape[2] + group * depth + c];
          parts.push(product(value, w.data[((p * kw + q) * depth + c) * filters + unit.channel]));
        }
      }
    }
  }
  parts.count = parts.length;
  return parts;
}

const product = (x, w) => ({ x, w, value: x * w });

/** The bars of the probabilities: the name, a bar from 0 to 1, the number. */
function bars(labels) {
  const rows = labels.map((label) => {
    const [bar, value] = [element("div", { className: "lk-bar" }), element("span", { className: "lk-p" })];
    const mark = element("span", { className: "lk-mark" });
    const track = element("div", { className: "lk-track", "aria-hidden": "true" }, bar);
    const name = element("span", { className: "lk-class" }, mark, label);
    return { bar, value, mark, root: element("li", {}, name, track, value) };
  });
  const list = element("ol", { "aria-label": "probability of each class" }, rows.map((row) => row.root));
  return {
    root: element("div", { className: "lk-bars" }, list, element("p", {}, "Probabilities. \u2713 marks the label.")),
    show(values, truth) {
      const best = values.indexOf(Math.max(...values));
      rows.forEach((row, k) => {
        row.bar.style.width = `${100 * values[k]}%`;
        row.value.textContent = values[k].toFixed(4);
        row.root.classList.toggle("lk-best", k === best);
        row.mark.textContent = k === truth ? "\u2713 " : "";
        if (k === truth) row.mark.append(element("span", { className: "lk-spoken" }, "the label: "));
      });
    },
  };
}

export default {
  async render({ model, el }) {
    const page = await load(model);
    const { layers, digits, shape } = page;
    const view = frame(el, {
      title: digits ? "What does the network see in your digit?" : "What does the network see?",
      kind: "network",
      tries: digits
        ? [
            "Draw a 7, then cross it with a bar. Watch the probabilities.",
            "Choose a layer and click a number in one of its maps: the amber frame shows the part of the digit that it sees.",
            "Go from the first layer to the last: how much of the digit does one number see?",
          ]
        : ["Choose a layer and click a number in one of its maps: the amber frame shows the part of the image that it sees."],
    });
    let image = Float32Array.from(model.get("image").flat(2));
    let states = [];
    let truth = null;
    let waiting;

    const input = element("canvas", { className: "lk-pixels lk-input", role: "img", "aria-label": "what the network reads" });
    const field = element("div", { className: "lk-field", "aria-hidden": "true" });
    const seen = element("figure", { className: "lk-digit" }, element("div", { className: "lk-over" }, input, field), element("figcaption", {}, "What the network reads"));
    const shown = bars(model.get("labels"));
    view.picture.append(seen, shown.root);
    const strip = layers.map((layer, at) => {
      const canvas = element("canvas", { "aria-hidden": "true" });
      const text = `${layer.name}: ${layer.shape.join("×")}`;
      const root = element(
        "button",
        { type: "button", className: "lk-layer", "aria-label": `enlarge ${text}`, onclick: () => look({ layer: at }) },
        PASSING.includes(layer.kind) ? null : canvas,
        element("span", {}, text),
      );
      return { canvas, root };
    });
    const network = element("div", { className: "lk-strip", role: "group", "aria-label": "the layers" }, strip.map((one) => one.root));
    const large = element("canvas", { className: "lk-large", role: "img" });
    const chosen = element("div", { className: "lk-cell", "aria-hidden": "true" });
    const caption = element("p", { className: "lk-caption" });
    const maps = element("div", { className: "lk-maps" }, element("div", { className: "lk-over" }, large, chosen));
    view.picture.after(network, caption, maps);

    const draw = (next, label) => {
      image = next;
      truth = label;
      compute();
      // Python need not see every point of a stroke, only what the hand stops at.
      clearTimeout(waiting);
      waiting = setTimeout(() => write(model, { image: nested(image, shape) }), 100);
    };

    const compute = () => {
      const x = tensor(shape, image);
      states = forward(layers, x);
      if (shape[2] === 1) paint(input, x, 0, grey, 1);
      else paintColors(input, x);
      const values = Array.from(states.at(-1).after.data);
      shown.show(values, truth);
      strip.forEach(({ canvas }, at) => {
        if (!PASSING.includes(layers[at].kind)) paintLayer(canvas, at);
      });
      enlarge();
      view.say(reading(values) + " " + unitText());
    };

    const paintLayer = (canvas, at) => {
      const map = states[at].after;
      const plain = at + 1 > firstPositive(layers, at);
      paintMosaic(canvas, map, plain ? positive : signed, limitOf(map.data));
    };

    const reading = (values) => {
      const order = values.map((p, k) => [p, k]).sort((a, b) => b[0] - a[0]);
      const names = model.get("labels");
      const [first, second] = order.map(([p, k]) => `${names[k]} with ${p.toFixed(4)}`);
      return `It reads ${first}${second ? `, then ${second}` : ""}.`;
    };

    const unitText = () => {
      const unit = unitOf(model, layers);
      const where = unit.rows * unit.columns > 1 ? `, row ${unit.row + 1}, column ${unit.column + 1}` : "";
      return `${layers[unit.layer].name}, ${where ? "map" : "unit"} ${unit.channel}${where}: ${arithmetic(layers, states, unit)}`;
    };

    const enlarge = () => {
      const unit = unitOf(model, layers);
      const layer = layers[unit.layer];
      paintLayer(large, unit.layer);
      const { across, high, wide } = mosaic(states[unit.layer].after);
      const [w, h] = [large.width, large.height];
      const left = (unit.channel % across) * wide + unit.column;
      const top = Math.floor(unit.channel / across) * high + unit.row;
      box(chosen, left / w, top / h, 1 / w, 1 / h);
      const many = layer.shape.length === 3 ? `${unit.channels} maps of ${unit.rows}×${unit.columns}` : `${unit.channels} units`;
      caption.textContent = `${layer.name}, ${WORDS[layer.kind]}: ${many}. ${afterReLU(layer) ? "White is 0, dark blue is the largest." : ""}`;
      large.setAttribute("aria-label", caption.textContent);
      const isMap = layer.shape.length === 3;
      field.hidden = !isMap;
      if (isMap) {
        const [[top0, bottom], [left0, right]] = receptiveField(layers, unit.layer, unit.row, unit.column);
        const [H, W] = shape;
        box(field, left0 / W, top0 / H, (right - left0 + 1) / W, (bottom - top0 + 1) / H);
      }
      strip.forEach((one, at) => one.root.setAttribute("aria-pressed", String(at === unit.layer)));
      controls.show(unit);
    };

    const look = (values) => {
      write(model, values);
      enlarge();
      view.say(unitText());
    };

    large.addEventListener("pointerdown", (event) => {
      const bounds = large.getBoundingClientRect();
      const unit = unitOf(model, layers);
      const { across, high, wide } = mosaic(states[unit.layer].after);
      const x = Math.floor(((event.clientX - bounds.left) / bounds.width) * large.width);
      const y = Math.floor(((event.clientY - bounds.top) / bounds.height) * large.height);
      const channel = Math.floor(y / high) * across + Math.floor(x / wide);
      const [row, column] = [y % high, x % wide];
      if (channel < unit.channels && row < unit.rows && column < unit.columns) look({ channel, row, column });
    });

    const controls = unitControls(layers, unitOf(model, layers), look);
    if (digits) {
      const pad = drawingPad({
        onImage: (next) => (next ? draw(next, null) : view.complain("Draw a digit first: there is nothing on the pad.")),
        complain: view.complain,
      });
      view.picture.prepend(pad.root);
      const list = digits.get("labels").map((label, at) => [at, `${label}, number ${digits.get("numbers")[at]}`]);
      const which = choice({
        label: "held-out digit",
        options: list,
        value: model.get("digit"),
        onInput: (digit) => {
          pad.clear();
          write(model, { digit });
          draw(digitImage(digits, digit), digits.get("labels")[digit]);
        },
      });
      controls.digit = which;
      view.controls.append(which.root);
      truth = digits.get("labels")[model.get("digit")];
      if (!same(image, digitImage(digits, model.get("digit")))) truth = null;
    }
    view.controls.append(...controls.roots);
    const stop = [
      watch(model, ["image"], () => {
        const next = Float32Array.from(model.get("image").flat(2));
        if (same(next, image)) return;
        image = next;
        truth = null;
        compute();
      }),
      watch(model, ["digit"], () => {
        if (!digits) return;
        controls.digit.set(model.get("digit"));
        image = digitImage(digits, model.get("digit"));
        truth = digits.get("labels")[model.get("digit")];
        compute();
      }),
      watch(model, ["layer", "channel", "row", "column"], () => {
        enlarge();
        view.say(unitText());
      }),
    ];
    compute();
    return () => {
      clearTimeout(waiting);
      stop.forEach((end) => end());
    };
  },
};

const same = (a, b) => a.length === b.length && a.every((value, i) => Math.abs(value - b[i]) < 1e-6);

/** From which layer on nothing is negative any more: maps are then white to blue. */
function firstPositive(layers, last) {
  for (let at = last; at >= 0; at--) {
    if (afterReLU(layers[at])) return at;
    if (layers[at].kind === "conv2d" || layers[at].kind === "dense") return Infinity;
  }
  return Infinity;
}

function paintColors(canvas, x) {
  const [rows, columns, channels] = x.shape;
  [canvas.width, canvas.height] = [columns, rows];
  const context = canvas.getContext("2d");
  const picture = context.createImageData(columns, rows);
  for (let i = 0; i < rows * columns; i++) {
    const parts = [0, 1, 2].map((c) => Math.round(255 * x.data[i * channels + Math.min(c, channels - 1)]));
    picture.data.set([...parts, 255], 4 * i);
  }
  context.putImageData(picture, 0, 0);
}

function box(target, left, top, width, height) {
  const percent = { left, top, width, height };
  for (const [name, value] of Object.entries(percent)) target.style[name] = `${100 * value}%`;
}

/** Layer, map, row and column: the same choice as a click, by keyboard. */
function unitControls(layers, unit, look) {
  const layer = choice({
    label: "layer",
    options: layers.map((one, at) => [at, one.name]),
    value: unit.layer,
    onInput: (at) => look({ layer: at }),
  });
  const one = (label, name) =>
    slider({ label, min: 0, max: 1, value: 0, text: (v) => String(name === "channel" ? v : v + 1), onInput: (v) => look({ [name]: v }) });
  const [channel, row, column] = [one("map", "channel"), one("row", "row"), one("column", "column")];
  return {
    roots: [layer.root, channel.root, row.root, column.root],
    show(next) {
      layer.set(next.layer);
      channel.set(next.channel, { max: next.channels - 1 });
      row.set(next.row, { max: next.rows - 1 });
      column.set(next.column, { max: next.columns - 1 });
      for (const [control, most] of [[channel, next.channels], [row, next.rows], [column, next.columns]]) {
        control.input.disabled = most === 1;
      }
    },
  };
}
