// A pooling window moves over a feature map: which number it keeps, and which it never meets.

import { colorScale } from "./color_scale.mjs";
import { button, choice, element, frame, keepDrawn, number, setText, slider, write } from "./elements.mjs";
import { limitOf, signed } from "./colors.mjs";
import { avgPool2d, maxPool2d } from "./cnn.mjs";
import { by, fromLists, geometry, moved, nearest } from "./sliding.mjs";
import { numberGrid } from "./number_grid.mjs";
import { player } from "./playing.mjs";
import { steady } from "./steady.mjs";

const STATE = ["feature_map", "size", "stride", "kind", "position", "speed"];
const NARROW = 520;
const MOST_TOLD = 16; // a longer list of numbers nobody reads
const OWN = "your own";
const KINDS = ["max", "mean"];

/** Things to try that are not done yet where the widget starts. */
function triesFor({ size, stride }) {
  const set = size === 2 && stride === 2 ? "Take" : "Set size 2 and stride 2, and take";
  const blocks = [
    "Before you step: say which number each block will keep. Then say the mean of the block, and switch.",
    "Set size 3 and stride 2 on the 6\u00d76 map. Can one number win in two windows? Click it and change it to 9.",
  ];
  const overlapping = [
    "Before you step: which numbers are in the next window, too? Can one of them win twice?",
    "Set the stride to 1. Which number of the map wins in most windows?",
  ];
  const [first, second] = stride < size ? overlapping : blocks;
  return [first, `${set} the 11\u00d711 map. In which row and in which column may any number stand, and no output changes?`, second];
}

const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
const noDust = (value) => Math.round(value * 1e9) / 1e9; // 0.1 + 0.2 is 0.3
const spot = (what) => ([row, column]) => `${what}, row ${row}, column ${column}`;
const joined = (texts) => (texts.length < 2 ? texts.join() : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`);

/** Where windows stop on the map: the geometry of a convolution without padding. */
const layOf = ({ map, size, stride }) =>
  geometry({ image: map, filters: { shape: [size, size] }, stride, padding: 0, dilation: 1 });

/** The numbers under a window with their places, row by row. */
function under({ map, size, stride }, [row, column]) {
  return Array.from({ length: size * size }, (_, tap) => {
    const at = [row * stride + Math.floor(tap / size), column * stride + (tap % size)];
    return { at, value: map.data[at[0] * map.shape[1] + at[1]] };
  });
}

/** The pooled map; for the maximum, also where each output comes from. */
function poolMap({ map, size, stride, kind }) {
  const { y, winners } = kind === "max" ? maxPool2d(map, { size, stride }) : { y: avgPool2d(map, { size, stride }) };
  // 32 bits make 0.1 of the map 0.10000000149: take the number itself, or what one can see of a mean.
  const values = Array.from(y.data, (value, i) => (winners ? map.data[winners[i]] : Math.round(value * 1e5) / 1e5));
  return { values, winners, columns: y.shape[1] };
}

/** The largest numbers of one window: the first of them wins. There are none where the mean is kept. */
function largestAt(state, { winners, columns: across }, place) {
  if (!winners) return [];
  const columns = state.map.shape[1];
  const won = winners[place[0] * across + place[1]];
  const equal = under(state, place).filter(({ at, value }) => at[0] * columns + at[1] !== won && value === state.map.data[won]);
  return [[Math.floor(won / columns), won % columns], ...equal.map(({ at }) => at)];
}

/** 3 − 1 − 3 + 1, as one writes a sum. */
const sumOf = (values) =>
  values.map((v, i) => (i ? `${v < 0 ? " \u2212 " : " + "}${number(Math.abs(v))}` : number(v))).join("");

const exactly = (value) => (Math.abs(value * 100 - Math.round(value * 100)) < 1e-7 ? "=" : "\u2248");

/** What the window does at one place, in words. */
function arithmeticOf(state, place, largest) {
  const values = under(state, place).map(({ value }) => value);
  const where = `Output row ${place[0]}, column ${place[1]}`;
  const few = values.length <= MOST_TOLD;
  if (state.kind === "mean") {
    const sum = noDust(values.reduce((a, b) => a + b, 0));
    const listed = few ? `(${sumOf(values)}) / ${values.length} = ` : `${values.length} numbers, their sum is ${number(sum)}; `;
    const told = values.length > 1 ? listed : "";
    const mean = sum / values.length;
    return `${where}: ${told}${number(sum)} / ${values.length} ${exactly(mean)} ${number(noDust(mean))}.`;
  }
  const [[i, j], ...equal] = largest;
  const told = few ? values.map((v) => number(v)).join(", ") : plural(values.length, "number");
  const most = number(state.map.data[i * state.map.shape[1] + j]);
  const tie = equal.length ? ` A tie of ${equal.length + 1}: the first one wins, as in TensorFlow.` : "";
  return `${where}: max of ${told} is ${most}, from map row ${i}, column ${j}.${tie}`;
}

/** All that the line may say while the window moves, and when another number is kept. */
function allTexts(state) {
  const [rows, columns] = layOf(state).out;
  const places = Array.from({ length: rows * columns }, (_, i) => [Math.floor(i / columns), i % columns]);
  return KINDS.flatMap((kind) => {
    const now = { ...state, kind };
    const pooled = poolMap(now);
    return places.map((place) => arithmeticOf(now, place, largestAt(now, pooled, place)));
  });
}

/** The rows, or columns, that meet no window: at the end, or between two windows. */
function unmet(name, places, length) {
  if (!places.length) return null;
  const n = places.length;
  if (places[0] === length - n) return n === 1 ? `the last ${name}` : `the last ${n} ${name}s`;
  if (n > 4) return `${n} ${name}s`;
  return `${name}${n === 1 ? "" : "s"} ${joined(places.map(String))}`;
}

/** How many windows there are, as one computes it by hand, and what is dropped. */
function sizesText({ size, stride }, { size: sides, out, unread }) {
  const one = (axis) => {
    const exact = (sides[axis] - size) / stride + 1;
    const sum = `(${sides[axis]} \u2212 ${size}) / ${stride} + 1 = ${Math.round(exact * 100) / 100}`;
    return Number.isInteger(exact) ? sum : `${sum}, rounded down to ${out[axis]}`;
  };
  const sums = sides[0] === sides[1] ? one(0) : `Down ${one(0)}; across ${one(1)}`;
  const shared = size - stride;
  const overlap = shared > 0 && Math.max(...out) > 1
    ? ` Neighboring windows share ${plural(shared, "row")} or column${shared === 1 ? "" : "s"}.` : "";
  const parts = ["row", "column"].map((name, axis) => unmet(name, unread[axis], sides[axis])).filter(Boolean);
  const many = unread[0].length + unread[1].length > 1;
  const alike = parts.length === 2 && parts[1] === parts[0].replace("row", "column");
  const which = alike ? `${parts[0]} and ${parts[1].replace(/^the last (\d+ )?/, "")}` : joined(parts);
  const dropped = parts.length
    ? `${which} ${many ? "meet" : "meets"} no window: hatched.` : "every number meets a window.";
  return `${sums}, so the output is ${by(out)}.${overlap} ${dropped[0].toUpperCase()}${dropped.slice(1)}`;
}

const block = (...children) => element("div", { className: "lk-block" }, children);
const caption = () => element("div", { className: "lk-caption" });
const key = (name, text) => element("div", {}, element("span", { className: `lk-key lk-key-${name}` }), text);

/** What the marks mean, and the scale that both maps share. */
function makeLegend() {
  const winner = key("winner", "the largest number of the window");
  const equal = key("equal", "as large, but not the first");
  const scale = colorScale();
  const root = element("div", { className: "lk-legend", "aria-hidden": "true" },
    key("window", "the window, and the number that it writes"), key("unread", "meets no window"), scale.root, winner, equal);
  return {
    root,
    show(limit, kind) {
      for (const mark of [winner, equal]) mark.toggleAttribute("data-off", kind === "mean");
      scale.show(limit);
    },
  };
}

/** Boxes of cells on a board: the blocks of a map, or the numbers that win. */
const boxes = (className, span, places) =>
  places.map(([row, column], i) => {
    const made = element("div", { className: `${className}${className === "lk-winner" && i ? " lk-equal" : ""}` });
    for (const [name, value] of Object.entries({ row, column, span })) made.style.setProperty(`--lk-${name}`, value);
    return made;
  });

/** The map: one can point into it, and change its numbers. */
function mapBoard({ onNear, onNumber, onError }) {
  const title = caption();
  const over = element("div", { className: "lk-over", "aria-hidden": "true" });
  const grid = numberGrid({
    className: "lk-map", onPick: onNear,
    edit: { second: true, onError, label: spot("number"), onInput: onNumber },
  });
  return {
    root: block(title, grid.root),
    show({ map, size, stride }, lay, place, { room, color, largest }) {
      const [rows, columns] = map.shape;
      const corner = place.map((n) => n * stride);
      setText(title, `feature map, ${by(lay.size)}`);
      const wins = ([i, j]) => largest.length && largest[0][0] === i && largest[0][1] === j;
      grid.show({
        rows, columns, values: Array.from(map.data), room, color, unread: lay.unread,
        label: `feature map, ${by(lay.size)}; the window stands at row ${corner[0]}, column ${corner[1]}`,
        name: (at) => `${spot("number")(at)}${wins(at) ? ", the largest of the window" : ""}`,
        window: { row: corner[0], column: corner[1], reach: [size, size], taps: [size, size], gap: 1 },
      });
      const corners = Array.from({ length: lay.out[0] * lay.out[1] }, (_, i) =>
        [Math.floor(i / lay.out[1]) * stride, (i % lay.out[1]) * stride]);
      over.replaceChildren(
        ...(stride >= size && size > 1 ? boxes("lk-tile", size, corners) : []), ...boxes("lk-winner", 1, largest),
      );
      grid.root.append(over); // a grid of another size is made of new elements
    },
  };
}

/** The smaller map. The arrow keys take the window along. */
function outputBoard(onPlace) {
  const title = caption();
  const grid = numberGrid({ className: "lk-output", follow: true, onPick: onPlace });
  return {
    root: block(title, grid.root),
    show({ kind }, lay, place, { room, color, values, map }) {
      const [rows, columns] = lay.out;
      setText(title, `pooled map, ${by(lay.out)}`);
      // A cell is as large as in the map, so that one sees how much smaller the output is.
      const cell = Math.floor(room / Math.max(...map.shape));
      grid.show({
        rows, columns, values, room: cell * Math.max(rows, columns), active: place, color,
        label: `pooled map, ${by(lay.out)}, ${kind} of each window`, name: spot("output"),
        window: { row: place[0], column: place[1], reach: [1, 1], taps: [1, 1], gap: 1 },
      });
    },
  };
}

/** Buttons and sliders, in the order of use. */
function makeControls({ change, step, toggle, reset }) {
  let places = 1;
  const back = button("\u2190 Back", () => step(-1), { "aria-label": "step back" });
  const play = button("Play", toggle);
  const next = button("Next \u2192", () => step(1), { "aria-label": "step forward" });
  const place = slider({ label: "position", min: 0, max: 1, value: 0, text: (v) => `${v + 1} of ${places}`, onInput: (position) => change({ position }) });
  const kind = choice({ label: "keep", options: [["max", "the largest (max)"], ["mean", "the mean"]], value: "max", onInput: (value) => change({ kind: value }) });
  const size = slider({ label: "size", min: 1, max: 12, value: 2, text: (v) => `${v}\u00d7${v}`, onInput: (value) => change({ size: value }) });
  const stride = slider({ label: "stride", min: 1, max: 12, value: 2, text: String, onInput: (value) => change({ stride: value }) });
  const speed = slider({ label: "speed", min: 1, max: 8, value: 2, text: (v) => `${v} a second`, onInput: (value) => change({ speed: value }) });
  return {
    roots: [
      element("div", { className: "lk-row" }, back, play, next, place.root),
      element("div", { className: "lk-grid" }, [kind, size, stride, speed].map(({ root }) => root), button("Reset", reset)),
    ],
    play,
    show(state, lay) {
      places = lay.out[0] * lay.out[1];
      place.set(state.position, { max: places - 1 });
      // Not disabled: a button that is would lose the focus under the reader's hands.
      back.setAttribute("aria-disabled", state.position === 0);
      next.setAttribute("aria-disabled", state.position === places - 1);
      kind.set(state.kind);
      // One step further than fits: to see that it does not.
      size.set(state.size, { max: Math.min(Math.max(...lay.size) + 1, 12) });
      stride.set(state.stride, { max: Math.max(...lay.size, state.stride) });
      speed.set(state.speed);
    },
  };
}

/** The list of maps; a map that is none of them is the reader's own, and can be found again. */
function mapChooser(examples, onChoose) {
  let own = null;
  const list = choice({ label: "feature map", options: [], onInput: (name) => onChoose(examples.find(([known]) => known === name)?.[1] ?? own) });
  let offered = "";
  return {
    root: list.root,
    show(map) {
      const text = JSON.stringify(map);
      const known = examples.find(([, rows]) => JSON.stringify(rows) === text);
      if (!known) own = map;
      const names = [...examples.map(([name]) => name), ...(own ? [OWN] : [])];
      // A list that somebody may have opened is filled anew only if it must be.
      if (names.join() !== offered) list.fill(names.map((name) => [name, name]));
      offered = names.join();
      list.set(known ? known[0] : OWN);
    },
  };
}

function render({ model, el }) {
  const page = frame(el, { title: "What remains of each window?", kind: "pooling", tries: triesFor(model.get("start")) });
  const sizeLine = element("p", { className: "lk-size", "aria-live": "polite" });
  const line = page.root.querySelector(".lk-line");
  line.after(sizeLine);
  const keepPlace = steady(line, "0.5rem 0 0");
  let [narrow, notice, kept] = [false, "", ""];

  function read(changed = {}) {
    const state = { ...Object.fromEntries(STATE.map((name) => [name, model.get(name)])), ...changed };
    return { ...state, map: fromLists(state.feature_map) };
  }

  /** Take over new values, unless the window would not fit. On a smaller map it gets smaller. */
  function change(wanted) {
    const [old, tried] = [read(), read(wanted)];
    const most = Math.min(...tried.map.shape.slice(0, 2));
    const larger = `${by([tried.size, tried.size])} window is larger than the ${by(tried.map.shape.slice(0, 2))} feature map`;
    const shrinks = tried.size > most && "feature_map" in wanted;
    if (tried.size > most && !shrinks) {
      draw();
      page.complain(`A ${larger}. Nothing was changed.`);
      return;
    }
    const changed = { ...wanted, ...(shrinks ? { size: most, stride: Math.min(tried.stride, most) } : {}) };
    const next = read(changed);
    if (shrinks) notice = `The ${larger}. It is ${by([most, most])} now, and moves by ${next.stride}.`;
    const position = changed.position ?? moved(layOf(old), layOf(next), old.position);
    write(model, { ...changed, position });
    picture.soon();
  }

  const chooser = mapChooser(model.get("examples"), (map) => change({ feature_map: map }));
  const goTo = ([row, column]) => change({ position: row * layOf(read()).out[1] + column });
  const board = mapBoard({
    onNear: (place) => goTo(nearest(layOf(read()), place)),
    onNumber: ([row, column], value) =>
      change({ feature_map: read().feature_map.map((line, i) => line.map((old, j) => (i === row && j === column ? value : old))) }),
    onError: page.complain,
  });
  const output = outputBoard(goTo);
  const legend = makeLegend();

  const playing = player({
    at: () => model.get("position"),
    count: () => layOf(read()).out.reduce((a, b) => a * b),
    speed: () => model.get("speed"),
    go: (position) => change({ position }),
    show: (plays) => (controls.play.textContent = plays ? "Pause" : "Play"),
  });
  const reset = () => {
    playing.stop();
    write(model, model.get("start"));
    picture.soon();
  };
  const controls = makeControls({ change, ...playing, reset });
  const hint = element("div", { className: "lk-hint" }, "A click on a number of the map takes the window there. Click it again to change it.");
  page.picture.append(chooser.root, board.root, output.root, legend.root, hint);
  page.controls.append(...controls.roots);

  /** How large the boards are: on a phone, small ones still stand side by side. */
  function roomFor([rows, columns]) {
    const side = Math.max(rows, columns);
    const room = narrow && side <= 6 ? 144 : 288;
    return Math.min(Math.floor(room / side), 48) * side;
  }

  /** Text and controls stay where they are, whatever the window does: windows of 4 have most to say. */
  function keepHeight(state) {
    const now = JSON.stringify([state.feature_map, state.size, state.stride]);
    if (now === kept) return;
    kept = now;
    const most = Math.min(Math.sqrt(MOST_TOLD), ...state.map.shape.slice(0, 2));
    keepPlace([...allTexts(state), ...allTexts({ ...state, size: most, stride: 1 })]);
  }

  function draw(width) {
    narrow = width === undefined ? narrow : width < NARROW;
    const state = read();
    const lay = layOf(state);
    const place = [Math.floor(state.position / lay.out[1]), state.position % lay.out[1]];
    const pooled = poolMap(state);
    const [values, largest] = [pooled.values, largestAt(state, pooled, place)];
    const limit = limitOf(Array.from(state.map.data)); // no number of the output is larger
    const room = roomFor(state.map.shape);
    const look = { room, color: (value) => signed(value, limit), values, largest, map: state.map };
    page.root.classList.toggle("lk-narrow", narrow);
    page.root.classList.toggle("lk-side", !narrow && room < 240); // the legend stands beside the maps
    page.root.style.setProperty("--lk-room", `${room}px`);
    chooser.show(state.feature_map);
    board.show(state, lay, place, look);
    output.show(state, lay, place, look);
    legend.show(limit, state.kind);
    controls.show(state, lay);
    setText(sizeLine, sizesText(state, lay));
    keepHeight(state);
    page.say(arithmeticOf(state, place, largest));
    if (notice) page.complain(notice);
    notice = "";
  }

  const picture = keepDrawn(model, STATE, page.root, draw, NARROW);
  return () => {
    playing.stop();
    picture.end();
  };
}

export default { render };
