"use strict";
/** What the decisions come to: the rate while a sample grows, and the end, which says what to do next. */
const ending = (() => {
  const WAIT = 1000; // ms without a decision before the figures are worked out again
  const WHOLE = "The rate comes with the last: who sees it grow stops when it looks right, and bends it.";
  let figures = null;
  let seen = -1; // the last decision that the figures know of
  let working = false; // whether the desk has asked for them, and waits
  let timer = 0;

  async function work() {
    const { seq } = opinions;
    const told = await opinions.ask("finish", {});
    if (seq >= seen) {
      figures = told;
      seen = seq;
    }
    return told;
  }

  /**
   * Above a random row: how far the sample is, and once it is whole the set's defect rate. Not before: who sees a rate
   * grow stops when it looks right, and bends it.
   * @param {HTMLElement} place
   * @param {{says: string, rows: number[], decided: function(number): boolean, goal: number}} sample
   */
  function rate(place, sample) {
    const { says, rows, decided, goal } = sample;
    clearTimeout(timer);
    place.title = says;
    const counts = tally(rows, decided);
    const done = counts.remove + counts.keep + counts.unsure;
    if (done < goal) {
      const so = done ? `${dom.number(done)} of ${dom.number(goal)} drawn rows decided so far: ${dom.number(counts.remove)} removed. ` : "";
      dom.fill(place, so ? [dom.el("b", {}, so), WHOLE] : says);
      return;
    }
    const fresh = seen === opinions.seq;
    const known = fresh && ["defect rate", "drawn rows"].flatMap((words) => figures.says.find((line) => line.includes(words)) ?? []).at(0);
    dom.fill(place, known ? dom.el("b", {}, known) : `Every row of the sample is decided${fresh ? "." : "; the rate is being worked out …"}`);
    if (working || seen === opinions.seq) return;
    timer = setTimeout(async () => {
      working = true;
      let failed = false;
      try {
        await settled();
        await work();
      } catch {
        failed = true; // the desk says that the server is away; the figures come with the next decision
      }
      working = false;
      if (!failed && place.title === says) rate(place, sample);
    }, WAIT);
  }

  /** How many of some rows I gave each word. */
  function tally(rows, decided) {
    const counts = { remove: 0, keep: 0, unsure: 0 };
    for (const index of rows) if (decided(index)) counts[opinions.mine(index).word] += 1;
    return counts;
  }

  /** Of a sample, how many of its rows I decided only in another order. */
  function again(rows, decided) {
    const many = rows.filter((index) => opinions.mine(index) && !decided(index)).length;
    return many ? dom.el("p", { class: "fine" }, `You decided ${dom.counted(many, "more row")} of it before, in another order; a sample counts a row as it is drawn, so ${many === 1 ? "it comes" : "they come"} up again.`) : null;
  }

  /** Rows of the list on which others say otherwise, and the way to them. */
  function apart() {
    const many = data.rows.id.filter((_, index) => opinions.differs(index)).length;
    if (!many) return null;
    const look = () => {
      app.go({ view: "list", row: -1 });
      filters.clear();
      filters.set("decision", "differ");
    };
    return dom.el("li", {}, `On ${dom.counted(many, "row")} others say otherwise than you; a row on which no word has most voices counts as unsure. `, dom.button(many === 1 ? "Show it" : "Show them", look, { class: "link" }));
  }

  function command([what, text]) {
    const code = dom.el("code", {}, text);
    const copy = async (event) => {
      const done = await dom.copy(text, code);
      event.target.textContent = done ? "copied" : "press Ctrl+C";
      setTimeout(() => (event.target.textContent = "copy"), 1500);
    };
    return dom.el("li", {}, dom.el("span", { class: "what" }, what), code, dom.button("copy", copy, { class: "quiet", "aria-label": `Copy: ${text}` }));
  }

  function sentences(told) {
    return dom.el("ul", { class: "ending-says" }, [...told.says, ...told.agree].map((line) => dom.el("li", {}, dom.line(line))), apart());
  }

  function ways({ order, done, goal, rows, go, choose, back }) {
    const unsure = rows.filter((index) => opinions.mine(index)?.word === "unsure");
    const left = rows.length - goal;
    return dom.el(
      "p",
      { class: "ending-ways" },
      done < goal ? dom.button("Go on where you stopped", () => go(), { class: "plain" }) : null,
      dom.el("button", { type: "button", class: "plain", "aria-keyshortcuts": "s Escape", on: { click: back } }, "Back to the row ", dom.el("kbd", { "aria-hidden": "true" }, "s")),
      unsure.length ? dom.button(`Look again at ${dom.counted(unsure.length, "unsure row")}`, () => go(unsure), { class: "plain" }) : null,
      done === goal && left > 0 && rows.slice(goal).some((index) => !opinions.mine(index))
        ? dom.button(`Go on with the next ${dom.number(left)} rows`, () => go(), { class: "plain" })
        : null,
      order === "random" ? null : dom.button("Learn the set's defect rate: a random sample", () => choose("random"), { class: "plain" }),
    );
  }

  /**
   * Show the end of an order.
   * @param {HTMLElement} place
   * @param {{order: string, done: number, goal: number, title: string, rows: number[], decided: Function, go: Function, choose: Function, back: Function}} told
   */
  async function show(place, told) {
    const first = told.rows.slice(0, told.goal);
    const { remove, keep, unsure } = tally(first, told.decided);
    const many = told.done < told.goal ? `${dom.number(told.done)} of ${dom.counted(told.goal, "row")}` : `all ${dom.counted(told.goal, "row")}`;
    const title = dom.el("h2", { id: "ending-title", tabindex: "-1" }, `You decided ${many} ${told.title}`);
    const count = ([word, number]) => dom.el("div", { class: `ending-count said-${word}` }, dom.el("dt", {}, opinions.WORDS[word]), dom.el("dd", {}, dom.number(number)));
    const counts = dom.el("dl", { class: "ending-counts" }, Object.entries({ remove, keep, unsure }).map(count));
    const figuresPlace = dom.el("div", { class: "ending-figures" }, dom.el("p", { class: "fine" }, "Working out what they come to …"));
    dom.fill(place, dom.el("div", { class: "ending" }, title, counts, again(first, told.decided), ways(told), figuresPlace));
    title.focus({ preventScroll: true });
    try {
      await settled();
      const come = await work();
      const kept = dom.el("p", {}, `${dom.counted(come.decisions, "decision")} of everyone, one for rows of equal content, ${come.decisions === 1 ? "stands" : "stand"}`, come.written ? [" in ", dom.el("code", {}, come.labels)] : null, ".");
      dom.fill(figuresPlace, sentences(come), kept, dom.el("h3", {}, "What to do next"), dom.el("ul", { class: "commands" }, come.next.map(command)));
    } catch (error) {
      const again = dom.button("Try again", () => show(place, told), { class: "plain" });
      dom.fill(figuresPlace, dom.el("p", { class: "empty" }, `What they come to could not be worked out: ${error.message}. `, again));
    }
  }

  /** Until everything that was decided is on the server's disk. */
  function settled() {
    return new Promise((resolve) => {
      const look = () => (opinions.pending() ? setTimeout(look, 100) : resolve());
      look();
    });
  }

  return { rate, show };
})();
