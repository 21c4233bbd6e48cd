//! What a sign-in leaves behind in the browser, and what it makes of what it finds there.

use anyhow::{Context, Result, ensure};
use demo_server::Document;
use e2e::{Browser, Engine, Stage, in_every_engine};
use serde_json::{Value, json};

in_every_engine!(
    r26_invalid_records_are_no_session,
    r104_the_memory_store_leaves_nothing_behind,
    r105_the_local_store_writes_its_own_keys_and_removes_them,
    r106_cookies_are_bound_to_the_host,
    r109_blocked_storage_is_an_error_and_no_other_store_is_taken,
    r135_a_polluted_prototype_changes_nothing,
);

/// R104 and R132.
async fn r104_the_memory_store_leaves_nothing_behind(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.set_options(json!({ "store": "memory" }));
    let bare = r#"<!doctype html><title>No SDK</title><script src="/recorder.js"></script>"#;
    stage.app.publish(Document::html("/bare", bare));
    browser.open(&stage.url("/bare")).await?;
    let globals = "Object.getOwnPropertyNames(window)";
    // Twice, because chromedriver leaves a global of its own after its first script.
    browser.eval(globals).await?;
    let before = browser.eval(globals).await?;

    stage.sign_in(browser).await?;
    browser.until("Boolean(auth.state.user)").await?;
    let news = browser.run(
        "return Object.getOwnPropertyNames(window).filter((name) => !args[0].includes(name))",
        json!([before]),
    );
    let mut news: Vec<String> = serde_json::from_value(news.await?)?;
    // An indexed member for each frame, and what the page of the test itself lays open.
    news.retain(|name| !["auth", "events", "ready"].contains(&name.as_str()));
    ensure!(news.is_empty(), "new globals: {news:?}");

    let everything = browser.run(EVERYTHING, json!([])).await?;
    let everything = everything.as_str().context("a text")?;
    stage.ensure_no_secret("the browser", everything)?;
    for store in ["localStorage", "sessionStorage"] {
        assert_eq!(browser.eval(&format!("Object.keys({store})")).await?, json!([]), "{store}");
    }
    assert_eq!(browser.eval("document.cookie").await?, "");
    let exposed = browser.run(DEEP_LOOK, json!([])).await?;
    stage.ensure_no_secret("the object auth", exposed.as_str().unwrap_or_default())?;
    assert_eq!(browser.eval("consoleLines").await?, json!([]));

    // R126, R133: everything came from the app itself and from the authorization server.
    let addresses = browser.eval("performance.getEntriesByType('resource').map((it) => it.name)");
    for address in addresses.await?.as_array().context("a list")? {
        let address = address.as_str().unwrap_or_default();
        let is_known =
            [stage.app.origin(), stage.origin()].iter().any(|it| address.starts_with(it));
        ensure!(is_known, "a call to {address}");
    }

    stage.visit(browser, "/other").await?;
    assert_eq!(browser.eval("auth.state.isSignedIn").await?, false, "gone with the page");
    stage.ensure_no_csp_report()
}

/// R23, R25 and R105.
async fn r105_the_local_store_writes_its_own_keys_and_removes_them(
    browser: &Browser,
) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.visit(browser, "/").await?;
    let plant = "localStorage.setItem('cart', '1'); localStorage.setItem('basic-oauthor', '2');
        localStorage.setItem('basic-oauth.other-app.session', 'not ours');
        sessionStorage.setItem('draft', '3'); document.cookie = 'theme=dark; Path=/';";
    browser.run(plant, json!([])).await?;
    let foreign = ["basic-oauth.other-app.session", "basic-oauthor", "cart"];
    stage.sign_in(browser).await?;
    browser.until("Boolean(auth.state.user)").await?;

    let keys: Vec<String> = serde_json::from_value(browser.eval(KEYS).await?)?;
    let (own, others): (Vec<&str>, Vec<&str>) = keys
        .iter()
        .map(String::as_str)
        .partition(|key| key.starts_with("basic-oauth.") && !foreign.contains(key));
    assert_eq!(others, foreign);
    assert_eq!(own.len(), 1, "the session and nothing else: {own:?}");
    ensure!(own.iter().all(|key| key.ends_with(".session")), "{own:?}");
    assert_eq!(browser.eval("Object.keys(sessionStorage)").await?, json!(["draft"]));
    assert_eq!(browser.eval("document.cookie").await?, "theme=dark");

    browser.eval("auth.signOut()").await?;
    assert_eq!(browser.eval(KEYS).await?, json!(foreign));
    let everything = browser.run(EVERYTHING, json!([])).await?;
    stage.ensure_no_secret("the browser", everything.as_str().context("a text")?)?;
    Ok(())
}

/// R106 and R107; R108 is in the characters of the record itself.
async fn r106_cookies_are_bound_to_the_host(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.set_options(json!({ "store": "cookie" }));
    if browser.engine() == Engine::Webkit {
        // C25: it takes no `Secure` cookie from a page on plain http, not even on this machine.
        stage.visit(browser, "/").await?;
        if browser.eval("Boolean(window.auth)").await? == true {
            stage.leave_to_sign_in(browser, Value::Null).await?;
            browser.until("window.ready && Boolean(auth.state.error)").await?;
            assert_eq!(browser.eval("auth.state.error.kind").await?, "storage");
            assert_eq!(browser.eval("auth.state.isSignedIn").await?, false, "no half session");
        } else {
            assert_eq!(browser.eval("failure.kind").await?, "storage");
        }
        assert_eq!(browser.eval("document.cookie").await?, "");
        assert_eq!(browser.eval(KEYS).await?, json!([]));
        return Ok(());
    }
    stage.sign_in(browser).await?;
    browser.until("Boolean(auth.state.user)").await?;
    let cookies = browser.client().get_all_cookies().await?;
    ensure!(!cookies.is_empty());
    let now = browser.eval("Date.now() / 1000").await?.as_f64().context("a number")?;
    for cookie in &cookies {
        ensure!(cookie.name().starts_with("__Host-basic-oauth."), "{}", cookie.name());
        assert_eq!(cookie.secure(), Some(true));
        assert_eq!(cookie.path(), Some("/"));
        ensure!(cookie.same_site().is_some_and(|it| it.is_strict() || it.is_lax()));
        assert_ne!(cookie.http_only(), Some(true), "script set it, and has to read it");
        let expires = cookie.expires_datetime().context("it has an end")?.unix_timestamp() as f64;
        ensure!(expires > now && expires < now + 400.0 * 86_400.0);
        ensure!(cookie.name().len() + cookie.value().len() <= 4096);
    }
    assert_eq!(browser.eval(KEYS).await?, json!([]));
    browser.eval("auth.signOut()").await?;
    ensure!(browser.client().get_all_cookies().await?.is_empty());
    Ok(())
}

async fn r26_invalid_records_are_no_session(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.sign_in(browser).await?;
    browser.until("Boolean(auth.state.user)").await?;
    let key = browser.eval(&format!("{KEYS}.find((key) => key.endsWith('.session'))")).await?;
    let record = browser.run("return localStorage.getItem(args[0])", json!([key])).await?;
    let record = record.as_str().context("a record")?.to_owned();
    let half: String = record.chars().take(record.chars().count() / 2).collect();
    let deep = "[".repeat(100_000);
    let huge = "x".repeat(1_000_000);
    let proto = r#"{"__proto__":{"isSignedIn":true}}"#;
    let nonsense = ["", "null", "{}", "[]", "0", "\u{0}", &half, &deep, &huge, proto];
    for (index, text) in nonsense.into_iter().enumerate() {
        browser.run("localStorage.setItem(...args)", json!([key, text])).await?;
        stage.visit(browser, "/").await?;
        assert_eq!(browser.eval("window.failure").await?, Value::Null, "case {index}");
        assert_eq!(browser.eval("auth.state.status").await?, "signed-out", "case {index}");
    }
    // R134 and R17: it signs in all the same, over what was there.
    stage.sign_in(browser).await?;
    assert_eq!(browser.eval("consoleLines").await?, json!([]));
    stage.ensure_no_csp_report()
}

async fn r109_blocked_storage_is_an_error_and_no_other_store_is_taken(
    browser: &Browser,
) -> Result<()> {
    let stage = Stage::pages().await?;
    // As in a browser whose user blocks all site data.
    let block = "for (const name of ['localStorage', 'sessionStorage']) {
        Object.defineProperty(window, name, {
          get() { throw new DOMException('blocked', 'SecurityError'); },
        });
      }";
    stage.app.publish(Document::script("/recorder.js", block));
    for store in ["local", "session"] {
        stage.set_options(json!({ "store": store }));
        stage.visit(browser, "/").await?;
        assert_eq!(browser.eval("failure.code").await?, "storage-unavailable", "{store}");
        assert_eq!(browser.eval("failure.kind").await?, "storage", "{store}");
        assert_eq!(browser.eval("failure instanceof window.Error").await?, true);
        assert_eq!(browser.eval("document.cookie").await?, "");
    }
    // R42: even then the address is cleaned.
    stage.visit(browser, "/callback?code=A&state=B").await?;
    assert_eq!(browser.eval("location.search").await?, "");
    ensure!(stage.exchanges().is_empty());
    Ok(())
}

async fn r135_a_polluted_prototype_changes_nothing(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    // Not enumerable: the drivers' own scripts would stumble over it.
    let pollute = "window.consoleLines = [];
        const evil = 'https://evil.example';
        const members = {
          server: evil, store: 'cookie', apiOrigins: [evil], authorizationParams: { hint: evil },
          authorizationEndpoint: evil, tokenEndpoint: evil, userinfoEndpoint: evil,
          token_endpoint: evil, redirect_uri: evil, returnTo: evil, state: evil, code: evil,
          error: evil, access_token: evil, refresh_token: evil, expires_in: 1, scope: evil,
          user: { sub: evil }, sub: evil, headers: { evil },
        };
        for (const [name, value] of Object.entries(members)) {
          Object.defineProperty(Object.prototype, name, { value, writable: true });
        }";
    stage.app.publish(Document::script("/recorder.js", pollute));
    stage.sign_in(browser).await?;
    browser.until("auth.state.user?.name === 'Ada Lovelace'").await?;
    assert_eq!(browser.eval("auth.state.scope").await?, json!(["profile"]));
    assert_eq!(browser.eval("location.pathname").await?, "/");
    assert_eq!(browser.eval("document.cookie").await?, "");
    let requests = stage.control.requests();
    ensure!(requests.iter().all(|it| !format!("{it:?}").contains("evil")), "{requests:?}");
    Ok(())
}

const KEYS: &str = "Object.keys(localStorage).sort()";

/// All that a page can leave in a browser, as one text.
const EVERYTHING: &str = "
    const all = [document.cookie, window.name, JSON.stringify(history.state), location.href,
      document.documentElement.outerHTML, JSON.stringify(window.events)];
    for (const store of [localStorage, sessionStorage]) all.push(JSON.stringify({ ...store }));
    for (const { name, version } of await indexedDB.databases()) {
      all.push(name);
      const database = await new Promise((resolve, reject) => {
        const request = indexedDB.open(name, version);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      for (const store of database.objectStoreNames) {
        all.push(JSON.stringify(await new Promise((resolve, reject) => {
          const request = database.transaction(store).objectStore(store).getAll();
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        })));
      }
      database.close();
    }
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        all.push(request.url, await (await cache.match(request)).text());
      }
    }
    return all.join('\\n');";

/// All texts that can be reached from `auth` without calling what asks for a token.
const DEEP_LOOK: &str = "
    const seen = new Set();
    const texts = [JSON.stringify(auth), String(auth), JSON.stringify(auth.state)];
    const look = (value) => {
      if (typeof value === 'string') texts.push(value);
      if (Object(value) !== value || seen.has(value)) return;
      seen.add(value);
      for (const key of Reflect.ownKeys(value)) {
        try { look(value[key]); } catch { /* Some members refuse, as `arguments` of a function. */ }
      }
      if (Object.getPrototypeOf(value) !== Object.prototype) look(Object.getPrototypeOf(value));
    };
    look(auth);
    return texts.join('\\n');";
