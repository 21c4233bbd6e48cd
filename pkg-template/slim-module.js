// The file that `slim.js` imports when the module is needed. The app serves the module itself.
export { Client, default } from "./glue.js";
