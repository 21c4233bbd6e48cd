// The protected resource, called in two ways: to show the raw response, and to use it.

const byId = (id) => document.getElementById(id);
const age = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/** Shows the raw response of the resource, or the error. */
export async function showResponse(request) {
  const outcome = byId("api-outcome");
  const result = byId("api-result");
  const startedAt = performance.now();
  outcome.textContent = "Loading…";
  outcome.dataset.tone = "plain";
  try {
    const response = await request();
    const body = await response.text();
    const took = Math.round(performance.now() - startedAt);
    outcome.textContent = `${response.status} ${response.ok ? "OK" : "refused"}, in ${took} ms`;
    outcome.dataset.tone = response.ok ? "good" : "bad";
    result.textContent = pretty(body);
    result.hidden = !body;
  } catch (error) {
    outcome.textContent = error.message;
    outcome.dataset.tone = "bad";
    result.hidden = true;
  }
  byId("api-empty").hidden = !result.hidden;
}

/** Fills the view `/notes`. */
export async function showNotes(auth, url) {
  const owner = byId("notes-owner");
  const list = byId("notes-list");
  owner.textContent = "Loading…";
  try {
    const response = await auth.fetch(url);
    if (!response.ok) throw new Error(`The resource responded with status ${response.status}.`);
    const { owner: user, notes } = await response.json();
    list.replaceChildren(...notes.map(noteItem));
    owner.textContent = `${notes.length} notes of ${user.name}, read with the access token.`;
  } catch (error) {
    list.replaceChildren();
    owner.textContent = error.message;
  }
}

export function clearNotes() {
  byId("notes-list").replaceChildren();
  byId("notes-owner").textContent = "";
  byId("api-result").hidden = true;
  byId("api-result").textContent = "";
  byId("api-outcome").textContent = "";
  byId("api-empty").hidden = false;
}

function noteItem({ title, text, writtenAt }) {
  const item = document.createElement("li");
  const heading = document.createElement("h2");
  heading.textContent = title;
  const body = document.createElement("p");
  body.textContent = text;
  const moment = document.createElement("time");
  moment.dateTime = new Date(writtenAt * 1000).toISOString();
  const hours = Math.round((writtenAt * 1000 - Date.now()) / 3_600_000);
  moment.textContent = hours > -24
    ? age.format(hours, "hour")
    : age.format(Math.round(hours / 24), "day");
  item.append(heading, body, moment);
  return item;
}

function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body.slice(0, 4000);
  }
}
