"use strict";
/** The page of a comparison: its tables sort, rows are picked by who suspects them, and light turns to dark. */
const sweep = (() => {
  const LINES = 25;

  /** Numbers before nothing, whichever way one sorts; words by the alphabet. */
  function comparing(sign) {
    return (a, b) => {
      if (a === "" || b === "") return (a === "") - (b === "");
      const [left, right] = [Number(a), Number(b)];
      return sign * (Number.isNaN(left - right) ? String(a).localeCompare(String(b)) : left - right);
    };
  }

  /**
   * Let DataTables sort a table that stands in the page. It is handed values to sort by; the cells stay as they are.
   * @param {string} id
   * @param {Object} options
   */
  function sorted(id, options) {
    const node = document.getElementById(id);
    if (!node || node.tBodies[0].rows.length < 2) return null;
    const columns = [...node.tHead.rows[0].cells].map(() => ({ type: "told", searchable: false }));
    return new DataTable(node, { columns, order: [], searching: true, info: false, autoWidth: false, ...options });
  }

  /** Show the rows that the pressed button names. */
  function picking(table) {
    let wanted = "";
    const fits = (row) => !wanted || (wanted === "flips" ? row.dataset.flips !== undefined : row.dataset.kind === wanted);
    if (table) table.search.fixed("picked", (_, __, index) => fits(table.row(index).node()));
    const buttons = [...document.querySelectorAll("[data-pick]")];
    for (const button of buttons) {
      button.addEventListener("click", () => {
        wanted = button.dataset.pick;
        for (const one of buttons) one.setAttribute("aria-pressed", String(one === button));
        if (table) table.draw();
        const left = table ? table.page.info().recordsDisplay : document.querySelectorAll("#row-table tbody tr").length;
        document.getElementById("count").textContent = `${left.toLocaleString("en")} shown`;
      });
    }
  }

  function start() {
    DataTable.ext.type.order["told-asc"] = comparing(1);
    DataTable.ext.type.order["told-desc"] = comparing(-1);
    const layout = { topStart: null, topEnd: null, bottomStart: null, bottomEnd: null };
    sorted("variant-table", { paging: false, layout });
    sorted("pair-table", { paging: false, layout });
    picking(sorted("row-table", { pageLength: LINES, layout: { ...layout, bottomEnd: "paging" } }));
    document.getElementById("theme").addEventListener("click", () => theme.toggle());
  }

  return { start };
})();
sweep.start();
