// A grid of numbers with their colors: an image, a filter, a feature map.
//
// Where cells are large enough they hold their numbers and can be reached one by one; where they
// are not, the grid is a picture. Either way one can point into it, and a window can stand on it.

import { element, number, numberField, setText } from "./elements.mjs";
import { COVER, PADDING, css, ink } from "./colors.mjs";

const SMALLEST = 24; // a finger finds no smaller target
const LARGEST = 48;
// How numbers may be written: digits behind the point, and the width of a letter in pixels.
const FORMS = [[2, 8], [2, 6.2], [1, 8], [1, 6.2]];
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

const same = (one, other) => one[0] === other[0] && one[1] === other[1];

/** The first way to write numbers so that all of them fit into their cells, if there is one. */
const formFor = (values, cell) =>
  FORMS.find(([digits, letter]) => values.every((value) => number(value || 0, digits).length * letter + 3 <= cell));

const box = (className, top, left, height, width) =>
  element("div", { className, style: { top: `${top}px`, left: `${left}px`, height: `${height}px`, width: `${width}px` } });

/**
 * Make a grid. It calls onPick([row, column]) where one points or presses the space bar. With
 * `follow` the arrow keys pick as they go. With `edit`, {label, onInput, onError}, cells can be
 * changed: typing or Enter opens a field, and so does a click, with `edit.second` the second one.
 */
export function numberGrid({ onPick = () => {}, follow = false, edit = null, className = "" }) {
  const root = element("div", { className: `lk-board ${className}` });
  const marks = element("div", {});
  const outline = element("div", { className: "lk-window" }); // stays the same, so that it can glide
  const overlay = element("div", { className: "lk-overlay", "aria-hidden": "true" }, marks, outline);
  let [shown, cells, body, active, field] = [null, [], null, [0, 0], null];

  const at = ([row, column]) => cells[row * shown.columns + column];
  const canEdit = (place) => edit && !Number.isNaN(shown.values[place[0] * shown.columns + place[1]]);
  const inside = ([row, column]) => [
    Math.min(Math.max(row, 0), shown.rows - 1),
    Math.min(Math.max(column, 0), shown.columns - 1),
  ];

  function activate(place, focus) {
    if (cells.length) {
      at(active)?.cell.setAttribute("tabindex", "-1");
      at(place).cell.setAttribute("tabindex", "0");
      if (focus) at(place).cell.focus();
    }
    active = place;
  }

  function go(place) {
    activate(inside(place), true);
    if (follow) onPick(active);
  }

  function close(focus) {
    if (!field) return;
    const { cell, input, place } = field;
    field = null;
    input.remove();
    cell.classList.remove("lk-open");
    if (focus) activate(place, true);
  }

  function open(place) {
    if (field) close();
    if (!canEdit(place)) {
      edit.onError("The zeros of the padding stay 0.");
      return;
    }
    const { cell } = at(place);
    const label = edit.label(place);
    const { input } = numberField({
      label, value: shown.values[place[0] * shown.columns + place[1]],
      onInput: (value) => edit.onInput(place, value),
      onError: edit.onError,
    });
    input.classList.toggle("lk-leftward", place[1] > shown.columns / 2);
    input.addEventListener("blur", () => close(false));
    cell.append(input);
    cell.classList.add("lk-open");
    field = { cell, input, place, before: input.value };
    input.focus();
    input.select();
  }

  function fieldKey(event) {
    event.stopPropagation();
    if (event.key === "Escape") field.input.value = field.before;
    if (event.key === "Escape" || event.key === "Enter") {
      event.preventDefault();
      // The field tells of a change by itself when it loses the focus, or at Enter.
      if (event.key === "Enter" && field.input.value !== field.before) field.input.dispatchEvent(new Event("change"));
      close(true);
    }
  }

  root.addEventListener("keydown", (event) => {
    if (field && event.target === field.input) return fieldKey(event);
    if (event.altKey || event.metaKey) return;
    const move = MOVES[event.key];
    const last = shown.columns - 1;
    if (move) go([active[0] + move[0], active[1] + move[1]]);
    else if (event.key === "Home") go(event.ctrlKey ? [0, 0] : [active[0], 0]);
    else if (event.key === "End") go(event.ctrlKey ? [shown.rows - 1, last] : [active[0], last]);
    else if (event.ctrlKey) return;
    else if (event.key === " " || (event.key === "Enter" && !edit)) onPick(active);
    else if (edit && cells.length && (event.key === "Enter" || event.key === "F2")) open(active);
    else if (edit && cells.length && /^[-+\u2212.,\w]$/.test(event.key)) {
      open(active); // and the key goes into the field
      return;
    } else return;
    event.preventDefault();
  });

  // A screen reader, too, may bring the focus to a cell.
  root.addEventListener("focusin", (event) => {
    const index = cells.findIndex(({ cell }) => cell === event.target);
    if (index >= 0) activate([Math.floor(index / shown.columns), index % shown.columns], false);
  });

  let wasActive = false;
  const placeOf = (event) => {
    const bounds = body.getBoundingClientRect();
    return inside([
      Math.floor(((event.clientY - bounds.top) / bounds.height) * shown.rows),
      Math.floor(((event.clientX - bounds.left) / bounds.width) * shown.columns),
    ]);
  };
  root.addEventListener("pointerdown", (event) => {
    wasActive = cells.length > 0 && at(placeOf(event)).cell === root.getRootNode().activeElement;
  });
  root.addEventListener("click", (event) => {
    if (field && event.target === field.input) return;
    const place = placeOf(event);
    activate(place, true);
    if (edit && cells.length && canEdit(place) && (wasActive || !edit.second)) open(place);
    else onPick(place);
  });

  /** Make the elements for a grid of another size. */
  function build(next, cell) {
    close(false);
    cells = [];
    active = [Math.min(active[0], next.rows - 1), Math.min(active[1], next.columns - 1)];
    if (cell < SMALLEST) {
      body = element("canvas", { className: "lk-cells", width: next.columns, height: next.rows });
      root.classList.add("lk-tiny");
    } else {
      root.classList.remove("lk-tiny");
      const rows = Array.from({ length: next.rows }, (_, row) =>
        element("div", { role: "row" }, Array.from({ length: next.columns }, (_, column) => {
          const text = element("span", {});
          const made = element("div", {
            role: "gridcell", className: "lk-cell", "data-lm-suppress-shortcuts": "true",
            tabindex: same([row, column], active) ? "0" : "-1",
          }, text);
          cells.push({ cell: made, text });
          return made;
        })),
      );
      body = element("div", { role: "grid", className: "lk-cells" }, rows);
    }
    root.replaceChildren(body, overlay);
  }

  function name(next) {
    if (cells.length) {
      body.setAttribute("aria-label", next.label);
      for (const attribute of ["role", "aria-label", "tabindex"]) root.removeAttribute(attribute);
    } else if (follow) {
      // A picture that takes the arrow keys.
      root.setAttribute("role", "application");
      root.setAttribute("aria-label", `${next.label}. The arrow keys move the window.`);
      root.setAttribute("tabindex", "0");
      root.dataset.lmSuppressShortcuts = "true";
    } else {
      root.setAttribute("role", "img");
      root.setAttribute("aria-label", next.label);
    }
  }

  function fill(next, cell) {
    const [digits, letter] = formFor(next.values, cell) ?? [];
    root.classList.toggle("lk-small", letter === FORMS.at(-1)[1]);
    const colors = next.values.map((value, i) => (next.covered?.[i] ? COVER : Number.isNaN(value) ? PADDING : next.color(value)));
    if (!cells.length) return paintCells(body, next, colors);
    cells.forEach(({ cell: made, text }, i) => {
      const padding = Number.isNaN(next.values[i]);
      const covered = Boolean(next.covered?.[i]);
      const value = padding ? 0 : next.values[i];
      const place = [Math.floor(i / next.columns), i % next.columns];
      const shownText = covered ? "?" : digits === undefined ? "" : number(value, digits);
      const unread = Boolean(next.unread?.some((places, axis) => places.includes(place[axis])));
      const about = [padding ? "padding, " : "", covered ? "covered" : number(value), unread ? ", read by no window" : ""].join("");
      const label = `${next.name(place)}: ${about}`;
      // Only what has changed: a window that moves leaves most numbers as they are.
      const look = [shownText, label, colors[i]].join();
      if (look === cells[i].look) return;
      cells[i].look = look;
      setText(text, shownText);
      made.style.backgroundColor = css(colors[i]);
      made.style.color = padding ? "#ffffff" : ink(colors[i]);
      made.classList.toggle("lk-pad", padding);
      made.classList.toggle("lk-unread", unread);
      made.setAttribute("aria-label", label);
    });
  }

  function mark(next, cell) {
    const [height, width] = [next.rows * cell, next.columns * cell];
    const pad = (next.padding ?? 0) * cell;
    const strips = (cells.length ? [] : next.unread ?? []).flatMap((places, axis) =>
      places.map((place) => (axis ? box("lk-unread", 0, place * cell, height, cell) : box("lk-unread", place * cell, 0, cell, width))),
    );
    const edge = pad && !cells.length ? [box("lk-inner", pad, pad, height - 2 * pad, width - 2 * pad)] : [];
    marks.replaceChildren(...strips, ...edge);
    outline.hidden = !next.window;
    if (next.window) placeWindow(outline, next.window, cell);
  }

  return {
    root,
    /** Show {rows, columns, values, color, label, name, room} and, if given, window, unread, padding, covered. */
    show(next) {
      const exact = Math.min(next.room / Math.max(next.rows, next.columns), LARGEST);
      const cell = exact < SMALLEST ? exact : Math.floor(exact);
      const resized = !shown || shown.rows !== next.rows || shown.columns !== next.columns;
      if (resized || (cell < SMALLEST) === cells.length > 0) build(next, cell);
      shown = next;
      root.style.setProperty("--lk-cell", `${cell}px`);
      Object.assign(root.style, { width: `${next.columns * cell}px`, height: `${next.rows * cell}px` });
      name(next);
      fill(next, cell);
      mark(next, cell);
      if (next.active && !same(next.active, active)) {
        activate(next.active, root.contains(root.getRootNode().activeElement) && !field);
      }
      return cells.length > 0;
    },
  };
}

function paintCells(canvas, { rows, columns }, colors) {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const picture = context.createImageData(columns, rows);
  colors.forEach((color, i) => picture.data.set([...color, 255], 4 * i));
  context.putImageData(picture, 0, 0);
}

/** An outline around what a window reads; with gaps, around each of its pixels, too. */
function placeWindow(outline, { row, column, reach, taps, gap }, cell) {
  const [height, width] = reach.map((n) => n * cell);
  Object.assign(outline.style, {
    transform: `translate(${column * cell}px, ${row * cell}px)`, height: `${height}px`, width: `${width}px`,
  });
  outline.classList.toggle("lk-gaps", gap > 1);
  const each = gap > 1
    ? Array.from({ length: taps[0] * taps[1] }, (_, tap) =>
        box("lk-tap", Math.floor(tap / taps[1]) * gap * cell, (tap % taps[1]) * gap * cell, cell, cell))
    : [];
  outline.replaceChildren(...each);
}
