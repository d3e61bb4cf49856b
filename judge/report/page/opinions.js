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
    /** @type {Map<string, number>} rows decided, by person; a name may be any word */ people: new Map(),
    /** the last line that the server told of */ seq: 0,
    /** what is wrong with the connection: "", "away", "closed" or a sentence */ trouble: "",
    ask,
    decide,
    decideGroup,
    differs,
    latest: () => decided.at(-1)?.words ?? null,
    mine,
    name,
    of,
    pending: () => jobs.length,
    start,
    undo,
    watch: (act) => watchers.add(act),
  };
  /** @type {Object[]} what was decided on this page, but for what was undone, in order */
  const decided = [];
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
    if (state.seq < self.seq) return changed;
    self.who = state.who;
    self.people = new Map(Object.entries(state.people));
    self.seq = state.seq;
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
    const taken = new Set(jobs.map((job) => job.takes).filter(Boolean));
    for (let n = jobs.length - 1; n >= 0; n--) {
      const { words, body } = jobs[n];
      if (!words?.has(index) || taken.delete(jobs[n])) continue;
      const drawn = body.order === "random" || Boolean(told.get(index)?.mine?.drawn);
      return { word: words.get(index), note: body.note, drawn, pending: true };
    }
    if ([...taken].some((job) => !jobs.includes(job) && job.words.has(index))) return null; // the server will say
    return told.get(index)?.mine || null;
  }

  /** Whether others gave a row another word than I did. */
  function differs(index) {
    const { mine: said, others } = of(index);
    return Boolean(said) && others.some(({ word }) => word !== said.word);
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

  /**
   * Decide on a group as one: the server knows all its rows, also those that are not listed.
   * @param {number} group
   * @param {?number[]} goes places of the camps that go, the others stay; null: unsure of all
   * @param {Map<number, string>} words what that comes to on the rows that are listed
   */
  function decideGroup(group, goes, words) {
    return push({ path: "decide", body: { group, goes, note: "", order: "group", batch: name() }, words });
  }

  /** Take back what I decided last; gives the rows that it was about. */
  async function undo() {
    const takes = decided.pop() ?? null;
    return (await push({ path: "undo", body: { batch: name() }, words: null, takes })).undone;
  }

  function push(job) {
    const done = new Promise((resolve, reject) => Object.assign(job, { resolve, reject }));
    jobs.push(job);
    if (job.words) decided.push(job);
    tell(new Set((job.words ?? job.takes?.words)?.keys()));
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
        const state = await ask(job.path, { ...job.body, since: self.seq });
        settle(job, take(state));
        trouble("");
        job.resolve(state);
        tries = 0;
      } catch (error) {
        if (error instanceof Refused && [0, 401, 408, 502, 503].includes(error.status)) {
          trouble({ 0: "away", 401: "closed" }[error.status] || error.message);
          await new Promise((wake) => setTimeout(wake, RETRY[Math.min(tries, RETRY.length - 1)]));
          tries += 1;
        } else {
          if (decided.includes(job)) decided.splice(decided.indexOf(job), 1);
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
        const changed = take(await ask(`state?since=${self.seq}`));
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
