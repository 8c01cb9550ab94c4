// From stats reports to the batch's `series`: prune each report to the kept members, then turn samples into columns.
import { clip } from "./page.js";
import { MEMBERS } from "./members.js";

const TEXT_MAX = 4096;

// Nine digits are a millionth of a percent; the rest of a double only costs bytes. Times since the epoch keep their ms.
const rounded = (given) => (given > 1e9 ? Math.round(given) : +given.toPrecision(9));

// A member's value if it has the type it must have, else undefined: one browser's odd value must not spoil a batch.
const accepted = (mark, given) => {
  if (mark === "'") return typeof given === "string" ? clip(given, TEXT_MAX) : undefined;
  if (mark === "?") return typeof given === "boolean" ? given : undefined;
  return Number.isFinite(given) ? rounded(given) : undefined;
};

// A stats object as its identity `s` (said once) and what changes, `f`.
const prune = (entry) => {
  const kept = { type: entry.type, s: {}, f: {} };
  for (const [member, mark] of MEMBERS[entry.type]) {
    const [outer, inner] = member.split(".");
    const given = accepted(mark, inner ? entry[outer]?.[inner] : entry[member]);
    if (given !== undefined) kept[/['=]/.test(mark) ? "s" : "f"][member] = given;
  }
  return kept;
};

// Ids of the candidate pairs in use: by the transport, else by the pair itself (Firefox), else by nomination.
const selectedPairs = (all) => {
  const named = all.map((entry) => entry.selectedCandidatePairId).filter(Boolean);
  const chosen = all.filter((entry) => entry.selected ?? (entry.nominated && entry.state === "succeeded"));
  return named.length ? named : chosen.map(({ id }) => id);
};

// One stats report as a Map of id to kept members. `pairs` collects the pairs that were ever in use: one that is left
// and taken up again must stand in the baseline, or its counters would count twice.
export const pruneReport = (report, pairs) => {
  const all = [...report.values()].filter(({ type }) => MEMBERS[type]);
  for (const id of selectedPairs(all)) pairs.add(id);
  const wanted = new Set(pairs);
  const needed = ({ type, id }) => wanted.has(id) || !/^codec|candidate/.test(type);
  for (const entry of all.filter(needed)) {
    for (const member of ["codecId", "localCandidateId", "remoteCandidateId"]) wanted.add(entry[member]);
  }
  return new Map(all.filter(needed).map((entry) => [entry.id, prune(entry)]));
};

const differs = (part, entry) => {
  for (const member in entry.s) if (part.s[member] !== undefined && part.s[member] !== entry.s[member]) return true;
  return part.type !== entry.type;
};

// One column object. What does not change is said once, but not where the object is not there all along: so nobody has
// to guess where it was.
const column = ({ type, id, s, rows }) => {
  const f = {};
  const whole = rows.every(Boolean);
  for (const member in Object.assign({}, ...rows.map((row) => row?.f))) {
    const values = rows.map((row) => row?.f[member] ?? null);
    if (whole && values.every((given) => given === values[0])) s[member] = values[0];
    else f[member] = values;
  }
  return { type, id, s, f };
};

// Columns of the samples [{t, stats: Map}], the first of which is the baseline. When an identity changes, a further
// object with the same id begins; an identity that is not known yet, or no more, is no change.
export const toSeries = (pc, samples) => {
  const open = {};
  const parts = [];
  samples.forEach(({ stats }, index) => {
    for (const [id, members] of stats) {
      if (!open[id] || differs(open[id], members)) {
        parts.push(open[id] = { type: members.type, id, s: {}, rows: samples.map(() => null) });
      }
      open[id].rows[index] = members;
      Object.assign(open[id].s, members.s);
    }
  });
  return { pc, baseline: true, t: samples.map(({ t }) => t), objects: parts.map(column) };
};
