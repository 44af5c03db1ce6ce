// How one number of a layer was made: what it reads, the weights, the products, in words and cells.

import { tensor, windows } from "./cnn.mjs";
import { PADDING, grey, limitOf, positive, signed } from "./colors.mjs";
import { element, number, slider } from "./elements.mjs";
import { mosaic, paintMosaic, putOver } from "./mosaic.mjs";
import { numberGrid } from "./number_grid.mjs";

// Pixels of the page: a mosaic, a cell, and the most that a grid of numbers takes.
const [MOSAIC, CELL, GRID] = [133, 44, 180];
const SQUARE = 1;
/** Layers that hand on the numbers of the layer before as they are. */
export const PASSING = ["flatten", "dropout"];
const NEVER_NEGATIVE = ["relu", "softmax"];

/** Can no number be negative behind the layer at `last`? -1 stands for the image. */
export function neverNegative(layers, last) {
  for (let at = last; at >= 0; at--) {
    if (NEVER_NEGATIVE.includes(layers[at].activation) || NEVER_NEGATIVE.includes(layers[at].kind)) return true;
    if (layers[at].kernel) return false;
  }
  return true;
}

/** The colors of what goes into a layer, or with `at + 1` of what comes out of it. */
const inputColor = (layers, at) => (at === 0 ? grey : neverNegative(layers, at - 1) ? positive : signed);

/**
 * What is multiplied with what: {read, weights, products}, each as deep as the input, NaN where the
 * window stands on padding. Pooling only reads: {read, winner}, the winner's [row, column] in it.
 */
export function ingredients(layers, states, [at, row, column, channel]) {
  const [layer, { x, winners, after }] = [layers[at], states[at]];
  if (layer.kind === "dense") {
    const units = layer.kernel.shape[1];
    const read = tensor(shapeBefore(layers, states, at), x.data);
    return multiplied(read, tensor(read.shape, x.data.map((_, i) => layer.kernel.data[i * units + channel])));
  }
  if (layer.kind === "conv2d") {
    const [kh, kw, depth, filters] = layer.kernel.shape;
    const group = Math.floor(channel / (filters / (layer.groups ?? 1)));
    const read = patch(x, windows(x.shape, [kh, kw], layer), [row, column], group * depth, depth);
    return multiplied(read, tensor(read.shape, read.data.map((_, i) => layer.kernel.data[i * filters + channel])));
  }
  if (!layer.size) return null;
  const lay = windows(x.shape, layer.size, { stride: layer.size, ...layer });
  const read = patch(x, lay, [row, column], channel, 1);
  if (!winners) return { read };
  const pixel = Math.floor(winners[(row * after.shape[1] + column) * after.shape[2] + channel] / x.shape[2]);
  const [i, j] = [Math.floor(pixel / x.shape[1]), pixel % x.shape[1]];
  const tap = (taps, place) => taps.find(([, where]) => where === place)[0];
  return { read, winner: [tap(lay.rows[row], i), tap(lay.columns[column], j)], from: [i, j] };
}

/** The numbers under a window in `depth` channels from the channel `first` on. */
function patch(x, lay, [row, column], first, depth) {
  const [kh, kw] = lay.kernel;
  const read = tensor([kh, kw, depth], new Float32Array(kh * kw * depth).fill(NaN));
  for (const [p, i] of lay.rows[row]) {
    for (const [q, j] of lay.columns[column]) {
      const from = (i * x.shape[1] + j) * x.shape[2] + first;
      read.data.set(x.data.subarray(from, from + depth), (p * kw + q) * depth);
    }
  }
  return read;
}

const multiplied = (read, weights) => ({
  read,
  weights,
  products: tensor(read.shape, read.data.map((value, i) => value * weights.data[i])),
});

/** The shape that numbers had before they were flattened. */
function shapeBefore(layers, states, at) {
  let from = at;
  while (from > 0 && PASSING.includes(layers[from - 1].kind)) from--;
  const { shape } = states[from].x;
  return shape.length === 3 ? shape : [1, 1, shape[0]];
}

/** A probability with four digits. None is exactly 0 or 1. */
export function share(p) {
  if (p > 0.99995) return "more than 0.9999";
  return p < 5e-5 ? "less than 0.0001" : p.toFixed(4);
}

const times = (x, w) => `${number(x)}×${w < 0 ? `(${number(w)})` : number(w)}`;

/** Say in a sentence or two how a number came about. */
export function arithmetic(layers, states, unit) {
  const [at, row, column, channel] = unit;
  const [layer, { y, after }] = [layers[at], states[at]];
  const columns = y.shape.length === 3 ? y.shape[1] : 1;
  const place = (row * columns + column) * y.shape.at(-1) + channel;
  const made = ingredients(layers, states, unit);
  const name = layer.activation === "relu" ? "ReLU" : layer.activation;
  const outcome = layer.activation === "softmax" ? share(after.data[place]) : number(after.data[place], 4);
  const end = name ? ` ${name} makes it ${outcome}.` : "";
  if (made?.products) {
    const values = Array.from(made.products.data, (value, i) => [value, i]).filter(([value]) => !Number.isNaN(value));
    const sum = values.reduce((total, [value]) => total + value, 0);
    const largest = values
      .filter(([value]) => value !== 0)
      .sort(([a], [b]) => Math.abs(b) - Math.abs(a))
      .slice(0, 3)
      .map(([, i]) => times(made.read.data[i], made.weights.data[i]));
    const bias = layer.bias?.data[channel] ?? 0;
    const what = layer.kind === "conv2d" ? "products" : "inputs times their weights";
    const told = largest.length ? `the largest in size: ${largest.join(", ")}` : "all are 0";
    return (
      `${values.length} ${what} sum to ${number(sum, 4)} (${told}); ` +
      `with the bias ${number(bias, 4)} that is ${number(y.data[place], 4)}.${end}`
    );
  }
  const value = number(after.data[place], 4);
  if (made?.winner) return `The largest of its window is ${value}, from row ${made.from[0]}, column ${made.from[1]} of the map before.`;
  if (made) return `The mean of its window is ${value}.`;
  if (layer.kind === "relu") return `ReLU makes ${number(states[at].x.data[place], 4)} to ${value}.`;
  return PASSING.includes(layer.kind) ? `It is passed on as it is: ${value}.` : `It is ${value}.`;
}

/** One of the figures: a mosaic of all input maps, and one of them in numbers. */
function part(symbol, onPick) {
  const title = element("figcaption", {});
  const canvas = element("canvas", { "aria-hidden": "true" });
  const chosen = element("div", { className: "lk-chosen", "aria-hidden": "true" });
  const over = element("div", { className: "lk-over" }, canvas, chosen);
  const grid = numberGrid({});
  let shown = null;
  over.addEventListener("pointerdown", (event) => {
    const bounds = canvas.getBoundingClientRect();
    const place = [(event.clientX - bounds.left) / bounds.width, (event.clientY - bounds.top) / bounds.height];
    const found = mosaic(shown, SQUARE).at(...place);
    if (found) onPick(found[2]);
  });
  return {
    root: element("div", { className: "lk-part" }, symbol, element("figure", {}, title, over, grid.root)),
    show(text, numbers, color, map, winner) {
      shown = numbers;
      const [rows, columns, depth] = numbers.shape;
      const limit = color === grey ? 1 : limitOf(numbers.data.filter((value) => !Number.isNaN(value)));
      title.textContent = text;
      over.hidden = depth === 1;
      over.classList.toggle("lk-pickable", rows * columns > 1);
      if (depth > 1) {
        paintMosaic(canvas, numbers, (value, most) => (Number.isNaN(value) ? PADDING : color(value, most)), limit, SQUARE);
        canvas.style.width = `${canvas.width * Math.max(Math.floor(MOSAIC / canvas.width), 1)}px`;
        putOver(chosen, mosaic(numbers, SQUARE).mapBox(map));
      }
      chosen.hidden = grid.root.hidden = rows * columns === 1 || rows * columns > 49;
      if (grid.root.hidden) return;
      grid.show({
        rows, columns, room: Math.min(CELL * Math.max(rows, columns), GRID), label: depth > 1 ? `${text}, map ${map}` : text,
        values: Array.from({ length: rows * columns }, (_, i) => numbers.data[i * depth + map]),
        color: (value) => color(value, limit),
        name: ([row, column]) => `row ${row}, column ${column}`,
        window: winner && { row: winner[0], column: winner[1], reach: [1, 1], taps: [1, 1], gap: 1 },
      });
    },
  };
}

/** The picture of it. It is empty for layers that only hand on what they get. */
export function oneNumber() {
  let [last, map, draw] = [null, 0, () => {}];
  const pick = (next) => {
    map = next;
    draw();
  };
  const parts = [null, "×", "="].map((symbol) => part(symbol, pick));
  const which = slider({ label: "input map", min: 0, max: 0, value: 0, text: String, onInput: pick });
  const root = element("div", { className: "lk-one-number" }, element("div", { className: "lk-parts" }, parts.map((one) => one.root)), which.root);
  return {
    root,
    /** Show how the number at [layer, row, column, channel] was made. */
    show(layers, states, unit) {
      const [at, , , channel] = unit;
      const made = ingredients(layers, states, unit);
      root.hidden = !made;
      if (!made) return;
      const [rows, columns, depth] = made.read.shape;
      if (String(unit) !== last) map = strongest(made);
      last = String(unit);
      const color = inputColor(layers, at);
      const weighed = layers[at].kind === "conv2d" ? `filter ${channel}` : `weights of unit ${channel}`;
      const texts = made.products ? [`what it reads`, weighed, "products"] : ["its window"];
      const numbers = [[made.read, color], [made.weights, signed], [made.products, signed]];
      draw = () => {
        which.set(map, { max: depth - 1 });
        parts.forEach((one, k) => {
          one.root.hidden = k >= texts.length;
          if (!one.root.hidden) one.show(texts[k], ...numbers[k], map, made.winner);
        });
      };
      which.root.hidden = depth === 1 || rows * columns === 1;
      draw();
    },
  };
}

/** The input map whose products add up to the most, up or down. */
function strongest({ read, products }) {
  const depth = read.shape[2];
  const sums = new Float32Array(depth);
  products?.data.forEach((value, i) => (sums[i % depth] += Number.isNaN(value) ? 0 : value));
  return sums.reduce((best, sum, i) => (Math.abs(sum) > Math.abs(sums[best]) ? i : best), 0);
}
