"use strict";
/**
 * What the page knows: one line for every row, as columns, and on demand all of one row.
 * A report holds everything itself; in review mode the server is asked.
 */
const data = (() => {
  const mode = document.documentElement.dataset.mode;
  const self = {
    mode,
    /** @type {Object} */ run: {},
    /** @type {Map<string, {question: string, levels: string[]}>} */ rubrics: new Map(),
    /** @type {Object<string, Array>} */ rows: {},
    /** @type {Object[]} */ groups: [],
    /** @type {number} rows that are listed */ count: 0,
    load,
    detail,
    detailed: () => Object.keys(details).length,
    indexOf,
    nameOf,
    reasonsOf,
    haystack,
    prepare,
    saidBy,
    folded,
  };
  let details = {};
  const byName = new Map();
  const STEP = 100; // rows whose texts are made at a time
  let prepared = 0;
  /** @type {string[]} what a search looks through, by row */
  const texts = [];

  /** Read the data; resolves when everything above is there. */
  async function load() {
    const page = mode === "review" ? await asked("/api/data") : embedded();
    self.run = page.run;
    self.rubrics = new Map(Object.entries(page.rubrics));
    self.rows = page.rows;
    self.groups = page.groups;
    self.count = page.rows.id.length;
    details = page.details || {};
    page.rows.id.forEach((id, index) => {
      if (!byName.has(id)) byName.set(id, index);
    });
  }

  function embedded() {
    const place = document.getElementById("judge-data");
    const page = JSON.parse(place.textContent);
    place.remove();
    return page;
  }

  async function asked(address) {
    const answer = await fetch(address, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
    return answer.json();
  }

  /**
   * All that is known of one row.
   * @param {number} index its place in the list, from 0
   * @returns {Promise<Object|null>} null where this file does not hold it
   */
  async function detail(index) {
    if (mode === "review") return asked(`/api/row/${index}`);
    return Object.hasOwn(details, String(index)) ? details[index] : null;
  }

  /** The place of a row by its id, or -1. */
  function indexOf(id) {
    return byName.get(id) ?? -1;
  }

  /** What stands for a row in an address: its id, or its place where two rows are written alike. */
  function nameOf(index) {
    const id = self.rows.id[index];
    return byName.get(id) === index ? id : `#${index + 1}`;
  }

  /** The distinct reasons of a row, the weightiest first: name, kind and the rubric it speaks to. */
  function reasonsOf(index) {
    return self.rows.reasons[index].map((which) => self.rows.names[which]);
  }

  /** By what a contradiction was found, in words. */
  function saidBy(by) {
    if (by === "judge") return "the judge says so";
    return by === "words" ? "by their words" : "";
  }

  /** All that a search looks at in a row, in lower case. */
  function haystack(index) {
    texts[index] ??= written(index);
    return texts[index];
  }

  /** A text as it is searched: in lower case, its quotation marks straight. */
  function folded(text) {
    return text
      .toLowerCase()
      .replaceAll("ς", "σ") // one letter: which of them stands in lower case goes by its place
      .replace(/[‘’‚‛]/gu, "'")
      .replace(/[“”„‟«»]/gu, '"');
  }

  function written(index) {
    const { id, source, sources, asks, says, because } = self.rows;
    const names = reasonsOf(index).map((reason) => reason.name);
    return folded([id[index], sources[source[index]], asks[index], says[index], because[index], ...names].join("\n"));
  }

  /** Make the texts that a search looks through while nothing else is to be done, so that the first key is quick. */
  function prepare(deadline) {
    while (prepared < self.count && deadline.timeRemaining() > 1) {
      const until = Math.min(prepared + STEP, self.count);
      for (; prepared < until; prepared++) haystack(prepared);
    }
    if (prepared < self.count) requestIdleCallback(prepare);
  }

  return self;
})();
