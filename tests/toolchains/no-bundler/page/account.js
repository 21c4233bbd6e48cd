import "/basic-oauth/button.js";
import { auth } from "/auth.js";

const element = (id) => document.getElementById(id);

element("sign-in").auth = auth;
element("sign-out").addEventListener("click", () => auth.signOut());
auth.subscribe(({ isSignedIn, user }) => {
  element("sign-in").hidden = isSignedIn;
  element("sign-out").hidden = !isSignedIn;
  element("user").textContent = user?.name ?? "";
}, { immediate: true });
