"use strict";
/** Review mode: the desk among the page's views, and words on rows in the list, in the drawer and on groups. */
(() => {
  const $ = (id) => document.getElementById(id);
  const WORDS = { r: "remove", k: "keep", u: "unsure" };
  /** @type {Map<number, string>} notes on rows that are not decided yet */
  const drafts = new Map();
  let noting = -1; // the row in the drawer on which a note is being written
  let stale = false; // whether the list is filtered by decisions that have changed
  const SEEN = 6000; // ms that what was said stays in the bar
  const TITLES = { remove: "Remove", keep: "Keep", unsure: "Unsure" };

  /** Whether the address is the desk's; the page opens there. */
  function atDesk() {
    return /^(#desk(=\w*)?)?$/u.test(location.hash);
  }

  /** Show the desk or what else the address names. */
  function moved() {
    const here = atDesk();
    const before = document.body.classList.contains("at-desk");
    document.body.classList.toggle("at-desk", here);
    $("desk").hidden = !here;
    if (here) {
      $("reading").hidden = true;
      $("groups").hidden = true;
      desk.back();
    }
    for (const link of document.querySelectorAll("[data-view]")) {
      if (link.dataset.view === "desk") {
        if (here) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
      } else if (here) link.removeAttribute("aria-current");
    }
    if (before && !here) {
      $("bar-place").replaceChildren();
      list.refresh();
      groups.refresh();
      if (app.place().view === "groups" && drawer.shown() < 0) $("group-title")?.focus({ preventScroll: true }); // it was hidden
    }
    if (stale && drawer.shown() < 0) refilter();
  }

  /** Keys at the desk come before those of the page. */
  function pressed(event) {
    if (!atDesk() || event.ctrlKey || event.metaKey || event.altKey || dom.kept.get("keys") === "off") return;
    if (event.target.closest("input, textarea, select, dialog") || $("help").open) return;
    if (event.key === "ArrowUp" || event.key === "ArrowDown") event.stopPropagation(); // they scroll the row
    else if (desk.key(event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  /** In the list: what I said of a row. */
  function badge(index) {
    const { mine, count } = opinions.of(index);
    if (!mine) return count ? dom.el("span", { class: "opinion opinion-others", title: "what they said is shown after your word" }, `${dom.number(count)} other${count === 1 ? "" : "s"} decided`) : null;
    return dom.el("span", { class: `opinion said-${mine.word}` }, mine.pending ? "…" : opinions.WORDS[mine.word]);
  }

  /** Decide on the row that the drawer shows; from the list, go to the next. */
  function decide(word) {
    const index = drawer.shown();
    if (index < 0) return;
    const note = written() ?? drafts.get(index) ?? opinions.mine(index)?.note ?? "";
    drafts.delete(index);
    noting = -1;
    opinions.decide(new Map([[index, word]]), { note, order: "list" }).catch(refused);
    dom.announce(opinions.WORDS[word]);
    if (app.place().view !== "groups") drawer.step(1);
  }

  function refused(error) {
    tell(`That was not kept: ${error.message}`);
  }

  /** Say something where it is seen, too. */
  function tell(text) {
    dom.announce(text);
    const place = $("bar-place");
    place.textContent = text;
    setTimeout(() => place.textContent === text && place.replaceChildren(), SEEN);
  }

  /** Take the last decision back, and go back to what it was about. */
  async function undo() {
    try {
      const expected = opinions.latest();
      const answer = opinions.undo();
      const back = (rows) => {
        if (app.place().view === "groups" && drawer.shown() < 0) camps.back(rows);
        else if (drawer.shown() >= 0) app.go({ row: rows[0] }, { replace: true });
      };
      if (expected?.size) back([...expected.keys()]); // at once: the server may be slow, or away
      const rows = await answer;
      if (!expected && rows.length) back(rows);
      tell(rows.length ? `Undone: ${dom.counted(rows.length, "row")}.` : "There is nothing to undo.");
    } catch (error) {
      refused(error);
    }
  }

  /** What is being written as a note in the drawer, or null. */
  const written = () => $("drawer-note")?.value.trim() ?? null;

  /** Write a note on the row in the drawer: it is kept at once where the row is decided, else it goes with the word. */
  function note(index) {
    noting = index;
    paintFoot();
    $("drawer-note").focus();
  }

  function noted(index) {
    const mine = opinions.mine(index);
    const text = written();
    noting = -1;
    if (!mine) drafts.set(index, text);
    else if (text !== mine.note) opinions.decide(new Map([[index, mine.word]]), { note: text, order: "list" }).catch(refused);
    paintFoot();
    document.getElementById("drawer-body").focus();
    dom.announce(mine ? "Note kept." : "The note goes with your decision.");
  }

  function noteLine(index) {
    const cancel = () => {
      noting = -1;
      paintFoot();
      document.getElementById("drawer-body").focus();
    };
    const pressed = (event) => {
      if (event.key === "Enter") noted(index);
      else if (event.key === "Escape") cancel();
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    const value = drafts.get(index) ?? opinions.mine(index)?.note ?? "";
    return dom.el("div", { class: "drawer-note" },
      dom.el("label", {}, dom.el("span", {}, "Note"), dom.el("input", { id: "drawer-note", value, maxlength: "2000", autocomplete: "off", on: { keydown: pressed } })),
      dom.button("Save", () => noted(index), { class: "plain", title: "Enter" }),
      dom.button("Cancel", cancel, { class: "plain", title: "Esc" }));
  }

  /** The foot of the drawer anew: the row above it stays as it was scrolled. */
  function paintFoot() {
    const index = drawer.shown();
    if (index < 0 || $("drawer-foot").hidden) return;
    const focused = document.activeElement?.closest("#drawer-foot [data-act]")?.dataset.act;
    dom.fill($("drawer-foot"), foot(index));
    if (focused) document.querySelector(`#drawer-foot [data-act="${focused}"]`)?.focus();
  }

  /** Below a row in the drawer: words and keys, what I said, and then what others did. */
  function foot(index) {
    if (noting !== index) noting = -1;
    const mine = opinions.mine(index);
    const letter = (key) => dom.el("kbd", { "aria-hidden": "true" }, key);
    const buttons = Object.entries(WORDS).map(([key, word]) =>
      dom.el("button", { type: "button", class: `word word-${word}`, "data-word": word, "data-act": word, "aria-keyshortcuts": key,
        "aria-pressed": String(mine?.word === word), on: { click: () => decide(word) } }, TITLES[word], " ", letter(key)),
    );
    const more = [["Note", "n", () => note(index)], ["Undo", "z", undo]].map(([title, key, act]) =>
      dom.el("button", { type: "button", class: "plain", "data-act": key, "aria-keyshortcuts": key, on: { click: act } }, title, " ", letter(key)));
    const text = drafts.get(index) ?? mine?.note;
    const said = text ? dom.el("span", { class: "noted" }, "“", dom.line(text), mine ? "” " : "” goes with your word ") : null;
    return [
      noting === index ? noteLine(index) : null,
      dom.el("div", { class: "desk-words" }, buttons, more),
      dom.el("p", { class: "fine" }, said, deskview.others(index)),
    ];
  }

  /** Everything that shows words on rows, drawn anew when they change. */
  function changed(rows) {
    progress();
    if (atDesk() || (rows && !rows.size)) return;
    if (filters.asked.has("decision")) {
      stale = true; // a row that is being read does not vanish from under its reader
      if (drawer.shown() < 0) refilter();
    }
    list.refresh();
    if (drawer.shown() >= 0 && noting < 0) paintFoot();
    camps.repaint();
  }

  function refilter() {
    stale = false;
    list.refilter();
  }

  /** The filter of the list by what was said of its rows. */
  const DECISION = {
    title: "Decision",
    values: { open: "not decided by me", remove: "I removed", keep: "I kept", unsure: "I am unsure", differ: "others differ", note: "with a note" },
    test: (value) => (index) => {
      const { mine, others } = opinions.of(index);
      if (value === "open") return !mine;
      if (value === "differ") return opinions.differs(index);
      if (value === "note") return Boolean(mine?.note) || others.some((other) => other.note);
      return mine?.word === value;
    },
  };

  /** Who reviews, and how many rows everyone has decided. */
  function progress() {
    const others = [...opinions.people].filter(([name]) => name !== opinions.who);
    const text = ([name, rows]) => [dom.line(name), ` ${dom.number(rows)}`];
    const all = [[opinions.who, opinions.people.get(opinions.who) || 0], ...others];
    dom.fill($("people"), "decided: ", all.map((each, n) => [n ? " · " : "", text(each)]));
  }

  /** What a key does away from the desk: on the row in the drawer, else on the group. */
  function act(letter) {
    const index = drawer.shown();
    if (index >= 0 && letter === "n") note(index);
    else if (index >= 0 && Object.hasOwn(WORDS, letter)) decide(WORDS[letter]);
    else if (index < 0 && app.place().view === "groups") camps.key(letter);
    else if (index < 0 && document.activeElement?.closest("tr[data-index]")) tell("Open the row first (Enter): a word on a row is for who has read it.");
  }

  async function started() {
    const nav = document.querySelector("[data-view]").parentElement;
    nav.prepend(dom.el("a", { href: "#desk", "data-view": "desk" }, "Review"));
    $("bar-place").after(dom.el("p", { id: "people", class: "people fine", title: "rows of this set that each has decided" }));
    await opinions.start();
    await desk.start();
    opinions.watch(changed);
    if (filters.asked.has("decision")) refilter(); // the address asked for it before anything was known
    camps.start(refused);
    app.hooks.moved = moved;
    moved();
    progress();
  }

  document.body.classList.toggle("at-desk", atDesk()); // before anything else is painted
  list.hooks.row = badge;
  drawer.hooks.foot = foot;
  filters.more.set("decision", DECISION);
  for (const letter of ["r", "k", "u", "a", "n", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]) app.hooks.keys[letter] = () => act(letter);
  app.hooks.keys.z = undo;
  app.hooks.shortcuts.push(["r k u", "remove, keep, unsure"], ["n", "a note"], ["z", "undo"], ["s", "summary, and back (at the desk)"], ["← →", "rows at the desk, without a word"], ["1 – 9", "groups: the camp that goes; twice where it is the stronger one"], ["0 a u", "groups: none goes, all go, unsure"]);
  app.hooks.started = started;
  addEventListener("keydown", pressed, true);
})();
