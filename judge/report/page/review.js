"use strict";
/** Review mode: the desk among the page's views, and words on rows in the list, in the drawer and on groups. */
(() => {
  const $ = (id) => document.getElementById(id);
  const WORDS = { r: "remove", k: "keep", u: "unsure" };
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
    }
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
    if (!mine) return count ? dom.el("span", { class: "opinion opinion-others", title: "decided by others; shown after your word" }, `+${count}`) : null;
    return dom.el("span", { class: `opinion said-${mine.word}` }, mine.pending ? "…" : opinions.WORDS[mine.word]);
  }

  /** Decide on the row that the drawer shows; from the list, go to the next. */
  function decide(word) {
    const index = drawer.shown();
    if (index < 0) return;
    opinions.decide(new Map([[index, word]]), { note: opinions.mine(index)?.note || "", order: "list" }).catch(refused);
    dom.announce(opinions.WORDS[word]);
    if (app.place().view !== "groups") drawer.step(1);
  }

  function refused(error) {
    dom.announce(`That was not kept: ${error.message}`);
    $("bar-place").textContent = `Not kept: ${error.message}`;
  }

  async function undo() {
    try {
      const rows = await opinions.undo();
      dom.announce(rows.length ? `Undone: ${dom.counted(rows.length, "row")}.` : "There is nothing to undo.");
    } catch (error) {
      refused(error);
    }
  }

  /** Below a row in the drawer: words and keys, what I said, and then what others did. */
  function foot(index) {
    const mine = opinions.mine(index);
    const buttons = Object.entries(WORDS).map(([key, word]) =>
      dom.el("button", { type: "button", class: `word word-${word}`, "aria-pressed": String(mine?.word === word), on: { click: () => decide(word) } },
        TITLES[word], " ", dom.el("kbd", { "aria-hidden": "true" }, key)),
    );
    return dom.el("div", { class: "desk-words" }, buttons, dom.el("span", { class: "fine" }, deskview.others(index)));
  }

  /** Everything that shows words on rows, drawn anew when they change. */
  function changed(rows) {
    progress();
    if (atDesk() || (rows && !rows.size)) return;
    list.refresh();
    if (drawer.shown() >= 0 && rows?.has(drawer.shown())) drawer.refresh();
    camps.mark();
    groups.refresh();
  }

  /** Who reviews, and how many rows everyone has decided. */
  function progress() {
    const others = Object.entries(opinions.people).filter(([name]) => name !== opinions.who);
    const text = ([name, rows]) => [dom.line(name), ` ${dom.number(rows)}`];
    const all = [[opinions.who, opinions.people[opinions.who] || 0], ...others];
    dom.fill($("people"), all.map((each, n) => [n ? " · " : "", text(each)]));
  }

  /** What a key does away from the desk: on the row in the drawer, else on the group. */
  function act(letter) {
    if (drawer.shown() >= 0) {
      if (Object.hasOwn(WORDS, letter)) decide(WORDS[letter]);
    } else if (app.place().view === "groups") camps.key(letter);
  }

  async function started() {
    const nav = document.querySelector("[data-view]").parentElement;
    nav.prepend(dom.el("a", { href: "#desk", "data-view": "desk" }, "Review"));
    $("bar-place").after(dom.el("p", { id: "people", class: "people fine", title: "rows decided" }));
    await opinions.start();
    await desk.start();
    opinions.watch(changed);
    camps.start(refused);
    app.hooks.moved = moved;
    moved();
    progress();
  }

  document.body.classList.toggle("at-desk", atDesk()); // before anything else is painted
  list.hooks.row = badge;
  drawer.hooks.foot = foot;
  for (const letter of ["r", "k", "u", "a", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]) app.hooks.keys[letter] = () => act(letter);
  app.hooks.keys.z = undo;
  app.hooks.shortcuts.push(["r k u", "remove, keep, unsure"], ["n", "a note (at the desk)"], ["z", "undo"], ["s", "summary (at the desk)"], ["← →", "rows at the desk, without a word"], ["1 – 9", "groups: the camp that goes"], ["0 a u", "groups: none goes, all go, unsure"]);
  app.hooks.started = started;
  addEventListener("keydown", pressed, true);
})();
