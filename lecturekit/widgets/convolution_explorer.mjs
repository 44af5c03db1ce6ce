// A filter slides over an image: the window, the products and their sum, the feature map.

import { colorScale } from "./color_scale.mjs";
import { button, choice, element, frame, freshId, keepDrawn, number, setText, referred, slider, tick, write } from "./elements.mjs";
import { grey, limitOf, paint, signed } from "./colors.mjs";
import { conv2d, tensor } from "./cnn.mjs";
import { arithmetic, by, fromLists, geometry, misfit, moved, nearest, patch, sizeText, slice, toLists, unreadText, withDepth, withTaps } from "./sliding.mjs";
import { numberGrid } from "./number_grid.mjs";
import { player } from "./playing.mjs";
import { steady } from "./steady.mjs";

const STATE = ["source", "digit", "image", "filters", "stride", "padding", "dilation", "position", "selected", "speed", "covered"];
const SIZES = ["stride", "padding", "dilation"];
const NARROW = 660;
const TRIES = {
  numbers: [
    "Cover the map. Choose a place and say its number before you go there: count the 1s under a 1, and take away the 1s under a \u22121.",
    "Set the stride to 2. Which pixels can no window reach? Does a padding of 1 help?",
    "Change one weight of filter 1. How many numbers of the map change, one or many? Why?",
  ],
  digit: [
    "Set the padding to 1. How large is the map now, and what does the filter read at the edge?",
    "Choose the weights \u201ca vertical edge\u201d. At which side of a stroke are the numbers largest, at which are they smallest?",
    "Set the stride to 2: the map has about half as many rows and columns. Can you still read the digit in it?",
  ],
  color: [
    "Find a place where two of the three sums are 0. Which color does the window see there?",
    "Change one weight in the slice on the red image. Which numbers of the map change?",
    "Set all weights of one slice to 0: the filter no longer sees that color.",
  ],
};
const COLORS = ["red", "green", "blue"];
const OWN = "other numbers";

const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
const namesOf = (channels) => (channels === 3 ? COLORS : Array.from({ length: channels }, (_, c) => `channel ${c}`));

/** The image of a source: nested lists from Python, or a digit's bytes. */
function pictureOf({ source, digit, image }, slides, digits) {
  if (source === "custom") return fromLists(image);
  if (source !== "digit") return fromLists(slides[source]);
  const bytes = digits.get("images");
  const pixels = new Uint8Array(bytes.buffer, bytes.byteOffset + 784 * digit, 784);
  return tensor([28, 28, 1], Float64Array.from(pixels, (value) => value / 255));
}

/** An image's channel with its padding, which is NaN, as a grid shows it. */
function padded({ shape: [height, width, channels], data }, channel, padding) {
  const [rows, columns] = [height + 2 * padding, width + 2 * padding];
  const values = Array.from({ length: rows * columns }, (_, at) => {
    const i = Math.floor(at / columns) - padding;
    const j = (at % columns) - padding;
    return i >= 0 && i < height && j >= 0 && j < width ? data[(i * width + j) * channels + channel] : NaN;
  });
  return { rows, columns, values };
}

const block = (className, ...children) => element("div", { className: `lk-block ${className}` }, children);
const caption = (text = "") => element("div", { className: "lk-caption" }, text);
const outlined = (filter) => `lk-filter-${Math.min(filter, 2)}`;
const spot = (what) => ([row, column]) => `${what}, row ${row}, column ${column}`;

/** One channel: its slice of the image, what lies under the window, its slice of the filter. */
function channelColumn(channel, name, { onPixel, onWeight, onNear, onError }) {
  const here = name ? ` ${name}` : "";
  const label = (what) => (place) => `${what}${here}, row ${place[0]}, column ${place[1]}`;
  let now;
  const image = numberGrid({
    className: "lk-image",
    onPick: (place) => onNear(place),
    edit: {
      second: true, onError,
      label: (place) => label("pixel")(place.map((at) => at - now.state.padding)),
      onInput: (place, value) => onPixel(place.map((at) => at - now.state.padding), channel, value),
    },
  });
  const lens = numberGrid({
    edit: {
      onError,
      label: (place) => label("pixel under the window")(place),
      onInput: ([row, column], value) => {
        const { i, j } = now.under[row * now.lay.kernel[1] + column];
        onPixel([i, j], channel, value);
      },
    },
  });
  const filter = numberGrid({
    edit: { onError, label: label("weight"), onInput: (place, value) => onWeight(place, channel, value) },
  });
  const captions = { image: caption(), lens: caption("under the window"), filter: caption() };
  const lensBlock = block("lk-of-filter", captions.lens, lens.root);
  const filterBlock = block("lk-of-filter", captions.filter, filter.root);
  const parts = block("lk-parts", lensBlock, filterBlock);
  return {
    root: block("lk-channel", block("lk-of-image", captions.image, image.root), parts),
    show(state, lay, place, rooms) {
      now = { state, lay, under: patch(state, place, channel) };
      const { padding, stride, dilation } = state;
      const limit = Math.max(1, limitOf(Array.from(state.image.data)));
      const shade = (value) => grey(value, limit);
      const [kh, kw] = lay.kernel;
      const around = padding ? `, padding ${padding}` : "";
      setText(captions.image, `${name || "image"}, ${by(lay.size)}${around}`);
      const numbers = image.show({
        ...padded(state.image, channel, padding), room: rooms.image, color: shade, padding, unread: lay.unread,
        label: `${name || "image"}, ${by(lay.size)}${around}; the window stands at row ${place[0] * stride - padding}, column ${place[1] * stride - padding}`,
        name: (at) => label("pixel")(at.map((n) => n - padding)),
        window: { row: place[0] * stride, column: place[1] * stride, reach: lay.reach, taps: lay.kernel, gap: dilation },
      });
      lensBlock.hidden = numbers;
      this.hint = numbers
        ? "A click on a pixel takes the window there. Click it again, or a weight, to change its number."
        : "A click on the image takes the window there. Click a number under the window, or a weight, to change it.";
      if (!numbers) {
        lens.show({
          rows: kh, columns: kw, values: now.under.map(({ inside, pixel }) => (inside ? pixel : NaN)),
          room: rooms.filter, color: shade, label: `under the window${here}, ${by(lay.kernel)}`, name: label("pixel under the window"),
        });
      }
      setText(captions.filter, `filter ${state.selected + 1}${name ? `, ${name}` : ""}`);
      filterBlock.className = `lk-block lk-of-filter ${outlined(state.selected)}`;
      const strongest = limitOf(Array.from(state.filters.data));
      filter.show({
        rows: kh, columns: kw, values: Array.from(slice(state.filters, channel, state.selected)), room: rooms.filter,
        color: (value) => signed(value, strongest), label: `filter ${state.selected + 1}${here}, ${by(lay.kernel)}`, name: label("weight"),
      });
    },
  };
}

/** The feature map of the filter that is shown, and the scale of its colors. */
function mapColumn(onPlace) {
  const title = caption();
  const grid = numberGrid({ className: "lk-map", follow: true, onPick: onPlace });
  const scale = colorScale();
  return {
    root: block("lk-of-map", title, grid.root, scale.root),
    show({ selected, output }, lay, place, room, covered) {
      const [rows, columns] = lay.out;
      const maps = output.shape[2];
      // What 32 bits leave of 7 is 6.9999999: no reader wants to see it.
      const sums = Array.from(output.data, (value) => Math.round(value * 1e5) / 1e5);
      const limit = limitOf(sums);
      const values = Array.from({ length: rows * columns }, (_, i) => sums[i * maps + selected]);
      setText(title, `feature map ${selected + 1}, ${by(lay.out)}`);
      grid.show({
        rows, columns, values, room, covered, active: place, color: (value) => signed(value, limit),
        label: `feature map ${selected + 1}, ${by(lay.out)}`, name: spot("output"),
        window: { row: place[0], column: place[1], reach: [1, 1], taps: [1, 1], gap: 1 },
      });
      scale.show(limit);
    },
  };
}

/** All feature maps, small: the channels of the output, one of which is shown large. */
function mapChoice(count, onSelect) {
  const group = freshId("maps");
  const entries = Array.from({ length: count }, (_, filter) => {
    const canvas = element("canvas", { className: "lk-thumb", "aria-hidden": "true" });
    const radio = element("input", { type: "radio", name: group, "data-lm-suppress-shortcuts": "true", onchange: () => onSelect(filter) });
    const root = element("label", { className: `lk-channel-choice ${outlined(filter)}` }, radio, canvas, `feature map ${filter + 1}`);
    return { root, radio, canvas };
  });
  const title = element("span", { className: "lk-caption", id: group }, "channels of the output:");
  let painted = "";
  return {
    root: element("div", { className: "lk-maps", role: "radiogroup", "aria-labelledby": group }, title, entries.map(({ root }) => root)),
    show({ selected, output }) {
      entries.forEach(({ radio }, filter) => (radio.checked = filter === selected));
      const now = `${output.shape}: ${output.data.join()}`;
      if (now === painted) return; // the window has moved, no number has changed
      painted = now;
      const limit = limitOf(Array.from(output.data));
      entries.forEach(({ canvas }, filter) => paint(canvas, output, filter, signed, limit));
    },
  };
}

/** A matrix as the one slice of one filter, of the size of other filters. */
function asFilter(rows, like) {
  const { shape, data } = fromLists(rows);
  return withTaps(tensor([...shape, 1], data), ...like.shape.slice(0, 2));
}

/** Which of the known filters a filter is, if one. */
function presetOf({ filters, selected }, presets) {
  const slices = Array.from({ length: filters.shape[2] }, (_, c) => slice(filters, c, selected).join());
  return Object.keys(presets).find((name) => {
    const wanted = asFilter(presets[name], filters).data.join();
    return slices.every((weights) => weights === wanted);
  }) ?? OWN;
}

/** The filters with all slices of one of them set to a matrix. */
function withPreset({ filters, selected }, rows) {
  const [, , channels, count] = filters.shape;
  const matrix = asFilter(rows, filters).data;
  const value = (old, at) => (at % count === selected ? matrix[Math.floor(at / (count * channels))] : old);
  return tensor(filters.shape, filters.data.map(value));
}

const changedAt = ({ shape, data }, index, value) =>
  tensor(shape, data.map((old, i) => (i === index ? value : old)));

/** The images to choose from: [what to change, text]. */
function sourcesWith(digit, own) {
  const kinds = [...Array(10).keys(), ...(digit > 9 ? [digit] : [])];
  return [
    [{ source: "lecture" }, "the lecture\u2019s, 6\u00d76"],
    [{ source: "color" }, "the same in color"],
    ...kinds.map((n) => [{ source: "digit", digit: n }, `a handwritten ${n % 10}${n > 9 ? ", another" : ""}`]),
    ...(own ? [[{ source: "custom" }, "your own"]] : []),
  ];
}

/** Buttons and sliders, in the order of use. */
function makeControls(read, slides, { change, step, toggle, reset }) {
  const taps = () => Math.max(...read().filters.shape.slice(0, 2));
  const back = button("\u2190 Back", () => step(-1), { "aria-label": "Back one step" });
  const play = button("Play", toggle);
  const next = button("Next \u2192", () => step(1), { "aria-label": "Next step" });
  let places = 1;
  const place = slider({ label: "position", min: 0, max: 1, value: 0, text: (v) => `${v + 1} of ${places}`, onInput: (value) => change({ position: value }) });
  const speed = slider({ label: "speed", min: 1, max: 8, value: 1, text: (v) => `${v} a second`, onInput: (value) => change({ speed: value }) });
  const image = choice({ label: "image", options: [], onInput: (value) => change(value) });
  const weights = choice({
    label: "weights", options: [], onInput: (name) => change({ filters: name === OWN ? read().filters : withPreset(read(), slides.filters[name]) }),
  });
  const sizes = {
    kernel: slider({ label: "kernel size", min: 1, max: 5, value: 3, text: (v) => `${v}\u00d7${v}`, onInput: (value) => change({ filters: withTaps(read().filters, value) }) }),
    stride: slider({ label: "stride", min: 1, max: 6, value: 1, text: (v) => plural(v, "pixel"), onInput: (value) => change({ stride: value }) }),
    padding: slider({ label: "padding", min: 0, max: 4, value: 0, text: (v) => plural(v, "zero"), onInput: (value) => change({ padding: value }) }),
    dilation: slider({ label: "dilation", min: 1, max: 4, value: 1, text: String, onInput: (value) => change({ dilation: value }) }),
  };
  let shownPreset = null;
  const known = Object.keys(slides.filters);
  const cover = tick({ label: "cover the map", value: false, onInput: (covered) => change({ covered }) });
  let [sources, own] = [[], false];
  const showImage = ({ source, digit }) => {
    own ||= source === "custom";
    const wanted = sourcesWith(digit, own);
    // A list that somebody may have opened is filled anew only if it must be.
    if (wanted.length !== sources.length || digit > 9) image.fill((sources = wanted));
    image.set(sources.find(([value]) => value.source === source && (source !== "digit" || value.digit === digit))[0]);
  };
  return {
    steps: element("div", { className: "lk-row" }, back, play, next, place.root),
    rest: element("div", { className: "lk-grid" }, [image, weights, ...Object.values(sizes), speed, cover].map(({ root }) => root), button("Reset", reset)),
    play,
    show(state, lay) {
      places = lay.out[0] * lay.out[1];
      place.set(state.position, { max: places - 1 });
      // Not disabled: a button that is would lose the focus under the reader's hands.
      back.setAttribute("aria-disabled", state.position === 0);
      next.setAttribute("aria-disabled", state.position === places - 1);
      speed.set(state.speed);
      cover.set(state.covered);
      for (const name of SIZES) sizes[name].set(state[name]);
      sizes.kernel.set(taps());
      showImage(state);
      const preset = presetOf(state, slides.filters);
      if (preset !== shownPreset) weights.fill([...known, ...(preset === OWN ? [OWN] : [])].map((name) => [name, name]));
      shownPreset = preset;
      weights.set(preset);
    },
  };
}

/** All that the line of arithmetic may say while the window goes over the image. */
function allTexts(state, [rows, columns], names) {
  const places = Array.from({ length: rows * columns }, (_, at) => [Math.floor(at / columns), at % columns]);
  return places.map((place) => arithmetic(state, place, state.selected, names));
}

async function render({ model, el }) {
  const depth = fromLists(model.get("filters")).shape[2];
  const tries = depth === 3 ? TRIES.color : (TRIES[model.get("source")] ?? TRIES.numbers);
  const page = frame(el, { title: "What number does the filter write, and where?", kind: "convolution", tries });
  const sizeLine = element("p", { className: "lk-size", "aria-live": "polite" });
  const line = page.root.querySelector(".lk-line");
  line.after(sizeLine);
  const keepPlace = steady(line, "0.25rem 0 0");
  line.style.minHeight = "2lh"; // what a 3x3 filter needs; smaller ones have less to say
  const slides = model.get("slides");
  const digits = await referred(model, "digits");
  const hint = caption();
  // Under a cover: which places the window has been at since the numbers last changed, and of what.
  const been = { of: "", places: new Set() };
  let [built, columns, map, maps, width, changes, kept] = ["", [], null, null, 0, "", ""];

  const values = () => Object.fromEntries(STATE.map((name) => [name, model.get(name)]));
  function read(changed = {}) {
    const state = { ...values(), ...changed };
    const image = pictureOf(state, slides, digits);
    const filters = state.filters.shape ? state.filters : fromLists(state.filters);
    return { ...state, picture: state.image, image, filters: withDepth(filters, image.shape[2]) };
  }

  /** How many numbers of the map an edit has changed, in words. */
  function compared(old, next) {
    const [before, after] = [old, next].map((state) => conv2d(state.image, state.filters, null, state));
    const count = after.shape[2];
    const differ = after.data.filter((value, i) => i % count === next.selected && value !== before.data[i]).length;
    return `${plural(differ, "number")} of the map changed, of ${after.data.length / count}. `;
  }

  /** Take over new values, unless the window would not fit. */
  function change(changed) {
    const [old, next] = [read(), read(changed)];
    const trouble = misfit(next);
    if (trouble) {
      draw();
      page.complain(trouble);
      return;
    }
    if (!("position" in changed)) changes = "";
    const [before, after] = [geometry(old), geometry(next)];
    const position = changed.position ?? moved(before, after, old.position);
    const filters = changed.filters || next.filters.shape[2] !== old.filters.shape[2] ? { filters: toLists(next.filters) } : {};
    write(model, { ...changed, ...filters, position });
    picture.soon();
  }

  /** One number more or less, typed by the reader. A field may tell of the same number twice. */
  function edit(changed) {
    const [old, next] = [read(), read(changed)];
    const same = (name) => old[name].data.join() === next[name].data.join();
    if (same("image") && same("filters")) return;
    const told = compared(old, next);
    change(changed);
    changes = told;
  }

  const place = (state, lay) => [Math.floor(state.position / lay.out[1]), state.position % lay.out[1]];
  const goTo = ([row, column]) => change({ position: row * geometry(read()).out[1] + column });
  const handlers = {
    onError: page.complain,
    onNear: (pixel) => goTo(nearest(geometry(read()), pixel)),
    onPixel: ([row, column], channel, value) => {
      const { image } = read();
      const made = changedAt(image, (row * image.shape[1] + column) * image.shape[2] + channel, value);
      edit({ source: "custom", image: toLists(made) });
    },
    onWeight: ([row, column], channel, value) => {
      const { filters, selected } = read();
      const [, kw, channels, count] = filters.shape;
      edit({ filters: changedAt(filters, ((row * kw + column) * channels + channel) * count + selected, value) });
    },
  };

  const playing = player({
    at: () => model.get("position"),
    count: () => geometry(read()).out.reduce((a, b) => a * b),
    speed: () => model.get("speed"),
    go: (position) => change({ position }),
    show: (plays) => (controls.play.textContent = plays ? "Pause" : "Play"),
  });
  const reset = () => {
    playing.stop();
    write(model, model.get("start"));
    picture.soon();
  };
  const controls = makeControls(read, slides, { change, ...playing, reset });
  page.picture.after(controls.steps);
  page.controls.append(controls.rest);

  /** Other channels, filters or width: other elements. */
  function build(channels, filters) {
    const names = channels === 1 ? [""] : namesOf(channels);
    columns = names.map((name, c) => channelColumn(c, name, handlers));
    map = mapColumn(goTo);
    maps = mapChoice(filters, (selected) => change({ selected }));
    const images = element("div", { className: "lk-channels" }, columns.map(({ root }) => root));
    page.picture.replaceChildren(images, map.root, hint, maps.root);
    page.root.classList.toggle("lk-cube", channels > 1);
    maps.root.hidden = filters === 1;
  }

  /** Which numbers of the map are still to be predicted. A change covers all but the present one. */
  function covered({ output, position }, of) {
    if (of !== been.of) Object.assign(been, { of, places: new Set() });
    been.places.add(position);
    return Array.from({ length: output.shape[0] * output.shape[1] }, (_, at) => !been.places.has(at));
  }

  function draw(now = width) {
    width = now;
    const narrow = width < NARROW;
    const state = read();
    const [channels, filters] = state.filters.shape.slice(2);
    page.root.classList.toggle("lk-narrow", narrow);
    const wanted = [channels, filters].join();
    if (wanted !== built) build(channels, filters);
    built = wanted;
    const lay = geometry(state);
    const at = place(state, lay);
    state.output = conv2d(state.image, state.filters, null, state);
    const of = `${state.selected}, ${lay.out}: ${state.output.data.join()}`;
    const names = channels === 1 ? [""] : namesOf(channels);
    const rooms = channels > 1 ? { image: 144, filter: 120, map: 172 } : { image: 288, filter: 120, map: narrow ? 168 : 200 };
    if (channels === 1) rooms.image = Math.min(rooms.image, width - 34);
    columns.forEach((column) => column.show(state, lay, at, rooms));
    page.root.classList.toggle("lk-covered", state.covered);
    setText(hint, columns[0].hint);
    map.show(state, lay, at, rooms.map, state.covered && covered(state, of));
    maps.show(state);
    controls.show(state, lay);
    setText(sizeLine, `${changes}${sizeText(lay)} ${unreadText(lay)}`);
    if (of !== kept) keepPlace(allTexts(state, lay.out, names));
    kept = of;
    page.say(arithmetic(state, at, state.selected, names));
  }

  const picture = keepDrawn(model, STATE, page.root, draw, NARROW);
  return () => {
    playing.stop();
    picture.end();
  };
}

export default { render };
