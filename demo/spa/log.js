// The log of what the SDK did. Session storage keeps it across the redirects, which is safe because
// no event contains a secret.

const KEY = "demo.log";
const LIMIT = 60;
const list = document.getElementById("log");
const empty = document.getElementById("log-empty");
const time = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

let events = read();
for (const event of events) show(event);
document.getElementById("log-clear").addEventListener("click", () => {
  events = [];
  list.replaceChildren();
  save();
});

export function record(event) {
  events = [...events, event].slice(-LIMIT);
  show(event);
  save();
}

function show({ type, at, ...fields }) {
  const item = document.createElement("li");
  item.dataset.type = type;
  item.dataset.tone = toneOf(type);
  const moment = document.createElement("time");
  moment.dateTime = new Date(at).toISOString();
  moment.textContent = time.format(at);
  const title = document.createElement("b");
  title.textContent = titleOf(type);
  item.append(moment, title);
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null || value === "") continue;
    const detail = document.createElement("span");
    const text = valueOf(name, value);
    detail.textContent = text === "" ? titleOf(name) : `${titleOf(name).toLowerCase()} ${text}`;
    item.append(detail);
  }
  list.prepend(item);
  while (list.childElementCount > LIMIT) list.lastElementChild.remove();
  empty.hidden = true;
}

/** Shows `dueAt: 1700000000000` as a time, and `isRetryable: true` as the name alone. */
function valueOf(name, value) {
  if (value === true) return "";
  if (typeof value === "number" && /(At|^until)$/.test(name)) return time.format(value);
  if (typeof value === "object") return JSON.stringify(value);
  return String(value);
}

function titleOf(type) {
  const words = type.replace(/([a-z])([A-Z])/g, "$1 $2").replaceAll("-", " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function toneOf(type) {
  if (/fail|error|refus|reject|denied|unread/.test(type)) return "bad";
  if (/signed-in|refreshed|restored|exchanged|complete|adopted/.test(type)) return "good";
  return "plain";
}

function save() {
  empty.hidden = events.length > 0;
  try {
    sessionStorage.setItem(KEY, JSON.stringify(events));
  } catch {
    // If storage is full or blocked, the log is on the screen only.
  }
}

function read() {
  try {
    const stored = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((event) => Number.isFinite(event?.at)) : [];
  } catch {
    return [];
  }
}
