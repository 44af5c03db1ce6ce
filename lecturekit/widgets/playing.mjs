// A window that goes over its positions by itself: one step, then a while, then the next.

/**
 * `at` and `count` tell the position now and how many there are, `speed` the steps in a second;
 * `go` takes the window to a position, `show` is told whether it plays.
 */
export function player({ at, count, go, speed, show }) {
  let timer = null;
  const atEnd = () => at() >= count() - 1;
  const later = () => (timer = setTimeout(tick, 1000 / speed()));
  const step = (by) => go(Math.min(Math.max(at() + by, 0), count() - 1));
  function stop() {
    clearTimeout(timer);
    timer = null;
    show(false);
  }
  function tick() {
    if (atEnd()) return stop();
    step(1);
    later();
  }
  function toggle() {
    if (timer) return stop();
    if (atEnd()) go(0);
    show(true);
    later();
  }
  return { step, stop, toggle };
}
