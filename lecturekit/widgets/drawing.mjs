// From what a hand draws to what the network was trained on: a digit in a box of 20 by 20 pixels,
// its center of mass in the middle of 28 by 28, in 256 greys. Nothing here knows of a page.

const SIZE = 28;
const BOX = 20;
/** Width of a stroke in pixels of the image. The training digits' strokes are about as wide. */
export const PEN = 2.6;

/**
 * Draw strokes: lists of [x, y] points in the unit square, y down. `pen` is the width of the
 * stroke relative to the usual one. Returns 784 numbers from 0 to 1, or null if there is nothing.
 */
export function drawn(strokes, { pen = 1 } = {}) {
  const points = strokes.flat();
  if (points.length === 0) return null;
  const [left, right] = range(points.map(([x]) => x));
  const [top, bottom] = range(points.map(([, y]) => y));
  const width = PEN * pen;
  const extent = Math.max(right - left, bottom - top);
  // A dot has no extent: it stays as large as the pen.
  const scale = extent > 0 ? (BOX - width) / extent : 0;
  const place = ([x, y]) => [
    SIZE / 2 + scale * (x - (left + right) / 2),
    SIZE / 2 + scale * (y - (top + bottom) / 2),
  ];
  const image = new Float32Array(SIZE * SIZE);
  for (const stroke of strokes) inkStroke(image, stroke.map(place), width);
  return centered(image);
}

/** Bring any grey raster to the same form: crop, scale to the box, center. */
export function normalized(pixels, rows, columns) {
  const [tall, wide] = [[], []];
  for (let i = 0; i < rows * columns; i++) {
    if (pixels[i] > 0.1) {
      tall.push(Math.floor(i / columns));
      wide.push(i % columns);
    }
  }
  if (tall.length === 0) return null;
  const [top, bottom] = range(tall);
  const [left, right] = range(wide);
  const scale = BOX / (Math.max(bottom - top, right - left) + 1);
  const middle = [(top + bottom + 1) / 2, (left + right + 1) / 2];
  const image = new Float32Array(SIZE * SIZE);
  for (let i = 0; i < SIZE; i++) {
    for (let j = 0; j < SIZE; j++) {
      const rowsSeen = [i, i + 1].map((at) => (at - SIZE / 2) / scale + middle[0]);
      const columnsSeen = [j, j + 1].map((at) => (at - SIZE / 2) / scale + middle[1]);
      image[i * SIZE + j] = average(pixels, rows, columns, rowsSeen, columnsSeen);
    }
  }
  return centered(image);
}

function range(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return [low, high];
}

/** The mean of a raster over a rectangle; between pixel centers, and outside, by their nearness. */
function average(pixels, rows, columns, [top, bottom], [left, right]) {
  const steps = Math.max(2, Math.ceil(2 * (bottom - top)));
  let sum = 0;
  for (let a = 0; a < steps; a++) {
    for (let b = 0; b < steps; b++) {
      const y = top + ((a + 0.5) / steps) * (bottom - top) - 0.5;
      const x = left + ((b + 0.5) / steps) * (right - left) - 0.5;
      sum += between(pixels, rows, columns, y, x);
    }
  }
  return sum / steps ** 2;
}

function between(pixels, rows, columns, y, x) {
  const [i, j] = [Math.floor(y), Math.floor(x)];
  const at = (p, q) => (p < 0 || q < 0 || p >= rows || q >= columns ? 0 : pixels[p * columns + q]);
  const [down, over] = [y - i, x - j];
  const upper = at(i, j) * (1 - over) + at(i, j + 1) * over;
  const lower = at(i + 1, j) * (1 - over) + at(i + 1, j + 1) * over;
  return upper * (1 - down) + lower * down;
}

/** Ink every pixel by its distance from the stroke, soft over one pixel at the edge. */
function inkStroke(image, stroke, width) {
  const lines = stroke.length > 1 ? stroke.slice(1).map((end, i) => [stroke[i], end]) : [[stroke[0], stroke[0]]];
  for (const [[ax, ay], [bx, by]] of lines) {
    const reach = width / 2 + 1;
    const [x0, x1] = range([ax, bx]).map(Math.floor);
    const [y0, y1] = range([ay, by]).map(Math.floor);
    for (let i = Math.max(0, Math.floor(y0 - reach)); i <= Math.min(SIZE - 1, y1 + reach); i++) {
      for (let j = Math.max(0, Math.floor(x0 - reach)); j <= Math.min(SIZE - 1, x1 + reach); j++) {
        const far = distance(j + 0.5, i + 0.5, ax, ay, bx, by);
        const value = Math.min(Math.max(width / 2 + 0.5 - far, 0), 1);
        image[i * SIZE + j] = Math.max(image[i * SIZE + j], value);
      }
    }
  }
}

function distance(x, y, ax, ay, bx, by) {
  const length = (bx - ax) ** 2 + (by - ay) ** 2;
  const along = length === 0 ? 0 : ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length;
  const t = Math.min(Math.max(along, 0), 1);
  return Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay));
}

/** Move by whole pixels until the center of mass is nearest to the middle; round to 256 greys. */
function centered(image) {
  let [total, down, right] = [0, 0, 0];
  image.forEach((value, i) => {
    total += value;
    down += value * (Math.floor(i / SIZE) - (SIZE - 1) / 2);
    right += value * ((i % SIZE) - (SIZE - 1) / 2);
  });
  const [by, over] = [down, right].map((sum) => -Math.round(sum / total));
  const moved = new Float32Array(SIZE * SIZE);
  image.forEach((value, at) => {
    const [i, j] = [Math.floor(at / SIZE) + by, (at % SIZE) + over];
    if (i >= 0 && j >= 0 && i < SIZE && j < SIZE) moved[i * SIZE + j] = Math.round(value * 255) / 255;
  });
  return moved;
}
