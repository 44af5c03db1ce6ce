import { forward, inputGradient, tensor } from "./cnn.mjs";

// Gradient ascent on an image, as lecturekit.feature_visualization.maximize does it.

/** The degree of activation a^k: the sum of the k-th map before its activation, or one unit. */
export function score(layers, image, last, unit) {
  const states = forward(layers.slice(0, last + 1), image);
  const y = states[last].y;
  const channels = y.shape.at(-1);
  let sum = 0;
  for (let at = unit; at < y.data.length; at += channels) sum += y.data[at];
  return { value: sum, states };
}

/** The slope of a^k: how much each pixel raises it. */
export function slope(layers, states, last, unit) {
  const shape = states[last].y.shape;
  const d = tensor(shape);
  for (let at = unit; at < d.data.length; at += shape.at(-1)) d.data[at] = 1;
  return inputGradient(layers, states, last, d, { beforeActivation: true });
}

/** Slope of sum |x|; of black, that towards brighter. */
const slopeOfInk = (x) => x.data.map((value) => (value >= 0 ? 1 : -1));

/** Slope of the total variation: sum |x[i+1,j] - x[i,j]| + sum |x[i,j+1] - x[i,j]|. */
export function slopeOfVariation(x) {
  const [rows, columns, channels] = x.shape;
  const d = new Float32Array(x.data.length);
  const step = columns * channels;
  const edge = (at, next) => {
    const sign = Math.sign(x.data[next] - x.data[at]);
    d[next] += sign;
    d[at] -= sign;
  };
  for (let at = 0; at < d.length; at++) {
    if (at + step < rows * step) edge(at, at + step);
    if ((at % step) + channels < step) edge(at, at + channels);
  }
  return d;
}

/**
 * One step uphill on a^k - l1 sum |x| - variation TV(x); the pixels stay between 0 and 1. Who has
 * computed the score of the image gives the states that came with it.
 */
export function climb(layers, image, last, unit, { stepSize, l1 = 0, variation = 0, states = score(layers, image, last, unit).states }) {
  const up = slope(layers, states, last, unit).data;
  const ink = l1 ? slopeOfInk(image) : null;
  const rough = variation ? slopeOfVariation(image) : null;
  const next = image.data.map((value, i) => {
    const gradient = up[i] - l1 * (ink?.[i] ?? 0) - variation * (rough?.[i] ?? 0);
    return Math.min(Math.max(value + stepSize * gradient, 0), 1);
  });
  return tensor(image.shape, next);
}
