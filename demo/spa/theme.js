// Runs before the first paint, so that a chosen theme does not flash. Everything else waits.
try {
  const theme = localStorage.getItem("demo.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the theme of the system it is.
}
