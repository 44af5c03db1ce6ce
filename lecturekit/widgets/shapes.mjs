// The sizes of a network, row by row, as lecturekit.shapes and lecturekit.reference.layers have
// them. Nothing here knows of a page. Numbers that may grow beyond 2^53 are BigInt.
//
// A layer is {kind, ...options}; pairs are [vertical, horizontal]; an image is [H, W, C], what
// comes after flatten is [D].

import { outputSize, padAmounts } from "./cnn.mjs";

/** The largest numbers that the table takes. shape_calculator.py has the same. */
export const LIMITS = { rows: 40, side: 4096, channels: 100000, window: 256, padding: 256 };

const conv = (filters, n, padding = "valid") => ({
  kind: "conv2d", filters, kernel: [n, n], stride: [1, 1], padding, dilation: [1, 1], groups: 1, bias: true,
});
const pool = (kind) => ({ kind, size: [2, 2], stride: [2, 2], padding: "valid" });
const units = (n) => ({ kind: "dense", units: n, bias: true });
const plain = (kind) => ({ kind });

/** What a row may be: its name, and the layer that a new row starts with. */
export const KINDS = {
  conv2d: { text: "convolution", layer: conv(25, 3) },
  max_pool2d: { text: "max pooling", layer: pool("max_pool2d") },
  avg_pool2d: { text: "mean pooling", layer: pool("avg_pool2d") },
  flatten: { text: "flatten", layer: plain("flatten") },
  dense: { text: "dense", layer: units(10) },
  relu: { text: "ReLU", layer: plain("relu") },
  dropout: { text: "dropout", layer: plain("dropout") },
  softmax: { text: "softmax", layer: plain("softmax") },
};

const max = () => pool("max_pool2d");
const mean = () => pool("avg_pool2d");
/** Networks to start from: the lecture's, and what the papers that the book cites describe. */
export const PRESETS = [
  {
    text: "the lecture\u2019s network",
    shape: [28, 28, 1],
    layers: [conv(25, 3), max(), conv(50, 3), max(), plain("flatten"), units(100), units(10)],
  },
  {
    text: "LeNet-5, simplified",
    shape: [32, 32, 1],
    layers: [conv(6, 5), mean(), conv(16, 5), mean(), plain("flatten"), units(120), units(84), units(10)],
  },
  {
    text: "AlphaGo, first layers",
    shape: [19, 19, 48],
    layers: [conv(192, 5, [2, 2]), conv(192, 3, [1, 1]), conv(192, 3, [1, 1])],
  },
  {
    text: "VGG, first two blocks",
    shape: [224, 224, 3],
    layers: [conv(64, 3, "same"), conv(64, 3, "same"), max(), conv(128, 3, "same"), conv(128, 3, "same"), max()],
  },
];

/** Are two values alike, part by part? The order of names does not matter: notebooks sort them. */
export const alike = (one, other) =>
  one === other ||
  (Object(one) === one &&
    Object(other) === other &&
    Object.keys(one).length === Object.keys(other).length &&
    Object.keys(one).every((name) => alike(one[name], other[name])));

/** 137660 as 137,660. */
export const grouped = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");
/** [26, 26, 25] as 26×26×25. */
export const by = (values) => values.map(grouped).join("\u00d7");
/** A pair as it is typed: [3, 3] as 3, [3, 5] as 3×5. */
export const pairText = ([down, right]) => (down === right ? String(down) : `${down}\u00d7${right}`);
const product = (values) => values.reduce((all, n) => all * BigInt(n), 1n);

/** What the window of a layer does along each side, or null where there is no window. */
function windowOf(layer) {
  const taps = layer.kernel ?? layer.size;
  if (!taps) return null;
  return [0, 1].map((axis) => {
    const dilation = layer.dilation?.[axis] ?? 1;
    const padding = Array.isArray(layer.padding) ? layer.padding[axis] : layer.padding;
    return { taps: taps[axis], stride: layer.stride[axis], padding, dilation, reach: dilation * (taps[axis] - 1) + 1 };
  });
}

const places = (length, w) => outputSize(length, w.taps, w.stride, w.padding, w.dilation);
const padded = (length, w) => {
  const [before, after] = padAmounts(length, w.taps, w.stride, w.padding, w.dilation);
  return before + length + after;
};

/** Why a layer does not fit on what comes in, or null. */
function misfit(layer, shape) {
  const { text } = KINDS[layer.kind];
  if (layer.kind === "dense" && shape.length === 3) {
    return `a dense layer takes one row of numbers, not ${by(shape)}: flatten first`;
  }
  const sides = windowOf(layer);
  if (!sides) return null;
  if (shape.length !== 3) return `${text} takes an image, not one row of ${by(shape)} numbers`;
  if (layer.groups > 1 && (shape[2] % layer.groups || layer.filters % layer.groups)) {
    return `${grouped(shape[2])} channels and ${grouped(layer.filters)} filters do not divide into ${layer.groups} groups`;
  }
  if (layer.size && Array.isArray(layer.padding) && sides.some((w) => w.padding >= w.taps)) {
    return `the padding must be smaller than the window ${by(layer.size)}`;
  }
  return sides.every((w, axis) => places(shape[axis], w) > 0) ? null : tooLarge(layer, shape, sides);
}

function tooLarge(layer, shape, sides) {
  const window = `${by(sides.map((w) => w.taps))} ${layer.kernel ? "kernel" : "window"}`;
  const reach = sides.some((w) => w.dilation > 1) ? `, which reaches over ${by(sides.map((w) => w.reach))},` : "";
  const image = by(shape.slice(0, 2));
  const grown = Array.isArray(layer.padding) && layer.padding.some((n) => n > 0);
  const around = grown ? ` with its padding (${by(sides.map((w, axis) => padded(shape[axis], w)))})` : "";
  return `a ${window}${reach} does not fit on ${image}${around}`;
}

/** How many of the pixels along one side no window meets: at the end, and elsewhere. */
export function unseen(length, w) {
  const [before] = padAmounts(length, w.taps, w.stride, w.padding, w.dilation);
  const met = new Uint8Array(length);
  for (let place = places(length, w) - 1; place >= 0; place--) {
    for (let tap = 0; tap < w.taps; tap++) {
      const at = place * w.stride - before + tap * w.dilation;
      if (at >= 0 && at < length) met[at] = 1;
    }
  }
  const end = length - 1 - met.lastIndexOf(1);
  return { end, elsewhere: length - end - met.reduce((sum, one) => sum + one, 0) };
}

/** The shape of what comes out of a layer that fits. */
function shapeAfter(layer, shape, sides) {
  if (sides) return [...sides.map((w, axis) => places(shape[axis], w)), layer.filters ?? shape[2]];
  if (layer.kind === "flatten") return [shape.reduce((all, n) => all * n, 1)];
  return layer.kind === "dense" ? [layer.units] : shape;
}

/** [weights of one filter or neuron, how many of them, at how many places]. */
function weightsOf(layer, before, shape) {
  if (layer.kind === "dense") return { one: [before[0]], many: layer.units, at: [] };
  if (layer.kind !== "conv2d") return null;
  return { one: [...layer.kernel, before[2] / layer.groups], many: layer.filters, at: shape.slice(0, 2) };
}

/** What a unit sees: a window makes it wider by (reach - 1) steps, a stride makes steps longer. */
const seenThrough = (seen, axis, reach, stride) => {
  seen.field[axis] += BigInt(reach - 1) * seen.step[axis];
  seen.step[axis] *= BigInt(stride);
};

/**
 * All sizes of a network. `rows` has one entry for each layer: {before, shape, parameters,
 * multiplyAdds, field, step, unseen}; step is null where units have no neighbors any more. `trouble`
 * is {place, text} of the first layer that does not fit, or null; the rows from there on are null.
 */
export function sizes(inputShape, layers) {
  const rows = layers.map(() => null);
  const seen = { field: [1n, 1n], step: [1n, 1n], map: inputShape.slice(0, 2) };
  let shape = inputShape;
  for (const [place, layer] of layers.entries()) {
    const text = misfit(layer, shape);
    if (text) return { rows, trouble: { place, text }, parameters: null, multiplyAdds: null };
    rows[place] = rowOf(layer, shape, seen);
    shape = rows[place].shape;
  }
  const total = (name) => rows.reduce((sum, row) => sum + row[name], 0n);
  return { rows, trouble: null, parameters: total("parameters"), multiplyAdds: total("multiplyAdds") };
}

/**
 * Where a new layer fits: the last place at which the whole network does, or else at which the layer
 * itself does, or else the end.
 */
export function placeFor(layer, inputShape, layers) {
  const tried = [...layers.keys(), layers.length].reverse().map((place) => ({
    place, network: sizes(inputShape, [...layers.slice(0, place), layer, ...layers.slice(place)]),
  }));
  const fits = tried.find(({ network }) => !network.trouble) ?? tried.find(({ place, network }) => network.rows[place]);
  return (fits ?? tried[0]).place;
}

function rowOf(layer, before, seen) {
  const sides = windowOf(layer);
  const shape = shapeAfter(layer, before, sides);
  const weights = weightsOf(layer, before, shape);
  sides?.forEach((w, axis) => seenThrough(seen, axis, w.reach, w.stride));
  if (sides) seen.map = shape.slice(0, 2);
  if (layer.kind === "dense") {
    // A neuron of a dense layer sees what all units before it see together.
    seen.map.forEach((n, axis) => seenThrough(seen, axis, n, 1));
    seen.map = [1, 1];
  }
  return {
    before,
    shape,
    parameters: weights ? (product(weights.one) + (layer.bias ? 1n : 0n)) * BigInt(weights.many) : 0n,
    multiplyAdds: weights ? product([...weights.one, weights.many, ...weights.at]) : 0n,
    field: [...seen.field],
    step: shape.length === 3 ? [...seen.step] : null,
    unseen: sides ? sides.map((w, axis) => unseen(before[axis], w)) : [],
  };
}

/** "1 row", "2 rows", "2 rows and columns". */
const many = (n, what) => `${grouped(n)} ${n === 1 ? what : what.split(" and ").map((one) => `${one}s`).join(" and ")}`;
const theLast = ([n, what]) => `the last ${n === 1 ? what : many(n, what)}`;

/** Which pixels of the image that comes in no window meets, in words; empty if there are none. */
export function unseenText({ before, unseen: sides }) {
  const image = by(before.slice(0, 2));
  const named = (where) =>
    sides.map((side, axis) => [side[where], ["row", "column"][axis]]).filter(([n]) => n > 0);
  const [end, elsewhere] = [named("end"), named("elsewhere")];
  const parts = [];
  if (end.length) {
    const equal = end.length === 2 && end[0][0] === end[1][0];
    const text = equal ? theLast([end[0][0], "row and column"]) : end.map(theLast).join(" and ");
    const verb = end.length === 1 && end[0][0] === 1 ? "meets" : "meet";
    parts.push(`T${text.slice(1)} of ${image} ${verb} no window.`);
  }
  if (elsewhere.length) {
    parts.push(`The windows skip ${elsewhere.map(([n, what]) => many(n, what)).join(" and ")} of ${image}.`);
  }
  return parts.join(" ");
}

/** How one side of an image becomes one side of the next: the steps that fit, and one. */
function steps(length, w, what) {
  const whole = padded(length, w);
  const around = whole > length ? ` + ${grouped(whole - length)}` : "";
  const exact = (whole - w.reach) / w.stride;
  const fit = Number.isInteger(exact)
    ? many(exact, "step")
    : `${Number(exact.toFixed(2))}, so ${many(Math.floor(exact), "whole step")}`;
  const quotient = `(${grouped(length)}${around} \u2212 ${grouped(w.reach)}) / ${w.stride}`;
  return `${quotient} = ${fit} and the first place: ${many(places(length, w), what)}.`;
}

/** The arithmetic of a row that fits, in one line. */
export function arithmetic(layer, row) {
  const sides = windowOf(layer);
  const parts = sides ? sideSteps(row.before, sides) : [];
  if (layer.kind === "flatten") parts.push(`${by(row.before)} = ${by(row.shape)} numbers in one row.`);
  const weights = weightsOf(layer, row.before, row.shape);
  if (!weights) return [...parts, "No parameters."].join(" ");
  const one = by(weights.one);
  const each = layer.bias ? `(${one} + 1)` : one;
  const at = weights.at.length ? ` \u00d7 ${by(weights.at)}` : "";
  parts.push(`${grouped(weights.many)} \u00d7 ${each} = ${grouped(row.parameters)} parameters.`);
  parts.push(`${grouped(weights.many)} \u00d7 ${one}${at} = ${grouped(row.multiplyAdds)} multiply-adds.`);
  return parts.join(" ");
}

function sideSteps([rows, columns], [down, right]) {
  const same = rows === columns && JSON.stringify(down) === JSON.stringify(right);
  if (same) return [steps(rows, down, "row and column")];
  return [steps(rows, down, "row"), steps(columns, right, "column")];
}

const percent = (part, all) => {
  const value = Math.round((100 * Number(part)) / Number(all));
  return value === 0 ? "less than 1 %" : `${value} %`;
};

/** A share of a total for a small cell: "91 %", "< 1 %", or nothing where there is nothing. */
export const share = (part, all) =>
  part ? percent(part, all).replace("less than", "<") : "";

/** The rows with the largest part of a total: all of them, if several have as much. */
function largest({ rows, ...totals }, name) {
  const most = rows.reduce((best, row) => (row[name] > best ? row[name] : best), 0n);
  const places = [...rows.keys()].filter((place) => rows[place][name] === most);
  return { places, part: percent(most, totals[name]) };
}

/** Rows counted from 1: "2 and 5". */
const listed = (places) => `${places.slice(0, -1).map((place) => place + 1).join(", ")} and ${places.at(-1) + 1}`;

/** What a network that fits costs, and which rows cost most. */
export function summary(layers, network) {
  if (!layers.length) return "There is no layer. Add one.";
  const counts = `${many(layers.length, "layer")}: ${grouped(network.parameters)} parameters, ${grouped(network.multiplyAdds)} multiply-adds for one image.`;
  if (!network.parameters) return counts;
  const [has, does] = ["parameters", "multiplyAdds"].map((name) => largest(network, name));
  const rowsText = ({ places }) => (places.length > 1 ? `rows ${listed(places)}` : `row ${places[0] + 1} (${KINDS[layers[places[0]].kind].text})`);
  const own = ({ places }, one, more) => (places.length > 1 ? more : one);
  const each = ({ places }) => (places.length > 1 ? " each" : "");
  const together = String(has.places) === String(does.places);
  const first = `${rowsText(has)} ${own(has, "has", "have")} ${has.part} of the parameters`;
  const next = together ? " and" : `${each(has)}; ${rowsText(does)}`;
  return `${counts} R${first.slice(1)}${next} ${own(does, "does", "do")} ${does.part} of the multiply-adds${each(does)}.`;
}
