"use strict";
/**
 * The table of suspects: DataTables sorts, pages and draws it; what is shown and by which values is decided here.
 * No cell is ever a string of markup: DataTables gets numbers to sort by and finished elements to show.
 */
const list = (() => {
  /** What others may add: `row(index)` gives a node for the cell that names the row. */
  const hooks = { row: null };
  const PAGE = 50;
  const PRINTED = 400; // rows that a print holds at most
  let table = null;
  /** @type {Uint8Array|null} */
  let passes = null;
  /** @type {number[]|null} the rows in the order in which they stand, made when it is asked for */
  let order = null;
  let current = -1;

  /** Numbers and nothing: nothing stands at the end, whichever way one sorts. */
  function comparing(sign) {
    return (a, b) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return sign * (a - b);
    };
  }

  /** The place of each text among all, as a reader would order them; worked out once, when it is sorted by. */
  function places(texts) {
    let found = null;
    return (index) => {
      if (!found) {
        const { compare } = new Intl.Collator("en", { numeric: true });
        const sorted = texts.map((_, i) => i).sort((a, b) => compare(texts[a], texts[b]) || a - b);
        found = new Uint32Array(texts.length);
        let place = 0;
        sorted.forEach((i, at) => {
          if (at && compare(texts[i], texts[sorted[at - 1]]) !== 0) place += 1;
          found[i] = place;
        });
      }
      return found[index];
    };
  }

  function rank(index) {
    const text = index < data.run.ranked ? dom.number(index + 1) : "–";
    return dom.el("span", { class: "rank" }, text);
  }

  function suspicion(index) {
    const value = data.rows.suspicion[index];
    if (value === null) return dom.el("span", { class: "none" }, "–");
    const bar = dom.el("span", { class: "meter", "aria-hidden": "true", vars: { share: value } });
    return dom.el("span", { class: "suspicion" }, value.toFixed(3), bar);
  }

  function named(index) {
    const { rows } = data;
    const status = rows.statuses[rows.status[index]];
    const tells = status !== "judged" && rows.statuses.length > 1; // what holds for all rows is told above
    const link = dom.el("a", { href: app.address({ row: index }), class: "id" }, dom.line(rows.id[index]));
    return dom.el(
      "div",
      { class: "named" },
      link,
      dom.el("span", { class: "source" }, dom.line(rows.sources[rows.source[index]])),
      tells ? dom.el("span", { class: "status" }, dom.line(dom.spaced(status))) : null,
      hooks.row ? hooks.row(index) : null,
    );
  }

  function because(index) {
    const [first, ...others] = data.reasonsOf(index);
    const none = index < data.run.ranked ? "nothing speaks against it" : "not ranked";
    if (!first) return dom.el("span", { class: "none" }, none);
    const names = others.map((reason) => reason.name).join(", ");
    const more = others.length > 0 && dom.el("span", { class: "more", title: names }, `+${others.length}`);
    const text = dom.line(data.rows.because[index], { class: "because" });
    return dom.el("div", { class: "why" }, dom.tag(first.name, first.kind), more, text);
  }

  function said(index) {
    const { asks, says } = data.rows;
    return dom.el(
      "div",
      { class: "exchange" },
      dom.line(asks[index], { class: "asks" }),
      dom.line(says[index], { class: "says" }),
    );
  }

  function grade(rubric, levels) {
    return (index) => {
      const score = data.rows.scores[rubric][index];
      if (typeof score !== "number") return dom.el("span", { class: "none" }, "–");
      return dom.el("span", { class: `grade level-${dom.level(score, levels)}` }, score.toFixed(1));
    };
  }

  /** The columns: a title, a class, the value that a row is sorted by (or none), and what is shown. */
  function columns() {
    const { rows, run } = data;
    const found = [
      { title: "#", name: "Rank", kind: "rank", value: (i) => (i < run.ranked ? i : null), show: rank },
      { title: "Suspicion", kind: "suspicion", value: (i) => rows.suspicion[i], show: suspicion, falling: true },
      { title: "Row", kind: "row", value: places(rows.id), show: named },
      {
        title: "First reason",
        kind: "why",
        value: places(rows.reasons.map((reasons) => (reasons.length ? rows.names[reasons[0]].name : "\uffff"))),
        show: because,
      },
      { title: "Asked and answered", kind: "said", value: null, show: said },
    ];
    if (!run.has_scores) return found;
    for (const [rubric, { levels, question }] of data.rubrics) {
      if (!Object.hasOwn(rows.scores, rubric)) continue;
      const scores = rows.scores[rubric];
      const value = (i) => scores[i] ?? null;
      found.push({ title: rubric, name: question, kind: "grade", value, show: grade(rubric, levels.length) });
    }
    return found;
  }

  /** Where the review budget ends, if that is on this page of the list and it stands in its own order. */
  function cut() {
    const sorted = table.order();
    const own = !sorted.length || (sorted[0][0] === 0 && sorted[0][1] === "asc");
    const limit = data.rows.inside.indexOf(0); // the first row beyond; a copy of a row inside may stand further down
    if (!own || limit < 1 || limit >= data.run.ranked) return;
    const at = standing().findIndex((index) => index >= limit);
    const { start, end } = table.page.info();
    if (at < 1 || at < start || at >= end) return;
    const text = `the review budget ends here: ${dom.counted(data.run.budget, "row")} inside`;
    const line = dom.el("tr", { class: "cut" }, dom.el("td", { colspan: 1 }, text));
    table.table().body().querySelector(`tr[data-index="${standing()[at]}"]`)?.before(line);
  }

  function standing() {
    if (!order) order = table.rows({ order: "current", search: "applied" }).indexes().toArray();
    return order;
  }

  function drawn() {
    order = null;
    cut();
    span();
    mark();
  }

  /** Let what goes across the table span just the columns that are seen: one more would take room from them. */
  function span(seen = [...table.table().header().rows[0].cells].filter((cell) => cell.offsetParent).length) {
    for (const cell of table.table().body().querySelectorAll("td[colspan]")) cell.colSpan = Math.max(seen, 1);
  }

  function count() {
    const left = table.page.info().recordsDisplay;
    const text = passes ? `${dom.number(left)} of ${dom.counted(data.count, "row")}` : dom.counted(data.count, "row");
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

  /** Draw again after the filters changed. */
  function refilter() {
    const before = passes;
    passes = filters.passing();
    if (before || passes) table.draw();
    count();
  }

  /** Make a row the current one; its page of the list is opened, and it is scrolled into sight. */
  function select(index, { focus = false } = {}) {
    current = index;
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
    table.rows({ page: "current" }).invalidate().draw("page");
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
    const all = columns();
    const heads = all.map((column) => {
      const title = column.kind === "grade" ? column.name : null;
      return dom.el("th", { scope: "col", class: `is-${column.kind}`, title }, dom.line(column.title));
    });
    place.append(dom.el("thead", {}, dom.el("tr", {}, heads)));
    DataTable.ext.errMode = "throw";
    DataTable.ext.type.order["value-asc"] = comparing(1);
    DataTable.ext.type.order["value-desc"] = comparing(-1);
    table = new DataTable(place, {
      data: Array.from({ length: data.count }, (_, index) => index),
      autoWidth: false,
      deferRender: true,
      order: [],
      pageLength: PAGE,
      typeDetect: false,
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
        data: (index, type) => (type === "display" ? show(index) : value ? value(index) : null),
        type: "value",
        className: `is-${kind}`,
        orderable: Boolean(value),
        orderSequence: falling ? ["desc", "asc", ""] : ["asc", "desc", ""],
        searchable: false,
      })),
      createdRow: (row, index) => {
        row.dataset.index = index;
      },
      drawCallback: () => table && drawn(),
    });
    const info = document.getElementById("suspects_info"); // the count above is told; twice is too much
    info?.removeAttribute("role");
    info?.setAttribute("aria-live", "off");
    place.querySelectorAll("col").forEach((column, at) => column.classList.add(`is-${all[at].kind}`));
    table.search.fixed("filters", (_text, index) => !passes || passes[index] === 1);
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
    printing();
  }

  return { hooks, neighbour, order: standing, refilter, refresh, select, start };
})();
