import { climb, score } from "./ascent.mjs";
import { forward, size, tensor } from "./cnn.mjs";
import { grey, paint } from "./colors.mjs";
import { drawingPad } from "./drawing_pad.mjs";
import { button, choice, element, frame, number, slider, still, watch, write } from "./elements.mjs";
import { digitImage, digitOptions, load, nested } from "./network_page.mjs";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [300, 190];
const STARTS = { noise: "grey with noise", black: "black", grey: "grey", digit: "a held-out digit", drawing: "your drawing" };
const SETTINGS = ["layer", "unit", "step_size", "l1", "total_variation", "steps", "start", "digit"];

function svgElement(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** The rising curve: one line, its last value at its end. */
function curve() {
  const svg = svgElement("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "lk-curve", role: "img" });
  return {
    root: svg,
    show(scores) {
      const [low, high] = [Math.min(...scores), Math.max(...scores)];
      const span = high - low || 1;
      const x = (i) => 8 + (i / Math.max(scores.length - 1, 1)) * (WIDTH - 90);
      const y = (v) => HEIGHT - 44 - ((v - low) / span) * (HEIGHT - 64);
      const points = scores.map((v, i) => `${x(i).toFixed(1)},${y(v).toFixed(1)}`).join(" ");
      const end = scores.length - 1;
      svg.setAttribute("aria-label", `the score after each step: from ${number(scores[0], 1)} to ${number(scores[end], 1)} in ${end} steps`);
      svg.replaceChildren(
        svgElement("line", { x1: 8, y1: HEIGHT - 22, x2: WIDTH - 82, y2: HEIGHT - 22, class: "lk-axis" }),
        svgElement("polyline", { points, class: "lk-rise" }),
        svgElement("circle", { cx: x(end), cy: y(scores[end]), r: 4, class: "lk-end" }),
        svgElement("text", { x: x(end) + 8, y: y(scores[end]) + 5 }, number(scores[end], 1)),
        svgElement("text", { x: 8, y: HEIGHT - 6 }, "step 0"),
        svgElement("text", { x: WIDTH - 82, y: HEIGHT - 6, "text-anchor": "end" }, String(end)),
        scores.length > 1 ? svgElement("text", { x: 4, y: y(scores[0]) > HEIGHT / 2 ? y(scores[0]) + 15 : y(scores[0]) - 8 }, number(scores[0], 1)) : "",
      );
    },
  };
}

/** The image that a run begins with. */
function startImage(model, { digits, shape }, drawing) {
  const count = size(shape);
  const kind = model.get("start");
  if (kind === "black") return tensor(shape);
  if (kind === "grey") return tensor(shape, new Float32Array(count).fill(0.5));
  if (kind === "digit") return digitImage(digits, model.get("digit"), shape);
  if (kind === "drawing") return drawing ? tensor(shape, drawing) : tensor(shape);
  const bytes = model.get("noise");
  return tensor(shape, new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + 4 * count)));
}

export default {
  async render({ model, el }) {
    const page = await load(model);
    const { layers, digits } = page;
    const climbed = layers.map((layer, at) => [layer, at]).filter(([layer]) => layer.kernel);
    const view = frame(el, {
      title: "Which image makes this unit largest?",
      kind: "ascent",
      tries: [
        "Run filter 0, then filter 1 from the same start: the curves rise, the textures differ.",
        "Choose the layer output and a digit, and run. Does x* look like that digit? What does the network say?",
        "Raise a penalty and run again. L1 takes away ink, total variation takes away differences between neighbors. What does it cost?",
      ],
    });
    let [image, states, scores, drawing, running] = [null, [], [], null, 0];
    const canvas = element("canvas", { className: "lk-pixels lk-x", role: "img", "aria-label": "the image x" });
    const line = curve();
    const caption = element("figcaption", {}, "The image x");
    view.picture.append(
      element("figure", { className: "lk-digit" }, canvas, caption),
      element("figure", { className: "lk-digit" }, line.root, element("figcaption", {}, "The unit\u2019s value after each step, without the penalties")),
    );

    const target = () => {
      const [layer, at] = climbed.find(([one]) => one.name === model.get("layer")) ?? climbed[0];
      return { layer, last: at, unit: Math.min(model.get("unit"), layer.shape.at(-1) - 1) };
    };
    const options = () => ({ stepSize: model.get("step_size"), l1: model.get("l1"), variation: model.get("total_variation") });

    const show = () => {
      paint(canvas, image, 0, grey, 1);
      line.show(scores);
    };
    const tell = () => {
      const { layer, last, unit } = target();
      const behind = forward(layers.slice(last + 1), states[last].after);
      const probabilities = Array.from((behind.at(-1) ?? states[last]).after.data);
      const best = probabilities.indexOf(Math.max(...probabilities));
      const ink = image.data.reduce((sum, value) => sum + value, 0);
      const name = layer.kind === "conv2d" ? `filter ${unit} of ${layer.name}: a` : `unit ${unit} of ${layer.name}: its value`;
      view.say(
        `Step ${scores.length - 1}, ${name} is ${number(scores.at(-1), 4)}. Ink: ${ink.toFixed(1)}. ` +
          `The network reads ${best} with ${probabilities[best].toFixed(4)}.`,
      );
    };
    const idle = () => `Run ${model.get("steps")} steps`;
    const settle = () => {
      running = 0;
      go.textContent = idle();
      show();
      tell();
      write(model, { image: nested(image), scores: [...scores] });
    };
    const step = () => {
      const { last, unit } = target();
      const next = climb(layers, image, last, unit, { ...options(), states });
      const reached = score(layers, next, last, unit);
      const { value } = reached;
      if (!Number.isFinite(value)) {
        settle();
        view.complain("The score is no longer a finite number. The last good image stays; take a smaller step.");
        return false;
      }
      image = next;
      states = reached.states;
      scores.push(value);
      return true;
    };
    const reset = () => {
      running = 0;
      const { last, unit } = target();
      image = startImage(model, page, drawing);
      const begun = score(layers, image, last, unit);
      states = begun.states;
      scores = [begun.value];
      settle();
    };
    const frameStep = () => {
      if (!running) return;
      if (!step()) return;
      running -= 1;
      if (running === 0) settle();
      else {
        show();
        requestAnimationFrame(frameStep);
      }
    };
    const run = () => {
      if (running) {
        settle();
        return;
      }
      running = model.get("steps");
      if (still()) {
        while (running && step()) running -= 1;
        settle();
        return;
      }
      go.textContent = "Pause";
      requestAnimationFrame(frameStep);
    };

    const set = (values) => write(model, values);
    const layer = choice({
      label: "layer",
      options: climbed.map(([one]) => [one.name, one.name]),
      value: model.get("layer"),
      onInput: (name) => {
        const most = layers.find((one) => one.name === name).shape.at(-1) - 1;
        set({ layer: name, unit: Math.min(model.get("unit"), most) });
      },
    });
    const of = (label, name, min, max, by, digits = 2) =>
      slider({ label, min, max, step: by, value: model.get(name), text: (v) => number(v, digits), onInput: (v) => set({ [name]: v }) });
    const unit = of("unit", "unit", 0, 1, 1);
    const sliders = {
      unit,
      step_size: of("step size", "step_size", 0.005, 0.3, 0.005, 3),
      l1: of("L1 penalty", "l1", 0, 3, 0.05),
      total_variation: of("total variation", "total_variation", 0, 3, 0.05),
      steps: of("steps", "steps", 10, 500, 10),
    };
    const begin = choice({
      label: "start from",
      options: Object.entries(STARTS).filter(([kind]) => digits || !["digit", "drawing"].includes(kind)),
      value: model.get("start"),
      onInput: (start) => set({ start }),
    });
    const go = button(idle(), run);
    view.controls.append(layer.root, unit.root, begin.root);
    let which = null;
    let pad = null;
    if (digits) {
      which = choice({ label: "digit", options: digitOptions(digits), value: model.get("digit"), onInput: (digit) => set({ digit }) });
      pad = drawingPad({
        onImage: (next) => {
          drawing = next;
          reset();
        },
        complain: view.complain,
      });
      view.picture.prepend(pad.root);
      view.controls.append(which.root);
    }
    const rest = ["step_size", "l1", "total_variation", "steps"].map((name) => sliders[name].root);
    view.controls.append(...rest);
    const row = element("div", { className: "lk-row" }, go, button("One step", () => !running && step() && settle()), button("Start again", reset));
    view.picture.after(row);

    const follow = () => {
      const now = target();
      layer.set(now.layer.name);
      sliders.unit.set(now.unit, { max: now.layer.shape.at(-1) - 1 });
      for (const name of ["step_size", "l1", "total_variation", "steps"]) sliders[name].set(model.get(name));
      begin.set(model.get("start"));
      if (!running) go.textContent = idle();
      if (which) {
        which.set(model.get("digit"));
        which.root.hidden = model.get("start") !== "digit";
        pad.root.hidden = model.get("start") !== "drawing";
      }
    };
    const stops = [
      watch(model, SETTINGS, follow),
      // A new unit or start is a new climb; other settings hold for the next steps.
      watch(model, ["layer", "unit", "start", "digit"], reset),
    ];
    follow();
    reset();
    return () => {
      running = 0;
      stops.forEach((stop) => stop());
    };
  },
};
