import "basic-oauth/button";

import { render } from "preact";
import { LocationProvider, Route, Router } from "preact-iso";

import { auth, useAuthState } from "./auth.js";
import { RequireAuth } from "./RequireAuth.jsx";

const Home = () => <h1>Home</h1>;
const Callback = () => <p>Signing in...</p>;
const Private = () => <RequireAuth><p id="private">private</p></RequireAuth>;

const Account = () => {
  const { isSignedIn, user } = useAuthState();
  return (
    <header>
      {!isSignedIn && <basic-sign-in id="sign-in" auth={auth} />}
      {isSignedIn && <span id="user">{user?.name}</span>}
      {isSignedIn && <button id="sign-out" onClick={() => auth.signOut()}>Sign out</button>}
    </header>
  );
};

render(
  <LocationProvider>
    <Account />
    <Router>
      <Route path="/" component={Home} />
      <Route path="/callback" component={Callback} />
      <Route path="/private" component={Private} />
    </Router>
  </LocationProvider>,
  document.getElementById("root"),
);
