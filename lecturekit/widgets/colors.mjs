// The colors of the book: the same numbers have the same color in figures and in widgets.

const scale = (...stops) => (t) => {
  const place = Math.min(Math.max(t, 0), 1) * (stops.length - 1);
  const low = Math.min(Math.floor(place), stops.length - 2);
  return stops[low].map((part, i) => Math.round(part + (place - low) * (stops[low + 1][i] - part)));
};
const GREYS = scale([0, 0, 0], [255, 255, 255]);
const SIGNED = scale([0xbf, 0x50, 0x00], [255, 255, 255], [0x00, 0x5f, 0x99]);
const POSITIVE = scale([255, 255, 255], [0x7f, 0xb6, 0xda], [0x00, 0x72, 0xb2], [0x00, 0x3f, 0x66]);

/** A pixel: black 0 to white `limit`. */
export const grey = (value, limit = 1) => GREYS(value / limit);
/** A weight, a gradient or a map before the activation: white is exactly 0. */
export const signed = (value, limit = 1) => SIGNED((value / limit + 1) / 2);
/** A map after ReLU: white is 0. */
export const positive = (value, limit = 1) => POSITIVE(value / limit);

/** The zeros beyond the edge of an image. */
export const PADDING = [0x6b, 0x72, 0x80];
/** A number that the reader has not seen yet. */
export const COVER = [0xe5, 0xe7, 0xeb];

export const css = ([red, green, blue]) => `rgb(${red} ${green} ${blue})`;

/** Black or white, whichever can be read on a color. */
export function ink([red, green, blue]) {
  const part = (value) => ((value / 255 + 0.055) / 1.055) ** 2.4;
  const light = 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
  return light > 0.179 ? "#000000" : "#ffffff";
}

/** The largest absolute value: one scale for all maps of a layer. Never 0. */
export const limitOf = (values) => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1;

/** Paint one channel of a feature map into a canvas, a pixel of the canvas for each number. */
export function paint(canvas, map, channel, color, limit) {
  const [rows, columns, channels = 1] = map.shape;
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== rows) canvas.height = rows;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const picture = context.createImageData(columns, rows);
  for (let i = 0; i < rows * columns; i++) {
    picture.data.set([...color(map.data[i * channels + channel], limit), 255], 4 * i);
  }
  context.putImageData(picture, 0, 0);
}
