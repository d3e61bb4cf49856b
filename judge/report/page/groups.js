"use strict";
/** Rows that ask the same: on the left all groups, on the right the camps of one, side by side. */
const groups = (() => {
  /** What others may add: `camp(group, camp)` and `group(group)` give a node, e.g. the buttons of a decision. */
  const hooks = { camp: null, group: null };
  const MEMBERS = 40; // links to members that a camp shows at first
  let current = -1;

  /** What a group disagrees about, in a word. */
  function kind(group) {
    return group.conflict ? group.kind : "style";
  }

  function item(group, index) {
    const rows = group.members.length;
    const forms = group.conflict ? dom.counted(group.camps.length, "camp") : Object.keys(group.style).join(" or ");
    return dom.el(
      "li",
      {},
      dom.el(
        "a",
        { href: app.address({ group: index }), class: "group-link", "data-group": index },
        dom.el("span", { class: "group-asks" }, dom.line(group.asks)),
        dom.el(
          "span",
          { class: "group-facts" },
          dom.tag(kind(group), group.conflict ? "contradiction" : "style"),
          " ",
          dom.line(forms),
          `, ${dom.counted(rows, "row")}`,
        ),
      ),
    );
  }

  /** The id of a row; the group stays beside the row that it opens. */
  function rowLink(row) {
    return app.rowLink(row, {}, { group: current });
  }

  function member(row) {
    return dom.el("li", {}, rowLink(row));
  }

  function members(camp) {
    const list = dom.el("ul", { class: "members" }, camp.members.slice(0, MEMBERS).map(member));
    const left = camp.members.slice(MEMBERS);
    if (!left.length) return list;
    return [list, more(list, left, member)];
  }

  /** A button that puts what is left into a list. */
  function more(list, left, shown) {
    const button = dom.button(
      `and ${dom.number(left.length)} more`,
      () => {
        button.remove();
        dom.put(list, left.map(shown));
      },
      { class: "link" },
    );
    return button;
  }

  function sample(row) {
    return dom.el(
      "li",
      { class: "sample" },
      dom.el(
        "div",
        { class: "side-head" },
        rowLink(row),
        " ",
        dom.el("span", { class: "source" }, dom.line(row.source)),
      ),
      dom.parts(row.parts),
    );
  }

  function camp(told, index, group, at) {
    const alone = told.independent === told.rows ? "" : `, ${dom.number(told.independent)} independent`;
    return dom.el(
      "section",
      { class: "camp", "aria-labelledby": `camp-${at}` },
      dom.el("h4", { id: `camp-${at}` }, dom.line(told.says)),
      dom.el("p", { class: "fine" }, `${dom.counted(told.rows, "row")}${alone}`),
      hooks.camp ? hooks.camp(index, at) : null,
      dom.el("ul", { class: "samples" }, told.sample.map(sample)),
      members(told),
    );
  }

  /** A group that says the same in several forms: how many rows have which, and what each says. */
  function forms(group) {
    const all = Object.values(group.style).reduce((sum, rows) => sum + rows, 0);
    const bars = Object.entries(group.style).map(([form, rows]) =>
      dom.el("li", { vars: { share: rows / all } }, dom.el("b", {}, dom.line(form)), ` ${dom.counted(rows, "row")}`),
    );
    const says = ({ id, index }) => {
      const known = index !== null && index !== undefined;
      const head = dom.el("div", { class: "side-head" }, rowLink({ id, index }));
      return dom.el("li", { class: "sample" }, head, known ? dom.line(data.rows.says[index], { class: "said" }) : null);
    };
    const [first, rest] = [group.members.slice(0, MEMBERS), group.members.slice(MEMBERS)];
    const list = dom.el("ul", { class: "samples samples-wide" }, first.map(says));
    return [dom.el("ul", { class: "forms" }, bars), list, rest.length ? more(list, rest, says) : null];
  }

  function whole(group, index) {
    const by = data.saidBy(group.by);
    const sure = typeof group.probability === "number" ? `probability ${group.probability.toFixed(2)}` : "";
    const facts = [by, sure].filter(Boolean).join(", ");
    return [
      dom.el("h3", { id: "group-title", tabindex: "-1" }, dom.line(group.asks)),
      dom.el(
        "p",
        { class: "group-facts" },
        dom.tag(kind(group), group.conflict ? "contradiction" : "style"),
        ` ${facts}`,
      ),
      group.lean ? dom.el("p", { class: "lean" }, dom.el("b", {}, "Leaning: "), dom.line(group.lean)) : null,
      group.conflict ? null : forms(group),
      hooks.group ? hooks.group(index) : null,
      group.conflict &&
        dom.el(
          "div",
          { class: "camps" },
          group.camps.map((each, at) => camp(each, index, group, at)),
        ),
    ];
  }

  /**
   * Show one group.
   * @param {number} index its place in `data.groups`
   * @param {{focus?: boolean}} [how] whether the keyboard moves to it
   */
  function show(index, { focus = false } = {}) {
    const group = data.groups[index];
    if (!group) return;
    current = index;
    dom.fill(document.getElementById("group"), whole(group, index));
    for (const link of document.querySelectorAll(".group-link")) {
      const here = Number(link.dataset.group) === index;
      if (here) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
      if (here) link.scrollIntoView({ block: "nearest" });
    }
    if (focus) document.getElementById("group-title").focus({ preventScroll: true });
  }

  /** Draw the group that is shown anew, e.g. since a decision changed. */
  function refresh() {
    if (current >= 0) show(current);
  }

  /** Put the list of groups into the page: those that contradict themselves, then those of two forms. */
  function start() {
    const place = document.getElementById("group-list");
    const all = data.groups.map((group, index) => [group, index]);
    const parts = [
      ["Contradicting answers", all.filter(([group]) => group.conflict)],
      ["The same in two forms", all.filter(([group]) => !group.conflict)],
    ];
    for (const [title, members] of parts) {
      if (!members.length) continue;
      const items = members.map(([group, index]) => item(group, index));
      place.append(dom.el("h3", {}, `${title} (${dom.number(members.length)})`), dom.el("ul", {}, items));
    }
    const none = "No rows that ask the same were found to be answered in different ways.";
    if (!all.length) dom.fill(document.getElementById("group"), dom.el("p", { class: "empty" }, none));
  }

  return { hooks, refresh, show, shown: () => current, start };
})();
