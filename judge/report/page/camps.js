"use strict";
/** A group is decided as one: the rows of the camp that goes are removed, those of the others kept, all in one batch. */
const camps = (() => {
  let refused = () => {};

  /** The numbers of the listed rows of each camp. */
  function rowsOf(group) {
    return group.camps.map((camp) => camp.members.map(({ index }) => index).filter((index) => index !== null && index !== undefined));
  }

  /**
   * What a choice does.
   * @param {Object} group
   * @param {number|"none"|"all"|"unsure"} goes the place of the camp that goes
   * @returns {Map<number, string>} a word for each row
   */
  function words(group, goes) {
    const found = new Map();
    rowsOf(group).forEach((rows, at) => {
      const word = goes === "unsure" ? "unsure" : goes === "all" || goes === at ? "remove" : "keep";
      for (const index of rows) found.set(index, word);
    });
    return found;
  }

  /** `7 rows: 1 removed, 6 kept` */
  function says(chosen) {
    const counts = new Map();
    for (const word of chosen.values()) counts.set(word, (counts.get(word) || 0) + 1);
    const parts = [...counts].map(([word, number]) => `${dom.number(number)} ${opinions.WORDS[word]}`);
    return `${dom.counted(chosen.size, "row")}: ${parts.join(", ")}`;
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

  function decide(index, goes) {
    const group = data.groups[index];
    const chosen = words(group, goes);
    if (!chosen.size) return;
    const next = following(index);
    opinions.decide(chosen, { order: "group" }).catch(refused);
    dom.announce(`${says(chosen)}. ${next < 0 ? "This was the last open group." : "Next group."}`);
    if (next >= 0) app.go({ group: next });
    else groups.refresh();
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
  function choice(index, goes, title, letter) {
    const chosen = words(data.groups[index], goes);
    const changed = changes(chosen);
    const beside = changed ? `; changes what you said of ${dom.counted(changed, "row")}` : "";
    const same = standing(data.groups[index]);
    const now = same !== null && [...chosen].every(([row, word]) => same.get(row) === word);
    return dom.el("button", { type: "button", class: "goes", title: `${says(chosen)}${beside}`, "aria-pressed": String(now), on: { click: () => decide(index, goes) } },
      title, " ", dom.el("kbd", { "aria-hidden": "true" }, letter), dom.el("span", { class: "fine" }, ` ${says(chosen)}`));
  }

  /** Above the camps: what holds for all of them. */
  function whole(index) {
    const group = data.groups[index];
    if (!group.camps.length) return null;
    const said = standing(group);
    return dom.el(
      "div",
      { class: "group-choice" },
      dom.el("p", {}, said ? [dom.el("b", {}, "Decided. "), `You: ${says(said)}.`] : "Which camp is wrong and goes?"),
      dom.el("div", { class: "choices-of-group" }, choice(index, "none", "None goes", "0"), choice(index, "all", "All go", "a"), choice(index, "unsure", "Unsure", "u")),
    );
  }

  /** In a camp: it goes. */
  function camp(index, at) {
    return rowsOf(data.groups[index])[at].length ? choice(index, at, "This camp goes", at < 9 ? String(at + 1) : "") : null;
  }

  /** A key in the groups view. */
  function key(letter) {
    const index = groups.shown();
    const group = data.groups[index];
    if (!group) return;
    const goes = { 0: "none", a: "all", u: "unsure" }[letter] ?? (/\d/u.test(letter) ? Number(letter) - 1 : null);
    if (goes === null || (typeof goes === "number" && goes >= group.camps.length)) return;
    decide(index, goes);
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

  return { key, mark, start };
})();
