// Number and class beside each mark, in an SVG that lies over the picture and takes no clicks.

const SPACE = "http://www.w3.org/2000/svg";

export function labels(svg, places) {
  const letter = Number(svg.getAttribute("font-size"));
  svg.replaceChildren(
    ...places.map(({ x, y, words }) => {
      const text = document.createElementNS(SPACE, "text");
      text.setAttribute("x", x + 2);
      text.setAttribute("y", Math.max(y - 3, letter));
      text.textContent = words;
      return text;
    }),
  );
}
