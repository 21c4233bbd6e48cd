//! What a whole session leaves in the memory of the module, which any script of the page can read.

use basic_oauth::{BasicAuth, Browser, Config, Options};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Stub, assert_js, js};

/// The tokens are made by script and looked for by script: the test holds no copy of its own.
const SCRIPTS: &str = r#"
    globalThis.tokens = {};
    globalThis.made = (name) => (tokens[name] ??= `${name}-${crypto.randomUUID()}${crypto.randomUUID()}`);
    globalThis.leftIn = (memory) => {
      const bytes = new Uint8Array(memory.buffer);
      const isAt = (start, wanted) => wanted.every((byte, index) => bytes[start + index] === byte);
      return Object.entries(tokens).filter(([, token]) => {
        // The end of a token is as telling as the whole.
        const wanted = new TextEncoder().encode(token.slice(-40));
        for (let at = bytes.indexOf(wanted[0]); at >= 0; at = bytes.indexOf(wanted[0], at + 1)) {
          if (isAt(at, wanted)) return true;
        }
        return false;
      }).map(([name]) => name).join();
    };
"#;

fn config() -> Config {
    let origin = js("location.origin").as_string().expect("text");
    let options = Options::new("memory", "/callback").server("https://as.example");
    options.validate(&Browser, &origin).expect("valid options")
}

#[wasm_bindgen_test]
async fn r131_no_copy_of_a_token_is_left_after_sign_out() {
    js(SCRIPTS);
    let config = config();
    let key = config.registration.namespace() + ".session";
    let endpoint = config.registration.server.token_endpoint.as_str().to_owned();
    // An expired session, so that it is read, refreshed, stored, handed out and sent.
    js(&format!(
        "localStorage.setItem('{key}', ['session 4', '', '{endpoint}', '', 'id', made('access'), \
         made('refresh'), 'profile', Date.now() - 7200000, Date.now() - 3600000, '', '', '', Date.now() - 3660000, 'profile', '', '', ''].join('\\n'))"
    ));
    let _fetch = Stub::new(
        "globalThis",
        "fetch",
        "{ value: async (input) => Response.json(String(input?.url ?? input).endsWith('/token')
            ? { access_token: made('next access'), refresh_token: made('next refresh'), token_type: 'Bearer', expires_in: 3600 }
            : { sub: 'did:ada' }) }",
    );
    let auth = BasicAuth::start_with_config(Browser, config).await.expect("started");
    drop(auth.token().await.expect("refreshed"));
    auth.user().await.expect("read");
    let request = web_sys::Request::new_with_str("https://as.example/notes").expect("a valid URL");
    auth.fetch(request).await.expect("answered");
    assert_js("Object.keys(tokens).length === 4");
    let memory = wasm_bindgen::memory();
    let left = |memory| {
        let look = js("leftIn");
        let look: &js_sys::Function = wasm_bindgen::JsCast::unchecked_ref(&look);
        look.call1(&wasm_bindgen::JsValue::UNDEFINED, memory).expect("looked").as_string()
    };
    assert_eq!(left(&memory).as_deref(), Some("next access,next refresh"), "while signed in");
    auth.sign_out().await.expect("signed out");
    assert_eq!(left(&memory).as_deref(), Some(""));
}
