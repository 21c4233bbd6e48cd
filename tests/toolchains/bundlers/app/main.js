import { BasicAuth } from "basic-oauth";
import "basic-oauth/button";

const start = async () => {
  const auth = await BasicAuth.start({
    server: "https://auth.example",
    clientId: "your-client-id",
    redirectUri: "/callback",
    scope: "profile",
  });
  document.querySelector("#sign-in").auth = auth;
  const signOut = document.querySelector("#sign-out");
  signOut.onclick = () => auth.signOut();

  const show = ({ isSignedIn, user, reason, error }) => {
    document.querySelector("#user").textContent = user?.name ?? "";
    signOut.hidden = !isSignedIn;
    if (location.pathname !== "/private") return;
    if (isSignedIn) showPrivatePage();
    else document.querySelector("main").replaceChildren();
    // After a refusal or a sign-out the user is asked again only when they press the button.
    if (!error && (reason === "never" || reason === "expired")) auth.signIn();
  };
  auth.subscribe(show);
  show(auth.state);
};

const showPrivatePage = () => {
  const text = document.createElement("p");
  text.id = "private";
  text.textContent = "private";
  document.querySelector("main").replaceChildren(text);
};

start();
