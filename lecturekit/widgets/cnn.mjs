// The arithmetic of a CNN, as lecturekit.reference does it. Nothing here knows of a page.
//
// Images and feature maps are {shape: [rows, columns, channels], data}, channels innermost; vectors
// are {shape: [units], data}. Kernels are {shape: [kh, kw, C / groups, F], data}. Pairs are
// [vertical, horizontal]. Functions give new arrays and change none.

export const size = (shape) => shape.reduce((product, n) => product * n, 1);

/** An array of a shape: of zeros, or around the numbers given. */
export function tensor(shape, data = new Float32Array(size(shape))) {
  if (data.length !== size(shape)) {
    throw new RangeError(`expected ${size(shape)} numbers for (${shape}), got ${data.length}`);
  }
  return { shape, data };
}

/** How many rows of padding go before and after: "valid", "same" (TensorFlow's) or a number. */
export function padAmounts(length, kernel, stride, padding, dilation = 1) {
  if (padding === "valid") return [0, 0];
  if (padding !== "same") return [padding, padding];
  const reach = dilation * (kernel - 1) + 1;
  const total = Math.max((Math.ceil(length / stride) - 1) * stride + reach - length, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** At how many places a window fits along one side. Zero or less: it does not fit. */
export function outputSize(length, kernel, stride = 1, padding = 0, dilation = 1) {
  const [before, after] = padAmounts(length, kernel, stride, padding, dilation);
  const reach = dilation * (kernel - 1) + 1;
  return Math.floor((length + before + after - reach) / stride) + 1;
}

const pair = (value) => (Array.isArray(value) ? value : [value, value]);
const side = (padding, axis) => (Array.isArray(padding) ? padding[axis] : padding);

/** Where a window stops on an image, and which pixels it meets there. */
export function windows(
  [rows, columns],
  kernel,
  { stride = 1, padding = "valid", dilation = 1 } = {},
) {
  const [sizes, steps, gaps] = [pair(kernel), pair(stride), pair(dilation)];
  const along = [rows, columns].map((length, axis) => {
    const options = [sizes[axis], steps[axis], side(padding, axis), gaps[axis]];
    const [before] = padAmounts(length, ...options);
    const places = outputSize(length, ...options);
    if (places < 1) {
      throw new RangeError(`the window is larger than the image: ${sizes} on ${rows},${columns}`);
    }
    const first = (place) => place * steps[axis] - before;
    // For each place: [index in the window, index in the image] of what lies inside the image.
    return Array.from({ length: places }, (_, place) =>
      Array.from({ length: sizes[axis] }, (_, tap) => [tap, first(place) + tap * gaps[axis]]).filter(
        ([, at]) => at >= 0 && at < length,
      ),
    );
  });
  return { out: [along[0].length, along[1].length], kernel: sizes, rows: along[0], columns: along[1] };
}

/** Call visit(output, tap, pixel) for every pixel that a window meets, as flat positions. */
function slide(image, lay, visit) {
  let output = 0;
  for (const rows of lay.rows) {
    for (const columns of lay.columns) {
      for (const [p, i] of rows) {
        for (const [q, j] of columns) visit(output, p * lay.kernel[1] + q, i * image[1] + j);
      }
      output += 1;
    }
  }
}

/** Many filters on one image: each output is the sum of the products, plus the filter's bias. */
export function conv2d(x, w, b, options = {}) {
  const [kh, kw, depth, filters] = w.shape;
  const channels = x.shape[2];
  const groups = options.groups ?? 1;
  if (channels !== depth * groups) {
    throw new RangeError(`the image has ${channels} channels, the filters expect ${depth * groups}`);
  }
  const lay = windows(x.shape, [kh, kw], options);
  const y = tensor([...lay.out, filters]);
  const each = filters / groups;
  if (b) for (let at = 0; at < y.data.length; at += filters) y.data.set(b.data, at);
  slide(x.shape, lay, (output, tap, pixel) => {
    for (let c = 0; c < channels; c++) {
      const value = x.data[pixel * channels + c];
      if (value === 0) continue;
      const first = groups === 1 ? 0 : Math.floor(c / depth) * each;
      const weight = (tap * depth + (c % depth)) * filters;
      for (let f = first; f < first + each; f++) {
        y.data[output * filters + f] += value * w.data[weight + f];
      }
    }
  });
  return y;
}

/** Gradient of the image: every output sends its d_y back to the pixels that it saw. */
export function conv2dBackward(dY, x, w, options = {}) {
  const [kh, kw, depth, filters] = w.shape;
  const channels = x.shape[2];
  const groups = options.groups ?? 1;
  const each = filters / groups;
  const dX = tensor(x.shape);
  slide(x.shape, windows(x.shape, [kh, kw], options), (output, tap, pixel) => {
    for (let c = 0; c < channels; c++) {
      const first = groups === 1 ? 0 : Math.floor(c / depth) * each;
      const weight = (tap * depth + (c % depth)) * filters;
      let sum = 0;
      for (let f = first; f < first + each; f++) {
        sum += dY.data[output * filters + f] * w.data[weight + f];
      }
      dX.data[pixel * channels + c] += sum;
    }
  });
  return dX;
}

/** Max pooling, and for each output the flat position of the first largest pixel. */
export function maxPool2d(x, options = {}) {
  const channels = x.shape[2];
  const lay = windows(x.shape, options.size ?? 2, { stride: options.size ?? 2, ...defined(options) });
  const y = tensor([...lay.out, channels]);
  const winners = new Int32Array(y.data.length).fill(-1);
  slide(x.shape, lay, (output, tap, pixel) => {
    for (let c = 0; c < channels; c++) {
      const [to, from] = [output * channels + c, pixel * channels + c];
      if (winners[to] < 0 || x.data[from] > y.data[to]) {
        y.data[to] = x.data[from];
        winners[to] = from;
      }
    }
  });
  return { y, winners };
}

/** Gradient of max pooling: all of d_y goes to the pixel that won. */
export function maxPool2dBackward(dY, x, winners) {
  const dX = tensor(x.shape);
  winners.forEach((from, to) => (dX.data[from] += dY.data[to]));
  return dX;
}

/** Mean pooling. Padding does not count. */
export function avgPool2d(x, options = {}) {
  const channels = x.shape[2];
  const lay = windows(x.shape, options.size ?? 2, { stride: options.size ?? 2, ...defined(options) });
  const y = tensor([...lay.out, channels]);
  const counts = seen(x.shape, lay);
  slide(x.shape, lay, (output, tap, pixel) => {
    for (let c = 0; c < channels; c++) {
      y.data[output * channels + c] += x.data[pixel * channels + c] / counts[output];
    }
  });
  return y;
}

/** Gradient of mean pooling: each pixel of a window gets the same share. */
export function avgPool2dBackward(dY, x, options = {}) {
  const channels = x.shape[2];
  const lay = windows(x.shape, options.size ?? 2, { stride: options.size ?? 2, ...defined(options) });
  const dX = tensor(x.shape);
  const counts = seen(x.shape, lay);
  slide(x.shape, lay, (output, tap, pixel) => {
    for (let c = 0; c < channels; c++) {
      dX.data[pixel * channels + c] += dY.data[output * channels + c] / counts[output];
    }
  });
  return dX;
}

function seen(image, lay) {
  const counts = new Float64Array(lay.out[0] * lay.out[1]);
  slide(image, lay, (output) => (counts[output] += 1));
  return counts;
}

const defined = (options) =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value != null));

/** Every unit sees every number: y = x w + b. */
export function dense(x, w, b) {
  const [inputs, units] = w.shape;
  const sums = new Float64Array(units);
  if (b) sums.set(b.data);
  for (let i = 0; i < inputs; i++) {
    const value = x.data[i];
    if (value === 0) continue;
    for (let u = 0; u < units; u++) sums[u] += value * w.data[i * units + u];
  }
  return tensor([units], Float32Array.from(sums));
}

export function denseBackward(dY, x, w) {
  const [inputs, units] = w.shape;
  const dX = tensor(x.shape);
  for (let i = 0; i < inputs; i++) {
    let sum = 0;
    for (let u = 0; u < units; u++) sum += dY.data[u] * w.data[i * units + u];
    dX.data[i] = sum;
  }
  return dX;
}

export const relu = (x) => tensor(x.shape, x.data.map((value) => Math.max(value, 0)));

export const reluBackward = (dY, x) =>
  tensor(x.shape, dY.data.map((value, i) => (x.data[i] > 0 ? value : 0)));

/** Probabilities along the last axis: all positive, their sum is 1. */
export function softmax(x) {
  const y = tensor(x.shape);
  const n = x.shape.at(-1);
  for (let at = 0; at < x.data.length; at += n) {
    const part = x.data.subarray(at, at + n);
    const largest = part.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = Float64Array.from(part, (value) => Math.exp(value - largest));
    const total = powers.reduce((a, b) => a + b, 0);
    for (let i = 0; i < n; i++) y.data[at + i] = powers[i] / total;
  }
  return y;
}

export function softmaxBackward(dY, y) {
  const dX = tensor(y.shape);
  const n = y.shape.at(-1);
  for (let at = 0; at < y.data.length; at += n) {
    let mean = 0;
    for (let i = at; i < at + n; i++) mean += y.data[i] * dY.data[i];
    for (let i = at; i < at + n; i++) dX.data[i] = y.data[i] * (dY.data[i] - mean);
  }
  return dX;
}

const flat = (x) => tensor([x.data.length], x.data);
const ACTIVATIONS = { relu, softmax };

/** One step forward: a layer without its activation function. */
function forwardStep(layer, x) {
  if (layer.kind === "conv2d") return { y: conv2d(x, layer.kernel, layer.bias, layer) };
  if (layer.kind === "max_pool2d") return maxPool2d(x, layer);
  if (layer.kind === "avg_pool2d") return { y: avgPool2d(x, layer) };
  if (layer.kind === "dense") return { y: dense(x, layer.kernel, layer.bias) };
  if (layer.kind === "flatten") return { y: flat(x) };
  if (layer.kind in ACTIVATIONS) return { y: ACTIVATIONS[layer.kind](x) };
  if (layer.kind === "dropout") return { y: x };
  throw new TypeError(`layer ${layer.name}: unknown kind ${layer.kind}`);
}

/** One step back: the gradient of what went in, from that of what came out. */
function backwardStep(layer, dY, { x, y, winners }) {
  if (layer.kind === "conv2d") return conv2dBackward(dY, x, layer.kernel, layer);
  if (layer.kind === "max_pool2d") return maxPool2dBackward(dY, x, winners);
  if (layer.kind === "avg_pool2d") return avgPool2dBackward(dY, x, layer);
  if (layer.kind === "dense") return denseBackward(dY, x, layer.kernel);
  if (layer.kind === "flatten") return tensor(x.shape, dY.data);
  if (layer.kind === "relu") return reluBackward(dY, x);
  if (layer.kind === "softmax") return softmaxBackward(dY, y);
  return dY;
}

/** Compute every layer: a list of {x, y, after}; `after` is y behind the activation function. */
export function forward(layers, image) {
  const states = [];
  let x = image;
  for (const layer of layers) {
    const state = { x, ...forwardStep(layer, x) };
    state.after = layer.activation in ACTIVATIONS ? ACTIVATIONS[layer.activation](state.y) : state.y;
    states.push(state);
    x = state.after;
  }
  return states;
}

/** Gradient of the image, from that of the output of the layer at `last`. */
export function inputGradient(layers, states, last, dLayer, { beforeActivation = false } = {}) {
  let d = dLayer;
  for (let i = last; i >= 0; i--) {
    const [layer, state] = [layers[i], states[i]];
    if (!(beforeActivation && i === last)) {
      if (layer.activation === "relu") d = reluBackward(d, state.y);
      if (layer.activation === "softmax") d = softmaxBackward(d, state.after);
    }
    d = backwardStep(layer, d, state);
  }
  return d;
}

/** Give layers their weights: numbers of 8 or 32 bits, one after the other in `bytes`. */
export function withWeights(layers, arrays, bytes) {
  const weights = {};
  for (const { name, shape, dtype, scale, offset } of arrays) {
    const start = bytes.byteOffset + offset;
    const n = size(shape);
    const data =
      dtype === "int8"
        ? Float32Array.from(new Int8Array(bytes.buffer, start, n), (value) => value * scale)
        : new Float32Array(bytes.buffer.slice(start, start + 4 * n));
    weights[name] = tensor(shape, data);
  }
  return layers.map((layer) => ({
    ...layer,
    kernel: weights[`${layer.name}/kernel`],
    bias: weights[`${layer.name}/bias`],
  }));
}
