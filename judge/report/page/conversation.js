"use strict";
/** A row's conversation as a chat, and two answers side by side. */
const conversation = (() => {
  const LONG = 700; // characters of a system or tool turn that are shown without asking
  const ROLES = { user: "User", assistant: "Assistant", system: "System", tool: "Tool", function: "Tool" };

  function length(pieces) {
    return (pieces || []).reduce((sum, [text]) => sum + text.length, 0);
  }

  /** One tool call: its name, and what it is called with. */
  function call({ name, parts }) {
    return dom.el(
      "div",
      { class: "call" },
      dom.el("span", { class: "call-name" }, "calls ", dom.line(name, { class: "mono" })),
      dom.el("pre", {}, dom.parts(parts)),
    );
  }

  /** One turn: who speaks, whether it was judged, and what is said. */
  function turn(told) {
    const role = Object.hasOwn(ROLES, told.role) ? told.role : "other";
    const text = length(told.parts) ? dom.parts(told.parts) : null;
    const quiet = role === "system" || role === "tool" || role === "function";
    const body = [text, (told.calls || []).map(call)];
    if (!text && !(told.calls || []).length) body.push(dom.el("span", { class: "none" }, "says nothing"));
    const folded = quiet && length(told.parts) > LONG && !told.parts.some(([, kind]) => kind === "m");
    const shown = folded
      ? dom.el("details", {}, dom.el("summary", {}, `${dom.number(length(told.parts))} characters`), body)
      : body;
    return dom.el(
      "li",
      { class: `turn turn-${role}${told.judged ? " judged" : ""}`, "data-turn": told.n },
      dom.el(
        "div",
        { class: "speaker" },
        dom.el("b", {}, role === "other" ? dom.line(told.role) : ROLES[role]),
        dom.el("span", { class: "turn-number" }, `turn ${told.n}`),
        told.judged ? dom.el("span", { class: "judged-mark" }, data.run.judge ? "judged" : "checked") : null,
      ),
      dom.el("div", { class: "bubble" }, shown),
    );
  }

  /** All turns of a row, with the reference text that came with it. */
  function chat(detail) {
    const context = detail.context
      ? dom.el(
          "details",
          { class: "context", open: length(detail.context) <= LONG },
          dom.el("summary", {}, "Reference text of this row"),
          dom.el("div", { class: "passage" }, dom.parts(detail.context)),
        )
      : null;
    return [context, dom.el("ol", { class: "chat" }, detail.turns.map(turn))];
  }

  /** One answer of a pair: a heading, and the text below it. */
  function side(heading, text) {
    return dom.el("div", { class: "side" }, dom.el("div", { class: "side-head" }, heading), dom.parts(text));
  }

  return { chat, side, turn };
})();
