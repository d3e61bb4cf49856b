"use strict";
/** The columns of the list, and what stands in a cell: finished elements, never a string of markup. */
const cells = (() => {
  /** The place of each text among all, as a reader would order them; worked out once, when it is sorted by. */
  function places(texts) {
    let found = null;
    return (index) => {
      if (!found) {
        const { compare } = new Intl.Collator("en", { numeric: true });
        const sorted = texts.map((_, i) => i).sort((a, b) => compare(texts[a], texts[b]) || a - b);
        found = new Uint32Array(texts.length);
        let place = 0;
        sorted.forEach((i, at) => {
          if (at && compare(texts[i], texts[sorted[at - 1]]) !== 0) place += 1;
          found[i] = place;
        });
      }
      return found[index];
    };
  }

  function rank(index) {
    const text = index < data.run.ranked ? dom.number(index + 1) : "–";
    return dom.el("span", { class: "rank" }, text);
  }

  function suspicion(index) {
    const value = data.rows.suspicion[index];
    if (value === null) return dom.el("span", { class: "none" }, "–");
    const bar = dom.el("span", { class: "meter", "aria-hidden": "true", vars: { share: value } });
    return dom.el("span", { class: "suspicion" }, value.toFixed(3), bar);
  }

  function named(index, added) {
    const { rows } = data;
    const status = rows.statuses[rows.status[index]];
    const tells = status !== "judged" && rows.statuses.length > 1; // what holds for all rows is told above
    const link = dom.el("a", { href: app.address({ row: index }), class: "id" }, dom.line(rows.id[index]));
    return dom.el(
      "div",
      { class: "named" },
      link,
      dom.el("span", { class: "source" }, dom.line(rows.sources[rows.source[index]])),
      tells ? dom.el("span", { class: "status" }, dom.line(dom.spaced(status))) : null,
      added(index),
    );
  }

  function because(index) {
    const [first, ...others] = data.reasonsOf(index);
    const none = index < data.run.ranked ? "nothing speaks against it" : "not ranked";
    if (!first) return dom.el("span", { class: "none" }, none);
    const names = others.map((reason) => reason.name).join(", ");
    const more = others.length > 0 && dom.el("span", { class: "more", title: names }, `+${others.length}`);
    const text = dom.line(data.rows.because[index], { class: "because" });
    return dom.el("div", { class: "why" }, dom.tag(first.name, first.kind), more, text);
  }

  function said(index) {
    const { asks, says } = data.rows;
    return dom.el(
      "div",
      { class: "exchange" },
      dom.line(asks[index], { class: "asks" }),
      dom.line(says[index], { class: "says" }),
    );
  }

  function grade(rubric, levels) {
    return (index) => {
      const score = data.rows.scores[rubric][index];
      if (typeof score !== "number") return dom.el("span", { class: "none" }, "–");
      return dom.el("span", { class: `grade level-${dom.tone(dom.level(score, levels), levels)}` }, score.toFixed(1));
    };
  }

  /**
   * The columns: a title, a class, the value that a row is sorted by (or none), and what is shown.
   * @param {function(number): (Node|null|undefined)} added what stands beside a row's name
   */
  function columns(added) {
    const { rows, run } = data;
    const found = [
      { title: "#", name: "Rank", kind: "rank", value: (i) => (i < run.ranked ? i : null), show: rank },
      { title: "Suspicion", kind: "suspicion", value: (i) => rows.suspicion[i], show: suspicion, falling: true },
      { title: "Row", kind: "row", value: places(rows.id), show: (i) => named(i, added) },
      {
        title: "First reason",
        kind: "why",
        value: places(rows.reasons.map((reasons) => (reasons.length ? rows.names[reasons[0]].name : "\uffff"))),
        show: because,
      },
      { title: "Asked and answered", kind: "said", value: null, show: said },
    ];
    if (!run.has_scores) return found;
    for (const [rubric, { levels, question }] of data.rubrics) {
      if (!Object.hasOwn(rows.scores, rubric)) continue;
      const scores = rows.scores[rubric];
      const value = (i) => scores[i] ?? null;
      found.push({ title: rubric, name: question, kind: "grade", value, show: grade(rubric, levels.length) });
    }
    return found;
  }

  return { columns };
})();
