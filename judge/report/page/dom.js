"use strict";
/**
 * Small helpers that make elements. Words of the data set enter the page here, and only as text, never as markup.
 */
const dom = (() => {
  /**
   * A new element.
   * @param {string} tag
   * @param {Object<string, *>} [attributes] `on` holds listeners by event, `vars` CSS variables by name; a value of
   *   null, undefined or false leaves an attribute out, true makes it an empty one
   * @param {...(Node|string|number|null|undefined|false|Array)} children strings become text
   * @returns {HTMLElement}
   */
  function el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name === "on") {
        for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
      } else if (name === "vars") {
        for (const [key, number] of Object.entries(value)) node.style.setProperty(`--${key}`, String(number));
      } else node.setAttribute(name, value === true ? "" : String(value));
    }
    put(node, children);
    return node;
  }

  /** Append children, of which strings become text and lists are put in one after the other. */
  function put(node, children) {
    for (const child of children.flat(Infinity)) {
      if (child === null || child === undefined || child === false) continue;
      node.append(child instanceof Node ? child : String(child));
    }
    return node;
  }

  /** Replace all that stands in a node. */
  function fill(node, ...children) {
    node.replaceChildren();
    return put(node, children);
  }

  /**
   * A text with its marks, kept apart from what stands around it, whichever way it is read.
   * @param {Array<[string, string]>|null} pieces each a text and its kind: "" plain, "m" marked, "c" a control
   *   character by its name, "…" a note that something is left out
   */
  function parts(pieces) {
    const node = el("bdi", { class: "said", dir: "auto" });
    for (const [text, kind] of pieces || []) {
      if (kind === "m") node.append(el("mark", {}, text));
      else if (kind === "c")
        node.append(el("span", { class: "control", title: "a character that is not shown" }, text));
      else if (kind === "…") node.append(el("span", { class: "omitted" }, text));
      else node.append(text);
    }
    return node;
  }

  /** One line of a row's text, isolated from what stands around it. */
  function line(text, attributes = {}) {
    return el("bdi", { dir: "auto", ...attributes }, text);
  }

  const numbers = new Intl.NumberFormat("en");

  /** `12,345` */
  function number(value) {
    return numbers.format(value);
  }

  /** `1 row`, `1,200 rows` */
  function counted(value, what) {
    return `${number(value)} ${what}${value === 1 ? "" : "s"}`;
  }

  /** `38 %`, `under 1 %` */
  function percent(share) {
    return share > 0 && share < 0.01 ? "under 1 %" : `${Math.round(share * 100)} %`;
  }

  /** `unscored: no judge` for a name such as `unscored:no_judge` */
  function spaced(name) {
    return String(name)
      .replaceAll("_", " ")
      .replace(/:(?=\S)/gu, ": ");
  }

  /** The level, from 1, that a score stands nearest to. */
  function level(score, levels) {
    return Math.min(levels, Math.max(1, Math.floor(score + 0.5)));
  }

  /** Which of the five colours a level has: the ends have the ends and the middle the middle, whatever the scale. */
  function tone(level, levels) {
    return 1 + Math.round((4 * (level - 1)) / Math.max(levels - 1, 1));
  }

  /** A text as one word of a shell's command, within which nothing is carried out. */
  function word(text) {
    return `'${text.replaceAll("'", `'"'"'`)}'`;
  }

  /** A short word on a coloured ground, with a shape for those who do not see the colour. */
  function tag(text, kind) {
    return el("span", { class: `tag tag-${kind}` }, line(text));
  }

  /** A button with a name; `title` also tells its key. */
  function button(text, act, attributes = {}) {
    return el("button", { type: "button", ...attributes, on: { click: act } }, text);
  }

  /** Put a text on the clipboard; where a page from disk may not, it is selected so that it can be copied by hand. */
  async function copy(text, source) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const range = document.createRange();
      range.selectNodeContents(source);
      const chosen = getSelection();
      chosen.removeAllRanges();
      chosen.addRange(range);
      return document.execCommand ? document.execCommand("copy") : false;
    }
  }

  /** Tell a screen reader something that is only seen otherwise. */
  function announce(text) {
    const place = document.getElementById("announcer");
    if (place) place.textContent = text;
  }

  /** What the reader set once, e.g. the theme; a browser may forbid to keep it. */
  const kept = {
    get(name) {
      try {
        return localStorage.getItem(`judge.${name}`);
      } catch {
        return null;
      }
    },
    set(name, value) {
      try {
        localStorage.setItem(`judge.${name}`, value);
      } catch {
        // it holds for this page only
      }
    },
  };

  return { announce, button, copy, counted, el, fill, kept, level, line, number, parts, percent, put, spaced, tag, tone, word };
})();
