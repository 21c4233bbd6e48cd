//! Where the user returns after a sign-in: on this origin, and never in a loop (R48 to R51).

use std::cell::RefCell;
use std::rc::Rc;

use basic_oauth::platform::{Platform as _, SessionStore};
use basic_oauth::{Config, ErrorCode, OnReturn, SignInOptions};
use basic_oauth_testing::World;
use basic_oauth_testing::flow::*;

/// Returns the address after a sign-in that began at `page`, with the return path `return_to`.
fn landing(config: &Config, page: &str, return_to: Option<&str>) -> String {
    let world = World::new();
    let tab = world.open(page);
    let auth = start(&world, &tab, config);
    let mut options = SignInOptions::default();
    options.return_to = return_to.map(str::to_owned);
    let _call = leave_with(&world, &tab, &auth, options);
    let tab = world.authorize(&tab);
    assert_signed_in(&start(&world, &tab, config));
    assert_eq!(tab.returns().len(), 1, "the router is notified once");
    let landed = tab.returns().remove(0);
    assert_eq!(tab.address(), ["https://app.example", &landed].concat());
    landed
}

#[test]
fn r48_a_return_path_of_another_origin_is_refused_before_anything_is_stored() {
    let hostile = [
        "//evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "\t//evil.test",
        "//evil@app",
        "\u{0}https://evil.test",
        "JaVaScRiPt:alert(1)",
        "https://evil.test",
        "http://app.example/",
        "https://app.example.evil.test/",
        "https://user@app.example/",
    ];
    for return_to in hostile {
        let world = World::new();
        let tab = world.open(HOME);
        let auth = start(&world, &tab, &config());
        let options = SignInOptions::default().return_to(return_to);
        let call = leave_with(&world, &tab, &auth, options);
        let error = call.take().expect("ended").expect_err("refused");
        let expected = (ErrorCode::InvalidOption, Some("returnTo"));
        assert_eq!((error.code(), error.detail()), expected, "{return_to:?}");
        assert!(tab.navigations().is_empty(), "{return_to:?}");
        assert!(world.records(SessionStore::Local).is_empty(), "{return_to:?}");
        assert!(leave(&world, &tab, &auth).take().is_none(), "usable afterwards");
    }
}

#[test]
fn r48_a_return_path_that_is_too_long_or_only_looks_foreign_stays_on_this_origin() {
    let long = "/".to_owned() + &"a".repeat(16_000);
    assert_eq!(landing(&config(), HOME, Some(&long)), "/home");
    assert_eq!(landing(&config(), HOME, Some("https:evil.test")), "/evil.test");
}

#[test]
fn r48_a_local_return_path_is_kept_with_query_and_fragment() {
    for (return_to, expected) in [
        ("/notes?page=2#last", "/notes?page=2#last"),
        ("https://app.example/notes", "/notes"),
        ("%2f%2fevil.test", "/%2f%2fevil.test"),
        ("/%09/evil.test", "/%09/evil.test"),
        ("https://app.example//evil.test", "/evil.test"),
    ] {
        assert_eq!(landing(&config(), HOME, Some(return_to)), expected, "{return_to}");
    }
}

#[test]
fn without_a_return_path_the_user_returns_to_the_page_of_the_sign_in() {
    assert_eq!(landing(&config(), "https://app.example/a?b=c#d", None), "/a?b=c#d");
}

#[test]
fn r49_a_tampered_return_path_is_validated_again() {
    for tampered in
        ["//evil.test", "https://evil.test/", "javascript:alert(1)", "/callback?code=1&state=2"]
    {
        let world = World::new();
        let tab = world.open(HOME);
        let auth = start(&world, &tab, &config());
        let options = SignInOptions::default().return_to("/return_to");
        let _call = leave_with(&world, &tab, &auth, options);
        let (key, record) = world.records(SessionStore::Local).pop_first().expect("one");
        assert!(record.contains("\n/return_to\n"));
        world.plant(&key, &record.replace("/return_to", tampered));
        let tab = world.authorize(&tab);
        assert_signed_in(&start(&world, &tab, &config()));
        assert_eq!(tab.returns(), ["/"], "{tampered}");
    }
}

#[test]
fn r48_the_fallback_is_validated_too() {
    let mut config = config();
    config.fallback_return_to = "//evil.test".into();
    assert_eq!(landing(&config, CALLBACK, None), "/");
    config.fallback_return_to = "/welcome".into();
    assert_eq!(landing(&config, CALLBACK, None), "/welcome");
}

#[test]
fn r51_a_sign_in_that_began_on_the_callback_page_does_not_loop() {
    for bare in ["", "/", ".html", "#"] {
        assert_eq!(landing(&config(), &[CALLBACK, bare].concat(), None), "/", "{bare}");
    }
    let more = [CALLBACK, "?x=1"].concat();
    assert_eq!(landing(&config(), &more, None), "/callback?x=1", "a page of its own");
    assert_eq!(landing(&config(), HOME, Some("/callback?code=1&state=2")), "/home");
}

#[test]
fn r51_a_static_page_that_is_its_own_redirect_uri_stays_open() {
    let mut config = config();
    config.fallback_return_to = "/callback".into();
    assert_eq!(landing(&config, CALLBACK, None), "/callback");
    assert_eq!(landing(&config, HOME, None), "/home");
}

#[test]
fn c9_a_code_parameter_of_the_app_at_another_address_stays() {
    let shop = "/shop?code=SAVE10&state=NY";
    assert_eq!(landing(&config(), HOME, Some(shop)), shop);
}

#[test]
fn an_app_may_handle_the_return_itself() {
    let taken = Rc::new(RefCell::new(Vec::new()));
    let (mut config, own) = (config(), taken.clone());
    config.on_return =
        OnReturn::Call(Rc::new(move |path: &str| own.borrow_mut().push(path.to_owned())));
    let world = World::new();
    let tab = world.authorize(&away(&world, &config));
    assert_signed_in(&start(&world, &tab, &config));
    assert_eq!(*taken.borrow(), ["/home"]);
    assert!(tab.returns().is_empty());
    assert_eq!(tab.address(), CALLBACK, "cleaned, and otherwise the app's to change");
}

#[test]
fn the_page_is_loaded_if_the_way_back_is_another_document() {
    let mut config = config();
    config.on_return = OnReturn::Load;
    let world = World::new();
    let tab = world.authorize(&away(&world, &config));
    assert_signed_in(&start(&world, &tab, &config));
    assert_eq!((tab.loads(), tab.returns().len()), (vec!["/home".to_owned()], 0));

    // The sign-in began on the callback page itself, so no page is loaded.
    let mut own = config_for("client", "https://app.example/account");
    own.on_return = OnReturn::Load;
    own.fallback_return_to = "/account".into();
    let tab = world.open("https://app.example/account");
    let auth = start(&world, &tab, &own);
    let _call = leave(&world, &tab, &auth);
    let tab = world.authorize(&tab);
    assert_signed_in(&start(&world, &tab, &own));
    assert_eq!((tab.loads().len(), tab.returns()), (0, vec!["/account".to_owned()]));
}

#[test]
fn c29_a_page_that_is_loaded_after_a_refusal_knows_the_error_once() {
    let mut config = config();
    config.on_return = OnReturn::Load;
    let world = World::new();
    let tab = away(&world, &config);
    let redirect = world.consent(&tab).refused("access_denied");
    let tab = tab.go(&redirect.with("error_description", "No, thanks").url());
    start(&world, &tab, &config);
    assert_eq!(tab.loads(), ["/home"]);
    let tab = tab.go("/home");
    let auth = start(&world, &tab, &config);
    let error = auth.state().error().cloned().expect("handed over");
    assert_eq!(error.code(), ErrorCode::AccessDenied);
    let said = error.oauth().and_then(|said| said.description.clone());
    assert_eq!(said.as_deref(), Some("No, thanks"));
    let auth = start(&world, &tab.reload(), &config);
    assert_eq!(state_error(&auth), None, "shown once");
}

#[test]
fn r51_a_router_that_leaves_the_callback_page_before_the_start_loses_nothing() {
    // `start` is called on the callback page; the router goes on before the first wait has ended.
    let world = World::new();
    let tab = world.authorize(&away(&world, &config()));
    let starting = Auth::start_with_config(tab.clone(), config());
    assert_eq!(tab.address(), CALLBACK, "cleaned when `start` is called");
    let call = tab.call(starting);
    tab.replace_location("/not-found");
    world.settle();
    assert_signed_in(&call.take().expect("ended").expect("started"));
    assert_eq!(tab.address(), HOME);
}
