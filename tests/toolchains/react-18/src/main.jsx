import { AuthCallback, BasicAuthProvider, SignInButton, useUser, withAuthRequired } from "basic-oauth/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, Outlet, RouterProvider } from "react-router";

const Page = () => {
  const user = useUser();
  return (
    <>
      <header>
        <SignInButton id={user ? "sign-out" : "sign-in"} />
        <span id="user">{user?.name}</span>
      </header>
      <Outlet />
    </>
  );
};

const Private = withAuthRequired(() => <p id="private">private</p>);

const router = createBrowserRouter([
  {
    element: <Page />,
    children: [
      { index: true, element: <h1>Home</h1> },
      { path: "callback", element: <AuthCallback /> },
      { path: "private", element: <Private /> },
    ],
  },
]);

createRoot(document.getElementById("root")).render(
  <StrictMode>
    <BasicAuthProvider clientId="your-client-id" redirectUri="/callback" server="https://auth.example">
      <RouterProvider router={router} />
    </BasicAuthProvider>
  </StrictMode>,
);
