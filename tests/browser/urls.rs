//! The engine's URL parser behind the protocol's rules.

use basic_oauth::codec::{Url, UrlParser as _};
use basic_oauth::protocol::return_to::ReturnTo;
use basic_oauth::protocol::{Endpoint, RedirectUri};
use basic_oauth::{Browser, ErrorCode};
use wasm_bindgen_test::wasm_bindgen_test;

fn parsed(input: &str, base: Option<&str>) -> Option<Url> {
    Browser.parse_url(input, base)
}

/// The parser that stands in for the engine's in native tests (`Native` of the test support).
fn native(input: &str, base: Option<&str>) -> Option<Url> {
    let url = match base {
        Some(base) => url::Url::parse(base).ok()?.join(input).ok()?,
        None => url::Url::parse(input).ok()?,
    };
    Some(Url::new(url.as_str().into(), &url.origin().ascii_serialization()))
}

#[wasm_bindgen_test]
fn the_engine_and_the_native_tests_parse_alike() {
    let absolute = [
        "https://app.example",
        "https://app.example/a/../b?x=1&y=%7e#f?g",
        "HTTPS://App.EXAMPLE:443/%41/~",
        "http://localhost:8080/?",
        "http://[::1]:1/#",
        "http://[::ffff:7f00:1]/",
        "http://127.1/",
        "http://0x7f.1/",
        "https://user:pw@app.example/",
        "https://@app.example/",
        "https://b\u{fc}cher.example/\u{e9}?\u{e9}#\u{e9}",
        "https://app.example:99999/",
        "https://",
        "//app.example/",
        "/path",
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "blob:https://app.example/x",
        "mailto:a@b.example",
        "ws://localhost/",
        "ftp://a.example/",
        "\u{0}https://app.example/",
        "https://app.example/\u{0}\t\n",
        "https:\\\\app.example\\a",
    ];
    for input in absolute {
        assert_eq!(parsed(input, None), native(input, None), "{input:?}");
    }
    let relative =
        ["", "a", "/a", "../a", "?a", "#a", "//b.example/", "/\\b.example", "https:c", "\\a"];
    for input in relative {
        let base = Some("https://app.example/deep/er?x#y");
        assert_eq!(parsed(input, base), native(input, base), "{input:?}");
    }
    assert_eq!(parsed("a", Some("no base")), None);
}

#[wasm_bindgen_test]
fn a_url_is_split_into_its_parts() {
    let url = parsed("https://App.example:8443/a/./b?x=1?#y?z#w", None).expect("a URL");
    assert_eq!(url.href(), "https://app.example:8443/a/b?x=1?#y?z#w");
    assert_eq!(url.origin(), "https://app.example:8443");
    assert_eq!((url.pathname(), url.search(), url.hash()), ("/a/b", "?x=1?", "#y?z#w"));
}

#[wasm_bindgen_test]
fn r57_a_url_with_credentials_or_without_origin_has_no_origin() {
    for input in [
        "https://user@app.example/",
        "https://user:pw@app.example/",
        "https://:pw@app.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "blob:https://app.example/x",
    ] {
        assert_eq!(parsed(input, None).expect("a URL").origin(), "", "{input}");
    }
}

/// F12: what leaves the origin `http://app.example`, and what stays.
#[wasm_bindgen_test]
fn r48_the_measured_table_of_addresses_that_leave_the_origin() {
    let leaving = [
        "//evil.test",
        "/\\evil.test",
        "\t//evil.test",
        "https:evil.test",
        "\u{0}https://evil.test",
        "JaVaScRiPt:alert(1)",
    ];
    for input in leaving {
        let url = parsed(input, Some("http://app.example")).expect("a URL");
        assert_ne!(url.origin(), "http://app.example", "{input:?}");
    }
    for input in ["http:/evil.test", "http:evil.test", "/%09/evil.test"] {
        let url = parsed(input, Some("http://app.example")).expect("a URL");
        assert_eq!(url.origin(), "http://app.example", "{input:?}");
    }
}

fn resolved(target: &str) -> String {
    let here = parsed("https://app.example/deep?x=1#y", None).expect("a URL");
    let redirect_uri =
        RedirectUri::parse(&Browser, "https://app.example/cb").expect("a valid redirect URI");
    ReturnTo::resolve(&Browser, &[target], "/fallback", &here, &redirect_uri).as_str().to_owned()
}

#[wasm_bindgen_test]
fn r48_hostile_targets_fall_back() {
    let long = "/".to_owned() + &"a".repeat(16_000);
    let hostile = [
        "//evil.test",
        "///evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "\t//evil.test",
        "\n//evil.test",
        "/\t/evil.test",
        "//evil@app",
        "//evil@app.example@evil.test",
        "http:evil.test",
        "\u{0}https://evil.test",
        "https://evil.test",
        "http://app.example/",
        "https://app.example.evil.test/",
        "https://app.example@evil.test/",
        "https://user@app.example/",
        "https://app.example:444/",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "blob:https://app.example/x",
        "/cb",
        "/cb?code=1&state=2",
        &long,
    ];
    for target in hostile {
        assert_eq!(resolved(target), "/fallback", "{target:?}");
    }
}

#[wasm_bindgen_test]
fn r48_a_local_target_is_rebuilt_with_one_leading_slash() {
    for (target, expected) in [
        ("/a?b=c#d", "/a?b=c#d"),
        ("", "/"),
        ("https://app.example//evil.test/x", "/evil.test/x"),
        ("https:///app.example/a", "/a"),
        ("%2f%2fevil.test", "/%2f%2fevil.test"),
        ("/%09/evil.test", "/%09/evil.test"),
        ("/.//evil.test", "/evil.test"),
        ("/shop?code=SAVE10&state=NY", "/shop?code=SAVE10&state=NY"),
    ] {
        assert_eq!(resolved(target), expected, "{target:?}");
        let again = parsed(expected, Some("https://app.example")).expect("a URL");
        assert_eq!(again.origin(), "https://app.example", "{target:?}");
    }
}

#[wasm_bindgen_test]
fn r15_r57_r74_only_https_or_loopback_http_is_an_endpoint() {
    for input in [
        "https://as.example/token?tenant=1",
        "http://127.0.0.1:9/token",
        "http://127.1/token",
        "http://localhost/token",
        "http://[::1]:1/token",
        "HTTPS://AS.example/token",
    ] {
        assert!(Endpoint::parse(&Browser, input, "tokenEndpoint").is_ok(), "{input}");
    }
    for input in [
        "",
        "/auth/token",
        "//evil.example/token",
        "http://as.example/token",
        "HTTP://as.example/token",
        "http://localhost.evil",
        "http://127.0.0.1.nip.io",
        "http://[::ffff:7f00:1]",
        "http://evil@127.0.0.1",
        "http://127.0.0.1@evil",
        "https://user:pw@as.example/",
        "https://as.example/#",
        "ws://localhost/",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "\tjavascript:alert(1)",
        "\u{0}javascript:alert(1)",
        "java\nscript:alert(1)",
        "javascript://localhost/%0aalert(1)",
        "data:text/html,x",
        "vbscript:x",
        "blob:https://as.example/x",
    ] {
        let error = Endpoint::parse(&Browser, input, "tokenEndpoint").expect_err(input);
        assert_eq!(error.code(), ErrorCode::InvalidEndpoint, "{input:?}");
    }
}
