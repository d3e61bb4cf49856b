"use strict";
/** Where the reader is (the page's address says it all), keys, and the start of everything. */
const app = (() => {
  /**
   * What others may add: `keys` by name, each a function; `started` is called when the page stands, `moved` after the
   * place changed.
   */
  const hooks = { keys: {}, moved: null, started: null, shortcuts: [] };
  const SHORTCUTS = [
    ["↓ ↑", "next, previous row"],
    ["Enter", "open the row"],
    ["Esc", "close the row"],
    ["/", "search"],
    ["l", "the list"],
    ["g", "the groups"],
    ["?", "this help"],
  ];
  const PLACES = ["overview", "list", "groups", "group", "row"]; // what an address may name
  /** @type {{view: "overview"|"list"|"groups", row: number, group: number}} */
  let place = { view: "overview", row: -1, group: -1 };

  /**
   * The address of a row, a group or a view.
   * @param {{view?: string, row?: number, group?: number}} wanted
   * @param {boolean} [filtered] whether it also says what the list is filtered by; a link does not, as it may be old
   */
  function address(wanted, filtered = false) {
    const parameters = new URLSearchParams();
    if (wanted.group !== undefined && wanted.group >= 0) parameters.set("group", wanted.group + 1);
    else if (wanted.view === "groups") parameters.set("groups", "");
    else if (!(wanted.row >= 0)) parameters.set(wanted.view === "list" ? "list" : "overview", "");
    if (wanted.row >= 0) parameters.set("row", data.nameOf(wanted.row));
    if (filtered) filters.toAddress(parameters);
    return `#${parameters.toString().replace(/^(overview|list|groups)=/u, "$1")}`; // `#list`, not `#list=`
  }

  /**
   * The id of a row, as a link where the list has it.
   * @param {{id: string, index: number|null}} row
   * @param {{openRow?: function(number): void}} [hooks] what the link does; by default it leads to its address
   * @param {Object} [beside] what is to stay beside the row, e.g. its group
   */
  function rowLink({ id, index }, hooks = {}, beside = {}) {
    const name = dom.line(id, { class: "mono" });
    if (index === null || index === undefined) return name;
    const link = dom.el("a", { href: address({ ...beside, row: index }) }, name);
    if (hooks.openRow) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        hooks.openRow(index);
      });
    }
    return link;
  }

  /** The place that an address names. */
  function read(parameters) {
    const name = parameters.get("row");
    const group = Number(parameters.get("group")) - 1;
    const known = Number.isInteger(group) && group >= 0 && group < data.groups.length;
    return {
      view:
        parameters.has("groups") || known ? "groups" : parameters.has("list") || name !== null ? "list" : "overview",
      row: name === null ? -1 : rowOf(name),
      group: known ? group : -1,
    };
  }

  function rowOf(name) {
    const index = data.indexOf(name);
    if (index >= 0) return index;
    const [, number] = /^#(\d+)$/u.exec(name) || [];
    return number && Number(number) <= data.count ? Number(number) - 1 : -1;
  }

  /**
   * Go somewhere.
   * @param {{view?: string, row?: number, group?: number}} wanted a row of -1 closes the row
   * @param {{replace?: boolean}} [how] whether the place left is forgotten by the browser's history
   */
  function go(wanted, { replace = false } = {}) {
    const before = place;
    const view =
      wanted.view || (wanted.group >= 0 ? "groups" : wanted.row >= 0 && place.view !== "groups" ? "list" : place.view);
    place = { view, row: wanted.row ?? -1, group: view === "groups" ? (wanted.group ?? place.group) : -1 };
    remember(replace);
    show(before);
  }

  function remember(replace) {
    const next = address(place, true);
    if (next === location.hash) return;
    if (replace) history.replaceState(null, "", next);
    else history.pushState(null, "", next);
  }

  /** Bring the page in line with the place. */
  function show(before) {
    const inGroups = place.view === "groups";
    document.getElementById("reading").hidden = inGroups;
    document.getElementById("groups").hidden = !inGroups;
    point(place.view);
    if (inGroups) {
      if (place.group < 0 && data.groups.length) place.group = 0;
      if (place.group >= 0) groups.show(place.group, { focus: before.view !== "groups" });
    }
    if (place.row >= 0) {
      const fresh = drawer.shown() < 0;
      const inside = document.getElementById("drawer").contains(document.activeElement);
      drawer.show(place.row, { focus: fresh || inside });
      list.select(place.row);
    } else drawer.close();
    hooks.moved?.();
  }

  /** Mark where the reader is among the links of the bar. */
  function point(view) {
    for (const link of document.querySelectorAll("[data-view]")) {
      if (link.dataset.view === view) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  /** Overview and list are one page: which of them is read is a matter of scrolling. */
  function watch() {
    const seen = new IntersectionObserver(
      ([entry]) => {
        if (place.view !== "groups" && !document.getElementById("reading").hidden)
          point(entry.isIntersecting ? "list" : "overview");
      },
      { rootMargin: "-45% 0px -54% 0px" },
    );
    seen.observe(document.getElementById("list"));
  }

  /** Show what the address says, e.g. after going back, or when a link was followed. */
  function follow() {
    const before = place;
    const parameters = new URLSearchParams(location.hash.slice(1));
    place = read(parameters);
    if (filters.fromAddress(parameters)) list.refilter(); // else the page of the list stays as it is
    arrive(before);
    missing(parameters);
  }

  /** Say what an address names and this run does not have. */
  function missing(parameters) {
    const [name, group] = [parameters.get("row"), parameters.get("group")];
    const lacks =
      name !== null && place.row < 0 ? `row ${name}` : group !== null && place.group < 0 ? `group ${group}` : "";
    const note = document.getElementById("missing");
    note.hidden = !lacks;
    note.textContent = lacks && `There is no ${lacks.slice(0, 160)} in this run.`;
  }

  function arrive(before) {
    if (place.view === "list" && before.view !== "list") toList();
    show(before);
    if (place.row >= 0) return;
    if (place.view === "list") toList();
    else if (place.view === "overview" && location.hash.startsWith("#overview")) scrollTo(0, 0);
  }

  /** Follow a link within the page; what the list is filtered by stays as it is. */
  function clicked(event) {
    const link = event.target.closest('a[href^="#"]');
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const parameters = new URLSearchParams(link.getAttribute("href").slice(1));
    if (!PLACES.some((name) => parameters.has(name))) return;
    event.preventDefault();
    const before = place;
    place = read(parameters);
    remember(false);
    arrive(before);
    if (link.matches(".skip")) document.getElementById("list-title").focus({ preventScroll: true });
  }

  function toList() {
    document.getElementById("reading").hidden = false;
    document.getElementById("list").scrollIntoView();
  }

  /** Whether a key is meant for a control. */
  function typing(target) {
    return target.closest("input, textarea, select, [contenteditable], dialog") !== null;
  }

  function move(by) {
    if (drawer.shown() >= 0) drawer.step(by);
    else {
      const here = document.activeElement?.closest("tr[data-index]");
      const next = here ? list.neighbour(Number(here.dataset.index), by) : list.order()[0];
      if (next !== undefined && next >= 0) list.select(next, { focus: true });
    }
  }

  const KEYS = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    "/": () => {
      go({ view: "list", row: drawer.shown() });
      document.getElementById("filter-text").focus();
    },
    l: () => {
      go({ view: "list", row: -1 });
      toList();
      document.getElementById("list-title").focus({ preventScroll: true });
    },
    g: () => go({ view: "groups" }),
    "?": help,
  };

  function pressed(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      escape(event);
      return;
    }
    if (typing(event.target) || dom.kept.get("keys") === "off") return;
    if (event.key.startsWith("Arrow") && !arrowsAreOurs(event.target)) return;
    const own = Object.hasOwn(hooks.keys, event.key) ? hooks.keys[event.key] : null;
    const act = own || (Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : null);
    if (!act) return;
    event.preventDefault();
    if (!event.repeat || event.key.startsWith("Arrow")) act(); // a key that is held down decides one row only
  }

  /** Arrows move through rows where the list or a row has the keyboard; elsewhere they scroll the page. */
  function arrowsAreOurs(target) {
    return drawer.shown() >= 0 || (place.view !== "groups" && target.closest("#list") !== null);
  }

  function escape(event) {
    if (event.target.closest("dialog")) return; // the dialog closes itself
    if (event.target.id === "filter-text" && event.target.value) {
      event.target.value = "";
      filters.set("text", null);
    } else if (drawer.shown() >= 0) go({ row: -1 });
  }

  function help() {
    const dialog = document.getElementById("help");
    const rows = [...SHORTCUTS, ...hooks.shortcuts].map(([keys, what]) =>
      dom.el(
        "div",
        {},
        dom.el(
          "dt",
          {},
          keys.split(" ").map((key) => dom.el("kbd", {}, key)),
        ),
        dom.el("dd", {}, what),
      ),
    );
    dom.fill(document.getElementById("shortcuts"), rows);
    document.getElementById("keys-on").checked = dom.kept.get("keys") !== "off";
    dialog.showModal();
  }

  function controls() {
    const button = document.getElementById("theme");
    button.addEventListener("click", () => dom.announce(`${theme.toggle()} theme`));
    document.getElementById("help-button").addEventListener("click", help);
    document.getElementById("keys-on").addEventListener("change", (event) => {
      dom.kept.set("keys", event.target.checked ? "on" : "off");
    });
    document.getElementById("help-close").addEventListener("click", () => document.getElementById("help").close());
    addEventListener("keydown", pressed);
    document.addEventListener("click", clicked);
    addEventListener("hashchange", follow);
    addEventListener("popstate", follow);
  }

  /** Start everything; called once, at the end of the page. */
  async function start() {
    await data.load();
    list.start();
    filters.start((typing) => {
      list.refilter(typing);
      if (place.view === "overview") place.view = "list";
      const going = new URLSearchParams(location.hash.slice(1)).has("text");
      remember(typing && going); // back takes a filter away, a text at once and not letter by letter
    });
    groups.start();
    charts.start();
    drawer.start();
    controls();
    watch();
    follow();
    if (hooks.started) await hooks.started();
    performance.mark("usable");
    if (window.requestIdleCallback) requestIdleCallback(data.prepare);
    document.documentElement.dataset.ready = "yes";
  }

  return { address, go, help, hooks, place: () => place, rowLink, start };
})();
