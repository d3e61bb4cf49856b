"use strict";
/**
 * Which rows are shown: what the reader asked for, as controls, as chips and as a part of the page's address.
 */
const filters = (() => {
  /**
   * What is asked for, by name; an absent name asks for nothing.
   * text: words that all occur; rubric: one that a reason speaks to; score: {rubric, level}; kind, reason, source,
   * status: names; inside: true.
   * @type {Map<string, *>}
   */
  const asked = new Map();
  const ONE_OF = ["rubric", "kind", "reason", "source", "status"];
  const SAID = { rubric: "speaks to", kind: "kind of reason", reason: "reason", source: "source", status: "status" };
  const KINDS = new Map([
    ["signal", "finding"],
    ["rubric", "the judge's grade"],
    ["contradiction", "contradiction"],
  ]);
  const MOST = 300; // values that a control offers
  /**
   * Filters that others add before the page starts, by name: {title, values: how each reads, by value; test}.
   * @type {Map<string, {title: string, values: Object<string, string>, test: function(string): function(number): boolean}>}
   */
  const more = new Map();
  let changed = () => {};
  /** What was asked last, and found: where a text goes on, only these rows can hold it. */
  let last = { others: "", text: "", passes: null };

  /** How a value of a filter reads. */
  function shown(name, value) {
    if (name === "kind") return KINDS.get(value) ?? value;
    if (name === "status") return dom.spaced(value);
    const { values } = more.get(name) || {};
    if (values && Object.hasOwn(values, value)) return values[value];
    return value;
  }

  /** The test that a row must pass for one filter: from its index to true or false. */
  function test(name, value) {
    const { rows } = data;
    if (more.has(name)) return more.get(name).test(value);
    const reasons = (fits) => {
      const which = new Set(rows.names.flatMap((reason, i) => (fits(reason) ? [i] : [])));
      return (i) => rows.reasons[i].some((reason) => which.has(reason));
    };
    switch (name) {
      case "rubric":
        return reasons((reason) => reason.rubric === value);
      case "kind":
        return reasons((reason) => reason.kind === value);
      case "reason":
        return reasons((reason) => reason.name === value);
      case "source": {
        const which = rows.sources.indexOf(value);
        return (i) => rows.source[i] === which;
      }
      case "status": {
        const which = rows.statuses.indexOf(value);
        return (i) => rows.status[i] === which;
      }
      case "inside":
        return (i) => rows.inside[i] === 1;
      case "score": {
        const scores = Object.hasOwn(rows.scores, value.rubric) ? rows.scores[value.rubric] : [];
        const levels = data.rubrics.get(value.rubric)?.levels.length || 5;
        return (i) => typeof scores[i] === "number" && dom.level(scores[i], levels) === value.level;
      }
      default: {
        const words = wordsOf(value);
        return (i) => words.every((word) => data.haystack(i).includes(word));
      }
    }
  }

  /** What a search looks for: words, and in quotation marks words that stand together. */
  function wordsOf(text) {
    const found = data.folded(text).matchAll(/"([^"]+)"|[^\s"]+/gu);
    return [...found].map(([word, phrase]) => phrase ?? word);
  }

  /**
   * Which rows pass all filters.
   * @returns {Uint8Array|null} 1 where a row passes; null where nothing is asked for
   */
  function passing() {
    if (!asked.size) {
      last = { others: "", text: "", passes: null };
      return null;
    }
    const text = asked.get("text") ?? "";
    const others = JSON.stringify([...asked].filter(([name]) => name !== "text"));
    const moving = [...more.keys()].some((name) => asked.has(name)); // what these go by may have changed since
    const narrower = !moving && last.passes && others === last.others && text.startsWith(last.text);
    const passes = narrower ? last.passes.slice() : new Uint8Array(data.count).fill(1);
    for (const [name, value] of narrower ? (text ? [["text", text]] : []) : asked) {
      const fits = test(name, value);
      for (let i = 0; i < passes.length; i++) if (passes[i] && !fits(i)) passes[i] = 0;
    }
    last = { others, text, passes };
    return passes;
  }

  /** Ask for something, or with null, an empty text or false for it no longer. */
  function set(name, value, typing = false) {
    if (value === null || value === undefined || value === "" || value === false) asked.delete(name);
    else asked.set(name, value);
    follow(typing);
  }

  /** Ask for what a part of a figure stands for, instead of all that was asked before. */
  function only(wanted) {
    asked.clear();
    const { rubric, level, ...others } = wanted;
    if (rubric !== undefined && level !== undefined) asked.set("score", { rubric, level: Number(level) });
    else if (rubric !== undefined) asked.set("rubric", rubric);
    for (const name of [...ONE_OF, "inside"]) if (others[name]) asked.set(name, others[name]);
    follow();
  }

  /** Ask for nothing. */
  function clear() {
    asked.clear();
    follow();
  }

  function follow(typing = false) {
    show();
    changed(typing);
  }

  /** What is asked for as parts of an address. */
  function toAddress(parameters) {
    for (const [name, value] of asked) {
      if (name === "score") parameters.set("score", `${value.rubric}:${value.level}`);
      else parameters.set(name, value === true ? "yes" : value);
    }
  }

  /** All that is asked for, in an order of its own. */
  function whole() {
    const parameters = new URLSearchParams();
    toAddress(parameters);
    parameters.sort();
    return parameters.toString();
  }

  /**
   * Ask for what an address says; what it does not name is asked for no longer.
   * @returns {boolean} whether something else is asked for now
   */
  function fromAddress(parameters) {
    const before = whole();
    asked.clear();
    for (const name of [...ONE_OF, ...more.keys(), "text"]) if (parameters.get(name)) asked.set(name, parameters.get(name));
    if (parameters.get("inside") === "yes") asked.set("inside", true);
    const [, rubric, level] = /^(.*):(\d+)$/su.exec(parameters.get("score") || "") || [];
    if (level) asked.set("score", { rubric, level: Number(level) });
    document.getElementById("filter-text").value = asked.get("text") ?? ""; // although it may have the keyboard
    show();
    return whole() !== before;
  }

  /** How one filter reads on its chip. */
  function told(name, value) {
    if (name === "text") return `text: ${value}`;
    if (name === "inside") return "inside the review budget";
    if (name === "score") {
      const { levels = [] } = data.rubrics.get(value.rubric) || {};
      return `${value.rubric}: ${value.level} of ${levels.length || 5}`;
    }
    return `${SAID[name] || more.get(name).title.toLowerCase()}: ${shown(name, value)}`;
  }

  /** Bring controls and chips in line with what is asked for. */
  function show() {
    for (const name of [...ONE_OF, ...more.keys()]) {
      const control = document.getElementById(`filter-${name}`);
      if (control) control.value = asked.get(name) ?? "";
    }
    const text = document.getElementById("filter-text");
    if (text !== document.activeElement) text.value = asked.get("text") ?? "";
    document.getElementById("filter-inside").checked = asked.has("inside");
    const chips = [...asked].map(([name, value]) => {
      const said = told(name, value);
      const gone = dom.button("×", () => set(name, null), { "aria-label": `Remove the filter “${said}”` });
      return dom.el("li", { class: "chip" }, dom.line(said), gone);
    });
    if (chips.length) chips.push(dom.el("li", {}, dom.button("Clear all", clear, { class: "quiet", id: "clear-all" })));
    dom.fill(document.getElementById("chips"), chips);
  }

  /** The control that chooses one of some values, which stand with how many rows have them; null where there is one. */
  function choice(name, title, counts) {
    if (counts.size < 2) return null;
    const options = [...counts]
      .slice(0, MOST)
      .map(([value, rows]) => dom.el("option", { value }, `${shown(name, value)}${rows === null ? "" : ` (${dom.number(rows)})`}`));
    const act = { change: (event) => set(name, event.target.value) };
    const control = dom.el(
      "select",
      { id: `filter-${name}`, on: act },
      dom.el("option", { value: "" }, "any"),
      options,
    );
    return dom.el("label", { class: "choice" }, dom.el("span", {}, title), control);
  }

  /** How many rows have each value of a filter, the most frequent first. */
  function tally(values) {
    const counts = new Map();
    for (let i = 0; i < data.count; i++) {
      for (const value of new Set(values(i))) {
        if (value !== null && value !== undefined) counts.set(value, (counts.get(value) || 0) + 1);
      }
    }
    return new Map([...counts].sort((a, b) => b[1] - a[1]));
  }

  /**
   * Put the controls into the page.
   * @param {function(boolean): void} act is called after each change, with whether somebody types
   */
  function start(act) {
    changed = act;
    const { rows } = data;
    let waiting = 0;
    const text = document.getElementById("filter-text");
    text.addEventListener("input", () => {
      cancelAnimationFrame(waiting); // of keys faster than frames only the last is looked for
      waiting = requestAnimationFrame(() => set("text", text.value.trim(), true));
    });
    document.getElementById("filter-inside").addEventListener("change", (event) => set("inside", event.target.checked));
    dom.put(document.getElementById("choices"), [
      choice(
        "rubric",
        "Criterion",
        tally((i) => data.reasonsOf(i).map((reason) => reason.rubric)),
      ),
      choice(
        "kind",
        "Kind",
        tally((i) => data.reasonsOf(i).map((reason) => reason.kind)),
      ),
      choice(
        "reason",
        "Reason",
        tally((i) => data.reasonsOf(i).map((reason) => reason.name)),
      ),
      choice(
        "source",
        "Source",
        tally((i) => [rows.sources[rows.source[i]]]),
      ),
      choice(
        "status",
        "Status",
        tally((i) => [rows.statuses[rows.status[i]]]),
      ),
      [...more].map(([name, { title, values }]) => choice(name, title, new Map(Object.keys(values).map((value) => [value, null])))),
    ]);
    show();
  }

  return { asked, clear, fromAddress, more, only, passing, set, start, toAddress };
})();
