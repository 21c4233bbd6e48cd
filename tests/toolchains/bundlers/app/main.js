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

  let hasAsked = false;
  const show = ({ isSignedIn, user, error }) => {
    document.querySelector("#user").textContent = user?.name ?? "";
    signOut.hidden = !isSignedIn;
    if (location.pathname !== "/private") return;
    if (isSignedIn) showPrivatePage();
    else if (!error && !hasAsked) {
      hasAsked = true;
      auth.signIn();
    }
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
