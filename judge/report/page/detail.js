"use strict";
/** All that is known of one row: why it stands here, its grades, what was said, whom it contradicts. */
const detail = (() => {
  const OFF = 0.05; // share of a grade's belief on no level from which it is told

  /**
   * Show a row.
   * @param {Object} told what `data.detail(index)` gave
   * @param {HTMLElement} container all that stands in it is replaced
   * @param {{openRow?: function(number): void, openGroup?: function(number): void}} [hooks] what a link to another
   *   row or to a group does; by default it follows the page's address
   */
  function render(told, container, hooks = {}) {
    const main = dom.el("div", { class: "detail-main" }, conversationOf(told), partners(told, hooks));
    const side = dom.el(
      "div",
      { class: "detail-side" },
      scores(told),
      unscored(told),
      groupsOf(told, hooks),
      guide(told),
      reproduce(told),
    );
    const top = [summary(told), section("Reasons", "reasons", reasons.list(told, hooks))];
    dom.fill(container, dom.el("div", { class: "detail" }, dom.el("div", { class: "detail-top" }, top), main, side));
    reasons.light(container);
  }

  function section(title, kind, ...children) {
    return dom.el("section", { class: `part part-${kind}` }, dom.el("h3", {}, title), children);
  }

  function summary(told) {
    const facts = [];
    if (told.rank !== null) {
      facts.push(["Rank", `${dom.number(told.rank)} of ${dom.number(data.run.ranked)}`]);
      facts.push(["Suspicion", told.suspicion === null ? "–" : told.suspicion.toFixed(3)]);
      facts.push(["Review budget", told.inside ? "inside" : "outside"]);
    }
    if (typeof told.probability === "number") facts.push(["Probability of a defect", dom.percent(told.probability)]);
    if (typeof told.inclusion === "number" && told.inclusion < 1) {
      facts.push(["Drawn with probability", told.inclusion.toPrecision(2)]);
    }
    facts.push(["Source", dom.line(told.source)]);
    if (told.also_in?.length) facts.push(["Also in", dom.line([told.also_in].flat().join(", "))]);
    if (told.line !== null) facts.push(["Line", dom.number(told.line)]);
    if (told.status !== "judged") facts.push(["Status", dom.line(dom.spaced(told.status))]);
    const list = facts.map(([name, value]) => dom.el("div", {}, dom.el("dt", {}, name), dom.el("dd", {}, value)));
    return [
      dom.el("dl", { class: "facts" }, list),
      told.note ? dom.el("p", { class: "note" }, dom.line(told.note)) : null,
    ];
  }

  /** One grade: the score, and how the judge's belief spreads over the levels, worst first. */
  function score(told) {
    const { question = "", levels = [] } = data.rubrics.get(told.rubric) || {};
    const level = dom.level(told.score, told.of);
    const bars = (told.distribution || []).map((share, i) => {
      const text = `${i + 1} of ${told.of}, ${dom.percent(share)}: ${levels[i] || ""}`;
      return dom.el(
        "li",
        { class: `bar level-${dom.tone(i + 1, told.of)}`, title: text, vars: { share } },
        dom.el("span", { class: "unseen" }, text),
      );
    });
    const off = told.off_scale > OFF ? ` (${dom.percent(told.off_scale)} of its belief is on no level)` : null;
    const where = [
      told.turn && `turn ${told.turn}`,
      typeof told.entropy === "number" && `entropy ${told.entropy.toFixed(2)}`,
    ];
    return dom.el(
      "li",
      { class: "score" },
      dom.el(
        "span",
        { class: "score-name" },
        dom.line(told.rubric),
        dom.el("span", { class: "turn-number" }, ` ${where.filter(Boolean).join(", ")}`),
      ),
      dom.el("span", { class: `grade level-${dom.tone(level, told.of)}` }, told.score.toFixed(1)),
      bars.length ? dom.el("ol", { class: "bars", "aria-label": `levels of ${told.rubric}` }, bars) : dom.el("span"),
      dom.el("p", { class: "fine" }, dom.line(question)),
      dom.el("p", { class: "level-text" }, dom.line(levels[level - 1] || ""), off),
    );
  }

  function scores(told) {
    if (!told.scores.length) return null;
    const worst = [...told.scores].sort((a, b) => a.score - b.score);
    return section("Grades of the judge", "scores", dom.el("ol", { class: "scores" }, worst.map(score)));
  }

  function unscored(told) {
    if (!told.unscored.length) return null;
    const items = told.unscored.map((each) =>
      dom.el(
        "li",
        {},
        dom.line(each.rubric),
        each.turn ? `, turn ${each.turn}` : "",
        ": ",
        dom.line(dom.spaced(each.reason)),
        each.detail ? [" – ", dom.line(each.detail)] : null,
      ),
    );
    return section("Not graded", "unscored", dom.el("ul", {}, items));
  }

  function conversationOf(told) {
    return section("Conversation", "chat", conversation.chat(told));
  }

  function partner(told, hooks) {
    const sure = typeof told.probability === "number" ? `, probability ${told.probability.toFixed(2)}` : "";
    const by = data.saidBy(told.by);
    return dom.el(
      "li",
      { class: "partner" },
      dom.el(
        "p",
        { class: "partner-head" },
        dom.tag(told.kind, "contradiction"),
        ` with `,
        app.rowLink(told, hooks),
        dom.el("span", { class: "fine" }, ` (${by || ""}${sure})`),
      ),
      told.asks?.length ? dom.el("p", { class: "partner-asks" }, "It was asked: ", dom.parts(told.asks)) : null,
      dom.el(
        "div",
        { class: "sides" },
        conversation.side(`This row${told.turn ? `, turn ${told.turn}` : ""}`, told.mine),
        conversation.side(
          [dom.line(told.id, { class: "mono" }), told.partner_turn ? `, turn ${told.partner_turn}` : ""],
          told.theirs,
        ),
      ),
    );
  }

  function partners(told, hooks) {
    if (!told.partners.length) return null;
    const more = told.more_partners
      ? dom.el("p", { class: "fine" }, `and ${dom.counted(told.more_partners, "more row")}`)
      : null;
    const items = told.partners.map((each) => partner(each, hooks));
    return section("Contradicts", "partners", dom.el("ul", { class: "partners" }, items), more);
  }

  function groupsOf(told, hooks) {
    if (!told.groups?.length) return null;
    const links = told.groups.map((index) => {
      const link = dom.el(
        "a",
        { href: app.address({ group: index }) },
        dom.line(data.groups[index]?.asks || `group ${index + 1}`),
      );
      if (hooks.openGroup) {
        link.addEventListener("click", (event) => {
          event.preventDefault();
          hooks.openGroup(index);
        });
      }
      return dom.el("li", {}, link);
    });
    return section("Rows that ask the same", "groups", dom.el("ul", {}, links));
  }

  function guide(told) {
    if (!told.guide?.length) return null;
    const passages = told.guide.map((each) => dom.el("div", { class: "passage" }, dom.parts(each)));
    return section("The guide says", "guide", passages);
  }

  /** A line to be typed, with a button that copies it. */
  function command(text) {
    const code = dom.el("code", {}, text);
    const act = async (event) => {
      const { target } = event;
      target.textContent = (await dom.copy(text, code)) ? "copied" : "press Ctrl+C";
      setTimeout(() => (target.textContent = "copy"), 1500);
    };
    return dom.el("li", {}, code, dom.button("copy", act, { class: "quiet", "aria-label": `Copy: ${text}` }));
  }

  function reproduce(told) {
    const lines = [...(told.reproduce || [])].map(command);
    const digest = dom.el("p", { class: "digest" }, "Digest ", dom.el("code", {}, told.digest));
    return section("Make it again", "again", digest, dom.el("ul", { class: "commands" }, lines));
  }

  return { command, render };
})();
