// What every widget is made of: a frame, controls with names, one line that says what happened.

const BY_PROPERTY = new Set(["className", "textContent", "value", "checked", "disabled", "hidden"]);

/** Make an HTML element. Functions become listeners: element("button", {onclick: f}, "Go"). */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(made.style, value);
    else if (BY_PROPERTY.has(name)) made[name] = value;
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child != null));
  return made;
}

/** Write a text into an element. The same text again would only make the browser lay it out anew. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** A number as it stands in a figure: a real minus sign, integers without a point. */
export function number(value, digits = 2) {
  if (Number.isNaN(value)) return "NaN";
  const text = Number.isInteger(value) ? String(value) : value.toFixed(digits);
  const zero = Number(text) === 0 && text.startsWith("-");
  return (zero ? text.slice(1) : text).replace("-", "\u2212");
}

/** An id that no other element of the page has. Each widget loads its own copy of this module. */
export function freshId(stem) {
  globalThis.lecturekitIds = (globalThis.lecturekitIds ?? 0) + 1;
  return `lk-${stem}-${globalThis.lecturekitIds}`;
}

const quietKeys = (input) => {
  // JupyterLab takes the arrow keys of a cell unless the element itself asks for them.
  input.dataset.lmSuppressShortcuts = "true";
  return input;
};

function labelled(label, input, ...rest) {
  return element("label", { className: "lk-control" }, element("span", {}, label), input, ...rest);
}

/** A slider with its label and its value. `text` says the value in words, with its unit. */
export function slider({ label, min, max, step = 1, value, text = (v) => number(v), onInput }) {
  // The slider itself tells its value to a screen reader.
  const shown = element("span", { className: "lk-value", "aria-hidden": "true" });
  const input = quietKeys(element("input", { type: "range", min, max, step, value }));
  const show = () => {
    const words = text(Number(input.value));
    if (shown.textContent === words && input.hasAttribute("aria-valuetext")) return;
    shown.textContent = words;
    input.setAttribute("aria-valuetext", words);
  };
  input.addEventListener("input", () => {
    show();
    onInput(Number(input.value));
  });
  show();
  return {
    root: labelled(label, input, shown),
    input,
    get value() {
      return Number(input.value);
    },
    set(next, range = {}) {
      for (const [name, end] of Object.entries(range)) if (input[name] !== String(end)) input[name] = end;
      if (input.value !== String(next)) input.value = next;
      show();
    },
  };
}

/** A list to choose from: options are [value, text] pairs. */
export function choice({ label, options, value, onInput }) {
  const input = element("select", { onchange: () => onInput(options[input.selectedIndex][0]) });
  const fill = (pairs) => {
    options = pairs;
    input.replaceChildren(...pairs.map(([, text]) => element("option", {}, text)));
  };
  const set = (next) => (input.selectedIndex = options.findIndex(([v]) => v === next));
  fill(options);
  set(value);
  return { root: labelled(label, quietKeys(input)), input, set, fill };
}

/** A box to tick. */
export function tick({ label, value, onInput }) {
  const input = element("input", { type: "checkbox", checked: value });
  input.addEventListener("change", () => onInput(input.checked));
  const root = element("label", { className: "lk-control lk-tick" }, quietKeys(input), label);
  return { root, input, set: (next) => (input.checked = next) };
}

/** A field for one number. What is no number within the range is refused, and says why. */
export function numberField({ label, value, min = -1000, max = 1000, onInput, onError }) {
  const input = quietKeys(
    element("input", { type: "text", inputmode: "decimal", value, "aria-label": label, className: "lk-number" }),
  );
  let good = value;
  const set = (next) => {
    good = next;
    input.value = number(next, 4);
    input.removeAttribute("aria-invalid");
  };
  input.addEventListener("change", () => {
    const next = parseNumber(input.value);
    if (Number.isFinite(next) && next >= min && next <= max) {
      set(next);
      onInput(next);
      return;
    }
    input.setAttribute("aria-invalid", "true");
    const came = input.value.trim() === "" ? "nothing" : `\u201c${input.value.trim()}\u201d`;
    onError(`${label}: a number from ${number(min)} to ${number(max)} is needed, not ${came}. It stays ${number(good, 4)}.`);
    input.value = number(good, 4);
  });
  set(value);
  return { root: input, input, set };
}

/** Read a number as people write it: a real minus sign, a comma, spaces, wide digits. NaN if it is none. */
export function parseNumber(text) {
  const plain = text.normalize("NFKC").trim().replace("\u2212", "-").replace(",", ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
}

export const button = (text, onClick, attributes = {}) =>
  quietKeys(element("button", { type: "button", className: "lk-button", onclick: onClick, ...attributes }, text));

/**
 * The frame of a widget: a question, the picture, the line of arithmetic, the controls, things to
 * try. `say` writes the line, which screen readers read out; `complain` says what was refused.
 */
export function frame(el, { title, tries = [], kind }) {
  const id = freshId("title");
  const picture = element("div", { className: "lk-picture" });
  const line = element("p", { className: "lk-line", role: "status", "aria-live": "polite" });
  const trouble = element("p", { className: "lk-message", role: "alert" });
  const controls = element("div", { className: "lk-controls" });
  const heading = element("p", { className: "lk-title", id }, title);
  const list = element("ol", {}, tries.map((text) => element("li", {}, text)));
  const suggestions = element("details", { className: "lk-tries" }, quietKeys(element("summary", {}, "Try this")), list);
  const root = element(
    "section",
    { className: `lk-widget lk-${kind}`, "aria-labelledby": id },
    [heading, picture, line, trouble, controls],
    tries.length ? suggestions : null,
  );
  el.append(root);
  return {
    root,
    picture,
    controls,
    say: (text) => {
      setText(line, text);
      setText(trouble, "");
    },
    complain: (text) => (trouble.textContent = text),
  };
}

/** Does the reader ask for no motion? */
export const still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Write a value into the model, so that Python sees it where there is a kernel. */
export function write(model, values) {
  for (const [name, value] of Object.entries(values)) model.set(name, value);
  model.save_changes();
}

/** Call a function when any of the traits changes; return how to stop that. */
export function watch(model, names, onChange) {
  for (const name of names) model.on(`change:${name}`, onChange);
  return () => names.forEach((name) => model.off(`change:${name}`, onChange));
}

/**
 * Keep a picture true: draw now, when traits change (once for all that change together), and when
 * the widget's width changes below `narrow` pixels. `draw` is told the width. `soon` asks for a
 * drawing, too.
 */
export function keepDrawn(model, names, root, draw, narrow) {
  let asked = false;
  const soon = () => {
    if (asked) return;
    asked = true;
    queueMicrotask(() => {
      asked = false;
      draw(width);
    });
  };
  const unwatch = watch(model, names, soon);
  // To ask for the width while drawing would make the browser lay out the page in between.
  // What does not stand on the page yet has none, and is taken to be wide.
  const measured = () => root.clientWidth || Infinity;
  let width = measured();
  const resized = new ResizeObserver(() => {
    const was = width;
    width = measured();
    if (width !== was && Math.min(width, was) < narrow) draw(width);
  });
  resized.observe(root);
  draw(width);
  return {
    soon,
    end: () => {
      unwatch();
      resized.disconnect();
    },
  };
}

/** Get a model that a trait refers to, such as the weights that the widgets of a page share. */
export const referred = (model, name) =>
  model.widget_manager.get_model(model.get(name).replace("IPY_MODEL_", ""));
