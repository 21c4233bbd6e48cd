// Runs before the first paint, so that the wrong theme does not flash.
try {
  const theme = localStorage.getItem("demo.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // If storage is blocked, the theme of the system applies.
}
