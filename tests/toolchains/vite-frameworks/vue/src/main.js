import { createBasicAuth } from "basic-oauth/vue";
import { createApp } from "vue";

import App from "./App.vue";
import { router } from "./router.js";

const auth = createBasicAuth({
  clientId: "your-client-id",
  redirectUri: "/callback",
  server: "https://auth.example",
});

createApp(App).use(auth).use(router).mount("#app");
