"use strict";
/** The figures: what is drawn is there already; here a click on a part of one asks the list for its rows. */
const charts = (() => {
  /** Ask the list for the rows that a part of a figure stands for. */
  function follow(part) {
    filters.only(JSON.parse(part.dataset.filter));
    app.go({ view: "list", row: -1 });
    document.getElementById("list").scrollIntoView();
    document.getElementById("list-title").focus({ preventScroll: true });
  }

  /** Go from one part of a figure to the next, or back. */
  function step(part, event) {
    const parts = [...part.closest("svg").querySelectorAll("[data-filter]")];
    const by = event.key === "ArrowRight" || event.key === "ArrowDown" ? 1 : -1;
    const next = parts[parts.indexOf(part) + by];
    event.preventDefault();
    event.stopPropagation();
    if (!next) return;
    part.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  }

  /** Let the figures be used by mouse and keyboard. */
  function start() {
    const place = document.getElementById("figures");
    if (!place) return;
    place.addEventListener("click", (event) => {
      const part = event.target.closest("[data-filter]");
      if (part) follow(part);
    });
    for (const drawn of place.querySelectorAll("svg")) {
      const [, ...others] = drawn.querySelectorAll("[data-filter]"); // a figure is one stop; arrows go on within it
      for (const part of others) part.setAttribute("tabindex", "-1");
    }
    place.addEventListener("keydown", (event) => {
      const part = event.target.closest("[data-filter]");
      if (part && event.key.startsWith("Arrow")) step(part, event);
      if (!part || (event.key !== "Enter" && event.key !== " ")) return;
      event.preventDefault();
      event.stopPropagation();
      follow(part);
    });
  }

  return { start };
})();
