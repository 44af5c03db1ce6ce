// Shows widgets made with anywidget on a page that has no Python behind it.
//
// A notebook stores the state of its widgets, and where each of them stands. This script does for a
// page of the book what JupyterLab and anywidget do with that: it makes the models, loads the
// widgets' own scripts and styles, and lets them draw. `offline_widgets.py` says which pages get it.
(() => {
  const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';
  const VIEW = 'script[type="application/vnd.jupyter.widget-view+json"]';
  const ADDRESS = /^https?:\/\//;
  const LATEST = 500; // milliseconds that a widget waits at most for the page to be idle

  /** Are two values of a state equal? Bytes are equal only to themselves. */
  function equal(one, other) {
    if (one === other || (Number.isNaN(one) && Number.isNaN(other))) return true;
    if (!one || !other || typeof one !== "object" || typeof other !== "object") return false;
    if (ArrayBuffer.isView(one) || Array.isArray(one) !== Array.isArray(other)) return false;
    const names = Object.keys(one);
    return names.length === Object.keys(other).length && names.every((name) => name in other && equal(one[name], other[name]));
  }

  /** The state of one widget, which tells who listens when it changes. There is no Python to tell. */
  class Model {
    #state;
    #listeners = [];
    widget_manager = { get_model: async (id) => find(id) };

    constructor(state) {
      this.#state = state;
    }

    get(name) {
      return this.#state[name];
    }

    set(name, value) {
      const values = typeof name === "object" ? name : { [name]: value };
      const changed = Object.keys(values).filter((key) => !equal(this.#state[key], values[key]));
      Object.assign(this.#state, values);
      for (const key of changed) this.#tell(`change:${key}`, this.#state[key]);
      if (changed.length) this.#tell("change");
    }

    save_changes() {}

    send() {}

    /** Listen to events, named with a space between them; `owner` is who listens. */
    on(names, callback, owner) {
      for (const name of names.split(" ")) this.#listeners.push({ name, callback, owner });
    }

    /** Listen no more. What is not given means: whatever it is. */
    off(names, callback, owner) {
      const off = (one) =>
        (!names || names.split(" ").includes(one.name)) && (!callback || callback === one.callback) && (!owner || owner === one.owner);
      this.#listeners = this.#listeners.filter((one) => !off(one));
    }

    #tell(event, ...values) {
      // A listener may come or go meanwhile: `on` and `off` leave this list as it is.
      for (const { name, callback } of [...this.#listeners]) if (name === event) callback(this, ...values);
    }

    /** The model as one view of it sees it: it takes off no other view's listeners. */
    forOneView() {
      const view = {};
      const own = ["get", "set", "save_changes", "send"].map((name) => [name, this[name].bind(this)]);
      return {
        ...Object.fromEntries(own),
        on: (names, callback) => this.on(names, callback, view),
        off: (names, callback) => this.off(names, callback, view),
        widget_manager: this.widget_manager,
      };
    }
  }

  const stored = {};

  /** Make something of a key, and only once. */
  function once(make) {
    const made = new Map();
    return (key) => {
      if (!made.has(key)) made.set(key, make(key));
      return made.get(key);
    };
  }

  /** The model with an id. */
  const find = once((id) => {
    if (!stored[id]) throw new Error(`the page holds no state for it (${id})`);
    const { state, buffers = [] } = stored[id];
    for (const { path, data } of buffers) {
      const place = path.slice(0, -1).reduce((inside, key) => inside[key], state);
      place[path.at(-1)] = new DataView(Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)).buffer);
    }
    return new Model(state);
  });

  const load = once((text) =>
    import(ADDRESS.test(text) ? text : URL.createObjectURL(new Blob([text], { type: "text/javascript" }))));

  const style = once((text) => {
    const made = document.createElement("style");
    made.textContent = ADDRESS.test(text) ? `@import url("${text}")` : text;
    document.head.append(made);
  });

  const experimental = { invoke: () => Promise.reject(new Error("there is no Python behind this page")) };
  const { signal } = new AbortController(); // a page never takes a widget away, so nothing is ever cleaned up

  /** What a widget's script gives for a model, after it has prepared that model. */
  const start = once(async (model) => {
    const module = await load(model.get("_esm"));
    const exported = module.default ?? module;
    const widget = typeof exported === "function" ? await exported() : exported;
    if (model.get("_css")) style(model.get("_css"));
    const made = await widget.initialize?.({ model: model.forOneView(), signal, experimental });
    return { widget, exports: typeof made === "object" ? made : undefined };
  });

  /** What a widget may ask for that holds others: their models, and their views. */
  const host = {
    getModel: async (reference) => find(reference.replace("anywidget:", "")).forOneView(),
    async getWidget(reference) {
      const model = find(reference.replace("anywidget:", ""));
      const { exports } = await start(model);
      return { exports, render: ({ el }) => render(model, el) };
    },
  };

  async function render(model, el) {
    const { widget } = await start(model);
    await widget.render?.({ model: model.forOneView(), el, signal, host, experimental });
  }

  /** Give an element the classes and the layout that Python has set. */
  function dress(el, model) {
    el.classList.add(...(model.get("_dom_classes") ?? []));
    const layout = stored[model.get("layout")?.replace("IPY_MODEL_", "")]?.state ?? {};
    for (const [name, value] of Object.entries(layout)) {
      if (value !== null && !name.startsWith("_")) el.style.setProperty(name.replaceAll("_", "-"), value);
    }
  }

  const idOf = (script) => JSON.parse(script.textContent).model_id;

  /** Put a widget behind the script that says which one stands there, in the place of its picture if it has one. */
  async function show(script) {
    const el = document.createElement("div");
    el.className = "widget-subarea"; // which the theme knows
    try {
      const model = find(idOf(script));
      dress(el, model);
      await render(model, el);
      if (script.previousElementSibling?.matches("img.jupyter-widget")) script.previousElementSibling.remove();
    } catch (error) {
      console.error(error);
      el.textContent = `This widget cannot be shown: ${error.message ?? error}`;
    }
    script.after(el);
  }

  /** Show what stands nearest to the reader first, and one widget at a time: the page answers in between. */
  function showAll(waiting) {
    const soon = (run) => (window.requestIdleCallback ?? setTimeout)(run, { timeout: LATEST });
    const distance = (script) => Math.abs(script.parentElement.getBoundingClientRect().top);
    const next = () => {
      if (!waiting.length) return startUnseen();
      const [nearest, ...rest] = waiting.sort((one, other) => distance(one) - distance(other));
      waiting = rest;
      show(nearest);
      soon(next);
    };
    soon(next);
  }

  /** A widget that stands nowhere may still listen to others. */
  function startUnseen() {
    const seen = new Set([...document.querySelectorAll(VIEW)].map(idOf));
    const ids = Object.keys(stored).filter((id) => stored[id].model_module === "anywidget" && !seen.has(id));
    for (const id of ids) start(find(id)).catch(console.error);
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const script of document.querySelectorAll(STATE)) Object.assign(stored, JSON.parse(script.textContent).state);
    showAll([...document.querySelectorAll(VIEW)]);
  });
})();
