import { drawn } from "./drawing.mjs";
import { button, element, freshId } from "./elements.mjs";

const SIDE = 224;
const CELLS = 16; // steps of the keyboard's pen from edge to edge

/**
 * A pad to draw a digit on, by mouse, pen, touch or keyboard. `onImage` gets 784 numbers after each
 * movement, or null when the pad is empty.
 */
export function drawingPad({ onImage, complain }) {
  let [strokes, image] = [[], null];
  let down = false;
  const pen = { x: CELLS / 2, y: CELLS / 2, inked: false };
  const help = freshId("pad-help");
  const canvas = element("canvas", {
    className: "lk-drawing-pad",
    width: SIDE,
    height: SIDE,
    tabindex: "0",
    role: "application",
    "aria-label": "drawing pad",
    "aria-describedby": help,
  });
  canvas.dataset.lmSuppressShortcuts = "true";
  const told = element("p", { className: "lk-spoken", "aria-live": "polite" });

  const repaint = () => {
    const context = canvas.getContext("2d");
    context.fillStyle = "#000";
    context.fillRect(0, 0, SIDE, SIDE);
    Object.assign(context, { strokeStyle: "#fff", fillStyle: "#fff", lineWidth: 16, lineCap: "round", lineJoin: "round" });
    for (const stroke of strokes) {
      context.beginPath();
      const [[x, y], ...rest] = stroke;
      context.moveTo(x * SIDE, y * SIDE);
      if (rest.length === 0) context.lineTo(x * SIDE + 0.01, y * SIDE);
      for (const [a, b] of rest) context.lineTo(a * SIDE, b * SIDE);
      context.stroke();
    }
    if (canvas.matches(":focus-visible")) {
      const [x, y] = [(pen.x / CELLS) * SIDE, (pen.y / CELLS) * SIDE];
      Object.assign(context, { strokeStyle: "#6cb6e8", lineWidth: 2 });
      context.beginPath();
      for (const [dx, dy] of [[10, 0], [0, 10]]) {
        context.moveTo(x - dx, y - dy);
        context.lineTo(x + dx, y + dy);
      }
      context.stroke();
    }
  };
  const changed = () => {
    repaint();
    const held = [undo, clear].includes(document.activeElement);
    undo.disabled = clear.disabled = strokes.length === 0;
    if (held && undo.disabled) canvas.focus(); // a button that is off cannot keep the focus
    image = drawn(strokes);
    if (image) onImage(image);
  };
  const place = (event) => {
    const bounds = canvas.getBoundingClientRect();
    return [(event.clientX - bounds.left) / bounds.width, (event.clientY - bounds.top) / bounds.height].map((at) =>
      Math.min(Math.max(at, 0), 1),
    );
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    down = true;
    pen.inked = false;
    strokes.push([place(event)]);
    changed();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!down) return;
    // A fast hand makes several points between two frames.
    const events = event.getCoalescedEvents?.() ?? [];
    strokes.at(-1).push(...(events.length ? events : [event]).map(place));
    changed();
  });
  const up = () => (down = false);
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("focus", repaint);
  canvas.addEventListener("blur", repaint);
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (step) {
      pen.x = Math.min(Math.max(pen.x + step[0], 1), CELLS - 1);
      pen.y = Math.min(Math.max(pen.y + step[1], 1), CELLS - 1);
      if (pen.inked) strokes.at(-1).push([pen.x / CELLS, pen.y / CELLS]);
      told.textContent = `${pen.inked ? "drawing, " : ""}row ${pen.y}, column ${pen.x} of ${CELLS - 1}`;
    } else if (event.key === " ") {
      pen.inked = !pen.inked;
      if (pen.inked) strokes.push([[pen.x / CELLS, pen.y / CELLS]]);
      told.textContent = pen.inked ? "pen down" : "pen up";
    } else return;
    event.preventDefault();
    changed();
  });
  const undo = button("Undo stroke", () => {
    strokes.pop();
    pen.inked = false;
    changed();
    if (strokes.length === 0) complain("The pad is empty. The network still shows the last digit.");
  });
  const clear = button("Clear", () => {
    reset();
    complain("The pad is empty. The network still shows the last digit.");
  });
  const reset = () => {
    strokes = [];
    pen.inked = false;
    changed();
  };
  const root = element(
    "figure",
    { className: "lk-digit" },
    canvas,
    element("figcaption", { id: help }, "Draw here. By keyboard: arrows move the pen, the space bar puts it down and lifts it."),
    element("div", { className: "lk-drawing-buttons" }, undo, clear),
    told,
  );
  changed();
  return { root, clear: reset, image: () => image };
}
