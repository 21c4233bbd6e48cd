//! Any callback, any answer, any stored record: a typed error or a success, never a panic, and the
//! next sign-in works (R134).

use basic_oauth::platform::{Platform as _, SessionStore, Store as _};
use basic_oauth::{AuthState, ErrorCode};
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{Answer, ApiRequest, Tab, World};
use proptest::collection::vec;
use proptest::prelude::*;
use url::Url;

/// The user can still sign in afterwards.
fn assert_usable(world: &World) {
    world.answer_always(TOKEN, None);
    world.answer_always(USERINFO, None);
    let (_tab, auth) = sign_in(world, &config());
    assert!(token(world, &auth).starts_with("access-"));
    assert_eq!(world.run(auth.user()).expect("read").name(), Some("Ada"));
}

/// The state is always one of the known ones, and an error in it one of the known codes.
fn assert_consistent(auth: &Auth) {
    let state = auth.state();
    assert!(!matches!(&*state, AuthState::Loading));
    if let Some(error) = state.error() {
        assert!(ErrorCode::ALL.contains(&error.code()));
    }
}

/// Names and values that a hostile page would try; `STATE` is the state of the pending sign-in.
fn pair() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        Just("code"),
        Just("state"),
        Just("error"),
        Just("iss"),
        Just("response"),
        Just("error_description"),
        Just("error_uri"),
        Just("c%6fde"),
        Just("STATE"),
        Just("access_token"),
        Just("__proto__"),
        Just(""),
        Just("id_token"),
    ];
    let value = prop_oneof![
        3 => Just("STATE".to_owned()),
        2 => Just("code-1".to_owned()),
        1 => Just("https://api.basic.tech".to_owned()),
        1 => Just("javascript:alert(1)".to_owned()),
        2 => "[a-zA-Z0-9%&=+._~-]{0,40}",
        1 => "\\PC{0,20}",
        1 => Just("%00%0d%0a%e2%80%ae%ff".to_owned()),
        1 => "[x]{300}",
    ];
    (name, value).prop_map(|(name, value)| format!("{name}={value}"))
}

fn callback() -> impl Strategy<Value = String> {
    let path = prop_oneof![8 => Just("/callback"), 1 => Just("/callback/"), 1 => Just("/other")];
    let fragment = prop_oneof![3 => Just(String::new()), 1 => "#[a-z=&?]{0,20}"];
    (path, vec(pair(), 0..6), fragment)
        .prop_map(|(path, pairs, fragment)| format!("{path}?{}{fragment}", pairs.join("&")))
}

/// JSON that is nearly a token response, or nothing like one.
fn token_answer() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("0".to_owned()),
        Just("-1".to_owned()),
        Just("1e308".to_owned()),
        Just("1e999".to_owned()),
        Just("0.000001".to_owned()),
        Just("9007199254740993".to_owned()),
        Just("\"\"".to_owned()),
        Just("\"Bearer\"".to_owned()),
        Just("\"60\"".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
        Just("[[[[1]]]]".to_owned()),
        Just("\"a\\u0000\\r\\nb\"".to_owned()),
        "\"[a-zA-Z0-9 ._-]{1,40}\"",
    ];
    let name = prop_oneof![
        Just("access_token"),
        Just("token_type"),
        Just("expires_in"),
        Just("refresh_token"),
        Just("refresh"),
        Just("scope"),
        Just("error"),
        Just("error_description"),
        Just("error_uri"),
        Just("message"),
        Just("__proto__"),
        Just("constructor"),
        Just(""),
    ];
    let members = vec((name, value).prop_map(|(name, value)| format!("\"{name}\":{value}")), 0..8);
    let sound = "\"access_token\":\"a\",\"token_type\":\"bearer\",\"refresh_token\":\"r\"";
    prop_oneof![
        members.clone().prop_map(|members| format!("{{{}}}", members.join(","))),
        members.prop_map(
            move |members| format!("{{{sound},{}}}", members.join(",")).replace(",}", "}")
        ),
        "\\PC{0,40}",
        Just("[".repeat(10_000)),
        Just(String::new()),
    ]
}

fn answer() -> impl Strategy<Value = Answer> {
    let status = prop_oneof![
        6 => Just(200_u16), 1 => Just(400), 1 => Just(401), 1 => Just(429), 1 => Just(503), 1 => any::<u16>(),
    ];
    let kind = prop_oneof![
        6 => Just("application/json".to_owned()), 1 => Just("text/html".to_owned()), 1 => "\\PC{0,20}",
    ];
    let wait = prop_oneof![
        Just(None),
        Just(Some("5".to_owned())),
        Just(Some("99999999999999999999".to_owned())),
        "\\PC{0,10}".prop_map(Some),
    ];
    (status, kind, token_answer(), wait).prop_map(|(status, kind, body, wait)| {
        let answer = Answer::of_type(status, &kind, &body);
        wait.into_iter().fold(answer, |answer, wait| answer.with_retry_after(&wait))
    })
}

/// A record with some of its bytes cut, doubled or replaced.
fn mangled(text: &str, cut: usize, insert: &str, mode: u8) -> String {
    let characters: Vec<char> = text.chars().collect();
    let at = cut % (characters.len() + 1);
    let (head, tail) = characters.split_at(at);
    let (head, tail) = (head.iter().collect::<String>(), tail.iter().collect::<String>());
    match mode % 6 {
        0 => head,
        1 => [&head, insert, &tail].concat(),
        2 => [&tail, insert, &head].concat(),
        3 => insert.to_owned(),
        4 => text.replacen('\n', insert, at % 7),
        _ => [text, insert].concat(),
    }
}

fn open_with_state(world: &World, tab: &Tab, path: &str) -> Tab {
    let state = parameter(&tab.navigations()[0], "state").expect("there");
    world.open(&["https://app.example", &path.replace("STATE", &state)].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn r134_any_callback_is_survived(path in callback(), is_pending in any::<bool>()) {
        let world = World::new();
        let tab = away(&world, &config());
        if !is_pending {
            world.clear(SessionStore::Local);
        }
        let visited = open_with_state(&world, &tab, &path);
        let auth = start(&world, &visited, &config());
        assert_consistent(&auth);
        prop_assert!(exchanges(&world).len() <= 1);
        let address = Url::parse(&visited.address()).expect("a URL");
        let has = |name: &str| address.query_pairs().any(|(own, _)| own == name);
        let is_response = has("state") && (has("code") || has("error"));
        prop_assert!(!is_response || address.path() != "/callback", "{}", address);
        assert_usable(&world);
    }

    #[test]
    fn r134_any_answer_to_the_exchange_is_survived(answer in answer()) {
        let world = World::new();
        let tab = away(&world, &config());
        let url = world.consent(&tab).url();
        world.answer(TOKEN, answer);
        let auth = start(&world, &tab.go(&url), &config());
        assert_consistent(&auth);
        prop_assert_eq!(exchanges(&world).len(), 1);
        assert_usable(&world);
    }

    #[test]
    fn r134_any_answer_to_a_refresh_is_survived_without_a_storm(answer in answer()) {
        let world = World::new();
        let (tab, auth) = sign_in(&world, &config());
        world.sleep(2 * HOUR);
        world.answer_always(TOKEN, answer);
        tab.show();
        for _ in 0..20 {
            world.advance(SECOND / 2);
            let call = ask_token(&tab, &auth);
            world.settle();
            if let Some(Ok(_)) = call.take() {
                prop_assert!(auth.expires_at().expect("signed in") > world.now());
            }
        }
        assert_consistent(&auth);
        prop_assert!(refreshes(&world).len() <= 12, "{} in ten seconds", refreshes(&world).len());
        assert_usable(&world);
    }

    #[test]
    fn r134_any_userinfo_response_is_survived(answer in answer()) {
        let world = World::new();
        let (tab, auth) = sign_in(&world, &config());
        world.answer_always(USERINFO, answer.clone());
        world.answer_always("/api/notes", answer);
        let user = tab.call({ let auth = auth.clone(); async move { auth.user().await } });
        let request = ApiRequest::get("https://api.basic.tech/api/notes");
        let call = tab.call({ let auth = auth.clone(); async move { auth.fetch(request).await } });
        world.advance(MINUTE);
        prop_assert!(user.take().is_some() && call.take().is_some());
        assert_consistent(&auth);
        assert_usable(&world);
    }

    #[test]
    fn r26_r134_any_stored_record_is_survived(
        cut in any::<usize>(), insert in "[\\PC\n]{0,20}", mode in any::<u8>(), kind in 0..3_usize,
    ) {
        let kind = [SessionStore::Local, SessionStore::Session, SessionStore::Cookie][kind];
        let world = World::new();
        let (tab, auth) = sign_in(&world, &config_in(kind));
        auth.close();
        let store = tab.store(kind).expect("open");
        for (key, text) in tab.records(kind) {
            store.write(&key, &mangled(&text, cut, &insert, mode)).expect("room");
        }
        let tab = tab.reload();
        let auth = start(&world, &tab, &config_in(kind));
        assert_consistent(&auth);
        let call = ask_token(&tab, &auth);
        world.advance(2 * HOUR);
        prop_assert!(call.take().is_some());
        assert_consistent(&auth);
        assert_usable(&world);
    }

    #[test]
    fn r26_r49_any_stored_transaction_is_survived(
        cut in any::<usize>(), insert in "[\\PC\n]{0,20}", mode in any::<u8>(),
    ) {
        let world = World::new();
        let tab = away(&world, &config());
        let url = world.consent(&tab).url();
        for (key, text) in world.records(SessionStore::Local) {
            world.plant(&key, &mangled(&text, cut, &insert, mode));
        }
        let tab = tab.go(&url);
        let auth = start(&world, &tab, &config());
        assert_consistent(&auth);
        prop_assert!(tab.address().starts_with("https://app.example/"));
        prop_assert!(exchanges(&world).len() <= 1);
        assert_usable(&world);
    }
}
