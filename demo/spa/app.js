// A single-page app without a bundler. It starts the SDK, shows its state, and switches its store.
import { BasicAuth } from "/basic-oauth/index.js";
import "/basic-oauth/button.js";
import { record } from "./log.js";
import { clearNotes, showResponse, showNotes } from "./notes.js";
import { startRing } from "./refresh.js";
import { currentView, onNavigate, replaceWith } from "./views.js";

const STORES = {
  local: "In localStorage: all tabs share it, and it survives a restart.",
  session: "In sessionStorage: this tab only, and it survives a reload.",
  cookie: "In cookies: all tabs share it, and the server of this page receives it.",
  memory: "In memory: a reload ends it, and nothing is stored.",
};

const byId = (id) => document.getElementById(id);
const buttons = document.querySelectorAll("basic-sign-in");

let auth;
let config;
let lastError;
let lastKey;
let drawRing = () => {};

await boot();

async function boot() {
  addListeners();
  try {
    const response = await fetch("/config.json", { cache: "no-store" });
    if (!response.ok) throw new Error(`/config.json responded with status ${response.status}.`);
    config = await response.json();
    const { origin } = new URL(config.redirectUri);
    if (origin !== location.origin) {
      // `localhost` and `127.0.0.1` are two origins, and only one of them is registered.
      location.replace(origin + location.pathname);
      return;
    }
    byId("server").textContent = config.server;
    await startWith(chosenStore());
  } catch (error) {
    showError("The demo could not start.", error);
    byId("status").textContent = "Not started";
    document.body.dataset.status = "failed";
    showView();
  }
}

async function startWith(store) {
  showStore(store);
  auth = await BasicAuth.start({
    clientId: config.clientId,
    redirectUri: config.redirectUri,
    scope: config.scope,
    server: config.server,
    store,
    // `/?preload=use` loads the WebAssembly module only when something needs it.
    preload: new URLSearchParams(location.search).get("preload") ?? undefined,
    onEvent: record,
  });
  for (const button of buttons) button.auth = auth;
  drawRing = startRing(auth, config.accessTokenSeconds);
  auth.subscribe(showState);
  // The SDK leaves the callback path only after a successful sign-in. That path is no view.
  if (location.pathname === new URL(config.redirectUri).pathname) replaceWith("/");
  showState();
}

/** Ends the session in the old store, then starts the SDK with the new one. */
async function switchStore(store) {
  byId("store").disabled = true;
  try {
    if (auth) {
      if (auth.state.isSignedIn) await auth.signOut();
      auth.close();
      auth = undefined;
    }
    saveStore(store);
    await startWith(store);
  } catch (error) {
    showError("The store could not be changed.", error);
  } finally {
    byId("store").disabled = false;
    document.querySelector(`input[value="${store}"]`)?.focus();
  }
}

function showState() {
  const { status, isSignedIn, user, scope, error, reason, refresh } = auth.state;
  document.body.dataset.status = status;
  byId("status").textContent = statusText(status, reason, refresh);
  if (error && error !== lastError) {
    const title = isSignedIn ? "The token could not be refreshed." : "The sign-in did not complete.";
    showError(title, error);
  }
  if (!error && lastError) hideError();
  lastError = error;

  const key = `${isSignedIn} ${user?.sub} ${currentView()}`;
  if (isSignedIn) showProfile(user, scope);
  if (key !== lastKey) {
    if (!isSignedIn) clearNotes();
    else if (currentView() === "notes") showNotes(auth, config.resource);
  }
  lastKey = key;
  drawRing();
  showView();
}

function showProfile(user, scope) {
  const name = user?.name ?? user?.email ?? "User";
  byId("hello-name").textContent = name.split(" ")[0];
  byId("profile-name").textContent = name;
  byId("profile-initial").textContent = [...name][0].toUpperCase();
  byId("profile-email").textContent = user?.email ?? "";
  byId("profile-sub").textContent = user?.sub ?? "…";
  byId("scope").replaceChildren(...scope.map((value) => {
    const chip = document.createElement("li");
    chip.textContent = value;
    return chip;
  }));
}

function statusText(status, reason, refresh) {
  if (status === "loading") return "Starting…";
  if (refresh === "failing") return "Signed in, refresh is failing";
  if (status === "signed-in") return "Signed in";
  const reasons = {
    never: "Signed out",
    "signed-out-elsewhere": "Signed out in another tab",
    expired: "Signed out: the session expired",
    revoked: "Signed out: the server ended the session",
  };
  return reasons[reason] ?? "Signed out";
}

function showView() {
  const view = currentView();
  const side = auth?.state.isSignedIn ? "signed-in" : "signed-out";
  document.body.dataset.view = view;
  for (const element of document.querySelectorAll("[data-show]")) {
    const conditions = element.dataset.show.split(" ");
    element.hidden = !conditions.every((name) => name === view || name === side);
  }
  const path = view === "notes" ? "/notes" : "/";
  for (const link of document.querySelectorAll("nav [data-link]")) {
    if (link.pathname === path) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function showStore(store) {
  const input = document.querySelector(`input[name="store"][value="${store}"]`);
  input.checked = true;
  byId("store-text").textContent = STORES[store];
}

function showError(title, error) {
  // A user who denied access needs no explanation. The text of that error is for developers.
  const isDeclined = error.code === "access-denied";
  byId("error-title").textContent = isDeclined ? "You denied access." : title;
  byId("error-text").textContent = isDeclined
    ? "Nothing was shared. You can sign in at any time."
    : error.errorDescription ?? error.message;
  byId("error-code").textContent = error.code ?? "";
  byId("error-code").hidden = !error.code;
  byId("error-banner").hidden = false;
}

function hideError() {
  byId("error-banner").hidden = true;
}

function addListeners() {
  showView();
  onNavigate(() => (auth ? showState() : showView()));
  byId("api-call").addEventListener("click", () => showResponse(() => auth.fetch(config.resource)));
  byId("api-call-bare").addEventListener("click", () => showResponse(() => fetch(config.resource)));
  byId("store").addEventListener("change", (event) => switchStore(event.target.value));
  byId("error-dismiss").addEventListener("click", hideError);
  document.addEventListener("basic-error", ({ detail }) => {
    if (detail !== auth?.state.error) showError("That did not work.", detail);
  });
  byId("theme-toggle").addEventListener("click", () => {
    const dark = !isDark();
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    try {
      localStorage.setItem("demo.theme", dark ? "dark" : "light");
    } catch {
      // If storage is blocked, the choice lasts until the next load.
    }
    nameThemeToggle();
  });
  nameThemeToggle();
}

function isDark() {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function nameThemeToggle() {
  const other = isDark() ? "light" : "dark";
  byId("theme-toggle").setAttribute("aria-label", `Switch to the ${other} theme`);
}

/** `?store=` takes precedence. It is saved, because the redirect back has no such query. */
function chosenStore() {
  const requested = new URLSearchParams(location.search).get("store");
  if (Object.hasOwn(STORES, requested ?? "")) saveStore(requested);
  let stored;
  try {
    stored = sessionStorage.getItem("demo.store");
  } catch {
    stored = requested;
  }
  return Object.hasOwn(STORES, stored ?? "") ? stored : "local";
}

function saveStore(store) {
  try {
    sessionStorage.setItem("demo.store", store);
  } catch {
    // If storage is blocked, the choice lasts until the next load.
  }
}
