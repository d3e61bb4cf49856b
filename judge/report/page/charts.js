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

  /** Let the figures be used by mouse and keyboard. */
  function start() {
    const place = document.getElementById("figures");
    if (!place) return;
    place.addEventListener("click", (event) => {
      const part = event.target.closest("[data-filter]");
      if (part) follow(part);
    });
    place.addEventListener("keydown", (event) => {
      const part = event.target.closest("[data-filter]");
      if (!part || (event.key !== "Enter" && event.key !== " ")) return;
      event.preventDefault();
      event.stopPropagation();
      follow(part);
    });
  }

  return { start };
})();
