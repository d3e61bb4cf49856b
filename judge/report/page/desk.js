"use strict";
/** The desk: one row at a time, a key for each word, and the next row comes by itself. */
const desk = (() => {
  const AHEAD = 6; // rows that are fetched before they are needed
  const KEPT = 60; // rows that are kept
  const TITLES = { suspicion: "Suspicion", disagreement: "Disagreement", random: "Random sample" };
  const GOALS = { suspicion: "inside the review budget", disagreement: "in this order", random: "of the random sample" };
  const BUTTONS = [
    ["remove", "Remove", "r"],
    ["keep", "Keep", "k"],
    ["unsure", "Unsure", "u"],
  ];
  /** @type {Map<string, {rows: number[], first: number, says: string}>} by order */
  const queues = new Map();
  /** @type {Map<number, Promise<Object>>} rows that were asked for */
  const coming = new Map();
  /** @type {Map<number, Object>} rows that are here */
  const ready = new Map();
  /** @type {Map<number, string>} notes on rows that are not decided yet */
  const drafts = new Map();
  /** @type {string[]} orders that there are */
  let known = [];
  let order = "suspicion";
  let at = 0;
  /** the row that stands on the desk and can be decided, or -1 while there is none */
  let shown = -1;
  /** @type {?{index: number, word: string}} what was decided last */
  let last = null;
  const passed = new Set(); // orders whose goal was reached, and whose end was shown
  const $ = (id) => document.getElementById(id);
  const queue = () => queues.get(order);

  const what = () => (queue().first ? GOALS[order] : GOALS.disagreement);

  /** How many rows of an order one sets out to decide. */
  const goal = (name = order) => queues.get(name).first || queues.get(name).rows.length;

  /** Whether I have said what this order asks for: of a sample every row counts only as drawn. */
  function decided(index, name = order) {
    const mine = opinions.mine(index);
    return Boolean(mine) && (name !== "random" || mine.drawn);
  }

  /** How many of the first rows of an order are decided. */
  function count(name = order, most = goal(name)) {
    const { rows } = queues.get(name);
    let done = 0;
    for (let n = 0; n < most; n++) done += decided(rows[n], name);
    return done;
  }

  /** The place of the next row that waits for a word, from a place on and then from the start; -1 where none does. */
  function waiting(from, most = queue().rows.length) {
    const { rows } = queue();
    for (let n = from; n < most; n++) if (!decided(rows[n])) return n;
    for (let n = 0; n < Math.min(from, most); n++) if (!decided(rows[n])) return n;
    return -1;
  }

  /** All of a row; what was fetched before is there at once. */
  function fetchRow(index) {
    if (!coming.has(index)) {
      const row = opinions.ask(`row/${index}`);
      coming.set(index, row);
      row.then((told) => ready.set(index, told)).catch(() => coming.delete(index));
      if (coming.size > KEPT) {
        const [oldest] = coming.keys();
        coming.delete(oldest);
        ready.delete(oldest);
      }
    }
    return coming.get(index);
  }

  /** Put the row of a place on the desk. */
  async function show(place) {
    const { rows } = queue();
    at = Math.max(0, Math.min(rows.length - 1, place));
    const index = rows[at];
    const here = () => rows === queue().rows && rows[at] === index && shown !== index;
    leave();
    const row = fetchRow(index);
    if (ready.has(index)) lay(index, ready.get(index));
    else {
      paint();
      try {
        const told = await row;
        if (here()) lay(index, told);
      } catch (error) {
        if (here()) lost(place, error);
      }
    }
    for (const other of rows.slice(at + 1, at + AHEAD)) fetchRow(other);
  }

  function lay(index, told) {
    shown = index;
    const blind = order === "random" && !decided(index); // else a sample would say what the list says
    deskview.lay(told, { openRow: (row) => app.go({ row }), openGroup: (group) => app.go({ group }) }, blind);
    paint();
  }

  /** Take the row off the desk; a note that is being written is not lost. */
  function leave() {
    if (shown >= 0 && !$("desk-note").hidden) keepNote();
    shown = -1;
    closeNote();
  }

  function lost(place, error) {
    const again = dom.button("Try again", () => show(place));
    dom.fill($("desk-row"), dom.el("p", { class: "empty" }, `This row could not be fetched: ${error.message}. `, again));
    paint();
  }

  /** Say a word on the row that is shown, and go on. */
  function say(word) {
    if (shown < 0) return;
    const index = shown;
    const written = $("desk-note").hidden ? null : $("desk-note-text").value.trim();
    const note = written ?? drafts.get(index) ?? opinions.mine(index)?.note ?? "";
    drafts.delete(index);
    closeNote();
    last = { index, word };
    opinions.decide(new Map([[index, word]]), { note, order }).catch(refused);
    next(`${opinions.WORDS[word]}. `);
  }

  function refused(error) {
    last = null;
    const said = `That was not kept: ${error.message}`;
    dom.fill($("desk-last"), dom.el("b", { class: "refused" }, said));
    dom.announce(said);
  }

  /** Go to the next row that waits; where the goal is reached, to the end. */
  function next(said = "") {
    if (count() === goal() && !passed.has(order)) {
      passed.add(order);
      finish();
      dom.announce(`${said}All ${goal()} rows ${what()} are decided.`);
      return;
    }
    const inside = count() < goal() ? waiting(at + 1, goal()) : -1;
    const place = inside >= 0 ? inside : waiting(at + 1);
    if (place < 0) {
      finish();
      return;
    }
    show(place);
    dom.announce(`${said}Next: row ${place + 1} of ${goal() > place ? goal() : queue().rows.length}.`);
  }

  function finish() {
    leave();
    ending.show($("desk-row"), { order, done: count(), goal: goal(), title: what(), rows: queue().rows, decided, go, choose: turn, back: resume });
    paint();
  }

  /** From the summary back to the row that was left for it. */
  const resume = () => show(at);
  const ended = () => $("ending-title") !== null;

  /** Leave the end behind: go on with the first row that waits, or with the first of some. */
  function go(rows = null) {
    const place = rows?.length ? queue().rows.indexOf(rows[0]) : waiting(0);
    if (place >= 0) show(place);
  }

  /** To the neighbour, without a word. */
  function move(by) {
    if (at + by >= 0 && at + by < queue().rows.length) show(at + by);
    else dom.announce(by > 0 ? "This is the last row." : "This is the first row.");
  }

  async function undo() {
    try {
      const expected = opinions.latest();
      const answer = opinions.undo();
      last = null;
      passed.delete(order);
      const first = expected ? queue().rows.findIndex((index) => expected.has(index)) : -1;
      if (first >= 0) show(first); // at once: the server may be slow, or away
      const rows = await answer;
      if (!rows.length) dom.announce("There is nothing to undo.");
      const place = rows.length ? queue().rows.findIndex((index) => rows.includes(index)) : -1;
      if (place >= 0 && place !== first) await show(place);
      if (rows.length) dom.announce(`Undone: ${dom.counted(rows.length, "row")}.`);
      dom.fill($("desk-last"), rows.length ? `Undone: ${dom.counted(rows.length, "row")}` : "Nothing to undo");
    } catch (error) {
      refused(error);
    }
  }

  function openNote() {
    if (shown < 0) return;
    $("desk-note").hidden = false;
    $("desk-note-text").value = drafts.get(shown) ?? opinions.mine(shown)?.note ?? "";
    $("desk-note-text").focus();
  }

  function closeNote() {
    if ($("desk-note").hidden) return;
    $("desk-note").hidden = true;
    deskview.focus();
  }

  /** A note on a row that is decided is kept at once; else it goes with the word. */
  function keepNote() {
    const note = $("desk-note-text").value.trim();
    const mine = opinions.mine(shown);
    if (!mine || !decided(shown)) drafts.set(shown, note); // a note alone does not say what a sample asks
    else if (note !== mine.note) opinions.decide(new Map([[shown, mine.word]]), { note, order }).catch(refused);
  }

  function saveNote() {
    keepNote();
    dom.announce(drafts.has(shown) ? "The note goes with your decision." : "Note kept.");
    closeNote();
    paint();
  }

  /** Choose another order, and go on where one stopped in it. */
  async function choose(name) {
    leave();
    order = name;
    if (!queues.has(name)) queues.set(name, await opinions.ask(`queue?order=${name}`));
    last = null;
    if (count() === goal() && queue().first) passed.add(name);
    const place = waiting(0);
    if (place < 0) finish();
    else await show(place);
  }

  /** The same, and let the address say so, so that the page can be loaded again. */
  function turn(name) {
    history.replaceState(null, "", `#desk=${name}`);
    choose(name);
  }

  /** Bring everything around the row in line with what is known. */
  function paint() {
    const { rows, says } = queue();
    deskview.paint({ order, at, shown, told: ready.get(shown), last, rows, done: count(), goal: goal(), what: what(), draft: drafts.get(shown) });
    if (order === "random") ending.rate($("desk-about"), { says, rows, decided, goal: goal() });
    else dom.fill($("desk-about"), says);
  }

  const summary = () => (ended() ? resume() : finish());
  const KEYS = { n: openNote, s: summary, z: undo, Escape: resume, ArrowRight: () => move(1), ArrowLeft: () => move(-1) };

  /** What a key does at the desk; false where it does nothing here. */
  function key(event) {
    const word = BUTTONS.find(([, , letter]) => letter === event.key)?.[0];
    const act = word ? () => say(word) : Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : null;
    if (!act || (event.key === "Escape" && !ended())) return false;
    if (!event.repeat || event.key.startsWith("Arrow")) act(); // a key that is held down decides one row only
    return true;
  }

  /** Put the desk into the page; the order is that of the address, else that of the command line. */
  async function start() {
    const told = await opinions.ask("queue");
    known = told.orders;
    const wanted = new URLSearchParams(location.hash.slice(1)).get("desk");
    deskview.make(known, TITLES, { buttons: BUTTONS, choose: turn, finish: summary, say, openNote, saveNote, closeNote, undo, move });
    opinions.watch(() => queues.has(order) && paint());
    await choose(known.includes(wanted) ? wanted : told.order);
  }

  /** Show the desk again, in the order that the address names. */
  function back() {
    const wanted = new URLSearchParams(location.hash.slice(1)).get("desk");
    if (wanted && wanted !== order && known.includes(wanted)) choose(wanted);
    else if (ended()) finish(); // what it comes to may have changed elsewhere
    else {
      paint();
      deskview.focus();
    }
  }

  return { back, key, start };
})();
