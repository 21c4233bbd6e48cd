// The ring. It shows how long the access token is still valid, and marks the next refresh.

const byId = (id) => document.getElementById(id);
const time = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

let timer;
let lastExpiry;
let refreshes = 0;

/** Draws the ring of `auth` until called again. `lifetimeSeconds` is the usual token lifetime. */
export function startRing(auth, lifetimeSeconds) {
  clearInterval(timer);
  lastExpiry = undefined;
  refreshes = 0;
  const draw = () => drawRing(auth, lifetimeSeconds * 1000);
  timer = setInterval(draw, 250);
  draw();
  return draw;
}

function drawRing(auth, lifetime) {
  const { isSignedIn, refresh } = auth.state;
  const { expiresAt, refreshesAt } = auth;
  if (!isSignedIn || !expiresAt) {
    lastExpiry = undefined;
    refreshes = 0;
    return;
  }
  if (lastExpiry !== undefined && expiresAt > lastExpiry) refreshes += 1;
  lastExpiry = expiresAt;

  const now = Date.now();
  const total = Math.max(lifetime, 1);
  const left = Math.min(1, Math.max(0, (expiresAt - now) / total));
  const due = Math.min(1, Math.max(0, (expiresAt - (refreshesAt ?? expiresAt)) / total));
  byId("ring-left").setAttribute("stroke-dasharray", `${left * 100} 100`);
  byId("ring-notch").setAttribute("transform", `rotate(${due * 360} 80 80)`);

  const seconds = Math.max(0, Math.ceil(((refreshesAt ?? expiresAt) - now) / 1000));
  byId("ring-seconds").textContent =
    seconds > 5999 ? `${Math.round(seconds / 60)} min` : `${seconds} s`;
  byId("ring-label").textContent = refresh === "failing" ? "until the next try"
    : seconds === 0 ? "refreshing now" : "until refresh";
  document.body.dataset.refresh = refresh ?? "ok";
  byId("refreshes-at").textContent = refreshesAt ? time.format(refreshesAt) : "–";
  byId("expires-at").textContent = time.format(expiresAt);
  byId("refreshes").textContent = String(refreshes);
}
