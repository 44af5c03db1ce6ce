// The network and the digits that the widgets of a page share, as a widget reads them.

import { size, tensor, withWeights } from "./cnn.mjs";
import { referred } from "./elements.mjs";

/** Get what the traits `network` and `digits` of a widget refer to; no digits: null. */
export async function load(model) {
  const network = await referred(model, "network");
  const layers = withWeights(network.get("layers"), network.get("arrays"), network.get("weights"));
  const digits = model.get("digits") ? await referred(model, "digits") : null;
  return { layers, digits, shape: network.get("input_shape") };
}

/** One of the page's digits, from its bytes. */
export function digitImage(digits, place, shape) {
  const bytes = digits.get("images");
  const pixels = new Uint8Array(bytes.buffer, bytes.byteOffset + size(shape) * place, size(shape));
  return tensor(shape, Float32Array.from(pixels, (value) => value / 255));
}

/** The page's digits as options of a list: [place, text]. */
export const digitOptions = (digits) =>
  digits.get("labels").map((label, place) => [place, `${label}, number ${digits.get("numbers")[place]}`]);

/** An image as nested lists, as traits hold it. */
export const nested = ({ shape: [rows, columns, channels], data }) =>
  Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => {
      const at = (i * columns + j) * channels;
      return Array.from(data.subarray(at, at + channels));
    }),
  );
