"use strict";
/** Light or dark, before anything is drawn: as the reader chose it here, else as the system is set. */
const theme = (() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return localStorage.getItem("judge.theme");
    } catch {
      return null; // a browser may forbid to keep anything
    }
  }

  function apply(name) {
    root.dataset.theme = name === "dark" || name === "light" ? name : system.matches ? "dark" : "light";
  }

  /** The other one, from now on. */
  function toggle() {
    const next = root.dataset.theme === "dark" ? "light" : "dark";
    apply(next);
    try {
      localStorage.setItem("judge.theme", next);
    } catch {
      // it holds for this page only
    }
    return next;
  }

  apply(chosen());
  system.addEventListener("change", () => apply(chosen()));
  return { toggle };
})();
