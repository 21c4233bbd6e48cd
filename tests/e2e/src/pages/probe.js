// The smallest app there can be: it starts the SDK and lays everything open for a test.
import { BasicAuth } from "/basic-oauth/index.js";
import options from "/options.js";

window.events = [];
// With the address at that moment: when it is cleaned matters.
const onEvent = (event) => window.events.push({ ...event, href: location.href });
try {
  window.auth = await BasicAuth.start({ ...options, onEvent });
} catch (error) {
  window.failure = error;
}
window.ready = true;

document.querySelector("button").addEventListener("click", () => {
  // In a task of its own: the page goes away, and with it who would answer the driver.
  setTimeout(() => {
    window.auth.signIn(window.signInOptions).catch((error) => {
      window.failure = error;
    });
  });
});
