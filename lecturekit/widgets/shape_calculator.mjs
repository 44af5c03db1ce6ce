// A table that counts: layers as rows, and what follows from them beside each.
//
// What stands in the table may for a while be no network: a learner has to pass through such states.
// The model gets only networks that fit.

import { button, choice, element, frame, freshId, watch, write } from "./elements.mjs";
import { KINDS, LIMITS, PRESETS, alike, arithmetic, by, grouped, pairText, placeFor, share, sizes, summary, unseenText } from "./shapes.mjs";

const DASH = "\u2013";
const COLUMNS = ["layer", "output", "parameters", "receptive field", "multiply-adds"];
const TRIES = [
  "Remove row 4, the second pooling. Which number grows most?",
  "Start over and make the kernel of row 3 a 5. Has the network more parameters then, or fewer?",
  "Move the flatten layer up. Which row is the first that does not fit, and why?",
];
const whole = (label, max, more = {}) => ({ label, min: 1, max, ...more });
const OPTIONS = {
  filters: whole("filters", LIMITS.channels),
  units: whole("units", LIMITS.channels),
  kernel: whole("kernel", LIMITS.window, { pair: true }),
  size: whole("window", LIMITS.window, { pair: true }),
  stride: whole("stride", LIMITS.window, { pair: true }),
  dilation: whole("dilation", LIMITS.window, { pair: true }),
};
const PADDED = { label: "pixels of padding", min: 0, max: LIMITS.padding, pair: true };
const PADDINGS = [["valid", "valid"], ["same", "same"], ["by", "number"]];
const ORDER = ["filters", "units", "kernel", "size", "stride", "padding", "dilation"];
const copied = (value) => JSON.parse(JSON.stringify(value));

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}.`;

/** Read a whole number, or with `pair` one or two (3 and 3×5); null if it is none in the range. */
function readWhole(text, { min, max, pair }) {
  const parts = /^\s*(\d{1,9})\s*(?:[x\u00d7]\s*(\d{1,9})\s*)?$/i.exec(text);
  if (!parts || (parts[2] && !pair)) return null;
  const values = [parts[1], parts[2] ?? parts[1]].map(Number);
  return values.every((n) => n >= min && n <= max) ? (pair ? values : values[0]) : null;
}

/** A field for whole numbers. What is none is refused and said; arrow up and down change it by 1. */
function wholeField({ value, range, onInput, onError }) {
  let good = value;
  const text = (n) => (range.pair ? pairText(n) : String(n));
  const input = element("input", {
    type: "text", size: 1, inputmode: "numeric", autocomplete: "off", value: text(good),
    className: range.pair ? "lk-number" : "lk-number lk-many",
    "data-lm-suppress-shortcuts": "true",
  });
  const set = (next) => {
    good = next;
    input.value = text(next);
  };
  const take = (typed) => {
    const next = readWhole(typed, range);
    if (next !== null) {
      set(next);
      onInput(next);
      return;
    }
    set(good);
    const wanted = `a whole number from ${range.min} to ${grouped(range.max)}${range.pair ? ", or two as in 3\u00d75," : ""} is needed`;
    const came = typed.trim() === "" ? "nothing" : `\u201c${typed.trim().slice(0, 20)}\u201d`;
    onError(sentence(`${input.getAttribute("aria-label")}: ${wanted}, not ${came}. It stays ${text(good)}`));
  };
  // What Enter has taken, the browser tells again when the field loses the focus.
  const takeTyped = () => input.value !== text(good) && take(input.value);
  input.addEventListener("change", takeTyped);
  input.addEventListener("keydown", (event) => {
    // JupyterLab keeps Enter from the fields of a cell, and with it the event "change".
    if (event.key === "Enter") {
      event.preventDefault();
      takeTyped();
    }
    const change = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!change) return;
    event.preventDefault();
    const from = readWhole(input.value, range) ?? good;
    take(text(range.pair ? from.map((n) => n + change) : from + change).replace("-", "\u2212"));
  });
  return { input, set };
}

const option = (label, ...controls) => element("label", { className: "lk-option" }, element("span", {}, label), controls);
// Shown, and read out, where the table is too narrow for its row of headers.
const caption = (text) => element("span", { className: "lk-caption" }, text);
const cell = (column, ...parts) => element("td", { role: "cell" }, caption(COLUMNS[column]), ...parts);
/** Put a text in its place. A long number may go on in the next line, between two groups of digits. */
const put = (target, text) => {
  if (target.textContent === text) return;
  const parts = text.match(/[^,\u00d7]+[,\u00d7]?/g) ?? [];
  target.replaceChildren(...parts.flatMap((part, i) => (i ? [element("wbr"), part] : [part])));
};

/** A cell with a number, and what part of the total it is. */
function amountCell(column) {
  const value = element("span", { className: "lk-count" });
  const part = element("span", { className: "lk-part" });
  const bar = element("span", { className: "lk-bar", "aria-hidden": "true" }, element("span"));
  return {
    root: cell(column, value, part, bar),
    show(count, all) {
      put(value, count === null ? DASH : grouped(count));
      put(part, count && all ? share(count, all) : "");
      bar.firstChild.style.width = count && all ? `${(100 * Number(count)) / Number(all)}%` : "0";
    },
  };
}

/** How far apart two neighbors look; where there are none any more, of how many pixels. */
function beside({ step, field }, image) {
  if (step) return `step\u00a0${by(step[0] === step[1] ? [step[0]] : step)}`;
  return field.some((n, axis) => n > image[axis]) ? "with padding" : `of\u00a0${by(image)}`;
}

/** The cells to the right of a layer. */
function resultCells() {
  const out = element("span", { className: "lk-count" });
  const field = element("span", { className: "lk-count" });
  const step = element("span", { className: "lk-part lk-step" });
  const [parameters, work] = [amountCell(2), amountCell(4)];
  return {
    roots: [cell(1, out), parameters.root, cell(3, field, step), work.root],
    show(row, network, misfits, image) {
      put(out, row ? by(row.shape) : misfits ? "does not fit" : DASH);
      put(field, row ? by(row.field) : DASH);
      put(step, row ? beside(row, image) : "");
      parameters.show(row ? row.parameters : null, network.parameters);
      work.show(row ? row.multiplyAdds : null, network.multiplyAdds);
    },
  };
}

/** The fields of a layer's options. `rename` tells them the number of their row. */
function optionFields(layer, onChange, onError) {
  const [fields, names] = [{}, []];
  const field = (name, range, value, onInput) => {
    fields[name] = wholeField({ value, range, onInput, onError });
    names.push([fields[name].input, range.label]);
    return option(range.label, fields[name].input);
  };
  const change = (name) => (value) => {
    // As in Keras, the stride of a pooling is its window, until one sets it.
    const follows = name === "size" && alike(layer.size, layer.stride);
    if (follows) fields.stride.set(value);
    onChange({ [name]: value, ...(follows ? { stride: value } : {}) });
  };
  const paddings = () => {
    const byNumber = Array.isArray(layer.padding);
    field("padding", PADDED, byNumber ? layer.padding : [1, 1], change("padding"));
    const { input } = fields.padding;
    input.hidden = !byNumber;
    const words = choice({
      label: "",
      options: PADDINGS,
      value: byNumber ? "by" : layer.padding,
      onInput: (word) => {
        input.hidden = word !== "by";
        onChange({ padding: word === "by" ? readWhole(input.value, PADDED) : word });
      },
    });
    names.push([words.input, "padding"]);
    return option("padding", words.input, input);
  };
  const roots = ORDER.filter((name) => name in layer).map((name) =>
    name === "padding" ? paddings() : field(name, OPTIONS[name], layer[name], change(name)),
  );
  const rename = (n) => names.forEach(([input, label]) => input.setAttribute("aria-label", `${label}, row ${n}`));
  return { roots, rename };
}

/** A row of the table: a layer to change, and what it gives. */
function layerRow(layer, { onChange, onMove, onRemove, onError }) {
  const line = { layer };
  const kind = choice({
    label: "",
    options: Object.entries(KINDS).map(([name, { text }]) => [name, text]),
    value: layer.kind,
    onInput: (name) => {
      line.layer = copied(KINDS[name].layer);
      fill();
      onChange(line);
    },
  });
  const [up, down, remove] = [
    button("\u2191", () => onMove(line, -1)),
    button("\u2193", () => onMove(line, 1)),
    // A double click removes one row, not the next one, too, which moved under the pointer.
    button("\u00d7", (event) => event.detail < 2 && onRemove(line)),
  ];
  const place = element("span", { className: "lk-place", "aria-hidden": "true" });
  const more = element("span", { className: "lk-part" });
  const options = element("div", { className: "lk-options" });
  const note = element("p", { className: "lk-note", hidden: true, id: freshId("note") });
  const what = element("div", { className: "lk-what" }, place, kind.input, more, element("span", { className: "lk-moves" }, up, down, remove));
  const results = resultCells();
  const head = element("th", { scope: "row", role: "rowheader" }, what, options, note);
  line.root = element("tr", { role: "row" }, head, ...results.roots);
  line.controls = { kind: kind.input, up, down, remove };
  let fields;
  function fill() {
    const change = (values) => {
      Object.assign(line.layer, values);
      onChange(line);
    };
    fields = optionFields(line.layer, change, onError);
    options.replaceChildren(...fields.roots);
    const groups = line.layer.groups > 1 ? `${line.layer.groups} groups` : "";
    put(more, [groups, line.layer.bias === false ? "no bias" : ""].filter(Boolean).join(", "));
  }
  line.number = (n, all) => {
    put(place, `${n}`);
    head.setAttribute("aria-label", `row ${n}, ${KINDS[line.layer.kind].text}`);
    kind.input.setAttribute("aria-label", `layer, row ${n}`);
    for (const [control, text] of [[up, `move row ${n} up`], [down, `move row ${n} down`], [remove, `remove row ${n}`]]) {
      control.setAttribute("aria-label", text);
      control.title = text;
    }
    up.disabled = n === 1;
    down.disabled = n === all;
    fields.rename(n);
  };
  line.show = (row, network, misfits, image) => {
    results.show(row, network, misfits, image);
    const text = misfits ? sentence(network.trouble.text) : row ? unseenText(row) : "";
    put(note, text);
    note.hidden = !text;
    kind.input.setAttribute("aria-describedby", text ? note.id : "");
    line.root.classList.toggle("lk-misfit", misfits);
  };
  fill();
  return line;
}

/** The first row: the image. */
function imageRow(onInput, onError) {
  const range = (label, max) => ({ label, min: 1, max });
  const ranges = [range("height", LIMITS.side), range("width", LIMITS.side), range("channels", LIMITS.channels)];
  let shape = [];
  const fields = ranges.map((of, place) => {
    const made = wholeField({
      value: 1, range: of, onError,
      onInput: (value) => onInput(shape.map((n, i) => (i === place ? value : n))),
    });
    made.input.setAttribute("aria-label", `${of.label} of the image`);
    return made;
  });
  const options = element("div", { className: "lk-options" }, fields.map((made, place) => option(ranges[place].label, made.input)));
  const out = element("span", { className: "lk-count" });
  const head = element("th", { scope: "row", role: "rowheader" }, element("div", { className: "lk-what" }, "image"), options);
  const empty = [0, 1, 2].map(() => element("td", { role: "cell", className: "lk-empty" }));
  return {
    root: element("tr", { role: "row" }, head, cell(1, out), ...empty),
    show(next) {
      shape = next;
      fields.forEach((made, place) => made.set(next[place]));
      put(out, by(next));
    },
  };
}

/** The last row. */
function totalRow() {
  const values = [2, 4].map(() => element("span", { className: "lk-count" }));
  const head = element("th", { scope: "row", role: "rowheader" }, "total");
  const empty = () => element("td", { role: "cell", className: "lk-empty" });
  return {
    root: element("tr", { role: "row" }, head, empty(), cell(2, values[0]), empty(), cell(4, values[1])),
    show({ parameters, multiplyAdds }) {
      [parameters, multiplyAdds].forEach((n, i) => put(values[i], n === null ? DASH : grouped(n)));
    },
  };
}

function tableOf(body, foot) {
  const titles = COLUMNS.map((text) => element("th", { scope: "col", role: "columnheader" }, text));
  return element(
    "table",
    { role: "table" },
    element("caption", { className: "lk-spoken" }, "The layers of a network, from the image on: the size and the cost of each"),
    element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, titles)),
    body,
    element("tfoot", { role: "rowgroup" }, foot),
  );
}

function render({ model, el }) {
  const page = frame(el, { title: "What does each layer cost, and what does it see?", kind: "shapes", tries: TRIES });
  const opened = { shape: copied(model.get("input_shape")), layers: copied(model.get("layers")) };
  let [shape, lines, writing, stands, own] = [[], [], false, null, null];
  const past = [];
  const body = element("tbody", { role: "rowgroup" });
  const image = imageRow((next) => changed(next, lines, (network) => told(network)), page.complain);
  const total = totalRow();
  const layers = () => lines.map((line) => line.layer);
  const row = (line) => lines.indexOf(line) + 1;
  const named = (line) => `Row ${row(line)}, ${KINDS[line.layer.kind].text}`;

  const lineOf = (layer) =>
    layerRow(copied(layer), {
      onError: page.complain,
      onChange: (line) => changed(shape, lines, (network) => explained(line, network)),
      onMove: move,
      onRemove: remove,
    });

  function explained(line, network) {
    const found = network.rows[row(line) - 1];
    return found ? `${named(line)}: ${arithmetic(line.layer, found)} ${unseenText(found)}`.trim() : `${named(line)}, is changed.`;
  }
  function arrived(line, network) {
    const found = network.rows[row(line) - 1];
    return `${named(line)}, is new${found ? `: ${arithmetic(line.layer, found)}` : "."}`;
  }

  /** Put the lines into the table, in their order, and count. */
  function show() {
    const roots = [image.root, ...lines.map((line) => line.root)];
    const stand = roots.length === body.children.length && roots.every((root, i) => root === body.children[i]);
    if (!stand) body.replaceChildren(...roots);
    const network = sizes(shape, layers());
    image.show(shape);
    lines.forEach((line, i) => {
      line.number(i + 1, lines.length);
      line.show(network.rows[i], network, network.trouble?.place === i, shape.slice(0, 2));
    });
    total.show(network);
    stands = { shape: [...shape], layers: copied(layers()) };
    offer();
    undo.setAttribute("aria-disabled", !past.length);
    fit();
    return network;
  }

  /** The networks to start from, and the reader's own, once there is one. */
  function offer() {
    const known = PRESETS.findIndex((preset) => alike([preset.shape, preset.layers], [stands.shape, stands.layers]));
    if (known < 0) own = stands;
    const options = [...PRESETS.map((preset, place) => [place, preset.text]), ...(own ? [[-1, "your own"]] : [])];
    // A list that somebody may have opened is filled anew only if it must be.
    if (presets.input.options.length !== options.length) presets.fill(options);
    presets.set(known);
  }

  /** Where a number is too long for the table it goes on in a second line; it is never cut. */
  function fit() {
    page.root.classList.remove("lk-long");
    page.root.classList.toggle("lk-long", page.picture.scrollWidth > page.picture.clientWidth);
  }

  /** A new state of the table: show it, say it, and if it is a network, write it. */
  function changed(nextShape, nextLines, text, back = false) {
    if (!back) past.push(stands);
    [shape, lines] = [nextShape, nextLines];
    const network = show();
    page.say(text(network));
    if (network.trouble) {
      page.complain(`Row ${network.trouble.place + 1}: ${network.trouble.text}.`);
      return;
    }
    writing = true;
    write(model, { input_shape: [...shape], layers: copied(layers()) });
    writing = false;
  }
  const told = (network) => (network.trouble ? `${lines.length} layers.` : summary(layers(), network));
  const after = (text) => (network) => (network.trouble ? text : `${text} ${told(network)}`);

  function move(line, way) {
    const from = row(line) - 1;
    const next = lines.filter((other) => other !== line);
    next.splice(from + way, 0, line);
    const text = `Row ${from + 1}, ${KINDS[line.layer.kind].text}, is now row ${from + way + 1}.`;
    changed(shape, next, after(text));
    const { up, down } = line.controls;
    const [pressed, other] = way < 0 ? [up, down] : [down, up];
    (pressed.disabled ? other : pressed).focus();
  }

  function remove(line) {
    const place = row(line) - 1;
    const rest = lines.filter((other) => other !== line);
    changed(shape, rest, after(`Row ${place + 1}, ${KINDS[line.layer.kind].text}, is removed.`));
    const neighbor = rest[Math.min(place, rest.length - 1)];
    (neighbor ? neighbor.controls.remove : add).focus();
  }

  const kind = choice({
    label: "new layer",
    options: Object.entries(KINDS).map(([name, { text }]) => [name, text]),
    value: "conv2d",
    onInput: () => {},
  });
  const add = button("Add", () => {
    if (lines.length === LIMITS.rows) {
      page.complain(`There are ${LIMITS.rows} rows, and the table takes no more.`);
      return;
    }
    const line = lineOf(Object.values(KINDS)[kind.input.selectedIndex].layer);
    const place = placeFor(line.layer, shape, layers());
    changed(shape, [...lines.slice(0, place), line, ...lines.slice(place)], (network) => arrived(line, network));
    line.controls.kind.focus();
  });
  const start = ({ shape: from, layers: given }) => changed([...from], given.map(lineOf), told);
  const undo = button("Undo", () => {
    const last = past.pop();
    if (last) changed([...last.shape], last.layers.map(lineOf), after("The last change is undone."), true);
  });
  const presets = choice({
    label: "network",
    options: [],
    value: -1,
    onInput: (place) => start(PRESETS[place] ?? own),
  });
  const again = button("Start over", () => start(opened));

  page.picture.append(tableOf(body, total.root));
  page.controls.append(presets.root, kind.root, add, undo, again);

  /** Show what the model holds, unless it stands there already. */
  function read() {
    if (writing || alike([shape, layers()], [model.get("input_shape"), model.get("layers")])) return;
    const held = page.root.querySelector(":focus")?.getAttribute("aria-label");
    [shape, lines] = [copied(model.get("input_shape")), model.get("layers").map(lineOf)];
    page.say(told(show()));
    if (held) page.root.querySelector(`[aria-label="${held}"]`)?.focus();
  }
  read();
  const resized = new ResizeObserver(fit);
  resized.observe(page.root);
  const unwatch = watch(model, ["input_shape", "layers"], read);
  return () => {
    resized.disconnect();
    unwatch();
  };
}

export default { render };
