//! JSON and errors on their way between the module and the page.

use basic_oauth::codec::json::MAX_DEPTH;
use basic_oauth::codec::{Json, JsonCodec as _};
use basic_oauth::platform::browser::{json_from_js, json_to_js};
use basic_oauth::{Browser, Error, ErrorCode};
use js_sys::{Function, Object, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Stub, js};

/// Asks a function of a script about a value.
#[track_caller]
fn assert_of(value: &JsValue, predicate: &str) {
    let predicate_function: Function = js(predicate).unchecked_into();
    let answer = predicate_function.call1(&JsValue::UNDEFINED, value).expect("answered");
    assert!(answer.is_truthy(), "{predicate}: {value:?}");
}

fn number(number: f64) -> Json {
    Json::Number(number)
}

#[wasm_bindgen_test]
fn every_type_makes_the_round_trip() {
    let text = r#"{"n":null,"t":true,"f":false,"i":-12,"d":0.5,"s":"\u00e9\"\\\n🦀","a":[1,[],{}],"o":{"b":1,"a":2}}"#;
    let value = Browser.parse_json(text).expect("JSON");
    assert_eq!(value.member("n"), Some(&Json::Null));
    assert_eq!(value.member("t"), Some(&Json::Bool(true)));
    assert_eq!(value.number("i"), Some(-12.0));
    assert_eq!(value.text("s"), Some("\u{e9}\"\\\n\u{1f980}"));
    let items = vec![number(1.0), Json::Array(Vec::new()), Json::Object(Vec::new())];
    assert_eq!(value.member("a"), Some(&Json::Array(items)));
    assert_eq!(value.member("o"), Some(&Json::object([("b", number(1.0)), ("a", number(2.0))])));
    let again = Browser.write_json(&value);
    assert_eq!(Browser.parse_json(&again), Some(value.clone()));
    // The parser that stands in for the engine's in native tests reads what the engine wrote.
    let native: serde_json::Value = serde_json::from_str(&again).expect("JSON");
    assert_eq!(native, serde_json::from_str::<serde_json::Value>(text).expect("JSON"));
}

#[wasm_bindgen_test]
fn r62_invalid_json_is_none() {
    for text in [
        "",
        " ",
        "{",
        "{} {}",
        "{}x",
        "{'a':1}",
        "{\"a\":}",
        "[1,]",
        "NaN",
        "undefined",
        "01",
        "\"\n\"",
        "\u{feff}{}",
        "// x\n{}",
    ] {
        assert_eq!(Browser.parse_json(text), None, "{text:?}");
    }
}

#[wasm_bindgen_test]
fn r62_the_last_of_two_members_counts() {
    let value = Browser.parse_json(r#"{"a":1,"b":2,"a":"3"}"#).expect("JSON");
    assert_eq!(value.text("a"), Some("3"));
}

#[wasm_bindgen_test]
fn r62_infinity_is_no_number_of_json() {
    for text in ["1e999", "-1e999", r#"{"expires_in":1e999}"#, "[[1e999]]"] {
        assert_eq!(Browser.parse_json(text), None, "{text}");
    }
    assert_eq!(Browser.parse_json("1e308"), Some(number(1e308)));
}

#[wasm_bindgen_test]
fn r62_nesting_has_a_limit_and_does_not_panic() {
    let nested = |depth: usize| [&"[".repeat(depth), "1", &"]".repeat(depth)].concat();
    let objects = |depth: usize| ["{\"a\":".repeat(depth), "1".into(), "}".repeat(depth)].concat();
    assert!(Browser.parse_json(&nested(MAX_DEPTH)).is_some());
    assert!(Browser.parse_json(&objects(MAX_DEPTH)).is_some());
    for depth in [MAX_DEPTH + 1, 1_000, 200_000] {
        assert_eq!(Browser.parse_json(&nested(depth)), None, "{depth} arrays");
        assert_eq!(Browser.parse_json(&objects(depth)), None, "{depth} objects");
    }
}

#[wasm_bindgen_test]
fn r62_r135_proto_is_a_member_like_any_other() {
    let text = r#"{"__proto__":{"access_token":"evil"},"constructor":1}"#;
    let value = Browser.parse_json(text).expect("JSON");
    assert_eq!(value.member("access_token"), None);
    assert_eq!(value.member("__proto__").and_then(|it| it.text("access_token")), Some("evil"));
    assert_eq!(value.number("constructor"), Some(1.0));
    assert_eq!(value.member("toString"), None);

    let out = json_to_js(&value);
    assert_of(&out, "it => it.access_token === undefined");
    assert_of(&out, "it => Object.hasOwn(it, '__proto__')");
    assert_of(&out, "it => Object.getPrototypeOf(it) === Object.prototype");
    assert_eq!(Browser.write_json(&value), text);
}

#[wasm_bindgen_test]
fn what_an_app_gets_is_frozen_all_through() {
    let value = Browser.parse_json(r#"{"a":[{"b":[1]}],"c":{}}"#).expect("JSON");
    let out = json_to_js(&value);
    assert_of(&out, "it => [it, it.a, it.a[0], it.a[0].b, it.c].every(Object.isFrozen)");
    assert_of(&out, "it => Array.isArray(it.a) && JSON.stringify(it.a) === '[{\"b\":[1]}]'");
}

#[wasm_bindgen_test]
fn r135_a_polluted_prototype_adds_no_member() {
    let names = [
        "redirect_uri",
        "redirectUri",
        "state",
        "token_endpoint",
        "server",
        "store",
        "access_token",
    ];
    let polluted = "{ value: 'https://evil', enumerable: true, writable: true }";
    let _stubs = names.map(|name| Stub::new("Object.prototype", name, polluted));
    let _index = Stub::new("Array.prototype", "0", polluted);
    assert_eq!(Browser.parse_json("{}"), Some(Json::Object(Vec::new())));
    assert_eq!(Browser.parse_json("[]"), Some(Json::Array(Vec::new())));
    let options = json_from_js(&js("({ clientId: 'app' })")).expect("options");
    assert_eq!(options, Json::object([("clientId", "app".into())]));
    let inherited = js("Object.create({ clientId: 'app' })");
    assert_eq!(json_from_js(&inherited), Some(Json::Object(Vec::new())));
    assert_of(&json_to_js(&options), "it => Object.keys(it).join() === 'clientId'");
    assert_eq!(Browser.write_json(&options), r#"{"clientId":"app"}"#);
    let record = JsValue::from(Error::new(ErrorCode::Timeout));
    assert_of(&record, "it => !Object.values(it).includes('https://evil')");
}

#[wasm_bindgen_test]
fn r134_odd_values_of_an_app_do_not_panic() {
    let nothing = Some(Json::Object(Vec::new()));
    for (script, expected) in [
        ("undefined", Some(Json::Null)),
        ("null", Some(Json::Null)),
        ("Symbol('x')", Some(Json::Null)),
        ("10n", Some(Json::Null)),
        ("NaN", None),
        ("(() => 1)", nothing.clone()),
        ("new Date()", nothing.clone()),
        ("new Map([[1, 2]])", nothing.clone()),
        ("Object.create(null)", nothing.clone()),
        ("({ [Symbol('x')]: 1 })", nothing),
        // A hole has no value.
        ("[undefined, , null]", Some(Json::Array(vec![Json::Null; 2]))),
        ("new String('x')", Some(Json::object([("0", "x".into())]))),
        ("'\\ud800'", Some("\u{fffd}".into())),
        ("(() => { const it = {}; it.it = it; return it })()", None),
        ("(() => { const it = []; it.push(it); return it })()", None),
    ] {
        assert_eq!(json_from_js(&js(script)), expected, "{script}");
    }
}

#[wasm_bindgen_test]
fn r129_an_error_shows_its_own_members_and_no_more() {
    let record = JsValue::from(Error::new(ErrorCode::InvalidOption).with_detail("clientId"));
    let keys: Vec<JsValue> = Object::keys(record.unchecked_ref::<Object>()).iter().collect();
    assert_eq!(keys, ["name", "kind", "code", "message", "isRetryable", "needsSignIn"]);
    let member = |name: &str| Reflect::get(&record, &name.into()).expect("a member");
    assert_eq!(member("code"), "invalid-option");
    assert_eq!(member("kind"), "configuration");
    assert_eq!(member("isRetryable"), false);
    assert!(member("message").as_string().expect("text").ends_with("(clientId)"));
}
