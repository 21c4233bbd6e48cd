// The element <basic-sign-in>. It shows the state of an auth and calls it when the user presses. It
// handles no protocol, storage or address. It builds its markup node by node and styles it by a
// constructed sheet, so it works under `style-src 'self'` and Trusted Types. It does not load the
// user's picture, because that would tell a third party who uses the page; it shows an initial.
//
// The host's attributes belong to the page: a server may have rendered them, and React compares them
// when it hydrates. So the element changes none of them, and its status is a custom state.
//
// The build replaces BUTTON_CSS and BUTTON_TEXTS by button-shadow.css and button.texts, which the Rust
// components use too. A line of button.texts: language | sign in | sign out | something failed.

// Text in place of a list, which is larger when compressed.
const OPTIONS = (
  "client-id redirect-uri scope store server issuer authorization-endpoint token-endpoint " +
  "userinfo-endpoint revocation-endpoint end-session-endpoint jwks-uri iss-parameter-supported " +
  "token-encoding fallback-return-to post-logout-redirect-uri preload handle"
).split(" ");
const ATTRIBUTES = OPTIONS.concat(
  "return-to label sign-out-label signed-in-action size theme shape disabled".split(" "),
);
const FLAGS = ["iss-parameter-supported", "disabled"];

let sheet;

/** Copies an object's own members, without what a polluted prototype adds to all objects. */
const own = (object) => ({ __proto__: null, ...object });

const textsFor = (lang) => {
  const tag = lang.toLowerCase().replace(/^zh-(hk|mo|hant).*/, "zh-tw");
  const rows = BUTTON_TEXTS.split("\n").map((row) => row.split("|"));
  const find = (name) => rows.find((row) => row[0] === name);
  return find(tag) ?? find(tag.split("-")[0]) ?? rows[0];
};

const node = (parent, name, attributes = {}) => {
  // The method of the class, because `<img name=createElementNS>` hides that of the document.
  const element = Document.prototype.createElementNS.call(
    document,
    `http://www.w3.org/${/svg|path|circle/.test(name) ? "2000/svg" : "1999/xhtml"}`,
    name,
  );
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return parent.appendChild(element);
};

/** Returns whether the developer has to act: the page or the browser is wrong, not the sign-in. */
const isForDeveloper = (error) => /config|unsup/.test(own(error).kind);

const camelCase = (name) => name.replace(/-./g, (pair) => pair[1].toUpperCase());

/** Makes the class and the function that the entries export, for the entry's own client. */
export const createSignInButton = (BasicAuth, BasicAuthError) => {
  const shared = new Map();

  /** Returns one auth for all elements with the same attributes. A failed start is forgotten. */
  const sharedAuth = (options) => {
    const key = JSON.stringify(options);
    if (!shared.has(key)) {
      const auth = BasicAuth.create(options);
      shared.set(key, auth);
      auth.ready.catch(() => shared.delete(key));
    }
    return shared.get(key);
  };

  // In Node and in a server render there is no HTMLElement, and importing must not fail.
  class BasicSignInElement extends (globalThis.HTMLElement ?? class {}) {
    static observedAttributes = [...ATTRIBUTES, "lang"];

    #auth;
    #bound;
    #busy = false;
    #error;
    #showsError = false;
    #reported;
    #internals = this.attachInternals?.();
    #unsubscribe;
    #wasSignedIn = false;
    #button;
    #initial;
    #slot;
    #signOut;
    #status;

    constructor() {
      super();
      const root = this.attachShadow({ __proto__: null, mode: "open", delegatesFocus: true });
      if (!sheet) {
        sheet = new CSSStyleSheet();
        // jsdom has no such method, and needs no styles.
        sheet.replaceSync?.(BUTTON_CSS);
      }
      root.adoptedStyleSheets = [sheet];
      const button = this.#button = node(root, "button", { type: "button", part: "button", dir: "auto" });
      this.#initial = node(button, "span", { part: "initial", "aria-hidden": true });
      const logo = node(button, "svg", { part: "logo", viewBox: "0 0 24 24", "aria-hidden": true });
      node(logo, "path", { d: "M6 2v13" });
      node(logo, "circle", { cx: 12, cy: 15, r: 6 });
      this.#slot = node(node(button, "span", { part: "label" }), "slot");
      this.#signOut = node(button, "span", { part: "sign-out" });
      this.#status = node(root, "span", { part: "error", role: "status", dir: "auto" });
      button.addEventListener("click", this.#press);
      // The press that probably follows needs the module.
      for (const type of ["pointerenter", "focus"]) button.addEventListener(type, this.#preload);
    }

    connectedCallback() {
      // A property set before the element was defined would hide the accessor of the class.
      for (const name of ["auth", ...ATTRIBUTES.map(camelCase)]) {
        if (Object.hasOwn(this, name)) {
          const value = this[name];
          delete this[name];
          this[name] = value;
        }
      }
      addEventListener("pageshow", this.#restored);
      this.#use(this.#auth);
      this.#begin();
    }

    disconnectedCallback() {
      removeEventListener("pageshow", this.#restored);
      this.#unsubscribe?.();
    }

    attributeChangedCallback() {
      this.#begin();
      this.#update();
    }

    get auth() {
      return this.#auth;
    }

    set auth(auth) {
      this.#bound = auth;
      this.#use(auth);
      this.#begin();
    }

    get status() {
      const { status = "loading", isSignedIn } = own(this.#auth?.state);
      return this.#busy ? "busy" : this.#showsError && !isSignedIn ? "error" : status;
    }

    click() {
      this.#button.click();
    }

    /** Waits a moment, so that attributes set one by one make one start. */
    async #begin() {
      await null;
      if (this.isConnected && !this.#bound && this.clientId) this.#start().catch(this.#fail);
    }

    async #start() {
      if (!this.clientId || !this.redirectUri) {
        throw new BasicAuthError({
          kind: "configuration",
          code: "invalid-option",
          message: "<basic-sign-in> needs client-id and redirect-uri, or auth.",
        });
      }
      const attributes = this.#options();
      const {
        clientId, redirectUri, scope, store, server, fallbackReturnTo, postLogoutRedirectUri, preload,
        handle, ...custom
      } = attributes;
      const options = {
        __proto__: null,
        clientId, redirectUri, scope, store, fallbackReturnTo, postLogoutRedirectUri, preload,
        handles: handle !== undefined || undefined,
        server: server ?? (attributes.tokenEndpoint || attributes.issuer ? own(custom) : undefined),
        // Loading the page again needs no router, but would end a session in memory.
        onReturn: store === "memory" ? undefined : "load",
      };
      const auth = sharedAuth(options);
      if (!this.#bound && auth !== this.#auth) this.#use(auth);
      await auth.ready;
      return this.#auth;
    }

    #options() {
      const options = { __proto__: null };
      for (const name of OPTIONS) {
        if (this.hasAttribute(name)) {
          options[camelCase(name)] = FLAGS.includes(name) || this.getAttribute(name);
        }
      }
      return options;
    }

    #use(auth) {
      this.#unsubscribe?.();
      if (auth !== this.#auth) {
        this.#wasSignedIn = this.#showsError = false;
        this.#error = undefined;
      }
      this.#auth = auth;
      if (this.isConnected) this.#unsubscribe = auth?.subscribe(this.#update);
      this.#update();
    }

    /** Emits `basic-signed-in` once the user is known, or known to be unavailable. */
    async #emitSignedIn(auth) {
      const user = own(auth.state).user ?? (await auth.user().catch(() => {}));
      const { isSignedIn, scope } = own(auth.state);
      if (isSignedIn && auth === this.#auth) this.#emit("basic-signed-in", { user, scope });
    }

    #preload = () => {
      // An error shows when the press needs the module.
      this.#auth?.preload?.().catch(() => {});
    };

    #press = async () => {
      const wasSignedIn = this.#wasSignedIn;
      if (this.#busy || (wasSignedIn && this.signedInAction === "none")) return;
      this.#busy = true;
      this.#showsError = false;
      this.#error = undefined;
      this.#update();
      try {
        const auth = this.#auth ?? (await this.#start());
        const returnTo = this.returnTo || undefined;
        const everywhere = this.signedInAction === "sign-out-everywhere";
        if (wasSignedIn) await auth.signOut({ everywhere, returnTo });
        else if (!auth.state.isSignedIn) await auth.signIn({ returnTo, handle: this.handle || undefined });
      } catch (error) {
        this.#fail(error);
      }
      this.#busy = false;
      this.#update();
    };

    // The page came back from the back/forward cache, as it was when it left for the server.
    #restored = ({ persisted }) => {
      if (persisted) this.#busy = false;
      this.#update();
    };

    #fail = (error) => {
      const known = this.#error;
      const { code } = own(error);
      this.#error = error;
      // The same failure can arrive twice: as a rejection and in the state.
      if (known === error || (known && own(known).code === code)) return;
      // Once in the console, however often the user presses.
      if (isForDeveloper(error) && this.#reported !== code) {
        // Emulated pages have no `reportError`. A rejection is reported everywhere.
        if (globalThis.reportError) reportError(error);
        else Promise.reject(error);
      }
      this.#reported = code;
      // A user who declined knows it and needs no alarm.
      this.#showsError = this.#emit("basic-error", error) && code !== "access-denied";
      this.#update();
    };

    #emit(type, detail) {
      return this.dispatchEvent(
        new CustomEvent(type, { detail, bubbles: true, composed: true, cancelable: true }),
      );
    }

    #update = () => {
      const { isSignedIn = false, user, reason, error } = own(this.#auth?.state);
      if (isSignedIn !== this.#wasSignedIn && this.isConnected) {
        this.#wasSignedIn = isSignedIn;
        if (isSignedIn) this.#emitSignedIn(this.#auth);
        else this.#emit("basic-signed-out", { reason });
      }
      if (error) this.#fail(error);

      // Not the property `lang`, which in a form may be `<input name=lang>`. Methods can be hidden alike.
      const ancestor = this.closest("[lang]");
      const lang = ancestor ? this.getAttribute.call(ancestor, "lang") : "";
      const [, signIn, signOut, failed] = textsFor(lang);
      const action = this.signedInAction === "none" ? "" : this.signOutLabel || signOut;
      const known = own(user);
      const name = isSignedIn && String(known.name || known.email || "");
      this.#initial.textContent = name ? [...name][0] : "";
      this.#signOut.textContent = name ? action : "";
      // White space between the tags is not a label, so it must not fill the slot.
      const isBlank = !this.textContent.trim() && !this.childElementCount;
      this.#slot.name = isSignedIn ? "signed-in" : isBlank ? "label" : "";
      this.#slot.textContent = isSignedIn ? name || action || "Basic" : this.label || signIn;
      this.#button.disabled = this.disabled;
      this.#button.ariaBusy = this.#button.ariaDisabled = this.#busy;
      // An error that a second try cannot mend is shown by its code, which is text in no language.
      const { code, isRetryable } = own(this.#error);
      this.#status.textContent =
        this.status !== "error" ? "" : isForDeveloper(this.#error) && !isRetryable ? code : failed;
      // Chrome before 125, Firefox before 126, Safari before 17.4 and emulated pages know no such states.
      try {
        const { states } = this.#internals;
        states.clear();
        states.add(this.status);
      } catch {}
    };
  }

  for (const name of ATTRIBUTES) {
    const isFlag = FLAGS.includes(name);
    Object.defineProperty(BasicSignInElement.prototype, camelCase(name), {
      __proto__: null,
      get() {
        return isFlag ? this.hasAttribute(name) : this.getAttribute(name) ?? "";
      },
      set(value) {
        if (isFlag || value == null) this.toggleAttribute(name, Boolean(value));
        else this.setAttribute(name, value);
      },
    });
  }

  const defineSignInButton = (name = "basic-sign-in") => {
    const registry = globalThis.customElements;
    // One class serves one name only, hence the subclass.
    if (registry && !registry.get(name)) registry.define(name, class extends BasicSignInElement {});
  };

  defineSignInButton();
  return { BasicSignInElement, defineSignInButton };
};
