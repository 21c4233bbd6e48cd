// The file that `slim.js` imports when the module with OpenID Connect is needed. The app serves the
// module itself.
export { Client, default } from "./full-glue.js";
