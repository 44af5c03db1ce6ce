// A window that slides: where it stands, what it reads, and the sums that a learner checks by hand.
//
// Nothing here knows of a page. An image is {shape: [H, W, C], data}, filters are
// {shape: [kh, kw, C, F], data}; state is {image, filters, stride, padding, dilation}.

import { number } from "./elements.mjs";
import { outputSize, size, tensor } from "./cnn.mjs";

const MINUS = "\u2212";
const TIMES = "\u00d7";
const DOT = "\u00b7";

/** Read nested lists; a matrix becomes an image of one channel. */
export function fromLists(lists) {
  const shape = [];
  for (let at = lists; Array.isArray(at); at = at[0]) shape.push(at.length);
  return tensor(shape.length === 2 ? [...shape, 1] : shape, Float64Array.from(lists.flat(Infinity)));
}

/** The same numbers as nested lists, as Python reads them. */
export function toLists({ shape, data }) {
  const [first, ...rest] = shape;
  if (!rest.length) return Array.from(data);
  const step = size(rest);
  return Array.from({ length: first }, (_, i) =>
    toLists({ shape: rest, data: data.subarray(i * step, (i + 1) * step) }),
  );
}

const range = (n) => Array.from({ length: n }, (_, i) => i);

/** Sizes along both sides, and the rows and columns of the image that no window reads. */
export function geometry({ image, filters, stride, padding, dilation }) {
  const along = [0, 1].map((axis) => {
    const [length, taps] = [image.shape[axis], filters.shape[axis]];
    const places = outputSize(length, taps, stride, padding, dilation);
    const read = new Set();
    for (let place = 0; place < places; place++) {
      for (let tap = 0; tap < taps; tap++) read.add(place * stride + tap * dilation);
    }
    const padded = length + 2 * padding;
    const unread = range(padded).filter((at) => !read.has(at));
    return { length, taps, places, padded, reach: dilation * (taps - 1) + 1, unread };
  });
  const both = (name) => along.map((side) => side[name]);
  return {
    size: both("length"), kernel: both("taps"), out: both("places"), padded: both("padded"),
    reach: both("reach"), unread: both("unread"), padding, stride, dilation,
  };
}

/** Why a state is impossible, or null. */
export function misfit(state) {
  const { size: sizes, kernel, reach, padded, padding, dilation } = geometry(state);
  if (reach.every((n, axis) => n <= padded[axis])) return null;
  const spans = dilation > 1 ? ` with dilation ${dilation} spans ${by(reach)} pixels and` : "";
  const around = padding ? ` with padding ${padding}, which is ${by(padded)}` : "";
  return `A ${by(kernel)} kernel${spans} is larger than the ${by(sizes)} image${around}. Nothing was changed.`;
}

export const by = (pair) => pair.join(TIMES);
const wrapped = (value) => (value < 0 ? `(${number(value)})` : number(value));

/** How many places there are, as one computes it by hand. */
export function sizeText(lay) {
  const { size: sizes, kernel, reach, out, padding, stride, dilation } = lay;
  const one = (axis) => {
    const exact = (sizes[axis] + 2 * padding - reach[axis]) / stride + 1;
    const sum = `(${sizes[axis]} + 2${DOT}${padding} ${MINUS} ${reach[axis]}) / ${stride} + 1 = ${Math.round(exact * 100) / 100}`;
    return Number.isInteger(exact) ? sum : `${sum}, rounded down to ${out[axis]}`;
  };
  const square = [sizes, kernel].every(([a, b]) => a === b);
  const span = (axis) => `${dilation}${DOT}(${kernel[axis]} ${MINUS} 1) + 1 = ${reach[axis]}`;
  const spans = [0, 1].map(span).filter((text, i, all) => all.indexOf(text) === i).join(" by ");
  const wide = dilation > 1 ? `The window spans ${spans} pixels. ` : "";
  const sums = square ? one(0) : `Down ${one(0)}; across ${one(1)}`;
  return `${wide}${sums}, so the map is ${by(out)}.`;
}

function listed(name, places) {
  if (places.length > 4) return `${places.length} ${name}s`;
  const last = places.at(-1);
  if (places.length === 1) return `${name} ${last}`;
  return `${name}s ${places.slice(0, -1).join(", ")} and ${last}`;
}

/** Which rows and columns no window reads, in words. */
export function unreadText({ unread, size: sizes, padding }) {
  const inside = unread.map((places, axis) =>
    places.map((at) => at - padding).filter((at) => at >= 0 && at < sizes[axis]),
  );
  const parts = ["row", "column"].flatMap((name, axis) => (inside[axis].length ? [listed(name, inside[axis])] : []));
  if (parts.length) return `No window reaches ${parts.join(" and ")} of the image: hatched.`;
  if (unread.some((places) => places.length)) return "Every pixel is read. Only padding falls off the edge.";
  return "Every pixel is read.";
}

/** The pixel under each weight of a window, for one channel. Padding is 0. */
export function patch({ image, padding, stride, dilation, filters }, [row, column], channel) {
  const [height, width, channels] = image.shape;
  const [kh, kw] = filters.shape;
  return range(kh * kw).map((tap) => {
    const i = row * stride - padding + Math.floor(tap / kw) * dilation;
    const j = column * stride - padding + (tap % kw) * dilation;
    const inside = i >= 0 && i < height && j >= 0 && j < width;
    return { i, j, inside, pixel: inside ? image.data[(i * width + j) * channels + channel] : 0 };
  });
}

/** The weights of one slice of one filter, row by row. */
export function slice({ shape: [kh, kw, channels, count], data }, channel, filter) {
  return range(kh * kw).map((tap) => data[(tap * channels + channel) * count + filter]);
}

/** The products and their sum, as the slide writes them. */
function products(state, place, channel, filter) {
  const weights = slice(state.filters, channel, filter);
  const pairs = patch(state, place, channel).map(({ pixel }, tap) => [pixel, weights[tap]]);
  const sum = pairs.reduce((total, [pixel, weight]) => total + pixel * weight, 0);
  const many = pairs.length > 9;
  const told = many ? pairs.filter(([pixel, weight]) => pixel * weight !== 0) : pairs;
  if (!told.length) return { sum, text: `0, all ${pairs.length} products are 0` };
  const text = told.map(([pixel, weight]) => `${wrapped(pixel)}${TIMES}${wrapped(weight)}`).join(" + ");
  const zeros = pairs.length - told.length;
  const rest = zeros ? ` (${zeros === 1 ? "1 more product is" : `${zeros} more products are`} 0)` : "";
  return { sum, text: `${text} = ${tidy(sum)}${rest}` };
}

// Sums of decimals are off by less than one can see: 0.1 + 0.2 is 0.3.
const tidy = (value) => number(Math.round(value * 1e9) / 1e9);

/** One output in words: where it stands, each product, the sum; a line for each channel. */
export function arithmetic(state, place, filter, names) {
  const where = `Row ${place[0]}, column ${place[1]}`;
  const lines = names.map((_, channel) => products(state, place, channel, filter));
  if (lines.length === 1) return `${where}: ${lines[0].text}`;
  const total = lines.reduce((sum, line) => sum + line.sum, 0);
  const sums = lines.map(({ sum }, i) => (i && sum < 0 ? `(${tidy(sum)})` : tidy(sum))).join(" + ");
  return [
    `${where}: ${sums} = ${tidy(total)}`,
    ...lines.map(({ text }, i) => `${names[i]}: ${text}`),
  ].join("\n");
}

/** The place whose window has its middle nearest to a pixel, which is counted with the padding. */
export function nearest({ out, reach, stride }, pixel) {
  return pixel.map((at, axis) => within(Math.round((at - (reach[axis] - 1) / 2) / stride), out[axis]));
}

const within = (place, count) => Math.min(Math.max(place, 0), count - 1);

/** Where the window goes when sizes change: as near as it can to the pixels it stood on. */
export function moved(old, next, position) {
  const place = [Math.floor(position / old.out[1]), position % old.out[1]];
  const [row, column] = place.map((at, axis) =>
    within(Math.round((at * old.stride - old.padding + next.padding) / next.stride), next.out[axis]),
  );
  return row * next.out[1] + column;
}

/** Filters of another shape: what fits keeps its value, counted from the upper left. */
function reshaped(filters, shape, missing) {
  const [, kw, channels, count] = shape;
  const [oldHeight, oldWidth, oldChannels] = filters.shape;
  const made = tensor(shape, new Float64Array(size(shape)));
  for (let at = 0; at < made.data.length; at++) {
    const f = at % count;
    const c = Math.floor(at / count) % channels;
    const j = Math.floor(at / (count * channels)) % kw;
    const i = Math.floor(at / (count * channels * kw));
    if (i >= oldHeight || j >= oldWidth) continue;
    const [fromC, fromF] = c < oldChannels ? [c, f] : missing(c, f);
    made.data[at] = filters.data[((i * oldWidth + j) * oldChannels + fromC) * count + fromF];
  }
  return made;
}

/** Filters with other numbers of rows and columns: new ones are 0. */
export const withTaps = (filters, rows, columns = rows) =>
  reshaped(filters, [rows, columns, ...filters.shape.slice(2)]);

/** Filters with a slice for each channel: a missing one is that of the next filter. */
export function withDepth(filters, channels) {
  const [kh, kw, depth, count] = filters.shape;
  return reshaped(filters, [kh, kw, channels, count], (c, f) => [c % depth, (f + c) % count]);
}
