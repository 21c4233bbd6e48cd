import { goto } from "$app/navigation";
import { authStore } from "basic-oauth/svelte";

export const auth = authStore({
  clientId: "your-client-id",
  redirectUri: "/callback",
  server: "https://auth.example",
  onReturn: (path) => goto(path, { replaceState: true }),
});
