"use strict";
/**
 * Who said what of which row: the server's word, and what is on its way to it. Nothing counts as said before the
 * server has it on its disk; until then it is shown as pending, and sent again.
 */
const opinions = (() => {
  const WORDS = { remove: "removed", keep: "kept", unsure: "unsure" };
  const POLL = 3000; // ms between two looks at what others said
  const RETRY = [500, 1000, 2000, 4000]; // ms before it is sent again
  /** @type {Map<number, {mine: ?Object, others: Object[], count: number}>} as the server told, by row */
  const told = new Map();
  /** @type {Object[]} what is to be sent, in order; each with `path`, `body`, `words` and what waits for it */
  const jobs = [];
  /** @type {Set<function(Set<number>|null): void>} */
  const watchers = new Set();
  const self = {
    WORDS,
    who: "",
    /** @type {Object<string, number>} rows decided, by person */ people: {},
    /** what is wrong with the connection: "", "away", "closed" or a sentence */ trouble: "",
    ask,
    decide,
    mine,
    name,
    of,
    pending: () => jobs.length,
    start,
    undo,
    watch: (act) => watchers.add(act),
  };
  let seq = 0;
  let sending = false;

  class Refused extends Error {
    constructor(status, message) {
      super(message);
      this.status = status;
    }
  }

  /**
   * Ask the server; throws `Refused` with its status where it says no, and 0 where it says nothing.
   * @param {string} path below /api/
   * @param {Object} [body] makes it a POST
   */
  async function ask(path, body) {
    const how = { credentials: "same-origin", cache: "no-store" };
    if (body !== undefined) {
      Object.assign(how, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
    }
    let answer;
    try {
      answer = await fetch(`/api/${path}`, how);
    } catch {
      throw new Refused(0, "the server does not answer");
    }
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refused(answer.status, told.error || `the server said ${answer.status}`);
    return told;
  }

  /** A name for a batch, under which it may be sent twice and counts once. */
  function name() {
    return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /** Take in what the server told; an answer that was overtaken by a later one holds nothing new. */
  function take(state) {
    const changed = new Set();
    if (state.seq < seq) return changed;
    self.who = state.who;
    self.people = state.people;
    ({ seq } = state);
    for (const [index, opinion] of Object.entries(state.rows)) {
      told.set(Number(index), opinion);
      changed.add(Number(index));
    }
    return changed;
  }

  function tell(rows = null) {
    for (const act of watchers) act(rows);
  }

  function trouble(what) {
    if (self.trouble === what) return;
    self.trouble = what;
    tell(new Set());
  }

  /** All that is known of a row: my word, pending or not, and those of others once I have given mine. */
  function of(index) {
    const known = told.get(index) || { mine: null, others: [], count: 0 };
    const mine = self.mine(index);
    return { ...known, mine };
  }

  /** What I said of a row: `{word, note, drawn, pending}`, or null. */
  function mine(index) {
    for (let n = jobs.length - 1; n >= 0; n--) {
      const { words, body } = jobs[n];
      if (!words?.has(index)) continue;
      const drawn = body.order === "random" || Boolean(told.get(index)?.mine?.drawn);
      return { word: words.get(index), note: body.note, drawn, pending: true };
    }
    return told.get(index)?.mine || null;
  }

  /**
   * Decide on rows as one.
   * @param {Map<number, "remove"|"keep"|"unsure">} words
   * @param {{note?: string, order: string}} how
   * @returns {Promise<void>} once it is on the server's disk; fails only where the server refuses it for good
   */
  function decide(words, { note = "", order }) {
    const lists = {};
    for (const [index, word] of words) (lists[word] ||= []).push(index);
    return push({ path: "decide", body: { words: lists, note, order, batch: name() }, words });
  }

  /** Take back what I decided last; gives the rows that it was about. */
  async function undo() {
    return (await push({ path: "undo", body: { batch: name() }, words: null })).undone;
  }

  function push(job) {
    const done = new Promise((resolve, reject) => Object.assign(job, { resolve, reject }));
    jobs.push(job);
    tell(new Set(job.words?.keys()));
    send();
    return done;
  }

  /** Send what waits, one after the other, again and again until the server has it. */
  async function send() {
    if (sending) return;
    sending = true;
    for (let tries = 0; jobs.length; ) {
      const [job] = jobs;
      try {
        const state = await ask(job.path, { ...job.body, since: seq });
        settle(job, take(state));
        trouble("");
        job.resolve(state);
        tries = 0;
      } catch (error) {
        if (error instanceof Refused && [0, 401, 502, 503].includes(error.status)) {
          trouble({ 0: "away", 401: "closed" }[error.status] || error.message);
          await new Promise((wake) => setTimeout(wake, RETRY[Math.min(tries, RETRY.length - 1)]));
          tries += 1;
        } else {
          settle(job, new Set());
          job.reject(error);
        }
      }
    }
    sending = false;
  }

  function settle(job, changed) {
    jobs.shift();
    tell(new Set([...changed, ...(job.words?.keys() || [])]));
  }

  /** Look what others said, and whether the server is still there. */
  async function poll() {
    if (document.visibilityState === "visible" && !sending) {
      try {
        const changed = take(await ask(`state?since=${seq}`));
        trouble("");
        if (changed.size) tell(changed);
      } catch (error) {
        trouble({ 0: "away", 401: "closed" }[error.status] || error.message);
      }
    }
    setTimeout(poll, POLL);
  }

  /** Learn what was said so far. */
  async function start() {
    take(await ask("state?since=0"));
    setTimeout(poll, POLL);
    addEventListener("beforeunload", (event) => {
      if (jobs.length) event.preventDefault();
    });
  }

  return self;
})();
