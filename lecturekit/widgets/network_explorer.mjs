import { forward, padAmounts, tensor } from "./cnn.mjs";
import { colorScale } from "./color_scale.mjs";
import { grey, limitOf, paint, positive, signed } from "./colors.mjs";
import { drawingPad } from "./drawing_pad.mjs";
import { choice, element, frame, keepDrawn, slider, watch, write } from "./elements.mjs";
import { mosaic, paintMosaic, putOver } from "./mosaic.mjs";
import { digitImage, digitOptions, load, nested } from "./network_page.mjs";
import { PASSING, arithmetic, neverNegative, oneNumber, share } from "./one_number.mjs";

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
const DIGIT = [28, 28, 1];

/** Which rows and columns of the input one unit sees: [[first, last], [first, last]]. */
function receptiveField(layers, shape, last, row, column) {
  const shapes = [shape, ...layers.map((layer) => layer.shape)];
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
      const length = shapes[at][axis];
      const [before] = padAmounts(length, kernel[axis], stride[axis], padding, gap);
      seen[axis] = [low * stride[axis] - before, high * stride[axis] - before + gap * (kernel[axis] - 1)];
    }
  }
  return seen.map(([low, high], axis) => [Math.max(low, 0), Math.min(high, shapes[0][axis] - 1)]);
}

/** The unit that the traits name, kept inside its layer. */
function unitOf(model, layers) {
  const layer = Math.min(model.get("layer"), layers.length - 1);
  const shape = layers[layer].shape;
  const [rows, columns, channels] = shape.length === 3 ? shape : [1, 1, shape[0]];
  const within = (name, most) => Math.min(model.get(name), most - 1);
  const place = [within("row", rows), within("column", columns), within("channel", channels)];
  return { layer, place, sizes: [rows, columns, channels] };
}

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
  const note = element("p", {});
  return {
    root: element("div", { className: "lk-bars" }, list, note),
    show(values, truth) {
      note.textContent = truth === null ? "Probabilities." : "Probabilities. \u2713 marks the label.";
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

/** The layers as a strip of small pictures: all maps of each. */
function layerStrip(layers, onPick) {
  const entries = layers.map((layer, at) => {
    const canvas = PASSING.includes(layer.kind) ? null : element("canvas", { "aria-hidden": "true" });
    const text = `${layer.name}: ${layer.shape.join("\u00d7")}`;
    const root = element(
      "button",
      {
        type: "button", className: "lk-layer", "aria-label": `enlarge ${text}`, onclick: () => onPick(at),
        "data-lm-suppress-shortcuts": "true",
      },
      canvas,
      element("span", {}, text),
    );
    return { canvas, root };
  });
  return {
    root: element("div", { className: "lk-strip", role: "group", "aria-label": "the layers" }, entries.map((one) => one.root)),
    show(paintInto) {
      entries.forEach(({ canvas }, at) => canvas && paintInto(canvas, at));
    },
    press(pressed) {
      entries.forEach(({ root }, at) => root.setAttribute("aria-pressed", String(at === pressed)));
    },
  };
}

/** One layer's maps, large. Pointing at a number tells `onPoint`, a click `onPick`. */
function enlarged({ onPick, onPoint }) {
  const canvas = element("canvas", { className: "lk-large", role: "img" });
  const cell = element("div", { className: "lk-unit", "aria-hidden": "true" });
  const caption = element("p", { className: "lk-caption" });
  const scale = colorScale();
  let lay = null;
  const placeOf = (event) => {
    const bounds = canvas.getBoundingClientRect();
    return lay.at((event.clientX - bounds.left) / bounds.width, (event.clientY - bounds.top) / bounds.height);
  };
  canvas.addEventListener("pointerdown", (event) => {
    const found = placeOf(event);
    if (found) onPick(found);
  });
  canvas.addEventListener("pointermove", (event) => onPoint(placeOf(event)));
  canvas.addEventListener("pointerleave", () => onPoint(null));
  return {
    root: element("div", { className: "lk-maps" }, element("div", { className: "lk-caption-line" }, caption, scale.root), element("div", { className: "lk-over" }, canvas, cell)),
    show(layer, maps, color) {
      const limit = limitOf(maps.data);
      lay = mosaic(maps);
      paintMosaic(canvas, maps, color, limit);
      scale.show(limit, color);
      const [rows, columns, channels] = layer.shape;
      const many = layer.shape.length === 3 ? `${channels} maps of ${rows}\u00d7${columns}` : `${rows} units, the first in the upper left`;
      caption.textContent = layer.name.startsWith(WORDS[layer.kind]) ? `${layer.name}: ${many}` : `${layer.name}, ${WORDS[layer.kind]}: ${many}`;
      canvas.setAttribute("aria-label", caption.textContent);
    },
    mark: (place) => putOver(cell, lay.box(place)),
  };
}

/** What the network reads, and on it what one unit sees. */
function inputPicture(layers, shape) {
  const [rows, columns, channels] = shape;
  const canvas = element("canvas", { className: "lk-pixels lk-input", role: "img", "aria-label": "what the network reads" });
  const field = element("div", { className: "lk-field", "aria-hidden": "true" });
  const told = element("span", { className: "lk-seen" });
  const caption = element("figcaption", {}, "What the network reads. ", told);
  return {
    root: element("figure", { className: "lk-digit" }, element("div", { className: "lk-over" }, canvas, field), caption),
    show(image) {
      if (channels === 1) paint(canvas, image, 0, grey, 1);
      else paintColors(canvas, image);
    },
    mark([layer, row, column]) {
      // Beyond the maps every unit sees all of the image.
      const whole = layers[layer].shape.length !== 3;
      const [[top, bottom], [left, right]] = whole ? [[0, rows - 1], [0, columns - 1]] : receptiveField(layers, shape, layer, row, column);
      putOver(field, [left / columns, top / rows, (right - left + 1) / columns, (bottom - top + 1) / rows]);
      told.textContent = `The unit sees rows ${top} to ${bottom}, columns ${left} to ${right}.`;
    },
  };
}

export default {
  async render({ model, el }) {
    const { layers, digits, shape } = await load(model);
    const view = frame(el, {
      title: digits ? "What does the network see in your digit?" : "What does the network see?",
      kind: "network",
      tries: digits
        ? [
            "Draw a 7, then cross it with a bar. Watch the probabilities.",
            "Choose a layer and point at its maps: the amber frame shows the part of the digit that each number sees.",
            "Click a number of conv2d_2: below stand the 225 products that made it.",
          ]
        : ["Choose a layer and click a number in one of its maps: the amber frame shows the part of the image that it sees."],
    });
    let image = Float32Array.from(model.get("image").flat(2));
    let [states, drawings] = [[], null];

    const input = inputPicture(layers, shape);
    const probabilities = bars(model.get("labels"));
    const strip = layerStrip(layers, (layer) => write(model, { layer }));
    const maps = enlarged({
      onPick: ([row, column, channel]) => write(model, { row, column, channel }),
      onPoint: (place) => mark(place ?? unitOf(model, layers).place),
    });
    const made = oneNumber();
    const controls = unitControls(layers, (values) => write(model, values));
    view.picture.append(input.root, probabilities.root);
    view.picture.after(strip.root, maps.root, made.root);

    // A digit of the page has a label. What one draws has none.
    const truth = () => {
      const digit = model.get("digit");
      return digits && alike(image, digitImage(digits, digit, shape).data) ? digits.get("labels")[digit] : null;
    };
    const colorOf = (at) => (neverNegative(layers, at) ? positive : signed);
    const mark = (place) => {
      maps.mark(place);
      input.mark([unitOf(model, layers).layer, ...place]);
    };
    const showUnit = () => {
      const unit = unitOf(model, layers);
      maps.show(layers[unit.layer], states[unit.layer].after, colorOf(unit.layer));
      made.show(layers, states, [unit.layer, ...unit.place]);
      strip.press(unit.layer);
      controls.show(unit);
      mark(unit.place);
      const [row, column, channel] = unit.place;
      const layer = layers[unit.layer];
      const which = layer.shape.length === 3 ? `map ${channel}, row ${row}, column ${column}` : `unit ${channel}`;
      return `${layer.name}, ${which}: ${arithmetic(layers, states, [unit.layer, ...unit.place])}`;
    };
    const compute = () => {
      const x = tensor(shape, image);
      states = forward(layers, x);
      input.show(x);
      const values = Array.from(states.at(-1).after.data);
      probabilities.show(values, truth());
      drawings?.follow(image);
      strip.show((canvas, at) => paintMosaic(canvas, states[at].after, colorOf(at), limitOf(states[at].after.data)));
      view.say(`${reading(values, model.get("labels"))} ${showUnit()}`);
    };
    const draw = () => (states.length ? view.say(showUnit()) : compute());
    const kept = keepDrawn(model, ["layer", "row", "column", "channel"], view.root, draw, 0);
    const ends = [kept.end];

    const read = (next) => {
      image = next;
      compute();
    };
    const fromElsewhere = (accept) =>
      watch(model, ["image"], () => {
        const next = Float32Array.from(model.get("image").flat(2));
        if (!alike(next, image)) accept(next);
      });
    if (digits) {
      drawings = digitControls(model, digits, view, read);
      drawings.follow(image);
    }
    ends.push(fromElsewhere(drawings ? drawings.show : read), () => drawings?.end());
    view.controls.append(...controls.roots);
    return () => ends.forEach((end) => end());
  },
};

const [DRAWING, OTHER] = ["your drawing", "another image"];

/**
 * The pad and the list of digits. Both call `read` with the image that the network is to read;
 * `follow` tells the list what is read now.
 */
function digitControls(model, digits, view, read) {
  let waiting;
  const save = (image) => write(model, { image: nested(tensor(DIGIT, image)) });
  const pad = drawingPad({
    onImage: (next) => {
      read(next);
      // Python need not see every point of a stroke, only what the hand stops at.
      clearTimeout(waiting);
      waiting = setTimeout(() => save(next), 100);
    },
    complain: view.complain,
  });
  const show = (image) => {
    clearTimeout(waiting);
    read(image);
  };
  const chosen = (digit) => {
    const image = digitImage(digits, digit, DIGIT).data;
    if (model.get("digit") === digit) show(image);
    write(model, { digit, image: nested(tensor(DIGIT, image)) });
  };
  const options = digitOptions(digits).map(([place, text]) => [place, `held-out ${text}`]);
  const which = choice({
    label: "image",
    options,
    value: model.get("digit"),
    onInput: (value) => {
      if (value === DRAWING) {
        show(pad.image());
        save(pad.image());
      } else if (value !== OTHER) chosen(value);
    },
  });
  let listed = "";
  const follow = (image) => {
    const mine = pad.image();
    const drawing = mine && alike(mine, image);
    const known = alike(image, digitImage(digits, model.get("digit"), DIGIT).data);
    const extra = [mine ? DRAWING : null, known || drawing ? null : OTHER].filter(Boolean);
    // A list that somebody may have opened is filled anew only if it must be.
    if (extra.join() !== listed) which.fill([...options, ...extra.map((name) => [name, name])]);
    listed = extra.join();
    which.set(drawing ? DRAWING : known ? model.get("digit") : OTHER);
  };
  const unwatch = watch(model, ["digit"], () => show(digitImage(digits, model.get("digit"), DIGIT).data));
  view.picture.prepend(pad.root);
  view.controls.append(which.root);
  return {
    show,
    follow,
    end: () => {
      clearTimeout(waiting);
      unwatch();
    },
  };
}

function reading(values, names) {
  const order = values.map((p, k) => [p, k]).sort(([a], [b]) => b - a);
  const [first, second] = order.map(([p, k]) => `${names[k]} with ${share(p)}`);
  return `It reads ${first}${order[1]?.[0] >= 5e-5 ? `, then ${second}` : ""}.`;
}

const alike = (a, b) => a.length === b.length && a.every((value, i) => Math.abs(value - b[i]) < 1e-6);

function paintColors(canvas, x) {
  const [rows, columns, channels] = x.shape;
  [canvas.width, canvas.height] = [columns, rows];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const picture = context.createImageData(columns, rows);
  for (let i = 0; i < rows * columns; i++) {
    const parts = [0, 1, 2].map((c) => Math.round(255 * x.data[i * channels + Math.min(c, channels - 1)]));
    picture.data.set([...parts, 255], 4 * i);
  }
  context.putImageData(picture, 0, 0);
}

/** Layer, map, row and column: the same choice as a click, by keyboard. */
function unitControls(layers, look) {
  const layer = choice({
    label: "layer",
    options: layers.map((one, at) => [at, one.name]),
    value: 0,
    onInput: (at) => look({ layer: at }),
  });
  const along = [["row", "row"], ["column", "column"], ["map", "channel"]].map(([label, name]) =>
    slider({ label, min: 0, max: 1, value: 0, text: String, onInput: (value) => look({ [name]: value }) }),
  );
  const [row, column, map] = along;
  return {
    roots: [layer, map, row, column].map((control) => control.root),
    show({ layer: at, place, sizes }) {
      layer.set(at);
      along.forEach((control, axis) => {
        control.set(place[axis], { max: sizes[axis] - 1 });
        control.input.disabled = sizes[axis] === 1;
      });
    },
  };
}
