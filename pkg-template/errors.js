// The error class of the package. Copies a fixed list of fields, so that nothing else can ride along.

const FIELDS = [
  "kind", "code", "error", "errorDescription", "errorUri", "status", "retryAfterSeconds",
  "isRetryable", "needsSignIn",
];

export class BasicAuthError extends Error {
  static {
    this.prototype.name = "BasicAuthError";
  }

  constructor(record) {
    // Own members alone: a polluted prototype is no cause.
    const { message, cause } = { __proto__: null, ...record };
    super(message, cause && { cause: toError(cause) });
    copy(record, this);
  }

  // A foreign cause is left out: its text is not ours to vouch for, and may hold an address.
  toJSON() {
    const { name, message, cause } = this;
    const json = copy(this, { name, message });
    return isBasicAuthError(cause) ? { ...json, cause: cause.toJSON() } : json;
  }
}

// By name, not by class: a page may hold two copies of this package.
export const isBasicAuthError = (value) =>
  value instanceof Error && value.name === "BasicAuthError";

/** Turns a record from the module into an error; anything else, such as an abort, stays itself. */
export const toError = (value) => isRecord(value) ? new BasicAuthError(value) : value;

const isRecord = (value) =>
  !(value instanceof Error) && Object.hasOwn(Object(value), "name") && value.name === "BasicAuthError";

const copy = (from, to) => {
  for (const field of FIELDS) {
    if (Object.hasOwn(from, field) && from[field] !== undefined) to[field] = from[field];
  }
  return to;
};
