// Defines the element, lets it do all that it does by itself, and then hydrates the page.
import "basic-oauth/button";
import { hydrateRoot } from "react-dom/client";
import { App } from "./app.jsx";

const later = () => new Promise((resolve) => setTimeout(resolve, 50));

window.seen = [];
window.rendered = [...document.querySelectorAll("basic-sign-in")];
window.definedBefore = rendered.every((element) => element.matches(":defined") && element.status === "loading");
await later();
// What a page must not do, for the test that shows that React complains about it.
if (location.hash === "#changed") rendered[0].setAttribute("class", "changed");
hydrateRoot(document.querySelector("#root"), <App />, {
  onRecoverableError: (error) => console.error("recoverable", error),
});
await later();
window.isReady = true;
