"use strict";
/**
 * The table of suspects. Which rows are shown, and in which order, is worked out here; DataTables is handed one page of
 * them at a time and draws it, so that a key costs no more in a list of many rows than in one of few.
 * No cell is ever a string of markup: DataTables gets finished elements.
 */
const list = (() => {
  /** What others may add: `row(index)` gives a node for the cell that names the row. */
  const hooks = { row: null };
  const PAGE = 50;
  const PRINTED = 400; // rows that a print holds at most
  const SEEN = 16; // rows that a screen holds: while somebody types no more are drawn, and the others when he rests
  const REST = 250; // ms
  let table = null;
  /** @type {Uint8Array|null} */
  let passes = null;
  /** @type {{at: number, dir: string}} the column that the rows are sorted by, and which way; -1: as they come */
  let sorting = { at: 0, dir: "asc" };
  /** @type {Uint32Array} all rows in that order */
  let sorted = new Uint32Array(0);
  /** @type {Uint32Array} those of them that pass the filters */
  let order = sorted;
  let all = [];
  let typed = false;
  let rest = 0;
  let current = -1;
  /** @type {Element|null} */
  let focused = null; // the row that had the keyboard before it was drawn anew

  /** All rows by the values of a column; those without one stand at the end, whichever way one sorts. */
  function sort({ at, dir }) {
    sorting = { at, dir };
    sorted = Uint32Array.from({ length: data.count }, (_, index) => index);
    const value = dir && all[at]?.value;
    if (!value || (at === 0 && dir === "asc")) return; // rows come by their rank
    const values = Float64Array.from(sorted, (index) => value(index) ?? NaN);
    const sign = dir === "asc" ? 1 : -1;
    sorted.sort((a, b) => {
      const [one, two] = [Number.isNaN(values[a]), Number.isNaN(values[b])];
      return one || two ? one - two || a - b : sign * (values[a] - values[b]) || a - b;
    });
  }

  /** Which rows stand in the list now. */
  function stand() {
    order = passes ? sorted.filter((index) => passes[index] === 1) : sorted;
  }

  /** Answer DataTables: the rows of one page of the list. */
  function page({ start, length, order: [by], draw }, give) {
    const [at, dir] = by ? [by.column, by.dir] : [-1, ""];
    if (at !== sorting.at || dir !== sorting.dir) {
      sort({ at, dir });
      stand();
    }
    const shown = [...order.subarray(start, start + (typed ? Math.min(length, SEEN) : length))];
    give({ draw, recordsTotal: data.count, recordsFiltered: order.length, data: shown });
  }

  /** Where the review budget ends, if that is on this page of the list and it stands in its own order. */
  function cut() {
    const own = !sorting.dir || (sorting.at === 0 && sorting.dir === "asc");
    const limit = data.rows.inside.indexOf(0); // the first row beyond
    if (!own || limit < 1 || limit >= data.run.ranked) return;
    const at = order.findIndex((index) => index >= limit);
    if (at < 1) return;
    const below = data.run.budget - limit; // copies of rows above, which stand where their own suspicion puts them
    const text = `the review budget ends here: ${dom.counted(data.run.budget, "row")} inside`;
    const more = below > 0 ? `, ${dom.number(below)} of them further down, as copies of rows above` : "";
    const line = dom.el("tr", { class: "cut" }, dom.el("td", { colspan: 1 }, text, more));
    table.table().body().querySelector(`tr[data-index="${order[at]}"]`)?.before(line);
  }

  /** The rows in the order in which they stand. */
  function standing() {
    return order;
  }

  function drawn() {
    cut();
    span();
    mark();
    if (focused && !focused.isConnected) linkOf(focused.dataset.index)?.focus({ preventScroll: true });
  }

  function linkOf(index) {
    return table.table().body().querySelector(`tr[data-index="${index}"] a.id`);
  }

  /** Draw the rows, too, that were left out while somebody typed. */
  function whole() {
    if (!rest) return;
    clearTimeout(rest);
    rest = 0;
    table.draw("page");
  }

  /** Let what goes across the table span just the columns that are seen: one more would take room from them. */
  function span(seen = [...table.table().header().rows[0].cells].filter((cell) => cell.offsetParent).length) {
    for (const cell of table.table().body().querySelectorAll("td[colspan]")) cell.colSpan = Math.max(seen, 1);
  }

  function count() {
    const text = passes ? `${dom.number(order.length)} of ${dom.counted(data.count, "row")}` : dom.counted(data.count, "row");
    document.getElementById("count").textContent = text;
  }

  function mark() {
    for (const row of table.table().body().rows) {
      const here = Number(row.dataset.index) === current && row.dataset.index !== undefined;
      row.classList.toggle("current", here);
      const link = row.querySelector("a.id");
      if (here) link.setAttribute("aria-current", "true");
      else link?.removeAttribute("aria-current");
    }
  }

  /**
   * Draw again after the filters changed.
   * @param {boolean} [typing] whether more of it may come at once
   */
  function refilter(typing = false) {
    const before = passes;
    passes = filters.passing();
    stand();
    clearTimeout(rest);
    rest = 0;
    typed = typing && order.length > SEEN;
    if (before || passes) table.draw();
    if (typed) rest = setTimeout(whole, REST);
    typed = false;
    count();
  }

  /** Make a row the current one; its page of the list is opened, and it is scrolled into sight. */
  function select(index, { focus = false } = {}) {
    current = index;
    whole();
    const position = standing().indexOf(index);
    if (position >= 0) {
      const { length, page } = table.page.info();
      const wanted = Math.floor(position / length);
      if (wanted !== page) table.page(wanted).draw("page");
    }
    mark();
    const row = table.table().body().querySelector("tr.current");
    if (row?.offsetParent) row.scrollIntoView({ block: "nearest" });
    if (focus) row?.querySelector("a.id").focus({ preventScroll: true });
    return Boolean(row);
  }

  /** The row that stands some places further down (or up) than another one, or -1 at the end. */
  function neighbour(index, step) {
    const rows = standing();
    const position = rows.indexOf(index);
    if (position < 0) return rows.length ? rows[0] : -1;
    return rows[position + step] ?? -1;
  }

  /** Draw the rows on this page anew, e.g. since a decision changed. */
  function refresh() {
    table.draw("page");
  }

  function printing() {
    const size = table.page.len();
    addEventListener("beforeprint", () => {
      table.page.len(Math.min(Math.max(data.run.budget + 1, 1), PRINTED)).draw();
      span(table.columns().count());
    });
    addEventListener("afterprint", () => table.page.len(size).draw());
  }

  /** Put the table into the page. */
  function start() {
    const place = document.getElementById("suspects");
    all = cells.columns((index) => hooks.row?.(index));
    sort(sorting);
    stand();
    const heads = all.map((column) => {
      const title = column.kind === "grade" ? column.name : null;
      return dom.el("th", { scope: "col", class: `is-${column.kind}`, title }, dom.line(column.title));
    });
    place.append(dom.el("thead", {}, dom.el("tr", {}, heads)));
    DataTable.ext.errMode = "throw";
    table = new DataTable(place, {
      serverSide: true,
      ajax: page,
      processing: false,
      autoWidth: false,
      order: [[0, "asc"]],
      pageLength: PAGE,
      typeDetect: false,
      searchDelay: 0,
      orderMulti: false,
      layout: { topStart: null, topEnd: null, bottomStart: "info", bottomEnd: ["pageLength", "paging"] },
      lengthMenu: [25, 50, 100, 250],
      language: {
        info: "_START_ to _END_ of _TOTAL_",
        infoEmpty: "no rows",
        infoFiltered: "",
        lengthMenu: "Rows on a page _MENU_",
        zeroRecords: "No row is like that. Remove a filter to see more.",
        emptyTable: "No row is listed.",
        thousands: ",",
      },
      columns: all.map(({ kind, value, show, falling }) => ({
        data: (index, type) => (type === "display" ? show(index) : null),
        type: "string",
        className: `is-${kind}`,
        orderable: Boolean(value),
        orderSequence: falling ? ["desc", "asc", ""] : ["asc", "desc", ""],
        searchable: false,
      })),
      createdRow: (row, index) => {
        row.dataset.index = index;
      },
      preDrawCallback: () => {
        focused = document.activeElement?.closest("#suspects tr[data-index]") ?? null;
      },
      drawCallback: () => table && drawn(),
    });
    const info = document.getElementById("suspects_info"); // the count above is told; twice is too much
    info?.removeAttribute("role");
    info?.setAttribute("aria-live", "off");
    place.querySelectorAll("col").forEach((column, at) => column.classList.add(`is-${all[at].kind}`));
    table
      .table()
      .body()
      .addEventListener("click", (event) => {
        const row = event.target.closest("tr");
        if (!row?.dataset.index || event.target.closest("a, button") || getSelection().toString()) return;
        app.go({ row: Number(row.dataset.index) });
      });
    new ResizeObserver(() => span()).observe(place.parentElement);
    drawn();
    count();
    printing();
  }

  return { hooks, neighbour, order: standing, refilter, refresh, select, start };
})();
