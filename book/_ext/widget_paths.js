// Tells the widget manager where its modules are: beside this file, in the book itself.
(function () {
  const here = document.currentScript;
  const base = here.src.slice(0, here.src.lastIndexOf("/") + 1);
  here.setAttribute("data-jupyter-widgets-cdn", base);
  window.requirejs.config({
    paths: {
      anywidget: base + "anywidget",
      "@jupyter-widgets/html-manager": base + "embed-amd",
      "@jupyter-widgets/html-manager/dist": base.slice(0, -1),
    },
  });
  // The manager sets formulas in labels as MathJax 2 did; the book has MathJax 3.
  document.addEventListener("DOMContentLoaded", function () {
    if (!window.MathJax || window.MathJax.Hub) return;
    window.MathJax.Hub = {
      Queue: (task) => Array.isArray(task) && window.MathJax.typesetPromise?.([task[2]].flat()),
    };
  });
})();
