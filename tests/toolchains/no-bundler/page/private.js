import { auth } from "/auth.js";

const main = document.querySelector("main");

auth.subscribe(({ status, reason, error }) => {
  main.replaceChildren();
  if (status === "signed-in") {
    const text = document.createElement("p");
    text.id = "private";
    text.textContent = "private";
    main.append(text);
  }
  // After a refusal or a sign-out the user is asked again only when they press the button.
  if (!error && (reason === "never" || reason === "expired")) auth.signIn().catch(reportError);
}, { immediate: true });
