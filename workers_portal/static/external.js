// A client's tool in a sandboxed frame: it says when it is ready, is handed the item, and says the answer.
"use strict";
for (const figure of document.querySelectorAll("[data-external]")) {
  const frame = figure.querySelector("iframe");
  const answer = figure.querySelector("textarea");
  const said = figure.querySelector("[data-said]");
  const { token, item } = figure.dataset;
  window.addEventListener("message", (event) => {
    // The frame's origin is opaque: who speaks is known by the window alone, and proves with the token what about.
    if (event.source !== frame.contentWindow || typeof event.data !== "object" || event.data === null) return;
    if (event.data.type === "piecework.ready") {
      const before = answer.value === "" ? null : JSON.parse(answer.value);
      frame.contentWindow.postMessage({ type: "piecework.item", token, item: JSON.parse(item), before }, "*");
    } else if (event.data.type === "piecework.answer" && event.data.token === token) {
      answer.value = JSON.stringify(event.data.data) ?? "";
      said.hidden = answer.value === "";
    }
  });
  figure.querySelector("[data-needs-script]").hidden = true;
  const spared = figure.querySelector("[data-load-frame]");
  const load = () => {
    frame.src = frame.dataset.src;
    frame.hidden = false;
    spared?.remove();
  };
  if (spared) spared.addEventListener("click", (event) => { event.preventDefault(); load(); });
  else load();
}
