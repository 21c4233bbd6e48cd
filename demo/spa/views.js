// The two views and the links between them. After a sign-in, the SDK returns to a view with
// `history.replaceState` and a `popstate` event.

export function currentView() {
  return location.pathname === "/notes" ? "notes" : "overview";
}

export function replaceWith(path) {
  history.replaceState(history.state, "", path);
}

/** Calls back if the view may have changed: after a link, Back, Forward, or a sign-in. */
export function onNavigate(callback) {
  addEventListener("popstate", callback);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-link]");
    const wantsTab = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (!link || event.button !== 0 || wantsTab) return;
    event.preventDefault();
    if (link.pathname !== location.pathname) history.pushState(null, "", link.pathname);
    callback();
    scrollTo({ top: 0 });
  });
}
