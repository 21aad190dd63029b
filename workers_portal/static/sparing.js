// Low data: brings what the page left out once it is asked for, and loses nothing of what was typed.
// Without it each of these links opens the page anew, with what it names.
(() => {
  const picture = document.querySelector("[data-whole]");
  const all = [...document.querySelectorAll("[data-load]")];
  const drop = (what) => all.filter(({ dataset }) => dataset.load === what).forEach((link) => link.remove());

  const bring = {
    async picture() {
      const whole = new Image();
      whole.src = picture.dataset.whole;
      await whole.decode();
      picture.src = whole.src;
      delete picture.dataset.whole;
      document.querySelector("[data-with-picture]")?.remove();
      drop("picture");
    },
    async tool({ script, style }) {
      if (picture?.dataset.whole) await bring.picture();
      if (style) document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: style }));
      document.head.append(Object.assign(document.createElement("script"), { src: script }));
      drop("tool");
    },
  };

  for (const link of all) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      bring[link.dataset.load](link.dataset).catch(() => {});  // no network: the link stays, and the small picture
    });
  }
})();
