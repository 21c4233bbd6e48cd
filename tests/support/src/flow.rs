//! What the flow tests share: an app of Basic, and the steps of a sign-in.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use crate::native::Native;
use crate::scripted::{Call, SentRequest, Tab, World};
use basic_oauth::codec::UrlParser as _;
use basic_oauth::codec::query;
use basic_oauth::platform::SessionStore;
use basic_oauth::protocol::{Endpoint, Issuer};
use basic_oauth::{
    AccessToken, AuthState, BasicAuth, Config, Error, ErrorCode, Event, Options, Result,
    ServerOptions, SignInOptions, SignedOutReason,
};

pub type Auth = BasicAuth<Tab>;

pub const HOME: &str = "https://app.example/home";
pub const CALLBACK: &str = "https://app.example/callback";
pub const TOKEN: &str = "/auth/token";
pub const USERINFO: &str = "/auth/userinfo";
pub const REVOKE: &str = "/auth/revoke";
pub const KEYS: &str = "/auth/keys";
/// Where metadata is by OpenID Connect Discovery.
pub const METADATA: &str = "/.well-known/openid-configuration";
pub const SECOND: Duration = Duration::from_secs(1);
pub const MINUTE: Duration = Duration::from_secs(60);
pub const HOUR: Duration = Duration::from_secs(3600);

/// An app of Basic. It does not read user information, so it only uses the token endpoint.
pub fn config() -> Config {
    config_for("client", CALLBACK)
}

/// The same app under another name, or with another redirect URI.
pub fn config_for(client_id: &str, redirect_uri: &str) -> Config {
    let options = Options::new(client_id, redirect_uri).load_user(false);
    options.validate(&Native, "https://app.example").expect("valid options")
}

pub fn config_in(store: SessionStore) -> Config {
    let mut config = config();
    config.store = store;
    config
}

/// The same app at a server that can revoke tokens.
pub fn config_with_revocation() -> Config {
    let mut config = config();
    config.registration.server.revocation_endpoint =
        Some(endpoint("https://api.basic.tech/auth/revoke"));
    config
}

/// The same server, which names itself.
pub fn with_issuer(config: Config, issuer: &str) -> Config {
    let mut config = config;
    let issuer = Issuer::parse(&Native, issuer).expect("a valid issuer");
    config.registration.server.issuer = Some(issuer);
    config
}

pub fn endpoint(url: &str) -> Endpoint {
    Endpoint::parse(&Native, url, "test").expect("a valid URL")
}

/// Records the events of the client.
pub fn with_events(config: &Config) -> (Config, Rc<RefCell<Vec<Event>>>) {
    let events = Rc::new(RefCell::new(Vec::new()));
    let (mut config, own) = (config.clone(), events.clone());
    config.on_event = Some(Rc::new(move |event| own.borrow_mut().push(*event)));
    (config, events)
}

#[track_caller]
pub fn try_start(world: &World, tab: &Tab, config: &Config) -> Result<Auth> {
    world.run_within(MINUTE, Auth::start_with_config(tab.clone(), config.clone()))
}

#[track_caller]
pub fn start(world: &World, tab: &Tab, config: &Config) -> Auth {
    try_start(world, tab, config).expect("started")
}

/// Presses the button, and lets the page start its redirect.
pub fn leave(world: &World, tab: &Tab, auth: &Auth) -> Call<Result<()>> {
    leave_with(world, tab, auth, SignInOptions::default())
}

pub fn leave_with(
    world: &World,
    tab: &Tab,
    auth: &Auth,
    options: SignInOptions,
) -> Call<Result<()>> {
    let auth = auth.clone();
    let call = tab.call(async move { auth.sign_in(options).await });
    world.settle();
    call
}

/// Opens a tab and starts a sign-in: the server can now redirect the tab back.
pub fn away(world: &World, config: &Config) -> Tab {
    let tab = world.open(HOME);
    let auth = start(world, &tab, config);
    let call = leave(world, &tab, &auth);
    assert!(call.take().is_none(), "the redirect has started");
    tab
}

/// A whole sign-in in a new tab.
#[track_caller]
pub fn sign_in(world: &World, config: &Config) -> (Tab, Auth) {
    let tab = world.authorize(&away(world, config));
    let auth = start(world, &tab, config);
    assert_signed_in(&auth);
    (tab, auth)
}

/// A world with a signed-in user whose tokens live this long.
#[track_caller]
pub fn signed_in_for(lifetime: Duration) -> (World, Tab, Auth) {
    let world = World::new();
    world.server().set_lifetime(lifetime);
    let (tab, auth) = sign_in(&world, &config());
    (world, tab, auth)
}

/// Checks that no expired token is handed out.
#[track_caller]
pub fn assert_token_is_good(world: &World, tab: &Tab, auth: &Auth) {
    let call = ask_token(tab, auth);
    world.settle();
    if let Some(Ok(_)) = call.take() {
        assert!(auth.expires_at().expect("signed in") > world.now(), "handed out expired");
    }
}

/// Another tab of the same user.
pub fn another_tab(world: &World, config: &Config) -> (Tab, Auth) {
    let tab = world.open(HOME);
    let auth = start(world, &tab, config);
    (tab, auth)
}

#[track_caller]
pub fn assert_signed_in(auth: &Auth) {
    let state = auth.state();
    assert!(state.is_signed_in(), "{state:?}");
}

#[track_caller]
pub fn assert_signed_out(auth: &Auth, expected: SignedOutReason) {
    match &*auth.state() {
        AuthState::SignedOut { reason, .. } => assert_eq!(*reason, expected),
        state => panic!("{state:?}"),
    }
}

/// The code of the error in the state.
pub fn state_error(auth: &Auth) -> Option<ErrorCode> {
    auth.state().error().map(Error::code)
}

/// Asks for a token, as a script of the page.
pub fn ask_token(tab: &Tab, auth: &Auth) -> Call<Result<AccessToken>> {
    let auth = auth.clone();
    tab.call(async move { auth.token().await })
}

#[track_caller]
pub fn token(world: &World, auth: &Auth) -> String {
    world.run(auth.token()).expect("a token").expose().to_owned()
}

/// What was sent to the token endpoint, one grant type only.
pub fn posts(world: &World, grant_type: &str) -> Vec<SentRequest> {
    let mut posts = world.requests_to(TOKEN);
    posts.retain(|post| post.parameter("grant_type").as_deref() == Some(grant_type));
    posts
}

pub fn exchanges(world: &World) -> Vec<SentRequest> {
    posts(world, "authorization_code")
}

pub fn refreshes(world: &World) -> Vec<SentRequest> {
    posts(world, "refresh_token")
}

/// The parameters of a URL's query.
pub fn query_of(url: &str) -> Vec<(String, String)> {
    query::parse(Native.parse_url(url, None).expect("a URL").search())
}

pub fn parameter(url: &str, name: &str) -> Option<String> {
    query_of(url).into_iter().find(|(own, _)| own == name).map(|(_, value)| value)
}

/// A valid token response with these members changed or added; `null` takes one out.
pub fn token_body(changes: serde_json::Value) -> String {
    let mut body = serde_json::json!({
        "access_token": "a1", "token_type": "Bearer", "expires_in": 3600,
        "refresh_token": "r1", "scope": "profile"
    });
    for (name, value) in changes.as_object().expect("an object") {
        let members = body.as_object_mut().expect("an object");
        match value {
            serde_json::Value::Null => drop(members.shift_remove(name)),
            _ => drop(members.insert(name.clone(), value.clone())),
        }
    }
    body.to_string()
}

/// The keys of the records in a store.
pub fn keys(world: &World, kind: SessionStore) -> Vec<String> {
    world.records(kind).into_keys().collect()
}

/// Everything in every store, as one text.
pub fn dump(world: &World) -> String {
    use SessionStore::{Cookie, Local, Memory, Session};
    format!("{:?}", [Cookie, Local, Memory, Session].map(|kind| world.records(kind)))
}

/// An app of an OpenID provider that is found by its issuer.
pub fn openid_config() -> Config {
    openid_config_at("https://api.basic.tech")
}

/// An app of the provider with this issuer.
pub fn openid_config_at(issuer: &str) -> Config {
    openid_options(issuer).validate(&Native, "https://app.example").expect("valid options")
}

pub fn openid_options(issuer: &str) -> Options {
    Options::new("client", CALLBACK)
        .server_options(ServerOptions::discovered(issuer))
        .scope("openid profile")
        .load_user(false)
}
