// On a narrow screen a figure scrolls inside itself: then, and only then, the Tab key stops there, so
// that the arrow keys move it. The theme does the same for code, outputs and tables.
document.addEventListener("DOMContentLoaded", () => {
  const update = (figure) => {
    if (figure.scrollWidth > figure.clientWidth) figure.tabIndex = 0;
    else figure.removeAttribute("tabindex");
  };
  // A picture that has just been loaded may be wider than its figure.
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) update(target.closest("figure"));
  });
  for (const figure of document.querySelectorAll(".bd-article figure")) {
    for (const part of [figure, ...figure.querySelectorAll("img")]) observer.observe(part);
  }
});
