// What the app has not asked about, and its developer should know.

/**
 * Reports an error as an uncaught one. Emulated pages, such as those of jsdom, have no `reportError`. A
 * rejection is reported everywhere.
 */
export const report = (error) => globalThis.reportError ? reportError(error) : Promise.reject(error);
