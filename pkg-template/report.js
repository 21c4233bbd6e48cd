// What the app has not asked about, and its developer should know.

/** Reports an error as an uncaught one. Emulated pages, such as those of jsdom, have no such function. */
export const report = (error) => (globalThis.reportError ?? console.error)(error);
