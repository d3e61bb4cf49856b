"use strict";
/** Why a row stands where it does: each reason with its share, its words, and the marks in the text that it quotes. */
const reasons = (() => {
  const FIRST = 2; // reasons that are shown in any case
  const SMALL = 0.05; // further ones of a smaller share are folded away

  function reason(told, hooks) {
    const { rationale } = told;
    const turn = told.turn && dom.button(`turn ${told.turn}`, () => show(told.turn), { class: "link" });
    const others = (told.partners || []).map((other) => app.rowLink(other, hooks));
    return dom.el(
      "li",
      { class: "reason", tabindex: "0", "data-because": `${told.because}\n${rationale?.evidence || ""}` },
      dom.el(
        "div",
        { class: "reason-head" },
        dom.tag(told.name, told.kind),
        told.rubric && told.rubric !== told.name
          ? dom.el("span", { class: "speaks-to" }, "on ", dom.line(told.rubric))
          : null,
        turn || null,
        dom.el(
          "span",
          { class: "share", vars: { share: told.share }, title: "its share of the suspicion" },
          dom.percent(told.share),
        ),
      ),
      dom.el("p", { class: "because" }, dom.line(told.because)),
      others.length
        ? dom.el(
            "p",
            { class: "others" },
            "see ",
            others.flatMap((link, i) => (i ? [", ", link] : [link])),
          )
        : null,
      rationale?.text ? dom.el("p", { class: "rationale" }, "The judge: ", dom.line(rationale.text)) : null,
      rationale?.evidence
        ? dom.el(
            "blockquote",
            {},
            dom.line(rationale.evidence),
            rationale.found ? null : dom.el("span", { class: "warn" }, " these words are not in the row"),
          )
        : null,
    );
  }

  /** All reasons of a row, the weightiest first; those of little weight are folded away. */
  function list(told, hooks) {
    const why = told.rank === null ? "None: this row is not ranked." : "None: nothing speaks against this row.";
    if (!told.reasons.length) return dom.el("p", { class: "none" }, why);
    const small = told.reasons.findIndex((each, at) => at >= FIRST && each.share < SMALL);
    const until = small < 0 ? told.reasons.length : small;
    const shown = (some) =>
      dom.el(
        "ol",
        { class: "reasons" },
        some.map((each) => reason(each, hooks)),
      );
    const rest = told.reasons.slice(until);
    const names = [...new Set(rest.map((each) => each.name))].join(", ");
    const more = rest.length
      ? dom.el(
          "details",
          { class: "more-reasons" },
          dom.el("summary", {}, `${rest.length} of little weight: `, dom.line(names)),
          shown(rest),
        )
      : null;
    return [shown(told.reasons.slice(0, until)), more];
  }

  /** Bring a turn into sight. */
  function show(number) {
    const turn = document.querySelector(`.turn[data-turn="${Number(number)}"]`);
    turn?.scrollIntoView({ block: "center" });
    turn?.classList.add("pointed");
    setTimeout(() => turn?.classList.remove("pointed"), 1200);
  }

  /** The words that a reason quotes, and, on its last line, those that the judge does. */
  function piecesOf(told) {
    const [because, evidence] = told.split("\n");
    return [...[...because.matchAll(/“([^“”]*)”/gu)].flatMap(([, words]) => words.split("…")), evidence];
  }

  /** While a reason is pointed at, the words that it quotes stand out among all marked words. */
  function light(container) {
    const plain = (text) => text.replace(/\s+/gu, " ").trim().toLowerCase();
    const strong = [...container.querySelectorAll(".reason")].filter((item) => !item.closest(".more-reasons"));
    const quoted = strong.flatMap((item) => piecesOf(item.dataset.because)).map(plain).filter(Boolean);
    for (const mark of container.querySelectorAll(".chat mark")) {
      const text = plain(mark.textContent);
      mark.classList.toggle("faint", !quoted.some((piece) => piece.includes(text) || text.includes(piece)));
    }
    for (const item of container.querySelectorAll(".reason")) {
      const because = plain(item.dataset.because);
      const marks = () => [...container.querySelectorAll(".chat mark")];
      const on = () => {
        const mine = marks().filter((mark) => plain(mark.textContent) && because.includes(plain(mark.textContent)));
        mine.forEach((mark) => mark.classList.add("lit"));
        container.classList.toggle("lighting", mine.length > 0);
      };
      const off = () => {
        marks().forEach((mark) => mark.classList.remove("lit"));
        container.classList.remove("lighting");
      };
      item.addEventListener("pointerenter", on);
      item.addEventListener("pointerleave", off);
      item.addEventListener("focusin", on);
      item.addEventListener("focusout", off);
    }
  }

  return { light, list };
})();
