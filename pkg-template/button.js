// <basic-sign-in>. It shows what an auth says and calls it when pressed: no protocol, storage or
// address is handled here. Markup is built node by node and styled by a constructed sheet, so that it
// is clean under `style-src 'self'` and Trusted Types. The picture of a user is not loaded, because
// that would tell a third party who visits; the initial stands for it.

// language | sign in | sign out | something failed
const TEXTS = `en|Sign in with Basic|Sign out|Please try again.
ar|تسجيل الدخول باستخدام Basic|تسجيل الخروج|حاول مرة أخرى.
de|Mit Basic anmelden|Abmelden|Bitte erneut versuchen.
es|Iniciar sesión con Basic|Cerrar sesión|Inténtalo de nuevo.
fr|Se connecter avec Basic|Se déconnecter|Veuillez réessayer.
hi|Basic से साइन इन करें|साइन आउट करें|फिर से कोशिश करें।
id|Masuk dengan Basic|Keluar|Silakan coba lagi.
it|Accedi con Basic|Esci|Riprova.
ja|Basicでログイン|ログアウト|もう一度お試しください。
ko|Basic으로 로그인|로그아웃|다시 시도해 주세요.
nl|Inloggen met Basic|Uitloggen|Probeer het opnieuw.
pl|Zaloguj się przez Basic|Wyloguj się|Spróbuj ponownie.
pt|Entrar com Basic|Sair|Tente novamente.
sv|Logga in med Basic|Logga ut|Försök igen.
tr|Basic ile oturum aç|Oturumu kapat|Lütfen yeniden deneyin.
uk|Увійти через Basic|Вийти|Спробуйте ще раз.
zh|使用 Basic 登录|退出登录|请重试。
zh-tw|使用 Basic 登入|登出|請再試一次。`;

const ATTRIBUTES = [
  "client-id", "redirect-uri", "scope", "store", "server", "issuer", "authorization-endpoint",
  "token-endpoint", "userinfo-endpoint", "revocation-endpoint", "token-encoding", "return-to",
  "label", "sign-out-label", "signed-in-action", "size", "theme", "shape", "disabled", "lang",
];

const CSS = `:host{display:inline-block;max-width:100%;vertical-align:middle;
--h:44px;--p:1.1em;--f:.9375rem;--r:10px;--b:light-dark(#17161f,#fff);--c:light-dark(#fff,#17161f);--l:transparent}
:host([hidden]),:empty:not(slot,path,circle,[part=error]),:not(:empty)+svg{display:none}
:host([size=small]){--h:36px;--f:.8125rem;--r:8px}
:host([size=large]){--h:52px;--f:1.0625rem;--r:12px}
:host([theme=light]){--b:#fff;--c:#17161f;--l:#c9c7d3}
:host([theme=dark]){--b:#17161f;--c:#fff;--l:#4a4857}
:host([theme=outline]){--b:transparent;--c:currentColor;--l:color-mix(in srgb,currentColor 45%,transparent)}
:host([shape=pill]),:host([shape=icon]){--r:99px}
:host([shape=square]){--r:0}
button{position:relative;display:flex;align-items:center;justify-content:center;gap:.6em;
box-sizing:border-box;inline-size:100%;min-block-size:var(--h);margin:0;padding:.25em var(--p);
font:600 var(--f)/1.25 system-ui,sans-serif;color:var(--c);background:var(--b);
border:1px solid var(--l);border-radius:var(--r);cursor:pointer}
button:focus-visible{outline:2px solid light-dark(#4f46e5,#a5b4fc);outline-offset:2px}
button:disabled{opacity:.5;cursor:default}
button:hover:enabled{background-image:linear-gradient(color-mix(in srgb,currentColor 10%,transparent) 0 0)}
svg{flex:none;inline-size:1.4em;fill:none;stroke:currentColor;stroke-width:3.5}
[part=initial]{flex:none;inline-size:1.8em;border-radius:99px;line-height:1.8;background:color-mix(in srgb,currentColor 18%,transparent)}
[part=label]{min-inline-size:0;overflow:hidden;text-overflow:ellipsis}
[part=sign-out]{flex:none;white-space:nowrap;font-weight:400;padding-inline-start:.7em;border-inline-start:1px solid}
[aria-busy=true]{cursor:progress}
[aria-busy=true] path{opacity:.3}
[aria-busy=true] circle{stroke-dasharray:22 16;transform-origin:12px 15px;animation:s 1s linear infinite}
@keyframes s{to{transform:rotate(1turn)}}
:host([shape=icon]) button{inline-size:var(--h);padding:0}
:host([shape=icon]) :is([part=label],[part=sign-out]){position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%)}
[part=error]{display:block;inline-size:0;min-inline-size:100%;font:.8125rem/1.8 system-ui,sans-serif;color:light-dark(#b3261e,#ffb4ab)}
:host([shape=icon]) [part=error]{white-space:nowrap}
@media(pointer:coarse){button::after{content:"";position:absolute;inset:min(0px,(100% - 44px)/2)}}
@media(prefers-reduced-motion){circle{animation:none!important}}
@media(forced-colors:active){button{border-color:currentColor}}`;

let sheet;
const shared = new Map();

/** The package's error, without its class: that is in what did not load. */
const notLoaded = (cause) => {
  throw Object.assign(new Error("The package did not load. Try again.", { cause }), {
    name: "BasicAuthError",
    kind: "unsupported",
    code: "load-failed",
    isRetryable: true,
    needsSignIn: false,
  });
};

/** Elements with the same attributes share one auth; a failed start is forgotten. */
const start = (options) => {
  const key = JSON.stringify(options);
  if (!shared.has(key)) {
    const pending = import("./index.js").catch(notLoaded)
      .then(({ BasicAuth }) => BasicAuth.start(options));
    shared.set(key, pending);
    pending.catch(() => shared.delete(key));
  }
  return shared.get(key);
};

const textsFor = (lang) => {
  const tag = lang.toLowerCase().replace(/^zh-(hk|mo|hant).*/, "zh-tw");
  const rows = TEXTS.split("\n").map((row) => row.split("|"));
  const find = (name) => rows.find((row) => row[0] === name);
  return find(tag) ?? find(tag.split("-")[0]) ?? rows[0];
};

const node = (parent, name, attributes) => {
  const element = document.createElementNS(
    `http://www.w3.org/${/svg|path|circle/.test(name) ? "2000/svg" : "1999/xhtml"}`,
    name,
  );
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  return parent.appendChild(element);
};

const camelCase = (name) => name.replace(/-./g, (pair) => pair[1].toUpperCase());

// In Node and in a server render there is no HTMLElement, and importing must not fail.
export class BasicSignInElement extends (globalThis.HTMLElement ?? class {}) {
  static observedAttributes = ATTRIBUTES;

  #auth;
  #bound;
  #busy = false;
  #error;
  #showsError = false;
  #unsubscribe;
  #wasSignedIn = false;
  #button;
  #initial;
  #slot;
  #signOut;
  #status;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open", delegatesFocus: true });
    if (!sheet) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(CSS);
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
    const { status = "loading", isSignedIn } = this.#auth?.state ?? {};
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
    const { clientId, redirectUri, scope, store, server, ...custom } = this.#options();
    const options = { clientId, redirectUri, scope, store, server: server ?? (custom.tokenEndpoint && custom) };
    const key = JSON.stringify(this.#options());
    const auth = await start(options);
    if (!this.#bound && auth !== this.#auth && key === JSON.stringify(this.#options())) this.#use(auth);
    return this.#auth;
  }

  #options() {
    const names = ATTRIBUTES.slice(0, 11).filter((name) => this.hasAttribute(name));
    return Object.fromEntries(names.map((name) => [camelCase(name), this.getAttribute(name)]));
  }

  #use(auth) {
    this.#unsubscribe?.();
    if (auth !== this.#auth) this.#wasSignedIn = false;
    this.#auth = auth;
    if (this.isConnected) this.#unsubscribe = auth?.subscribe(this.#update);
    this.#update();
  }

  /** Tells the page who signed in, once that is known or known to be unknown. */
  async #greet(auth) {
    const user = auth.state.user ?? (await auth.user().catch(() => {}));
    const { isSignedIn, scope } = auth.state;
    if (isSignedIn && auth === this.#auth) this.#emit("basic-signed-in", { user, scope });
  }

  #press = async () => {
    const wasSignedIn = this.#wasSignedIn;
    if (this.#busy || (wasSignedIn && this.signedInAction === "none")) return;
    if (!this.#auth && !this.clientId) return;
    this.#busy = true;
    this.#showsError = false;
    this.#error = undefined;
    this.#update();
    try {
      const auth = this.#auth ?? (await this.#start());
      if (wasSignedIn) await auth.signOut();
      else if (!auth.state.isSignedIn) await auth.signIn({ returnTo: this.returnTo || undefined });
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
    this.#error = error;
    // One failure can arrive twice: as a rejection, and as a part of the state.
    if (known === error || (known && known.code === error.code)) return;
    // For the page's author, who would otherwise never learn what a visitor cannot mend.
    if (/config|unsup/.test(error.kind)) reportError(error);
    // Somebody who declined knows it: no alarm.
    this.#showsError = this.#emit("basic-error", error) && error.code !== "access-denied";
    this.#update();
  };

  #emit(type, detail) {
    return this.dispatchEvent(
      new CustomEvent(type, { detail, bubbles: true, composed: true, cancelable: true }),
    );
  }

  #update = () => {
    const { isSignedIn = false, user, reason, error } = this.#auth?.state ?? {};
    if (isSignedIn !== this.#wasSignedIn && this.isConnected) {
      this.#wasSignedIn = isSignedIn;
      if (isSignedIn) this.#greet(this.#auth);
      else this.#emit("basic-signed-out", { reason });
    }
    if (error) this.#fail(error);

    const [, signIn, signOut, failed] = textsFor(this.closest("[lang]")?.lang ?? "");
    const leave = this.signedInAction === "none" ? "" : this.signOutLabel || signOut;
    const name = isSignedIn && String(user?.name || user?.email || "");
    this.#initial.textContent = name ? [...name][0] : "";
    this.#signOut.textContent = name ? leave : "";
    // Blank text between the tags is not a label: it must not fill the slot.
    const isBlank = !this.textContent.trim() && !this.childElementCount;
    this.#slot.name = isSignedIn ? "signed-in" : isBlank ? "label" : "";
    this.#slot.textContent = isSignedIn ? name || leave || "Basic" : this.label || signIn;
    this.#button.disabled = this.disabled;
    this.#button.ariaBusy = this.#button.ariaDisabled = this.#busy;
    this.dataset.status = this.status;
    this.#status.textContent = this.status === "error" ? failed : "";
  };
}

for (const name of ATTRIBUTES.slice(0, -1)) {
  const isFlag = name === "disabled";
  Object.defineProperty(BasicSignInElement.prototype, camelCase(name), {
    get() {
      return isFlag ? this.hasAttribute(name) : this.getAttribute(name) ?? "";
    },
    set(value) {
      if (isFlag || value == null) this.toggleAttribute(name, Boolean(value));
      else this.setAttribute(name, value);
    },
  });
}

export const defineSignInButton = (name = "basic-sign-in") => {
  const registry = globalThis.customElements;
  // One class serves one name only, hence the subclass.
  if (registry && !registry.get(name)) registry.define(name, class extends BasicSignInElement {});
};

defineSignInButton();
