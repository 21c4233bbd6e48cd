// Keeps what a page says and what goes wrong in it, in every engine alike.
window.consoleLines = [];
for (const level of ["debug", "log", "info", "warn", "error", "trace", "dir", "table"]) {
  const original = console[level];
  console[level] = (...values) => {
    window.consoleLines.push(`${level}: ${values.map(inFull).join(" ")}`);
    original.apply(console, values);
  };
}
addEventListener("error", (event) => window.consoleLines.push(`uncaught: ${event.message}`));
addEventListener("unhandledrejection", ({ reason }) => {
  window.consoleLines.push(`unhandled: ${inFull(reason)}`);
});

function inFull(value) {
  if (value instanceof Error) return `${value.stack} ${JSON.stringify(value)} ${inFull(value.cause)}`;
  try {
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  } catch {
    return String(value);
  }
}
