//! The stored record is written by the module and read by two: the module itself, and the script that
//! answers before it. They never disagree about who is signed in.

use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, anyhow, ensure};
use basic_oauth::codec::JsonCodec as _;
use basic_oauth::protocol::http::Response;
use basic_oauth::protocol::registration::Registration;
use basic_oauth::protocol::token;
use basic_oauth::session::Session;
use basic_oauth::{Options, Scope, SecretText, ServerOptions, UnixTime, User};
use basic_oauth_testing::{Native, Rng};
use demo_server::Document;
use e2e::{Browser, Stage, in_every_engine};
use serde_json::{Value, json};

in_every_engine!(
    r26_the_script_and_the_module_read_the_same_of_a_thousand_sessions,
    r26_the_script_and_the_module_agree_on_damaged_records,
);

const HOUR: Duration = Duration::from_secs(3_600);

/// A record in the store, and the options of the client that finds it there.
struct Stored {
    options: Value,
    key: String,
    record: String,
}

async fn r26_the_script_and_the_module_read_the_same_of_a_thousand_sessions(
    browser: &Browser,
) -> Result<()> {
    const SESSIONS: u64 = 1_000;
    let (stage, now) = (stage().await?, UnixTime::from(SystemTime::now()));
    let stored: Result<Vec<_>> =
        (0..SESSIONS).map(|seed| session(&stage, &mut Rng::named("stored", seed), now)).collect();
    let read = read_twice(&stage, browser, &stored?).await?;
    for (index, [script, module]) in read.iter().enumerate() {
        assert_eq!(script["status"], "signed-in", "session {index} needs no module");
        assert_eq!(script, module, "session {index}");
    }
    Ok(())
}

async fn r26_the_script_and_the_module_agree_on_damaged_records(browser: &Browser) -> Result<()> {
    let (stage, now) = (stage().await?, UnixTime::from(SystemTime::now()));
    let mut stored = Vec::new();
    for seed in 0..8 {
        let mut rng = Rng::named("damaged", seed);
        let whole = session(&stage, &mut rng, now)?;
        stored.extend(damaged(&whole.record, &mut rng).into_iter().map(|record| Stored {
            record,
            key: whole.key.clone(),
            options: whole.options.clone(),
        }));
    }
    let read = read_twice(&stage, browser, &stored).await?;
    let mut answered = 0;
    for ([script, module], stored) in read.into_iter().zip(&stored) {
        // Only the module knows what a scope grants, so the script cannot see damage there.
        let [script, module] = [script, module].map(|mut shown| {
            shown.as_object_mut().map(|shown| shown.remove("isGranted"));
            shown
        });
        // What is odd is left to the module.
        if script["status"] != "loading" {
            assert_eq!(script, module, "{:?}", stored.record);
            answered += 1;
        }
    }
    ensure!(answered > 0, "some damage does not matter: the script answers then");
    ensure!(answered < stored.len() / 2, "{answered} of {} were answered", stored.len());
    Ok(())
}

async fn stage() -> Result<Stage> {
    let stage = Stage::pages().await?;
    stage.app.publish(Document::script("/probe.js", PROBE));
    Ok(stage)
}

/// Starts a client for each record, and returns what it shows before and after the module is there.
async fn read_twice(
    stage: &Stage,
    browser: &Browser,
    stored: &[Stored],
) -> Result<Vec<[Value; 2]>> {
    stage.visit(browser, "/").await?;
    let mut read = Vec::new();
    for part in stored.chunks(100) {
        let part: Vec<_> = part.iter().map(|it| json!([it.options, it.key, it.record])).collect();
        let part = browser.run("return await window.readTwice(args[0]);", json!([part])).await?;
        for both in part.as_array().context("a list")? {
            read.push([both[0].clone(), both[1].clone()]);
        }
    }
    assert_eq!(read.len(), stored.len());
    Ok(read)
}

const PROBE: &str = r#"import { BasicAuth } from "/basic-oauth/index.js";
    const shown = async (auth) => ({
      ...auth.state,
      error: auth.state.error?.code,
      extras: auth.tokenExtras,
      expiresAt: auth.expiresAt,
      isGranted: ["profile", "app:db:read", "app:db:write", "account", ""].map(auth.hasScope),
      token: auth.state.isSignedIn ? await auth.getToken().catch(({ code }) => code) : null,
    });
    window.readTwice = async (all) => {
      const read = [];
      for (const [options, key, record] of all) {
        localStorage.clear();
        localStorage.setItem(key, record);
        const auth = BasicAuth.create({ ...options, preload: "use", loadUser: false });
        const script = auth.state.status === "loading" ? { status: "loading" } : await shown(auth);
        await auth.preload();
        read.push([script, await shown(auth)]);
        auth.close();
      }
      return read;
    };
    window.ready = true;"#;

/// Makes a session with random content, every field empty now and then, at a random server.
fn session(stage: &Stage, rng: &mut Rng, now: UnixTime) -> Result<Stored> {
    let client_id = ["app", "a.b~c", "odd ('client')!*", "x%2E-_/?#&=+"][rng.index(4)];
    let (registration, server) = registration(stage, rng, client_id)?;
    let mut tokens = json!({ "token_type": "Bearer", "access_token": text(rng, 3_000) });
    if !rng.one_in(4) {
        tokens["refresh_token"] = json!(text(rng, 60));
    }
    // Without both, the token does not expire.
    if !rng.one_in(4) {
        tokens["expires_in"] = json!(600 + rng.below(100_000));
    }
    if !rng.one_in(4) {
        tokens["scope"] = json!(scope(rng));
    }
    if rng.one_in(2) {
        tokens["instance"] = json!(unicode(rng));
        tokens["more"] = value(rng, 0);
    }
    let response = Response {
        status: 200,
        content_type: Some("application/json".into()),
        retry_after: None,
        body: SecretText::new(tokens.to_string()),
    };
    let tokens = token::process_response(&Native, &response, now)
        .map_err(|error| anyhow!("{error:?}: {tokens}"))?;
    let requested_at = now.minus(Duration::from_millis(rng.below(100_000)));
    let requested = Scope::granted(&scope(rng));
    let mut session = Session::begin(text(rng, 20), tokens, &requested, requested_at, HOUR);
    if !rng.one_in(4) {
        let user = json!({ "sub": text(rng, 200), "name": unicode(rng), "more": value(rng, 0) });
        let user = Native.parse_json(&user.to_string()).and_then(User::from_json);
        session = session.with_user(user.context("a user")?, now);
    }
    let record = session.to_record(&Native, &registration, true).expose().to_owned();
    let redirect_uri = stage.redirect_uri();
    Ok(Stored {
        options: json!({ "clientId": client_id, "redirectUri": redirect_uri, "server": server }),
        key: [&registration.namespace(), ".session"].concat(),
        record,
    })
}

fn registration(stage: &Stage, rng: &mut Rng, client_id: &str) -> Result<(Registration, Value)> {
    let options = Options::new(client_id, stage.redirect_uri());
    let at = |path: &str| format!("{}{path}", stage.origin());
    let (options, server) = match rng.below(4) {
        0 => (options, Value::Null),
        1 => (options.server(stage.origin()), json!(stage.origin())),
        kind => {
            let (authorize, token) = (at("/auth/authorize"), at("/auth/token"));
            let mut server = ServerOptions::new(&authorize, &token);
            let mut members = json!({ "authorizationEndpoint": authorize, "tokenEndpoint": token });
            if kind == 2 {
                server =
                    server.issuer("https://as.example/x").userinfo_endpoint(at("/auth/userinfo"));
                members["issuer"] = json!("https://as.example/x");
                members["userinfoEndpoint"] = json!(at("/auth/userinfo"));
            }
            if rng.one_in(2) {
                server = server.revocation_endpoint("https://other.example/revoke");
                members["revocationEndpoint"] = json!("https://other.example/revoke");
            }
            (options.server_options(server), members)
        }
    };
    let config = options.validate(&Native, "").map_err(|error| anyhow!("{error:?}"))?;
    Ok((config.registration, server))
}

fn scope(rng: &mut Rng) -> String {
    let names = ["profile", "app:db:write", "app:db:admin", "account:read", "email", "a,b"];
    let count = rng.index(names.len() + 1);
    (0..count).map(|_| *rng.pick(&names)).collect::<Vec<_>>().join(" ")
}

/// Visible ASCII, at least one character.
fn text(rng: &mut Rng, most: u64) -> String {
    let most = if rng.one_in(10) { most } else { most.min(40) };
    let length = 1 + rng.below(most);
    (0..length).map(|_| char::from(b'!' + u8::try_from(rng.below(94)).unwrap_or(0))).collect()
}

fn unicode(rng: &mut Rng) -> String {
    ["", "Ada", "Zoë \u{1f980}", "\u{202e}evil", "a\"b\\c\u{7}\n\r\t", "\u{2028}\u{feff}"]
        [rng.index(6)]
    .to_owned()
}

fn value(rng: &mut Rng, depth: u64) -> Value {
    match rng.below(if depth < 4 { 7 } else { 5 }) {
        0 => Value::Null,
        1 => json!(rng.one_in(2)),
        2 => json!(rng.below(1 << 40)),
        3 => json!(unicode(rng)),
        4 => json!(-0.5),
        5 => (0..rng.below(4)).map(|_| value(rng, depth + 1)).collect(),
        _ => {
            let names = ["a", "__proto__", "toJSON", "constructor", "", "1", "0"];
            let members =
                (0..rng.below(4)).map(|_| (rng.pick(&names).to_string(), value(rng, depth + 1)));
            Value::Object(members.collect())
        }
    }
}

/// Returns the record with every kind of damage that a page, a version or a disk can do to it.
fn damaged(record: &str, rng: &mut Rng) -> Vec<String> {
    let fields: Vec<&str> = record.split('\n').collect();
    let mut damaged: Vec<String> =
        ["", "null", "{}", "[]", "session 4", "ended 1\nrevoked\n\n\n\n"].map(Into::into).to_vec();
    damaged.extend([
        record.chars().take(record.chars().count() / 2).collect(),
        [record, "\n"].concat(),
        record.replace('\n', "\r\n"),
        record.replacen("session 4", "session 5", 1),
        "\n".repeat(fields.len() - 1),
    ]);
    let odd =
        ["", " ", "0", "1e3", "-1", "null", "{}", "[]", "\"x\"", "\u{e9}", "{\"sub\":1}", "a,b"];
    for index in 0..fields.len() {
        let mut changed = fields.clone();
        changed.remove(index);
        damaged.push(changed.join("\n"));
        for value in odd {
            let mut changed = fields.clone();
            changed[index] = value;
            damaged.push(changed.join("\n"));
        }
        let mut changed = fields.clone();
        let other = rng.index(fields.len());
        changed.swap(index, other);
        damaged.push(changed.join("\n"));
    }
    damaged
}
