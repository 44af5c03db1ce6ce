// A convolution as a fully connected layer: pixels and neurons joined by lines, and the same as a matrix.

import { button, element, frame, freshId, keepDrawn, number, setText, slider, write } from "./elements.mjs";
import { css, grey, ink, limitOf, signed } from "./colors.mjs";
import { steady } from "./steady.mjs";

const STATE = ["image", "kernel", "stage", "neuron", "weight"];
const NARROW = 648;
const BESIDE = 32; // what the frame leaves free at both sides
const STAGES = ["dense", "sparse", "shared"];
const GREY = "#6b7280";
const INK = "#1f2933";
// The colors that the book's figures give the nine shared weights.
const WEIGHT_COLORS = ["#332288", "#88CCEE", "#44AA99", "#117733", "#999933", "#DDCC77", "#CC6677", "#882255", "#AA4499"];
const MINUS = "\u2212";
const TIMES = "\u00d7";
const MOVES = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 };
const TRIES = [
  "Before you switch: how many lines go into one neuron, and how many different weights are there in all?",
  "In \u201csparse\u201d, go from neuron 1 to 2. Where do its pixels go? And from 4 to 5, where does the window jump?",
  "In \u201cshared\u201d, click a weight of the filter. On how many lines is it, and where in the matrix?",
];

const span = (n) => Array.from({ length: n }, (_, i) => i);
const sub = (n) => String(n).replace(/\d/g, (digit) => String.fromCharCode(0x2080 + Number(digit)));
const wrapped = (value) => (value < 0 ? `(${number(value)})` : number(value));
const channelsOf = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const inkOn = (hex) => ink(channelsOf(hex));
/** A line in the color of a weight, mixed with that of the text: seen on light and on dark grounds. */
const lineOf = (hex) => ({ stroke: hex, style: `stroke: color-mix(in srgb, ${hex} 65%, var(--lk-text))` });

function drawn(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.flat());
  return made;
}

/** The layer: which pixel is joined to which neuron, and by which weight. All are counted from 0. */
function layerOf({ image, kernel }) {
  const [height, width] = [image.length, image[0].length];
  const [kh, kw] = [kernel.length, kernel[0].length];
  const [rows, columns] = [height - kh + 1, width - kw + 1];
  const lines = span(rows * columns).flatMap((neuron) =>
    span(kh * kw).map((weight) => {
      const i = Math.floor(neuron / columns) + Math.floor(weight / kw);
      const j = (neuron % columns) + (weight % kw);
      return { neuron, weight, pixel: i * width + j };
    }),
  );
  const [pixels, weights] = [image.flat(), kernel.flat()];
  const into = (neuron) => lines.slice(neuron * kh * kw, (neuron + 1) * kh * kw);
  const output = span(rows * columns).map((neuron) =>
    into(neuron).reduce((sum, { pixel, weight }) => sum + pixels[pixel] * weights[weight], 0));
  return { height, width, kh, kw, rows, columns, pixels, weights, lines, into, output, neurons: rows * columns };
}

/** The lines that carry a shared weight. */
const carriersOf = ({ lines }, weight) => lines.filter((line) => line.weight === weight);

const countsOf = ({ pixels, neurons, lines, weights }) =>
  ({ dense: pixels.length * neurons, sparse: lines.length, shared: weights.length });

/** The sum of one neuron. A weight that the network may still choose has a name and no value. */
function sumText(layer, stage, neuron) {
  const { pixels, weights } = layer;
  const who = `Neuron ${neuron + 1} sees`;
  const open = (pixel) => `w${sub(pixel + 1)},${sub(neuron + 1)}${TIMES}${wrapped(pixels[pixel])}`;
  if (stage === "dense") {
    const last = pixels.length - 1;
    const told = last < 4 ? span(last + 1).map(open).join(" + ") : `${span(3).map(open).join(" + ")} + \u2026 + ${open(last)}`;
    return `${who} all ${pixels.length} pixels: ${told}. It has ${pixels.length} weights of its own. The network may choose any numbers for them.`;
  }
  const lines = layer.into(neuron);
  const seen = `${who} the pixels ${lines.map(({ pixel }) => pixel + 1).join(", ")}:`;
  if (stage === "sparse") {
    const gone = pixels.length - lines.length;
    return `${seen} ${lines.map(({ pixel }) => open(pixel)).join(" + ")}. Its ${lines.length} weights are its own; the other ${gone} are 0.`;
  }
  const products = lines.map(({ pixel, weight }) => `${wrapped(pixels[pixel])}${TIMES}${wrapped(weights[weight])}`);
  return `${seen} ${products.join(" + ")} = ${number(Math.round(layer.output[neuron] * 1e9) / 1e9)}`;
}

/** What one shared weight does. A sum that multiplies it by 0 does not notice. */
function weightText(layer, weight) {
  const { pixels, weights, neurons } = layer;
  const changed = carriersOf(layer, weight).filter(({ pixel }) => pixels[pixel] !== 0).length;
  const lines = neurons === 1 ? "1 line carries it, into the only neuron" : `${neurons} lines carry it, one into each neuron`;
  const some = changed === 0 ? `none of the ${neurons}` : changed === neurons ? `all ${neurons}` : `${changed} of the ${neurons}`;
  return `Weight ${weight + 1} of the filter is ${number(weights[weight])}. ${lines}. A change of it changes the sums where the pixel on its line is not 0: here ${some}.`;
}

/** All that may be said: the page keeps place for it. */
const allTexts = (layer) => [
  ...span(layer.neurons).flatMap((neuron) => STAGES.map((stage) => sumText(layer, stage, neuron))),
  ...layer.weights.map((_, weight) => weightText(layer, weight)),
];

/**
 * Where things stand. Rows of the matrix are as high as the inputs, so that they stand side by side;
 * where the page is narrow the matrix stands alone, as wide as the room.
 */
function placesOf({ pixels, neurons }, narrow, room) {
  const pitch = Math.min(Math.max(504 / pixels.length, 11), 24);
  const height = pitch * pixels.length;
  const radius = Math.min(12, height / neurons / 2 - 0.5);
  const right = narrow ? Math.min(268, room - radius - 18) : 228;
  const cell = [narrow ? Math.min(24, room / neurons) : Math.min(pitch, 13, 208 / neurons), pitch];
  return {
    pitch, height, radius, left: 29, wide: 18, right, cell, width: right + radius + 18,
    pixelAt: (pixel) => (pixel + 0.5) * pitch,
    neuronAt: (neuron) => ((neuron + 0.5) * height) / neurons,
  };
}

/** Amber between two dark lines, around a box and outside of it, so that it hides no number. */
const outline = ({ x, y, width, height }, out = 1.5) =>
  ["lk-dark", "lk-amber"].map((name) =>
    drawn("rect", { class: name, x: x - out, y: y - out, width: width + 2 * out, height: height + 2 * out }));

/** The ends of lines, and paths through them. */
function linesOf(layer, places, stage) {
  const [from, to] = [places.left + places.wide / 2, places.right - places.radius];
  const full = () => span(layer.neurons).flatMap((neuron) => span(layer.pixels.length).map((pixel) => ({ pixel, neuron })));
  const ends = ({ pixel, neuron }) => [from, places.pixelAt(pixel), to, places.neuronAt(neuron)];
  const path = (lines) => lines.map(ends).map(([x1, y1, x2, y2]) => `M${x1} ${y1}L${x2} ${y2}`).join("");
  return { all: stage === "dense" ? full() : layer.lines, ends, path };
}

/** All lines, faint. */
function drawLines(layer, places, { stage }) {
  const { all, path } = linesOf(layer, places, stage);
  if (stage !== "shared") return [drawn("path", { d: path(all), class: "lk-thin", "stroke-width": 0.7, opacity: stage === "dense" ? 0.16 : 0.4 })];
  return layer.weights.map((_, k) =>
    drawn("path", { d: path(all.filter(({ weight }) => weight === k)), ...lineOf(WEIGHT_COLORS[k]), "stroke-width": 0.9, opacity: 0.35 }));
}

/** The lines that are looked at: into one neuron, or those that carry one weight. */
function drawLooked(layer, places, { stage, neuron, weight }) {
  const { all, ends, path } = linesOf(layer, places, stage);
  const one = weight ? (line) => line.weight === weight - 1 : (line) => line.neuron === neuron;
  const looked = all.filter(one);
  if (stage !== "shared") {
    return [drawn("path", { d: path(looked), "stroke-width": stage === "dense" ? 1.1 : 1.8, class: "lk-looked" })];
  }
  const strong = looked.map((line) => drawn("path", { d: path([line]), ...lineOf(WEIGHT_COLORS[line.weight]), "stroke-width": 2.4, class: "lk-looked" }));
  return [...strong, ...looked.map((line) => lineLabel(line, ends(line), Boolean(weight), places.pitch))];
}

/** The number of a weight, on its line: near the pixel, or near the neuron where lines of one weight fan out. */
function lineLabel({ weight }, [x1, y1, x2, y2], fanned, pitch) {
  const t = fanned ? 0.86 : 0.13;
  const [x, y] = [x1 + (x2 - x1) * t, y1 + (y2 - y1) * t];
  const text = drawn("text", { x, y: y + 3.8, "text-anchor": "middle", style: `fill: ${inkOn(WEIGHT_COLORS[weight])}` }, String(weight + 1));
  return drawn("g", { class: "lk-label" }, drawn("circle", { cx: x, cy: y, r: Math.min(6.5, pitch / 2 + 1), fill: WEIGHT_COLORS[weight] }), text);
}

const boxOf = ({ left, wide, pitch, pixelAt }, pixel) => {
  const height = Math.min(pitch - 3, 14);
  return { x: left - wide / 2, y: pixelAt(pixel) - height / 2, width: wide, height };
};
const countOf = ({ left, wide, pixelAt }, pixel) =>
  drawn("text", { x: left - wide / 2 - 4, y: pixelAt(pixel) + 3.8, "text-anchor": "end" }, String(pixel + 1));
/** Where rows are low, only some pixels carry their number all the time. */
const isCounted = ({ width }, { pitch }, pixel) => pitch >= 13 || pixel % width === 0;

function drawInputs(layer, places) {
  const limit = Math.max(1, limitOf(layer.pixels));
  return layer.pixels.flatMap((value, pixel) => {
    const box = boxOf(places, pixel);
    const text = number(value, 1).replace(/^(\u2212?)0\./, "$1.");
    const fits = text.length <= 2 && box.height >= 10;
    const middle = { x: places.left, y: places.pixelAt(pixel) + 3.8, "text-anchor": "middle" };
    return [
      drawn("rect", { ...box, fill: css(grey(value, limit)), stroke: GREY, "stroke-width": 0.7 }),
      drawn("text", { ...middle, style: `fill: ${ink(grey(value, limit))}` }, fits ? text : ""),
      ...(isCounted(layer, places, pixel) ? [countOf(places, pixel)] : []),
    ];
  });
}

const drawSeen = (layer, places, seen) =>
  seen.flatMap((pixel) => [...outline(boxOf(places, pixel), 0.75), ...(isCounted(layer, places, pixel) ? [] : [countOf(places, pixel)])]);

/** The matrix: a row for each pixel, a column for each neuron, and nothing where there is no line. */
function drawMatrix(layer, { cell: [across, down] }, { stage, weight }) {
  const [rows, columns] = [layer.pixels.length, layer.neurons];
  const [width, height] = [columns * across, rows * down];
  const at = (line) => ({ x: line.neuron * across, y: line.pixel * down, width: across, height: down });
  const cells = stage === "dense"
    ? [drawn("rect", { width, height, fill: "#9ca3af" })]
    : layer.lines.flatMap((line) => {
        const color = stage === "sparse" ? "#9ca3af" : WEIGHT_COLORS[line.weight];
        const dimmed = stage === "shared" && weight && line.weight !== weight - 1;
        const box = drawn("rect", { ...at(line), fill: color, opacity: dimmed ? 0.25 : 1 });
        const told = stage === "shared" && !dimmed && across >= 11 && down >= 13;
        const middle = { x: (line.neuron + 0.5) * across, y: (line.pixel + 0.5) * down + 3.8, "text-anchor": "middle" };
        return told ? [box, drawn("text", { ...middle, style: `fill: ${inkOn(color)}` }, String(line.weight + 1))] : [box];
      });
  const grid = span(columns + 1).map((j) => `M${j * across} 0V${height}`).join("") + span(rows + 1).map((i) => `M0 ${i * down}H${width}`).join("");
  return [...cells, drawn("path", { d: grid, class: "lk-lattice", "stroke-width": 0.7 })];
}

/** The column of the neuron, unless a weight is looked at, and a tick at the row of each pixel that is seen. */
function drawColumn(layer, { cell: [across, down] }, { neuron, weight }, seen) {
  const ticks = seen.map((pixel) => `M-3.5 ${pixel * down + 1}V${(pixel + 1) * down - 1}`).join("");
  return [
    drawn("path", { d: ticks, stroke: INK, "stroke-width": 4.5 }), drawn("path", { d: ticks, stroke: "#e69f00", "stroke-width": 2 }),
    ...(weight ? [] : outline({ x: neuron * across, y: 0, width: across, height: layer.pixels.length * down })),
  ];
}

const cellOf = ({ height, width }) => Math.min(20, 120 / Math.max(height, width));

/** The image with its pixels counted. */
function drawImage(layer) {
  const cell = cellOf(layer);
  const limit = Math.max(1, limitOf(layer.pixels));
  return layer.pixels.flatMap((value, pixel) => {
    const [x, y] = [(pixel % layer.width) * cell, Math.floor(pixel / layer.width) * cell];
    const shade = grey(value, limit);
    return [
      drawn("rect", { x, y, width: cell, height: cell, fill: css(shade), stroke: GREY, "stroke-width": 0.7 }),
      drawn("text", { x: x + cell / 2, y: y + cell / 2 + 3.8, "text-anchor": "middle", style: `fill: ${ink(shade)}` }, String(pixel + 1)),
    ];
  });
}

/** The part of the image that the neuron sees, or that the weight meets on its way. */
function drawWindow(layer, { stage, neuron, weight }) {
  const cell = cellOf(layer);
  const { height, width, kh, kw, columns } = layer;
  const way = () => [Math.floor((weight - 1) / kw), (weight - 1) % kw, layer.rows, columns];
  const window = () => [Math.floor(neuron / columns), neuron % columns, kh, kw];
  const [row, column, rows, across] = stage === "dense" ? [0, 0, height, width] : weight ? way() : window();
  return outline({ x: column * cell, y: row * cell, width: across * cell, height: rows * cell });
}

const caption = (text = "") => element("div", { className: "lk-caption" }, text);

/** A picture with marks on it. It is drawn anew only if its key changes: neurons change quickly. */
function layered() {
  const [ground, marks] = [drawn("g"), drawn("g")];
  const svg = drawn("svg", { role: "img" }, ground, marks);
  let known = null;
  return {
    svg,
    show(label, [width, height], key, drawGround, marked) {
      if (key !== known) {
        ground.replaceChildren(...drawGround());
        svg.setAttribute("width", width);
        svg.setAttribute("height", height);
      }
      known = key;
      svg.setAttribute("aria-label", label);
      marks.replaceChildren(...marked);
    },
  };
}

/** The three stages, with the number of weights that each needs. */
function makeStages(onStage) {
  const group = freshId("stage");
  const entries = STAGES.map((stage) => {
    const radio = element("input", { type: "radio", name: group, "data-lm-suppress-shortcuts": "true", onchange: () => onStage(stage) });
    const text = element("span", {});
    return { stage, radio, text, root: element("label", {}, radio, text) };
  });
  return {
    root: element("div", { className: "lk-stages", role: "radiogroup", "aria-label": "weights" }, element("span", { "aria-hidden": "true" }, "weights:"), entries.map(({ root }) => root)),
    show(layer, current) {
      const counts = countsOf(layer);
      const [n, m, k] = [layer.pixels.length, layer.neurons, layer.weights.length];
      const sums = { dense: `${n}${TIMES}${m} = `, sparse: `${m}${TIMES}${k} = `, shared: "" };
      for (const { stage, radio, text } of entries) {
        radio.checked = stage === current;
        setText(text, `${stage}, ${sums[stage]}${counts[stage]}`);
      }
    },
  };
}

/** Pixels, lines and neurons. One neuron has the focus; the arrow keys take it along. */
function makeNet(onNeuron) {
  const drawing = layered();
  const group = element("div", { role: "radiogroup", "aria-label": "neuron" });
  let neurons = [];
  group.addEventListener("keydown", (event) => {
    const at = neurons.indexOf(event.target);
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = { Home: 0, End: neurons.length - 1 }[event.key] ?? (event.key in MOVES ? at + MOVES[event.key] : NaN);
    if (!Number.isInteger(to)) return;
    event.preventDefault();
    neurons[(to + neurons.length) % neurons.length].focus(); // which chooses it
  });
  const choose = (event) => {
    const at = neurons.indexOf(event.target);
    if (at >= 0) onNeuron(at);
  };
  for (const kind of ["focusin", "click"]) group.addEventListener(kind, choose);
  // A mouse that passes chooses, too; not "pointerover", which also comes when the page moves under it.
  group.addEventListener("pointermove", (event) => event.pointerType === "mouse" && choose(event));
  const title = caption();
  return {
    root: element("div", {}, title, element("div", { className: "lk-net" }, drawing.svg, group)),
    show(layer, places, state, seen, key) {
      const { stage, neuron, weight } = state;
      const lines = countsOf(layer)[stage === "dense" ? "dense" : "sparse"];
      setText(title, `${layer.pixels.length} pixels, ${lines} lines, ${layer.neurons} neurons`);
      const names = () => span(layer.neurons).map((n) =>
        drawn("text", { x: places.right + places.radius + 4, y: places.neuronAt(n) + 3.8 }, places.radius >= 6 ? String(n + 1) : ""));
      drawing.show(
        `${layer.pixels.length} pixels on the left, ${layer.neurons} neurons on the right, ${lines} lines between them`,
        [places.width, places.height], key,
        () => [...drawLines(layer, places, state), ...drawInputs(layer, places), ...names()],
        [...drawLooked(layer, places, state), ...drawSeen(layer, places, seen)],
      );
      if (neurons.length !== layer.neurons) {
        neurons = span(layer.neurons).map(() => element("button", { type: "button", role: "radio", className: "lk-neuron", "data-lm-suppress-shortcuts": "true" }));
        group.replaceChildren(...neurons);
      }
      const limit = limitOf(layer.output);
      const looks = `${key} ${places.right}`;
      const checked = weight ? -1 : neuron;
      neurons.forEach((node, n) => {
        node.setAttribute("aria-checked", n === checked);
        node.tabIndex = n === neuron ? 0 : -1;
        if (n === neuron && node !== document.activeElement && group.contains(node.getRootNode().activeElement)) node.focus();
        if (node.looks === looks) return;
        node.looks = looks;
        const known = stage === "shared";
        const value = number(Math.round(layer.output[n] * 1e9) / 1e9);
        const shade = signed(layer.output[n], limit);
        // A number that does not fit is told by its color, and by the sum.
        const short = value.length <= (places.radius > 10 ? 3 : 2) ? value : "";
        setText(node, places.radius < 8 ? "" : known ? short : "?");
        Object.assign(node.style, {
          left: `${places.right - places.radius}px`, top: `${places.neuronAt(n) - places.radius}px`,
          width: `${2 * places.radius}px`, height: `${2 * places.radius}px`,
          backgroundColor: known ? css(shade) : "", color: known ? ink(shade) : "",
        });
        node.style.setProperty("--lk-slack", `${places.radius - places.height / layer.neurons / 2}px`);
        node.setAttribute("aria-label", `neuron ${n + 1}${known ? `: ${value}` : ""}`);
      });
    },
  };
}

function makeMatrix(onNeuron) {
  const drawing = layered();
  const { svg } = drawing;
  let columns = 1;
  const choose = (event) => {
    const bounds = svg.getBoundingClientRect();
    const column = Math.floor(((event.clientX - bounds.left) / bounds.width) * columns);
    onNeuron(Math.min(Math.max(column, 0), columns - 1));
  };
  svg.addEventListener("click", choose);
  svg.addEventListener("pointermove", (event) => event.pointerType === "mouse" && choose(event));
  const title = caption();
  return {
    root: element("div", { className: "lk-matrix" }, title, svg),
    show(layer, places, state, seen, key) {
      columns = layer.neurons;
      const { stage, neuron, weight } = state;
      const marked = weight ? `those of weight ${weight} stand out` : `column ${neuron + 1} is marked`;
      const [rows, filled] = [layer.pixels.length, countsOf(layer)[stage === "dense" ? "dense" : "sparse"]];
      const shared = stage === "shared" ? `, with only ${layer.weights.length} different weights` : "";
      setText(title, `matrix, ${rows}${TIMES}${columns}`);
      drawing.show(
        `matrix with a row for each of ${rows} pixels and a column for each of ${columns} neurons; ${filled} of ${rows * columns} cells are filled${shared}; ${marked}`,
        [columns * places.cell[0], rows * places.cell[1]], `${key} ${weight}`,
        () => drawMatrix(layer, places, state), drawColumn(layer, places, state, seen),
      );
    },
  };
}

/** The image with the neuron's pixels, and the filter whose weights are shared. */
function makeSide(onWeight) {
  const drawing = layered();
  const titles = [caption(), caption()];
  const filter = element("div", { className: "lk-filter", role: "group", "aria-label": "weights of the filter" });
  const none = element("div", { className: "lk-none" });
  const notes = [
    "The number of each weight, and below it its value. Click one to see its lines.",
    `Each line has a weight of its own: w${sub(3)},${sub(1)} goes from pixel 3 to neuron 1. The network may choose any number for it.`,
  ].map((text) => element("p", { className: "lk-note" }, text));
  let made = "";
  function build({ kw, weights }) {
    filter.style.gridTemplateColumns = `repeat(${kw}, max-content)`;
    filter.replaceChildren(...weights.map((value, k) =>
      button("", () => onWeight(k), {
        className: "lk-weight", "aria-label": `weight ${k + 1}: ${number(value)}`,
        style: { backgroundColor: WEIGHT_COLORS[k], color: inkOn(WEIGHT_COLORS[k]) },
      })));
    [...filter.children].forEach((node, k) => node.append(element("b", {}, String(k + 1)), element("span", {}, number(weights[k]))));
  }
  return {
    root: element("div", { className: "lk-side" },
      element("div", {}, titles[0], drawing.svg),
      element("div", {}, titles[1], element("div", { className: "lk-stack" }, filter, none)),
      element("div", { className: "lk-stack lk-notes" }, notes)),
    show(layer, state, key) {
      setText(titles[0], `image, ${layer.height}${TIMES}${layer.width}`);
      drawing.show(
        `image, its pixels counted from 1 to ${layer.pixels.length}; those that ${state.weight ? `weight ${state.weight} meets` : "the neuron sees"} are outlined`,
        [layer.width, layer.height].map((n) => n * cellOf(layer)), key, () => drawImage(layer), drawWindow(layer, state),
      );
      const wanted = [layer.kw, ...layer.weights].join();
      if (wanted !== made) build(layer);
      made = wanted;
      const shared = state.stage === "shared";
      setText(titles[1], shared ? `filter, ${layer.kh}${TIMES}${layer.kw}` : "no filter yet");
      for (const node of [filter, notes[0]]) node.classList.toggle("lk-off", !shared);
      for (const node of [none, notes[1]]) node.classList.toggle("lk-off", shared);
      [...filter.children].forEach((node, k) => node.setAttribute("aria-pressed", state.weight === k + 1));
    },
  };
}

function render({ model, el }) {
  const page = frame(el, { title: "How many weights does a convolution need?", kind: "connected", tries: TRIES });
  const keepPlace = steady(page.root.querySelector(".lk-line"), "0.75rem 0 0.5rem");
  let [narrow, room, count, told] = [false, 0, 1, ""];
  /** A weight is looked at only where weights are shared. */
  const read = () => {
    const state = Object.fromEntries(STATE.map((name) => [name, model.get(name)]));
    return { ...state, weight: state.stage === "shared" ? state.weight : 0 };
  };
  const change = (changed) => {
    const state = read();
    if (Object.entries(changed).every(([name, value]) => state[name] === value)) return;
    write(model, changed);
    picture.soon();
  };
  const onNeuron = (neuron) => change({ neuron, weight: 0 });
  const stages = makeStages((stage) => change({ stage, weight: 0 }));
  const net = makeNet(onNeuron);
  const matrix = makeMatrix(onNeuron);
  const side = makeSide((k) => change({ weight: read().weight === k + 1 ? 0 : k + 1 }));
  const rest = element("div", { className: "lk-rest" }, matrix.root, side.root);
  const place = slider({
    label: "neuron", min: 1, max: 16, value: 1, text: (v) => `${v} of ${count}`,
    onInput: (value) => onNeuron(value - 1),
  });
  page.picture.before(stages.root);
  page.picture.append(net.root, rest);
  page.controls.append(place.root, button("Reset", () => {
    write(model, model.get("start"));
    picture.soon();
  }));

  /** On a phone the sum and the slider stand below the lines, and the matrix below them. */
  function arrange(width) {
    room = Math.max(width - BESIDE, 200);
    const now = width < NARROW;
    if (now === narrow) return;
    narrow = now;
    page.root.classList.toggle("lk-narrow", narrow);
    rest.prepend(narrow ? side.root : matrix.root); // the filter stays near its lines
    if (narrow) page.controls.after(rest);
    else page.picture.append(rest);
  }

  function draw(width) {
    arrange(width);
    const state = read();
    const layer = layerOf(state);
    const places = placesOf(layer, narrow, room);
    const seen = state.stage === "dense" ? span(layer.pixels.length)
      : (state.weight ? carriersOf(layer, state.weight - 1) : layer.into(state.neuron)).map(({ pixel }) => pixel);
    const key = JSON.stringify([state.stage, state.image, state.kernel, narrow, narrow && room]);
    stages.show(layer, state.stage);
    net.show(layer, places, state, seen, key);
    matrix.show(layer, places, state, seen, key);
    side.show(layer, state, key);
    count = layer.neurons;
    place.set(state.neuron + 1, { max: count });
    const numbers = JSON.stringify([state.image, state.kernel]);
    if (numbers !== told) keepPlace(allTexts(layer));
    told = numbers;
    page.say(state.weight ? weightText(layer, state.weight - 1) : sumText(layer, state.stage, state.neuron));
  }

  const picture = keepDrawn(model, STATE, page.root, draw, NARROW);
  return picture.end;
}

export default { render };
