"use strict";
/** The panel beside the list that shows one row; the list stays usable while it is open. */
const drawer = (() => {
  /** What others may add: `foot(index, told)` gives a node that stands below the row, e.g. its decision. */
  const hooks = { foot: null };
  let open = -1;
  /** @type {Element|null} what had the keyboard before the panel opened */
  let opener = null;

  const panel = () => document.getElementById("drawer");

  /** The row that is shown, or -1. */
  function shown() {
    return open;
  }

  /**
   * Show a row.
   * @param {number} index its place in the list
   * @param {{focus?: boolean}} [how] whether the keyboard moves into the panel
   */
  async function show(index, { focus = true } = {}) {
    if (open < 0) opener = document.activeElement;
    open = index;
    const { rows, run } = data;
    const title = document.getElementById("drawer-title");
    dom.fill(title, dom.line(rows.id[index], { class: "mono" }));
    const place = standing(index, run.ranked);
    document.getElementById("drawer-place").textContent = place;
    panel().hidden = false;
    document.body.classList.add("with-drawer");
    if (focus) title.focus({ preventScroll: true });
    await body(index);
    if (open === index) dom.announce(`Row ${rows.id[index]}, ${place}`);
  }

  /** Where a row stands: in the whole list, or among the rows that pass the filters. */
  function standing(index, ranked) {
    const among = filters.asked.size ? list.order().indexOf(index) : -1;
    const rank = index < ranked ? `rank ${dom.number(index + 1)}` : "not ranked";
    if (among >= 0) return `${dom.number(among + 1)} of ${dom.number(list.order().length)} shown, ${rank}`;
    return index < ranked ? `${rank} of ${dom.number(ranked)}` : rank;
  }

  async function body(index) {
    const container = document.getElementById("drawer-body");
    let told = null;
    let failed = null;
    try {
      told = await data.detail(index);
    } catch (error) {
      failed = error;
    }
    if (open !== index) return; // the reader went on meanwhile
    container.scrollTop = 0;
    if (told)
      detail.render(told, container, { openRow: (row) => app.go({ row }), openGroup: (group) => app.go({ group }) });
    else dom.fill(container, failed ? problem(failed) : short(index));
    const foot = document.getElementById("drawer-foot");
    const added = hooks.foot && told ? hooks.foot(index, told) : null;
    foot.hidden = !added;
    dom.fill(foot, added);
  }

  function problem(error) {
    return dom.el(
      "p",
      { class: "empty" },
      `This row could not be fetched: ${error.message}. Is the review still running?`,
    );
  }

  /** A row as a word of a command: by its rank, else by its id, unless that is cut or could be taken for an option. */
  function named(index) {
    if (index < data.run.ranked) return `'#${index + 1}'`;
    const id = data.rows.id[index];
    return id.endsWith("…") || /^-|^#\d+$|\ufffd/u.test(id) ? null : dom.word(id);
  }

  /** What is known of a row whose details are not in this file. */
  function short(index) {
    const { asks, says, because } = data.rows;
    const { shell } = data.run;
    const which = named(index);
    const [first] = data.reasonsOf(index);
    return dom.el(
      "div",
      { class: "detail" },
      first ? dom.el("p", {}, dom.tag(first.name, first.kind), " ", dom.line(because[index])) : null,
      dom.el(
        "ol",
        { class: "chat" },
        conversation.turn({ n: 1, role: "user", parts: [[asks[index], ""]] }),
        conversation.turn({ n: 2, role: "assistant", parts: [[says[index], ""]] }),
      ),
      dom.el(
        "p",
        { class: "empty" },
        `This file holds all details of ${dom.counted(data.detailed(), "row")} only, of the first of the list and of the`,
        " gravest groups. All of this row:",
      ),
      dom.el(
        "ul",
        { class: "commands" },
        which && detail.command(`python -m judge show ${shell} ${which}`),
        detail.command(`python -m judge review ${shell}`),
      ),
    );
  }

  /** Close the panel; the keyboard goes back to the row. */
  function close() {
    if (open < 0) return;
    const index = open;
    open = -1;
    const lost = document.activeElement === document.body || panel().contains(document.activeElement);
    panel().hidden = true;
    document.body.classList.remove("with-drawer");
    const there = opener?.closest("#groups") && opener.isConnected ? opener : null;
    const back = there || (lost && app.place().view === "groups" ? document.getElementById("group-title") : null);
    list.select(index, { focus: !back });
    back?.focus();
  }

  /** Show the next (or previous) row of the list. */
  function step(by) {
    const next = list.neighbour(open, by);
    if (next >= 0) app.go({ row: next }, { replace: true });
    else dom.announce(by > 0 ? "This is the last row." : "This is the first row.");
  }

  /** Read on with the keys that scroll, wherever in the panel the keyboard is. */
  function scroll(event) {
    const container = document.getElementById("drawer-body");
    const ways = new Map([["PageDown", 0.9], ["PageUp", -0.9], [" ", event.shiftKey ? -0.9 : 0.9]]);
    const by = ways.get(event.key);
    const meant = event.target.closest("button, a, input, textarea, select, summary, [role=button]");
    if (by === undefined || (event.key === " " && meant) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    container.scrollBy({ top: by * container.clientHeight });
  }

  /** Give the panel's buttons their meaning. */
  function start() {
    panel().addEventListener("keydown", scroll);
    document.getElementById("drawer-close").addEventListener("click", () => app.go({ row: -1 }));
    document.getElementById("drawer-next").addEventListener("click", () => step(1));
    document.getElementById("drawer-previous").addEventListener("click", () => step(-1));
  }

  return { close, hooks, show, shown, start, step };
})();
