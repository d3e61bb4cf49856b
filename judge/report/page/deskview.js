"use strict";
/** What the desk looks like: the order and how far one is above, the row in the middle, the words and their keys below. */
const deskview = (() => {
  const $ = (id) => document.getElementById(id);
  const TROUBLE = {
    away: "The review does not answer. What you decide is kept here and sent as soon as it does; leave this page open.",
    closed: "The review was started again: open the new link from its terminal in this browser. What you decide is kept here.",
  };

  function tabs(names, titles, choose) {
    const buttons = names.map((name) =>
      dom.button(titles[name], () => choose(name), { class: "order", "data-order": name, "aria-pressed": "false" }),
    );
    return dom.el("div", { class: "orders", role: "group", "aria-label": "Order of the rows" }, buttons);
  }

  function head(names, titles, { choose, finish }) {
    return dom.el(
      "header",
      { class: "desk-head" },
      tabs(names, titles, choose),
      dom.el("p", { id: "desk-about", class: "desk-about" }),
      dom.el("div", { class: "desk-progress" },
        dom.el("span", { id: "desk-count" }),
        dom.el("progress", { id: "desk-bar", max: "1", value: "0", "aria-label": "Decided rows" })),
      dom.button("Summary", finish, { class: "plain", title: "What it comes to so far, and what to do next (s)", "aria-keyshortcuts": "s" }),
    );
  }

  function foot({ buttons, say, openNote, undo, move }) {
    const key = (letter) => dom.el("kbd", { "aria-hidden": "true" }, letter);
    const words = buttons.map(([word, title, letter]) =>
      dom.el("button", { type: "button", class: `word word-${word}`, "data-word": word, "aria-pressed": "false",
        "aria-keyshortcuts": letter, on: { click: () => say(word) } }, title, " ", key(letter)),
    );
    const more = [
      dom.el("button", { type: "button", id: "desk-note-open", class: "plain", "aria-keyshortcuts": "n", on: { click: openNote } }, "Note ", key("n")),
      dom.el("button", { type: "button", class: "plain", "aria-keyshortcuts": "z", on: { click: undo } }, "Undo ", key("z")),
    ];
    const arrows = [
      dom.button("←", () => move(-1), { class: "quiet", "aria-label": "Previous row", title: "Previous row (←)" }),
      dom.button("→", () => move(1), { class: "quiet", "aria-label": "Next row", title: "Next row, without a word (→)" }),
    ];
    return dom.el(
      "footer",
      { class: "desk-foot" },
      dom.el("div", { class: "desk-words" }, words, more),
      dom.el("div", { class: "desk-said" }, dom.el("p", { id: "desk-mine" }), dom.el("p", { id: "desk-last", class: "fine" })),
      dom.el("div", { class: "desk-move" }, arrows),
    );
  }

  function note({ saveNote, closeNote }) {
    const pressed = (event) => {
      if (event.key === "Enter") saveNote();
      else if (event.key === "Escape") closeNote();
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    return dom.el(
      "div",
      { id: "desk-note", class: "desk-note", hidden: true },
      dom.el("label", {}, dom.el("span", {}, "Note"),
        dom.el("input", { id: "desk-note-text", maxlength: "2000", autocomplete: "off", on: { keydown: pressed } })),
      dom.button("Save", saveNote, { class: "plain", title: "Enter" }),
      dom.button("Cancel", closeNote, { class: "plain", title: "Esc" }),
    );
  }

  /**
   * Put the desk into the page.
   * @param {string[]} names orders that there are
   * @param {Object<string, string>} titles of the orders
   * @param {Object} acts what the buttons do
   */
  function make(names, titles, acts) {
    const section = dom.el(
      "section",
      { id: "desk", class: "desk", "aria-label": "Review", hidden: true },
      head(names, titles, acts),
      dom.el("p", { id: "desk-trouble", class: "desk-trouble", role: "alert", hidden: true }),
      dom.el("div", { id: "desk-row", class: "desk-row" }),
      note(acts),
      foot(acts),
    );
    $("main").prepend(section);
  }

  /** A row without what the list, the judge and other rows say of it, and without the marks of what they quote. */
  function veiled(told) {
    const plain = (parts) => parts && parts.map(([text, kind]) => [text, kind === "m" ? "" : kind]);
    const calls = (turn) => turn.calls?.map((call) => ({ ...call, parts: plain(call.parts) }));
    return {
      ...told,
      rank: null, suspicion: null, probability: null, inclusion: null, note: "", status: "judged",
      reasons: [], scores: [], unscored: [], partners: [], more_partners: 0, groups: [], reproduce: [],
      guide: told.guide?.map(plain), context: plain(told.context),
      turns: told.turns.map((turn) => ({ ...turn, parts: plain(turn.parts), calls: calls(turn) })),
    };
  }

  /** Lay a row on the desk: the conversation on the left, why it is here and all else on the right. */
  function lay(told, hooks, blind = false) {
    const paper = $("desk-row");
    detail.render(blind ? veiled(told) : told, paper, hooks);
    if (blind) {
      const why = "Drawn by chance. Rank, reasons and grades are shown after your word, so that it is yours alone.";
      dom.fill(paper.querySelector(".part-reasons"), dom.el("p", { class: "veil" }, why));
    }
    const main = paper.querySelector(".detail-main");
    const aside = dom.el("div", { class: "desk-aside", tabindex: "0", role: "region", "aria-label": "Why it is here" });
    main.after(aside);
    aside.append(paper.querySelector(".detail-top"), paper.querySelector(".detail-side"));
    main.tabIndex = 0;
    main.setAttribute("role", "region");
    main.setAttribute("aria-label", "The row");
    focus();
  }

  /** The keyboard to the row, so that it can be scrolled. */
  function focus() {
    ($("desk-row").querySelector(".detail-main") || $("ending-title"))?.focus({ preventScroll: true });
  }

  /** Which row stands where: its id, its place, and how many rows have the same content. */
  function named(told, at, rows) {
    if (!told) return "";
    const copies = told.copies?.length ? `, decided with ${dom.counted(told.copies.length, "row")} of the same content` : "";
    return [dom.line(told.id, { class: "mono" }), ` row ${dom.number(at + 1)} of ${dom.number(rows)}${copies}`];
  }

  /** What others said of a row, which one learns after one's own word. */
  function others(index) {
    const { mine, others: said, count } = opinions.of(index);
    if (!count) return "";
    if (!mine || mine.pending) return `${count === 1 ? "someone else has" : `${count} others have`} decided; shown after your word`;
    const each = ({ by, word, note: text }) => [dom.line(by), `: ${opinions.WORDS[word]}`, text ? [" – ", dom.line(text)] : ""];
    return said.flatMap((one, n) => [n ? "; " : "", each(one)]);
  }

  function mine(index, draft) {
    const said = opinions.mine(index);
    const text = draft ?? said?.note;
    const noted = text ? dom.el("span", { class: "noted" }, "“", dom.line(text), "”") : null;
    if (!said) return noted ? [noted, " goes with your word"] : [];
    return ["You: ", dom.el("b", { class: `said-${said.word}` }, opinions.WORDS[said.word]), said.pending ? " (being kept …)" : "", " ", noted];
  }

  function trouble() {
    const what = opinions.trouble;
    const waits = opinions.pending() ? ` ${dom.counted(opinions.pending(), "decision")} not kept yet.` : "";
    const said = what ? `${Object.hasOwn(TROUBLE, what) ? TROUBLE[what] : what}${waits}` : "";
    $("desk-trouble").hidden = !said;
    if ($("desk-trouble").textContent !== said) $("desk-trouble").textContent = said;
  }

  /** Bring all of it in line with what is known. */
  function paint({ order, at, shown, told, last, rows, done, goal, what, draft }) {
    for (const tab of document.querySelectorAll(".order")) tab.setAttribute("aria-pressed", String(tab.dataset.order === order));
    for (const button of document.querySelectorAll("#desk [data-word]")) {
      button.disabled = shown < 0;
      button.setAttribute("aria-pressed", String(shown >= 0 && opinions.mine(shown)?.word === button.dataset.word));
    }
    $("desk-note-open").disabled = shown < 0;
    dom.fill($("desk-count"), dom.el("b", {}, `${dom.number(done)} of ${dom.number(goal)}`), ` ${what}`);
    $("desk-bar").value = goal ? done / goal : 0;
    if (document.body.classList.contains("at-desk")) dom.fill($("bar-place"), named(told, at, rows.length));
    dom.fill($("desk-mine"), shown < 0 ? "" : [mine(shown, draft), " ", dom.el("span", { class: "fine" }, others(shown))]);
    if (last) {
      const pending = opinions.mine(last.index)?.pending ? ", being kept …" : "";
      const beside = pending ? "" : others(last.index);
      dom.fill($("desk-last"), "before: ", dom.line(data.rows.id[last.index] ?? ""), ` ${opinions.WORDS[last.word]}${pending}`, beside ? [" · ", beside] : "");
    }
    trouble();
  }

  return { focus, lay, make, others, paint };
})();
