//! Randomness and the challenge, as the shipped module has them.

use std::collections::HashSet;

use basic_oauth::platform::Platform as _;
use basic_oauth::protocol::pkce::CodeVerifier;
use basic_oauth::protocol::state::State;
use basic_oauth::{Browser, ErrorCode};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::Stub;

fn octets() -> [u8; 32] {
    let mut octets = [0; 32];
    Browser.random(&mut octets).expect("random");
    octets
}

#[wasm_bindgen_test]
fn r4_rfc_7636_appendix_b() {
    let verifier = CodeVerifier::parse("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into());
    let challenge = verifier.expect("a valid verifier").challenge();
    assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

/// With 63 degrees of freedom, a fair source goes beyond 160 once in ten thousand million runs.
#[wasm_bindgen_test]
fn r3_verifiers_never_repeat_and_favour_no_symbol() {
    const SYMBOLS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut seen = HashSet::new();
    let mut counts = [0_u32; 64];
    for _ in 0..1_000 {
        let verifier = CodeVerifier::from_random(&octets());
        let text = verifier.expose();
        assert_eq!(text.len(), 43);
        // The last symbol holds four bits only.
        for symbol in text.bytes().take(42) {
            let index = SYMBOLS.iter().position(|own| *own == symbol);
            counts[index.expect("an unreserved character")] += 1;
        }
        assert!(seen.insert(text.to_owned()));
    }
    let expected = 42_000.0 / 64.0;
    let chi_squared: f64 =
        counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
    assert!(chi_squared < 160.0, "{chi_squared}");
}

#[wasm_bindgen_test]
fn r5_states_differ_while_the_clock_and_math_random_stand_still() {
    let _stubs = [
        Stub::new("Math", "random", "{ value: () => 0.5 }"),
        Stub::new("Date", "now", "{ value: () => 1790000000000 }"),
        Stub::new("performance", "now", "{ value: () => 1 }"),
    ];
    assert_eq!(Browser.now().as_millis(), 1_790_000_000_000);
    let states: HashSet<String> =
        (0..1_000).map(|_| State::from_random(&octets()).as_str().to_owned()).collect();
    assert_eq!(states.len(), 1_000);
}

#[wasm_bindgen_test]
fn r16_without_a_secure_source_there_is_no_randomness() {
    for (object, name, value) in [
        ("globalThis", "crypto", "undefined"),
        ("globalThis", "crypto", "{}"),
        ("crypto", "getRandomValues", "() => { throw new DOMException('', 'OperationError') }"),
    ] {
        let _stub = Stub::new(object, name, &format!("{{ value: {value} }}"));
        let refused = Browser.random(&mut [0; 32]).expect_err(value);
        assert_eq!(refused.code(), ErrorCode::NoSecureRandom, "{value}");
    }
    assert_ne!(octets(), [0; 32]);
}
