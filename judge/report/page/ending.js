"use strict";
/** What the decisions come to: the rate while a sample grows, and the end, which says what to do next. */
const ending = (() => {
  const WAIT = 2500; // ms without a decision before the figures are worked out again
  let figures = null;
  let asked = 0;
  let timer = 0;

  async function work() {
    asked += 1;
    const mine = asked;
    const told = await opinions.ask("finish", {});
    if (mine === asked) figures = told;
    return told;
  }

  /** The defect rate of the set as far as the sample goes, in a place; brought up to date when decisions pause. */
  function rate(place, says) {
    const known = figures?.says.find((sentence) => sentence.includes("defect rate"));
    dom.fill(place, known ? [dom.el("b", {}, known), " "] : null, known ? null : says);
    place.title = says;
    clearTimeout(timer);
    const seen = JSON.stringify(opinions.people);
    if (rate.seen === seen) return;
    timer = setTimeout(async () => {
      try {
        await work();
        rate.seen = seen;
        if (place.isConnected && place.title === says) rate(place, says);
      } catch {
        // the desk says that the server is away; the figures come with the next decision
      }
    }, figures ? WAIT : 0);
  }
  rate.seen = "";

  function tally(rows) {
    const counts = { remove: 0, keep: 0, unsure: 0 };
    for (const index of rows) {
      const word = opinions.mine(index)?.word;
      if (word) counts[word] += 1;
    }
    return counts;
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
    return dom.el("ul", { class: "ending-says" }, [...told.says, ...told.agree].map((line) => dom.el("li", {}, dom.line(line))));
  }

  function ways({ order, done, goal, rows, go, choose }) {
    const unsure = rows.filter((index) => opinions.mine(index)?.word === "unsure");
    const left = rows.length - goal;
    return dom.el(
      "p",
      { class: "ending-ways" },
      done < goal ? dom.button("Go on where you stopped", () => go(), { class: "plain" }) : null,
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
   * @param {{order: string, done: number, goal: number, title: string, rows: number[], go: Function, choose: Function}} told
   */
  async function show(place, told) {
    const { remove, keep, unsure } = tally(told.rows.slice(0, told.goal));
    const many = told.done < told.goal ? `${dom.number(told.done)} of ${dom.counted(told.goal, "row")}` : `All ${dom.counted(told.goal, "row")}`;
    const title = dom.el("h2", { id: "ending-title", tabindex: "-1" }, `${many} ${told.title} ${told.goal === 1 ? "is" : "are"} decided`);
    const count = ([word, number]) => dom.el("div", { class: `ending-count said-${word}` }, dom.el("dt", {}, opinions.WORDS[word]), dom.el("dd", {}, dom.number(number)));
    const counts = dom.el("dl", { class: "ending-counts" }, Object.entries({ remove, keep, unsure }).map(count));
    const figuresPlace = dom.el("div", { class: "ending-figures" }, dom.el("p", { class: "fine" }, "Working out what they come to …"));
    dom.fill(place, dom.el("div", { class: "ending" }, title, counts, ways(told), figuresPlace));
    title.focus({ preventScroll: true });
    try {
      await settled();
      const come = await work();
      const kept = dom.el("p", {}, `${dom.counted(come.decisions, "decision")} of everyone stand in `, dom.el("code", {}, come.labels), ".");
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
