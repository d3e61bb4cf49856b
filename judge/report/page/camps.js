"use strict";
/** A group is decided as one: the rows of the camp that goes are removed, those of the others kept, all in one batch. */
const camps = (() => {
  let refused = () => {};
  /** @type {?{index: number, choice: number|string}} a choice that removes the stronger side, pressed once */
  let asked = null;
  /** @type {Map<string, HTMLElement>} answers of camps that were asked for, by group and camp */
  const answers = new Map();
  const STEP = 20; // answers that are fetched at once

  /** The numbers of the listed rows of each camp. */
  function rowsOf(group) {
    return group.camps.map((camp) => camp.members.map(({ index }) => index).filter((index) => index !== null && index !== undefined));
  }

  /**
   * The camps that a choice removes, by their places; null: it is unsure of all.
   * @param {Object} group
   * @param {number|"none"|"all"|"unsure"} choice the place of the camp that goes
   */
  function going(group, choice) {
    if (choice === "unsure") return null;
    if (choice === "all") return [...group.camps.keys()];
    return choice === "none" ? [] : [choice];
  }

  /** The word on each camp. */
  function wordsOf(group, goes) {
    return group.camps.map((_, at) => (goes === null ? "unsure" : goes.includes(at) ? "remove" : "keep"));
  }

  /** The word on each listed row. */
  function words(group, goes) {
    const each = wordsOf(group, goes);
    return new Map(rowsOf(group).flatMap((rows, at) => rows.map((index) => [index, each[at]])));
  }

  /** `7 rows: 1 removed, 6 kept`, of rows that are not listed, too */
  function says(group, goes) {
    const each = wordsOf(group, goes);
    return counted(group.camps.map((camp, at) => [each[at], camp.members.length]));
  }

  /** The same of words and how many rows have each. */
  function counted(numbers) {
    const counts = new Map();
    for (const [word, number] of numbers) counts.set(word, (counts.get(word) || 0) + number);
    const parts = [...counts].map(([word, number]) => `${dom.number(number)} ${opinions.WORDS[word]}`);
    return `${dom.counted([...counts.values()].reduce((sum, number) => sum + number, 0), "row")}: ${parts.join(", ")}`;
  }

  /** On how many rows I said something else before. */
  function changes(chosen) {
    let changed = 0;
    for (const [index, word] of chosen) {
      const mine = opinions.mine(index);
      changed += Boolean(mine) && mine.word !== word;
    }
    return changed;
  }

  /** What I said of all rows of a group, as far as I did: null where one is open. */
  function standing(group) {
    const rows = rowsOf(group).flat();
    const said = new Map(rows.map((index) => [index, opinions.mine(index)?.word]));
    return rows.length && [...said.values()].every(Boolean) ? said : null;
  }

  /** Of a choice that removes more than it keeps, or more of what stands for itself: what it does; else an empty text. */
  function outweighs(group, choice) {
    if (choice === "all") return `all ${dom.counted(group.camps.reduce((sum, camp) => sum + camp.members.length, 0), "row")} go, none is kept`;
    if (typeof choice !== "number") return "";
    const goes = group.camps[choice];
    const others = group.camps.filter((_, at) => at !== choice);
    const most = (name) => Math.max(0, ...others.map((camp) => camp[name]));
    if (goes.rows > most("rows")) return `${dom.counted(goes.rows, "row")} go against ${dom.number(most("rows"))}`;
    if (goes.independent > most("independent")) return `${dom.number(goes.independent)} independent rows go against ${dom.number(most("independent"))}`;
    return "";
  }

  const letterOf = (choice) => ({ none: "0", all: "a", unsure: "u" })[choice] ?? String(choice + 1);

  function decide(index, choice) {
    const group = data.groups[index];
    const stronger = outweighs(group, choice);
    if (stronger && (asked?.index !== index || asked.choice !== choice)) {
      asked = { index, choice };
      repaint();
      dom.announce(`${stronger}: press ${letterOf(choice)} again.`);
      return;
    }
    asked = null;
    const goes = going(group, choice);
    const next = following(index);
    opinions.decideGroup(index, goes, words(group, goes)).catch(refused);
    const said = `${says(group, goes)}. ${next < 0 ? "This was the last open group." : "Next group."}`;
    turn(next >= 0 ? next : index);
    dom.announce(said);
  }

  /** To a group, the keyboard with it. */
  function turn(index) {
    asked = null;
    if (index === groups.shown()) groups.refresh();
    else app.go({ group: index });
    document.getElementById("group-title")?.focus({ preventScroll: true });
  }

  /** To the group that some rows were decided in, where they were. */
  function back(rows) {
    const holds = (group) => {
      const members = new Set(rowsOf(group).flat());
      return rows.every((index) => members.has(index));
    };
    const index = data.groups.findIndex((group) => group.conflict && holds(group));
    if (index >= 0) turn(index);
  }

  /** Draw what shows words anew; what had the keyboard keeps it. */
  function repaint() {
    mark();
    if (app.place().view !== "groups") return;
    const place = document.getElementById("group");
    const all = () => [...place.querySelectorAll("a, button, input, [tabindex]")];
    const at = all().indexOf(document.activeElement);
    groups.refresh();
    if (at >= 0) (all()[at] || document.getElementById("group-title"))?.focus({ preventScroll: true });
  }

  /** What a row of a group says in it: the turn that others contradict, else its last answer. */
  function answer(told, group) {
    const members = new Set(group.members.map(({ id }) => id));
    const against = told.partners.find(({ id }) => members.has(id));
    const turn = against && told.turns.find(({ n }) => n === against.turn);
    return turn?.parts ?? told.turns.findLast(({ role }) => role === "assistant")?.parts ?? [];
  }

  /** Put the next answers of a camp into a list, and a button below it while there are more. */
  async function fill(place, index, rows) {
    const group = data.groups[index];
    const list = place.querySelector("ul");
    place.querySelector("button")?.remove();
    const [now, rest] = [rows.slice(0, STEP), rows.slice(STEP)];
    try {
      const told = await Promise.all(now.map((row) => opinions.ask(`row/${row}`)));
      for (const one of told) {
        const head = dom.el("div", { class: "side-head" }, app.rowLink({ id: one.id, index: data.indexOf(one.id) }, {}, { group: index }));
        list.append(dom.el("li", { class: "sample" }, head, dom.parts(answer(one, group))));
      }
      if (rest.length) place.append(dom.button(`Show ${dom.number(Math.min(STEP, rest.length))} more of ${dom.number(rest.length)}`, () => fill(place, index, rest), { class: "link" }));
    } catch (error) {
      place.append(dom.button(`They could not be fetched: ${error.message}. Try again`, () => fill(place, index, rows), { class: "link" }));
    }
  }

  /** All answers of a camp that stand not there yet, once they are asked for. */
  function others(index, at) {
    const { members, sample } = data.groups[index].camps[at];
    const seen = new Set(sample.map(({ id }) => id));
    const rows = members.filter(({ id, index: row }) => !seen.has(id) && row !== null && row !== undefined).map(({ index: row }) => row);
    if (!rows.length) return null;
    const name = `${index}:${at}`;
    if (!answers.has(name)) {
      const place = dom.el("div", { class: "answers" }, dom.el("ul", { class: "samples" }));
      place.append(dom.button(`Show all ${dom.number(members.length)} answers`, () => fill(place, index, rows), { class: "link" }));
      answers.set(name, place);
    }
    return answers.get(name);
  }

  /** The next group that I have not decided, or -1. */
  function following(index) {
    const { length } = data.groups;
    for (let step = 1; step < length; step++) {
      const group = data.groups[(index + step) % length];
      if (group.conflict && !standing(group)) return (index + step) % length;
    }
    return -1;
  }

  /** A choice as a button that says what it does. */
  function choice(index, what, title, letter) {
    const group = data.groups[index];
    const goes = going(group, what);
    const chosen = words(group, goes);
    const changed = changes(chosen);
    const beside = changed ? `; changes what you said of ${dom.counted(changed, "row")}` : "";
    const same = standing(group);
    const now = same !== null && [...chosen].every(([row, word]) => same.get(row) === word);
    if (asked?.index === index && asked.choice === what) {
      const text = `${outweighs(group, what)}: press ${letter ? "" : "this "}`;
      return dom.el("button", { type: "button", class: "goes goes-asked", on: { click: () => decide(index, what) } },
        text, letter ? dom.el("kbd", {}, letter) : null, letter ? " again" : "again");
    }
    return dom.el("button", { type: "button", class: "goes", title: `${says(group, goes)}${beside}`, "aria-pressed": String(now), on: { click: () => decide(index, what) } },
      title, " ", dom.el("kbd", { "aria-hidden": "true" }, letter), dom.el("span", { class: "fine" }, ` ${says(group, goes)}`));
  }

  /** Above the camps: what holds for all of them. */
  function whole(index) {
    const group = data.groups[index];
    if (!group.camps.length) return null;
    const said = standing(group);
    if (asked && asked.index !== index) asked = null;
    return dom.el(
      "div",
      { class: "group-choice" },
      dom.el("p", {}, said ? [dom.el("b", {}, "Decided. "), `You: ${counted([...said.values()].map((word) => [word, 1]))}.`] : "Which camp is wrong and goes?"),
      dom.el("div", { class: "choices-of-group" }, choice(index, "none", "None goes", "0"), choice(index, "all", "All go", "a"), choice(index, "unsure", "Unsure", "u")),
    );
  }

  /** In a camp: it goes. */
  function camp(index, at) {
    return dom.el("div", { class: "camp-choice" }, choice(index, at, "This camp goes", at < 9 ? String(at + 1) : ""), others(index, at));
  }

  /** A key in the groups view. */
  function key(letter) {
    const index = groups.shown();
    const group = data.groups[index];
    if (!group) return;
    const choice = { 0: "none", a: "all", u: "unsure" }[letter] ?? (/\d/u.test(letter) ? Number(letter) - 1 : null);
    if (choice === null || !group.camps.length || (typeof choice === "number" && choice >= group.camps.length)) return;
    decide(index, choice);
  }

  /** In the list of groups: which are decided. */
  function mark() {
    for (const link of document.querySelectorAll(".group-link")) {
      const done = standing(data.groups[Number(link.dataset.group)]) !== null;
      const there = link.querySelector(".opinion");
      if (done && !there) link.append(dom.el("span", { class: "opinion opinion-done" }, "decided"));
      else if (!done && there) there.remove();
    }
  }

  /** @param {function(Error): void} act is told where a decision was refused */
  function start(act) {
    refused = act;
    groups.hooks.camp = camp;
    groups.hooks.group = whole;
    mark();
  }

  return { back, key, repaint, start };
})();
