// Low data: brings what the page left out once it is asked for, and loses nothing of what was typed.
// Without it each of these links opens the page anew, with what it names.
(() => {
  const picture = document.querySelector("[data-whole]");
  const all = [...document.querySelectorAll("[data-load]")];
  const drop = (what) => all.filter(({ dataset }) => dataset.load === what).forEach((link) => link.remove());

  const broken = document.querySelector("[data-broken]");
  // Taken out again where it does not come: asked for anew, it is fetched anew.
  const come = (tag, given) => new Promise((resolve, reject) => {
    const part = Object.assign(document.createElement(tag), given);
    part.onload = resolve;
    part.onerror = () => { part.remove(); reject(new Error(part.src ?? part.href)); };
    document.head.append(part);
  });

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
      if (style) await come("link", { rel: "stylesheet", href: style });
      await come("script", { src: script });
      drop("tool");
    },
  };

  let coming = false;
  for (const link of all) {
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      if (coming) return;
      coming = true;
      broken.hidden = true;
      try {
        await bring[link.dataset.load](link.dataset);
      } catch {
        broken.hidden = false;  // the link stays, and the small picture
      }
      coming = false;
    });
  }
})();
