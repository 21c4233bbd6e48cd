// Text of servers made safe for a terminal, and the table.

/** Returns whether an address is on this machine. */
export const isLocal = ({ hostname }) =>
  hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]"
  || /^127(\.\d+){3}$/.test(hostname);

/**
 * Returns text of a server that a terminal can show: without control characters, which could move the
 * cursor or set the window's title, without characters that change the direction, and not too long.
 */
export const printable = (text, longest = 160) => {
  const safe = String(text)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, "?")
    .replace(/\s+/g, " ")
    .trim();
  const characters = [...safe];
  return characters.length > longest ? `${characters.slice(0, longest - 1).join("")}…` : safe;
};

const SIGNS = { __proto__: null, ok: "ok", warn: "WARN", fail: "FAIL", skipped: "-" };

/** Returns the report as a table, and below it what to do. */
export const table = ({ server, checks, verdict }) => {
  const width = Math.max(...checks.map(({ title }) => title.length));
  const lines = [`${printable(server)}`, ""];
  for (const { title, verdict, detail } of checks) {
    lines.push(`  ${SIGNS[verdict].padEnd(5)} ${title.padEnd(width)}  ${detail}`);
  }
  const advice = ["fail", "warn"].flatMap((wanted) => checks.filter((check) => check.verdict === wanted));
  if (advice.length) lines.push("", "What to do:");
  for (const { title, verdict, advice: what } of advice) {
    lines.push("", `  ${SIGNS[verdict]}: ${title}`, ...wrap(what).map((line) => `    ${line}`));
  }
  const count = (wanted) => checks.filter((check) => check.verdict === wanted).length;
  lines.push("", `${count("ok")} ok, ${count("warn")} to look at, ${count("fail")} failed: ${verdict}`, "");
  return lines.join("\n");
};

const wrap = (text) => {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line && line.length + word.length > 90) lines.push(word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return lines;
};
