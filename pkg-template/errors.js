// The error class of the package. It copies a fixed list of fields and nothing else.

const FIELDS = [
  "kind", "code", "error", "errorDescription", "errorUri", "status", "retryAfterSeconds",
  "isRetryable", "needsSignIn", "acrValues", "maxAgeSeconds", "scope",
];

export class BasicAuthError extends Error {
  static {
    this.prototype.name = "BasicAuthError";
  }

  isRetryable = false;
  needsSignIn = false;

  constructor(record) {
    // Own members only: a polluted prototype must not add a cause.
    const { message, cause } = { __proto__: null, ...record };
    super(message, cause && { cause: toError(cause) });
    copy(record, this);
  }

  // A cause from outside the package is left out: its text may hold an address with a code in it.
  toJSON() {
    const { name, message, cause } = this;
    const json = copy(this, { name, message });
    return isBasicAuthError(cause) ? { ...json, cause: cause.toJSON() } : json;
  }
}

// By name, not by class: a page may hold two copies of this package.
export const isBasicAuthError = (value) =>
  value instanceof Error && value.name === "BasicAuthError";

/**
 * Turns a record from the module into an error. Any other value, such as an abort, stays as it is.
 */
export const toError = (value) => isRecord(value) ? new BasicAuthError(value) : value;

const isRecord = (value) =>
  !(value instanceof Error) && Object.hasOwn(Object(value), "name") && value.name === "BasicAuthError";

const copy = (from, to) => {
  for (const field of FIELDS) {
    if (Object.hasOwn(from, field) && from[field] !== undefined) to[field] = from[field];
  }
  return to;
};
