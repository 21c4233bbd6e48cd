//! The corpus of the fuzz targets, through the parsers and the code that browsers run.

use basic_oauth::Browser;
use basic_oauth_fuzz::{run, targets};
use wasm_bindgen_test::wasm_bindgen_test;

/// A panic ends the module, so the last line says which input it was.
#[wasm_bindgen_test]
fn r134_the_corpus_is_read_without_a_panic() {
    let mut inputs = 0;
    for target in targets::<Browser>() {
        for (name, input) in target.corpus {
            wasm_bindgen_test::console_log!("{}/{name}", target.name);
            run(&target, &Browser, input.as_bytes());
            inputs += 1;
        }
    }
    assert!(inputs > 100, "the corpus has {inputs} inputs");
}
