import { css, positive, signed } from "./colors.mjs";
import { element, number, setText } from "./elements.mjs";

/** The scale of the colors of numbers, from its lowest to its highest. */
export function colorScale() {
  const ends = [element("span", {}), element("span", {})];
  const ramp = element("span", { className: "lk-ramp" });
  let known = "";
  const places = Array.from({ length: 9 }, (_, i) => i / 8);
  return {
    root: element("div", { className: "lk-scale", "aria-hidden": "true" }, ends[0], ramp, ends[1]),
    /** Show the scale of numbers up to `limit`: from 0, or from -limit for `signed`. */
    show(limit, color = signed) {
      const low = color === positive ? 0 : -limit;
      const colors = places.map((t) => css(color(low + t * (limit - low), limit))).join(", ");
      if (colors !== known) ramp.style.background = `linear-gradient(to right, ${colors})`;
      known = colors;
      setText(ends[0], number(low));
      setText(ends[1], number(limit));
    },
  };
}
