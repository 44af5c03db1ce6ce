// Many maps side by side in one canvas, with a line of one pixel between them.

const LINE = [156, 163, 175];
const [BLOCK, ROW] = [8, 12];
const STEPS = 1024; // of a scale from 0 to its limit: more than a screen has colors between

/**
 * How the maps of {shape, data} lie in the canvas, about `aspect` times as wide as it is high. The
 * numbers of a vector are blocks, up to 12 of them in one row.
 */
export function mosaic({ shape }, aspect = 2.5) {
  const vector = shape.length !== 3;
  const [rows, columns, channels] = vector ? [BLOCK, BLOCK, shape[0]] : shape;
  const line = rows * columns > 1 ? 1 : 0;
  const [high, wide] = [rows + line, columns + line];
  const across = vector && channels <= ROW ? channels : Math.min(channels, Math.ceil(Math.sqrt((channels * high * aspect) / wide)));
  const down = Math.ceil(channels / across);
  const [width, height] = [across * wide - line, down * high - line];
  const corner = (channel) => [Math.floor(channel / across) * high, (channel % across) * wide];
  return {
    width,
    height,
    /** Where a number lies, in shares of the canvas: left, top, width and height. */
    box([row, column, channel]) {
      if (vector) return this.mapBox(channel);
      const [top, left] = corner(channel);
      return [(left + column) / width, (top + row) / height, 1 / width, 1 / height];
    },
    /** The box of a whole map. */
    mapBox(channel) {
      const [top, left] = corner(channel);
      return [left / width, top / height, columns / width, rows / height];
    },
    /** The [row, column, channel] at a place given in shares of the canvas, or null on a line. */
    at(x, y) {
      const [i, j] = [Math.floor(y * height), Math.floor(x * width)];
      const [row, column, channel] = [i % high, j % wide, Math.floor(i / high) * across + Math.floor(j / wide)];
      const found = row < rows && column < columns && channel < channels;
      if (!found) return null;
      return vector ? [0, 0, channel] : [row, column, channel];
    },
    /** Call visit(pixel of the canvas, place in the data), with place -1 on a line. */
    each(visit) {
      for (let channel = 0; channel < channels; channel++) {
        const [top, left] = corner(channel);
        for (let i = 0; i < high && top + i < height; i++) {
          for (let j = 0; j < wide && left + j < width; j++) {
            const inside = i < rows && j < columns;
            const at = vector ? channel : (i * columns + j) * channels + channel;
            visit((top + i) * width + left + j, inside ? at : -1);
          }
        }
      }
    },
  };
}

/** Paint all maps. `color` makes [red, green, blue] of a number and the limit of the scale. */
export function paintMosaic(canvas, maps, color, limit, aspect) {
  const lay = mosaic(maps, aspect);
  if (canvas.width !== lay.width) canvas.width = lay.width;
  if (canvas.height !== lay.height) canvas.height = lay.height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const picture = context.createImageData(lay.width, lay.height);
  const words = new Uint32Array(picture.data.buffer);
  const word = ([red, green, blue]) => new Uint32Array(new Uint8Array([red, green, blue, 255]).buffer)[0];
  const line = word(LINE);
  // A map has thousands of numbers and a scale few colors: each color is made once.
  const known = new Map();
  const steps = STEPS / limit;
  lay.each((pixel, at) => {
    if (at < 0) {
      words[pixel] = line;
      return;
    }
    const value = maps.data[at];
    const step = Number.isNaN(value) ? value : Math.round(value * steps);
    let found = known.get(step);
    if (found === undefined) known.set(step, (found = word(color(step / steps, limit))));
    words[pixel] = found;
  });
  context.putImageData(picture, 0, 0);
}

/** Put an element of the page over a part of a picture, given in shares of it. */
export function putOver(target, [left, top, width, height]) {
  const shares = { left, top, width, height };
  for (const [name, share] of Object.entries(shares)) target.style[name] = `${100 * share}%`;
}
