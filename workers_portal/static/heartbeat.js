// Says about every 20 seconds, or as the page says, that the worker is at the task: only while the page is shown and something was
// pressed, moved or typed since. Without it everything works; the time from claim to submission counts instead.
(() => {
  const bench = document.querySelector("[data-heartbeat]");
  if (!bench) return;
  const every = Number(bench.dataset.every ?? 20) * 1000;
  let acted = true;
  for (const kind of ["pointerdown", "pointermove", "keydown", "scroll", "input"]) {
    addEventListener(kind, () => { acted = true; }, { passive: true, capture: true });
  }
  const beat = () => {
    if (document.visibilityState !== "visible" || !acted) return;
    acted = false;
    fetch(bench.dataset.heartbeat, {
      method: "POST",
      body: new URLSearchParams({ csrf_token: bench.elements.csrf_token.value }),
      keepalive: true,
    }).then((answer) => { if (answer.status >= 400) clearInterval(timer); }, () => {});
  };
  const timer = setInterval(beat, every);
  beat();
  document.addEventListener("visibilitychange", () => { acted = true; });
  addEventListener("load", () => setTimeout(() => {
    const later = document.createElement("script");
    later.src = bench.dataset.later;
    document.head.append(later);
  }, 3000));
})();
