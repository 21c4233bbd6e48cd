// What an app imports. Its bundle is what the table of bytes counts.
export { create } from "adapter";
