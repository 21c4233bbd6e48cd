// The ring: how much of the access token's life is left, and where on it the next renewal is due.

const byId = (id) => document.getElementById(id);
const time = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

let timer;
let lastExpiry;
let renewals = 0;

/** Follows this auth until called again; `lifetimeSeconds` is what the server usually grants. */
export function follow(auth, lifetimeSeconds) {
  clearInterval(timer);
  lastExpiry = undefined;
  renewals = 0;
  const draw = () => drawRing(auth, lifetimeSeconds * 1000);
  timer = setInterval(draw, 250);
  draw();
  return draw;
}

function drawRing(auth, lifetime) {
  const { isSignedIn, renewal } = auth.state;
  const { expiresAt, renewsAt } = auth;
  if (!isSignedIn || !expiresAt) {
    lastExpiry = undefined;
    renewals = 0;
    return;
  }
  if (lastExpiry !== undefined && expiresAt > lastExpiry) renewals += 1;
  lastExpiry = expiresAt;

  const now = Date.now();
  const total = Math.max(lifetime, 1);
  const left = Math.min(1, Math.max(0, (expiresAt - now) / total));
  const due = Math.min(1, Math.max(0, (expiresAt - (renewsAt ?? expiresAt)) / total));
  byId("ring-left").setAttribute("stroke-dasharray", `${left * 100} 100`);
  byId("ring-notch").setAttribute("transform", `rotate(${due * 360} 80 80)`);

  const seconds = Math.max(0, Math.ceil(((renewsAt ?? expiresAt) - now) / 1000));
  byId("ring-seconds").textContent =
    seconds > 5999 ? `${Math.round(seconds / 60)} min` : `${seconds} s`;
  byId("ring-label").textContent = renewal === "failing" ? "until the next try"
    : seconds === 0 ? "renewing now" : "until renewal";
  document.body.dataset.renewal = renewal ?? "ok";
  byId("renews-at").textContent = renewsAt ? time.format(renewsAt) : "–";
  byId("expires-at").textContent = time.format(expiresAt);
  byId("renewals").textContent = String(renewals);
}
