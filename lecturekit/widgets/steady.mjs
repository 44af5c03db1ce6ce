// A line of text that keeps its place, so that what stands below it never moves.

import { element } from "./elements.mjs";

const TALLEST = 3; // the longest text may not be the highest: lines break where words end
const SAME = { gridArea: "1 / 1", margin: "0", minHeight: "0", whiteSpace: "pre-line" };

/** Give a line the height of the highest of all texts that it may say. Return how to tell them. */
export function steady(line, margin) {
  const unseen = element("div", { style: { ...SAME, display: "grid", visibility: "hidden" }, "aria-hidden": "true" });
  const place = element("div", { style: { display: "grid", margin } });
  line.before(place);
  Object.assign(line.style, SAME);
  place.append(unseen, line);
  return (texts) => {
    const longest = [...texts].sort((one, other) => other.length - one.length).slice(0, TALLEST);
    if (longest.every((text, i) => text === unseen.children[i]?.textContent)) return;
    unseen.replaceChildren(...longest.map((text) =>
      element("p", { style: { ...SAME, maxWidth: "none", fontVariantNumeric: "tabular-nums" } }, text)));
  };
}
