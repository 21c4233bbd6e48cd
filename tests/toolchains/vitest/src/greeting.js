/** Shows who is signed in, and buttons. What an app's tests want to see without a server. */
export const showGreeting = (auth, root) => {
  const text = document.createElement("p");
  const button = document.createElement("button");
  button.onclick = () => (auth.state.isSignedIn ? auth.signOut() : auth.signIn());
  const show = ({ isSignedIn, user }) => {
    text.textContent = isSignedIn ? `Hello ${user?.name ?? "you"}` : "Please sign in";
    button.textContent = isSignedIn ? "Sign out" : "Sign in";
  };
  root.replaceChildren(text, button);
  show(auth.state);
  return auth.subscribe(show);
};
